"""Finished runs on disk, while a sweep is going on.

Rows are collected for a moment and then written together as ``parts/000017.parquet``: into a file
of another name first, which is synchronised and renamed, so that a part is whole or absent. Small
parts are merged, so there are few. A part has one row a run:

    key, seed, seconds      the run and the time it took
    failure, error, attempts  empty for a finished run
    summary.*               its figures, numbers or text
    daily.*                 its series, one list of numbers a run
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.sweeps.work import Outcome

PARTS = "parts"
FIXED = pa.schema(
    [
        ("key", pa.string()),
        ("seed", pa.int64()),
        ("seconds", pa.float64()),
        ("failure", pa.string()),
        ("error", pa.string()),
        ("attempts", pa.int64()),
    ]
)
ROWS, SECONDS = 200, 2.0  # a part is written when it has so many rows or is so old
SMALL, MANY_PARTS = 200, 50  # so many parts with fewer rows than this are merged
PATIENCE = 30.0  # seconds in which a full disk may have space again


class StoreError(OSError):
    """Rows cannot be written."""


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table whole or not at all."""
    draft = path.with_name(f".{path.name}.tmp")
    try:
        pq.write_table(table.replace_schema_metadata(None), draft, compression="zstd")
        settle(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def settle(draft: Path, path: Path) -> None:
    """Have a draft on the disk, then under its name."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(draft, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_text(path: Path, text: str) -> None:
    """Write a text whole or not at all."""
    draft = path.with_name(f".{path.name}.tmp")
    try:
        draft.write_text(text, encoding="utf-8")
        settle(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def as_table(outcomes: Sequence[Outcome]) -> pa.Table:
    """Outcomes in the layout of a part."""
    columns: dict[str, pa.Array] = {
        column.name: pa.array([getattr(o, column.name) for o in outcomes], column.type)
        for column in FIXED
    }
    for name in sorted({name for o in outcomes for name in o.figures}):
        values = [o.figures.get(name) for o in outcomes]
        text = any(isinstance(v, str) for v in values)
        if text:
            values = [v if v is None or isinstance(v, str) else repr(v) for v in values]
        columns[f"summary.{name}"] = pa.array(values, pa.string() if text else pa.float64())
    for name in sorted({name for o in outcomes for name in o.daily}):
        series = [o.daily.get(name) for o in outcomes]
        columns[f"daily.{name}"] = pa.array(series, pa.list_(pa.float64()))
    return pa.table(columns)


class Store:
    """The parts of a folder; collects outcomes and writes them.

    Raises StoreError when rows could not be written for `PATIENCE` seconds; they stay in memory and
    are tried again until then.
    """

    def __init__(self, folder: Path) -> None:
        self.parts = folder / PARTS
        self.parts.mkdir(exist_ok=True)
        for draft in self.parts.glob(".*.tmp"):
            draft.unlink()
        self._rows: list[Outcome] = []
        self._since = time.monotonic()
        self._failing: float | None = None
        self._number = max((int(p.stem) for p in part_files(folder)), default=0)
        self._small = [p for p in part_files(folder) if pq.read_metadata(p).num_rows < SMALL]

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Collect; write if it is time."""
        if outcomes and not self._rows:
            self._since = time.monotonic()
        self._rows += outcomes
        due = len(self._rows) >= ROWS or time.monotonic() - self._since >= SECONDS
        if not self._rows or not due:
            return
        try:
            self.flush()
        except StoreError:
            now = time.monotonic()
            self._failing = self._failing or now
            if now - self._failing > PATIENCE:
                raise
            self._since = now  # the next try is a moment away
        else:
            self._failing = None

    def flush(self) -> None:
        """Write what was collected."""
        if not self._rows:
            return
        path = self._next()
        try:
            write_parquet(as_table(self._rows), path)
            if len(self._rows) < SMALL:
                self._small.append(path)
            self._rows = []
            if len(self._small) >= MANY_PARTS:
                self._merge()
        except OSError as error:
            reason = (error.strerror or str(error)).rsplit("] ", 1)[-1]  # Arrow says more before
            lost = f"; {len(self._rows)} finished runs are not on disk" if self._rows else ""
            raise StoreError(f"{self.parts.parent} cannot be written ({reason}){lost}") from error

    def _merge(self) -> None:
        tables = [pq.read_table(path) for path in self._small]
        write_parquet(together(tables), self._next())
        for path in self._small:
            path.unlink()
        self._small = []

    def _next(self) -> Path:
        self._number += 1
        return self.parts / f"{self._number:06d}.parquet"


def part_files(folder: Path) -> list[Path]:
    """Parts in the order they were written."""
    return sorted((folder / PARTS).glob("[0-9]*.parquet"))


def together(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables one below the other; a column that one lacks, or knows as text, fits the others."""
    types = column_types([table.schema for table in tables])
    return pa.concat_tables([fitted(table, types) for table in tables])


def column_types(schemas: Sequence[pa.Schema]) -> dict[str, pa.DataType]:
    """Type of every column; text where some file has text (a figure may be absent in the rest)."""
    types: dict[str, pa.DataType] = {}
    for schema in schemas:
        for column in schema:
            if types.get(column.name) != pa.string():
                types[column.name] = column.type
    return types


def fitted(table: pa.Table, types: dict[str, pa.DataType]) -> pa.Table:
    """The table with exactly these columns, null where it has none."""
    held = set(table.column_names)
    return pa.table(
        {
            name: table[name].cast(kind) if name in held else pa.nulls(len(table), kind)
            for name, kind in types.items()
        }
    )
