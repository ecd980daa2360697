"""Runs made up for the tests of sweeps: cheap, failing, hanging or deadly, by seed and setting."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from experiments.sweeps.work import Daily


def cheap(scenario: Any, seed: int, series: Sequence[str]) -> tuple[Mapping[str, Any], Daily]:
    """Figures that follow from share and seed alone."""
    share = scenario.population.passive_share
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=4)
    summary = {
        "decision": "priced",
        "effect": share * 2 + float(noise[0]),
        "closes": {"5": float(noise[1]), "21": None if seed % 3 else float(noise[2]), "252": None},
        "inclusions": [{"index": "sp500", "demand_usd": 5.0, "effective": "2026-07-01"}],
    }
    days = 3 + seed % 3
    return summary, {name: np.arange(days) + share for name in series}


def withdrawn(scenario: Any, seed: int, series: Sequence[str]) -> tuple[Mapping[str, Any], Daily]:
    """Seed 2 is never traded and has no day; the series of the others tell their seed."""
    summary, daily = cheap(scenario, seed, series)
    return summary, {name: values[: 0 if seed == 2 else 3] + seed for name, values in daily.items()}


def raises(scenario: Any, seed: int, series: Sequence[str]) -> tuple[Mapping[str, Any], Daily]:
    """Seed 2 raises."""
    if seed == 2:
        raise ZeroDivisionError("no such thing")
    return cheap(scenario, seed, series)


class Unreadable(float):
    """A number that only the process that made it can put together again."""

    def __reduce__(self) -> Any:
        return _made_by, (os.getpid(),)


def _made_by(pid: int) -> float:
    if pid != os.getpid():
        raise LookupError("made elsewhere")
    return 0.0


def unreadable(seed: int) -> float:
    """Seed 2 hands back what no other process can read."""
    return Unreadable() if seed == 2 else float(seed)


def deadly(scenario: Any, seed: int, series: Sequence[str]) -> tuple[Mapping[str, Any], Daily]:
    """Seed 3 kills its process, every time."""
    if seed == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return cheap(scenario, seed, series)


@njit(nogil=True)
def _spin() -> float:
    total = 0.0
    while total >= 0:
        total = (total + 1.0) % 7.0
    return total


def hangs(scenario: Any, seed: int, series: Sequence[str]) -> tuple[Mapping[str, Any], Daily]:
    """Seed 2 never comes back from a compiled loop."""
    if seed == 2:
        _spin()
    return cheap(scenario, seed, series)


def loops(scenario: Any, seed: int, series: Sequence[str]) -> tuple[Mapping[str, Any], Daily]:
    """Seed 2 never comes back from a Python loop."""
    while seed == 2:
        time.perf_counter()
    return cheap(scenario, seed, series)


def slow(scenario: Any, seed: int, series: Sequence[str]) -> tuple[Mapping[str, Any], Daily]:
    """A fiftieth of a second of work; tells its process number to whoever watches."""
    if folder := os.environ.get("TEST_PIDS"):
        (Path(folder) / str(os.getpid())).touch()
    until = time.perf_counter() + 0.02
    while time.perf_counter() < until:
        pass
    return cheap(scenario, seed, series)


def wide(scenario: Any, seed: int, series: Sequence[str]) -> tuple[Mapping[str, Any], Daily]:
    """From seed 21 on so many figures that a row takes 16 kB."""
    rng = np.random.default_rng(seed)
    return {f"f{n}": float(x) for n, x in enumerate(rng.normal(size=2000 if seed > 20 else 5))}, {}
