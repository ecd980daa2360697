"""The premium for the market's variance: fair on average, and bad news weighs more than good."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.news import MacroNews
from sim.risk_premium import RiskPremium, RiskPremiumRules

QUIET = MacroNews(0.0, 0.0, 0.0)
DAILY = 0.01


def days_of(news, shares=(1.0,), **rules):
    """What each day's news does to the market's value, news and premium together."""
    premium = RiskPremium(RiskPremiumRules(usual_volatility=DAILY, **rules))
    out = []
    for day in news:
        premium.start_day()
        change = 0.0
        for share in shares:
            change += day * share + premium.price(QUIET, day * share, share).uncertainty
        out.append(change)
    return np.array(out), premium


def test_usual_news_leaves_the_premium_alone():
    effect, premium = days_of([DAILY, -DAILY] * 50)
    assert premium.discount == pytest.approx(0.0, abs=1e-12)
    assert effect == pytest.approx([DAILY, -DAILY] * 50)


def test_large_news_of_either_sign_lowers_the_price():
    good, bad = (days_of([size])[0][0] for size in (3 * DAILY, -3 * DAILY))
    assert good < 3 * DAILY
    assert bad < -3 * DAILY
    assert 3 * DAILY - good == pytest.approx(-3 * DAILY - bad)


def test_the_size_is_the_premium_over_the_days_it_lasts():
    """Nine times the usual variance in one day of eleven sessions' half-life."""
    effect, _ = days_of([3 * DAILY], premium=0.05, persistence=0.98)
    excess = (1 - 0.5 ** (1 / 11)) * (9 - 1)
    assert 3 * DAILY - effect[0] == pytest.approx(0.05 / 252 * excess / (1 - 0.98))


def test_what_is_taken_off_comes_back_as_variance_fades():
    effect, premium = days_of([3 * DAILY] + [0.0] * 9 + [DAILY] * 400)
    assert premium.discount == pytest.approx(0.0, abs=2e-3)
    assert effect[200:].mean() > DAILY  # the premium is paid out meanwhile


@given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=40))
def test_no_premium_no_effect(news):
    effect, premium = days_of(news, premium=0.0)
    assert premium.discount == 0.0
    assert effect == pytest.approx(news)


@given(st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=60))
def test_the_discount_stays_within_bounds(news):
    """However wild the news: a year's premium at most for its largest multiple."""
    _, premium = days_of(news)
    assert abs(premium.discount) < 0.045 / 252 * 25 / 0.02


def test_premiums_make_skewness_and_nothing_else_does():
    news = DAILY * np.random.default_rng(1).standard_t(5, 20_000) * np.sqrt(3 / 5)

    def skew(x):
        x = x - x.mean()
        return np.mean(x**3) / np.mean(x**2) ** 1.5

    geared, fair = (days_of(news, premium=size)[0] for size in (0.045, 0.0))
    assert skew(geared) < skew(fair) - 0.2
    assert geared.mean() == pytest.approx(fair.mean(), abs=1e-5)


def test_parts_of_a_day_make_up_the_day():
    whole, _ = days_of([2 * DAILY])
    parts, _ = days_of([2 * DAILY], shares=(0.3, 0.7))
    assert whole == pytest.approx(parts)
