"""``ipolab sweep``: a design of many runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.commands.options import (
    AsJson,
    Assignments,
    Workers,
    assigned,
    out_to,
    switch,
    whole,
)

EXAMPLE = "ipolab sweep passive-share --workers 2"


def command(
    design: Annotated[
        str | None, typer.Argument(help="Shipped design, or path to a TOML file.")
    ] = None,
    workers: Workers = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster", metavar="ADDRESS", help="Run on this Dask scheduler (tcp://host:8786)."
        ),
    ] = None,
    out: Annotated[Path | None, out_to("Folder to write [results/sweeps/<name>].")] = None,
    replicates: Annotated[
        int | None, whole("--replicates", 1, "Seeds per point [the design's own number].")
    ] = None,
    assignments: Assignments = None,
    fresh: Annotated[bool, switch("--fresh", "Start over.")] = False,
    reuse: Annotated[
        bool, switch("--reuse", "Keep runs of an earlier design that still belong.")
    ] = False,
    retry: Annotated[bool, switch("--retry", "Run again what failed.")] = False,
    yes: Annotated[bool, switch("--yes", "Allow more than 100,000 runs.")] = False,
    status: Annotated[
        Path | None, typer.Option("--status", metavar="DIR", help="How far a sweep is.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a design: thousands of runs that go on where they stopped."""
    if (design is None) == (status is None):
        raise typer.BadParameter("expected a design, or --status DIR")
    from experiments.sweeps.command import run_sweep, show_status

    if status is not None:
        raise typer.Exit(show_status(status, as_json))
    options = {"workers": workers, "cluster": cluster, "out": out, "replicates": replicates,
               "fresh": fresh, "reuse": reuse, "retry": retry, "yes": yes}  # fmt: skip
    changes = assigned(assignments)
    raise typer.Exit(run_sweep(str(design), as_json, changes=changes, **options))
