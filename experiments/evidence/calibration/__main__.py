"""Command line of the calibration; the same command goes on where it stopped.

python -m experiments.evidence.calibration WAVES POINTS OUT
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from experiments.evidence.calibration.calibrate import Asked, calibrate
from experiments.evidence.calibration.goals import load_days, load_goals, targets_of
from experiments.evidence.calibration.parameters import (
    EVERYTHING,
    blocks,
    load_space,
    parameters_of,
)
from experiments.evidence.calibration.record import FILE, as_text, write_calibrated
from experiments.evidence.calibration.runs import full_sources, short_sources
from sim.inputs import InputError

#: Seconds between two lines of progress.
OFTEN = 15.0


class Teller:
    """Prints how far a stage is, now and then."""

    def __init__(self) -> None:
        self._stage, self._last = "", 0.0
        self._started, self._first = 0.0, 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """A run of the stage has finished."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._started, self._first, self._last = stage, now, done, 0.0
        if now - self._last < OFTEN and done < total:
            return
        self._last = now
        pace = (now - self._started) / max(done - self._first, 1)
        left = f", {pace * (total - done) / 60:.0f} min left" if done > self._first else ""
        print(f"{stage}: {done} of {total} runs{left}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Calibrate and write ``calibrated.toml``."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.evidence.calibration",
        description=(__doc__ or "").split("\n")[0],
    )
    parser.add_argument(
        "waves", type=int, help="waves of history matching; more may be asked later"
    )
    parser.add_argument("points", type=int, help="points a wave")
    parser.add_argument("out", type=Path, help="folder, new or of the same calibration")
    parser.add_argument("--seeds", type=int, default=2, help="seeds a point of a wave (2)")
    parser.add_argument("--finalists", type=int, default=5, help="run at full length (5)")
    parser.add_argument("--final-seeds", type=int, default=8, help="their seeds (8)")
    parser.add_argument("--seed", type=int, default=1, help="of the draws (1)")
    parser.add_argument("--workers", type=int, default=None, help="processes (all cores)")
    parser.add_argument("--block", choices=blocks(), default=EVERYTHING,
                        help="parameters and targets of this folder of blocks/ (all)")  # fmt: skip
    parser.add_argument("--short-finals", action="store_true",
                        help="finalists at the length of the waves, for a first look")  # fmt: skip
    options = parser.parse_args(arguments)
    asked = Asked(options.waves, options.points, options.seeds, options.finalists,
                  options.final_seeds, options.seed)  # fmt: skip
    try:
        goals = load_goals(targets_of(options.block))
        short = short_sources(goals, load_days(targets_of(options.block)))
        space = load_space(parameters_of(options.block))
        done = calibrate(
            asked, options.out, space, goals, short,
            short if options.short_finals else full_sources(goals), workers=options.workers,
            say=lambda line: print(line, flush=True), progress=Teller(),
        )  # fmt: skip
    except InputError as error:
        print(f"calibration: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the same command goes on", file=sys.stderr)
        return 130
    write_calibrated(done, options.out / FILE, _command(options))
    print(as_text(done))
    print(f"{options.out / FILE}")
    return 0


def _command(options: argparse.Namespace) -> str:
    short = " --short-finals" if options.short_finals else ""
    block = "" if options.block == EVERYTHING else f" --block {options.block}"
    return (
        f"python -m experiments.evidence.calibration {options.waves} {options.points} OUT "
        f"--seeds {options.seeds} --finalists {options.finalists} "
        f"--final-seeds {options.final_seeds} --seed {options.seed}{block}{short}"
    )


if __name__ == "__main__":
    sys.exit(main())
