"""Responses to jointly sampled factors: means in bins, and partial rank correlations.

Each point carries the mean of its seeds. A bin holds points that are neighbours in one factor; its
interval is over points, among which the other factors vary too, and which common seeds may shift up
or down together. Points that were not drawn independently (those of one block of Saltelli's design,
of one trajectory of Morris', or one drawn point at all levels of crossed factors) are one cluster.

The partial rank correlation of a factor is the correlation of the ranks of factor and outcome once
the ranks of all other factors are regressed out of both (Marino, Hogue, Ray and Kirschner 2008);
with R the correlation matrix of all ranks it is −R⁻¹_fy / √(R⁻¹_ff R⁻¹_yy). It sees monotone
responses only. Intervals resample clusters of points; ranks are taken once.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from experiments.evidence.bootstrap import bootstrap_statistic
from experiments.evidence.inference import cross_section
from experiments.sweeps.analysis.rows import Sweep
from experiments.sweeps.analysis.sensitivity import block_size

BINS, FEWEST_IN_BIN = 8, 5
RESAMPLES = 500
#: Points beyond the number of factors that a partial correlation needs (assumption).
SPARE_POINTS = 5


def binned(sweep: Sweep, outcome: str, factor: str, bins: int = BINS) -> pd.DataFrame:
    """Mean of an outcome in bins of a sampled factor that hold about as many points each.

    Columns: ``level`` (mean of the factor in the bin), ``value``, ``low``, ``high``, ``n`` points.
    Fewer bins where they would hold fewer than five points.
    """
    points = sweep.points(outcome).dropna(subset=["value", factor])
    x, y = points[factor].to_numpy(np.float64), points["value"].to_numpy(np.float64)
    drawn = clusters(sweep, points)
    count = max(min(bins, x.size // FEWEST_IN_BIN), 1)
    lines = []
    for chosen in np.array_split(np.argsort(x, kind="stable"), count):
        found = cross_section(y[chosen], drawn[chosen])
        middle = float(x[chosen].mean()) if chosen.size else float("nan")
        lines.append((middle, found.value, found.low, found.high, found.n))
    return pd.DataFrame(lines, columns=["level", "value", "low", "high", "n"])


def rank_correlations(sweep: Sweep, outcome: str, rng: np.random.Generator) -> pd.DataFrame:
    """Partial rank correlation of an outcome with every numeric factor that varies.

    Columns: ``factor``, ``value``, ``low``, ``high``, ``n`` (points); the strongest first, NaN with
    too few points.
    """
    points = sweep.points(outcome)
    names = [
        name
        for name in sweep.factors
        if pd.api.types.is_numeric_dtype(points[name]) and points[name].nunique() > 1
    ]
    known = points.dropna(subset=[*names, "value"])
    columns = [known[name].to_numpy(np.float64) for name in (*names, "value")]
    ranks = np.column_stack([rankdata(column) for column in columns])
    enough = len(known) >= len(names) + SPARE_POINTS
    lines = []
    for place, name in enumerate(names):
        if not enough:
            lines.append((name, np.nan, np.nan, np.nan, len(known)))
            continue

        def statistic(chosen: NDArray[np.float64], place: int = place) -> float:
            return _partial(ranks[chosen.astype(np.intp)], place)

        found = bootstrap_statistic(
            np.arange(len(known)), statistic, rng, clusters(sweep, known), resamples=RESAMPLES
        )
        lines.append((name, found.value, found.low, found.high, found.n))
    table = pd.DataFrame(lines, columns=["factor", "value", "low", "high", "n"])
    return table.sort_values("value", key=np.abs, ascending=False, ignore_index=True)


def clusters(sweep: Sweep, points: pd.DataFrame) -> NDArray[np.int64]:
    """Number of the independent draw each of `points` (index: point) belongs to, (points,)."""
    if sweep.method in ("saltelli", "morris"):
        whole = sweep.points_of_design()
        size = block_size(whole[list(sweep.sampled)].to_numpy(np.float64), sweep.method)
        place = pd.Series(np.arange(len(whole)), index=whole.index)
        return np.asarray(place[points.index] // (size or 1), dtype=np.int64)
    if not sweep.crossed:
        return np.arange(len(points))
    return np.asarray(points.groupby(list(sweep.sampled), sort=False).ngroup(), dtype=np.int64)


def _partial(ranks: NDArray[np.float64], place: int) -> float:
    """Partial correlation of column `place` with the last, given all others."""
    spread = ranks.std(axis=0)
    if spread[place] == 0 or spread[-1] == 0:
        return float("nan")
    keep = spread > 0
    inverse = np.linalg.pinv(np.corrcoef(ranks[:, keep], rowvar=False))
    at = int(keep[:place].sum())
    return float(-inverse[at, -1] / np.sqrt(inverse[at, at] * inverse[-1, -1]))
