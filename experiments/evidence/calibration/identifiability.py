r"""What the fitted targets say about each parameter.

*Profile* (Raue et al. 2009): the least implausibility that the other parameters can reach with
this one fixed at v, as the least over many points x inside (or nearest to it) with x_j moved to v.
Where it exceeds the cut the value is ruled out. A parameter is identified ``from below`` if the
low end of its range is ruled out, ``from above`` if the high end is, on ``both sides`` or ``not``
at all. As the points are finitely many, a profile is an upper bound.

*Optical depth* (Vernon, Goldstein and Bower 2010): the share of points inside, of all those with
this parameter near v, other parameters spread evenly.

*Kept*: the middle 90 % of the values inside, and how much narrower that is than the middle 90 % of
the range, 1 − width / 0.9. Values inside are those of points found by steps as well as evenly
spread ones, so this describes and does not test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from experiments.evidence.calibration.region import CUT, Cut, Inside, worst_of

Array = NDArray[np.float64]
Sides = Literal["not", "from below", "from above", "both sides"]
GRID, BASES, BINS = 21, 150, 10
MIDDLE = 0.9


@dataclass(frozen=True)
class Profile:
    """A parameter's profile on an even grid of its range, optical depth by bin of it, and what is
    kept of it, all on the unit interval."""

    path: str
    grid: Array
    least: Array
    depth: Array
    kept: tuple[float, float]
    narrowed: float

    @property
    def sides(self) -> Sides:
        """Which ends of the range the targets rule out."""
        below, above = bool(self.least[0] > CUT), bool(self.least[-1] > CUT)
        if below and above:
            return "both sides"
        return "from below" if below else "from above" if above else "not"


def profiles(cuts: Sequence[Cut], inside: Inside, paths: Sequence[str]) -> list[Profile]:
    """Profiles of all parameters, from what is inside the cuts of all waves.

    If nothing is inside, the points nearest to it are moved, and nothing is kept.
    """
    bases = _bases(cuts, inside)
    grid = np.linspace(0.0, 1.0, GRID)
    found = []
    for place, path in enumerate(paths):
        moved = np.repeat(bases[None, :, :], GRID, axis=0)
        moved[:, :, place] = grid[:, None]
        worst = worst_of(cuts, moved.reshape(-1, bases.shape[1])).reshape(GRID, -1)
        own = inside.points[:, place]
        low, high = np.quantile(own, (0.05, 0.95)) if own.size else (np.nan, np.nan)
        found.append(Profile(
            path, grid, worst.min(axis=1), depth(inside, place),
            (float(low), float(high)), float(1 - (high - low) / MIDDLE),
        ))  # fmt: skip
    return found


def depth(inside: Inside, place: int, other: int | None = None) -> Array:
    """Share inside of the evenly spread candidates, by `BINS` bins of a parameter (BINS,), or of
    two (BINS, BINS)."""
    at = [_bin(inside.candidates[:, p]) for p in (place, other) if p is not None]
    shape = (BINS,) * len(at)
    every, kept = np.zeros(shape), np.zeros(shape)
    np.add.at(every, tuple(at), 1.0)
    np.add.at(kept, tuple(at), (inside.worst <= CUT).astype(float))
    return np.divide(kept, every, out=np.full(shape, np.nan), where=every > 0)


def least_by_pair(inside: Inside, place: int, other: int) -> Array:
    """Least implausibility of the evenly spread candidates by bins of two parameters."""
    found = np.full((BINS, BINS), np.inf)
    at = _bin(inside.candidates[:, place]), _bin(inside.candidates[:, other])
    np.minimum.at(found, at, inside.worst)
    return np.where(np.isfinite(found), found, np.nan)


def _bases(cuts: Sequence[Cut], inside: Inside) -> Array:
    """Points to move: evenly many of those inside, in the order of their implausibility, or the
    nearest candidates."""
    points = inside.points if len(inside.points) else inside.candidates
    order = np.argsort(worst_of(cuts, points), kind="stable")
    if not len(inside.points):
        return points[order[:BASES]]
    return points[order[np.unique(np.linspace(0, len(order) - 1, BASES).astype(int))]]


def _bin(values: Array) -> NDArray[np.int64]:
    return np.minimum((values * BINS).astype(np.int64), BINS - 1)
