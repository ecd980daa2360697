"""Least squares for many events at once, each on the days it has.

For event i, over its days t with all values known,

    y_it = a_i + Σ_k b_ik x_ikt + e_it,      s_i² = Σ_t e_it² / (n_i − k − 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Spread of a factor, relative to its size, below which it counts as a constant.
CONSTANT = 1e-10
#: Smallest eigenvalue of the factors' correlations below which they count as collinear.
COLLINEAR = 1e-10


@dataclass(frozen=True)
class Fit:
    """Coefficients of each event: `alpha`, residual `sd` and days used `n` have shape (events,),
    `slopes` (events, factors). NaN where the days are too few or the factors collinear."""

    alpha: Array
    slopes: Array
    sd: Array
    n: NDArray[np.int64]


def least_squares(y: Array, x: Array, use: NDArray[np.bool_], minimum: int) -> Fit:
    """Regress `y` (events, days) on `x` (events, factors, days) over the days in `use`.

    `use` has the shape of `y`. An event with fewer than `minimum` days, or no more days than
    coefficients, is left NaN.
    """
    factors = x.shape[1]
    known = use & np.isfinite(y) & np.isfinite(x).all(axis=1)
    n = known.sum(axis=1)
    divisor = np.maximum(n, 1)
    y_mean = np.where(known, y, 0.0).sum(axis=1) / divisor
    x_mean = np.where(known[:, None], x, 0.0).sum(axis=2) / divisor[:, None]
    dy = np.where(known, y - y_mean[:, None], 0.0)
    dx = np.where(known[:, None], x - x_mean[:, :, None], 0.0)

    scale = np.sqrt((dx**2).sum(axis=2))
    size = np.sqrt(divisor[:, None]) * np.abs(x_mean)
    moves = scale > CONSTANT * size
    z = dx / np.where(moves, scale, 1.0)[:, :, None]
    correlations = np.einsum("ekt,elt->ekl", z, z)
    regular = moves.all(axis=1) & (n >= max(minimum, factors + 2))
    if factors > 1:
        regular &= np.linalg.eigvalsh(correlations)[:, 0] > COLLINEAR
    correlations[~regular] = np.eye(factors)
    against = np.einsum("ekt,et->ek", z, dy)
    slopes = np.linalg.solve(correlations, against[:, :, None])[:, :, 0]
    slopes = np.where(regular[:, None], slopes / np.where(moves, scale, 1.0), np.nan)

    residual = dy - np.einsum("ek,ekt->et", np.where(regular[:, None], slopes, 0.0), dx)
    freedom = np.maximum(n - factors - 1, 1)
    sd = np.where(regular, np.sqrt((residual**2).sum(axis=1) / freedom), np.nan)
    return Fit(y_mean - (slopes * x_mean).sum(axis=1), slopes, sd, n)
