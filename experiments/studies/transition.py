"""Three giants enter the S&P 500: together, one after the other, or as their shares come free.

The claim (Damodaran 2026): the index needs time to manage the entry of SpaceX, Anthropic and
OpenAI. Four worlds of the scenario `three-giants` share every random number and differ only in the
rules of the S&P 500 (its tests of profit, float and liquidity are waived in all of them):

===========  ===================================================================================
out          the yardstick: they never enter
together     one choice of members a year, in September: all three enter on 17 September 2027
staggered    twelve months after each offering, at the next quarterly review
in tranches  five days after each offering with what floats then, more at every quarterly update
===========  ===================================================================================

Let Δh be the giants' shares that index funds buy on a day beyond what they buy in the yardstick (of
other indices), P and P° prices in the world and in the yardstick, M and M° levels of the market
without the giants, A the assets of funds on the S&P 500. Then

    turnover of a day     Σ Δh P / A
    impact paid           Σ_t Σ Δh (P − P°) / A  +  Σ_t (Σ Δh P) (M°/M − 1) / A,

on the giants that are bought and on the other companies that are sold for them (Perold 1988, with
the yardstick's price for the paper portfolio). What is *lost* of it is the part that is gone when
the price has come back: P over P° times the lasting effect, the mean of P/P° of the last month.

The claim is *supported* if entering together costs more than both other ways, *in part* if more
than one of them, *contradicted* if it costs at most `NEGLIGIBLE` more than either, *undecided*
otherwise. A second one (that the index needs the giants more than they need it) is judged in
the reading: it holds if the yearly return that an index without them misses or is spared, in
absolute value, exceeds the lasting effect of entry on their price.
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
from experiments.studies.intervals import Interval, paired_interval
from experiments.studies.paths import stacked
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict, vary
from experiments.studies.wording import compared, joined, told
from sim.calendar import TRADING_DAYS
from sim.inputs import InputError

Array = NDArray[np.float64]
OUT, TOGETHER, STAGGERED, TRANCHES = "out", "together", "staggered", "in tranches"
ENTERING = (TOGETHER, STAGGERED, TRANCHES)
INDEX, WHOLE = "sp500", "crsp-total-market"
DAYS, MONTH = 504, 21
OUT_OF_REACH = 2520  # longest seasoning that rules allow
NEGLIGIBLE = 1.0  # basis points of the assets of index funds
BASIS_POINTS = 1e4
MEASURES = (
    Measure("bought", "Giants bought by funds on the S&P 500", "usd"),
    Measure("turnover_day", "Largest turnover of a day, of assets", "fraction"),
    Measure("turnover", "Turnover of all entries, of assets", "fraction"),
    Measure("on_entry", "Effect on the giants when bought", "fraction"),
    Measure("lasting", "Lasting effect on the giants", "fraction"),
    Measure("others", "Effect on the other companies when sold", "fraction"),
    Measure("others_lasting", "Lasting effect on the other companies", "fraction"),
    Measure("impact", "Impact paid, basis points of index funds' assets", "number"),
    Measure("impact_usd", "Impact paid by index funds", "usd"),
    Measure("lost", "Of it lost when prices come back, basis points", "number"),
    Measure("tracking", "S&P 500 less whole market, annualised deviation", "fraction"),
    Measure("gap", "S&P 500 less whole market, absolute return a year", "fraction"),
)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """Three giants for two years under four rules of entry, the yardstick first."""
    where = f"indices.{INDEX}"

    def rules(seasoning: int, **changes: Any) -> dict[str, Any]:
        own = {
            "seasoning_sessions": seasoning,
            "min_float_factor": 0.0,
            "min_dollar_volume_ratio": 0.0,
            "profit": "none",
        }
        varied = {"reviews.months": [3, 6, 9, 12], "fast_entry": None, **changes}
        return {
            **{f"{where}.eligibility.{name}": value for name, value in own.items()},
            **{f"{where}.{name}": value for name, value in varied.items()},
        }

    at_once = {"sessions": 5, "notice_sessions": 4, "no_deletion": False}
    variants = {
        OUT: rules(OUT_OF_REACH),
        TOGETHER: rules(126, **{"reviews.months": [9]}),  # by September 2027 all three have it
        STAGGERED: rules(TRADING_DAYS),
        TRANCHES: rules(OUT_OF_REACH, fast_entry=at_once),
    }
    scenarios = vary("three-giants", variants, assignments, {"days": DAYS})
    if scenarios[OUT].universe.is_one_column:
        raise InputError("universe.kind: got market, expected stocks, which indices can hold")
    return scenarios


def measure(result: Result) -> Row:
    """Paths of one run; `analyse` compares them with the yardstick.

    ``close`` [USD] and ``held`` [shares of index funds] are (companies × days,), company by
    company, NaN and 0 before the first trade.
    """
    model, recorder = result.model, result.model.recorder
    days = recorder.days
    columns = [listing.column for listing in model.listings]
    passive = recorder.holders.index("passive") if "passive" in recorder.holders else None
    places = [column - recorder.daily.start for column in columns]
    held = np.zeros((days, len(columns)))
    if passive is not None:
        held = recorder.holdings[:days, passive, places]
    levels = {name: recorder.total_return[:days, i] for i, name in enumerate(recorder.indices)}
    beyond = np.diff(np.log(levels[INDEX]) - np.log(levels[WHOLE]))
    return {
        "close": recorder.close[:days, columns].T.ravel(),
        "held": held.T.ravel(),
        "others_level": recorder.level[:days, 0].copy(),
        "assets": _assets(result),
        "tracking": float(beyond.std(ddof=1) * np.sqrt(TRADING_DAYS)),
        "gap": float(abs(beyond.sum()) * TRADING_DAYS / beyond.size),
    }


def _assets(result: Result) -> Array:
    """Assets of the funds on the S&P 500, (days,) USD; 0 if there are none."""
    model = result.model
    total = np.zeros(model.recorder.days)
    for tracker in model.trackers:
        if tracker.index.name == INDEX:
            place = list(model.funds.accounts).index(tracker.account)
            total += model.recorder.assets[: total.size, place]
    return total


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Compare every world with the yardstick of its seed; table, verdict, reading."""
    from experiments.show.entry_figures import Panel, effects_figure
    from experiments.show.study_figures import measures_figure

    yardstick = rows[rows["condition"] == OUT].set_index("seed")
    found = [entry_costs(row, yardstick.loc[row["seed"]]) for _, row in rows.iterrows()]
    costs = pd.DataFrame(found, index=rows.index)
    measured = pd.concat([rows, costs], axis=1)
    table = compare(measured, MEASURES, _more(measured))
    giants = {label: stacked(measured, label, "giants_gap") for label in ENTERING}
    others = {label: stacked(measured, label, "others_gap") for label in ENTERING}
    days = np.arange(next(iter(others.values())).shape[1], dtype=float)
    shown = ("turnover_day", "turnover", "on_entry", "lasting", "others", "impact", "lost", "gap")
    figures = {
        "effect": effects_figure(
            [Panel("giants", giants), Panel("other companies", others)],
            days,
            "What entering the S&P 500 does to the giants and to those sold for them",
            PATHS_CAPTION,
            "trading days from the first trade of SpaceX",
        ),
        "costs": measures_figure(table, shown, "Ways for three giants to enter the S&P 500"),
    }
    return Finding(table, read(table), judge(table), figures)


PATHS_CAPTION = (
    "Prices in percent of what they are in the world of the same seed in which the giants stay out "
    "of the S&P 500; the giants as a basket of all that are listed, weighted by value. Lines: "
    "means over histories; bands: 95 % intervals. Watch how much of a step is left a month later."
)


def entry_costs(row: pd.Series, yardstick: pd.Series) -> dict[str, float | Array]:
    """What entry did in one run, against the yardstick of its seed; see the head of this file."""
    days = row["others_level"].size
    price, plain = (np.reshape(each["close"], (-1, days)) for each in (row, yardstick))
    held, plainly = (np.reshape(each["held"], (-1, days)) for each in (row, yardstick))
    listed = np.isfinite(price) & np.isfinite(plain)
    price, plain = np.where(listed, price, 1.0), np.where(listed, plain, 1.0)
    trades = np.diff(np.where(listed, held - plainly, 0.0), axis=1, prepend=0.0)
    fund = np.where(row["assets"] > 0, row["assets"], np.inf)
    bought = trades * price
    day = bought.sum(axis=0)
    ratio = price / plain
    lasting = ratio[:, -MONTH:].mean(axis=1, keepdims=True)
    others = row["others_level"] / yardstick["others_level"]
    paid = (trades * (price - plain)).sum(axis=0) + day * (1 / others - 1)
    lost = (trades * (price - plain * lasting)).sum(axis=0)
    lost += day * (others[-MONTH:].mean() / others - 1)
    worth = np.where(listed, plain * plainly, 0.0)  # index funds' holdings as weights of value
    weight = np.divide(
        worth, worth.sum(axis=0), out=np.zeros_like(worth), where=worth.sum(axis=0) > 0
    )
    return {
        "bought": float(day.sum()),
        "turnover_day": float((day / fund).max()),
        "turnover": float((day / fund).sum()),
        "on_entry": _weighted(ratio - 1, bought),
        "lasting": _weighted(np.broadcast_to(lasting - 1, bought.shape), bought),
        "others": _weighted(others - 1, day),
        "others_lasting": float(others[-MONTH:].mean() - 1),
        "impact": BASIS_POINTS * float((paid / fund).sum()),
        "impact_usd": float(paid.sum()),
        "lost": BASIS_POINTS * float((lost / fund).sum()),
        "giants_gap": np.log((weight * ratio).sum(axis=0) + (weight.sum(axis=0) == 0)),
        "others_gap": np.log(others),
    }


def _weighted(effect: Array, bought: Array) -> float:
    """Mean effect over purchases, USD; nothing if nothing was bought."""
    total = float(bought.sum())
    return float((effect * bought).sum()) / total if abs(total) > 1.0 else 0.0


def _more(measured: pd.DataFrame) -> list[dict[str, object]]:
    """Lines that compare two columns or two ways of entering."""
    impact, gap, lasting = (by_seed(measured, name) for name in ("impact", "gap", "lasting"))
    dearer = Measure("dearer", "Impact together less that of the other way, basis points", "number")
    need = Measure("need", "Yearly return missed by the index less lasting effect", "fraction")
    lines = [
        line(dearer, label, paired_interval(impact[TOGETHER], impact[label]))
        for label in (STAGGERED, TRANCHES)
    ]
    for label in ENTERING:
        lines.append(line(need, label, paired_interval(gap[OUT], lasting[label])))
    return lines


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    more = [estimate(table, "dearer", label) for label in (STAGGERED, TRANCHES)]
    dearer = sum(each.low > NEGLIGIBLE for each in more)
    if dearer:
        return "supported" if dearer == len(more) else "in part"
    return "contradicted" if all(each.high < NEGLIGIBLE for each in more) else "undecided"


def needs_more(need: Interval) -> Verdict:
    """The verdict on the second claim, from the yearly return missed less the lasting effect."""
    return {1: "supported", -1: "contradicted", 0: "undecided"}[need.sign]  # type: ignore[return-value]


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    ways = [
        f"{told(estimate(table, 'impact', label), 'number')} basis points {label}, with "
        f"{told(estimate(table, 'turnover_day', label), 'fraction')} turned over on the busiest day"
        for label in ENTERING
    ]
    dearer = [
        f"{compared(estimate(table, 'dearer', label), 'number', 'dearer', 'cheaper')} against "
        f"{label}"
        for label in (STAGGERED, TRANCHES)
    ]
    price = told(estimate(table, "on_entry", TOGETHER), "fraction")
    left = told(estimate(table, "lasting", TOGETHER), "fraction")
    sold = compared(difference(table, "others", TOGETHER), "fraction")
    need = estimate(table, "need", STAGGERED)
    without = told(estimate(table, "gap", OUT), "fraction")
    lasts = told(estimate(table, "lasting", STAGGERED), "fraction")
    return (
        f"Of their assets index funds pay {joined(ways)}. Together is {joined(dearer)}. They buy "
        f"the giants {price} above the price without entry, of which {left} lasts, and sell the "
        f"others at a price that is {sold}. Without the giants the index differs from the whole "
        f"market by {without} a year; entering (staggered) raises their price for good by {lasts}. "
        f"That the index needs them more than they need it: {needs_more(need)}."
    )


STUDY = Study(
    name="transition",
    claim="The S&P 500 needs time to manage three trillion-dollar entries (Damodaran 2026)",
    question="What do three giants cost index funds if they enter together, or over time?",
    replicates=10,
    hangs_on="population.passive.assets: without money on the S&P 500 entry costs nobody anything",
    flip={"population.passive.assets": {WHOLE: 1.0}},
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)
