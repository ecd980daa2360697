"""Hypothesis strategies of random companies and random stories."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import strategies as st

from sim.valuation.company import Company, Segment, StartAndStable
from sim.valuation.dcf import Inputs, inputs_of


def number(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    return Segment(
        base_revenue=draw(number(0, 50)),
        target_revenue=draw(number(0, 500)),
        base_margin=draw(number(-2, 0.5)),
        target_margin=draw(number(-0.2, 0.8)),
        sales_to_capital=draw(
            st.one_of(number(0.3, 10), st.tuples(number(0.3, 10), number(0.3, 10)))
        ),
        waypoint=draw(number(0, 1)),
        starts_after=draw(st.sampled_from([0, 0, 0, 3, 5])),
    )


@st.composite
def companies(draw: st.DrawFn) -> Company:
    risk_free = draw(number(0, 0.06))
    names = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True))
    return Company(
        name="Random",
        symbol="RND",
        as_of=date(2026, 1, 1),
        source="test",
        segments={name: draw(segments()) for name in names},
        cost_of_capital=StartAndStable(
            initial=draw(number(0.05, 0.2)), stable=risk_free + draw(number(0.01, 0.1))
        ),
        tax=StartAndStable(initial=draw(number(0, 0.4)), stable=draw(number(0, 0.4))),
        risk_free=risk_free,
        terminal_roic=draw(number(0.08, 0.5)),
        failure_probability=draw(number(0, 0.6)),
        failure_recovery=draw(number(0, 1)),
        cash=draw(number(0, 50)),
        debt=draw(number(0, 50)),
        proceeds=draw(number(0, 100)),
        shares=draw(number(0.1, 20)),
        issue_price=draw(st.one_of(st.none(), number(1, 500))),
    )


def scattered(company: Company, n: int, seed: int) -> Inputs:
    """Stories around a company, every array moved, some beyond what a file may hold."""
    rng = np.random.default_rng(seed)
    inputs = inputs_of(company, n)
    for name in ("base_revenue", "target_revenue", "sales_to_capital_early", "cash", "shares"):
        array = getattr(inputs, name)
        array *= np.exp(0.5 * rng.standard_normal(array.shape))
    for name in ("base_margin", "target_margin"):
        array = getattr(inputs, name)
        array += 0.3 * rng.standard_normal(array.shape)
    for name in ("cost_of_capital_initial", "cost_of_capital_stable", "risk_free"):
        array = getattr(inputs, name)
        array += 0.01 * rng.standard_normal(array.shape)
    return inputs
