"""Properties of the segment DCF over random companies, and the kernel against its twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.valuation.company import Company, load_company, with_values
from sim.valuation.dcf import (
    Inputs,
    growth_path,
    inputs_of,
    log_value_per_share,
    log_value_per_share_reference,
    value,
)
from tests.valuation.companies import companies, scattered

FEW = settings(max_examples=40, deadline=None)


@FEW
@given(companies(), st.integers(0, 2**32), st.sampled_from([None, 1.0, 13.3e9]))
def test_kernel_agrees_with_its_twin(company: Company, seed: int, shares: float | None):
    inputs = scattered(company, 20, seed)
    fast, plain = (f(inputs, shares) for f in (log_value_per_share, log_value_per_share_reference))
    # near the equity floor sums of large terms cancel, so compare in money as well as in logs
    worth = np.abs(value(inputs).segment_value).sum(axis=1) + inputs.proceeds + inputs.cash
    per_share = worth / (inputs.shares if shares is None else shares)
    gap = np.abs(np.exp(fast) - np.exp(plain))
    assert np.all(gap <= 1e-11 * per_share + 1e-11 * np.exp(plain))
    assert np.all(np.isfinite(fast))


def plain_value(company: Company) -> float:
    """Enterprise value by loops over years, written from the equations alone."""
    worth, discount, total = 0.0, 1.0, 0.0
    ebits: list[float] = []
    for year in range(1, 11):
        fade = max(0.0, (year - 5) / 5)
        rate = company.cost_of_capital.initial
        rate += (company.cost_of_capital.stable - company.cost_of_capital.initial) * fade
        tax = company.tax.initial + (company.tax.stable - company.tax.initial) * fade
        discount /= 1 + rate
        ebit = reinvestment = 0.0
        for part in company.segments.values():
            path = [0.0, *growth_path(part)]
            gap = part.target_revenue - part.base_revenue
            revenue = part.base_revenue + gap * path[year]
            margin = part.base_margin + (part.target_margin - part.base_margin) * year / 10
            ebit += revenue * margin
            turnover = part.sales_to_capital_pair[0 if year <= 5 else 1]
            reinvestment += gap * (path[year] - path[year - 1]) / turnover
        tax = tax if ebit > 0 else 0.0
        total += (ebit * (1 - tax) - reinvestment) * discount
        ebits.append(ebit * (1 - tax))
    g = company.risk_free
    final = ebits[-1] * (1 + g) * (1 - g / company.terminal_roic)
    worth = total + final / (company.cost_of_capital.stable - g) * discount
    return worth * (1 - company.failure_probability * (1 - company.failure_recovery))


@FEW
@given(companies())
def test_vectorised_value_agrees_with_plain_loops(company: Company):
    worth = value(inputs_of(company))
    scale = np.abs(worth.segment_value).sum() + 1
    assert worth.enterprise_value[0] == pytest.approx(plain_value(company) * 1e9, abs=1e-11 * scale)


def profitable(company: Company) -> Inputs:
    """The company with target margins high enough that growth earns more than it costs."""
    inputs = inputs_of(company)
    inputs.base_margin[:] = np.maximum(inputs.base_margin, 0.1)
    inputs.target_margin[:] = np.maximum(inputs.target_margin, 0.4)
    for name in ("sales_to_capital_early", "sales_to_capital_late"):
        np.maximum(getattr(inputs, name), 4.0, out=getattr(inputs, name))
    inputs.cost_of_capital_initial[:] = np.minimum(inputs.cost_of_capital_initial, 0.12)
    return inputs


@FEW
@given(companies(), st.integers(0, 3))
def test_value_rises_in_target_margin_and_target_revenue(company: Company, k: int):
    inputs = profitable(company)
    k %= len(inputs.segment_names)
    inputs.target_revenue[:, k] += 1e9
    base = value(inputs).enterprise_value[0]
    for name, factor in (("target_margin", 1.1), ("target_revenue", 1.1)):
        more = inputs.copy()
        getattr(more, name)[:, k] *= factor
        assert value(more).enterprise_value[0] > base


@FEW
@given(companies(), st.floats(0.002, 0.05))
def test_value_falls_in_the_cost_of_capital(company: Company, rise: float):
    inputs = profitable(company)
    inputs.base_revenue[:] = inputs.target_revenue  # no investment: every cash flow is positive
    inputs.base_revenue += 1e9
    inputs.target_revenue[:] = inputs.base_revenue
    dear = inputs.copy()
    dear.cost_of_capital_initial += rise
    dear.cost_of_capital_stable += rise
    assert value(dear).enterprise_value[0] < value(inputs).enterprise_value[0]


def test_growth_without_excess_return_adds_nothing():
    """Where margin after tax × sales-to-capital is below the cost, growth destroys value."""
    poor = {"segments.ai.target_margin": 0.02, "segments.ai.base_margin": 0.02}
    worth = [
        value(inputs_of(load_company("spacex", poor | {"segments.ai.target_revenue": size})))
        for size in (100, 200)
    ]
    assert worth[1].enterprise_value[0] < worth[0].enterprise_value[0]


def test_growth_path_closes_the_gap_as_published():
    launch, options = (load_company("spacex").segments[name] for name in ("launch", "options"))
    path = growth_path(launch)
    np.testing.assert_allclose(path[:5] * 3, [0.2, 0.44, 0.664, 0.832, 1.0])
    np.testing.assert_allclose(path[5:], 1 / 3 + 2 / 3 * np.array([0.2, 0.44, 0.664, 0.832, 1.0]))
    np.testing.assert_allclose(growth_path(options), [0, 0, 0, 0, 0, 0.2, 0.4, 0.6, 0.8, 1.0])


def test_failure_scales_operating_value_only():
    company = load_company("spacex", {"failure_probability": 0.25, "failure_recovery": 0.4})
    worth, base = value(inputs_of(company)), value(inputs_of(load_company("spacex")))
    assert worth.enterprise_value[0] == pytest.approx(0.85 * base.enterprise_value[0])
    assert worth.equity_value[0] - worth.enterprise_value[0] == pytest.approx(76.851e9)


def test_issue_at_value_leaves_the_old_owners_as_they_were():
    company = load_company("spacex")
    rich = value(inputs_of(with_values(company, {"proceeds": 200})))
    assert rich.value_per_share[0] == pytest.approx(97.82765522)
    assert rich.equity_value[0] / rich.shares[0] == pytest.approx(rich.value_per_share[0])


def test_limited_liability_keeps_logs_finite():
    inputs = inputs_of(load_company("spacex"), 3)
    inputs.debt[1] = 5e12
    logs = log_value_per_share(inputs)
    assert np.isfinite(logs).all() and logs[1] < logs[0] - 4
    assert value(inputs).equity_value[1] < 0  # the accounts do not hide it


def test_in_place_news_moves_only_its_story():
    inputs = inputs_of(load_company("spacex"), 4)
    before = log_value_per_share(inputs)
    kept = inputs.copy()
    inputs.target_margin[2, inputs.segment_names.index("ai")] += 0.05
    after = log_value_per_share(inputs)
    assert after[2] > before[2]
    np.testing.assert_array_equal(np.delete(after, 2), np.delete(before, 2))
    np.testing.assert_array_equal(log_value_per_share(kept), before)
    assert len(inputs.select([2, 0])) == 2
    np.testing.assert_array_equal(log_value_per_share(inputs.select([2, 0])), after[[2, 0]])
