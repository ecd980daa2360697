"""How much of an outcome's variance is chance: the seed as a factor of its own.

With y_ps the outcome at point p and seed s, P points and R seeds, the variance components come from
the mean squares of an analysis of variance (Searle, Casella and McCulloch 1992, chapter 4). Seeds
common to all points:

    y_ps = μ + a_p + b_s + e_ps,    σ²_e = MS_e,  σ²_b = (MS_b − MS_e)/P,  σ²_a = (MS_a − MS_e)/R,

where b moves all points alike and e is what a seed does differently from point to point. Seeds of
its own at every point: y_ps = μ + a_p + e_ps. Components below zero count as zero. The interval of
the share of seeds, (σ²_b + σ²_e)/σ², resamples points; it is conditional on the seeds drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.evidence.bootstrap import bootstrap_statistic
from experiments.evidence.estimate import Estimate
from experiments.sweeps.analysis.rows import Sweep

Array = NDArray[np.float64]
RESAMPLES = 500


@dataclass(frozen=True)
class Chance:
    """Variance of an outcome by where it comes from, in its unit squared.

    ``points``: between points; ``seeds``: what a seed does to all points alike (zero where seeds
    are not common); ``both``: what a seed does to one point; ``share``: of seeds in the whole, with
    its interval; ``n_points`` and ``n_seeds`` that carry it.
    """

    points: float
    seeds: float
    both: float
    share: Estimate
    n_points: int
    n_seeds: int


def chance(sweep: Sweep, outcome: str, rng: np.random.Generator) -> Chance:
    """Variance components of an outcome; NaN with one seed a point or one point.

    Points that lack a seed which most points have are left out, so that the table is complete.
    """
    y = _table(sweep, outcome)
    points, seeds = y.shape
    if points < 2 or seeds < 2:
        unknown = Estimate(np.nan, np.nan, np.nan, points, np.nan)
        return Chance(np.nan, np.nan, np.nan, unknown, points, seeds)

    def share(chosen: Array) -> float:
        a, b, e = _components(y[chosen.astype(np.intp)], sweep.common)
        return (b + e) / (a + b + e) if a + b + e > 0 else float("nan")

    found = bootstrap_statistic(np.arange(points), share, rng, resamples=RESAMPLES)
    return Chance(*_components(y, sweep.common), found, points, seeds)


def _components(y: Array, common: bool) -> tuple[float, float, float]:
    """Variances between points, of seeds, and of both, of a complete table (points, seeds)."""
    points, seeds = y.shape
    by_point = y.mean(axis=1)
    between = seeds * float(by_point.var(ddof=1))
    if not common:
        within = float(y.var(axis=1, ddof=1).mean())
        return max(between - within, 0.0) / seeds, 0.0, within
    by_seed = y.mean(axis=0)
    rest = y - by_point[:, None] - by_seed + y.mean()
    error = float((rest**2).sum()) / ((points - 1) * (seeds - 1))
    shared = points * float(by_seed.var(ddof=1))
    return max(between - error, 0.0) / seeds, max(shared - error, 0.0) / points, error


def _table(sweep: Sweep, outcome: str) -> Array:
    """Complete points by seeds; where seeds are not common, by order of seed within the point."""
    rows = sweep.rows[["point", "seed"]].assign(value=sweep.values(outcome)).dropna()
    if not sweep.common:
        rows = rows.assign(seed=rows.groupby("point").cumcount())
    wide = rows.pivot(index="point", columns="seed", values="value")
    if wide.empty:
        return np.empty((0, 0))
    # a seed that fails at most points would cost them all
    wide = wide.loc[:, wide.notna().mean() >= 0.5]
    return wide.dropna().to_numpy(np.float64)
