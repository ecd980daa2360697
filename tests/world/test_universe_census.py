"""The drawn companies: exact totals, sizes, who loses money, and what the rules refuse."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.inputs import InputError
from sim.streams import Streams
from sim.universe import SECTORS, Census, UniverseRules, draw

FIELDS = (
    "sector", "price", "shares", "float_factor", "dual_class", "nasdaq", "financial", "domestic",
    "beta", "volatility", "earnings_yield", "maturity", "dividend_yield", "rate_duration",
    "report_day",
)  # fmt: skip


def census(seed=1, **rules):
    return draw(UniverseRules(kind="stocks", **rules), Streams(seed))


@pytest.fixture(scope="module")
def broad():
    return census(mid_caps=400, small_caps=2000)


def test_float_cap_dividends_and_earnings_of_the_large_companies_are_exact(broad):
    large = slice(0, 500)
    cap = (broad.price * broad.shares)[large]
    assert broad.float_cap[large].sum() == pytest.approx(63_498.44e9, rel=1e-12)
    paid = (broad.float_cap * broad.dividend_yield)[large].sum()
    assert paid == pytest.approx(664.90e9, rel=1e-12)
    assert cap @ broad.earnings_yield[large] == pytest.approx(0.035 * cap.sum(), rel=1e-12)


def test_sizes_are_those_of_an_index_with_giants(broad):
    weight = broad.float_cap[:500] / broad.float_cap[:500].sum()
    assert weight[0] == pytest.approx(0.07, abs=0.005)
    assert 0.35 < weight[:10].sum() < 0.38
    assert (np.diff(broad.float_cap) < 0).all()


def test_smaller_companies_continue_the_law_of_sizes(broad):
    rank = np.arange(1, len(broad) + 1)
    slope = np.diff(np.log(broad.float_cap)) / np.diff(np.log(rank + 3.5))
    assert slope == pytest.approx(-1 / 0.83, rel=1e-6)
    assert 5e9 < broad.float_cap[900] < 10e9


def test_adding_smaller_companies_leaves_what_was_drawn_for_the_large(broad):
    alone = census()
    for name in FIELDS:
        assert np.allclose(getattr(alone, name), getattr(broad, name)[:500], rtol=1e-12), name


def test_another_seed_draws_other_companies():
    assert not np.array_equal(census(1).sector, census(2).sector)
    assert np.array_equal(census(1).float_cap, census(1).float_cap)


def test_averages_are_those_of_the_market(broad):
    weight = broad.float_cap[:500] / broad.float_cap[:500].sum()
    assert weight @ broad.beta[:500] == pytest.approx(1.0, rel=1e-12)
    assert weight @ broad.rate_duration[:500] == pytest.approx(5.0, rel=1e-12)
    assert broad.beta[:500].std() == pytest.approx(0.3, abs=0.04)


def test_small_companies_lose_money_more_often_and_move_more(broad):
    losers = broad.earnings_yield < 0
    assert 0.01 < losers[:500].mean() < 0.1
    assert losers[1500:].mean() > 2 * losers[:500].mean()
    assert np.median(broad.volatility[1500:]) > 1.15 * np.median(broad.volatility[:500])
    assert (np.sign(broad.maturity) == np.sign(broad.earnings_yield)).all()
    assert not broad.dividend_yield[losers].any()


def test_float_is_low_only_where_stock_is_closely_held(broad):
    family = np.arange(len(broad)) == 12
    assert broad.float_factor[12] == 0.55
    assert (broad.float_factor[~broad.dual_class & ~family] >= 0.9).all()
    held = broad.float_factor[broad.dual_class & ~family]
    assert held.min() >= 0.5 and held.max() < 0.9
    assert 0.03 < broad.dual_class.mean() < 0.12
    assert (broad.float_factor == 1.0).mean() > 0.5


def test_sectors_flags_and_seasons(broad):
    assert set(broad.sector) == set(range(11))
    assert (broad.financial == (broad.sector == SECTORS.index("Financials"))).all()
    assert broad.domestic.all()
    assert (broad.nasdaq & ~broad.financial)[:500].sum() > 100  # enough for a Nasdaq-100
    assert broad.report_day.min() >= 8 and broad.report_day.max() <= 38
    assert np.unique(broad.report_day).size > 25


@settings(max_examples=40, deadline=None)
@given(
    stocks=st.integers(1, 30),
    mid_caps=st.integers(0, 5),
    small_caps=st.integers(0, 5),
    float_cap_bn=st.floats(1e-3, 1e6),
    dividends=st.floats(0, 0.2),
    exponent=st.floats(0.51, 5),
    shift=st.floats(0, 100),
    spread=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_any_census_is_sound(
    stocks, mid_caps, small_caps, float_cap_bn, dividends, exponent, shift, spread, seed
):
    drawn = census(
        seed, stocks=stocks, mid_caps=mid_caps, small_caps=small_caps, float_cap_bn=float_cap_bn,
        dividends_bn=dividends * float_cap_bn, size_exponent=exponent, size_shift=shift,
        beta_spread=spread,
    )  # fmt: skip
    large = slice(0, stocks)
    assert len(drawn) == stocks + mid_caps + small_caps
    assert len(set(drawn.symbol)) == len(drawn)
    for name in FIELDS:
        assert np.isfinite(getattr(drawn, name)).all(), name
    for name in ("price", "shares", "float_factor", "beta"):
        assert (getattr(drawn, name) > 0).all(), name
    assert drawn.float_factor.max() <= 1 and drawn.maturity.max() <= 1
    assert drawn.float_cap[large].sum() == pytest.approx(float_cap_bn * 1e9, rel=1e-9)
    paid = float((drawn.float_cap * drawn.dividend_yield)[large].sum())
    assert paid == pytest.approx(dividends * float_cap_bn * 1e9, rel=1e-9)
    assert (drawn.normal_yield > 0).all()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"kind": "synthetic"}, "market"),
        ({"kind": "csv"}, "expected the path of a CSV file for kind csv"),
        ({"kind": "stocks", "file": "x.csv"}, "got 'x.csv', expected none for kind stocks"),
        ({"kind": "stocks", "jumps_per_year": 30.0}, "no variance is left"),
        ({"kind": "stocks", "stocks": 0}, "greater than or equal to 1"),
        ({"kind": "stocks", "float_cap_bn": math.nan}, "finite"),
    ],
)
def test_wrong_rules_are_refused(rules, message):
    with pytest.raises(ValidationError, match=message):
        UniverseRules(**rules)


def test_a_census_with_columns_of_different_length_is_refused():
    drawn = census(stocks=3)
    columns = {name: getattr(drawn, name) for name in FIELDS} | {"price": np.ones(2)}
    with pytest.raises(InputError, match=r"census\.price: got 2 companies, expected 3"):
        Census(symbol=drawn.symbol, **columns)
