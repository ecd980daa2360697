"""The table of a sweep with what is known of its design.

One row a finished run: ``point``, ``seed``, one column a factor (a dotted path) and one an outcome.
A factor is *crossed* if every one of its levels meets every combination of the others, *sampled* if
each point has a value of its own. Seeds are *common* if the same ones are used at every point.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.formats import read_table
from experiments.sweeps.analysis.outcomes import factor_label, in_order
from sim.inputs import InputError

#: A numeric factor with more values than this counts as sampled if no design says otherwise.
MOST_LEVELS = 12
KEYS = ("key", "point", "seed")


@dataclass(frozen=True)
class Sweep:
    """Rows of a sweep.

    Attributes
    ----------
    rows : DataFrame, one row a finished run
    crossed : paths of crossed factors -> their levels in order
    sampled : paths of jointly sampled factors -> ``linear`` or ``log``
    outcomes : names of numeric outcomes that vary, the most telling first
    method : ``grid``, or how the sampled factors were drawn
    common : whether seeds are shared by the points
    bounds : paths of sampled factors -> where their ranges begin and end, if the design says so
    design : all points, ``point`` and one column a factor, those without a finished run too
    """

    rows: pd.DataFrame = field(repr=False)
    crossed: Mapping[str, tuple[Any, ...]]
    sampled: Mapping[str, str]
    outcomes: tuple[str, ...]
    method: str
    common: bool
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    design: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def factors(self) -> list[str]:
        """All factors, crossed ones first."""
        return [*self.crossed, *self.sampled]

    def values(self, outcome: str) -> NDArray[np.float64]:
        """An outcome, (runs,); NaN where a run has none. Raises InputError if there is no such."""
        if outcome not in self.rows or outcome in (*KEYS, *self.factors):
            known = ", ".join(self.outcomes)
            raise InputError(f"outcome: got {outcome!r}, expected one of {known}")
        return self.rows[outcome].to_numpy(np.float64, na_value=np.nan)

    def label(self, factor: str) -> str:
        """A factor in words that no other factor of this sweep has."""
        return factor_label(factor, self.factors)

    def points(self, outcome: str) -> pd.DataFrame:
        """One row a point, in order: the factors and ``value``, the mean over its seeds.

        NaN for a point of the design without a run that has the outcome.
        """
        kept = self.rows[["point"]].assign(value=self.values(outcome))
        return self.points_of_design().join(kept.groupby("point")["value"].mean())

    def points_of_design(self) -> pd.DataFrame:
        """One row a point, in order, one column a factor."""
        given = self.rows if self.design is None else self.design
        points = given[["point", *self.factors]].drop_duplicates("point")
        return points.set_index("point").sort_index()


def open_rows(folder: Path | str) -> Sweep:
    """The rows in the folder of a sweep, finished or not.

    Raises InputError if it is not such a folder or holds no finished run.
    """
    from experiments import read_sweep

    try:
        design = json.loads((Path(folder) / "design.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder}: design.json cannot be read ({error})") from None
    rows = read_sweep(folder)
    if not len(rows):
        raise InputError(f"{folder}: holds no finished run, expected at least one")
    points = Path(folder) / "points.parquet"
    return of_frame(rows, design, read_table(points) if points.is_file() else None)


def of_frame(
    rows: pd.DataFrame,
    design: Mapping[str, Any] | Sequence[str],
    points: pd.DataFrame | None = None,
) -> Sweep:
    """Rows with their design: the content of ``design.json``, or just the paths of the factors.

    `points` are all points of the design, their columns all factors; those that appear in the rows
    if left out. A factor of which the design does not say how its values came about (a file of
    points) counts as sampled if it is a number with more than a dozen values.

    Raises InputError if a factor has no column.
    """
    named = dict.fromkeys(design) if not isinstance(design, Mapping) else {}
    if points is not None:
        named |= dict.fromkeys(str(name) for name in points.columns if name not in KEYS)
    table = dict(design) if isinstance(design, Mapping) else {}
    crossed_paths = dict(table.get("factors") or {})
    sample = table.get("sample") or {}
    ranges = {
        path: given if isinstance(given, Mapping) else {}
        for path, given in (sample.get("factors") or {}).items()
    }
    scales = {path: str(given.get("scale") or "linear") for path, given in ranges.items()}
    paths = list(dict.fromkeys([*named, *crossed_paths, *scales]))
    fixed = {*KEYS, *paths}
    if missing := [path for path in paths if path not in rows]:
        raise InputError(f"rows: factor {missing[0]} has no column, expected one a factor")
    for path in [path for path in named if path not in crossed_paths and path not in scales]:
        if pd.api.types.is_numeric_dtype(rows[path]) and rows[path].nunique() > MOST_LEVELS:
            scales[path] = "linear"
    crossed = {path: _levels(rows[path]) for path in paths if path not in scales}
    sampled = {path: scales[path] for path in paths if path in scales}
    numeric = [
        name
        for name in rows.columns
        if name not in fixed and pd.api.types.is_numeric_dtype(rows[name])
        and not pd.api.types.is_bool_dtype(rows[name])
    ]  # fmt: skip
    varying = [name for name in numeric if rows[name].nunique(dropna=True) > 1]
    return Sweep(
        rows=rows.sort_values(["point", "seed"], ignore_index=True),
        crossed=crossed,
        sampled=sampled,
        outcomes=tuple(in_order(varying)),
        method=str(sample.get("method") or ("given" if scales else "grid")),
        common=bool(rows.groupby("seed")["point"].nunique().max() > 1),
        bounds={
            path: (_end(given, "from", "low"), _end(given, "to", "high"))
            for path, given in ranges.items()
            if {"from", "to"} <= set(given) or {"low", "high"} <= set(given)
        },
        design=points,
    )


def _end(given: Mapping[str, Any], *names: str) -> float:
    """An end of a range, by the name it has in the file or in the settings made of it."""
    return float(next(given[name] for name in names if name in given))


def _levels(column: pd.Series) -> tuple[Any, ...]:
    """Distinct values: numbers ascending, anything else in the order of the points."""
    values = list(dict.fromkeys(column.dropna().tolist()))
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return tuple(sorted(values)) if numbers else tuple(values)
