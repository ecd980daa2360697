"""Questions put to the simulated world: scenarios, single runs, valuations, their results.

``from experiments import load_scenario, run, build, read_results``. The names load on first use,
so that importing this package (and ``ipolab --help``) costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.results import Result, read_results
    from experiments.scenario import load_scenario
    from experiments.simulate import build, run
    from experiments.sweeps.engine import sweep
    from experiments.sweeps.reading import read_sweep

_HOME = {
    "Result": "experiments.results",
    "build": "experiments.simulate",
    "load_scenario": "experiments.scenario",
    "read_results": "experiments.results",
    "read_sweep": "experiments.sweeps.reading",
    "run": "experiments.simulate",
    "sweep": "experiments.sweeps.engine",
}

__all__ = ["Result", "build", "load_scenario", "read_results", "read_sweep", "run", "sweep"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
