r"""A figure as a function of the parameters: linear trend and Gaussian process.

    f(x) = b_0 + b'x + g(x) + e,    g ~ GP(0, s² k(x, x')),    e ~ N(0, v)

with a Matérn 5/2 kernel k of one length a parameter on the unit cube, fitted by maximum likelihood
(Rasmussen and Williams 2006, chapters 2 and 5; scikit-learn). The prediction is of f without e,
what seeds do being accounted for elsewhere. Prediction errors left out one at a time (ibid., 5.4.2)
test the variance: where their mean square is above what the process expects, the variance is
multiplied by the ratio, never made smaller (Bastos and O'Hagan 2009).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.inputs import InputError

Array = NDArray[np.float64]
CHUNK = 2048
#: Standard deviation, relative to the mean, below which a figure does not vary.
STILL = 1e-12


@dataclass(frozen=True)
class Emulator:
    """A fitted emulator.

    ``inflation`` is what the variance is multiplied with, ``explained`` the part of the variance of
    the figure that predictions left out one at a time explain.
    """

    trend: Array
    scale: float
    process: Any
    noise: float
    inflation: float
    explained: float

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Mean and variance of f at points (points, parameters)."""
        mean = self.trend[0] + x @ self.trend[1:]
        variance = np.zeros(len(x))
        if self.process is None:
            return mean, variance
        for first in range(0, len(x), CHUNK):
            part = slice(first, first + CHUNK)
            found, sd = self.process.predict(x[part], return_std=True)
            mean[part] += self.scale * found
            # the process counts its noise, which is no part of f
            variance[part] = self.scale**2 * np.maximum(sd**2 - self.noise, 0.0)
        return mean, variance * self.inflation


def fit(x: Array, y: Array) -> Emulator:
    """Fit an emulator to a figure (points,) at points (points, parameters); NaN are left out.

    Raises InputError with fewer than two known values a parameter, or without scikit-learn.
    """
    known = np.isfinite(y)
    x, y = x[known], y[known]
    n, d = x.shape
    if n < 2 * d:
        raise InputError(f"points: got {n} with a figure, expected at least {2 * d}")
    design = np.column_stack((np.ones(n), x))
    trend: Array = np.linalg.lstsq(design, y, rcond=None)[0].astype(np.float64)
    rest = y - design @ trend
    scale = float(rest.std())
    if scale <= STILL * max(1.0, float(np.abs(y).max())):
        return Emulator(trend, 0.0, None, 0.0, 1.0, 1.0)
    process, noise = _fitted(x, rest / scale)
    covariance = process.kernel_(x) + process.alpha * np.eye(n)
    inverse = np.linalg.inv(covariance)
    left_out = (inverse @ (rest / scale)) / np.diag(inverse)
    expected = 1 / np.diag(inverse)
    inflation = max(1.0, float(np.mean(left_out**2 / expected)))
    explained = 1 - float(np.mean((scale * left_out) ** 2)) / float(y.var())
    return Emulator(trend, scale, process, noise, inflation, explained)


def _fitted(x: Array, y: Array) -> tuple[Any, float]:
    try:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise InputError(
            "calibration: scikit-learn is not installed, expected the extra ipolab[analysis]"
        ) from None
    kernel = ConstantKernel(0.5, (1e-3, 1e2)) * Matern(
        np.full(x.shape[1], 1.0), (0.1, 30.0), nu=2.5
    ) + WhiteKernel(0.3, (1e-6, 10.0))
    process = GaussianProcessRegressor(kernel, alpha=1e-8, normalize_y=False)
    # matrices this small are slower on several threads
    with warnings.catch_warnings(), threadpool_limits(1):
        # a length at its bound is a parameter that does nothing, which is an answer
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(x, y)
    return process, float(process.kernel_.k2.noise_level)
