"""A claim, and what an experiment says about it.

A claim is a sentence of the documents that this laboratory examines, with the question that puts it
to the test. Its verdict comes from numbers by a rule in the claim's file and is one of

    supported, contradicted, undecided, depends on <what>;

the last where the numbers speak for a part of the claim or for it under some conditions only. Every
claim names the assumption that it hangs on and a *flip*, settings under which the verdict is
another one, so that everybody can see it fail.

Two kinds: a `Computed` claim follows from inputs or from a few runs within seconds; a `Studied` one
is read off the table of a study (`experiments.studies.study`), runs of which several claims may
share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from experiments.studies.comparison import Measure as Measure
from experiments.studies.comparison import as_table, estimate, line
from experiments.studies.intervals import Interval
from experiments.studies.study import Assignments, Study, Verdict


@dataclass(frozen=True)
class Answer:
    """What an experiment says about a claim.

    Attributes
    ----------
    verdict : by the rule of the claim's file; ``in part`` is shown as ``depends on …``
    figure : the number behind it with its 95 % interval (NaN where it is exact)
    what, unit : how the figure reads; units as in `experiments.studies.comparison.Measure`
    reading : one paragraph, composed from the numbers
    table : with the columns of `experiments.studies.comparison.COLUMNS`
    shown : names of the measures that the claim's picture shows
    depends_on : on what it depends, asked for if the verdict is ``in part``

    Raises ValueError if it depends on nothing, or shows a measure that the table lacks.
    """

    verdict: Verdict
    figure: Interval
    what: str
    unit: str
    reading: str
    table: pd.DataFrame = field(repr=False)
    shown: Sequence[str]
    depends_on: str = ""

    def __post_init__(self) -> None:
        if self.verdict == "in part" and not self.depends_on:
            raise ValueError("depends_on: got nothing, expected what the verdict depends on")
        missing = set(self.shown) - set(self.table["measure"])
        if missing or not self.shown:
            raise ValueError(f"shown: {sorted(missing) or 'nothing'}, expected measures of table")

    @property
    def words(self) -> str:
        """The verdict as the ledger prints it."""
        return f"depends on {self.depends_on}" if self.verdict == "in part" else self.verdict


@dataclass(frozen=True)
class Evidence:
    """A finished study as claims read it: its table, its own verdict and reading, seeds used."""

    table: pd.DataFrame
    verdict: Verdict
    reading: str
    seeds: int

    def answer(
        self,
        measure: str,
        condition: str,
        shown: Sequence[str],
        depends_on: str,
        *,
        verdict: Verdict | None = None,
        reading: str | None = None,
        difference: bool = False,
    ) -> Answer:
        """An answer whose figure is one row of the table; verdict and reading are the study's own
        unless given. ``difference`` takes the paired difference to the first condition."""
        rows = self.table
        chosen = rows[(rows["measure"] == measure) & (rows["condition"] == condition)].iloc[0]
        names = ("difference", "difference_low", "difference_high")
        columns = names if difference else ("value", "low", "high")
        value, low, high = (float(chosen[name]) for name in columns)
        what = f"{chosen['label']} ({condition.replace('_', ' ')})"
        if difference:
            what += f" less {rows.loc[rows['measure'] == measure, 'condition'].iloc[0]}"
        return Answer(
            verdict=self.verdict if verdict is None else verdict,
            figure=Interval(value, low, high, int(chosen["n"])),
            what=what,
            unit=str(chosen["unit"]),
            reading=self.reading if reading is None else reading,
            table=rows,
            shown=shown,
            depends_on=depends_on,
        )


@dataclass(frozen=True)
class Claim:
    """What is claimed, by whom, and how it can be made to fail.

    Attributes
    ----------
    id : as in ``ipolab claims ID``
    words : the claim in a sentence
    source : who says so
    question : what the experiment asks
    hangs_on : the assumption that turns the verdict
    flip : dotted path -> value, settings under which the verdict is another one
    """

    id: str
    words: str
    source: str
    question: str
    hangs_on: str
    flip: Assignments


@dataclass(frozen=True)
class Computed(Claim):
    """A claim answered within seconds: ``compute`` takes assignments."""

    compute: Callable[[Assignments], Answer]


@dataclass(frozen=True)
class Studied(Claim):
    """A claim read off a study: ``quick`` seeds a condition unless asked otherwise."""

    study: Study
    quick: int
    read: Callable[[Evidence], Answer]


def studied(
    study: Study,
    *,
    id: str,
    words: str,
    source: str,
    quick: int,
    read: Callable[[Evidence], Answer],
    question: str | None = None,
    hangs_on: str | None = None,
    flip: Assignments | None = None,
) -> Studied:
    """A claim read off a study, with its question, assumption and flip unless others are given."""
    return Studied(
        id=id,
        words=words,
        source=source,
        question=study.question if question is None else question,
        hangs_on=study.hangs_on if hangs_on is None else hangs_on,
        flip=study.flip if flip is None else flip,
        study=study,
        quick=quick,
        read=read,
    )


def exact(value: float) -> Interval:
    """A number without sampling error."""
    return Interval(value, value, value, 1)


def rows_of(measure: Measure, values: Mapping[str, Interval | float]) -> list[dict[str, object]]:
    """Rows of a table: one measure under several conditions; plain numbers are exact."""
    return [
        line(measure, label, value if isinstance(value, Interval) else exact(value))
        for label, value in values.items()
    ]


def table_of(*parts: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Rows made by `rows_of` and by `comparison.line` as a table."""
    return as_table([row for part in parts for row in part])


def value_of(evidence: Evidence, measure: str, condition: str) -> Interval:
    """The mean of a measure in a condition."""
    return estimate(evidence.table, measure, condition)


POST_VALUE = "Damodaran (2026), post of 4 June on the value of SpaceX"
POST_INDEX = "Damodaran (2026), post of 18 June on indices"
NEWS = "press report on the SpaceX offering, June 2026"
