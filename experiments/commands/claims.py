"""``ipolab claims``: the claims ledger, or some of its rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.commands.options import AsJson, FirstSeed, Out, Workers, switch, whole

EXAMPLE = "ipolab claims V3 I5 --plot"


def command(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]…", help="V1 … M7 [the whole ledger].")
    ] = None,
    replicates: Annotated[
        int | None, whole("--replicates", 2, "Seeds per condition [each claim's own number].")
    ] = None,
    seed: FirstSeed = 1,
    flip: Annotated[
        bool, switch("--flip", "Under the settings that make each claim fail.")
    ] = False,
    plot: Annotated[bool, switch("--plot", "Draw the claims as well.")] = False,
    fresh: Annotated[bool, switch("--fresh", "Test again what is there.")] = False,
    workers: Workers = None,
    out: Out = Path("results/claims"),
    as_json: AsJson = False,
) -> None:
    """Put the claims to the test: verdict, figure, interval, and what each verdict hangs on."""
    from experiments.evidence.claims import check_ids

    chosen = check_ids(ids or [])
    from experiments.evidence.claims.command import run_claims
    from experiments.evidence.claims.ledger import Asked

    asked = Asked(replicates, seed, flip, workers)
    raise typer.Exit(run_claims(chosen, out, asked, fresh=fresh, plot=plot, as_json=as_json))
