"""Event time: panels cut around events, and windows of days in them.

A panel is an array (events, days). Its column `origin` is the day of the event, day 0; column
``origin + k`` is k trading days later. A window is a first and a last day, both included, either
one number for all events or one a event, so that [announcement, effective day] is a window too:

    panel = around(returns, dates, symbols, first=-120, last=60)    origin = 120
    window_mask(panel.shape, 120, first=-lead, last=0)              lead of shape (events,)

NaN marks a day on which a stock was not traded: before its listing, after its end.

References: Campbell, Lo and MacKinlay (1997), "The Econometrics of Financial Markets", chapter 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Day = int | NDArray[np.integer[Any]] | Sequence[int]


def wide(prices: pd.DataFrame, column: str = "close") -> pd.DataFrame:
    """A column of a run's ``prices`` table as dates × symbols."""
    return prices.pivot(index="date", columns="symbol", values=column)


def log_returns(prices: pd.DataFrame) -> pd.DataFrame:
    """Daily log returns, dates × symbols as `prices`; the first day is NaN.

    A price that is missing or not positive makes the returns of that day and the next NaN.
    """
    logs: pd.DataFrame = prices.where(prices > 0).apply(np.log)
    return logs.diff()


def simple_returns(prices: pd.DataFrame) -> pd.DataFrame:
    """Daily simple returns, as `log_returns`."""
    returns: pd.DataFrame = log_returns(prices).apply(np.expm1)
    return returns


def around(
    values: pd.DataFrame | pd.Series[Any],
    dates: Sequence[date | str | pd.Timestamp] | pd.DatetimeIndex,
    symbols: Sequence[str] | None,
    first: int,
    last: int,
) -> Array:
    """The values from day `first` to day `last` around each event.

    Parameters
    ----------
    values : DataFrame, dates × symbols; or Series by date, the same for all events (the market)
    dates : the day 0 of each event, a trading day in the index of `values`
    symbols : the stock of each event; None with a Series
    first, last : trading days relative to day 0, both included

    Returns
    -------
    Array, shape (events, last − first + 1); its origin is column −first

    Raises
    ------
    ValueError
        On a date or symbol that `values` has not, or a window that runs outside its dates.
    """
    index = values.index
    if not (index.is_monotonic_increasing and index.is_unique):
        raise ValueError("values: got dates out of order or twice, expected them rising")
    if last < first:
        raise ValueError(f"window: got days {first} to {last}, expected the last not before first")
    days = pd.DatetimeIndex([pd.Timestamp(day) for day in dates])
    rows = index.get_indexer(days)
    if (rows < 0).any():
        unknown = days[int(np.argmax(rows < 0))].date()
        raise ValueError(f"dates: got {unknown}, expected a trading day among those of the values")
    if isinstance(values, pd.Series):
        columns, table = np.zeros(rows.size, dtype=np.intp), values.to_numpy(float)[:, None]
    else:
        columns, table = _columns(values, symbols, rows.size), values.to_numpy(float)
    outside = (rows + first < 0) | (rows + last >= len(index))
    if outside.any():
        event = int(np.argmax(outside))
        raise ValueError(
            f"window: got days {first} to {last} around {days[event].date()}, expected within "
            f"{-rows[event]} to {len(index) - 1 - rows[event]}, the days there are"
        )
    chosen: Array = table[rows[:, None] + np.arange(first, last + 1), columns[:, None]]
    return chosen


def _columns(values: pd.DataFrame, symbols: Sequence[str] | None, events: int) -> NDArray[np.intp]:
    if symbols is None or len(symbols) != events:
        got = "none" if symbols is None else str(len(symbols))
        raise ValueError(f"symbols: got {got}, expected {events}, one an event")
    columns = values.columns.get_indexer(pd.Index(symbols))
    if (columns < 0).any():
        unknown = symbols[int(np.argmax(columns < 0))]
        raise ValueError(f"symbols: got {unknown!r}, expected one of the columns of the values")
    return columns


def window_mask(shape: tuple[int, int], origin: int, first: Day, last: Day) -> Mask:
    """Which days of a panel (events, days) lie in the window, the same shape.

    Raises ValueError if a window ends before it begins or leaves the panel.
    """
    events, days = shape
    starts, ends = (_days(day, events) for day in (first, last))
    wrong = ends < starts
    if wrong.any():
        event = int(np.argmax(wrong))
        raise ValueError(
            f"window: got days {starts[event]} to {ends[event]}, expected the last not before first"
        )
    outside = (starts + origin < 0) | (ends + origin >= days)
    if outside.any():
        event = int(np.argmax(outside))
        raise ValueError(
            f"window: got days {starts[event]} to {ends[event]}, expected within "
            f"{-origin} to {days - 1 - origin}, the days of the panel"
        )
    day = np.arange(days) - origin
    mask: Mask = (day >= starts[:, None]) & (day <= ends[:, None])
    return mask


def _days(day: Day, events: int) -> NDArray[np.integer[Any]]:
    given = np.asarray(day)
    if given.dtype.kind not in "iu" or given.shape not in ((), (events,)):
        raise ValueError(
            f"window: got {given.dtype} of shape {given.shape}, expected whole days, "
            f"one or {events}"
        )
    return np.broadcast_to(given.astype(np.int64), (events,))


def like(values: ArrayLike, shape: tuple[int, int], name: str) -> Array:
    """`values` (days,) or (events, days) as an array of `shape`. Raises ValueError otherwise."""
    given = np.asarray(values, dtype=np.float64)
    if given.shape not in (shape, shape[1:]):
        raise ValueError(f"{name}: got shape {given.shape}, expected {shape} or {shape[1:]}")
    return np.broadcast_to(given, shape)


def panel(values: ArrayLike, name: str) -> Array:
    """`values` as a panel (events, days). Raises ValueError on another number of dimensions."""
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 2:
        raise ValueError(f"{name}: got shape {given.shape}, expected (events, days)")
    return given
