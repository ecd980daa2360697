"""Figures with bands: which are fitted, which only checked.

A band [a, b] has the centre z = (a + b) / 2 and, as one standard deviation of what is tolerated,
half its half width,

    σ = (b − a) / 4,

so that a figure known exactly is cut at three standard deviations where the scorecard stops calling
it near: outside the band widened by half (`experiments.evidence.targets.target`). The bands come
from there; ``targets.toml`` only says which are fitted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.evidence.calibration.parameters import BLOCKS, EVERYTHING
from experiments.evidence.stylised_facts import FACTS
from experiments.evidence.targets import market
from experiments.evidence.targets.sources import TARGETS
from experiments.evidence.targets.target import Part, Target
from sim.inputs import InputError, read_toml

FILE = BLOCKS / EVERYTHING / "targets.toml"
#: The row of identities holds whatever behaviour is.
IDENTITIES = "A17"


@dataclass(frozen=True)
class Goal:
    """A figure of a source, its band and its row of the scorecard; fitted or only checked."""

    row: str
    part: Part
    fitted: bool

    @property
    def source(self) -> str:
        """Name of the source whose runs give the figure."""
        return self.part.run

    @property
    def name(self) -> str:
        """Source and figure."""
        return f"{self.part.run}.{self.part.figure}"

    @property
    def centre(self) -> float:
        """Middle of the band."""
        return (self.part.low + self.part.high) / 2

    @property
    def tolerance(self) -> float:
        """One standard deviation of what is tolerated."""
        return (self.part.high - self.part.low) / 4


def targets_of(block: str) -> Path:
    """The file that says what a block is fitted to."""
    return BLOCKS / block / "targets.toml"


def load_goals(
    path: Path | str = FILE, targets: Sequence[Target] = TARGETS, facts: bool = True
) -> tuple[Goal, ...]:
    """All figures of the sources in a file that no input sets, stylised facts among them.

    Raises InputError for a fitted figure that no target has, that an input sets, or whose band
    has one end only.
    """
    file = Path(path)
    data = read_toml(file)
    wanted = {(source, figure) for source, own in data.items() for figure in _fitted(file, own)}
    parts = [
        (target.id, part)
        for target in targets
        for part in target.parts
        if not part.given and target.id != IDENTITIES
    ]
    if facts:
        parts += _facts()
    goals = tuple(
        Goal(row, part, (part.run, part.figure) in wanted)
        for row, part in parts
        if part.run in data
    )
    known = {(goal.source, goal.part.figure): goal for goal in goals}
    for source, figure in sorted(wanted):
        goal = known.get((source, figure))
        if goal is None:
            raise InputError(f"{file.name}: {source}: got {figure}, expected a figure of a target")
        if not math.isfinite(goal.centre):
            raise InputError(f"{file.name}: {goal.name}: one bound, expected a band with two ends")
    return goals


def load_days(path: Path | str = FILE) -> dict[str, int]:
    """Days of the shortened runs of each source with fitted figures.

    Raises InputError if one is missing or no number of days.
    """
    file = Path(path)
    found = {}
    for source, own in read_toml(file).items():
        if not _fitted(file, own):
            continue
        days = own.get("days")
        if not isinstance(days, int) or days < 1:
            raise InputError(f"{file.name}: {source}: days: got {days!r}, expected 1 and more")
        found[source] = days
    return found


def _fitted(file: Path, own: Any) -> Sequence[str]:
    if not isinstance(own, Mapping) or set(own) - {"days"} != {"fitted", "reason"}:
        raise InputError(f"{file.name}: got {own!r}, expected fitted and reason under each source")
    return list(own["fitted"])


def _facts() -> list[tuple[str, Part]]:
    return [
        ("A15", Part(market.RUN, key, fact.what, low, high, "number"))
        for fact in FACTS
        for key, (low, high) in fact.bands.items()
    ]
