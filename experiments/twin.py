"""A run and its counterfactual: the same world with one thing changed.

Both runs have the same seed. Every source of randomness has a stream of its own, so the two share
every random number that the change does not touch (common random numbers; Glasserman and Yao 1992),
and what differs between them is the effect of the change. With P the price in the actual run and P°
that in the counterfactual, the effect on a stock by the close of day t is the log price gap

    g_t = log P_t − log P°_t,

and the abnormal return over the days a to b, the part of it that arose then, is g_b − g_{a−1}. It
is one realisation of the effect: repeat it over seeds for its mean and spread.

>>> from experiments import load_scenario
>>> from experiments.twin import twin
>>> pair = twin(load_scenario("spacex"), {"population.retail.people": 0}, seed=3)
>>> pair.log_price_gap("SPCX")    # what the crowd adds to the price, day by day
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from experiments.results import Result
from experiments.scenario import Scenario
from experiments.simulate import Progress, run
from sim.inputs import InputError, override

Day = int | str | date | pd.Timestamp


@dataclass(frozen=True)
class Twin:
    """The run of a scenario and its counterfactual, with the same seed.

    All effects are those of `actual` over `counterfactual`: of what the counterfactual lacks.
    """

    actual: Result = field(repr=False)
    counterfactual: Result = field(repr=False)

    def log_price_gaps(self) -> pd.DataFrame:
        """Log price of `actual` less that of `counterfactual`, dates × symbols, at the close.

        Rows are the dates and columns the symbols of either run, NaN where one has no price.
        """
        one, other = (_log_closes(result) for result in (self.actual, self.counterfactual))
        dates = one.index.union(other.index)
        symbols = one.columns.union(other.columns, sort=False)
        gap = one.reindex(index=dates, columns=symbols) - other.reindex(
            index=dates, columns=symbols
        )
        return gap.rename_axis(index="date", columns="symbol")

    def log_price_gap(self, symbol: str) -> pd.Series[float]:
        """The column of a symbol in `log_price_gaps`.

        Raises InputError if neither run traded it.
        """
        gaps = self.log_price_gaps()
        if symbol not in gaps.columns:
            raise InputError(f"symbol: got {symbol!r}, expected one of {_some(gaps.columns)}")
        return gaps[symbol]

    def abnormal_return(self, symbol: str, first: Day, last: Day) -> float:
        """Log return from the close before `first` to the close of `last` over that of the twin.

        Parameters
        ----------
        symbol : str
        first, last : dates of trading days, or their numbers, day 0 the first of the run. Day 0
            has no close before it; a window from there on holds the whole gap.

        Returns
        -------
        float, NaN where a run has no price

        Raises
        ------
        InputError
            On an unknown symbol, a day that is not one of the run, or a last before the first.
        """
        gap = self.log_price_gap(symbol)
        dates = pd.DatetimeIndex(gap.index)
        start, end = _position(first, dates, "first"), _position(last, dates, "last")
        if end < start:
            raise InputError(f"last: got {last}, expected a day not before {first}")
        before = float(gap.iloc[start - 1]) if start > 0 else 0.0
        return float(gap.iloc[end]) - before

    def table(self) -> pd.DataFrame:
        """The numbers of both summaries: ``actual``, ``counterfactual``, ``difference``.

        One row a figure, those inside another under a dotted name (``closes.21``), in the units of
        ``summary.json``; NaN where a run does not reach it.
        """
        one, other = (dict(_numbers(r.summary)) for r in (self.actual, self.counterfactual))
        names = [n for n in {**one, **other} if one.get(n) is not None or other.get(n) is not None]
        columns = {
            "actual": pd.Series([one.get(n) for n in names], names, dtype=float),
            "counterfactual": pd.Series([other.get(n) for n in names], names, dtype=float),
        }
        table = pd.DataFrame(columns).rename_axis("figure")
        return table.assign(difference=table["actual"] - table["counterfactual"])

    def __str__(self) -> str:
        return self.table().to_string(float_format="{:.4g}".format)


def twin(
    scenario: Scenario,
    changes: Mapping[str, Any] | Scenario,
    seed: int = 1,
    days: int | None = None,
    progress: Progress | None = None,
) -> Twin:
    """Run a scenario, and again with changes and the same seed.

    Parameters
    ----------
    scenario : Scenario, the actual world
    changes : dotted path -> value, what differs in the counterfactual; or the counterfactual
        scenario itself
    seed : int, of both runs
    days : int, optional
        Trading days of both runs, instead of the scenarios'.
    progress : callable, optional
        Called as ``progress(done, total)`` after every trading day, over both runs.

    Raises
    ------
    InputError
        On an unknown path (with the nearest known ones) or a refused value, before anything runs.
    """
    other = (
        changes
        if isinstance(changes, Scenario)
        else override(scenario, changes, f"{scenario.name}: counterfactual")
    )
    first, second = (_half(progress, part) for part in (0, 1))
    return Twin(
        actual=run(scenario, seed, days, first), counterfactual=run(other, seed, days, second)
    )


def _half(progress: Progress | None, part: int) -> Progress | None:
    """Progress of one run as progress of the pair."""
    if progress is None:
        return None
    told = progress
    return lambda done, total: told(done + part * total, 2 * total)


def _log_closes(result: Result) -> pd.DataFrame:
    closes = result.prices.pivot(index="date", columns="symbol", values="close")
    closes.index = pd.DatetimeIndex(closes.index)
    logs: pd.DataFrame = closes.where(closes > 0).apply(np.log)
    return logs


def _position(day: Day, dates: pd.DatetimeIndex, name: str) -> int:
    """The row of a day, given by its number or date."""
    if isinstance(day, int | np.integer) and not isinstance(day, bool):
        if 0 <= day < len(dates):
            return int(day)
        raise InputError(f"{name}: got day {day}, expected 0 to {len(dates) - 1}")
    try:
        found = dates.get_indexer(pd.DatetimeIndex([pd.Timestamp(day)]))[0]
    except (ValueError, TypeError):
        raise InputError(f"{name}: got {day!r}, expected a date or the number of a day") from None
    if found < 0:
        raise InputError(
            f"{name}: got {day}, expected a trading day from {dates[0].date()} to "
            f"{dates[-1].date()}"
        )
    return int(found)


def _numbers(summary: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float | None]]:
    for name, value in summary.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{prefix}{name}.")
        elif value is None or isinstance(value, int | float | np.number):
            yield f"{prefix}{name}", value if value is None else float(value)


def _some(names: pd.Index[Any], most: int = 10) -> str:
    shown = ", ".join(str(name) for name in names[:most])
    return f"{shown}, …" if len(names) > most else shown or "none: nothing was traded"
