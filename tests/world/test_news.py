"""News moves inputs, has mean zero, and reaches every story through the valuation."""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from sim.beliefs import Beliefs
from sim.news import (
    CompanyNews,
    CompanyNewsRules,
    Effect,
    EventSource,
    MacroNews,
    NewsFlow,
    NewsItem,
    NewsRules,
)
from sim.streams import Streams
from sim.valuation.company import load_company


def flow(seed=1, **rules):
    return NewsFlow(NewsRules(**rules), Streams(seed))


def about_spacex(*sources, size=1.0):
    return CompanyNews(CompanyNewsRules(sources=sources, size=size), "SPCX", Streams(1))


def test_macro_shocks_have_the_stated_size_and_fat_tails():
    news = flow(rate_volatility=0.0005, volatility_of_volatility=0.0, tail_degrees=5.0)
    rates = np.array([news.macro(1.0).rate for _ in range(40_000)])
    assert rates.std() == pytest.approx(0.0005, rel=0.05)
    assert abs(rates.mean()) < 4 * 0.0005 / 200
    assert ((rates / rates.std()) ** 4).mean() > 4


def test_changing_volatility_keeps_the_long_run_variance():
    news = flow(volatility_of_volatility=0.5, volatility_persistence=0.9)
    scales = []
    for _ in range(40_000):
        news.start_day()
        scales.append(news.scale)
    assert np.mean(np.square(scales)) == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize("size", [0.0, 0.5, 1.5])
def test_the_size_of_news_scales_the_same_events(size):
    effects = (Effect(segment="ai", input="target_margin", sd=0.02),)
    source = EventSource(name="x", per_year=252, effects=effects)
    own, scaled = about_spacex(source), about_spacex(source, size=size)
    pairs = [(a.change, b.change) for _ in range(200)
             for a, b in zip(own.events(False), scaled.events(False), strict=True)]  # fmt: skip
    stated, found = np.array(pairs).T
    assert len(pairs) > 100 and stated.std() > 0.01
    np.testing.assert_allclose(found, size * stated, atol=1e-15)


@pytest.mark.parametrize("success", [None, 0.85])
@pytest.mark.parametrize("size", [1.0, 1.5])
def test_factors_have_mean_one(success, size):
    effect = Effect(segment="ai", input="target_revenue", sd=0.2 / size)
    source = EventSource(name="x", per_year=252, success=success, effects=(effect,))
    news = about_spacex(source, size=size)
    factors = [math.exp(i.change) for _ in range(30_000) for i in news.events(False)]
    assert np.mean(factors) == pytest.approx(1.0, abs=0.006)


def test_failures_are_rarer_and_larger_than_successes():
    effect = Effect(segment="launch", input="target_margin", sd=0.02)
    news = about_spacex(EventSource(name="x", per_year=252, success=0.8, effects=(effect,)))
    changes = np.array([i.change for _ in range(5000) for i in news.events(False)])
    assert changes.min() == pytest.approx(-0.04)
    assert changes.max() == pytest.approx(0.01)
    assert abs(changes.mean()) < 0.001


def test_quarterly_results_only_when_reported():
    effect = Effect(segment="ai", input="target_margin", sd=0.02)
    news = about_spacex(EventSource(name="results", quarterly=True, effects=(effect,)))
    assert news.events(report_out=False) == []
    assert len(news.events(report_out=True)) == 1


def test_a_source_needs_one_clock():
    with pytest.raises(ValidationError, match="either per_year or quarterly"):
        EventSource(name="x", effects=())


def beliefs(n=5, interpretation=0.0, **changes):
    company = load_company("spacex", changes)
    return Beliefs("SPCX", company, {"long_only": n}, interpretation, Streams(1))


def test_good_news_about_a_segment_raises_every_story():
    views = beliefs()
    before = views.log_values.copy()
    views.receive(MacroNews(0, 0, 0), [NewsItem("n", "SPCX", "ai", "target_margin", 0.02)])
    assert (views.log_values > before).all()


def test_investors_read_events_differently_but_the_consensus_reads_them_straight():
    views, straight = beliefs(50, interpretation=0.5), beliefs(50)
    news = [NewsItem("n", "SPCX", "ai", "target_revenue", 0.1)]
    for v in (views, straight):
        v.receive(MacroNews(0, 0, 0), news)
    assert np.abs(views.log_values - straight.log_values)[1:].max() > 0.001
    assert views.consensus == straight.consensus


def test_higher_rates_and_premium_lower_value():
    for shock in (MacroNews(0.001, 0, 0), MacroNews(0, 0.001, 0)):
        views = beliefs()
        before = views.consensus
        views.receive(shock)
        assert views.consensus < before


def test_time_lets_value_grow_at_the_cost_of_capital():
    views = beliefs()
    before = views.consensus
    views.advance(252)
    views.receive(MacroNews(0, 0, 0))
    rate = load_company("spacex").cost_of_capital.initial
    assert views.consensus - before == pytest.approx(math.log1p(rate))


def test_margins_stay_between_nothing_and_all_of_revenue():
    views = beliefs(20)
    rng = np.random.default_rng(2)
    for change in rng.normal(0, 0.05, 500):
        views.receive(MacroNews(0, 0, 0), [NewsItem("n", "SPCX", "ai", "target_margin", change)])
    margins = views.inputs.target_margin[:, views.inputs.segment_names.index("ai")]
    assert margins.max() <= 0.95
    assert margins[0] > -0.02


def test_leaving_out_a_class_leaves_the_stories_of_the_others():
    company = load_company("spacex")
    both = Beliefs("SPCX", company, {"long_only": 4, "hedge": 3}, 0.5, Streams(1))
    one = Beliefs("SPCX", company, {"long_only": 0, "hedge": 3}, 0.5, Streams(1))
    for views in (both, one):
        views.receive(MacroNews(0, 0, 0), [NewsItem("n", "SPCX", "ai", "target_revenue", 0.1)])
    assert both.log_values[-3:].tolist() == one.log_values[-3:].tolist()
