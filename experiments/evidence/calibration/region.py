r"""What is not implausible: the cut, and points inside.

With E f_i(x) and V_i(x) the prediction of figure i and its variance, z_i the target and σ_i its
tolerance (`goals`), and s_i² / n the variance of a mean over n seeds,

    I_i(x) = |E f_i(x) − z_i| / √(V_i(x) + s_i²/n + σ_i²),

and x is implausible if the largest of the I_i exceeds 3 (Pukelsheim 1994: of any distribution with
one peak less than 5 % lies beyond). If nothing is left, the largest, then the two largest, ... of
the I_i are left out until something is (Vernon, Goldstein and Bower 2010); how many is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from experiments.evidence.calibration.emulator import Emulator

Array = NDArray[np.float64]
CUT = 3.0
CANDIDATES, WANTED, ROUNDS = 8192, 1000, 20
#: Steps around points inside, in their standard deviations, and the least step.
STEP, LEAST = 0.5, 0.02


@dataclass(frozen=True)
class Cut:
    """One wave's emulators, targets (goals,), variances of seeds and tolerance (goals,), and how
    many of the largest implausibilities do not count."""

    emulators: Sequence[Emulator]
    centre: Array
    variance: Array
    left_out: int = 0

    def implausibility(self, x: Array) -> Array:
        """Implausibility of each figure, (points, goals)."""
        found = np.empty((len(x), len(self.emulators)))
        for place, emulator in enumerate(self.emulators):
            mean, variance = emulator.predict(x)
            distance = np.abs(mean - self.centre[place])
            found[:, place] = distance / np.sqrt(variance + self.variance[place])
        return found

    def worst(self, x: Array) -> Array:
        """The implausibility that counts, (points,)."""
        return largest(self.implausibility(x), self.left_out)


@dataclass(frozen=True)
class Inside:
    """Points inside all cuts (points, parameters), candidates spread evenly over the unit cube
    (candidates, parameters) with their implausibility (candidates,), and the share inside."""

    points: Array
    candidates: Array
    worst: Array

    @property
    def share(self) -> float:
        """Part of the unit cube that is inside."""
        return float((self.worst <= CUT).mean())


def largest(implausibility: Array, left_out: int) -> Array:
    """Largest of each row (points, goals) after so many others."""
    return np.asarray(np.sort(implausibility, axis=1)[:, -1 - left_out])


def worst_of(cuts: Sequence[Cut], x: Array) -> Array:
    """Largest implausibility over the cuts of all waves, (points,)."""
    return np.asarray(np.max([cut.worst(x) for cut in cuts], axis=0))


def find_inside(
    cuts: Sequence[Cut], parameters: int, before: Array, rng: np.random.Generator
) -> tuple[list[Cut], Inside]:
    """Points inside, and the cuts with the least to leave out in the last so that there are some.

    Parameters
    ----------
    cuts : of all waves, in order
    parameters : dimension of the unit cube
    before : points inside the cuts before the last (points, parameters)
    rng : generator
    """
    even = qmc.LatinHypercube(parameters, rng=rng).random(CANDIDATES)
    both = np.concatenate((even, before))
    *earlier, last = cuts
    past = worst_of(earlier, both) if earlier else np.zeros(len(both))
    now = last.implausibility(both)
    for left_out in range(now.shape[1]):
        worst = np.maximum(past, largest(now, left_out))
        if (worst <= CUT).any():
            break
    kept = [*earlier, Cut(last.emulators, last.centre, last.variance, left_out)]
    inside = both[worst <= CUT]
    return kept, Inside(_filled(kept, inside, rng), even, worst[: len(even)])


def _filled(cuts: Sequence[Cut], inside: Array, rng: np.random.Generator) -> Array:
    """At least `WANTED` points inside if steps around those there are find them."""
    for _ in range(ROUNDS):
        if not 0 < len(inside) < WANTED:
            break
        step = np.maximum(STEP * inside.std(axis=0), LEAST)
        parents = inside[rng.integers(len(inside), size=WANTED)]
        moved = parents + step * rng.standard_normal(parents.shape)
        moved = np.abs(moved)  # reflected at both ends
        moved = np.clip(np.where(moved > 1, 2 - moved, moved), 0.0, 1.0)
        inside = np.concatenate((inside, moved[worst_of(cuts, moved) <= CUT]))
    return inside


def spread_out(points: Array, taken: Array, count: int) -> Array:
    """So many of the points (points, parameters), each farthest from those taken before it."""
    if len(points) <= count:
        return points
    distance = np.full(len(points), np.inf)
    for other in taken:
        distance = np.minimum(distance, ((points - other) ** 2).sum(axis=1))
    chosen = []
    for _ in range(count):
        place = int(np.argmax(distance))
        chosen.append(place)
        distance = np.minimum(distance, ((points - points[place]) ** 2).sum(axis=1))
    return points[chosen]
