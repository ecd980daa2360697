"""One run of a sweep, as a worker does it: set the scenario up, run it, keep the figures wanted.

A worker imports the model once, and keeps the scenario that all points start from; a task carries
what its point assigns, the seed, and which series to keep. What a run raises is part of its outcome
and stops nothing else.

Of ``summary.json`` only numbers are kept unless a figure is asked for by name, with dots for what
is nested (``closes.252``) and an index's name for an inclusion (``inclusions.sp500.demand_usd``).
"""

from __future__ import annotations

import ctypes
import math
import os
import pickle
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.formats import plain

Figures = dict[str, float | str | None]
Daily = dict[str, NDArray[np.float64]]
#: What a worker does with a scenario, a seed and the series wanted: figures and series of the run.
Work = Callable[[Any, int, Sequence[str]], tuple[Mapping[str, Any], Daily]]


@dataclass(frozen=True)
class Task:
    """One run: its key, what its point assigns, its seed."""

    key: str
    changes: dict[str, Any]
    seed: int


@dataclass
class Outcome:
    """What became of a run: figures and series, or what went wrong.

    ``failure`` is empty, or ``raised``, ``killed`` or ``timeout``; ``seconds`` the time it took.
    """

    key: str
    seed: int = 0
    figures: Figures = field(default_factory=dict)
    daily: Daily = field(default_factory=dict)
    seconds: float = 0.0
    failure: str = ""
    error: str = ""
    attempts: int = 1


@dataclass(frozen=True)
class Kit:
    """What all tasks of a sweep have in common; `base` is the pickled scenario.

    `limit` is the seconds a run may take where no process can be killed from outside, and `hard`
    whether the worker may end its own process when a run does not react.
    """

    digest: str
    base: bytes
    series: tuple[str, ...] = ()
    work: Work | None = None
    limit: float | None = None
    hard: bool = False


class TimeIsUp(BaseException):
    """Raised inside a run that has taken too long."""


_base: tuple[str, Any] = ("", None)
GRACE = 5.0  # seconds in which a run that was told to stop may react


def warm_up() -> None:
    """Load the model before the clock of the first run starts."""
    import experiments.simulate
    import experiments.summary
    import experiments.sweeps.assign  # noqa: F401


def run_tasks(kit: Kit, tasks: Sequence[Task]) -> list[Outcome]:
    """Run the tasks one after the other; what one raises is in its outcome."""
    global _base
    if _base[0] != kit.digest:
        _base = (kit.digest, pickle.loads(kit.base))
    return [_outcome(kit, _base[1], task) for task in tasks]


def _outcome(kit: Kit, base: Any, task: Task) -> Outcome:
    from experiments.sweeps.assign import assign

    started = time.perf_counter()
    done = Outcome(task.key, task.seed)
    try:
        with _limited(kit.limit, kit.hard):
            scenario = assign(base, task.changes, "point")
            figures, done.daily = (kit.work or simulate)(scenario, task.seed, kit.series)
        done.figures = flatten(figures)
    except TimeIsUp:
        done.failure, done.error = "timeout", f"took more than {kit.limit:g} s"
    except Exception as error:
        done.failure, done.error = "raised", f"{type(error).__name__}: {error}"
    done.seconds = time.perf_counter() - started
    return done


def simulate(scenario: Any, seed: int, series: Sequence[str]) -> tuple[Mapping[str, Any], Daily]:
    """Run the model to its last day: its summary, and daily series of the company in focus.

    The tables that a single run writes are not made.
    """
    from experiments.panels import panels
    from experiments.simulate import build, summary_of, to_the_end

    model = build(scenario, seed)
    to_the_end(model, scenario.days)
    summary = summary_of(model, panels(model) if scenario.pipeline is not None else {})
    column = model.listing.column if model.listing else 0
    return summary, {name: _series(model.recorder, name, column) for name in series}


def _series(recorder: Any, name: str, column: int) -> NDArray[np.float64]:
    days = recorder.days
    if not days:  # an offering that was withdrawn: nothing was traded, nothing recorded
        return np.empty(0)
    values = recorder.level[:days, 0] if name == "market" else getattr(recorder, name)[:days]
    if values.ndim == 2:
        values = values[:, column]
    return np.array(values, dtype=np.float64)


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, float | str | None]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):  # a table in a list goes by its name
            name = item.pop("index", number) if isinstance(item, dict) else number
            yield from _flat(item, f"{prefix}.{name}")
    elif isinstance(value, int | float):
        yield prefix, float(value) if math.isfinite(value) else None
    else:
        yield prefix, value


def flatten(figures: Mapping[str, Any]) -> Figures:
    """A summary as figures with dotted names."""
    return dict(_flat(plain(figures)))


@contextmanager
def _limited(limit: float | None, hard: bool) -> Iterator[None]:
    """Raise `TimeIsUp` in this thread after so many seconds; then end the process, if allowed.

    An exception reaches a thread between two lines of Python, so a compiled kernel that does not
    return is only ended with its process.
    """
    if limit is None:
        yield
        return
    thread = ctypes.c_ulong(threading.get_ident())
    over = threading.Event()

    def watch() -> None:
        if over.wait(limit):
            return
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(TimeIsUp))
        if not over.wait(GRACE) and hard:
            os._exit(1)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()  # what it has raised arrives here, not in the next run
