"""Outcomes of a sweep: how a column of its table reads, in which unit, and which come first.

Outcomes are fields of ``summary.json``, flattened with dots (``closes.252``). Units are those of
`experiments.studies.comparison.Measure`; an outcome that is not known here is a plain number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from experiments.studies.comparison import Measure

#: Name or pattern -> label and unit, the most telling first.
KNOWN = {
    "first_day_return": ("first-day return", "fraction"),
    r"inclusions\.([^.]+)\.car_announce_to_effective": (r"gain at entry to \1", "fraction"),
    "annual_volatility": ("annual volatility", "fraction"),
    "price_informativeness": ("informativeness of prices", "fraction"),
    "max_drawdown_from_peak": ("largest fall from a peak", "fraction"),
    "oversubscription": ("book coverage", "times"),
    "first_day_turnover_of_float": ("first-day turnover of the float", "fraction"),
    "peak_close": ("peak close", "usd"),
    "peak_day": ("day of the peak", "number"),
    "first_close": ("first close", "usd"),
    r"closes\.(\d+)": (r"close on day \1", "usd"),
    "offer_price": ("offer price", "usd"),
    "open_price": ("first trade", "usd"),
    r"float_fraction\.(\d+)": (r"float on day \1", "fraction"),
    "intrinsic_value_per_share": ("intrinsic value a share", "usd"),
    r"inclusions\.([^.]+)\.demand_usd": (r"demand of funds of \1", "usd"),
}


def measure_of(name: str) -> Measure:
    """Label and unit of an outcome."""
    for pattern, (label, unit) in KNOWN.items():
        if found := re.fullmatch(pattern, name):
            return Measure(name, found.expand(label), unit)
    return Measure(name, name.replace("_", " ").replace(".", " "), "number")


def in_order(names: Sequence[str]) -> list[str]:
    """Known outcomes first, in the order above, then the others as they come."""
    patterns = list(KNOWN)

    def rank(name: str) -> int:
        places = (i for i, pattern in enumerate(patterns) if re.fullmatch(pattern, name))
        return next(places, len(patterns))

    return sorted(names, key=rank)


def factor_label(path: str, among: Iterable[str] = ()) -> str:
    """A dotted path as words: its last part, with those before it where that is not enough.

    It is not enough where it is short, or where another path of `among` ends in the same words;
    the labels of different paths of `among` differ.
    """
    parts = path.replace("_", " ").split(".")
    others = [f" {other}".replace("_", " ").replace(".", " ") for other in among if other != path]
    least = 2 if len(parts[-1]) <= 8 else 1
    for count in range(min(least, len(parts)), len(parts) + 1):
        label = " ".join(parts[-count:])
        if not any(other.endswith(f" {label}") for other in others):
            return label
    return path
