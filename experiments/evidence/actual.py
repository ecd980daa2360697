"""A real price series of a newly listed company, read and checked.

The file has the columns date, open, high, low, close, volume; a row is a trading day, the first
that of the listing. Prices are USD a share as they were traded, volume shares. What looks like a
split is refused rather than taken for a crash: the price opens within 3 % of a usual split ratio
of the close before, and five days' volume in shares moves against it, as it does when only the unit
changes. A real fall on much heavier trading passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.calendar import TradingCalendar
from sim.inputs import InputError

Array = NDArray[np.float64]
COLUMNS = ("date", "open", "high", "low", "close", "volume")
PRICES = COLUMNS[1:5]
#: New shares for old. Smaller ratios (5:4, 1.1:1) are left out: new listings move that much.
FORWARD = ((3, 2), *((new, 1) for new in (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50)))
SPLITS = FORWARD + tuple((1, new) for new, old in FORWARD if old == 1)
NEAR = 0.03
#: Years after the listing for which nobody knows the trading days: a slip of the pen.
CENTURY = 100
#: Volume on both sides of a split, corrected for it, differs by less than this factor (assumption).
VOLUME_FACTOR, VOLUME_DAYS = 1.6, 5


@dataclass(frozen=True)
class Actual:
    """A checked series: dates, and prices [USD] and volume [shares] as arrays (days,)."""

    dates: tuple[date, ...]
    open: Array
    high: Array
    low: Array
    close: Array
    volume: Array


def read_actual(
    path: Path | str, listing: date, exchange: str = "XNYS", allow_jumps: bool = False
) -> Actual:
    """Read and check a series.

    Parameters
    ----------
    path : CSV file
    listing : day of the first trade, with which the series has to begin
    exchange : code of the exchange whose trading days count
    allow_jumps : take jumps that look like splits as they are

    Raises
    ------
    InputError
        One line: file, line or date, what was found, what was expected.
    """
    name = Path(path).name
    table = _read(Path(path), name)
    dates = _dates(table["date"], name)
    _check_days(dates, table.index.tolist(), listing, exchange, name)
    values = {column: _numbers(table[column], column, name) for column in COLUMNS[1:]}
    _check_prices(values, dates, name)
    if not allow_jumps:
        _check_splits(values, dates, name)
    return Actual(tuple(dates), **values)


def _read(path: Path, name: str) -> pd.DataFrame:
    """The table as text, without blank lines; its index numbers the lines of the file."""
    try:
        table = pd.read_csv(
            path, dtype=str, keep_default_na=False, skipinitialspace=True, skip_blank_lines=False
        )
    except (OSError, ValueError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise InputError(f"{name}: cannot be read ({reason}), expected a CSV file") from None
    if not isinstance(table.index, pd.RangeIndex):  # pandas takes the first of too many as an index
        raise InputError(f"{name}: line 2: got more values than the first line has columns")
    table.index += 2  # the first line has the names
    table = table[(table != "").any(axis=1)]
    table.columns = [str(column).strip().lower() for column in table.columns]
    missing = [column for column in COLUMNS if column not in table.columns]
    extra = [column for column in table.columns if column not in COLUMNS]
    if missing or extra:
        found = [f"lacks column {', '.join(missing)}"] if missing else []
        found += [f"has column {', '.join(extra)}"] if extra else []
        raise InputError(f"{name}: {' and '.join(found)}, expected {', '.join(COLUMNS)}")
    if len(table) < 2:
        raise InputError(f"{name}: got {len(table)} days, expected at least 2")
    return table


def _dates(texts: pd.Series, name: str) -> list[date]:
    dates = []
    for line, text in texts.items():
        try:
            dates.append(date.fromisoformat(str(text).strip()))
        except ValueError:
            raise InputError(
                f"{name}: line {line}: date: got {text!r}, expected one like 2026-06-12"
            ) from None
    return dates


def _check_days(
    dates: list[date], lines: list[int], listing: date, exchange: str, name: str
) -> None:
    for line, (before, day) in zip(lines[1:], pairwise(dates), strict=True):
        if day == before:
            raise InputError(f"{name}: line {line}: {day} appears twice, expected every day once")
        if day < before:
            raise InputError(
                f"{name}: line {line}: {day} comes after {before}, expected the oldest day first"
            )
    if dates[0] < listing:
        raise InputError(
            f"{name}: begins on {dates[0]}, before the listing; expected {listing}, the first trade"
        )
    if dates[-1].year > listing.year + CENTURY:
        raise InputError(
            f"{name}: ends on {dates[-1]}, expected every trading day from {listing} on"
        )
    calendar = TradingCalendar(listing, dates[-1] + timedelta(days=7), exchange)
    for day in dates:
        if not calendar.is_session(day):
            raise InputError(f"{name}: {day} is not a trading day of {exchange}")
    wanted = [day for day in calendar.sessions if day <= dates[-1]]
    missing = sorted(set(wanted) - set(dates))
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise InputError(
            f"{name}: lacks {missing[0]}{more}, expected every trading day from {listing} on"
        )


def _numbers(texts: pd.Series, column: str, name: str) -> Array:
    values = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64)
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        got = str(texts.iloc[bad[0]])
        line = texts.index[bad[0]]
        raise InputError(f"{name}: line {line}: {column}: got {got!r}, expected a number")
    return values


def _check_prices(values: dict[str, Array], dates: list[date], name: str) -> None:
    for column in PRICES:
        bad = np.flatnonzero(values[column] <= 0)
        if bad.size:
            price = values[column][bad[0]]
            raise InputError(
                f"{name}: {dates[bad[0]]}: {column}: got {price:g}, expected a price above 0"
            )
    bad = np.flatnonzero(values["volume"] < 0)
    if bad.size:
        shares = values["volume"][bad[0]]
        raise InputError(f"{name}: {dates[bad[0]]}: volume: got {shares:g}, expected 0 or more")
    bad = np.flatnonzero(values["high"] < values["low"])
    if bad.size:
        raise InputError(
            f"{name}: {dates[bad[0]]}: high {values['high'][bad[0]]:g} is below low "
            f"{values['low'][bad[0]]:g}, expected high ≥ low"
        )
    for column in ("open", "close"):
        price = values[column]
        bad = np.flatnonzero((price < values["low"]) | (price > values["high"]))
        if bad.size:
            raise InputError(
                f"{name}: {dates[bad[0]]}: {column} {price[bad[0]]:g} lies outside low to high, "
                f"{values['low'][bad[0]]:g} to {values['high'][bad[0]]:g}"
            )


def _check_splits(values: dict[str, Array], dates: list[date], name: str) -> None:
    ratios = values["open"][1:] / values["close"][:-1]
    for day, ratio in enumerate(ratios, start=1):
        for new, old in SPLITS:
            if abs(ratio * new / old - 1) < NEAR and _volume_agrees(values["volume"], day, ratio):
                raise InputError(
                    f"{name}: looks like a split {new}:{old} on {dates[day]} (from "
                    f"{values['close'][day - 1]:g} to {values['open'][day]:g}); adjust prices and "
                    "volume for it, or give --allow-jumps"
                )


def _volume_agrees(volume: Array, day: int, ratio: float) -> bool:
    """Whether shares traded grew as the price of one shrank."""
    before = float(np.median(volume[max(day - VOLUME_DAYS, 0) : day]))
    after = float(np.median(volume[day : day + VOLUME_DAYS]))
    if before <= 0 or after <= 0:
        return True
    return 1 / VOLUME_FACTOR < after / before * ratio < VOLUME_FACTOR
