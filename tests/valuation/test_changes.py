"""Bridge, tornado, Sobol indices, research: each against arithmetic or a known answer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.valuation.bridge import value_bridge
from sim.valuation.company import Company, load_company, with_values
from sim.valuation.dcf import inputs_of, value
from sim.valuation.research import capitalise, longest_life
from sim.valuation.sensitivity import sobol_indices, tornado
from tests.valuation.companies import companies

APRIL, JUNE = load_company("spacex-april"), load_company("spacex")


@settings(max_examples=40, deadline=None)
@given(companies(), companies(), st.booleans())
def test_bridge_sums_exactly_for_any_two_companies(before: Company, after: Company, reverse: bool):
    bridge = value_bridge(before, after, reverse)
    for side, company in (("start", before), ("end", after)):
        worth, level = value(inputs_of(company)), getattr(bridge, side)
        for name in ("enterprise_value", "equity_value", "value_per_share"):
            scale = np.abs(worth.segment_value).sum() + 1e9
            assert getattr(level, name) == pytest.approx(getattr(worth, name)[0], abs=1e-12 * scale)
    for name in ("enterprise_value", "equity_value", "value_per_share"):
        bars = [getattr(step, name) for step in bridge.steps]
        change = getattr(bridge.end, name) - getattr(bridge.start, name)
        largest = max([abs(bar) for bar in bars] + [abs(getattr(bridge.start, name)), 1.0])
        assert math.fsum(bars) == pytest.approx(change, abs=1e-12 * largest)


def test_bridge_between_equal_companies_is_empty():
    assert value_bridge(JUNE, JUNE).steps == ()


def test_april_to_june_moves_as_the_author_says():
    steps = {step.label: step.equity_value for step in value_bridge(APRIL, JUNE).steps}
    assert steps["launch: target margin"] > 0
    assert steps["ai: target revenue"] > 0
    assert steps["ai: target margin"] < 0
    assert steps["launch: timing"] < 0 and steps["connectivity: timing"] < 0
    assert steps["cost of capital"] < 0
    assert steps["cash"] + steps["debt"] == pytest.approx(1.851e9)


def test_bridge_puts_a_split_first_and_it_is_worth_nothing():
    first, *rest = value_bridge(APRIL, JUNE).steps
    assert first.label == "share split" and first.equity_value == 0
    assert first.value_per_share == pytest.approx(-529.7209 * 0.8, abs=1e-3)
    assert max(abs(step.value_per_share) for step in rest) < 40


def test_tornado_reads_as_market_and_margins_not_present_earnings():
    bars = tornado(JUNE)
    swings = {bar.factor: bar.swing for bar in bars}
    assert [bar.swing for bar in bars] == sorted(swings.values(), reverse=True)
    assert swings["connectivity.market"] > 5 * swings["connectivity.base_margin"]
    assert swings["ai.market"] > 100 * swings["ai.base_revenue"]
    rate = next(bar for bar in bars if bar.factor == "cost_of_capital")
    assert rate.low_equity > 1301.3e9 > rate.high_equity


def test_tornado_can_come_out_the_other_way():
    old = {"segments.ai.target_revenue": 3.3, "stories.segments.ai.base_margin_sd": 0.4}
    for name in ("market", "share"):
        old[f"stories.segments.ai.{name}_sd"] = 0.01
    swings = {bar.factor: bar.swing for bar in tornado(with_values(JUNE, old))}
    assert swings["ai.base_margin"] > swings["ai.market"]


def test_sobol_indices_on_a_known_answer():
    """With one source of disagreement left its index is 1, every other 0."""
    calm = {"stories.outlook": 0}
    for segment in JUNE.segments:
        for part in (
            "market",
            "share",
            "margin",
            "sales_to_capital",
            "base_revenue",
            "base_margin",
        ):
            calm[f"stories.segments.{segment}.{part}_sd"] = 0
    for name in JUNE.stories.switches:
        calm[f"stories.switches.{name}.probability"] = 0
    indices = sobol_indices(with_values(JUNE, calm), 4096, np.random.default_rng(0))
    assert indices[0].factor == "cost_of_capital"
    assert indices[0].first == pytest.approx(1, abs=0.1)
    assert indices[0].total == pytest.approx(1, abs=0.1)
    assert all(abs(index.first) < 1e-9 and index.total < 1e-9 for index in indices[1:])


def test_sobol_shares_of_a_nearly_additive_model_sum_to_one():
    indices = sobol_indices(JUNE, 4096, np.random.default_rng(1))
    assert sum(index.first for index in indices) == pytest.approx(1, abs=0.12)
    by_name = {index.factor: index.total for index in indices}
    present = [
        by_name[f"{s}.{part}"] for s in JUNE.segments for part in ("base_revenue", "base_margin")
    ]
    assert sum(present) < 0.02 < by_name["connectivity.market"]


def test_research_turns_the_loss_into_a_profit():
    history = JUNE.research
    assert history is not None
    result = capitalise(history)
    assert result.amortisation == pytest.approx((4.5 + 3 + 2 + 1.5 + 1) / 5)
    assert result.adjusted_operating_income == pytest.approx(-2.589 + 9 - 2.4)
    assert result.adjusted_operating_income == pytest.approx(4.02, abs=0.05)
    assert result.research_asset == pytest.approx(9 + 4.5 * 0.8 + 3 * 0.6 + 2 * 0.4 + 1.5 * 0.2)
    assert longest_life(history) == 7


def test_research_of_a_steady_spender_changes_nothing():
    steady = {f"research.spending.{year}": 3.0 for year in range(2018, 2026)}
    history = with_values(JUNE, steady).research
    assert history is not None
    assert capitalise(history).adjusted_operating_income == pytest.approx(-2.589)
