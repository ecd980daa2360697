"""What ``ipolab claims`` does and says; bad input is raised, an interrupt ends with 130."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from experiments.console import print_json, print_rich, progress
from experiments.evidence.claims.ledger import Asked, ledger
from experiments.studies.replicate import Progress


def run_claims(
    ids: list[str], out: Path, asked: Asked, *, fresh: bool, plot: bool, as_json: bool
) -> int:
    """Test claims and print their rows; returns the exit code."""
    try:
        rows = ledger(ids, out, asked, fresh=fresh, plot=plot, say=_say, watch=_watch)
    except KeyboardInterrupt:
        _say(f"interrupted; finished claims are kept in {out}/")
        return 130
    if as_json:
        print_json({"out": str(out), "rows": rows})
    else:
        from experiments.show.claims_figures import claims_table

        print_rich(claims_table(rows, out, plot))
    return 0


def _watch(what: str) -> AbstractContextManager[Progress | None]:
    if not sys.stderr.isatty():  # no bar: say at least what takes so long
        _say(f"{what} …")
    return progress(what)


def _say(message: Any) -> None:
    print(f"ipolab: claims: {message}", file=sys.stderr, flush=True)
