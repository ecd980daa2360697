"""What a named study is: conditions to compare, what to measure, how to read the numbers.

Every condition is a scenario, and every condition runs with the same seeds. A seed fixes each
stream of random numbers by name (`sim.streams`), so runs of one seed share all draws that the
change does not touch (common random numbers), and differences between conditions are taken seed by
seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.scenario import Scenario, load_scenario
from sim.inputs import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.results import Result

Assignments = Mapping[str, Any]
#: What is kept of a run: numbers, labels, and arrays of one dimension such as a price path.
Row = Mapping[str, float | str | NDArray[np.float64]]
Verdict = Literal["supported", "in part", "contradicted", "undecided"]


@dataclass(frozen=True)
class Finding:
    """What the numbers say.

    Attributes
    ----------
    table : DataFrame with the columns of `experiments.studies.comparison.COLUMNS`
    reading : one paragraph, composed from the numbers
    verdict : on the claim of the study, by the rule in its file; ``undecided`` if the intervals
        allow either
    figures : name of the file -> figure
    """

    table: pd.DataFrame
    reading: str
    verdict: Verdict
    figures: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """A question and how it is answered.

    Attributes
    ----------
    name : as in ``ipolab experiment NAME``
    claim : the statement that the verdict is about
    question : one line
    replicates : seeds per condition unless asked otherwise
    hangs_on : the assumption that turns the verdict
    flip : assignments under which the claim fails, so that everybody can see it fail
    conditions : assignments -> label -> scenario; differences are taken to the first
    measure : a run -> one row, or several (portfolios measured on the same run, each with a label).
        A function of a module, so that other processes can call it.
    analyse : rows of all runs (columns ``condition``, ``seed`` and those measured), generator for
        resampling -> finding
    """

    name: str
    claim: str
    question: str
    replicates: int
    hangs_on: str
    flip: Assignments
    conditions: Callable[[Assignments], Mapping[str, Scenario]]
    measure: Callable[[Result], Row | Sequence[Row]]
    analyse: Callable[[pd.DataFrame, np.random.Generator], Finding]


def vary(
    base: str,
    variants: Mapping[str, Assignments],
    assignments: Assignments,
    defaults: Assignments | None = None,
) -> dict[str, Scenario]:
    """A shipped scenario once for every variant: defaults, the user's assignments, the variant's.

    Raises InputError if an assignment would change what the study itself varies.
    """
    varied = {path for changes in variants.values() for path in changes}
    for path in assignments:
        clash = [own for own in varied if _overlap(path, own)]
        if clash:
            raise InputError(f"--set: {path}: the experiment varies it itself, expected another")
    given = {**(defaults or {}), **assignments}
    return {label: load_scenario(base, {**given, **own}) for label, own in variants.items()}


def not_overruled(assignments: Assignments, changes: Assignments) -> dict[str, Any]:
    """The assignments that a variant's own changes do not overrule, for `vary`."""
    return {
        path: value
        for path, value in assignments.items()
        if not any(f"{path}.".startswith(f"{own}.") for own in changes)
    }


def _overlap(one: str, other: str) -> bool:
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")
