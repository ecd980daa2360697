"""What a company reports: net income as accountants count it, from the inputs of its valuation.

The valuation counts research as an investment (`sim.valuation.research`) and stops at operating
profit.  A reported quarter in year t is a fourth of

    net income = (EBIT_t − (R − A_t) − interest) · (1 − tax if it is positive),

EBIT_t the operating profit of all segments at that time, between the years of the valuation in a
straight line; R the latest research spending, taken to stay where it is (assumption), and A_t its
amortisation, which catches up with R over the life of research; interest at the company's cost of
capital on its debt (SpaceX: 8.4 % of $22.9bn = $1.92bn, and the filing has $1.945bn for 2025).
"""

from __future__ import annotations

import numpy as np

from sim.valuation.dcf import Inputs, value
from sim.valuation.kernel import YEARS
from sim.valuation.research import ResearchHistory

QUARTERS = 4


def research_gap(history: ResearchHistory | None, years: float) -> float:
    """R − A_t, USD, so many years after the history ends; 0 for a company without one."""
    if history is None:
        return 0.0
    spending = history.spending[str(history.year)]
    known = [history.spending[str(history.year - age)] for age in range(1, history.life + 1)]
    past = int(min(max(years, 0.0), history.life))
    amortised = (past * spending + sum(known[: history.life - past])) / history.life
    return (spending - amortised) * 1e9


def quarterly_profit(
    inputs: Inputs, history: ResearchHistory | None, years: float, story: int = 0
) -> float:
    """Net income, USD, of the quarter that ends ``years`` after the valuation's date.

    ``story`` is the row of the inputs; row 0 is the base case.
    """
    row = inputs.select(slice(story, story + 1))
    ebit = value(row, detail=True).ebit[0]
    first = float((row.base_revenue[0] * row.base_margin[0]).sum())
    path = np.concatenate(([first], np.asarray(ebit).reshape(-1, YEARS).sum(axis=0)))
    profit = float(np.interp(years, np.arange(YEARS + 1), path))
    profit -= research_gap(history, years)
    profit -= float(row.cost_of_capital_initial[0] * row.debt[0])
    if profit > 0:
        profit *= 1 - float(row.tax_initial[0])
    return profit / QUARTERS
