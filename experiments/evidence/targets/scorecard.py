"""The scorecard: all rows judged, with the naive references beside them, and its folder.

>>> card = validate(Path("results/validation"))
>>> card.passed, [row.verdict for row in card.rows]

The folder holds ``scorecard.json``, ``scorecard.csv`` (one line a part), ``figures/scorecard.png``,
``manifest.json`` (kind ``validation``) and ``runs/``, the finished runs (`jobs`).
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.evidence.references import NAMES, references
from experiments.evidence.stylised_facts import FACTS
from experiments.evidence.targets import market
from experiments.evidence.targets.jobs import collect, do
from experiments.evidence.targets.sources import SOURCES, TARGETS, YEAR, Assignments, Source
from experiments.evidence.targets.target import Figures, Row, judge
from experiments.folder import open_folder, write_whole
from experiments.formats import to_json
from experiments.manifest import provenance
from experiments.studies.intervals import mean_interval
from experiments.studies.replicate import Progress
from sim.inputs import InputError

KIND = "validation"
#: Paths of the Franke-Westerhoff model that stand for stocks, and its seeds in either form.
PATHS = 50
BENCHMARK_SEEDS = {"quick": 3, "full": 30}


@dataclass(frozen=True)
class Scorecard:
    """All rows, judged.

    Attributes
    ----------
    form : ``quick`` or ``full``
    rows : of the model
    references : name of a naive reference -> the same rows, judged by what it says
    figures : (source, name) -> one value a seed, everything that was measured
    benchmark : the same of the Franke-Westerhoff model
    seeds : source -> its seeds
    assignments : what was changed in every scenario
    seconds : on the clock, finished runs found in the folder not counted
    """

    form: str
    rows: tuple[Row, ...]
    references: Mapping[str, tuple[Row, ...]]
    figures: Figures = field(repr=False)
    benchmark: Figures = field(repr=False)
    seeds: Mapping[str, Sequence[int]]
    assignments: Assignments
    seconds: float

    @property
    def passed(self) -> int:
        """Rows that pass."""
        return passed(self.rows)

    def record(self) -> dict[str, Any]:
        """Content of ``scorecard.json``."""
        rows = []
        for place, row in enumerate(self.rows):
            beside = {
                name: {"value": theirs[place].value, "verdict": theirs[place].verdict}
                for name, theirs in self.references.items()
            }
            rows.append({**row.record(), "references": beside})
        return {
            "form": self.form,
            "passed": self.passed,
            "of": len(self.rows),
            "passed_by_references": {n: passed(rows) for n, rows in self.references.items()},
            "seeds": {name: len(seeds) for name, seeds in self.seeds.items()},
            "rows": rows,
            "facts": facts_table(self),
            "measured": {
                f"{run}.{name}": list(values) for (run, name), values in self.figures.items()
            },
        }


def passed(rows: Sequence[Row]) -> int:
    """Rows that pass."""
    return sum(row.verdict == "pass" for row in rows)


def facts_table(card: Scorecard) -> list[dict[str, Any]]:
    """The facts behind A15, a record a figure: band, mean over seeds, that of Franke-Westerhoff.

    ``held`` is the share of seeds in which the whole fact holds.
    """
    lines = []
    for fact in FACTS:
        held, theirs_held = (
            mean_interval(source.get((market.RUN, f"fact_{fact.name}"), ())).value
            for source in (card.figures, card.benchmark)
        )
        for key, band in fact.bands.items():
            ours, theirs = (
                mean_interval(source.get((market.RUN, key), ()))
                for source in (card.figures, card.benchmark)
            )
            lines.append({
                "fact": fact.what, "figure": key, "band": list(band), "value": ours.value,
                "interval": [ours.low, ours.high], "held": held,
                "franke_westerhoff": theirs.value, "franke_westerhoff_held": theirs_held,
            })  # fmt: skip
    return lines


def validate(
    out: Path | str,
    full: bool = False,
    seed: int = 1,
    assignments: Assignments | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    sources: Sequence[Source] | None = None,
) -> Scorecard:
    """Do the runs that `out` does not have yet, judge all rows, write the folder.

    Parameters
    ----------
    out : folder, new or of an earlier validation
    full : thirty seeds a source instead of a few
    seed : the first of the seeds
    assignments : dotted path -> value, applied to every scenario
    workers : processes, all cores by default
    progress : called as ``progress(done, total)``, in trading days
    sources : the runs, `SOURCES` by default

    Raises
    ------
    InputError
        If the folder holds anything else or cannot be written, or an assignment is refused.
    RunError
        If a run fails; finished ones are kept.
    """
    started = time.perf_counter()
    changes, form = dict(assignments or {}), "full" if full else "quick"
    if "days" in changes:
        raise InputError("--set: days: every source has its own length, expected another input")
    chosen = SOURCES if sources is None else sources
    loaded = [(source, source.load(changes)) for source in chosen]
    seeds = {
        source.name: range(seed, seed + (source.full if full else source.quick))
        for source in chosen
    }
    folder = open_folder(out, KIND)
    jobs = {
        (source.name, number): (source, scenario)
        for source, scenario in loaded
        for number in seeds[source.name]
    }
    finished = do(jobs, folder / "runs", workers, progress)
    figures, took = collect(finished), dict.fromkeys(seeds, 0.0)
    for job in finished:
        took[job.source] += job.seconds
    ours = tuple(judge(target, figures, took) for target in TARGETS)
    numbers = range(seed, seed + BENCHMARK_SEEDS[form])
    said = references(figures, numbers, market.YEARS * YEAR, PATHS)
    theirs = {
        name: tuple(judge(target, their) for target in TARGETS) for name, their in said.items()
    }
    seconds = time.perf_counter() - started
    card = Scorecard(form, ours, theirs, figures, said[NAMES[-1]], seeds, changes, seconds)
    write(card, folder)
    return card


def write(card: Scorecard, folder: Path) -> None:
    """Write the scorecard's files into a folder of `folder.open_folder`."""
    from experiments.show.scorecard_figures import scorecard_figure
    from experiments.show.style import save

    write_whole(folder / "scorecard.json", to_json(card.record()))
    write_whole(folder / "scorecard.csv", as_csv(card))
    (folder / "figures").mkdir(exist_ok=True)
    save(scorecard_figure(card), folder / "figures" / "scorecard.png")
    manifest = {
        **provenance(KIND),
        "form": card.form,
        "seeds": {name: list(seeds) for name, seeds in card.seeds.items()},
        "assignments": card.assignments,
        "duration_seconds": round(card.seconds, 3),
    }
    write_whole(folder / "manifest.json", to_json(manifest))


def as_csv(card: Scorecard) -> str:
    """One line a part: row, what, figure, interval, band, verdict of part and row, source."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    head = ("id", "target", "what", "unit", "value", "low", "high", "n", "band_low", "band_high")
    table.writerow((*head, "verdict", "row_verdict", "given", "source"))
    for row in card.rows:
        for judged in row.parts:
            part, found = judged.part, judged.estimate
            table.writerow((
                row.target.id, row.target.what, part.what, part.unit, found.value, found.low,
                found.high, found.n, part.low, part.high, judged.verdict, row.verdict, part.given,
                row.target.source,
            ))  # fmt: skip
    return text.getvalue()
