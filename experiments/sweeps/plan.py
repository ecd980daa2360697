"""What a sweep will run: every point with every seed, each run under a key of its own.

The key of a run is the SHA-256 of the canonical JSON of its scenario (with all settings resolved),
its seed and the version of the row format. Two runs with one key are the same run: it is done once,
and a later design that contains it need not do it again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.formats import plain
from experiments.scenario import Scenario, load_scenario
from experiments.sweeps.assign import assign
from experiments.sweeps.design import Design
from experiments.sweeps.points import Points, points_of
from sim.inputs import InputError

ROW_FORMAT = 1
#: Settings that hold dates which must be trading days, or say which days are.
_DATED = {"dates", "reports", "exchange"}
#: What a design says that its runs do not depend on, or that the scenario's digest covers.
_NO_MATTER = ("description", "time_limit", "scenario", "set", "base")
KEY = "S32"


@dataclass(frozen=True)
class Plan:
    """A design, resolved and checked.

    Attributes
    ----------
    design : Design
    base : Scenario
        The scenario with what the design sets at every point.
    points : Points
    keys : array of bytes, shape (runs,)
        32 hexadecimal digits each; runs are sorted by point, then seed.
    point, seed : int arrays, shape (runs,)
    """

    design: Design
    base: Scenario
    points: Points
    keys: NDArray[Any]
    point: NDArray[np.int64]
    seed: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.keys.size)


def base_of(design: Design, source: str) -> Scenario:
    """The scenario with what is set at every point. Raises InputError."""
    try:
        return load_scenario(design.scenario, design.fixed)
    except InputError as error:
        raise InputError(f"{source}: {error}") from None


def make_plan(design: Design, source: str, yes: bool = False) -> Plan:
    """Enumerate, resolve and check all runs; nothing is run or written.

    Raises InputError with one line that names the design, the point and what is wrong.
    """
    base = base_of(design, source)
    points = points_of(design, source, yes)
    digests = [scenario_digest(resolve(base, points, n, source)) for n in range(len(points))]
    _check_dates(design, points, source)
    count = design.replicates
    keys = np.empty(len(points) * count, dtype=KEY)
    seed = np.empty(keys.size, dtype=np.int64)
    for number, digest in enumerate(digests):
        first = number * count
        seed[first : first + count] = seeds = _seeds(design, digest)
        keys[first : first + count] = [run_key(digest, int(s)) for s in seeds]
    point = np.repeat(np.arange(len(points), dtype=np.int64), count)
    return Plan(design, base, points, keys, point, seed)


def resolve(base: Scenario, points: Points, number: int, source: str) -> Scenario:
    """The scenario at a point."""
    changes = points.assignments(number)
    try:
        return assign(base, changes, source)
    except InputError as error:
        values = ", ".join(f"{path}={value!r}" for path, value in changes.items())
        raise InputError(f"{error} (point {number}: {values[:200]})") from None


def _check_dates(design: Design, points: Points, source: str) -> None:
    """Where dates vary they must be trading days; the calendar is asked once a combination."""
    dated = [n for n, path in enumerate(points.paths) if _DATED & set(path.split("."))]
    if not dated:
        return
    first: dict[str, int] = {}
    for number, values in enumerate(points.values):
        first.setdefault(repr([values[n] for n in dated]), number)
    for number in first.values():
        try:
            load_scenario(design.scenario, {**design.fixed, **points.assignments(number)})
        except InputError as error:
            raise InputError(f"{source}: {error} (point {number})") from None


def _seeds(design: Design, digest: str) -> NDArray[np.int64]:
    count = design.replicates
    if design.common_random_numbers:
        return design.first_seed + np.arange(count, dtype=np.int64)
    # a hash, so that neither more points nor more replicates change the seeds of the others
    texts = (f"{design.first_seed}:{digest}:{n}" for n in range(count))
    return np.array([int(_sha(text)[:12], 16) for text in texts], dtype=np.int64)


def scenario_digest(scenario: Scenario) -> str:
    """SHA-256 of everything about a scenario that its runs depend on."""
    content: dict[str, Any] = scenario.model_dump(mode="json", exclude={"description"})
    file = scenario.universe.file
    if file and Path(file).is_file():
        content["universe"]["file"] = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    return _sha(json.dumps(content, sort_keys=True, separators=(",", ":")))


def run_key(digest: str, seed: int) -> str:
    """Key of a run: 32 hexadecimal digits."""
    return _sha(f"{digest}:{seed}:{ROW_FORMAT}")[:32]


def resolved(design: Design, base: Scenario) -> dict[str, Any]:
    """What ``design.json`` holds: the design and the scenario that its points start from.

    Raises InputError if its file of points cannot be read.
    """
    content: dict[str, Any] = plain(design.model_dump(by_alias=True))
    content["scenario_digest"] = scenario_digest(base)
    content["base"] = plain(base.model_dump(mode="json"))
    if design.sample is not None and design.sample.points_file is not None:
        file = design.sample.points_file
        try:
            text = Path(file).read_bytes()
        except OSError as error:
            reason = f"cannot be read ({error.strerror})"
            raise InputError(f"{file}: {reason}, expected a CSV file of points") from None
        content["sample"]["points_digest"] = hashlib.sha256(text).hexdigest()
    return content


def matters(content: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a resolved design that decides which runs it has and what is kept of them."""
    kept = {key: value for key, value in content.items() if key not in _NO_MATTER}
    if kept.get("sample"):
        kept["sample"] = {k: v for k, v in kept["sample"].items() if k != "points_file"}
    return kept


def design_digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of what matters in a resolved design."""
    return _sha(json.dumps(matters(content), sort_keys=True, separators=(",", ":")))


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What differs between two resolved designs, as ``path: old → new``."""
    before, after = _leaves(matters(old), 2), _leaves(matters(new), 2)
    if before.pop("scenario_digest", None) != after.pop("scenario_digest", None):
        before |= {f"scenario.{k}": v for k, v in _leaves(old["base"]).items()}
        after |= {f"scenario.{k}": v for k, v in _leaves(new["base"]).items()}
    paths = sorted(dict.fromkeys([*before, *after]), key=lambda path: "." in path)
    return [
        f"{path}: {before.get(path, 'absent')} → {after.get(path, 'absent')}"
        for path in paths
        if before.get(path) != after.get(path)
    ]


def _leaves(content: Any, depth: int = 100, prefix: str = "") -> dict[str, str]:
    if isinstance(content, Mapping) and content and depth > 0:
        found: dict[str, str] = {}
        for key, value in content.items():
            found |= _leaves(value, depth - 1, f"{prefix}.{key}" if prefix else str(key))
        return found
    text = json.dumps(content)
    return {prefix: text if len(text) <= 80 else f"{text[:77]}..."}


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
