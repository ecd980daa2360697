"""Reads a census from a CSV file: one company a line, named columns in any order.

``symbol``, ``price`` and ``shares`` are required; `OPTIONAL` lists the others.  An empty cell or a
missing column takes the default: a plain US company, all afloat, with the volatility, durations and
dividend yield of the average large one.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.inputs import InputError
from sim.universe.census import SECTORS, Census, implied_maturity
from sim.universe.drawing import FIRST_REPORT, LAST_REPORT
from sim.universe.rules import QUARTER, UniverseRules


class _Range(NamedTuple):
    low: float
    high: float
    words: str
    above: bool = False  # the lower bound itself is not allowed


_RULES = UniverseRules()
REQUIRED = ("symbol", "price", "shares")
NUMBERS = {
    "price": _Range(0, math.inf, "a number above 0 (USD)", above=True),
    "shares": _Range(0, math.inf, "a number above 0", above=True),
    "float_factor": _Range(0, 1, "a number above 0 and up to 1", above=True),
    "beta": _Range(-10, 10, "a number between -10 and 10"),
    "volatility": _Range(0, 0.5, "a daily standard deviation from 0 to 0.5"),
    "earnings_yield": _Range(-10, 10, "a number between -10 and 10"),
    "maturity": _Range(-100, 1, "a number from -100 to 1"),
    "dividend_yield": _Range(0, 1, "a number from 0 to 1"),
    "rate_duration": _Range(-100, 100, "a number between -100 and 100"),
}
WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
#: Defaults; ``financial`` follows the sector, ``maturity`` the earnings yield (`implied_maturity`),
#: and ``report_day`` goes through the season line by line.
OPTIONAL: dict[str, Any] = {
    "sector": "Industrials",
    "float_factor": 1.0,
    "dual_class": False,
    "nasdaq": False,
    "financial": None,
    "domestic": True,
    "beta": 1.0,
    "volatility": _RULES.idiosyncratic_volatility,
    "earnings_yield": _RULES.earnings_yield,
    "maturity": None,
    "dividend_yield": _RULES.dividends_bn / _RULES.float_cap_bn,
    "rate_duration": _RULES.rate_duration,
    "report_day": None,
}


def read_csv(path: str | Path) -> Census:
    """The census in a CSV file (UTF-8, comma, header line).

    Raises
    ------
    InputError
        One line with file, line, column, value and what was expected.
    """
    rows: list[dict[str, Any]] = []
    lines: dict[str, int] = {}
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = _header(path, next(reader, []))
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                row = _row(f"{path}: line {reader.line_num}", header, cells, len(rows))
                first = lines.setdefault(row["symbol"], reader.line_num)
                if first != reader.line_num:
                    raise InputError(
                        f"{path}: line {reader.line_num}: symbol: got {row['symbol']!r} again "
                        f"(first on line {first}), expected different symbols"
                    )
                rows.append(row)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file, expected a CSV file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text, expected a CSV file") from None
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num}: broken CSV, {error}") from None
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}), expected a CSV file"
        ) from None
    if not rows:
        raise InputError(f"{path}: line 2: got no company, expected at least one")
    return _census(rows)


def _header(path: str | Path, cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    known = [*REQUIRED, *OPTIONAL]
    for name in names:
        if name not in known:
            raise InputError(
                f"{path}: line 1: got column {name!r}, expected columns of {', '.join(known)}"
            )
        if names.count(name) > 1:
            raise InputError(f"{path}: line 1: got column {name!r} twice, expected it once")
    for name in REQUIRED:
        if name not in names:
            raise InputError(f"{path}: line 1: column {name} is missing, expected it")
    return names


def _row(where: str, header: list[str], cells: list[str], number: int) -> dict[str, Any]:
    if len(cells) != len(header):
        raise InputError(f"{where}: got {len(cells)} cells, expected {len(header)}")
    row: dict[str, Any] = dict(OPTIONAL)
    for name, cell in zip(header, (cell.strip() for cell in cells), strict=True):
        if cell:
            row[name] = _READERS.get(name, _number)(f"{where}: {name}", name, cell)
        elif name in REQUIRED:
            raise InputError(f"{where}: {name}: got nothing, expected a value")
    row["sector"] = SECTORS.index(row["sector"])
    if row["financial"] is None:
        row["financial"] = SECTORS[row["sector"]] == "Financials"
    if row["report_day"] is None:
        row["report_day"] = FIRST_REPORT + number % (LAST_REPORT - FIRST_REPORT + 1)
    if row["maturity"] is None:
        row["maturity"] = implied_maturity(row["earnings_yield"])
    if np.sign(row["maturity"]) != np.sign(row["earnings_yield"]):
        raise InputError(
            f"{where}: maturity: got {row['maturity']:g}, expected the sign of earnings_yield = "
            f"{row['earnings_yield']:g}"
        )
    return row


def _number(where: str, name: str, cell: str) -> float:
    allowed = NUMBERS[name]
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    inside = allowed.low <= value <= allowed.high and math.isfinite(value)
    if not inside or (allowed.above and value == allowed.low):
        raise InputError(f"{where}: got {cell!r}, expected {allowed.words}")
    return value


def _flag(where: str, name: str, cell: str) -> bool:
    if cell.lower() not in WORDS:
        raise InputError(f"{where}: got {cell!r}, expected true or false")
    return WORDS[cell.lower()]


def _sector(where: str, name: str, cell: str) -> str:
    for sector in SECTORS:
        if sector.lower() == cell.lower():
            return sector
    raise InputError(f"{where}: got {cell!r}, expected one of {', '.join(SECTORS)}")


def _session(where: str, name: str, cell: str) -> int:
    if not cell.isascii() or not cell.isdigit() or int(cell) >= QUARTER:
        raise InputError(f"{where}: got {cell!r}, expected a whole number from 0 to {QUARTER - 1}")
    return int(cell)


def _text(where: str, name: str, cell: str) -> str:
    return cell


_READERS: dict[str, Callable[[str, str, str], Any]] = {
    "symbol": _text,
    "sector": _sector,
    "report_day": _session,
    **dict.fromkeys(("dual_class", "nasdaq", "financial", "domestic"), _flag),
}


def _census(rows: list[dict[str, Any]]) -> Census:
    kinds = {"sector": np.int64, "report_day": np.int64} | dict.fromkeys(
        ("dual_class", "nasdaq", "financial", "domestic"), np.bool_
    )
    columns: dict[str, NDArray[Any]] = {
        name: np.array([row[name] for row in rows], dtype=kinds.get(name, np.float64))
        for name in ("price", "shares", *OPTIONAL)
    }
    return Census(symbol=[row["symbol"] for row in rows], **columns)
