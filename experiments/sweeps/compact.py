"""The tables of a finished sweep, made of its parts, and parts made of them again.

    rows.parquet      key, point, seed, one column a figure (dotted); finished runs
    errors.parquet    point, seed, key, kind (raised, killed, timeout), error, attempts
    daily.parquet     key, day, one column a series; where series were asked for
    timings.parquet   key, point, seed, seconds

Sorted by point and seed. Rows and series have the same bytes whatever the order in which runs
finished. Tables are streamed, so memory does not grow with the sweep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from experiments.sweeps.archive import Archive
from experiments.sweeps.plan import KEY
from experiments.sweeps.store import FIXED, PARTS, settle, write_parquet

TABLES = ("daily", "errors", "timings", "rows")
GROUP = 2000  # runs in a row group
SUMMARY, DAILY = "summary.", "daily."
Series = dict[str, NDArray[np.float64]]
NONE_LEFT: tuple[str, Series] = ("", {})


def compact(
    folder: Path,
    keys: NDArray[Any],
    point: NDArray[np.int64],
    seed: NDArray[np.int64],
    summary: Sequence[str],
    daily: Sequence[str],
) -> tuple[int, int]:
    """Write the tables of these runs; returns how many are finished and how many failed."""
    archive = Archive(folder)
    finished = np.flatnonzero(archive.has(keys, failed=False))
    failed = np.flatnonzero(archive.has(keys, failed=True))
    names = figures(archive.types, summary)
    for name in names:
        archive.types.setdefault(SUMMARY + name, pa.float64())
    rows = _Writer(folder / "rows.parquet", _rows_schema(archive, names))
    timings = _Writer(folder / "timings.parquet", pa.schema(
        [("key", pa.string()), ("point", pa.int64()), ("seed", pa.int64()),
         ("seconds", pa.float64())]))  # fmt: skip
    series = None
    if daily:
        fields = [("key", pa.string()), ("day", pa.int64())]
        series = _Writer(
            folder / "daily.parquet", pa.schema(fields + [(name, pa.float64()) for name in daily])
        )
    seen: set[str] = set()
    ever = dict.fromkeys(names, False)
    for start in range(0, finished.size, GROUP):
        runs = finished[start : start + GROUP]
        table = archive.take(keys[runs])
        head = {"key": table["key"], "point": pa.array(point[runs]), "seed": pa.array(seed[runs])}
        values = {name: table[SUMMARY + name] for name in names}
        for name, column in values.items():
            ever[name] = ever[name] or column.null_count < len(column)
        rows.write({**head, **values})
        timings.write({**head, "seconds": table["seconds"]})
        if series is not None:
            series.write(exploded(_unseen(table, seen), daily))
    rows.close(drop=[] if summary else [name for name in names if not ever[name]])
    timings.close()
    if series is not None:
        series.close()
    _write_errors(folder, archive, keys, point, seed, failed)
    return int(finished.size), int(failed.size)


def _unseen(table: pa.Table, seen: set[str]) -> pa.Table:
    """Rows whose key has not been met before; two points may be the same run."""
    new = []
    for number, key in enumerate(table["key"].to_pylist()):
        if key not in seen:
            seen.add(key)
            new.append(number)
    return table.take(pa.array(new, pa.int64()))


def figures(types: dict[str, pa.DataType], wanted: Sequence[str]) -> list[str]:
    """Figures to keep: those named (with all that are nested in them), or all numeric ones."""
    known = [name.removeprefix(SUMMARY) for name in types if name.startswith(SUMMARY)]
    known.sort(key=_natural)
    if not wanted:
        return [name for name in known if types[SUMMARY + name] == pa.float64()]
    found: dict[str, None] = {}
    for name in wanted:
        inside = [other for other in known if other.startswith(f"{name}.")]
        found |= dict.fromkeys(inside or [name])
    return list(found)


def _natural(name: str) -> list[tuple[bool, int, str]]:
    """closes.5 before closes.21."""
    parts = re.split(r"(\d+)", name)
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def _rows_schema(archive: Archive, names: Sequence[str]) -> pa.Schema:
    head = [("key", pa.string()), ("point", pa.int64()), ("seed", pa.int64())]
    return pa.schema(head + [(name, archive.types[SUMMARY + name]) for name in names])


class _Writer:
    """A Parquet file that grows by row groups and appears when it is closed."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path, self.schema = path, schema
        self.draft = path.with_name(f".{path.name}.tmp")
        self._file = pq.ParquetWriter(self.draft, schema, compression="zstd")

    def write(self, columns: dict[str, Any]) -> None:
        table = pa.table(columns).select(self.schema.names).cast(self.schema).combine_chunks()
        self._file.write_table(table, row_group_size=max(len(table), 1))

    def close(self, drop: Sequence[str] = ()) -> None:
        """Finish the file, without these columns."""
        self._file.close()
        if drop:
            schema = pa.schema([field for field in self.schema if field.name not in drop])
            whole = self.draft.rename(self.draft.with_suffix(".whole"))
            source = pq.ParquetFile(whole)
            self.schema = schema
            self._file = pq.ParquetWriter(self.draft, schema, compression="zstd")
            for group in range(source.num_row_groups):
                table = source.read_row_group(group, columns=schema.names)
                self.write({name: table[name] for name in schema.names})
            self._file.close()
            whole.unlink()
        settle(self.draft, self.path)


def exploded(table: pa.Table, names: Sequence[str]) -> dict[str, Any]:
    """Lists of days as rows of days."""
    lists = {
        name: table[DAILY + name].combine_chunks()
        if DAILY + name in table.column_names
        else pa.nulls(len(table), pa.list_(pa.float64()))
        for name in names
    }
    lengths = np.zeros(len(table), dtype=np.int64)
    for column in lists.values():
        lengths = np.maximum(lengths, pc.fill_null(pc.list_value_length(column), 0).to_numpy())
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    return {
        "key": table["key"].take(pa.array(np.repeat(np.arange(len(table)), lengths))),
        "day": pa.array(np.arange(lengths.sum()) - starts),
        **{name: pc.list_flatten(column) for name, column in lists.items()},
    }


def _write_errors(
    folder: Path,
    archive: Archive,
    keys: NDArray[Any],
    point: NDArray[np.int64],
    seed: NDArray[np.int64],
    failed: NDArray[np.int64],
) -> None:
    if not archive.parts:
        table = FIXED.empty_table()
    else:
        table = archive.take(keys[failed])
    write_parquet(
        pa.table(
            {
                "point": pa.array(point[failed]),
                "seed": pa.array(seed[failed]),
                "key": table["key"],
                "kind": table["failure"],
                "error": table["error"],
                "attempts": table["attempts"],
            }
        ),
        folder / "errors.parquet",
    )


def reopen(folder: Path) -> None:
    """Make parts of the tables of a finished sweep, so that it can go on."""
    (folder / PARTS).mkdir(exist_ok=True)
    rows = pq.ParquetFile(folder / "rows.parquet")
    timings = pq.ParquetFile(folder / "timings.parquet")
    daily = folder / "daily.parquet"
    kept = pq.ParquetFile(daily) if daily.is_file() else None
    series = _series(kept) if kept else iter(())
    names_of_series = (
        [n for n in kept.schema_arrow.names if n not in ("key", "day")] if kept else []
    )
    key, found = next(series, NONE_LEFT)
    seen: set[str] = set()
    number = 0
    for group in range(rows.num_row_groups):
        table = rows.read_row_group(group)
        columns: dict[str, Any] = {"key": table["key"], "seed": table["seed"]}
        columns["seconds"] = timings.read_row_group(group)["seconds"]
        columns |= {"failure": [""] * len(table), "error": [""] * len(table)}
        columns["attempts"] = [1] * len(table)
        names = [n for n in table.column_names if n not in ("key", "point", "seed")]
        columns |= {SUMMARY + name: table[name] for name in names}
        part = _unseen(pa.table(columns), seen)
        lists: list[Series] = []
        for own in part["key"].to_pylist():
            lists.append(found if own == key else {})  # a run that was never traded has no days
            if own == key:
                key, found = next(series, NONE_LEFT)
        for name in names_of_series:
            values = pa.array([one.get(name, ()) for one in lists], pa.list_(pa.float64()))
            part = part.append_column(DAILY + name, values)
        number += 1
        write_parquet(part, folder / PARTS / f"{number:06d}.parquet")
    errors = pq.read_table(folder / "errors.parquet")
    if len(errors):
        part = pa.table(
            {
                "key": errors["key"],
                "seed": errors["seed"],
                "seconds": pa.nulls(len(errors), pa.float64()),
                "failure": errors["kind"],
                "error": errors["error"],
                "attempts": errors["attempts"],
            }
        )
        write_parquet(part, folder / PARTS / f"{number + 1:06d}.parquet")


def _series(file: pq.ParquetFile) -> Iterator[tuple[str, Series]]:
    """Key and series of one run after the other, of those that have any days."""
    for group in range(file.num_row_groups):
        table = file.read_row_group(group)
        keys = np.array(table["key"].to_pylist(), dtype=KEY)
        cuts = np.flatnonzero(keys[1:] != keys[:-1]) + 1
        names = [name for name in table.column_names if name not in ("key", "day")]
        columns = {name: np.split(table[name].to_numpy(), cuts) for name in names}
        for run in range(cuts.size + 1 if keys.size else 0):
            first = int(cuts[run - 1]) if run else 0
            yield keys[first].decode(), {name: parts[run] for name, parts in columns.items()}
