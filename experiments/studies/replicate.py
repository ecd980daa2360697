"""Run every condition with every seed, on as many processes as wanted.

The rows do not depend on how many workers there are nor on who finishes first. Any executor with
the interface of `concurrent.futures` will do; by default it is a pool of fresh processes, each of
which loads the model once. If one run fails, or the user interrupts, the others are stopped and
nothing is returned.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from typing import Any

import pandas as pd

from experiments.results import Result
from experiments.scenario import Scenario
from experiments.simulate import run
from experiments.studies.study import Row
from sim.inputs import InputError

Measurement = Callable[[Result], Row | Sequence[Row]]
Progress = Callable[[int, int], None]


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
        If a run fails; names its condition and seed.
    """
    jobs = [(label, seed) for seed in seeds for label in conditions]
    total = sum(scenario.days for scenario in conditions.values()) * len(seeds)
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    done = 0
    with _place(workers, len(jobs), executor) as pool:
        futures = {
            pool.submit(_one, measure, conditions[label], seed): (label, seed)
            for label, seed in jobs
        }
        for future in as_completed(futures):
            label, seed = futures[future]
            found[label, seed] = _outcome(future, label, seed)
            done += conditions[label].days
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


def _outcome(future: Future[list[dict[str, Any]]], label: str, seed: int) -> list[dict[str, Any]]:
    try:
        return future.result()
    except InputError as error:
        raise InputError(f"condition {label}, seed {seed}: {error}") from error
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise RunError(f"condition {label}, seed {seed}: {reason}") from error


class _Here(Executor):
    """Runs each job in this process, when its result is wanted."""

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: _Lazy = _Lazy(partial(function, *args, **kwargs))
        future.set_result(None)
        return future


class _Lazy(Future[Any]):
    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self._work = work

    def result(self, timeout: float | None = None) -> Any:
        return self._work()


@contextmanager
def _place(workers: int | None, jobs: int, executor: Executor | None) -> Iterator[Executor]:
    if executor is not None:
        yield executor
        return
    count = min(workers or os.cpu_count() or 1, jobs)
    if count <= 1:
        yield _Here()
        return
    context = multiprocessing.get_context("spawn")  # a fork would copy threads in unknown states
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_start_worker)
    try:
        yield pool
    except BaseException:  # an interrupt too: do not wait for runs that nobody will read
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start_worker() -> None:
    """The parent alone answers an interrupt; a worker ends when its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()
