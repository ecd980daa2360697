"""M4: do prices say less when fewer invest actively, or when fewer are informed?

Of a market run for `YEARS` years the informativeness of prices is measured by quarter: with Δp
and Δv the log changes of price and value of a company over a quarter, both less the market's
mean,

    informativeness = (correlation of Δp and Δv over companies)²,      mean over quarters,

what Bai, Philippon and Savov (2016) measure with earnings that come later; here value is known. The
error of prices is the standard deviation over companies of log price over value at quarters' ends.
Passive share is varied with the informed part of active funds held, then the informed part with the
passive share held; all other draws are the same.

*Passive harmless*: from the least to the most indexed world informativeness falls by less than
`MINOR` of what it falls by from nine to one informed fund in ten. *Informed matter*: there it
falls by more than `MATTERS`. *Supported* if both hold with their intervals, *contradicted* if the
informed matter by less, or passive money costs measurably more than `MINOR`, *in part* if the
informed matter and the rest cannot be told, otherwise *undecided*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.evidence.claims.claim import POST_INDEX, Answer, Evidence, Measure, studied
from experiments.informativeness import at_ends, informativeness
from experiments.results import Result
from experiments.scenario import Scenario
from experiments.studies.comparison import by_seed, compare, difference, estimate, line
from experiments.studies.intervals import paired_interval
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict, vary
from experiments.studies.wording import compared, joined, told
from sim.calendar import TRADING_DAYS

QUARTER, YEARS, STOCKS = 63, 3, 150
LITTLE, SOME, MUCH = "10 % indexed", "30 % indexed", "50 % indexed"
HALF, FEW = "half informed", "a tenth informed"
PASSIVE = {LITTLE: 0.10, SOME: 0.30, MUCH: 0.50}
INFORMED = {HALF: 0.5, FEW: 0.1}
MINOR = 0.5
MATTERS = 0.05
MEASURES = (
    Measure("informativeness", "Informativeness of prices by quarter", "fraction"),
    Measure("error", "Standard deviation of log price over value", "fraction"),
)
COST = Measure("cost", "Informativeness lost", "fraction")
EXCESS = Measure(
    "excess", "Lost with passive share less half of that lost with informed", "fraction"
)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """Three passive shares, then two informed shares at the middle one."""
    variants: dict[str, dict[str, Any]] = {
        label: {"population.passive_share": share} for label, share in PASSIVE.items()
    }
    for label, part in INFORMED.items():
        variants[label] = {
            "population.passive_share": PASSIVE[SOME],
            "population.long_only.informed_share": part,
            "population.hedge.informed_share": part,
        }
    defaults = {
        "universe.stocks": STOCKS,
        "universe.mid_caps": 0,
        "indices.sp500.count": STOCKS,
        "population.passive.assets": {"sp500": 1.0},
        "days": YEARS * TRADING_DAYS + 1,
    }
    return vary("index-world", variants, assignments, defaults)


def measure(result: Result) -> Row:
    """Informativeness and error of prices, means over quarters of one run."""
    price, value = at_ends(result.model.recorder, result.model.universe.base, QUARTER)
    return {
        "informativeness": informativeness(np.diff(price, axis=0), np.diff(value, axis=0)),
        "error": float(np.nanstd(price - value, axis=1).mean()),
    }


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """What passive and what uninformed money cost, seed by seed; table, verdict, reading."""
    wide = by_seed(rows, "informativeness")
    passive, informed = wide[LITTLE] - wide[MUCH], wide[SOME] - wide[FEW]
    lines = [
        line(COST, "passive share, 10 to 50 %", paired_interval(wide[LITTLE], wide[MUCH])),
        line(COST, "informed share, 90 to 10 %", paired_interval(wide[SOME], wide[FEW])),
        line(EXCESS, "both", paired_interval(passive, MINOR * informed)),
    ]
    table = compare(rows, MEASURES, lines)
    return Finding(table, read(table), judge(table))


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    informed = estimate(table, "cost", "informed share, 90 to 10 %")
    excess = estimate(table, "excess", "both")
    if informed.high < MATTERS or excess.sign > 0:
        return "contradicted"
    if informed.low > MATTERS:
        return "supported" if excess.sign < 0 else "in part"
    return "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    levels = [
        f"{told(estimate(table, 'informativeness', label), 'fraction')} with {label}"
        for label in (*PASSIVE, *INFORMED)
    ]
    passive, informed = (
        told(estimate(table, "cost", label), "fraction")
        for label in ("passive share, 10 to 50 %", "informed share, 90 to 10 %")
    )
    error = compared(difference(table, "error", MUCH), "fraction")
    return (
        f"Prices carry {joined(levels)} of the news of a quarter. Indexing half of the market "
        f"instead of a tenth costs {passive}; nine uninformed in ten active funds instead of one "
        f"cost {informed}. With half of the market indexed, the error of prices is {error}."
    )


STUDY = Study(
    name="informed-few",
    claim="Fewer active investors need not make prices less informative: only a few inform them",
    question="Do prices say less with more passive, or with fewer informed investors?",
    replicates=12,
    hangs_on="the informed part of active funds, the same among those that are left; dealers who "
    "know all news and have capital without end make both matter little",
    flip={
        "population.market_makers.capital_usd": 3e12,
        "population.market_makers.inventory_share": 0.5,
        "population.market_makers.max_weight": 10.0,
        "population.market_makers.leverage": 100.0,
        "population.market_makers.learning": 0.01,
    },
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)


def answer(evidence: Evidence) -> Answer:
    """What passive money costs in informativeness."""
    return evidence.answer(
        "cost", "passive share, 10 to 50 %", ("informativeness", "cost", "error"),
        "how hard the active funds that are left lean on prices",
    )  # fmt: skip


M4 = studied(
    STUDY,
    id="M4",
    words="Fewer active investors need not make prices less informative: only a few inform them",
    source=POST_INDEX,
    quick=6,
    read=answer,
)
