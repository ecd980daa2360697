"""V2: which changes of inputs raised the value of SpaceX between April and June 2026.

A value bridge (`sim.valuation.bridge`) from the April to the June inputs has one bar an input, and
the bars sum to the whole change. Their sizes depend on the order in which inputs are moved, so the
bridge is made in both orders. Named in the claim are

    up      launch: target margin; AI: market (target revenue)
    down    AI: target margin; near-term growth (timing, all segments); cost of capital

*Supported* if all named bars have the stated sign in both orders, *contradicted* if nothing that
should raise value does, or nothing that should lower it, otherwise *in part*.
"""

from __future__ import annotations

from collections.abc import Mapping

from experiments.evidence.claims.claim import (
    POST_VALUE,
    Answer,
    Computed,
    Measure,
    exact,
    rows_of,
    table_of,
)
from experiments.studies.study import Assignments, Verdict
from experiments.studies.wording import amount, joined
from experiments.valuation import Row, bridge_row
from sim.valuation.company import load_company

NAMED = {
    "launch: target margin": 1,
    "ai: target revenue": 1,
    "ai: target margin": -1,
    "timing": -1,
    "cost of capital": -1,
}
ORDERS = {"equity_value": "in order", "equity_value_reverse_order": "in reverse"}


def compute(assignments: Assignments) -> Answer:
    """The bridge from April to June, the June inputs changed by ``assignments``."""
    bridge = bridge_row(load_company("spacex-april"), load_company("spacex", assignments))
    bars = {name: {order: _bar(bridge, name, key) for key, order in ORDERS.items()}
            for name in NAMED}  # fmt: skip
    steps = {step["label"]: step["equity_value"] for step in bridge["steps"]}
    whole = bridge["to"]["equity_value"] - bridge["from"]["equity_value"]
    gap = abs(sum(steps.values()) - whole)
    step = Measure("step", "Change of equity value by input", "usd")
    table = table_of(
        rows_of(step, {label: value for label, value in steps.items() if value}),
        rows_of(Measure("whole", "Change of equity value in all", "usd"), {"April to June": whole}),
        *(
            rows_of(Measure(f"named_{k}", f"{name.capitalize()}: change of equity", "usd"), both)
            for k, (name, both) in enumerate(bars.items())
        ),
    )
    told = [
        f"{name} {amount(both['in order'], 'usd', signed=True)} "
        f"({amount(both['in reverse'], 'usd', signed=True)} in reverse)"
        for name, both in bars.items()
    ]
    reading = (
        f"From April to June equity changes by {amount(whole, 'usd', signed=True)}: {joined(told)}."
        f" All bars sum to the change to {amount(gap, 'usd')}."
    )
    wrong = [name for name, sign in NAMED.items() if not _holds(bars[name], sign)]
    first = bars["ai: target revenue"]["in order"]
    return Answer(
        judge(bars), exact(first), "Equity value added by the AI market", "usd", reading, table,
        ("step",), depends_on=f"the inputs ({joined(wrong)} on the other side)",
    )  # fmt: skip


def _bar(bridge: Row, name: str, key: str) -> float:
    """A named bar; timing is that of all segments together."""
    return float(sum(s[key] for s in bridge["steps"] if s["label"] == name
                     or (name == "timing" and s["label"].endswith(": timing"))))  # fmt: skip


def _holds(both: Mapping[str, float], sign: int) -> bool:
    return all(value * sign > 0 for value in both.values())


def judge(bars: Mapping[str, Mapping[str, float]]) -> Verdict:
    """The verdict by the rule above; ``bars`` are name -> order -> USD."""
    held = {name: _holds(bars[name], sign) for name, sign in NAMED.items()}
    if all(held.values()):
        return "supported"
    sides = [[held[name] for name, s in NAMED.items() if s == sign] for sign in (1, -1)]
    return "in part" if all(any(side) for side in sides) else "contradicted"


V2 = Computed(
    id="V2",
    words="Some changes of inputs push value up (launch margin, AI market), others down (AI "
    "margin, near-term growth, cost of capital)",
    source=POST_VALUE,
    question="What did each input that the prospectus changed do to value?",
    hangs_on="the June inputs of launch and AI; sizes, not signs, depend on the order of the bars",
    flip={"segments.launch.target_margin": 0.40, "segments.ai.target_revenue": 80},
    compute=compute,
)
