"""Net income as reported, from the inputs of the valuation."""

from __future__ import annotations

import numpy as np
import pytest

from sim.valuation.company import load_company
from sim.valuation.dcf import inputs_of
from sim.valuation.reported import quarterly_profit, research_gap


def profit(years: float, **changes: float) -> float:
    company = load_company("spacex", changes)
    return 4 * quarterly_profit(inputs_of(company), company.research, years) / 1e9


def test_spacex_loses_money_now_and_earns_some_in_two_to_three_years() -> None:
    """The filing has a net loss of about 4.9 bn in 2025 and of 4.3 bn in the first quarter."""
    assert -9 < profit(0) < -4
    assert profit(1) < 0 < profit(3)
    assert profit(10) == pytest.approx((160 - 0.0837450226 * 22.896) * 0.9, rel=1e-6)


def test_research_expensed_costs_its_growth_and_then_nothing() -> None:
    history = load_company("spacex").research
    assert history is not None
    assert research_gap(history, 0) == pytest.approx((9.0 - (4.5 + 3 + 2 + 1.5 + 1) / 5) * 1e9)
    gaps = [research_gap(history, year) for year in range(8)]
    assert gaps == sorted(gaps, reverse=True) and gaps[5] == 0.0
    assert research_gap(None, 0) == 0.0


def test_good_news_about_margins_shows_in_later_results() -> None:
    better = {"segments.ai.target_margin": 0.45}
    assert profit(0, **better) == pytest.approx(profit(0))
    assert profit(3, **better) > profit(3)


def test_profits_are_taxed_and_losses_are_not() -> None:
    company = load_company("spacex")
    inputs = inputs_of(company)
    low, high = inputs.copy(), inputs.copy()
    high.tax_initial[:] = np.minimum(low.tax_initial + 0.1, 1.0)
    assert quarterly_profit(low, None, 0.0) == quarterly_profit(high, None, 0.0) < 0
    assert quarterly_profit(low, None, 5.0) > quarterly_profit(high, None, 5.0) > 0
