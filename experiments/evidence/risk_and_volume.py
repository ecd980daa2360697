"""What an event changes beside the price: volume, volatility, co-movement with the market.

    volume ratio        mean V in the event window / mean V in normal days, and with the market's
                        volume given that ratio over the market's own (Harris and Gurel 1986)
    volatility change   log of the standard deviation of returns after over before
    beta change         β after − β before; with the returns of the rest of the market also in the
                        regression, the change of the coefficient on the index (Vijh 1994; Barberis,
                        Shleifer and Wurgler 2005)

Panels have shape (events, days), see `event_time`; windows are (first, last) event days, both
included. NaN days are left out; an event with too few days is NaN.

References: Harris and Gurel (1986), Journal of Finance 41; Vijh (1994), Review of Financial Studies
7; Barberis, Shleifer and Wurgler (2005), Journal of Financial Economics 75.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from experiments.evidence.event_study import ESTIMATION, MINIMUM_DAYS
from experiments.evidence.event_time import Array, Mask, like, panel, window_mask
from experiments.evidence.regression import least_squares

Window = tuple[int, int]


def volume_ratio(
    volume: ArrayLike,
    origin: int,
    event: Window = (0, 0),
    normal: Window = ESTIMATION,
    market: ArrayLike | None = None,
) -> Array:
    """Volume around the event as a multiple of normal, shape (events,).

    Parameters
    ----------
    volume : (events, days), in any unit
    origin : column of day 0
    event, normal : windows
    market : (days,) or (events, days), volume of the market, optional

    An event whose normal volume is zero or unknown is NaN. Raises ValueError if a window leaves the
    panel.
    """
    own = panel(volume, "volume")
    during = window_mask(own.shape, origin, *event)
    usual = window_mask(own.shape, origin, *normal)
    ratio = _mean(own, during) / _positive(_mean(own, usual))
    if market is not None:
        whole = like(market, own.shape, "market")
        ratio = ratio / _positive(_mean(whole, during) / _positive(_mean(whole, usual)))
    return ratio


def volatility_change(
    returns: ArrayLike, origin: int, before: Window, after: Window, minimum: int = 20
) -> Array:
    """Log ratio of the standard deviations of returns after and before, shape (events,).

    `returns` (events, days) may be raw or abnormal. An event with fewer than `minimum` days (and
    never fewer than two) in either window, or no variation, is NaN. Raises ValueError if a window
    leaves the panel.
    """
    own = panel(returns, "returns")
    before_sd, after_sd = (
        _sd(own, window_mask(own.shape, origin, *window), minimum) for window in (before, after)
    )
    return np.log(_positive(after_sd) / _positive(before_sd))


def beta_change(
    returns: ArrayLike,
    market: ArrayLike,
    origin: int,
    before: Window = ESTIMATION,
    after: Window = (21, 120),
    rest: ArrayLike | None = None,
    minimum: int = MINIMUM_DAYS,
) -> Array:
    """Beta after the event less beta before it, shape (events,).

    Parameters
    ----------
    returns : (events, days)
    market : (days,) or (events, days), returns of the market or the index entered
    origin : column of day 0
    before, after : windows
    rest : (days,) or (events, days), returns of the stocks outside the index; with them the
        regression has two factors and the change is that of the coefficient on `market`
    minimum : fewest days in each window, else NaN

    Raises
    ------
    ValueError
        If a window leaves the panel.
    """
    own = panel(returns, "returns")
    factors = [like(market, own.shape, "market")]
    if rest is not None:
        factors.append(like(rest, own.shape, "rest"))
    x = np.stack(factors, axis=1)
    betas = [
        least_squares(own, x, window_mask(own.shape, origin, *window), minimum).slopes[:, 0]
        for window in (before, after)
    ]
    return betas[1] - betas[0]


def _mean(values: Array, mask: Mask) -> Array:
    known = mask & np.isfinite(values)
    n = known.sum(axis=1)
    mean: Array = np.where(known, values, 0.0).sum(axis=1) / np.maximum(n, 1)
    mean[n == 0] = np.nan
    return mean


def _sd(values: Array, mask: Mask, minimum: int) -> Array:
    known = mask & np.isfinite(values)
    n = known.sum(axis=1)
    off = np.where(known, values - _mean(values, mask)[:, None], 0.0)
    sd: Array = np.sqrt((off**2).sum(axis=1) / np.maximum(n - 1, 1))
    sd[n < max(minimum, 2)] = np.nan
    return sd


def _positive(values: Array) -> Array:
    return np.where(values > 0, values, np.nan)
