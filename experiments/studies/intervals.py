"""Confidence intervals over seeds.

Seeds are independent draws of one world, so a mean over n of them has the interval

    m ± t(n − 1) s / √n,

and a paired difference the same with the differences in place of the values; common random numbers
make s small there. Figures that are no means (a share of variance) are resampled by seed
(percentile bootstrap; Efron and Tibshirani 1993, chapter 13). Shares have the interval of Wilson
(1927, Journal of the American Statistical Association 22).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm
from scipy.stats import t as student_t

LEVEL = 0.95
RESAMPLES = 2000


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval; the bounds are NaN where fewer than two seeds carry it."""

    value: float
    low: float
    high: float
    n: int

    @property
    def sign(self) -> int:
        """1 if the interval lies above zero, −1 if below, 0 if it holds zero or is not known."""
        return int(self.low > 0) - int(self.high < 0)


def mean_interval(values: ArrayLike, level: float = LEVEL) -> Interval:
    """Mean of `values` (seeds,) with its t interval; NaN values are left out."""
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    n = known.size
    if n == 0:
        return Interval(np.nan, np.nan, np.nan, 0)
    mean = float(known.mean())
    if n == 1:
        return Interval(mean, np.nan, np.nan, 1)
    half = float(student_t.ppf((1 + level) / 2, n - 1) * known.std(ddof=1) / np.sqrt(n))
    return Interval(mean, mean - half, mean + half, n)


def paired_interval(values: ArrayLike, reference: ArrayLike, level: float = LEVEL) -> Interval:
    """Mean of `values` − `reference`, both (seeds,) in the same order of seeds.

    A seed that lacks either is left out. Raises ValueError on shapes that differ.
    """
    one, other = np.asarray(values, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if one.shape != other.shape:
        raise ValueError(f"values: got shape {one.shape}, expected {other.shape} as the reference")
    return mean_interval(one - other, level)


def share_interval(count: int, n: int, level: float = LEVEL) -> Interval:
    """A share, `count` of `n` independent cases, with the interval of Wilson (1927).

    With p the share and z the normal quantile of the level, it is the set of shares from which p is
    no farther than z standard errors; NaN for n = 0.
    """
    if n == 0:
        return Interval(np.nan, np.nan, np.nan, 0)
    p, z = count / n, float(norm.ppf((1 + level) / 2))
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)))
    # at 0 and 1 an end of the interval is the share itself, up to rounding
    low, high = min(p, middle - half), max(p, middle + half)
    return Interval(p, max(0.0, low), min(1.0, high), n)


def resamples(n: int, rng: np.random.Generator, draws: int = RESAMPLES) -> NDArray[np.float64]:
    """How often each of n seeds counts, (1 + draws, n): the sample itself, then resamples."""
    drawn = rng.multinomial(n, np.full(n, 1 / n), draws) if n else np.zeros((draws, 0))
    return np.concatenate((np.ones((1, n)), drawn))


def percentile_interval(figures: ArrayLike, n: int, level: float = LEVEL) -> Interval:
    """Interval of a figure computed for every row of `resamples`, the first the estimate.

    Resamples in which the figure cannot be computed (NaN) are left out.
    """
    values = np.asarray(figures, dtype=np.float64)
    drawn = values[1:][np.isfinite(values[1:])]
    if n < 2 or not drawn.size:
        return Interval(float(values[0]), np.nan, np.nan, n)
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(drawn, (tail, 100 - tail))
    return Interval(float(values[0]), float(low), float(high), n)
