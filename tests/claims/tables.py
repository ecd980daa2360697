"""Tables made by hand, for the rules of verdicts."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from experiments.studies.comparison import Measure, as_table, line
from experiments.studies.intervals import Interval

#: (low, high) or (low, high, low and high of the difference to the first condition)
Bounds = tuple[float, ...]


def table(rows: Mapping[tuple[str, str], Bounds]) -> pd.DataFrame:
    """A table with these intervals, every estimate in the middle of its own."""
    lines = []
    for (measure, condition), bounds in rows.items():
        own, *rest = [_interval(*bounds[k : k + 2]) for k in range(0, len(bounds), 2)]
        lines.append(line(Measure(measure, measure, "fraction"), condition, own, *rest))
    return as_table(lines)


def _interval(low: float, high: float) -> Interval:
    return Interval((low + high) / 2, low, high, 8)
