"""Stories: stated spread, determinism, and what each source of disagreement does."""

from __future__ import annotations

import time

import numpy as np
import pytest

from sim.valuation.company import load_company, with_values
from sim.valuation.dcf import Inputs, inputs_of, value
from sim.valuation.stories import (
    draw_stories,
    set_back,
    stories_at,
    story_factors,
    switch_successes,
    without_segment,
)

COMPANY = load_company("spacex")


def monte_carlo(company, n: int = 20_000, seed: int = 3) -> np.ndarray:
    draws = draw_stories(company, n + 1, np.random.default_rng(seed))
    return value(draws.select(slice(1, None))).equity_value


def test_spread_is_that_of_reasonable_people():
    equity = monte_carlo(COMPANY)
    assert np.log(equity).std() == pytest.approx(0.46, abs=0.015)
    low, middle, high = np.percentile(equity, [2.5, 50, 97.5]) / 1e12
    assert low == pytest.approx(0.5, abs=0.1)
    assert high == pytest.approx(3.0, abs=0.5)
    assert middle == pytest.approx(1.3013, rel=0.06)


def test_row_zero_is_the_published_case_and_draws_repeat():
    one = draw_stories(COMPANY, 50, np.random.default_rng(5))
    two = draw_stories(COMPANY, 50, np.random.default_rng(5))
    more = draw_stories(COMPANY, 80, np.random.default_rng(5))
    assert value(one).value_per_share[0] == pytest.approx(97.83, abs=0.005)
    np.testing.assert_array_equal(value(one).equity_value, value(two).equity_value)
    np.testing.assert_array_equal(value(one).equity_value, value(more).equity_value[:50])
    other = draw_stories(COMPANY, 50, np.random.default_rng(6))
    assert (value(one).equity_value[1:] != value(other).equity_value[1:]).all()


def test_ten_thousand_stories_take_well_under_a_second():
    start = time.perf_counter()
    value(draw_stories(COMPANY, 10_000, np.random.default_rng(0)))
    assert time.perf_counter() - start < 0.5


def test_median_inputs_are_the_published_ones():
    rules = with_values(
        COMPANY, {f"stories.switches.{name}.probability": 0 for name in ("orbital", "chips")}
    )
    stories, base = draw_stories(rules, 20_000, np.random.default_rng(1)), inputs_of(COMPANY)
    for name in ("target_revenue", "target_margin", "sales_to_capital_early"):
        middle = np.median(getattr(stories, name), axis=0)
        np.testing.assert_allclose(middle, getattr(base, name)[0], rtol=0.02)


def test_switches_keep_the_mean_margin_and_success_pays():
    stories = draw_stories(COMPANY, 40_000, np.random.default_rng(2))
    ai = stories.segment_names.index("ai")
    assert stories.target_margin[:, ai].mean() == pytest.approx(0.25, abs=0.002)
    point = np.zeros((1, len(story_factors(COMPANY))))
    worth = {
        (orbital, chips): value(
            stories_at(COMPANY, point, {"orbital": orbital, "chips": chips})
        ).equity_value[0]
        for orbital in (False, True)
        for chips in (False, True)
    }
    assert worth[False, False] < worth[True, False] < worth[True, True]
    assert worth[False, False] < worth[False, True] < worth[True, True]
    assert worth[False, False] < 1301.3e9 < worth[True, True]


@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_switch_probability(probability):
    company = with_values(COMPANY, {"stories.switches.chips.probability": probability})
    z = np.random.default_rng(0).standard_normal((20_000, len(story_factors(company))))
    assert switch_successes(company, z)["chips"].mean() == pytest.approx(probability, abs=0.01)


def test_cost_advantage_follows_its_inputs():
    chips = COMPANY.stories.switches["chips"]
    assert chips.margin_gain(0.25) == pytest.approx(0.75 * 0.6 * 0.5 * 0.5 * 0.6)
    assert chips.margin_gain(1.0) == 0.0


def test_no_disagreement_no_spread():
    calm = {"stories.outlook": 0, "stories.cost_of_capital_sd": 0}
    for segment in COMPANY.segments:
        for part in (
            "market",
            "share",
            "margin",
            "sales_to_capital",
            "base_revenue",
            "base_margin",
        ):
            calm[f"stories.segments.{segment}.{part}_sd"] = 0
    for name in COMPANY.stories.switches:
        calm[f"stories.switches.{name}.probability"] = 0
    equity = monte_carlo(with_values(COMPANY, calm), 50)
    np.testing.assert_allclose(equity, 1301.299e9, rtol=1e-6)


def test_outlook_makes_opinions_about_segments_agree():
    def correlation(outlook: float) -> float:
        company = with_values(COMPANY, {"stories.outlook": outlook})
        draws: Inputs = draw_stories(company, 20_000, np.random.default_rng(4))
        logs = np.log(draws.target_revenue[:, :2])
        return float(np.corrcoef(logs.T)[0, 1])

    assert abs(correlation(0.0)) < 0.03
    assert correlation(0.9) > 0.6


def test_failure_probability_is_drawn_only_where_there_is_one():
    assert (draw_stories(COMPANY, 100, np.random.default_rng(0)).failure_probability == 0).all()
    draws = draw_stories(load_company("openai"), 5000, np.random.default_rng(0))
    chances = draws.failure_probability
    assert np.median(chances) == pytest.approx(0.10, rel=0.05)
    assert 0 < chances.min() and chances.max() < 1


def test_segment_off_and_set_back():
    base = inputs_of(COMPANY)
    off = value(without_segment(base, "ai"))
    assert off.segment_value[0, base.segment_names.index("ai")] == 0
    assert off.equity_value[0] == pytest.approx(1301.299e9 - 270.505e9, rel=1e-3)
    setback = COMPANY.stories.setback
    assert setback is not None
    failed = value(set_back(base, setback))
    assert failed.equity_value[0] < off.equity_value[0]  # failing costs more than never trying
