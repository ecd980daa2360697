"""From wave to wave: run, emulate, cut, and run again inside what is left.

The first wave is a Latin hypercube with the shipped point among it. Every later wave spreads its
points over the region that no earlier wave has cut. Emulators of a wave are fitted to the points of
all waves so far; their cuts add up. Everything but the runs is computed again in some seconds a
figure, so the runs are all that has to be kept to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from experiments.evidence.calibration.emulator import Emulator, fit
from experiments.evidence.calibration.goals import Goal
from experiments.evidence.calibration.region import CUT, Cut, Inside, find_inside, spread_out
from experiments.evidence.calibration.runs import Wave
from sim.inputs import InputError
from sim.streams import Streams

Array = NDArray[np.float64]
#: Runs a wave: its number (from 1) and its points (points, parameters).
RunWave = Callable[[int, Array], Wave]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """What a wave has found: its runs, its emulators, and what is inside after it."""

    wave: Wave
    emulators: tuple[Emulator, ...]
    inside: Inside
    left_out: int


@dataclass(frozen=True)
class History:
    """All waves, with the cuts of all, and the fitted goals in the order of the figures' last axis.

    ``shipped`` is the shipped point (parameters,) on the unit cube.
    """

    goals: tuple[Goal, ...]
    steps: tuple[Step, ...]
    cuts: tuple[Cut, ...]
    shipped: Array

    @property
    def points(self) -> Array:
        """Points of all waves (points, parameters)."""
        return np.concatenate([step.wave.points for step in self.steps])

    @property
    def figures(self) -> Array:
        """Figures of all waves (points, seeds, goals)."""
        return np.concatenate([step.wave.figures for step in self.steps])


def match(
    run: RunWave,
    goals: Sequence[Goal],
    shipped: Array,
    waves: int,
    points: int,
    seed: int = 1,
    say: Say | None = None,
) -> History:
    """Match by so many waves of so many points.

    Parameters
    ----------
    run : runs the points of a wave
    goals : the fitted ones, in the order of the last axis of a wave's figures
    shipped : the shipped point (parameters,) on the unit cube
    waves, points : their numbers
    seed : of all draws
    say : called with a line after each wave

    Returns
    -------
    History; with fewer waves if nothing is left after one

    Raises
    ------
    InputError
        If a figure is missing at so many points that it cannot be emulated.
    """
    d = shipped.size
    check_size(waves, points, d)
    steps: list[Step] = []
    cuts: list[Cut] = []
    inside = np.zeros((0, d))
    for number in range(1, waves + 1):
        draws = Streams(seed)(f"calibration.wave.{number}")
        if number == 1:
            drawn = qmc.LatinHypercube(d, rng=draws).random(points - 1)
            chosen = np.concatenate((shipped[None, :], drawn))
        else:
            taken = np.concatenate([step.wave.points for step in steps])
            chosen = spread_out(inside, taken, points)
        wave = run(number, chosen)
        done = [*(step.wave for step in steps), wave]
        emulators, variance = emulate(done, goals)
        last = Cut(emulators, np.array([goal.centre for goal in goals]), variance)
        cuts, found = find_inside([*cuts, last], d, inside, draws)
        steps.append(Step(wave, emulators, found, cuts[-1].left_out))
        inside = found.points
        if say:
            say(_line(number, steps[-1], goals))
        if not len(inside):
            break
    return History(tuple(goals), tuple(steps), tuple(cuts), shipped)


def check_size(waves: int, points: int, parameters: int) -> None:
    """Raises InputError for no wave, or fewer points than a first emulator needs."""
    least = 2 * parameters + 1
    if waves < 1 or points < least:
        raise InputError(
            f"waves, points: got {waves}, {points}, expected at least 1 and {least} "
            f"for {parameters} parameters"
        )


def emulate(waves: Sequence[Wave], goals: Sequence[Goal]) -> tuple[tuple[Emulator, ...], Array]:
    """Emulators of all goals, and the variance (goals,) of seeds and tolerance together.

    The variance of a mean over the seeds of a point is taken as the same everywhere (pooled).
    """
    x = np.concatenate([wave.points for wave in waves])
    figures = np.concatenate([wave.figures for wave in waves])
    means = figures.mean(axis=1)
    emulators = []
    for place, goal in enumerate(goals):
        try:
            emulators.append(fit(x, means[:, place]))
        except InputError as error:
            raise InputError(f"{goal.name}: {error}") from None
    tolerance = np.array([goal.tolerance for goal in goals])
    return tuple(emulators), seed_variance(figures) + tolerance**2


def seed_variance(figures: Array) -> Array:
    """Variance (goals,) of a mean over the seeds, pooled over points, of (points, seeds, goals).

    Points where a seed lacks the figure do not count. Raises InputError with a single seed.
    """
    seeds = figures.shape[1]
    if seeds < 2:
        raise InputError(f"seeds: got {seeds}, expected at least 2, or chance is not known")
    within = figures.var(axis=1, ddof=1)
    known = np.isfinite(within)
    count = np.maximum(known.sum(axis=0), 1)
    return np.asarray(np.where(known, within, 0.0).sum(axis=0) / count / seeds)


def _line(number: int, step: Step, goals: Sequence[Goal]) -> str:
    share = step.inside.share
    size = f"{share:.3%}" if share > 0 else f"under {1 / len(step.inside.candidates):.3%}"
    hard = [
        f"{goal.name} {least:.1f}"
        for goal, least in zip(goals, nearest(step, goals), strict=True)
        if least > CUT
    ]
    text = f"wave {number}: {size} of the space is left; {step.wave.seconds:.0f} s of runs"
    if step.left_out:
        text += f"; without the {step.left_out} worst figures of each point"
    return text + (f"; out of reach so far: {', '.join(hard)}" if hard else "")


def nearest(step: Step, goals: Sequence[Goal]) -> Array:
    """How near to its target each figure gets at any point that was run, in tolerances."""
    away = np.abs(step.wave.means - [goal.centre for goal in goals])
    away = np.where(np.isfinite(away), away, np.inf)
    return np.asarray(away.min(axis=0) / [goal.tolerance for goal in goals])
