"""Bootstrap intervals over events, resampled one by one or in clusters.

Resample b draws as many clusters as there are, with replacement (every event is its own cluster
unless told otherwise), and has mean m_b and standard error se_b. At level 1 − 2a the interval
of the mean m is

    percentile     [q_a(m_b), q_{1−a}(m_b)]
    studentised    [m − q_{1−a}(t_b) se, m − q_a(t_b) se],     t_b = (m_b − m)/se_b

The second follows a skewed distribution better and is the one to prefer for long-run returns; with
few events (below ten or so) its tails are wide. Any other statistic (a median) has a percentile
interval. Events with a value of NaN are left out.

References: Efron and Tibshirani (1993), "An Introduction to the Bootstrap", chapters 12 and 13;
Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90 (clusters).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from experiments.evidence.estimate import Estimate
from experiments.evidence.event_time import Array
from experiments.evidence.inference import check_level, known_values
from experiments.studies.intervals import LEVEL, RESAMPLES

Kind = Literal["percentile", "studentised"]
FEWEST_RESAMPLES = 100
#: Standard error of a resample, relative to that of the sample, below which it counts as none.
NO_SPREAD = 1e-6


def bootstrap_mean(
    values: ArrayLike,
    rng: np.random.Generator,
    kind: Kind = "percentile",
    clusters: ArrayLike | None = None,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Mean over events with a bootstrap interval.

    Parameters
    ----------
    values : (events,), such as CARs
    rng : generator of the resamples
    kind : percentile or studentised
    clusters : (events,), labels of events resampled together: dates or seeds
    level : coverage of the interval
    resamples : at least 100

    Returns
    -------
    Estimate; its interval is NaN with fewer than two clusters, and studentised where so few values
    differ that a whole tail of resamples has none that do

    Raises
    ------
    ValueError
        On another kind, or shapes, level or resamples outside their bounds.
    """
    if kind not in ("percentile", "studentised"):
        raise ValueError(f"kind: got {kind!r}, expected percentile or studentised")
    _check(level, resamples)
    known, numbers = known_values(values, clusters)
    groups = int(numbers.max()) + 1 if known.size else 0
    mean, sd = _moments(known)
    if groups < 2:
        return Estimate(mean, np.nan, np.nan, known.size, sd)
    if np.ptp(known) == 0:
        return Estimate(mean, mean, mean, known.size, sd)
    # a resample is how often each cluster was drawn; sums about the mean keep the digits
    sums = np.bincount(numbers, known - mean, groups)
    sizes = np.bincount(numbers, minlength=groups).astype(np.float64)
    times = rng.multinomial(groups, np.full(groups, 1 / groups), size=resamples)
    events = times @ sizes
    moved = times @ sums / events
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    if kind == "percentile":
        low, high = np.quantile(moved, tails)
    else:
        factor = groups / (groups - 1)
        error = np.sqrt(factor * (sums @ sums)) / known.size
        squares = (
            times @ sums**2 - 2 * moved * (times @ (sums * sizes)) + moved**2 * (times @ sizes**2)
        )
        errors = np.sqrt(factor * np.maximum(squares, 0.0)) / events
        # the t of a resample of equal values is infinite: a few can be left out, not a whole tail
        spread = errors > NO_SPREAD * error
        if error > 0 and (~spread).mean() > tails[0]:
            return Estimate(mean, np.nan, np.nan, known.size, sd)
        pivots = moved[spread] / errors[spread] if error > 0 else np.zeros(1)
        high, low = -error * np.quantile(pivots, tails)
    return Estimate(mean, mean + float(low), mean + float(high), known.size, sd)


def bootstrap_statistic(
    values: ArrayLike,
    statistic: Callable[[Array], float],
    rng: np.random.Generator,
    clusters: ArrayLike | None = None,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Any statistic of the events with a percentile interval; otherwise as `bootstrap_mean`.

    ``statistic`` takes the values of a resample, (events,), and returns a number, as `numpy.median`
    does. It is called once a resample.
    """
    _check(level, resamples)
    known, numbers = known_values(values, clusters)
    groups = int(numbers.max()) + 1 if known.size else 0
    sd = _moments(known)[1]
    value = float(statistic(known)) if known.size else float("nan")
    if groups < 2:
        return Estimate(value, np.nan, np.nan, known.size, sd)
    order = np.argsort(numbers, kind="stable")
    members: list[NDArray[np.intp]] = np.split(
        order, np.cumsum(np.bincount(numbers, minlength=groups))[:-1]
    )
    draws = np.empty(resamples)
    for b in range(resamples):
        drawn = rng.integers(0, groups, groups)
        draws[b] = statistic(known[np.concatenate([members[g] for g in drawn])])
    low, high = np.quantile(draws, ((1 - level) / 2, (1 + level) / 2))
    return Estimate(value, float(low), float(high), known.size, sd)


def _moments(values: Array) -> tuple[float, float]:
    mean = float(values.mean()) if values.size else float("nan")
    return mean, float(values.std(ddof=1)) if values.size > 1 else float("nan")


def _check(level: float, resamples: int) -> None:
    check_level(level)
    if resamples < FEWEST_RESAMPLES:
        raise ValueError(f"resamples: got {resamples}, expected {FEWEST_RESAMPLES} or more")
