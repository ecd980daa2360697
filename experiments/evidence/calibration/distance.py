r"""How far a point is from all fitted targets at once, and which point is best.

With d(x) the means of the figures over seeds less the centres of their bands (goals,),

    J(x) = d' W d,        W = (S + diag σ²)⁻¹,

where S is the covariance of such a mean over resampled seeds, as Franke and Westerhoff (2012) weigh
moments by the inverse of their bootstrapped covariance, and σ what the bands tolerate (`goals`):
the targets come from many sources and samples, so there is no one history to resample instead.
Seeds of different sources are different worlds; covariances between sources are nought. In wholly
met targets J is 0; each target missed by one σ adds at most about 1.

The interval of J and how often a point is the best come from resampling the seeds with W fixed; all
points have the same seeds, so they are resampled together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.evidence.calibration.goals import Goal
from experiments.studies.intervals import Interval, percentile_interval, resamples

Array = NDArray[np.float64]
DRAWS = 1000


@dataclass(frozen=True)
class Ranked:
    """Distances of points: J with its interval, (points,), how often each is best, and W.

    A point that lacks a figure is infinitely far.
    """

    distances: tuple[Interval, ...]
    best_in: Array
    weights: Array

    @property
    def best(self) -> int:
        """The nearest point."""
        return int(np.argmin([each.value for each in self.distances]))


def weights(figures: Array, goals: Sequence[Goal], rng: np.random.Generator) -> Array:
    """W (goals, goals) from figures (points, seeds, goals)."""
    _, seeds, count = figures.shape
    away = figures - figures.mean(axis=1, keepdims=True)
    away = away[np.isfinite(away).all(axis=(1, 2))]
    covariance = np.zeros((count, count))
    if len(away) and seeds > 1:
        drawn = resamples(seeds, rng, DRAWS)[1:] / seeds
        means = np.einsum("bs,psg->pbg", drawn, away)
        # a resample of n has a variance too small by (n − 1) / n
        covariance = np.einsum("pbg,pbh->gh", means, means) / (means.shape[0] * means.shape[1])
        covariance *= seeds / (seeds - 1)
    sources = np.array([goal.source for goal in goals])
    covariance *= sources[:, None] == sources[None, :]
    tolerance = np.array([goal.tolerance for goal in goals])
    return np.asarray(np.linalg.inv(covariance + np.diag(tolerance**2)))


def distance(means: Array, goals: Sequence[Goal], w: Array) -> Array:
    """J (…,) of means (…, goals); infinite where one is missing."""
    away = means - np.array([goal.centre for goal in goals])
    whole = np.isfinite(away).all(axis=-1)
    away = np.where(whole[..., None], away, 0.0)
    return np.where(whole, np.einsum("...g,gh,...h->...", away, w, away), np.inf)


def rank(figures: Array, goals: Sequence[Goal], rng: np.random.Generator) -> Ranked:
    """Rank points by figures (points, seeds, goals)."""
    points, seeds, _ = figures.shape
    w = weights(figures, goals, rng)
    drawn = resamples(seeds, rng, DRAWS) / seeds
    means = np.einsum("bs,psg->bpg", drawn, figures)
    found = distance(means, goals, w)
    nearest = np.argmin(found[1:], axis=1)
    best_in = np.bincount(nearest, minlength=points) / len(nearest)
    intervals = tuple(percentile_interval(found[:, point], seeds) for point in range(points))
    return Ranked(intervals, best_in, w)
