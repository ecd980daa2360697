"""What an earlier call has left in a sweep's folder: all of it, some of it, or another design."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.manifest import provenance
from experiments.sweeps.archive import Archive
from experiments.sweeps.compact import reopen
from experiments.sweeps.folder import (
    design_on_disk,
    empty,
    manifest_of,
    remove_tables,
    write_manifest,
    write_plan,
)
from experiments.sweeps.plan import Plan, design_digest, differences
from sim.inputs import InputError


@dataclass(frozen=True)
class SweepOutcome:
    """What a call of `sweep` leaves behind.

    Attributes
    ----------
    out : Path
        The folder.
    points, runs : int
        Of the design.
    done, failed : int
        Runs that are in ``rows.parquet``, and in ``errors.parquet``.
    kept : int
        Runs that were there before.
    seconds : float
        Duration of this call.
    mixed : bool
        Whether the runs come from different versions of the code or its libraries.
    """

    out: Path
    points: int
    runs: int
    done: int
    failed: int
    kept: int
    seconds: float
    mixed: bool = False


def ready(folder: Path, digest: str, retry: bool, started: float) -> SweepOutcome | None:
    """The outcome of a folder in which nothing is left to do."""
    if not (folder / "manifest.json").is_file():
        return None
    manifest = manifest_of(folder)
    if manifest["state"] != "finished" or manifest["design_digest"] != digest:
        return None
    counts = manifest["counts"]
    if retry and counts["failed"]:
        return None
    return SweepOutcome(folder, **counts, kept=counts["done"],
                        seconds=time.monotonic() - started, mixed=mixed(manifest))  # fmt: skip


def check_same(folder: Path, content: Mapping[str, Any], reuse: bool) -> None:
    """An earlier design in the folder must be the same, or be given up knowingly."""
    old = design_on_disk(folder)
    if old is None or design_digest(old) == design_digest(content):
        return
    changed = differences(old, content)
    shown = "; ".join(changed[:5]) + (f" (and {len(changed) - 5} more)" if changed[5:] else "")
    if not reuse:
        raise InputError(
            f"--out: {folder} holds another design: {shown}; use --fresh to start over or --reuse "
            "to keep the finished runs that still belong"
        )
    if old["outputs"] != content["outputs"]:
        raise InputError(f"--reuse: {shown}; expected the same outputs, or --fresh")


def prepare(
    folder: Path,
    plan: Plan,
    content: Mapping[str, Any],
    digest: str,
    name: str,
    fresh: bool,
) -> dict[str, Any]:
    """Bring the folder into a state in which runs can be added; returns its manifest."""
    now = provenance("sweep")
    before: list[dict[str, Any]] = []
    if (folder / "manifest.json").is_file() and not fresh:
        manifest = manifest_of(folder)
        before = manifest.get("sessions", [])
        if manifest["state"] == "finished":
            reopen(folder)
    session = {name: now[name] for name in ("versions", "git_commit", "written_at")}
    head = {**now, "name": name, "design_digest": digest, "sessions": [*before, session]}
    manifest = write_manifest(folder, head, state="preparing")
    if fresh:
        empty(folder)
    remove_tables(folder)
    write_plan(folder, plan, content)
    return manifest


def pending(folder: Path, plan: Plan, retry: bool) -> tuple[NDArray[np.int64], int]:
    """The runs to do, each key once and in the plan's order; how many are there already."""
    archive = Archive(folder)
    finished = archive.has(plan.keys, failed=False)
    settled = finished if retry else archive.has(plan.keys)
    first = np.zeros(len(plan), dtype=bool)
    first[np.unique(plan.keys, return_index=True)[1]] = True
    return np.flatnonzero(first & ~settled), int(finished.sum())


def mixed(manifest: Mapping[str, Any]) -> bool:
    """Whether sessions differ in anything that may change results."""
    sessions = manifest.get("sessions", [])
    return len({repr([s["versions"], s["git_commit"]]) for s in sessions}) > 1
