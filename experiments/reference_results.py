"""The reference results that are kept with the project, and how to make them again.

    python -m experiments.reference_results list             # parts, their commands, what is kept
    python -m experiments.reference_results make             # all; hours, goes on where it stopped
    python -m experiments.reference_results make quick fan   # some parts
    python -m experiments.reference_results check            # the quick part against what is kept

A part runs its commands, as printed by ``list``, into a working folder and copies the small tables
and pictures it is to keep into ``results/reference``. The part *quick* is a handful of figures of
every room of the model that a test computes anew: where it disagrees, all other parts are out of
date, or the model has changed without anybody meaning it.
"""

from __future__ import annotations

import argparse
import json
import math
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.folder import write_whole
from experiments.formats import to_json
from experiments.manifest import provenance
from experiments.scenario import load_scenario
from experiments.simulate import run
from experiments.studies import STUDIES
from experiments.valuation import base_row
from sim.inputs import InputError
from sim.valuation.company import load_company

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "results" / "reference"
WORK = ROOT / "results" / "reference-work"
QUICK = "quick.json"
#: Two runs of the same code and libraries agree to the byte; other processors round differently.
AGREEMENT = 1e-6


class PartFailed(RuntimeError):
    """A command of a part failed, or has not left what was to be kept."""


@dataclass(frozen=True)
class Part:
    """Commands with ``{out}`` for their folder, and what to keep of it: path there -> name."""

    name: str
    commands: tuple[str, ...]
    keep: Mapping[str, str]


PYTHON = "python -m experiments"
PARTS = (
    Part("fan", (f"{PYTHON}.studies.predictive_fan spacex --seeds 100 --out {{out}}",),
         {"table.csv": "fan.csv"}),
    Part("fan-width", (f"{PYTHON}.studies.fan_width spacex --seeds 60 --out {{out}}",),
         {"table.csv": "fan-width.csv", "figures/fan_width.png": "fan-width.png"}),
    *(
        Part(name, (f"{PYTHON}.cli experiment {name} --out {{out}}",),
             {"table.csv": f"experiment-{name}.csv"})
        for name in STUDIES
    ),
    Part("switches", (f"{PYTHON}.evidence.targets.mechanisms 4 --out {{out}}",
                      "python docs/stylised_facts.py {out}"), {"table.csv": "switches.csv"}),
    Part("scorecard", (f"{PYTHON}.cli validate --full --out {{out}}",),
         {"scorecard.json": "scorecard.json", "figures/scorecard.png": "scorecard.png"}),
    Part("sensitivity",
         (f"{PYTHON}.cli sweep sensitivity --out {{out}}-morris",
          f"{PYTHON}.cli sweep sensitivity-sobol --out {{out}}",
          "python docs/sensitivity.py {out}-morris {out}"), {}),
    Part("calibration",
         (f"{PYTHON}.evidence.calibration 2 50 {{out}} --finalists 3 --final-seeds 4",),
         {"calibrated.toml": "calibrated.toml",
          "figures/profiles.png": "calibration-profiles.png"}),
    Part("calibration-new-issues",
         (f"{PYTHON}.evidence.calibration 2 36 {{out}} --block new-issues --finalists 3 "
          "--final-seeds 6",),
         {"calibrated.toml": "calibrated-new-issues.toml",
          "figures/profiles.png": "calibration-new-issues-profiles.png"}),
    Part("claims",
         (f"{PYTHON}.cli claims --out {{out}}", f"{PYTHON}.cli claims --flip --out {{out}}",
          "python docs/claims.py {out}"), {}),
)  # fmt: skip


def quick() -> dict[str, float | None]:
    """A few figures of every room: valuation, offering, market, indices, new issues.

    None for one that a run does not reach.
    """
    figures: dict[str, float | None] = {}
    for name in ("spacex-april", "spacex"):
        figures[f"value.{name}"] = base_row(load_company(name))["value_per_share"]
    debut = run(load_scenario("spacex", {"days": 40}), seed=1)
    for key in ("offer_price", "oversubscription", "first_day_return", "annual_volatility"):
        figures[f"spacex.{key}"] = debut.summary[key]
    for entry in debut.summary["inclusions"]:
        figures[f"spacex.{entry['index']}.demand_usd"] = entry["demand_usd"]
    world = run(load_scenario("index-world", {"days": 60}), seed=1)
    last = world.indices.groupby("index")["level"].last()
    figures |= {f"index-world.{name}": float(level) for name, level in last.items()}
    issues = run(load_scenario("ipo-panel", {"days": 100}), seed=1).summary["ipos"]
    for key in ("offerings filed", "first-day return: mean", "volume of two days over the deal"):
        figures[f"ipo-panel.{key}"] = issues[key]
    return figures


def disagreements(found: Mapping[str, float | None], kept: Mapping[str, float | None]) -> list[str]:
    """One line for every figure that is missing, new, or differs by more than `AGREEMENT`."""
    lines = [f"{name}: kept, not computed any more" for name in kept if name not in found]
    lines += [f"{name}: computed, not kept" for name in found if name not in kept]
    for name in kept:
        if name in found and not _agree(found[name], kept[name]):
            lines.append(f"{name}: {_said(found[name])}, kept {_said(kept[name])}")
    return lines


def _agree(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=AGREEMENT)


def _said(figure: float | None) -> str:
    return "nothing" if figure is None else f"{figure:.9g}"


def read_quick() -> dict[str, float | None]:
    """Figures kept of the quick part; raises InputError if there are none."""
    path = KEPT / QUICK
    if not path.is_file():
        raise InputError(f"{path.name}: not found, expected it in results/reference (make quick)")
    kept: dict[str, float | None] = json.loads(path.read_text(encoding="utf-8"))["figures"]
    return kept


def make(names: Sequence[str], say: Callable[[str], None] = print) -> None:
    """Make parts, the quick one last, as whoever keeps parts keeps what they were made with.

    Raises InputError for an unknown part, PartFailed where a command fails.
    """
    known = {part.name: part for part in PARTS}
    unknown = [name for name in names if name != "quick" and name not in known]
    if unknown:
        raise InputError(f"part: got {unknown[0]!r}, expected one of {', '.join(known)}, quick")
    KEPT.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        if not names or part.name in names:
            say(part.name)
            _make(part, say)
    if not names or "quick" in names:
        say("quick")
        record = {**provenance("reference"), "figures": quick()}
        write_whole(KEPT / QUICK, to_json(record))


def _make(part: Part, say: Callable[[str], None]) -> None:
    out = WORK / part.name
    out.parent.mkdir(parents=True, exist_ok=True)
    for command in part.commands:
        line = command.format(out=shlex.quote(str(out)))
        say(f"  {command.format(out=out.relative_to(ROOT))}")
        words = shlex.split(line)
        if subprocess.run([sys.executable, *words[1:]], cwd=ROOT).returncode != 0:
            raise PartFailed(f"{part.name}: a command failed; the same command goes on")
    for there, name in part.keep.items():
        if not (out / there).is_file():
            raise PartFailed(f"{part.name}: its commands have left no {there}")
        shutil.copyfile(out / there, KEPT / name)


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.reference_results", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("what", choices=("list", "make", "check"))
    parser.add_argument("part", nargs="*", help="parts to make (all)")
    options = parser.parse_args(arguments)
    try:
        if options.what == "list":
            for part in PARTS:
                print(part.name, *(f"  {line}" for line in part.commands), sep="\n")
                print(f"  keeps {', '.join(part.keep.values()) or 'what the last command writes'}")
            return 0
        if options.what == "make":
            make(options.part)
            return 0
        lines = disagreements(quick(), read_quick())
        print("\n".join(lines) if lines else "the quick part agrees")
        return 1 if lines else 0
    except InputError as error:
        print(f"reference_results: {error}", file=sys.stderr)
        return 2
    except PartFailed as error:
        print(f"reference_results: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the same command goes on", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
