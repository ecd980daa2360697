r"""How good a forecast was: ranks, coverage of bands, and the continuous ranked probability score.

Of an ensemble x_1 … x_m and what happened, y:

    rank (PIT)   (#{x_i < y} + ½ #{x_i = y} + ½) / (m + 1)
    CRPS         (1/m) Σ_i |x_i − y| − (1/2m²) Σ_i Σ_j |x_i − x_j|,

the first uniform over many independent forecasts if y is one more draw of the ensemble, the second
in the unit of y, smaller for the better forecast, |x − y| for a single number. Of a normal forecast
with mean μ and standard deviation σ, with z = (y − μ)/σ,

    CRPS = σ { z [2Φ(z) − 1] + 2φ(z) − 1/√π }.

Bands run between quantiles at q(m + 1) of the ordered members (Weibull), so that one more draw lies
in a 90 % band with probability 90 % exactly.

References: Gneiting and Raftery (2007), Journal of the American Statistical Association 102,
equations 20 and 21; Gneiting, Balabdaoui and Raftery (2007), Journal of the Royal Statistical
Society B 69 (the PIT histogram).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Array = NDArray[np.float64]


def ranks(members: Array, happened: Array) -> Array:
    """Rank of what happened (days,) among `members` (m, days), between 0 and 1."""
    below = (members < happened).sum(axis=0) + 0.5 * (members == happened).sum(axis=0)
    return np.asarray((below + 0.5) / (len(members) + 1), dtype=np.float64)


def band(members: Array, coverage: float) -> tuple[Array, Array]:
    """Lower and upper end, each (days,), of the central band of `members` (m, days)."""
    tails = ((1 - coverage) / 2, (1 + coverage) / 2)
    low, high = np.quantile(members, tails, axis=0, method="weibull")
    return low, high


def inside(low: Array, high: Array, happened: Array) -> NDArray[np.bool_]:
    """Whether what happened lies in a band, day by day."""
    return np.asarray((low <= happened) & (happened <= high))


def crps(members: Array, happened: Array) -> Array:
    """CRPS of an ensemble (m, days), (days,)."""
    m = len(members)
    ordered = np.sort(members, axis=0)
    weight = 2.0 * np.arange(1, m + 1) - m - 1  # Σ_i Σ_j |x_i − x_j| = 2 Σ_i (2i − m − 1) x_(i)
    spread = (weight[:, None] * ordered).sum(axis=0) / m**2
    return np.asarray(np.abs(members - happened).mean(axis=0) - spread, dtype=np.float64)


def crps_normal(mean: Array, sd: Array, happened: Array) -> Array:
    """CRPS of a normal forecast; the absolute error where `sd` is zero."""
    sd = np.broadcast_to(np.asarray(sd, dtype=np.float64), happened.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (happened - mean) / sd
        score = sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    return np.where(sd > 0, score, np.abs(happened - mean))
