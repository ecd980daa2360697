"""Do the runs of the scorecard, several at a time, and keep what is finished.

A job is a source and a seed. What it measures is written to ``runs/<source>-<seed>.json`` as soon
as it is done, whole or not at all, with a fingerprint of its scenario and of the code that ran it.
Asked again, only jobs without a file of the same fingerprint are run: an interrupted validation
goes on where it stopped, and nothing is taken over from another version of the model.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from experiments.evidence.targets.sources import Source
from experiments.folder import write_whole
from experiments.formats import to_json
from experiments.manifest import STUDY_CODE, code_digest
from experiments.scenario import Scenario
from experiments.studies.replicate import Job, Progress, Work, finish
from experiments.sweeps.plan import scenario_digest

#: What a measurement depends on besides its scenario, below the root of the project.
CODE = (*STUDY_CODE, "experiments/evidence")


@dataclass(frozen=True)
class Finished:
    """What one job has measured, and how long it took."""

    source: str
    seed: int
    figures: Mapping[str, float]
    seconds: float


def do(
    jobs: Mapping[Job, tuple[Source, Scenario]],
    folder: Path,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Finished]:
    """Do the jobs, each a (source, seed), that `folder` does not have yet; all of them, in order.

    `progress` is called as ``progress(done, total)`` in trading days. An interrupt leaves the
    finished ones in the folder.

    Raises
    ------
    RunError, InputError
        If a run fails; names its source and seed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    total = sum(scenario.days for _, scenario in jobs.values())
    found: dict[Job, Finished] = {}
    works: dict[Job, Work] = {}
    for (name, seed), (source, scenario) in jobs.items():
        path, print_of_it = folder / f"{name}-{seed}.json", fingerprint(source, scenario)
        old = read(path, print_of_it)
        if old is not None:
            found[name, seed] = old
        else:
            works[name, seed] = partial(_work, source, scenario, seed, path, print_of_it)
    done = sum(jobs[job][1].days for job in found)
    if progress:
        progress(done, total)
    # closing: an interrupt between two runs stops the workers as well
    with closing(finish(works, workers, None)) as finished:
        for job, (record,) in finished:
            found[job] = _finished(record)
            done += jobs[job][1].days
            if progress:
                progress(done, total)
    return [found[job] for job in jobs]


def read(path: Path, print_of_it: str) -> Finished | None:
    """The finished job in a file; None if there is none, or one of another scenario or code."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return _finished(record) if record["fingerprint"] == print_of_it else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def fingerprint(source: Source, scenario: Scenario) -> str:
    """A digest of the measurement, the scenario and the code."""
    content = f"{source.name} {source.measure.__qualname__} {scenario_digest(scenario)} {_code()}"
    return hashlib.sha256(content.encode()).hexdigest()[:16]


@cache
def _code() -> str:
    return code_digest(CODE)


def _work(
    source: Source, scenario: Scenario, seed: int, path: Path, print_of_it: str
) -> list[dict[str, Any]]:
    started = time.perf_counter()
    figures = source.measure(scenario, seed)
    record = {
        "source": source.name,
        "seed": seed,
        "fingerprint": print_of_it,
        "seconds": round(time.perf_counter() - started, 3),
        "figures": figures,
    }
    write_whole(path, to_json(record))
    return [record]


def _finished(record: Mapping[str, Any]) -> Finished:
    figures = {
        name: math.nan if value is None else float(value)
        for name, value in record["figures"].items()
    }
    return Finished(record["source"], record["seed"], figures, float(record["seconds"]))


def collect(finished: Sequence[Finished]) -> dict[tuple[str, str], list[float]]:
    """The figures of all jobs: (source, name) -> one value a seed."""
    found: dict[tuple[str, str], list[float]] = {}
    for job in finished:
        for name, value in job.figures.items():
            found.setdefault((job.source, name), []).append(value)
    return found
