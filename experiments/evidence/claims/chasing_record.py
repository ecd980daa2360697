"""M7: does money move from active to index funds because of the record?

Savers move money to whoever did better over the last year, net of fees (`agents.household`). The
passive share starts at `START` and its change over `YEARS` years is the outcome; nothing pushes it
but returns (no habit). Three worlds share all random numbers: savers chase returns and active funds
charge and hold cash as they do; the same with active funds that charge nothing and hold no cash, so
that they do not fall behind on average; and savers who do not look.

What savers *move* is the change less that in the world where they do not look, for the share
drifts by itself with what index and other owners hold.

*Supported* if what they move to index funds is measurable, and measurably more than where the
record is even; *in part* if it is no more than there; *contradicted* if it is less than
`NEGLIGIBLE`; otherwise *undecided*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.evidence.claims.claim import POST_INDEX, Answer, Evidence, Measure, studied
from experiments.results import Result
from experiments.scenario import Scenario
from experiments.studies.comparison import by_seed, compare, estimate, line
from experiments.studies.intervals import paired_interval
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict, not_overruled, vary
from experiments.studies.wording import told
from sim.calendar import TRADING_DAYS

RECORD, EVEN, BLIND = "record as it is", "even record", "savers do not look"
START, YEARS, STOCKS = 0.18, 6, 100
NEGLIGIBLE = 0.005
MEASURES = (
    Measure("change", "Change of index funds' part of the market", "fraction"),
    Measure("gap", "Active less index funds, a year", "fraction"),
    Measure("passive_end", "Index funds' part of the market at the end", "fraction"),
)
MOVED = Measure("moved", "Moved to index funds by savers, of the market", "fraction")
MORE = Measure("more", "Change with the record less that with an even one", "fraction")


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """A hundred companies for six years, with three kinds of savers and records."""
    chase = {"population.households.flows": "performance"}
    free = {
        "population.long_only.fee": 0.0, "population.hedge.fee": 0.0,
        "population.long_only.cash_share": 0.0, "population.hedge.cash_share": 0.0,
        "population.passive.fee": 0.0, "universe.dividends_bn": 0.0,
    }  # fmt: skip
    variants: dict[str, dict[str, Any]] = {
        RECORD: chase,
        EVEN: {**chase, **free},
        BLIND: {"population.households.flows": "fixed"},
    }
    defaults = {
        "universe.stocks": STOCKS,
        "universe.mid_caps": 0,
        "indices.sp500.count": STOCKS,
        "population.passive.assets": {"sp500": 1.0},
        "population.passive_share": START,
        "days": YEARS * TRADING_DAYS + 1,
    }
    found = {}
    for label, own in variants.items():  # the user may set what this one world does not vary
        found.update(vary("index-world", {label: own}, not_overruled(assignments, own), defaults))
    return found


def measure(result: Result) -> Row:
    """How index funds' part of the market changed, and by how much active funds were behind."""
    model, recorder = result.model, result.model.recorder
    share, last = recorder.passive_share[: recorder.days], recorder.days - 1
    trackers = [int(tracker.account) for tracker in model.trackers]
    passive = np.isin(model.funds.accounts, trackers)
    growth = recorder.nav[last] / recorder.nav[0]
    assets = recorder.assets[0].clip(min=0)

    def yearly(chosen: np.ndarray) -> float:
        mean = float(np.average(growth[chosen], weights=assets[chosen]))
        return mean ** (TRADING_DAYS / last) - 1

    return {
        "change": float(share[last] - share[0]),
        "gap": yearly(~passive) - yearly(passive) if passive.any() else float("nan"),
        "passive_end": float(share[last]),
    }


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Table, verdict, reading; nothing is resampled."""
    wide = by_seed(rows, "change")
    more = [
        *(
            line(MOVED, label, paired_interval(wide[label], wide[BLIND]))
            for label in (RECORD, EVEN)
        ),
        line(MORE, EVEN, paired_interval(wide[RECORD], wide[EVEN])),
    ]
    table = compare(rows, MEASURES, more)
    return Finding(table, read(table), judge(table))


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    rise, more = estimate(table, "moved", RECORD), estimate(table, "more", EVEN)
    if rise.high < NEGLIGIBLE:
        return "contradicted"
    if rise.sign > 0:
        return "supported" if more.sign > 0 else "in part"
    return "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    parts = [
        f"{told(estimate(table, 'change', label), 'fraction')} ({label}; active funds "
        f"{told(estimate(table, 'gap', label), 'fraction')} a year against index funds)"
        for label in (RECORD, EVEN, BLIND)
    ]
    return (
        f"From {START:.0%} of the market, the part of index funds changes in {YEARS} years by "
        f"{parts[0]}, {parts[1]} and {parts[2]}. Savers who look move "
        f"{told(estimate(table, 'moved', RECORD), 'fraction')} of the market; the record makes a "
        "difference of "
        f"{told(estimate(table, 'more', EVEN), 'fraction')}."
    )


STUDY = Study(
    name="chasing-record",
    claim="Money moves from active to passive because of the record",
    question="Where does the passive share go when savers chase returns?",
    replicates=12,
    hangs_on="population.households.performance_response: savers who do not answer to returns "
    "stay where they are",
    flip={"population.households.performance_response": 0.0},
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)


def answer(evidence: Evidence) -> Answer:
    """How far the passive share rises."""
    return evidence.answer(
        "moved", RECORD, ("change", "moved", "gap"),
        "chance: it rises as much where active funds charge nothing",
    )  # fmt: skip


M7 = studied(
    STUDY,
    id="M7",
    words="Money moves from active to passive funds because of the record",
    source=POST_INDEX,
    quick=6,
    read=answer,
)
