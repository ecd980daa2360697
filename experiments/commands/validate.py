"""``ipolab validate``: the model against what is reported of markets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from experiments.commands.options import (
    AsJson,
    Assignments,
    FirstSeed,
    Out,
    Workers,
    assigned,
    switch,
)
from experiments.console import print_json, print_rich, progress

EXAMPLE = "ipolab validate --full --out results/validation"


def command(
    full: Annotated[
        bool, switch("--full", "Thirty seeds a source instead of a few; can go on.")
    ] = False,
    seed: FirstSeed = 1,
    workers: Workers = None,
    assignments: Assignments = None,
    out: Out = Path("results/validation"),
    as_json: AsJson = False,
) -> None:
    """Score the model against what is reported of markets: seventeen targets and their bands."""
    from experiments.evidence.targets.scorecard import validate

    try:
        with progress("validate") as advance:
            card = validate(out, full, seed, assigned(assignments), workers, progress=advance)
    except KeyboardInterrupt:
        print(f"ipolab: interrupted; finished runs are kept in {out}/runs/", file=sys.stderr)
        raise typer.Exit(130) from None
    if as_json:
        print_json({"out": str(out), **card.record()})
    else:
        from experiments.show.scorecard_figures import scorecard_table

        print_rich(scorecard_table(card, out))
