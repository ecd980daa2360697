"""Conduct a study: run every condition with every seed, then read the numbers.

>>> report = conduct(load_study("mechanisms"), replicates=4, assignments={"days": 30})
>>> report.finding.table
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field

import pandas as pd

from experiments.scenario import Scenario
from experiments.studies.replicate import Progress, replicate
from experiments.studies.study import Assignments, Finding, Study
from experiments.sweeps.pool import check_workers
from sim.inputs import InputError
from sim.streams import Streams


@dataclass(frozen=True)
class Report:
    """A finished study.

    Attributes
    ----------
    study, assignments, seeds, conditions : what was asked
    rows : what was measured, one row or more a run
    finding : table, reading, verdict and figures
    """

    study: Study
    assignments: Assignments
    seeds: tuple[int, ...]
    conditions: Mapping[str, Scenario]
    rows: pd.DataFrame = field(repr=False)
    finding: Finding

    def summary(self) -> dict[str, object]:
        """Content of ``study.json``."""
        return {
            "name": self.study.name,
            "claim": self.study.claim,
            "question": self.study.question,
            "verdict": self.finding.verdict,
            "reading": self.finding.reading,
            "hangs_on": self.study.hangs_on,
            "flip": self.study.flip,
            "assignments": self.assignments,
            "conditions": list(self.conditions),
            "seeds": self.seeds,
            "table": self.finding.table,
        }


def conduct(
    study: Study,
    replicates: int | None = None,
    seed: int = 1,
    assignments: Assignments | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Report:
    """Run a study.

    Parameters
    ----------
    study : Study
    replicates : seeds per condition, the study's own number by default
    seed : the first seed; the others follow it
    assignments : dotted path -> value, applied to every condition
    workers, executor, progress : as in `experiments.studies.replicate.replicate`

    Raises
    ------
    InputError
        On fewer than two replicates, workers below one, or assignments that are refused.
    RunError
        If a run fails.
    """
    count = study.replicates if replicates is None else replicates
    if count < 2:
        raise InputError(f"replicates: got {count}, expected at least 2 for an interval")
    check_workers(workers)
    changes = dict(assignments or {})
    conditions = study.conditions(changes)
    seeds = tuple(range(seed, seed + count))
    rows = replicate(conditions, study.measure, seeds, workers, executor, progress)
    finding = study.analyse(rows, Streams(seed)(f"study.{study.name}"))
    return Report(study, changes, seeds, conditions, rows, finding)
