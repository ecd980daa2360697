"""Runs at the points of a wave, all through the sweep engine, which keeps what is finished.

A wave has a folder, and in it ``<source>.csv``, its points, and one sweep a source. Sources are
those of the scorecard; for the waves they are shortened, and those that no fitted figure needs are
left out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.evidence.calibration.goals import Goal
from experiments.evidence.calibration.parameters import Space, table
from experiments.evidence.targets.sources import SOURCES, Source
from experiments.folder import write_whole
from experiments.scenario import Scenario
from experiments.sweeps.design import Design
from experiments.sweeps.engine import sweep
from experiments.sweeps.reading import read_sweep
from experiments.sweeps.work import Daily
from sim.inputs import parse

Array = NDArray[np.float64]
#: Called as ``progress(what, done, total)`` in runs.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Measuring:
    """A source's measurement in the form in which a sweep calls it."""

    measure: Callable[[Scenario, int], Mapping[str, float]]

    def __call__(
        self, scenario: Scenario, seed: int, series: Sequence[str]
    ) -> tuple[Mapping[str, Any], Daily]:
        """Figures of one run, and no series."""
        return self.measure(scenario, seed), {}


@dataclass(frozen=True)
class Wave:
    """Points run: on the unit cube (points, parameters), their figures (points, seeds, goals) with
    NaN where a run has none, the seconds that all runs took, and how many failed."""

    points: Array
    figures: Array
    seconds: float
    failed: int = 0

    @property
    def means(self) -> Array:
        """Means over seeds (points, goals); NaN unless every seed has the figure."""
        return np.asarray(self.figures.mean(axis=1))


def short_sources(goals: Sequence[Goal], days: Mapping[str, int]) -> tuple[Source, ...]:
    """Sources of the fitted figures, shortened to so many days each."""
    needed = {goal.source for goal in goals if goal.fitted}
    return tuple(
        replace(source, days=min(days[source.name], source.days))
        for source in SOURCES
        if source.name in needed
    )


def full_sources(goals: Sequence[Goal]) -> tuple[Source, ...]:
    """Sources of all figures at the scorecard's own length."""
    needed = {goal.source for goal in goals}
    return tuple(source for source in SOURCES if source.name in needed)


def run_wave(
    points: Array,
    space: Space,
    goals: Sequence[Goal],
    sources: Sequence[Source],
    seeds: int,
    folder: Path,
    *,
    first_seed: int = 1,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Wave:
    """Run every source at every point with the same seeds; what `folder` has is not run again.

    Parameters
    ----------
    points : (points, parameters), on the unit cube
    space, goals, sources : what varies, what is measured, where
    seeds : runs at every point, from `first_seed` on
    folder : of this wave
    workers, executor : as for `experiments.sweeps.engine.sweep`
    progress : called as ``progress(source, done, total)``

    Raises
    ------
    InputError
        If the folder holds runs of other points.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found, seconds = np.full((len(points), seeds, len(goals)), np.nan), 0.0
    failed = 0
    for source in sources:
        text, file = io.StringIO(), folder / f"{source.name}.csv"
        lines = table(space, list(points), source.load())
        csv.writer(text, lineterminator="\n").writerows(lines)
        write_whole(file, text.getvalue())
        design = {
            "description": f"runs of {source.name}",
            "scenario": source.scenario,
            "replicates": seeds,
            "first_seed": first_seed,
            "set": {"days": source.days, **source.changes},
            "sample": {"points_file": str(file)},
        }

        def told(done: int, total: int, name: str = source.name) -> None:
            if progress:
                progress(name, done, total)

        out = folder / source.name
        outcome = sweep(
            parse(Design, design, f"wave of {source.name}"), out, workers=workers,
            executor=executor, progress=told, work=Measuring(source.measure),
        )  # fmt: skip
        failed += outcome.failed
        rows = read_sweep(out)
        seconds += float(pd.read_parquet(out / "timings.parquet")["seconds"].sum())
        at = rows["point"].to_numpy(int), rows["seed"].to_numpy(int) - first_seed
        for place, goal in enumerate(goals):
            if goal.source == source.name and goal.part.figure in rows:
                found[(*at, place)] = pd.to_numeric(rows[goal.part.figure]).to_numpy(float)
    return Wave(points, found, seconds, failed)
