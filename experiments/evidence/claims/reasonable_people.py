"""V4: how far reasonable people may differ about the value of SpaceX.

Stories (`sim.valuation.stories`) move every uncertain input at once. What must one believe to
come to half a trillion dollars, or to three? The lowest and the highest `ENDS` of stories say it
by their mean inputs.

*Supported* if at least `LIKELY` of stories lie at or below `LOW` and as many at or above `HIGH`,
with the intervals of both shares; *contradicted* if either share is below `LIKELY` with its
interval; otherwise *undecided*. The spreads of the stories are assumptions that were sized with
this range in mind, so the verdict shows which stories reach the ends, not that people hold them.
"""

from __future__ import annotations

import numpy as np

from experiments.evidence.claims.claim import (
    POST_VALUE,
    Answer,
    Computed,
    Measure,
    rows_of,
    table_of,
)
from experiments.studies.intervals import Interval, share_interval
from experiments.studies.study import Assignments, Verdict
from experiments.studies.wording import amount, told
from experiments.valuation import Row, story_rows
from sim.valuation.company import load_company

STORIES, SEED = 10_000, 1
LOW, HIGH = 0.5e12, 3.0e12
LIKELY = 0.005  # two stories in four hundred


def compute(assignments: Assignments) -> Answer:
    """Draw the stories of the company, its file changed by ``assignments``."""
    row = story_rows(load_company("spacex", assignments), STORIES, SEED, keep_draws=True)
    equity = np.array(row["equity_draws"])
    below, above = (share_interval(int(count), STORIES) for count in
                    ((equity <= LOW).sum(), (equity >= HIGH).sum()))  # fmt: skip
    cuts = {name: float(value) for name, value in row["percentiles"].items()}
    low, high = row["range_95"]
    median = cuts["p50"]
    table = table_of(
        rows_of(Measure("equity", "Value of equity by percentile", "usd"), cuts),
        rows_of(
            Measure("share", "Part of stories", "fraction"),
            {"at most $0.5T": below, "at least $3T": above},
        ),
        *(
            rows_of(
                Measure(f"{name}_revenue", f"Target revenue, {name}", "usd"),
                {end: row["ends"][end]["segments"][name]["target_revenue"] for end in row["ends"]},
            )
            for name in row["ends"]["low"]["segments"]
        ),
    )
    reading = (
        f"The middle 95 % of {STORIES:,} stories reach from {amount(low, 'usd')} to "
        f"{amount(high, 'usd')}, median {amount(median, 'usd')}. {told(below, 'fraction')} come to "
        f"half a trillion or less, {told(above, 'fraction')} to three or more. "
        f"{_end(row, 'low')} {_end(row, 'high')}"
    )
    return Answer(
        judge(below, above), Interval(median, low, high, STORIES),
        "Median value of equity over stories (with the middle 95 %)", "usd", reading, table,
        ("equity", "share"), depends_on="the spread of the stories",
    )  # fmt: skip


def _end(row: Row, end: str) -> str:
    """What the stories at one end believe."""
    ai, links = (row["ends"][end]["segments"][name] for name in ("ai", "connectivity"))
    place = {"low": "lowest", "high": "highest"}[end]
    return (
        f"The {place} twentieth believe in AI revenue of {amount(ai['target_revenue'], 'usd')} at a"
        f" margin of {ai['target_margin']:.0%}, connectivity of "
        f"{amount(links['target_revenue'], 'usd')} at {links['target_margin']:.0%}, and a cost of "
        f"capital of {row['ends'][end]['cost_of_capital']:.1%}."
    )


def judge(below: Interval, above: Interval) -> Verdict:
    """The verdict by the rule above."""
    if min(below.low, above.low) >= LIKELY:
        return "supported"
    return "contradicted" if min(below.high, above.high) < LIKELY else "undecided"


SEGMENTS = ("launch", "connectivity", "ai", "options")

V4 = Computed(
    id="V4",
    words="Reasonable people can get $0.5T or $3T",
    source=POST_VALUE,
    question="How far apart are values under stories that reasonable people may tell?",
    hangs_on="stories.*: spreads of inputs are assumptions; half as much disagreement and neither "
    "end is reached",
    flip={
        "stories.cost_of_capital_sd": 0.0025,
        **{f"stories.segments.{name}.market_sd": 0.18 for name in SEGMENTS},
        **{f"stories.segments.{name}.share_sd": 0.08 for name in SEGMENTS},
        **{f"stories.segments.{name}.margin_sd": 0.03 for name in SEGMENTS},
    },
    compute=compute,
)
