"""Numbers in words: amounts with their units, intervals, and comparisons that follow the sign."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.studies.intervals import Interval

_SCALES = ((1e12, " tn"), (1e9, " bn"), (1e6, " m"))


def amount(value: float, unit: str, signed: bool = False, change: bool = False) -> str:
    """``value`` in its unit; a change of a fraction is given in percentage points (pp)."""
    return _told(value, unit, abs(value), signed, change, bare=False)


def span(interval: Interval, unit: str, signed: bool = False) -> str:
    """``[low, high]`` in the unit and scale of the value; nothing if they are not known."""
    if not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return ""
    low, high = (
        _told(bound, unit, abs(interval.value), signed, False, bare=True)
        for bound in (interval.low, interval.high)
    )
    return f"[{low}, {high}]"


def told(interval: Interval, unit: str) -> str:
    """The estimate with its interval."""
    return f"{amount(interval.value, unit)} {span(interval, unit)}".strip()


def compared(
    change: Interval, unit: str, more: str = "higher", less: str = "lower", what: str = ""
) -> str:
    """A paired difference in words: higher or lower by so much, or not told apart from nothing."""
    bounds = span(change, unit, signed=True)
    if change.sign:
        size = amount(abs(change.value), unit, change=True)
        word = more if change.sign > 0 else less
        return f"{what} {word} by {size} {bounds}".strip()
    if not math.isfinite(change.value):
        return f"{what} not known".strip()
    size = amount(change.value, unit, signed=True, change=True)
    return f"{what} not measurably different ({size} {bounds})".strip()


def joined(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _told(value: float, unit: str, size: float, signed: bool, change: bool, bare: bool) -> str:
    """``value`` with the digits and scale that suit something of `size`; bare of its unit."""
    if not math.isfinite(value):
        return "–"
    scale, digits, before, after = 1.0, 2, "", ""
    if unit == "fraction":
        scale, digits, after = 0.01, 1 if size < 0.0995 else 0, " pp" if change else " %"
    elif unit == "usd":
        scale, after = next(((s, name) for s, name in _SCALES if size >= s), (1.0, ""))
        digits, before = 1 if after else 2, "$"
    elif unit == "times":
        after = " ×"
    text = f"{abs(value) / scale:,.{digits}f}"
    if unit == "number":
        text = text.rstrip("0").rstrip(".")
    sign = "-" if value < 0 else "+" if signed else ""
    if not any(digit in text for digit in "123456789"):
        sign = ""
    return f"{sign}{text}" if bare else f"{sign}{before}{text}{after}"
