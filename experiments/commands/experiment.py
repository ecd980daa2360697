"""``ipolab experiment``: a named study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.commands.options import (
    AsJson,
    Assignments,
    FirstSeed,
    Workers,
    assigned,
    out_to,
    whole,
)
from experiments.console import print_json, print_rich, progress
from experiments.studies import STUDIES

EXAMPLE = "ipolab experiment mechanisms --replicates 12"


def command(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(STUDIES)}.")],
    replicates: Annotated[
        int | None, whole("--replicates", 2, "Seeds per condition [the study's own number].")
    ] = None,
    seed: FirstSeed = 1,
    workers: Workers = None,
    assignments: Assignments = None,
    out: Annotated[Path | None, out_to("Folder to write [results/experiments/<name>].")] = None,
    as_json: AsJson = False,
) -> None:
    """Run a named study: conditions side by side, with intervals, a reading and a verdict."""
    from experiments.studies import load_study

    study = load_study(name)
    changes = assigned(assignments)
    folder = out if out is not None else Path("results") / "experiments" / name
    from experiments.folder import check_folder

    check_folder(folder, "experiment")
    from experiments.studies.conduct import conduct
    from experiments.studies.report import report_table, write_report

    with progress(f"experiment {name}") as advance:
        report = conduct(study, replicates, seed, changes, workers, progress=advance)
    write_report(report, folder)
    if as_json:
        print_json({"out": str(folder), **report.summary()})
    else:
        print_rich(report_table(report, folder))
