"""What ``ipolab sweep`` does and says; exit codes 0 all runs are there, 1 some failed, 130 stopped.

Bad input is raised and ends with 2.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from experiments.console import print_json, run_progress
from experiments.sweeps.design import Design
from experiments.sweeps.engine import sweep
from experiments.sweeps.folder import status
from experiments.sweeps.resume import SweepOutcome


def run_sweep(design: str | Design, as_json: bool, **options: Any) -> int:
    """Run it and print what there is now; returns the exit code."""
    name = Path(design).stem if isinstance(design, str) else "design"
    try:
        with run_progress(f"sweep {name}") as advance:
            found = sweep(design, progress=advance, **options)
    except KeyboardInterrupt:
        _say("interrupted; what was finished is kept, and the same command goes on from there")
        return 130
    if as_json:
        print_json({**vars(found), "seconds": round(found.seconds, 3)})
    else:
        print(_told(found))
    if found.mixed:
        _say("these runs come from different versions of code or libraries (manifest.json)")
    if found.failed:
        table = found.out / "errors.parquet"
        _say(f"{found.failed:,} of {found.runs:,} runs failed, see {table} (--retry tries again)")
        return 1
    return 0


def show_status(folder: Path, as_json: bool) -> int:
    """Print how far a sweep is; returns the exit code."""
    found = status(folder)
    if as_json:
        print_json(vars(found))
    else:
        print(found)
    return 0


def _told(found: SweepOutcome) -> str:
    new = found.done - found.kept
    return (
        f"{found.done:,} runs at {found.points:,} points in {found.out} "
        f"({new:,} new, {found.seconds:.0f} s)"
    )


def _say(message: str) -> None:
    print(f"ipolab: {message}", file=sys.stderr)
