"""The folder of a sweep: who may write to it, what it holds, how far it is.

A lock that the system drops with its process keeps two sweeps apart. ``manifest.json`` says in
which state the folder is: ``preparing`` (points and plan may be half-written), ``running``,
``interrupted`` (the same command goes on) or ``finished`` (its tables are whole).
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.folder import kind_of
from experiments.formats import to_json
from experiments.sweeps.compact import TABLES
from experiments.sweeps.plan import KEY, Plan
from experiments.sweeps.store import PARTS, write_parquet, write_text
from sim.inputs import InputError

LOCK = ".lock"


def check_sweep_folder(out: Path) -> None:
    """Raises InputError unless `out` is new, empty or a sweep's folder, and can be written."""
    try:
        _check(out)
    except OSError as error:
        raise InputError(f"--out: {out} cannot be written ({error.strerror})") from None


def _check(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise InputError(f"--out: {out} is a file, expected a folder")
    found = {entry.name for entry in out.iterdir()} if out.is_dir() else set()
    if found - {LOCK, ".manifest.json.tmp"} and kind_of(out) != "sweep":
        raise InputError(f"--out: {out} is not empty and holds no sweep, expected a new folder")
    nearest = next(f for f in (out, *out.absolute().parents) if f.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(f"--out: {nearest} cannot be written, expected a writable folder")


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """The folder for oneself. Raises InputError if another sweep is at work there."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = (out / LOCK).open("a")
    except OSError as error:
        raise InputError(f"--out: {out} cannot be written ({error.strerror})") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(f"--out: {out} is in use by another sweep, expected it free") from None
        yield


def in_use(out: Path) -> bool:
    """Whether a sweep is at work in the folder."""
    try:
        with (out / LOCK).open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def empty(out: Path) -> None:
    """Remove a sweep but for its manifest, and leave the folder."""
    for name in ("design.json", "report.html", "points.parquet", "plan.parquet", "figures", PARTS):
        path = out / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    remove_tables(out)


def remove_tables(out: Path) -> None:
    """Remove the tables of a finished sweep, and drafts of tables."""
    for name in TABLES:
        (out / f"{name}.parquet").unlink(missing_ok=True)
    for draft in out.glob(".*.parquet.*"):
        draft.unlink()


def manifest_of(out: Path) -> dict[str, Any]:
    """The manifest of a sweep. Raises InputError if the folder is none."""
    if kind_of(out) != "sweep":
        raise InputError(f"{out}: not a sweep, expected a folder that ipolab sweep has written")
    content: dict[str, Any] = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    return content


def write_manifest(out: Path, content: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Write the manifest with changes; returns it."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    new = {**content, **changes, "updated_at": now}
    write_text(out / "manifest.json", to_json(new))
    return new


def design_on_disk(out: Path) -> dict[str, Any] | None:
    """The resolved design of the folder, None if there is none yet."""
    try:
        content: dict[str, Any] = json.loads((out / "design.json").read_text(encoding="utf-8"))
        return content
    except (OSError, ValueError):
        return None


def write_plan(out: Path, plan: Plan, content: Mapping[str, Any]) -> None:
    """Write points, plan and design, the design last."""
    columns: dict[str, Any] = {"point": pa.array(np.arange(len(plan.points)))}
    for number, path in enumerate(plan.points.paths):
        columns[path] = factor_column([values[number] for values in plan.points.values])
    write_parquet(pa.table(columns), out / "points.parquet")
    keys = pa.array([key.decode() for key in plan.keys], pa.string())
    write_parquet(
        pa.table({"key": keys, "point": pa.array(plan.point), "seed": pa.array(plan.seed)}),
        out / "plan.parquet",
    )
    write_text(out / "design.json", to_json(content))


def factor_column(values: list[Any]) -> pa.Array:
    """A factor's values as numbers, truth values or text; anything else as JSON."""
    kinds = {type(value) for value in values}
    if kinds <= {bool}:
        return pa.array(values, pa.bool_())
    if kinds <= {int}:
        return pa.array(values, pa.int64())
    if kinds <= {int, float}:
        return pa.array([float(value) for value in values], pa.float64())
    from experiments.formats import plain

    return pa.array(
        [v if isinstance(v, str) else json.dumps(plain(v), sort_keys=True) for v in values],
        pa.string(),
    )


@dataclass(frozen=True)
class Status:
    """How far a sweep is."""

    state: str
    points: int
    runs: int
    done: int
    failed: int

    def __str__(self) -> str:
        share = self.done / self.runs if self.runs else 0.0
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.state}: {self.done:,} of {self.runs:,} runs ({share:.0%}){failed}"


def status(folder: Path | str) -> Status:
    """How far the sweep in a folder is, running or not. Raises InputError if it holds none."""
    out = Path(folder)
    manifest = manifest_of(out)
    state = str(manifest["state"])
    if state == "finished":
        return Status(state, *(manifest["counts"][n] for n in ("points", "runs", "done", "failed")))
    if state in ("running", "preparing") and not in_use(out):
        state = "interrupted"
    plan = out / "plan.parquet"
    if not plan.is_file():
        return Status(state, 0, 0, 0, 0)
    table = pq.read_table(plan)
    keys = np.array(table["key"].to_pylist(), dtype=KEY)
    from experiments.sweeps.archive import Archive

    try:
        archive = Archive(out)
    except FileNotFoundError:  # whoever works here has put parts together since they were listed
        return status(out)
    if manifest_of(out)["state"] != manifest["state"]:  # or has finished, and parts are gone
        return status(out)
    points = pq.read_metadata(out / "points.parquet").num_rows
    done, failed = (int(archive.has(keys, failed=f).sum()) for f in (False, True))
    return Status(state, points, len(table), done, failed)
