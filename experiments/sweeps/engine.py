"""Run a design: what is missing is run, what is there is kept, whatever happened in between."""

from __future__ import annotations

import os
import pickle
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.sweeps.cluster import dask_executor
from experiments.sweeps.compact import compact
from experiments.sweeps.design import Design, load_design
from experiments.sweeps.execute import execute
from experiments.sweeps.folder import (
    check_sweep_folder,
    locked,
    write_manifest,
)
from experiments.sweeps.outputs import check_outputs
from experiments.sweeps.plan import (
    Plan,
    base_of,
    design_digest,
    make_plan,
    resolved,
    scenario_digest,
)
from experiments.sweeps.pool import Workers, check_workers
from experiments.sweeps.resume import SweepOutcome, check_same, mixed, pending, prepare, ready
from experiments.sweeps.store import PARTS, Store
from experiments.sweeps.work import Kit, Task, Work, warm_up

Progress = Callable[[int, int], None]
AHEAD = 2  # tasks in hand for every worker: one at work, one waiting


def sweep(
    design: str | Path | Design,
    out: str | Path | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    executor: Executor | None = None,
    fresh: bool = False,
    reuse: bool = False,
    retry: bool = False,
    progress: Progress | None = None,
    *,
    changes: Mapping[str, Any] | None = None,
    replicates: int | None = None,
    yes: bool = False,
    work: Work | None = None,
) -> SweepOutcome:
    """Run what a design asks for and its folder does not hold yet.

    Parameters
    ----------
    design : str, Path or Design
        A shipped design, a TOML file, or a design.
    out : path, optional
        Folder, ``results/sweeps/<name>`` by default.
    workers : int, optional
        Processes, one a core by default. Beside `executor`: how many tasks it does at a time.
    cluster : str, optional
        Address of a Dask scheduler (``tcp://host:8786``) to run on instead.
    executor : concurrent.futures.Executor, optional
        Where to run instead, as ``mpi4py.futures.MPIPoolExecutor()``.
    fresh, reuse, retry : bool
        Start over; keep the runs of an earlier design that belong to this one as well; run again
        what failed.
    progress : callable, optional
        Called as ``progress(done, total)`` in runs.
    changes, replicates : optional
        Instead of what the design sets at every point, and of its replicates.
    yes : bool
        Allow more than 100,000 runs.
    work : callable, optional
        Instead of the model: ``(scenario, seed, series) -> (figures, series)``, importable by name.

    Returns
    -------
    SweepOutcome

    Raises
    ------
    InputError
        Before anything is run or written, for a bad design, fewer workers than one or a folder
        that holds something else.
    StoreError, ExecutorLost, KeyboardInterrupt
        The folder holds what was finished, and the same call goes on from there.
    """
    started = time.monotonic()
    check_workers(workers)
    loaded, name = _load(design, changes, replicates)
    folder = Path(out) if out is not None else Path("results") / "sweeps" / name
    check_sweep_folder(folder)
    source = f"{name}.toml" if name != "design" else name
    base = base_of(loaded, source)
    content = resolved(loaded, base)
    digest = design_digest(content)
    if not fresh:
        found = ready(folder, digest, retry, started)
        if found is not None:
            return found
        check_same(folder, content, reuse)
    plan = make_plan(loaded, source, yes)
    if work is None:
        check_outputs(plan, source)
    with locked(folder):
        manifest = prepare(folder, plan, content, digest, name, fresh)
        missing, kept = pending(folder, plan, retry)
        manifest = write_manifest(folder, manifest, state="running")
        store = Store(folder)
        total = int(np.unique(plan.keys).size)
        done = total - missing.size
        try:
            if missing.size:
                with _executor(loaded, workers, cluster, executor) as (pool, in_hand, options):
                    kit = Kit(scenario_digest(base), pickle.dumps(base),
                              tuple(loaded.outputs.daily), work, **options["kit"])  # fmt: skip
                    try:
                        tasks = _tasks(plan, missing)
                        with closing(
                            execute(pool, kit, tasks, in_hand, options["together"])
                        ) as finished:
                            for outcomes in finished:
                                store.add(outcomes)
                                done += len(outcomes)
                                if progress:
                                    progress(done, total)
                    finally:
                        store.flush()
        except BaseException:
            with suppress(OSError):  # the disk may be full; the lock tells as well
                write_manifest(folder, manifest, state="interrupted")
            raise
        outputs = loaded.outputs
        successes, failures = compact(
            folder, plan.keys, plan.point, plan.seed, outputs.summary, outputs.daily
        )
        if successes + failures != len(plan):
            raise RuntimeError(f"{len(plan) - successes - failures} runs have left no row")
        counts = {"points": len(plan.points), "runs": len(plan)}
        counts |= {"done": successes, "failed": failures}
        manifest = write_manifest(folder, manifest, state="finished", counts=counts)
        shutil.rmtree(folder / PARTS)
    return SweepOutcome(
        folder, **counts, kept=kept, seconds=time.monotonic() - started, mixed=mixed(manifest)
    )


def _load(
    design: str | Path | Design, changes: Mapping[str, Any] | None, replicates: int | None
) -> tuple[Design, str]:
    if not isinstance(design, Design):
        return load_design(design, changes, replicates), Path(design).stem
    given = design.model_dump(by_alias=True)
    given["set"] = {**given["set"], **(changes or {})}
    if replicates is not None:
        given["replicates"] = replicates
    from sim.inputs import parse

    return parse(Design, given, "design"), "design"


def _tasks(plan: Plan, runs: NDArray[np.int64]) -> Iterator[Task]:
    for run in runs:
        changes = plan.points.assignments(int(plan.point[run]))
        yield Task(plan.keys[run].decode(), changes, int(plan.seed[run]))


@contextmanager
def _executor(
    design: Design, workers: int | None, cluster: str | None, executor: Executor | None
) -> Iterator[tuple[Executor, int, dict[str, Any]]]:
    """Where to run, how many batches to have in hand, and what the tasks have to know of it."""
    limit = design.time_limit
    if executor is not None:
        count = workers or getattr(executor, "_max_workers", None) or os.cpu_count() or 1
        yield executor, AHEAD * count, {"together": True, "kit": {"limit": limit}}
    elif cluster is not None:
        with dask_executor(cluster) as (pool, count):
            yield pool, AHEAD * count, {"together": True, "kit": {"limit": limit, "hard": True}}
    else:
        count = workers or _cores()
        with Workers(count, limit, warm_up) as local:
            yield local, AHEAD * count, {"together": False, "kit": {}}


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
