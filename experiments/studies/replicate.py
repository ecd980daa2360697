"""Run every condition with every seed, on as many processes as wanted.

The rows do not depend on how many workers there are nor on who finishes first. Any executor with
the interface of `concurrent.futures` will do; by default it is a pool of fresh processes, each of
which loads the model once. If one run fails, or the user interrupts, the others are stopped and
nothing is returned.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, as_completed
from contextlib import closing, nullcontext
from functools import partial
from typing import Any

import pandas as pd

from experiments.results import Result
from experiments.scenario import Scenario
from experiments.simulate import run
from experiments.studies.study import Row
from experiments.sweeps.pool import Workers, check_workers
from sim.inputs import InputError

Measurement = Callable[[Result], Row | Sequence[Row]]
Progress = Callable[[int, int], None]
Job = tuple[str, int]
Work = Callable[[], list[dict[str, Any]]]


class RunError(RuntimeError):
    """A run failed; the message names its condition and seed."""


def replicate(
    conditions: Mapping[str, Scenario],
    measure: Measurement,
    seeds: Sequence[int],
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Run `conditions` × `seeds` and measure each run.

    Parameters
    ----------
    conditions : label -> scenario
    measure : a run -> row or rows; importable by name unless there is one worker
    seeds : the same for every condition
    workers : processes, all cores by default; 1 stays in this process
    executor : where to run instead
    progress : called as ``progress(done, total)``, in trading days

    Returns
    -------
    DataFrame
        Columns ``condition``, ``seed`` and those measured, sorted by condition (in the order given)
        and seed (likewise).

    Raises
    ------
    RunError, InputError
        If a run fails; names its condition and seed. InputError also for fewer workers than one.
    """
    jobs = [(label, seed) for seed in seeds for label in conditions]
    total = sum(scenario.days for scenario in conditions.values()) * len(seeds)
    found: dict[Job, list[dict[str, Any]]] = {}
    done = 0
    works = {job: partial(_one, measure, conditions[job[0]], job[1]) for job in jobs}
    # closing: an interrupt between two runs stops the workers as well
    with closing(finish(works, workers, executor)) as finished:
        for job, rows in finished:
            found[job] = rows
            done += conditions[job[0]].days
            if progress:
                progress(done, total)
    return pd.DataFrame(
        [
            {"condition": label, "seed": seed, **row}
            for label in conditions
            for seed in seeds
            for row in found[label, seed]
        ]
    )


def _one(measure: Measurement, scenario: Scenario, seed: int) -> list[dict[str, Any]]:
    measured = measure(run(scenario, seed=seed))
    return [dict(measured)] if isinstance(measured, Mapping) else [dict(row) for row in measured]


def finish(
    works: Mapping[Job, Work], workers: int | None, executor: Executor | None
) -> Generator[tuple[Job, list[dict[str, Any]]], None, None]:
    """Do the work of every job and yield what comes of it, in any order."""
    check_workers(workers)
    count = min(workers or os.cpu_count() or 1, len(works))
    if executor is None and count <= 1:
        for job, work in works.items():
            yield job, _outcome(work, *job)
        return
    with nullcontext(executor) if executor is not None else Workers(count) as pool:
        futures = {pool.submit(work): job for job, work in works.items()}
        try:
            for future in as_completed(futures):
                yield futures[future], _outcome(future.result, *futures[future])
        except BaseException:
            for future in futures:
                future.cancel()
            raise


def _outcome(work: Work, label: str, seed: int) -> list[dict[str, Any]]:
    try:
        return work()
    except InputError as error:
        raise InputError(f"condition {label}, seed {seed}: {error}") from error
    except BrokenExecutor as error:
        reason = "a worker process died (out of memory?); with one worker the cause shows"
        raise RunError(f"condition {label}, seed {seed}: {reason}") from error
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise RunError(f"condition {label}, seed {seed}: {reason}") from error
