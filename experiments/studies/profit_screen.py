"""Does it cost performance to keep out companies that do not earn money?

The claim (Damodaran 2026): an index that asks for profits would have done worse over two decades.
In one market, index rulebooks are computed side by side: `ALL` admits every company in its first
week, `SCREENED` is the same but for S&P's test, positive net income in the latest quarter and over
the latest four, on the day of entry. Large young companies that lose money come to market about
once in six weeks (`sim.offering.pipeline`, sizes as assumed below; `agents.ipo_window` when and at
what price) and grow into profits over years (`sim.universe.earnings`). `ALL` buys them at once,
`SCREENED` when they earn money, if they ever do. Members are not thrown out for a loss.

Two worlds share all random numbers and differ in where index funds' money is: on `ALL`, or on
`SCREENED`, so that whoever passes the test is bought by all index funds then. Measured are

* the cost of the screen: growth a year of the total return of `ALL` less that of `SCREENED`;
* volatility of both, and the tracking difference between them;
* who is left out: number, part of the value of `ALL`, how many of them lose money at the end;
* the wait from the first trade to entry into `SCREENED`, and what the newcomer's share did against
  `ALL` in that time (log, equal weights), for those that entered and were seen to;
* the dearest newcomer ever, price over value: what low floats and forced buyers do to prices;
* turnover a year, purchases of entering companies as part of the index.

A history in which the whole market's price strays from its value by more than `BROKEN` (log) has
broken down, as when leveraged funds are ruined together: prices then say nothing about the screen.
It is counted, and measured no further.

The claim is *supported* if the screen costs measurably in both worlds, *in part* if in one;
*contradicted* if it costs no more than `NEGLIGIBLE` a year in either, or measurably gains;
otherwise *undecided*. Value already knows what young companies will earn (their news has mean
zero), so what the screen costs or gains comes from prices: what newcomers are priced at when they
are bought, and what buying does to the price.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.results import Result
from experiments.scenario import Scenario
from experiments.studies.comparison import Measure, compare, difference, estimate
from experiments.studies.paths import stacked
from experiments.studies.portfolios import bands_figure, deviation, growth, index_path
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict, vary
from experiments.studies.wording import compared, joined, told
from sim.calendar import TRADING_DAYS
from sim.model import MarketModel

Array = NDArray[np.float64]
ALL, SCREENED = "crsp-total-market", "profitable"
ON_ALL, ON_SCREENED = "money on all", "money on the screened"
YEARS = 6
NEGLIGIBLE = 0.001
BROKEN = 1.0
#: Large private companies, all of which lose money (assumptions: eight a year that raise about
#: $20bn each, a handful of them waiting; the giants of 2026 and 2027 are three).
PIPELINE = {
    "per_year": 8.0,
    "backlog": 4,
    "median_proceeds": 20e9,
    "proceeds_spread": 0.6,
    "tail_share": 0.0,
    "losers": 1.0,
}
#: As in the other scenarios (Field and Hanka 2001).
INSIDERS = {
    "employees": {"sell": 0.30},
    "venture_funds": {"sell": 0.40},
    "executives": {"sell": 0.20},
    "founder": {"sell": 0.0, "spread": 0.0},
}
MEASURES = (
    Measure("broken", "Histories left out: the market broke down", "fraction"),
    Measure("cost", "Cost of the screen: all less screened, a year", "fraction"),
    Measure("all", "Growth a year, all", "fraction"),
    Measure("screened", "Growth a year, screened", "fraction"),
    Measure("volatility_all", "Volatility a year, all", "fraction"),
    Measure("volatility_screened", "Volatility a year, screened", "fraction"),
    Measure("tracking", "Tracking difference, a year", "fraction"),
    Measure("listed", "Companies that came to market", "number"),
    Measure("left_out", "Left out at the end", "number"),
    Measure("left_out_weight", "Left out: part of the index of all", "fraction"),
    Measure("losing", "Left out: part that lose money", "fraction"),
    Measure("wait", "Years from first trade to entry into the screened", "number"),
    Measure("missed", "Return against all until that entry, log", "fraction"),
    Measure("dearest", "Dearest newcomer ever, price over value", "times"),
    Measure("turnover_all", "Turnover a year by entries, all", "fraction"),
    Measure("turnover_screened", "Turnover a year by entries, screened", "fraction"),
)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """A hundred companies, and young ones that come to market, for six years."""
    defaults: dict[str, Any] = {
        "universe.stocks": 100,
        "universe.mid_caps": 0,
        "indices.sp500.count": 100,
        "pipeline": deepcopy(PIPELINE),  # assignments are written into it
        "population.insiders": deepcopy(INSIDERS),
        "days": YEARS * TRADING_DAYS + 1,
    }
    variants = {
        label: {"population.passive.assets": {name: 1.0}}
        for label, name in ((ON_ALL, ALL), (ON_SCREENED, SCREENED))
    }
    return vary("index-world", variants, assignments, defaults)


def measure(result: Result) -> Row:
    """The two indices of one run, and who is left out of the screened one."""
    model, recorder = result.model, result.model.recorder
    every, chosen = (index_path(recorder, name) for name in (ALL, SCREENED))
    if np.abs(recorder.market_gap[: recorder.days]).max() > BROKEN:
        nothing = {measure.name: float("nan") for measure in MEASURES}
        return {**nothing, "broken": 1.0, "relative": np.full(recorder.days, np.nan)}
    everybody, members = (model.indices[name] for name in (ALL, SCREENED))
    out = everybody.members & ~members.members
    losing = model.universe.earnings_year[out] <= 0
    wait, missed = waits(model, every)
    return {
        "broken": 0.0,
        "cost": growth(every) - growth(chosen),
        "all": growth(every),
        "screened": growth(chosen),
        "volatility_all": deviation(every),
        "volatility_screened": deviation(chosen),
        "tracking": deviation(every, chosen),
        "listed": float(model.universe.listed[model.universe.newcomers].sum()),
        "left_out": float(out.sum()),
        "left_out_weight": float(everybody.level.weights()[out].sum()),
        "losing": float(losing.mean()) if losing.size else float("nan"),
        "wait": wait,
        "missed": missed,
        "dearest": dearest(model),
        "turnover_all": turnover(model, ALL),
        "turnover_screened": turnover(model, SCREENED),
        "relative": every / chosen - 1,
    }


def turnover(model: MarketModel, name: str) -> float:
    """Purchases of entering companies as part of the index, a year."""
    recorder, index = model.recorder, model.indices[name]
    place = recorder.indices.index(name)
    bought = 0.0
    for change in index.history:
        if change.kind == "add" and change.effective < recorder.days:
            day = change.effective
            worth = recorder.level[day, place] * recorder.divisor[day, place]
            bought += change.shares * float(recorder.close[day, change.column]) / float(worth)
    return bought * TRADING_DAYS / recorder.days


def dearest(model: MarketModel) -> float:
    """The highest price over value that a newcomer ever closed at; NaN without newcomers."""
    recorder, new = model.recorder, model.universe.newcomers
    ratio = recorder.close[: recorder.days, new] / recorder.value[: recorder.days, new]
    return float(np.nanmax(ratio)) if np.isfinite(ratio).any() else float("nan")


def waits(model: MarketModel, path: Array) -> tuple[float, float]:
    """Mean years from first trade to entry into the screened index, and the mean log return of the
    newcomer less that of an index (days,) in that time; NaN if nobody entered."""
    recorder = model.recorder
    years, returns = [], []
    for change in model.indices[SCREENED].history:
        column, day = change.column, change.effective
        first = int(model.public_record.listed_since[column])
        if change.kind != "add" or column < model.n_market or day >= recorder.days:
            continue
        own = np.log(recorder.close[day, column] / recorder.close[first, column])
        years.append((day - first) / TRADING_DAYS)
        returns.append(float(own - np.log(path[day] / path[first])))
    if not years:
        return float("nan"), float("nan")
    return float(np.mean(years)), float(np.mean(returns))


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Table, verdict, reading; nothing is resampled."""
    from experiments.show.study_figures import measures_figure

    table = compare(rows, MEASURES)
    shown = ("cost", "missed", "tracking", "left_out_weight", "wait", "turnover_screened")
    whole = rows[rows["broken"] == 0]
    labels = [label for label in (ON_ALL, ON_SCREENED) if (whole["condition"] == label).any()]
    figures = {
        "screen": measures_figure(table, shown, "Index money on all companies, or on the screened"),
        "cost": bands_figure(
            {label: stacked(whole, label, "relative") for label in labels},
            "What an index without profit test earns more",
            "Total return of the index of all companies over that of the screened one. Lines: "
            "medians over histories; bands: their middle half. Above zero the profit test has "
            "cost performance. Watch how far single histories stray on both sides.",
            "all against screened",
        ),
    }
    return Finding(table, read(table), judge(table), figures)


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    costs = [estimate(table, "cost", label) for label in (ON_ALL, ON_SCREENED)]
    dear = sum(cost.sign > 0 for cost in costs)
    if dear:
        return "supported" if dear == len(costs) else "in part"
    if any(cost.sign < 0 for cost in costs) or all(cost.high < NEGLIGIBLE for cost in costs):
        return "contradicted"
    return "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    costs = []
    for label in (ON_ALL, ON_SCREENED):
        cost = estimate(table, "cost", label)
        word = {1: "costs", -1: "gains", 0: "neither costs nor gains measurably"}[cost.sign]
        costs.append(f"with {label} it {word} ({told(cost, 'fraction')} a year)")
    missed = [
        f"{told(estimate(table, 'missed', label), 'fraction')} with {label}"
        for label in (ON_ALL, ON_SCREENED)
    ]
    change = compared(
        difference(table, "cost", ON_SCREENED), "fraction", what="where index funds follow the "
        "screen its cost is",
    )  # fmt: skip
    waited = estimate(table, "wait", ON_ALL)
    return (
        f"The market breaks down in {estimate(table, 'broken', ON_ALL).value:.0%} and "
        f"{estimate(table, 'broken', ON_SCREENED).value:.0%} of histories, which are left out. "
        f"The index of all grows by {told(estimate(table, 'all', ON_ALL), 'fraction')} a year. "
        f"What the screen does: {joined(costs)}; {change}. The two indices track each other to "
        f"{told(estimate(table, 'tracking', ON_ALL), 'fraction')} a year, so that one history "
        f"says little. Of {estimate(table, 'listed', ON_ALL).value:.0f} companies that come to "
        f"market {estimate(table, 'left_out', ON_ALL).value:.0f} are left out at the end, "
        f"{told(estimate(table, 'left_out_weight', ON_ALL), 'fraction')} of all by weight; "
        f"{told(estimate(table, 'losing', ON_ALL), 'fraction')} of them lose money. Who passes has "
        f"waited {told(waited, 'number')} years, with a return against the index of all of "
        f"{joined(missed)}. The dearest newcomer of a history stands at "
        f"{told(estimate(table, 'dearest', ON_ALL), 'times')} its value. Turnover by entries is "
        f"{told(estimate(table, 'turnover_all', ON_ALL), 'fraction')} a year without and "
        f"{told(estimate(table, 'turnover_screened', ON_ALL), 'fraction')} with the test."
    )


STUDY = Study(
    name="profit-screen",
    claim="Requiring profits would have cost an index performance over two decades "
    "(Damodaran 2026)",
    question="What does an index lose that keeps out companies without profits?",
    replicates=8,
    hangs_on="pipeline.disagreement: newcomers about whose worth nobody differs, and no crowd is "
    "keen on, are not dear when the index of all buys them",
    flip={"pipeline.disagreement": 0.0, "population.retail.people": 0},
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)
