"""A small design for the tests of sweeps."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from experiments.sweeps.design import Design
from experiments.sweeps.store import part_files

SHARE, RESPONSE = "population.passive_share", "population.strategic_response"


def tiny(**changes: Any) -> Design:
    """Two shares by three responses, four seeds, four days."""
    given: dict[str, Any] = {
        "scenario": "spacex",
        "replicates": 4,
        "set": {"days": 4, "universe.kind": "market"},
        "factors": {SHARE: [0.1, 0.3], RESPONSE: {"from": 0, "to": 2, "steps": 3}},
        "outputs": {"daily": ["close"]},
    }
    return Design.model_validate(given | changes)


class Here(Executor):
    """Runs a task at once, in this process."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def tables(folder: Path) -> dict[str, bytes]:
    """The tables that must be the same byte by byte."""
    names = ("points", "rows", "daily", "plan")
    return {name: (folder / f"{name}.parquet").read_bytes() for name in names}


def written(folder: Path) -> int:
    """How many parts there are."""
    return len(part_files(folder))
