"""Series of the company in focus, taken out of one run.

All arrays have shape (days,) with day 0 the first trade; a run that ends early (a withdrawn
offering) has NaN in their place, so that runs of one scenario stack.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.results import Result
from sim.calendar import TRADING_DAYS

Array = NDArray[np.float64]


def series(result: Result, column: str) -> Array:
    """A column of ``prices`` of the company: ``close`` or ``value_per_share`` [USD], …"""
    own = result.prices[result.prices["symbol"] == result.scenario.offering.symbol]
    return _full(result, own[column].to_numpy(float))


def float_path(result: Result) -> Array:
    """Shares free to trade as a fraction of all."""
    return _full(result, result.diagnostics["float"]["float_fraction"].to_numpy(float))


def market(result: Result) -> Array:
    """Level of the market without the company."""
    index = result.indices[result.indices["index"] == "market"]
    return _full(result, index["level"].to_numpy(float))


def held(result: Result, classes: list[str] | None = None) -> Array:
    """Shares of the company that holders of these classes have together; all by default."""
    return _full(result, _by_class(result, classes).sum(axis=1).to_numpy(float))


def public_share(result: Result, holder: str, day: int) -> float:
    """Part of the shares in public hands (no insiders, issuer, syndicate) a class has on a day."""
    offering = result.scenario.offering
    private = {*offering.stakes(), "issuer", "syndicate", "outside"}
    table = _by_class(result, None)
    if day >= len(table):
        return float("nan")
    public = table.iloc[day].drop(sorted(private & set(table.columns))).clip(lower=0)
    total = float(public.sum())
    return float(public.get(holder, 0.0)) / total if total > 0 else float("nan")


def volatility(closes: Array, first: int, last: int) -> float:
    """Annualised standard deviation of the daily log returns of days first + 1 … last."""
    part = closes[first : last + 1]
    if part.size < last - first + 1 or not np.isfinite(part).all():
        return float("nan")
    return float(np.diff(np.log(part)).std(ddof=1) * np.sqrt(TRADING_DAYS))


def at(path: Array, day: int) -> float:
    """The value on a day, NaN if the run is shorter."""
    return float(path[day]) if 0 <= day < path.size else float("nan")


def stacked(rows: pd.DataFrame, condition: str, column: str) -> Array:
    """Paths of a condition, (seeds, days), in the order of the seeds."""
    chosen = rows[rows["condition"] == condition].sort_values("seed")
    return np.stack([np.asarray(path, dtype=np.float64) for path in chosen[column]])


def _by_class(result: Result, classes: list[str] | None) -> pd.DataFrame:
    own = result.holdings[result.holdings["symbol"] == result.scenario.offering.symbol]
    if classes is not None:
        own = own[own["holder_class"].isin(classes)]
    return own.pivot_table(index="date", columns="holder_class", values="shares", aggfunc="sum")


def _full(result: Result, values: Array) -> Array:
    path = np.full(result.scenario.days, np.nan)
    path[: values.size] = values
    return path
