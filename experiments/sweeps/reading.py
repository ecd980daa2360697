"""Read a sweep back, finished or not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from experiments.sweeps.archive import Archive
from experiments.sweeps.compact import DAILY, SUMMARY, exploded, figures
from experiments.sweeps.folder import design_on_disk, manifest_of
from experiments.sweeps.plan import KEY
from sim.inputs import InputError

T = TypeVar("T")


def read_sweep(folder: Path | str) -> pd.DataFrame:
    """One row a finished run: ``point``, ``seed``, a column a factor, a column a figure.

    Of a sweep that is running or was interrupted, the runs finished so far. Raises InputError if
    the folder holds no sweep.
    """
    return _steadily(lambda: _rows(Path(folder)))


def read_daily(folder: Path | str) -> pd.DataFrame:
    """Daily series: ``point``, ``seed``, ``day`` (0 is the first trade) and a column a series.

    Raises InputError if the folder holds no sweep, or one without daily series.
    """
    return _steadily(lambda: _daily(Path(folder)))


def open_sweep(folder: Path | str) -> ds.Dataset:
    """The rows of a finished sweep as a pyarrow dataset, for what does not fit in memory.

    Factors are in ``points.parquet``, to be joined on ``point``; DuckDB does both by itself:
    ``SELECT * FROM 'DIR/rows.parquet' JOIN 'DIR/points.parquet' USING (point)``.
    Raises InputError if the sweep is not finished.
    """
    home = Path(folder)
    if manifest_of(home)["state"] != "finished":
        raise InputError(f"{folder}: not finished, expected a finished sweep (or read_sweep)")
    return ds.dataset(home / "rows.parquet")


def read_errors(folder: Path | str) -> pd.DataFrame:
    """Failed runs of a finished sweep: point, seed, key, kind, error, attempts."""
    home = Path(folder)
    if manifest_of(home)["state"] != "finished":
        return pd.DataFrame(columns=["point", "seed", "key", "kind", "error", "attempts"])
    return pq.read_table(home / "errors.parquet").to_pandas()


def _rows(home: Path) -> pd.DataFrame:
    state = manifest_of(home)["state"]
    if not (home / "points.parquet").is_file():
        return pd.DataFrame({"point": [], "seed": []})
    points = pq.read_table(home / "points.parquet")
    if state == "finished":
        table = pq.read_table(home / "rows.parquet").drop_columns(["key"])
    else:
        table = _unfinished(home)
    number = table["point"].to_numpy()
    columns: dict[str, Any] = {"point": number, "seed": table["seed"].to_numpy()}
    for name in points.column_names[1:]:
        columns[name] = points[name].take(pa.array(number)).to_pandas().to_numpy()
    for name in table.column_names[2:]:
        label = name if name not in columns else SUMMARY + name  # as days, set and reported
        columns[label] = table[name].to_pandas().to_numpy()
    return pd.DataFrame(columns)


def _plan(home: Path) -> tuple[Archive, pa.Table, Any]:
    """The archive, the plan and the numbers of the finished runs in it."""
    archive = Archive(home)
    plan = pq.read_table(home / "plan.parquet")
    keys = np.array(plan["key"].to_pylist(), dtype=KEY)
    runs = np.flatnonzero(archive.has(keys, failed=False))
    return archive, plan.take(pa.array(runs)), keys[runs]


def _unfinished(home: Path) -> pa.Table:
    archive, plan, keys = _plan(home)
    rows = archive.take(keys)
    design = design_on_disk(home) or {"outputs": {"summary": []}}
    wanted = design["outputs"]["summary"]
    names = [n for n in figures(archive.types, wanted) if SUMMARY + n in rows.column_names]
    columns = {"point": plan["point"], "seed": plan["seed"]}
    for name in names:
        column = rows[SUMMARY + name]
        if wanted or column.null_count < len(column):
            columns[name] = column
    return pa.table(columns)


def _daily(home: Path) -> pd.DataFrame:
    manifest_of(home)
    design = design_on_disk(home)
    names = design["outputs"]["daily"] if design else []
    if not names:
        raise InputError(f"{home}: no daily series, expected a design with outputs.daily")
    if manifest_of(home)["state"] == "finished":
        plan = pq.read_table(home / "rows.parquet", columns=["key", "point", "seed"])
        table = pq.read_table(home / "daily.parquet")
    else:
        archive, plan, keys = _plan(home)
        first = np.sort(np.unique(keys, return_index=True)[1])
        rows = archive.take(keys[first])
        if not any(name.startswith(DAILY) for name in rows.column_names):
            rows = rows.slice(0, 0)
        table = pa.table(exploded(rows, names))
    joined = plan.to_pandas().merge(table.to_pandas(), on="key", how="inner")
    joined = joined.sort_values(["point", "seed", "day"], ignore_index=True)
    return joined.drop(columns="key")


def _steadily(read: Callable[[], T]) -> T:
    """Again, if the sweep has merged parts under our eyes."""
    for _ in range(20):
        try:
            return read()
        except FileNotFoundError:
            continue
    return read()
