"""Value bridge between two valuations: one bar for each input that changed.

Inputs are moved from the first company's to the second's one at a time, in the stated order, and
every bar is the change of value at its step, given all earlier steps. The bars sum to the whole
change by construction; their sizes depend on the order where inputs interact, so the order can
be reversed to see by how much (a bridge is not a causal decomposition).

Order: by segment — market (target revenue), target margin, reinvestment (sales-to-capital), timing
(growth path), base revenue, base margin — then tax, terminal return, failure, cost of capital and
risk-free rate, then cash, debt, proceeds, share count (a split included) and issue price. The
market of a segment goes before its margin, as a margin is worth nothing without a market.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.valuation.company import Company
from sim.valuation.dcf import Inputs, inputs_of, value

_SEGMENT_STEPS = {
    "target revenue": ("target_revenue",),
    "target margin": ("target_margin",),
    "reinvestment": ("sales_to_capital_early", "sales_to_capital_late"),
    "timing": ("growth_path",),
    "base revenue": ("base_revenue",),
    "base margin": ("base_margin",),
}
_COMPANY_STEPS = {
    "tax": ("tax_initial", "tax_stable"),
    "terminal ROIC": ("terminal_roic",),
    "failure": ("failure_probability", "failure_recovery"),
    "cost of capital": ("cost_of_capital_initial", "cost_of_capital_stable"),
    "risk-free rate and growth": ("risk_free",),
    "cash": ("cash",),
    "debt": ("debt",),
    "proceeds": ("proceeds",),
    "share count": ("shares",),
    "issue price": ("issue_price",),
}


@dataclass(frozen=True)
class Step:
    """One bar: the input, and the changes of value it brings, USD and USD a share."""

    label: str
    segment: str | None
    enterprise_value: float
    equity_value: float
    value_per_share: float


@dataclass(frozen=True)
class Bridge:
    """Bars between two valuations; `start` and `end` are steps that hold levels."""

    start: Step
    end: Step
    steps: tuple[Step, ...]


def value_bridge(before: Company, after: Company, reverse: bool = False) -> Bridge:
    """Bars of value from one company's inputs to another's, USD.

    Segments that only one of the two has start from, or end at, no revenue. With `reverse` the
    inputs are moved in the opposite order.
    """
    names = tuple(dict.fromkeys([*before.segments, *after.segments]))
    present = _widened(inputs_of(before), names)
    goal = _widened(inputs_of(after), names)
    plan = list(_plan(names))
    levels = [_levels(present)]
    steps: list[Step] = []
    if before.later_split != after.later_split:
        present.shares *= before.later_split / after.later_split
        _record("share split", None, present, levels, steps)
    for label, segment, fields in reversed(plan) if reverse else plan:
        if _move(present, goal, fields, segment):
            _record(label, segment, present, levels, steps)
    return Bridge(
        Step(before.name, None, *levels[0]), Step(after.name, None, *levels[-1]), tuple(steps)
    )


def _record(
    label: str,
    segment: str | None,
    present: Inputs,
    levels: list[tuple[float, float, float]],
    steps: list[Step],
) -> None:
    """Value the inputs as they stand now and append the change as a bar."""
    levels.append(_levels(present))
    change = [new - old for new, old in zip(levels[-1], levels[-2], strict=True)]
    steps.append(Step(label, segment, *change))


def _plan(names: tuple[str, ...]) -> Iterator[tuple[str, str | None, tuple[str, ...]]]:
    for segment in names:
        for label, fields in _SEGMENT_STEPS.items():
            yield f"{segment}: {label}", segment, fields
    for label, fields in _COMPANY_STEPS.items():
        yield label, None, fields


def _move(present: Inputs, goal: Inputs, fields: tuple[str, ...], segment: str | None) -> bool:
    """Set the fields of `present` to those of `goal`; False if they were the same already."""
    moved = False
    for name in fields:
        old, new = getattr(present, name), getattr(goal, name)
        if segment is not None:
            k = present.segment_names.index(segment)
            at: object = k if name == "growth_path" else (slice(None), k)
        else:
            at = slice(None)
        if not np.array_equal(old[at], new[at], equal_nan=True):
            old[at] = new[at]
            moved = True
    return moved


def _widened(inputs: Inputs, names: tuple[str, ...]) -> Inputs:
    """The same inputs over a longer list of segments; those added have no revenue."""
    own = [inputs.segment_names.index(n) if n in inputs.segment_names else None for n in names]
    empty = {"sales_to_capital_early": 1.0, "sales_to_capital_late": 1.0}
    wide = inputs.copy()
    wide.segment_names = names
    for field in {name for step in _SEGMENT_STEPS.values() for name in step} - {"growth_path"}:
        columns = [
            np.full(len(inputs), empty.get(field, 0.0))
            if k is None
            else getattr(inputs, field)[:, k]
            for k in own
        ]
        setattr(wide, field, np.column_stack(columns))
    unused = np.linspace(0.1, 1.0, inputs.growth_path.shape[1])
    wide.growth_path = np.array([unused if k is None else inputs.growth_path[k] for k in own])
    return wide


def _levels(inputs: Inputs) -> tuple[float, float, float]:
    worth = value(inputs)
    return (
        float(worth.enterprise_value[0]),
        float(worth.equity_value[0]),
        float(worth.value_per_share[0]),
    )
