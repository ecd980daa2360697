"""How many active funds are behind their index after one, three, five, ten and fifteen years?

The claim (Damodaran 2026, on S&P's SPIVA reports): active funds lose to their index nearly
everywhere, and more of them the longer one looks. One market of a hundred stocks is run for
fifteen years with two hundred long-only funds, hedge funds and an index fund; nothing is assumed
about skill. The net asset values of `sim.fund_values` are compared with the total return of the
index that holds the same companies. A fund is *behind* over h years if its share has grown by less;
shares of funds behind are averaged over all spells of h years that begin on an anniversary of the
start, and horizons longer than the run are left out. Weighted by assets, funds count with those at
the start of the spell. Funds never close, so there is no survivorship to correct for.

Four records of the same run:

* *after fees*: long-only funds as their savers see them;
* *before fees*: the same, daily growth divided by 1 − fee/252; what funds hold is taken as given;
* *fees of 1996*: the same again at `OLD_FEE` = 1.04 % a year (ICI, equity mutual funds 1996);
* *hedge funds*, after the fee of the scenario.

Why funds are behind, for the average dollar in long-only funds and per year: its gap to the index
is fees, cash (cash share × (return on the index), for cash earns nothing here), and the rest, which
is what its stocks did beyond the index, trading costs in the auctions included. By the arithmetic
of Sharpe (1991) the stocks of all holders together return exactly the market,

    Σ_k w_k R_k = R_m,     w_k part of the market held by holders k at the start of a month;

``identity`` is the largest error of this sum, with holdings recorded at month ends. The median
fund lags the mean by the skew of what single stocks do.

The claim is *supported* if more than half are behind after a year and measurably more after the
longest horizon; *in part* if one of the two holds; *contradicted* if fewer than half are behind
after a year, or after the longest horizon; otherwise *undecided*.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from experiments.results import Result
from experiments.scenario import Scenario
from experiments.studies.comparison import Measure, as_table, compare, estimate, line
from experiments.studies.intervals import paired_interval
from experiments.studies.paths import stacked
from experiments.studies.portfolios import as_conditions, index_path
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict, vary
from experiments.studies.wording import compared, joined, told
from sim.calendar import TRADING_DAYS
from sim.inputs import InputError
from sim.recorder import Recorder

Array = NDArray[np.float64]
INDEX = "sp500"
AFTER, BEFORE, OLD, HEDGE = "after fees", "before fees", "fees of 1996", "hedge funds"
OLD_FEE = 0.0104
HORIZONS = (1, 3, 5, 10, 15)
STOCKS, FUNDS, YEARS, MONTH = 100, 200, 15, 21
BAND = (0.55, 0.75)  # funds behind after a year: mean 64 % over 24 years (SPIVA)
MEASURES = (
    *(Measure(f"behind_{h}", f"Funds behind after {h} year{'s'[: h > 1]}", "fraction")
      for h in HORIZONS),
    Measure("assets_1", "Assets behind after 1 year", "fraction"),
    Measure("best_year", "Funds behind in the year best for funds", "fraction"),
    Measure("worst_year", "Funds behind in the year worst for funds", "fraction"),
    Measure("gap", "Average dollar less index, a year", "fraction"),
    Measure("fees", "… of which fees", "fraction"),
    Measure("cash", "… of which cash", "fraction"),
    Measure("stocks", "… of which stocks held, and trading", "fraction"),
    Measure("median_less_mean", "Median less mean fund, a year", "fraction"),
    Measure("spread", "Standard deviation of funds in a year", "fraction"),
    Measure("identity", "Largest error of Sharpe's arithmetic", "fraction"),
)  # fmt: skip


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """A small market for fifteen years, with many funds."""
    defaults = {
        "universe.stocks": STOCKS,
        "universe.mid_caps": 0,
        "indices.sp500.count": STOCKS,
        "population.passive.assets": {INDEX: 1.0},
        "population.long_only.count": FUNDS,
        "days": YEARS * TRADING_DAYS + 1,
    }
    return vary("index-world", {"market": {}}, assignments, defaults)


def measure(result: Result) -> list[Row]:
    """One row a record; shares of funds behind, by year and horizon.

    Raises InputError for a run of less than a year, the shortest spell.
    """
    model, recorder, rules = result.model, result.model.recorder, result.scenario.population
    if recorder.days <= TRADING_DAYS:
        raise InputError(f"days: got {recorder.days}, expected {TRADING_DAYS + 1} or more, a year")
    index = index_path(recorder, INDEX)
    nav, assets = recorder.nav[: recorder.days], recorder.assets[: recorder.days]
    first = rules.long_only.count
    funds, hedge = slice(0, first), slice(first, first + rules.hedge.count)
    gross = before_fees(nav[:, funds], model.funds.fee[funds])
    steps = np.arange(recorder.days)[:, None]
    old = gross * (1 - OLD_FEE / TRADING_DAYS) ** steps
    why = reasons(result, nav[:, funds], gross, assets[:, funds], index)
    records = {AFTER: (nav[:, funds], funds), BEFORE: (gross, funds), OLD: (old, funds),
               HEDGE: (nav[:, hedge], hedge)}  # fmt: skip
    rows: list[Row] = []
    for label, (path, columns) in records.items():
        row = record(path, assets[:, columns], index)
        rows.append({"portfolio": label, **row, **(why if label == AFTER else {})})
    return rows


def before_fees(nav: Array, fee: Array) -> Array:
    """Growth of a share had no fee been taken, (days, funds), 1 on day 0; ``fee`` a year."""
    daily = nav[1:] / nav[:-1] / (1 - fee / TRADING_DAYS)
    return np.concatenate((np.ones((1, nav.shape[1])), np.cumprod(daily, axis=0)))


def record(path: Array, assets: Array, index: Array) -> dict[str, float | Array]:
    """Shares of funds behind the index; ``path`` and ``assets`` (days, funds), index (days,)."""
    found: dict[str, float | Array] = {}
    for h in HORIZONS:
        relative = spells(path, index, h)
        found[f"behind_{h}"] = float((relative < 0).mean()) if relative.size else float("nan")
    yearly = spells(path, index, 1)
    by_year = (yearly < 0).mean(axis=1)
    weight = assets[: len(yearly) * TRADING_DAYS : TRADING_DAYS].clip(min=0)
    weight = weight / weight.sum(axis=1, keepdims=True)
    longest = [h for h in HORIZONS if spells(path, index, h).size][-1:]
    ends = spells(path, index, longest[0])[0] if longest else np.zeros(0)
    years = float(longest[0]) if longest else float("nan")
    return found | {
        "assets_1": float(((yearly < 0) * weight).sum(axis=1).mean()),
        "best_year": float(by_year.min()),
        "worst_year": float(by_year.max()),
        "median_less_mean": float(np.median(np.exp(ends)) - np.exp(ends).mean()) / years,
        "spread": float(yearly.std(axis=1).mean()),
        "by_year": by_year,
        "ends": ends / years,
    }


def spells(path: Array, index: Array, years: int) -> Array:
    """Log growth beyond the index over every spell of so many years, (spells, funds)."""
    length = years * TRADING_DAYS
    starts = np.arange(0, len(path) - length, TRADING_DAYS)
    own = np.log(path[starts + length] / path[starts])
    return np.asarray(own - np.log(index[starts + length] / index[starts])[:, None])


def reasons(
    result: Result, nav: Array, gross: Array, assets: Array, index: Array
) -> dict[str, float]:
    """Why the average dollar in long-only funds is behind, in log growth a year."""
    recorder = result.model.recorder
    days, years = len(nav), (len(nav) - 1) / TRADING_DAYS
    weight = assets[:-1].clip(min=0) / assets[:-1].clip(min=0).sum(axis=1, keepdims=True)
    ahead, fees = (
        float(np.log(((path[1:] / path[:-1]) * weight).sum(axis=1)).sum()) for path in (gross, nav)
    )
    growth = np.log(index[1:] / index[:-1])
    gap = (fees - float(growth.sum())) / years
    place = recorder.holders.index("long_only")
    close = np.nan_to_num(recorder.close)
    held = month_holdings(recorder)
    at_ends = np.array(list(held))
    equity = np.array([shares[place] @ close[day] for day, shares in held.items()])
    share = 1 - equity / assets[at_ends].sum(axis=1)
    cash = -float(np.interp(np.arange(days - 1), at_ends, share) @ growth) / years
    taken = (fees - ahead) / years
    return {
        "gap": gap,
        "fees": taken,
        "cash": cash,
        "stocks": gap - taken - cash,
        "identity": identity_error(result),
    }


def month_holdings(recorder: Recorder) -> dict[int, Array]:
    """Day -> shares (holder classes, stocks) at month ends; every 21 days where all are kept."""
    if recorder.month_ends:
        return {day: held for day, held in recorder.month_ends if day < recorder.days}
    return {day: recorder.holdings[day] for day in range(0, recorder.days, MONTH)}


def identity_error(result: Result) -> float:
    """Largest |Σ w_k R_k − R_m| of months, holders k with what they held at the month's start."""
    model, recorder = result.model, result.model.recorder
    close, worst = np.nan_to_num(recorder.close), 0.0
    shares = model.ledger.outstanding * (close[0] > 0)
    holdings = month_holdings(recorder)
    for (day, held), later in zip(holdings.items(), list(holdings)[1:], strict=False):
        if (close[later][close[day] > 0] == 0).any():
            continue  # a company left the market within the month
        before, after = held @ close[day], held @ close[later]
        own = np.divide(after, before, out=np.ones_like(after), where=np.abs(before) > 1)
        market = float(close[later] @ shares) / float(close[day] @ shares)
        worst = max(worst, abs(float(before @ own) / float(close[day] @ shares) - market))
    return worst


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Table, verdict, reading; nothing is resampled."""
    rows = as_conditions(rows)
    known = [m for m in MEASURES if rows[m.name].notna().any()]
    table = compare(rows, known)
    # why funds are behind is asked of one record only
    table = pd.concat([table[table["n"] > 0], as_table([_later(rows)])], ignore_index=True)
    figures = {"horizons": horizons_figure(table), "funds": funds_figure(rows)}
    return Finding(table, read(table), judge(table), figures)


def _later(rows: pd.DataFrame) -> dict[str, object]:
    """Funds behind after the longest horizon less those after a year, seed by seed."""
    own = rows[rows["condition"] == AFTER]
    longest = [h for h in HORIZONS if own[f"behind_{h}"].notna().any()][-1]
    more = paired_interval(own[f"behind_{longest}"].to_numpy(), own["behind_1"].to_numpy())
    measure = Measure("later", f"Funds behind after {longest} years less after 1 year", "fraction")
    return line(measure, AFTER, more)


def longest_horizon(table: pd.DataFrame) -> int:
    """Years of the longest horizon that the table has."""
    return max(h for h in HORIZONS if (table["measure"] == f"behind_{h}").any())


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    year, later = estimate(table, "behind_1", AFTER), estimate(table, "later", AFTER)
    end = estimate(table, f"behind_{longest_horizon(table)}", AFTER)
    if year.high < 0.5 or end.high < 0.5:
        return "contradicted"
    most, more = year.low > 0.5, later.low > 0
    if most and more:
        return "supported"
    return "in part" if most or more else "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    horizons = [h for h in HORIZONS if (table["measure"] == f"behind_{h}").any()]
    behind = [
        f"{told(estimate(table, f'behind_{h}', AFTER), 'fraction')} after {h}" for h in horizons
    ]
    year = estimate(table, "behind_1", AFTER)
    inside = "inside" if BAND[0] <= year.value <= BAND[1] else "outside"
    others = [
        f"{told(estimate(table, 'behind_1', x), 'fraction')} ({x})" for x in (BEFORE, OLD, HEDGE)
    ]
    parts = [
        f"{name} {told(estimate(table, name, AFTER), 'fraction')}"
        for name in ("fees", "cash", "stocks")
    ]
    best, worst = (estimate(table, f"{x}_year", AFTER) for x in ("best", "worst"))
    error = estimate(table, "identity", AFTER).value
    skew = compared(
        estimate(table, "median_less_mean", BEFORE), "fraction", what="the median fund is, before "
        "fees and against the mean one,"
    )  # fmt: skip
    return (
        f"Of long-only funds {joined(behind)} years are behind the index, after fees. The figure "
        f"for one year is {inside} the {BAND[0]:.0%} to {BAND[1]:.0%} that SPIVA reports; weighted "
        f"by assets it is {told(estimate(table, 'assets_1', AFTER), 'fraction')}, and "
        f"{joined(others)}. Years differ: from {told(best, 'fraction')} in the best year of a "
        f"history to {told(worst, 'fraction')} in the worst. The average dollar is "
        f"{told(estimate(table, 'gap', AFTER), 'fraction')} a year off the index: "
        f"{joined(parts)}. Sharpe's arithmetic holds to {error:.0e}; {skew} a year. Funds differ "
        f"by {told(estimate(table, 'spread', AFTER), 'fraction')} (one standard deviation) a year."
    )


def horizons_figure(table: pd.DataFrame) -> Figure:
    """Share of funds behind against the horizon, one line a record."""
    from experiments.show.style import GREY, SERIES, panels, quiet

    caption = (
        "Part of the funds whose shares grew by less than the index over so many years. Dots: "
        "means over histories and spells; bars: 95 % intervals over histories. Above the grey line "
        "most funds lose. Watch whether the lines rise with the horizon, and how much of the "
        "level is fees."
    )
    horizons = [h for h in HORIZONS if (table["measure"] == f"behind_{h}").any()]
    with quiet():
        figure, (axis,) = panels(caption)
        for place, label in enumerate((AFTER, BEFORE, OLD, HEDGE)):
            own = [estimate(table, f"behind_{h}", label) for h in horizons]
            x = np.array(horizons) + 0.08 * (place - 1.5)
            low, high = (np.array([getattr(i, side) for i in own]) for side in ("low", "high"))
            axis.vlines(x, low.clip(0), high.clip(max=1), color=SERIES[place], alpha=0.45, lw=2.5)
            axis.plot(x, [i.value for i in own], "o-", color=SERIES[place], label=label, ms=5)
        axis.axhline(0.5, color=GREY, linewidth=0.8)
        axis.yaxis.set_major_formatter(PercentFormatter(1.0))
        axis.set(xlabel="years", ylabel="funds behind the index", ylim=(0, 1.12))
        axis.set_xticks(horizons)
        axis.set_title("The longer one looks: active funds against their index")
        axis.legend(loc="upper center", ncols=4)
    return figure


def funds_figure(rows: pd.DataFrame) -> Figure:
    """Distribution of funds' growth beyond the index over the longest horizon."""
    from experiments.show.style import GREY, INK, SERIES, panels, quiet

    caption = (
        "Growth of each long-only fund beyond the index, a year, over the longest horizon of each "
        "history; all histories together. Lines: mean (solid) and median (dotted). Fees move the "
        "whole distribution to the left; right of the grey line funds have beaten the index."
    )
    with quiet():
        figure, (axis,) = panels(caption)
        ends = {label: stacked(rows, label, "ends").ravel() for label in (AFTER, BEFORE)}
        edges = np.histogram_bin_edges(np.concatenate(list(ends.values())), 50).tolist()
        for colour, (label, values) in zip(SERIES, ends.items(), strict=False):
            axis.hist(values, edges, color=colour, alpha=0.45, label=label)
            axis.axvline(float(values.mean()), color=colour, linewidth=1.6)
            axis.axvline(float(np.median(values)), color=INK, linewidth=1.0, linestyle=":")
        axis.axvline(0, color=GREY, linewidth=1.0)
        axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
        axis.set(xlabel="growth beyond the index, a year", ylabel="funds")
        axis.set_title("What funds earned beyond the index")
        axis.legend(loc="upper left")
    return figure


STUDY = Study(
    name="spiva",
    claim="Active funds lose to their index, and more of them the longer one looks "
    "(Damodaran 2026)",
    question="How many active funds are behind their index after 1, 3, 5, 10 and 15 years?",
    replicates=8,
    hangs_on="population.long_only.fee: funds that charge nothing, and need no cash, lose nothing "
    "on average",
    flip={
        "population.long_only.fee": 0.0,
        "population.long_only.cash_share": 0.0,
        "population.hedge.cash_share": 0.0,
        "universe.dividends_bn": 0.0,
    },
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)
