"""Four weightings of the same companies: float cap, cap, equal, price.

The claims (Damodaran 2026): equal, price, cap and float-cap weights give different indices; price
weights break on splits; float weights make companies with closely held shares punch below their
size; and a price index is not what an investor earns, for it leaves dividends out.

One market is run once a seed and four rulebooks with the same members are computed in it, side by
side (`sim.index`). Of each index are measured

* growth a year without and with dividends (price index, total return), and volatility;
* tracking difference: annualised standard deviation of its daily return less that of float cap;
* weight of the ten largest weights, and the effective number of companies 1 / Σ w²;
* weight of companies of which less than `LOW_FLOAT` of the shares float, over their part of the
  members' whole capitalisation (1: they weigh what they are worth);
* a split: `AFTER` sessions before the end each index is started afresh, and the dearest share of
  the `GIANTS` largest companies is split `RATIO` for one. Measured are the move of the level at
  that instant, the weight that changes hands ½ Σ |w' − w|, and how far the level stands at the end
  from that of an index in which nothing was split.

The claim is *supported* if each of the three indices differs from float cap by more than
`NEGLIGIBLE` a year, no level moves when shares are split and only the price-weighted index changes
its composition, and low floats weigh less than they are worth under float cap. *Contradicted* if
none of the indices differs by `NEGLIGIBLE`; *undecided* if that cannot be told; else *in part*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.results import Result
from experiments.scenario import Scenario
from experiments.studies.comparison import Measure, compare, estimate
from experiments.studies.paths import stacked
from experiments.studies.portfolios import (
    as_conditions,
    bands_figure,
    deviation,
    growth,
    index_path,
)
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict, vary
from experiments.studies.wording import joined, told
from sim.index import IndexLevel, Rulebook, Snapshot, index_shares

Array = NDArray[np.float64]
FLOAT, CAP, EQUAL, PRICE = "float cap", "cap", "equal", "price"
INDICES = {FLOAT: "sp500", CAP: "sp500-cap", EQUAL: "equal-weight-500", PRICE: "price-weighted"}
DAYS, AFTER = 505, 126
LOW_FLOAT = 0.9
GIANTS, RATIO = 20, 4.0
NEGLIGIBLE = 0.0025  # of tracking difference a year: funds on one index differ by less
EXACT = 1e-9
MEASURES = (
    Measure("price_return", "Growth of the price index a year", "fraction"),
    Measure("total_return", "Growth of the total return a year", "fraction"),
    Measure("dividends", "Dividends: total return less price index, a year", "fraction"),
    Measure("volatility", "Annualised volatility", "fraction"),
    Measure("tracking", "Tracking difference to float cap, a year", "fraction"),
    Measure("top_ten", "Weight of the ten largest", "fraction"),
    Measure("effective", "Effective number of companies", "number"),
    Measure("low_float", "Weight of low floats over their worth", "times"),
    Measure("split_jump", "Move of the level at the split", "fraction"),
    Measure("split_moved", "Weight moved by the split", "fraction"),
    Measure("split_drift", "Level half a year later against no split", "fraction"),
)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """One market for two years."""
    return vary("index-world", {"market": {}}, assignments, {"days": DAYS})


def measure(result: Result) -> list[Row]:
    """One row a weighting."""
    model, recorder = result.model, result.model.recorder
    snapshot = model.public_record.snapshot()
    reference = index_path(recorder, INDICES[FLOAT])
    members = model.indices[INDICES[FLOAT]].members
    start = max(recorder.days - 1 - AFTER, 0)
    closes = recorder.close[[start, recorder.days - 1]]
    column = dearest_giant(snapshot.cap * members, closes[0])
    rows: list[Row] = []
    for label, name in INDICES.items():
        index = model.indices[name]
        weights = index.level.weights()
        total, level = index_path(recorder, name), index_path(recorder, name, total=False)
        shares = index_shares(index.rulebook, _market(snapshot, closes[0]), members)
        split = split_effect(index.rulebook, shares, closes, column)
        rows.append(
            {
                "portfolio": label,
                "price_return": growth(level),
                "total_return": growth(total),
                "dividends": growth(total) - growth(level),
                "volatility": deviation(total),
                "tracking": deviation(total, reference),
                "top_ten": float(np.sort(weights)[-10:].sum()),
                "effective": float(1 / (weights @ weights)),
                "low_float": low_float(weights, snapshot, index.members),
                **split._asdict(),
                "relative": total / reference - 1,
                "reinvested": total / level - 1,
            }
        )
    return rows


class Split(NamedTuple):
    """What a split does to an index; fractions of level, weight and level."""

    split_jump: float
    split_moved: float
    split_drift: float


def split_effect(rulebook: Rulebook, shares: Array, closes: Array, column: int) -> Split:
    """Start an index twice, split a company's shares in one, and mark both at a later close.

    ``shares`` index shares (stocks,); ``closes`` USD, (2, stocks), the first and the later one.
    """
    by_price = rulebook.weighting == "price"
    plain, split = (IndexLevel(shares, closes[0], 100.0, by_price) for _ in range(2))
    before = split.weights()
    split.split(column, RATIO)
    moved = 0.5 * float(np.abs(split.weights() - before).sum())
    jump = split.level / plain.level - 1
    after = closes[1].copy()
    after[column] /= RATIO
    return Split(abs(jump), moved, abs(split.mark(after) / plain.mark(closes[1]) - 1))


def dearest_giant(cap: Array, price: Array) -> int:
    """The column of the highest price among the `GIANTS` largest by ``cap``, both (stocks,)."""
    giants = np.argsort(-cap)[:GIANTS]
    return int(giants[np.argmax(price[giants])])


def low_float(weights: Array, snapshot: Snapshot, members: NDArray[np.bool_]) -> float:
    """Weight of low-float members over their part of the members' capitalisation."""
    cap = np.where(members, snapshot.cap, 0.0)
    low = members & (snapshot.float_factor < LOW_FLOAT)
    worth = float(cap[low].sum() / cap.sum())
    return float(weights[low].sum()) / worth if worth > 0 else float("nan")


def _market(snapshot: Snapshot, price: Array) -> Snapshot:
    """Today's companies at other prices (stocks,), USD."""
    return Snapshot.of(price, snapshot.shares, float_shares=snapshot.float_shares)


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Table, verdict, reading; nothing is resampled."""
    from experiments.show.study_figures import measures_figure

    rows = as_conditions(rows)
    table = compare(rows, MEASURES)
    shown = ("tracking", "top_ten", "effective", "low_float", "split_moved", "split_drift")
    apart = {label: stacked(rows, label, "relative") for label in (CAP, EQUAL, PRICE)}
    paid = {label: stacked(rows, label, "reinvested") for label in INDICES}
    figures = {
        "weighting": measures_figure(table, shown, "Four weightings of the same companies"),
        "levels": bands_figure(
            apart,
            "How far the indices come apart",
            "Total return of each index over that of float cap, in per cent. Lines: medians over "
            "histories; bands: their middle half. All four hold the same companies in the same "
            "market: only the weights differ.",
            "total return against float cap",
        ),
        "dividends": bands_figure(
            paid,
            "What a price index leaves out",
            "Total return over price index, in per cent: dividends paid and reinvested since the "
            "start. Lines: medians over histories; bands: their middle half. Watch how steadily "
            "the two come apart, in good years and bad.",
            "total return over price index",
        ),
    }
    return Finding(table, read(table), judge(table), figures)


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    others = [estimate(table, "tracking", label) for label in (CAP, EQUAL, PRICE)]
    if all(other.high < NEGLIGIBLE for other in others):
        return "contradicted"
    differ = [other.low > NEGLIGIBLE for other in others]
    if not any(differ):
        return "undecided"
    whole = all(differ) and split_holds(table) and floats_hold(table)
    return "supported" if whole else "in part"


def split_holds(table: pd.DataFrame) -> bool:
    """Whether a split moves no level, and the composition of the price-weighted index alone."""
    still = all(estimate(table, "split_jump", label).value < EXACT for label in INDICES)
    kept = all(estimate(table, "split_moved", x).value < EXACT for x in (FLOAT, CAP, EQUAL))
    return still and kept and estimate(table, "split_moved", PRICE).low > EXACT


def floats_hold(table: pd.DataFrame) -> bool:
    """Whether low floats weigh less than they are worth under float cap, measurably."""
    return estimate(table, "low_float", FLOAT).high < 1


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    returns = [
        f"{label} {told(estimate(table, 'total_return', label), 'fraction')}" for label in INDICES
    ]
    apart = [
        f"{label} {told(estimate(table, 'tracking', label), 'fraction')}"
        for label in (CAP, EQUAL, PRICE)
    ]
    top = [f"{told(estimate(table, 'top_ten', x), 'fraction')} under {x}" for x in INDICES]
    moved, drift = (estimate(table, f"split_{part}", PRICE) for part in ("moved", "drift"))
    still = "leaves every level where it was" if _largest(table, "jump") < EXACT else "moves levels"
    kept = "moves none of" if _largest(table, "moved", (FLOAT, CAP, EQUAL)) < EXACT else "changes"
    low, all_shares = (estimate(table, "low_float", label) for label in (FLOAT, CAP))
    return (
        f"The same companies return, dividends reinvested: {joined(returns)} a year. Tracking "
        f"differences to float cap are {joined(apart)} a year. The ten largest weigh "
        f"{joined(top)}. Dividends add {told(estimate(table, 'dividends', FLOAT), 'fraction')} a "
        f"year to the price index under float cap. A split of {RATIO:.0f} for 1 {still}; it "
        f"moves {told(moved, 'fraction')} of the weight of the price-weighted index, which stands "
        f"{told(drift, 'fraction')} off half a year later, and {kept} the other weights. Companies "
        f"with a low float weigh {told(low, 'times')} of their worth under float cap and "
        f"{told(all_shares, 'times')} under cap."
    )


def _largest(table: pd.DataFrame, part: str, labels: tuple[str, ...] = tuple(INDICES)) -> float:
    return max(estimate(table, f"split_{part}", label).value for label in labels)


STUDY = Study(
    name="weighting",
    claim="Float-cap, cap, equal and price weights give different indices; price weights break on "
    "splits (Damodaran 2026)",
    question="The same companies, four weightings: how different are the indices?",
    replicates=12,
    hangs_on="universe.idiosyncratic_volatility: of companies that move together every weighting "
    "makes the same index",
    flip={
        "universe.idiosyncratic_volatility": 0.0,
        "universe.sector_volatility": 0.0,
        "universe.beta_spread": 0.0,
        "news.rate_volatility": 0.0,
        "news.premium_volatility": 0.0,
        "news.market_earnings_volatility": 0.0,
        "population.long_only.opinion_volatility": 0.0,
        "population.hedge.opinion_volatility": 0.0,
        "population.long_only.closet_share": 0.0,
        "population.passive_share": 0.0,
    },
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)
