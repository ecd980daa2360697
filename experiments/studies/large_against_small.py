"""Why do large companies dominate: what they earn, or the money that flows into index funds?

The claim (Damodaran 2026): passive flows need not be the cause; companies that win take all. Four
worlds share every random number:

* *neither*: companies have no news of their own (only the market's), and index funds keep their
  share of the market;
* *fundamentals*: companies have news of their own and of their sectors, index funds keep their
  share;
* *flows*: no news of their own, and savers move money from active to index funds until these hold
  `PATH` of the market;
* *both*.

What fundamentals and flows do is the difference to *neither*, seed by seed; what they do together
beyond the sum of the two is the difference of *both* less those two. Measured are the changes, from
the first close to the last, of

* the ten largest companies' part of the value of all (the ten largest of the day);
* log price over value of the ten largest companies less that of the smaller half, weighted by
  value, with groups as of the first day: dearness that no news explains;
* the same of price over earnings, (Σ price × shares) / (Σ earnings of four quarters).

The claim is *supported* if fundamentals raise the part of the ten largest and flows raise it by
less than `MINOR` of that; *contradicted* if flows raise it by at least as much as fundamentals do,
or fundamentals do not raise it by `NEGLIGIBLE`; *in part* if flows raise it measurably and by less
than fundamentals; otherwise *undecided*.

Three quarters of the index money is on the larger half of the companies, as in the US on the S&P
500, the rest on all. Companies grow by chance here (Gibrat 1931), large and small alike: nothing
says that winners go on winning, so what fundamentals do is the least they can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.results import Result
from experiments.scenario import Scenario
from experiments.studies.comparison import Measure, by_seed, compare, difference, estimate, line
from experiments.studies.intervals import mean_interval, paired_interval
from experiments.studies.paths import stacked
from experiments.studies.portfolios import bands_figure
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict, vary
from experiments.studies.wording import joined, told
from sim.calendar import TRADING_DAYS

Array = NDArray[np.float64]
NEITHER, NEWS, FLOWS, BOTH = "neither", "fundamentals", "flows", "both"
LARGE = 10
YEARS = 8
PATH = [[0.0, 0.10], [8.0, 0.30]]  # assumption: in 8 years what took the US nearly 30
FLAT_TOP = 20.0  # assumption: the ten largest start with a fifth of the market, as in the 2010s
OWN_NEWS = ("universe.idiosyncratic_volatility", "universe.sector_volatility")
MINOR = 0.25
NEGLIGIBLE = 0.005
MEASURES = (
    Measure("share_start", "Ten largest: part of the market at the start", "fraction"),
    Measure("share_change", "Ten largest: change of their part of the market", "fraction"),
    Measure("dearness", "Log price over value, ten largest less smaller half: change", "fraction"),
    Measure("multiple_start", "P/E of the ten largest over the smaller half, start", "times"),
    Measure("multiple_change", "Log P/E, ten largest less smaller half: change", "fraction"),
    Measure("passive_end", "Index funds' part of the market at the end", "fraction"),
)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """Four worlds of 200 companies for eight years; sizes of own news go to those that have it."""
    quiet = dict.fromkeys(OWN_NEWS, 0.0)
    own = {path: value for path, value in assignments.items() if path in OWN_NEWS}
    given = {path: value for path, value in assignments.items() if path not in OWN_NEWS}
    flows = {"population.households.flows": "path", "population.households.path": PATH}
    variants: dict[str, dict[str, Any]] = {
        NEITHER: quiet, NEWS: own, FLOWS: {**quiet, **flows}, BOTH: {**own, **flows},
    }  # fmt: skip
    defaults = {
        "universe.stocks": 100,
        "universe.mid_caps": 100,
        "universe.size_shift": FLAT_TOP,
        "indices.sp500.count": 100,
        "population.passive_share": PATH[0][1],
        "days": YEARS * TRADING_DAYS + 1,
    }
    return vary("index-world", variants, given, defaults)


def measure(result: Result) -> Row:
    """Dominance of the largest at the start and at the end, and its path."""
    recorder, universe = result.model.recorder, result.model.universe
    last = recorder.days - 1
    shares = universe.shares[universe.base]
    listed = universe.listed[universe.base]
    close = recorder.close[: last + 1, universe.base]
    caps = np.nan_to_num(close) * shares
    values = recorder.value[: last + 1, universe.base] * shares
    order = np.argsort(-caps[0])
    groups = [part[listed[part]] for part in (order[:LARGE], order[len(order) // 2 :])]
    share = np.array([largest_share(row) for row in caps])
    gaps = [dearness(caps, values, group) for group in groups]
    start = universe.census.earnings_yield * universe.census.price * universe.census.shares
    first = np.log([multiple(caps[0], start, group) for group in groups])
    end = universe.earnings_year[universe.base]
    final = np.log([multiple(caps[-1], end, group) for group in groups])
    return {
        "share_start": float(share[0]),
        "share_change": float(share[-1] - share[0]),
        "dearness": float((gaps[0] - gaps[1])[-1] - (gaps[0] - gaps[1])[0]),
        "multiple_start": float(np.exp(first[0] - first[1])),
        "multiple_change": float((final[0] - final[1]) - (first[0] - first[1])),
        "passive_end": float(recorder.passive_share[last]),
        "share": share - share[0],
        "gap": (gaps[0] - gaps[1]) - (gaps[0] - gaps[1])[0],
    }


def largest_share(caps: Array) -> float:
    """Part of the ten largest in the value of all, (stocks,) USD."""
    return float(np.sort(caps)[-LARGE:].sum() / caps.sum())


def dearness(caps: Array, values: Array, group: NDArray[np.int64]) -> Array:
    """Log of price over value of a group of companies together, (days,)."""
    return np.asarray(np.log(caps[:, group].sum(axis=1) / values[:, group].sum(axis=1)))


def multiple(caps: Array, earnings: Array, group: NDArray[np.int64]) -> float:
    """Price over earnings of a group together; NaN if it loses money."""
    total = float(earnings[group].sum())
    return float(caps[group].sum()) / total if total > 0 else float("nan")


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Table, verdict, reading; nothing is resampled."""
    from experiments.show.study_figures import measures_figure

    table = compare(rows, MEASURES, _effects(rows))
    labels = (NEITHER, NEWS, FLOWS, BOTH)
    figures = {
        "worlds": measures_figure(
            table, ("share_change", "dearness", "multiple_change"), "What makes the large larger"
        ),
        "share": bands_figure(
            {label: stacked(rows, label, "share") for label in labels},
            "The ten largest companies' part of the market",
            "Change of the ten largest companies' part of the market's value since the start. "
            "Lines: medians over histories; bands: their middle half. Worlds without news of "
            "single companies show what flows do alone; lines that are the same hide one another.",
            "change since the start",
        ),
        "gap": bands_figure(
            {label: stacked(rows, label, "gap") for label in labels},
            "Are large companies dearer than small ones?",
            "Log price over value of the ten largest companies less that of the smaller half "
            "(groups of the first day), change since the start. Lines: medians over histories; "
            "bands: their middle half. Above zero large companies have become dearer for what "
            "they are worth.",
            "change since the start",
        ),
    }
    return Finding(table, read(table), judge(table), figures)


def _effects(rows: pd.DataFrame) -> list[dict[str, object]]:
    """What both do beyond the sum of the two, and flows less fundamentals, seed by seed."""
    lines = []
    for name, label in (("share_change", "part of the market"), ("dearness", "dearness")):
        wide = by_seed(rows, name)
        news, flows, both = (wide[x] - wide[NEITHER] for x in (NEWS, FLOWS, BOTH))
        beyond = Measure(f"{name}_beyond", f"Both beyond the sum of the two: {label}", "fraction")
        lines.append(line(beyond, BOTH, mean_interval(both - news - flows)))
        less = Measure(f"{name}_less", f"Flows less {MINOR:.0%} of fundamentals: {label}",
                       "fraction")  # fmt: skip
        lines.append(line(less, FLOWS, paired_interval(flows, MINOR * news)))
        whole = Measure(f"{name}_order", f"Flows less fundamentals: {label}", "fraction")
        lines.append(line(whole, FLOWS, paired_interval(flows, news)))
    return lines


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    news, flows = (difference(table, "share_change", label) for label in (NEWS, FLOWS))
    if news.high < NEGLIGIBLE or estimate(table, "share_change_order", FLOWS).low >= 0:
        return "contradicted"
    if news.sign > 0 and estimate(table, "share_change_less", FLOWS).high < 0:
        return "supported"
    below = estimate(table, "share_change_order", FLOWS).high < 0
    return "in part" if news.sign > 0 and flows.sign > 0 and below else "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    shares = [_effect(table, "share_change", label) for label in (NEWS, FLOWS)]
    dear = [_effect(table, "dearness", label) for label in (NEWS, FLOWS)]
    multiples = [
        f"{told(difference(table, 'multiple_change', x), 'fraction')} ({x})" for x in (NEWS, FLOWS)
    ]
    beyond = estimate(table, "share_change_beyond", BOTH)
    sign = {1: "add to", -1: "take from", 0: "do not measurably change"}[beyond.sign]
    return (
        f"The ten largest start with {told(estimate(table, 'share_start', NEITHER), 'fraction')} "
        f"of the market. Against the world with neither, {joined(shares)}; together they {sign} "
        f"the sum of the two ({told(beyond, 'fraction')}). Dearness of the ten largest against the "
        f"smaller half: {joined(dear)}. The logarithm of their relative P/E changes by "
        f"{joined(multiples)}. With flows index funds end with "
        f"{told(estimate(table, 'passive_end', FLOWS), 'fraction')} of the market."
    )


def _effect(table: pd.DataFrame, name: str, label: str) -> str:
    change = difference(table, name, label)
    word = {1: "raise it", -1: "lower it", 0: "do not measurably move it"}[change.sign]
    return f"{label} {word} ({told(change, 'fraction')})"


STUDY = Study(
    name="large-against-small",
    claim="Passive flows need not be why large companies dominate: winner-take-all fundamentals "
    "are (Damodaran 2026)",
    question="Do fundamentals or flows into index funds make the large larger?",
    replicates=8,
    hangs_on="universe.idiosyncratic_volatility: of companies whose fundamentals never part only "
    "flows are left",
    flip=dict.fromkeys(OWN_NEWS, 0.0),
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)
