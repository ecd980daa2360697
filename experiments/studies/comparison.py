"""The table of a study: every measure in every condition, and its paired difference to the first.

One row a measure and condition. ``value`` is the mean over seeds, ``low`` and ``high`` its 95 %
interval, ``n`` the seeds that carry it (a withdrawn offering has no first-day return). The three
columns ``difference*`` are the mean of the differences seed by seed to the first condition; they
are NaN for the first itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.studies.intervals import Interval, mean_interval, paired_interval

COLUMNS = (
    "measure", "label", "unit", "condition", "value", "low", "high", "n",
    "difference", "difference_low", "difference_high",
)  # fmt: skip
NUMBERS = COLUMNS[4:]
UNKNOWN = Interval(np.nan, np.nan, np.nan, 0)


@dataclass(frozen=True)
class Measure:
    """A column of the rows and how it reads.

    ``unit`` is one of ``usd``, ``fraction`` (shown in per cent), ``times`` and ``number``.
    """

    name: str
    label: str
    unit: str


def by_seed(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """The column `name` of `rows` (one a condition and seed) as seeds × conditions."""
    return rows.pivot(index="seed", columns="condition", values=name).astype(float)


def compare(
    rows: pd.DataFrame, measures: Sequence[Measure], more: Sequence[dict[str, object]] = ()
) -> pd.DataFrame:
    """The table of `rows` (one a condition and seed) with the columns `COLUMNS`.

    Rows of `line` that compare in other ways come last.
    """
    lines = []
    for measure in measures:
        wide = by_seed(rows, measure.name)
        labels = list(dict.fromkeys(rows["condition"]))
        first = wide[labels[0]].to_numpy()
        for label in labels:
            values = wide[label].to_numpy()
            against = UNKNOWN if label == labels[0] else paired_interval(values, first)
            lines.append(line(measure, label, mean_interval(values), against))
    return as_table([*lines, *more])


def line(
    measure: Measure, condition: str, estimate: Interval, difference: Interval = UNKNOWN
) -> dict[str, object]:
    """One row of the table."""
    return {
        "measure": measure.name,
        "label": measure.label,
        "unit": measure.unit,
        "condition": condition,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "difference": difference.value,
        "difference_low": difference.low,
        "difference_high": difference.high,
    }


def as_table(lines: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Rows made by `line` as a table."""
    table = pd.DataFrame(list(lines), columns=list(COLUMNS))
    # without a row pandas knows no types, and neither would a table that it is put below
    return table if len(table) else table.astype(dict.fromkeys(NUMBERS, float) | {"n": int})


def estimate(table: pd.DataFrame, measure: str, condition: str) -> Interval:
    """The mean of a measure in a condition. Raises KeyError if the table has no such row."""
    found = _row(table, measure, condition)
    return Interval(found["value"], found["low"], found["high"], int(found["n"]))


def difference(table: pd.DataFrame, measure: str, condition: str) -> Interval:
    """The paired difference of a condition to the first; as `estimate`."""
    found = _row(table, measure, condition)
    bounds = found["difference"], found["difference_low"], found["difference_high"]
    return Interval(*bounds, int(found["n"]))


def _row(table: pd.DataFrame, measure: str, condition: str) -> pd.Series:
    chosen = table[(table["measure"] == measure) & (table["condition"] == condition)]
    if len(chosen) != 1:
        raise KeyError(f"{measure}, {condition}: {len(chosen)} rows, expected one")
    return chosen.iloc[0]
