"""``calibrated.toml``: the calibrated values, where they come from, and what they fit.

    [provenance]      command, versions, commit, code, numbers of waves, points, seeds, runs, time
    [values]          dotted path = value, as ``--set`` and `load_scenario` take them
    [[parameters]]    value, shipped value, range, what is kept of it, whether it is identified
    [[targets]]       every figure: fitted or checked, band, value with interval, verdict

>>> values = read_calibrated("results/calibration/calibrated.toml")
>>> scenario = load_scenario("spacex")
>>> scenario = override(scenario, applying(values, scenario), "calibrated.toml")
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.evidence.calibration.calibrate import Calibration, code
from experiments.evidence.calibration.parameters import rounded
from experiments.folder import write_whole
from experiments.formats import to_toml, toml_key
from experiments.manifest import provenance
from experiments.studies.intervals import mean_interval
from sim.inputs import InputError, read_toml

FILE = "calibrated.toml"


def write_calibrated(done: Calibration, path: Path, command: str) -> None:
    """Write the file; `command` makes it again."""
    head = (
        "# Calibrated behaviour. Written by the command below, not by hand: one set of values for\n"
        "# all scenarios, fitted to the targets marked so and checked on the others.\n\n"
    )
    parts = [head, "[provenance]\n", _lines(origin(done, command)), "\n[values]\n"]
    parts.append(_lines(done.best))
    for name, rows in (("parameters", parameters(done)), ("targets", targets(done))):
        parts += [f"\n[[{name}]]\n{_lines(row)}" for row in rows]
    write_whole(path, "".join(parts))


def read_calibrated(path: Path | str) -> dict[str, float]:
    """The values of a file of `write_calibrated`, by dotted path.

    Raises InputError if it is none.
    """
    found = read_toml(Path(path)).get("values")
    if not isinstance(found, Mapping) or not all(
        isinstance(v, float | int) for v in found.values()
    ):
        raise InputError(f"{path}: values: got {found!r}, expected numbers by dotted path")
    return {str(name): float(value) for name, value in found.items()}


def origin(done: Calibration, command: str) -> dict[str, Any]:
    """Where the values come from."""
    made, steps, asked = provenance("calibration"), done.history.steps, done.asked
    own = done.ranked.distances[done.ranked.best]
    sources = {goal.source for goal in done.goals if goal.fitted}
    return {
        "command": command,
        "written_at": made["written_at"],
        "git_commit": made["git_commit"] or "none",
        "code": code(),
        "versions": made["versions"],
        "waves": len(steps),
        "points_a_wave": [len(step.wave.points) for step in steps],
        "seeds_a_point": asked.seeds,
        "finalists": len(done.finals.points),
        "final_seeds": asked.final_seeds,
        "seed": asked.seed,
        "sources_fitted": sorted(sources),
        "failed_runs": sum(s.wave.failed for s in steps) + done.finals.failed,
        "seconds_of_runs": round(sum(s.wave.seconds for s in steps) + done.finals.seconds, 1),
        "share_inside": [step.inside.share for step in steps],
        "figures_left_out": [step.left_out for step in steps],
        "distance": own.value,
        "distance_interval": [own.low, own.high],
        "distance_shipped": done.ranked.distances[0].value,
        "best_in": float(done.ranked.best_in[done.ranked.best]),
        "is_shipped": done.ranked.best == 0,
    }


def parameters(done: Calibration) -> list[dict[str, Any]]:
    """One row a parameter."""
    chosen, rows = done.best, []
    for profile in done.profiles:
        own = done.space.ranges[profile.path]
        low, high = profile.kept
        inside = math.isfinite(low)
        rows.append({
            "path": profile.path,
            "value": chosen[profile.path],
            "shipped": done.space.defaults[profile.path],
            "from": own.low,
            "to": own.high,
            "scale": own.scale,
            "source": own.source,
            "kept": [rounded(own.at(end)) for end in (low, high)] if inside else [],
            "narrowed": profile.narrowed,
            "identified": profile.sides,
        })  # fmt: skip
    return rows


def targets(done: Calibration) -> list[dict[str, Any]]:
    """One row a figure of the final runs, fitted ones first: value over their seeds, and that of
    the shipped point."""
    rows = []
    for place, goal in enumerate(done.goals):
        if goal.source not in done.final_sources:
            continue
        own = done.finals.figures[done.ranked.best, :, place]
        found, before = mean_interval(own), mean_interval(done.finals.figures[0, :, place])
        rows.append({
            "row": goal.row,
            "figure": goal.name,
            "what": goal.part.what,
            "use": "fitted" if goal.fitted else "checked",
            "band": [goal.part.low, goal.part.high],
            "value": found.value,
            "interval": [found.low, found.high],
            "verdict": goal.part.judge(own),
            "shipped": before.value,
            "shipped_verdict": goal.part.judge(done.finals.figures[0, :, place]),
        })  # fmt: skip
    return sorted(rows, key=lambda row: row["use"] != "fitted")


def as_text(done: Calibration) -> str:
    """The targets as a table: row, figure, use, band, value, verdict, shipped value and verdict."""
    lines = [f"{'row':4} {'figure':28} {'use':8} {'band':>16} {'value':>8} {'':5} {'shipped':>8}"]
    for row in targets(done):
        band = "{:.3g} … {:.3g}".format(*row["band"])
        lines.append(
            f"{row['row']:4} {row['figure']:28} {row['use']:8} {band:>16} {row['value']:8.3g} "
            f"{row['verdict']:5} {row['shipped']:8.3g} {row['shipped_verdict']}"
        )
    return "\n".join(lines)


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{toml_key(key)} = {to_toml(value)}\n" for key, value in table.items())
