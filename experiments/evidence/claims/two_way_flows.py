"""M3: do flows into index funds lift what they hold, and do flows out lower it?

Three worlds share all random numbers: savers leave index funds at their share of the market, lead
them to `IN` of it within `YEARS` years, or to `OUT`. Index money is on the larger half of the
companies mostly, so that flows favour large companies against the smaller half. Measured as in
`experiments.studies.large_against_small`: the change of log price over value of the ten largest
less that of the smaller half, and the part of the ten largest in the market.

*Supported* if inflows raise that dearness and outflows lower it, both measurably against nobody
moving; *in part* if one of them; *contradicted* if neither moves it by `NEGLIGIBLE`, or outflows
raise it; otherwise *undecided*.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.evidence.claims.claim import POST_INDEX, Answer, Evidence, Measure, studied
from experiments.scenario import Scenario
from experiments.studies.comparison import by_seed, compare, difference, estimate, line
from experiments.studies.intervals import paired_interval
from experiments.studies.large_against_small import measure
from experiments.studies.study import Assignments, Finding, Study, Verdict, vary
from experiments.studies.wording import compared, told
from sim.calendar import TRADING_DAYS

STILL, INFLOW, OUTFLOW = "nobody moves", "inflow", "outflow"
YEARS = 3
START, IN, OUT = 0.20, 0.32, 0.08
NEGLIGIBLE = 0.005
MEASURES = (
    Measure("dearness", "Log price over value, ten largest less smaller half: change", "fraction"),
    Measure("share_change", "Ten largest: change of their part of the market", "fraction"),
    Measure("multiple_change", "Log P/E, ten largest less smaller half: change", "fraction"),
    Measure("passive_end", "Index funds' part of the market at the end", "fraction"),
)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """A market of two hundred companies with flows either way."""
    path = {
        INFLOW: [[0.0, START], [float(YEARS), IN]],
        OUTFLOW: [[0.0, START], [float(YEARS), OUT]],
    }
    variants: dict[str, Assignments] = {STILL: {"population.households.flows": "fixed"}}
    for label, points in path.items():
        variants[label] = {
            "population.households.flows": "path",
            "population.households.path": points,
        }
    defaults = {
        "universe.stocks": 100,
        "universe.mid_caps": 100,
        "indices.sp500.count": 100,
        "population.passive_share": START,
        "days": YEARS * TRADING_DAYS + 1,
    }
    return vary("index-world", variants, assignments, defaults)


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Table, the balance of both directions, verdict, reading."""
    wide = by_seed(rows, "dearness")
    both = paired_interval(wide[INFLOW] + wide[OUTFLOW], 2 * wide[STILL])
    part = Measure("balance", "Dearness: inflow and outflow together", "fraction")
    table = compare(rows, MEASURES, [line(part, "both", both)])
    return Finding(table, read(table), judge(table))


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    up, down = (difference(table, "dearness", label) for label in (INFLOW, OUTFLOW))
    if down.sign > 0 or (up.high < NEGLIGIBLE and down.low > -NEGLIGIBLE):
        return "contradicted"
    if up.sign > 0 and down.sign < 0:
        return "supported"
    return "in part" if up.sign > 0 or down.sign < 0 else "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    parts = [
        f"with {label} ({estimate(table, 'passive_end', label).value:.0%} indexed after {YEARS} "
        f"years) {compared(difference(table, 'dearness', label), 'fraction')}"
        for label in (INFLOW, OUTFLOW)
    ]
    share = [
        compared(difference(table, "share_change", label), "fraction")
        for label in (INFLOW, OUTFLOW)
    ]
    return (
        f"Against nobody moving, price over value of the ten largest less that of the smaller half "
        f"is {parts[0]} and {parts[1]}; both together leave "
        f"{told(estimate(table, 'balance', 'both'), 'fraction')}. The ten largest companies' part "
        f"of the market is {share[0]} and {share[1]}."
    )


STUDY = Study(
    name="two-way-flows",
    claim="Momentum cuts both ways: flows can leave",
    question="What do flows into and out of index funds do to large companies against small ones?",
    replicates=12,
    hangs_on="population.passive.assets, money mostly on the large half, and how little others "
    "lean against it: index funds of all companies among investors ten times as keen favour none",
    flip={
        "population.passive.assets": {"crsp-total-market": 1.0},
        "population.long_only.elasticity": 15.0,
        "population.hedge.elasticity": 100.0,
    },
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)


def answer(evidence: Evidence) -> Answer:
    """What outflows do."""
    return evidence.answer(
        "dearness", OUTFLOW, ("dearness", "share_change", "passive_end"),
        "the direction: only one of inflow and outflow moves prices measurably", difference=True,
    )  # fmt: skip


M3 = studied(
    STUDY,
    id="M3",
    words="Momentum cuts both ways: flows can leave index funds too",
    source=POST_INDEX,
    quick=8,
    read=answer,
)
