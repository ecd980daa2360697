"""``ipolab report``: a page about a results folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.commands.options import AsJson, out_to, switch
from experiments.console import print_json

EXAMPLE = "ipolab report results/spacex"


def command(
    results: Annotated[Path, typer.Argument(help="Folder written by run, value, sweep, …")],
    sensitivity: Annotated[
        bool, switch("--sensitivity", "Sobol or Morris indices, of a sweep for them.")
    ] = False,
    out: Annotated[Path | None, out_to("File to write [report.html in the folder].")] = None,
    as_json: AsJson = False,
) -> None:
    """Write one self-contained HTML page about a results folder."""
    from experiments.show.report import write_report

    path = write_report(results, out, sensitivity)
    if as_json:
        print_json({"out": str(path), "bytes": path.stat().st_size})
    else:
        print(f"Report in {path}")
