"""V6: does a value of $1.5T hinge on data centres in orbit and own chips?

The same stories are valued with the AI segment off, as they are, with AI failed, with the cost
advantage of orbital energy and own chips earned, and with connectivity alone
(`experiments.valuation.switch_rows`). P is the part of stories above $1.5T, with its interval.

*Hinges*: P with the advantage earned exceeds `ODDS` times P with AI failed, and earning it moves
the published case across $1.5T. *Alone not*: connectivity alone is worth less than $1.5T in the
published case and P is below `RARE`. *Supported* if both hold, *contradicted* if neither, else
*in part*.
"""

from __future__ import annotations

from experiments.evidence.claims.claim import (
    NEWS,
    Answer,
    Computed,
    Measure,
    rows_of,
    table_of,
)
from experiments.studies.intervals import Interval, share_interval
from experiments.studies.study import Assignments, Verdict
from experiments.studies.wording import amount, joined, told
from experiments.valuation import switch_rows
from sim.valuation.company import load_company

STORIES, SEED, THRESHOLD = 10_000, 1, 1.5e12
ODDS, RARE = 2.0, 0.05
EARNED, FAILED, ALONE = "earned", "failed", "connectivity_alone"


def compute(assignments: Assignments) -> Answer:
    """The cases of the company, its file changed by ``assignments``."""
    row = switch_rows(load_company("spacex", assignments), STORIES, SEED, THRESHOLD)
    points = {label: float(case["point"]) for label, case in row["cases"].items()}
    above = {
        label: share_interval(round(case["probability_above_threshold"] * STORIES), STORIES)
        for label, case in row["cases"].items()
    }
    table = table_of(
        rows_of(Measure("point", "Value of equity, published case", "usd"), points),
        rows_of(Measure("above", "Stories above $1.5T", "fraction"), above),
    )
    told_cases = [
        f"{label.replace('_', ' ')} {amount(points[label], 'usd')} and "
        f"{told(above[label], 'fraction')}"
        for label in points
    ]
    reading = (
        f"Published case, and part of stories above $1.5T: {joined(told_cases)}. Connectivity, the "
        f"segment that earns money, comes to {points[ALONE] / THRESHOLD:.0%} of $1.5T by itself."
    )
    return Answer(
        judge(points, above), above[EARNED], "Stories above $1.5T, advantage earned", "fraction",
        reading, table, ("point", "above"),
        depends_on="what the rest is worth: other stories reach $1.5T without it",
    )  # fmt: skip


def judge(points: dict[str, float], above: dict[str, Interval]) -> Verdict:
    """The verdict by the rule above."""
    crosses = points[FAILED] < THRESHOLD < points[EARNED] and points["base"] < THRESHOLD
    hinges = crosses and above[EARNED].low > ODDS * above[FAILED].high
    alone_not = points[ALONE] < THRESHOLD and above[ALONE].high < RARE
    if hinges and alone_not:
        return "supported"
    return "in part" if hinges or alone_not else "contradicted"


V6 = Computed(
    id="V6",
    words="The $1.5T valuation hinges on orbital data centres and own chips; Starlink alone does "
    "not get there",
    source=NEWS,
    question="What is SpaceX worth with the AI bet off, failed and won, and by Starlink alone?",
    hangs_on="segments.connectivity.*: with three times its target revenue Starlink gets there "
    "alone, whatever becomes of AI",
    flip={"segments.connectivity.target_revenue": 360},
    compute=compute,
)
