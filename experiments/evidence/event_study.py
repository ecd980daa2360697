"""Abnormal returns around events, and their sums.

With r_it the return of the stock of event i on event day t and r_mt that of the market, the
abnormal return is one of

    market-adjusted    A_it = r_it − r_mt
    market model       A_it = r_it − α_i − β_i r_mt,    α, β by least squares before the event
    counterfactual     A_it = r_it − r°_it,             r° the same stock in a twin run

A simulated world has the third, which no data give: the twin lacks the event and shares every
random number, so A is the event's effect itself, without estimation error. The first two are what
an econometrician in that world would see. Over a window [a, b] of event days

    CAR_i  = Σ_t A_it                                   (log or simple returns)
    BHAR_i = Π_t (1 + r_it) − Π_t (1 + r^n_it)          (simple returns, r^n the normal return)

Panels have shape (events, days), see `event_time`; an event that lacks a day of a window has NaN
there, or with ``partial=True`` the sum over the days on which it was traded.

References: Brown and Warner (1985), Journal of Financial Economics 14; MacKinlay (1997), Journal of
Economic Literature 35; Campbell, Lo and MacKinlay (1997), chapter 4; Barber and Lyon (1997),
Journal of Financial Economics 43 (BHAR).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from experiments.evidence.event_time import Array, Day, Mask, like, panel, window_mask
from experiments.evidence.regression import least_squares

#: Event days of the estimation window, as in much of the literature on index changes.
ESTIMATION = (-120, -21)
#: Fewest days from which α and β are estimated (assumption: a month and a half).
MINIMUM_DAYS = 30


def market_adjusted(returns: ArrayLike, market: ArrayLike) -> Array:
    """Returns less the market's.

    Parameters
    ----------
    returns : (events, days)
    market : (days,) or (events, days)
    """
    own = panel(returns, "returns")
    return own - like(market, own.shape, "market")


@dataclass(frozen=True)
class MarketModelFit:
    """α (a day), β, residual standard deviation (a day) and days used, each of shape (events,).

    NaN where an event has too few days or the market did not move.
    """

    alpha: Array
    beta: Array
    sd: Array
    n: NDArray[np.int64]

    def normal(self, market: ArrayLike) -> Array:
        """Returns to be expected given the market's, (events, days)."""
        given = np.asarray(market, dtype=np.float64)
        moves = like(given, (self.beta.size, given.shape[-1]), "market")
        return self.alpha[:, None] + self.beta[:, None] * moves

    def abnormal(self, returns: ArrayLike, market: ArrayLike) -> Array:
        """Returns less those to be expected, (events, days)."""
        own = panel(returns, "returns")
        return own - self.normal(like(market, own.shape, "market"))


def market_model(
    returns: ArrayLike,
    market: ArrayLike,
    origin: int,
    estimation: tuple[int, int] = ESTIMATION,
    minimum: int = MINIMUM_DAYS,
) -> MarketModelFit:
    """Estimate the market model of every event by least squares.

    Parameters
    ----------
    returns : (events, days)
    market : (days,) or (events, days)
    origin : column of day 0
    estimation : first and last event day used
    minimum : events with fewer known days are left NaN

    Raises
    ------
    ValueError
        If the estimation window leaves the panel.
    """
    own = panel(returns, "returns")
    use = window_mask(own.shape, origin, *estimation)
    fit = least_squares(own, like(market, own.shape, "market")[:, None], use, minimum)
    return MarketModelFit(fit.alpha, fit.slopes[:, 0], fit.sd, fit.n)


def counterfactual(returns: ArrayLike, twin: ArrayLike) -> Array:
    """Log returns less the log returns of the same stocks in the twin run, (events, days).

    Summed from the first day on this is the difference of the log prices.
    """
    own, other = panel(returns, "returns"), panel(twin, "twin")
    if own.shape != other.shape:
        raise ValueError(f"twin: got shape {other.shape}, expected {own.shape} as the returns")
    return own - other


def cumulative(
    abnormal: ArrayLike, origin: int, first: int, last: int, partial: bool = False
) -> Array:
    """Cumulative abnormal returns from day `first` to each day of the window.

    Returns
    -------
    Array, shape (events, last − first + 1). Without `partial` NaN from the first missing day on;
    with it missing days add nothing, and an event without any day is NaN throughout.
    """
    values = panel(abnormal, "abnormal")
    mask = window_mask(values.shape, origin, first, last)
    part = values[:, origin + first : origin + last + 1]
    if not partial:
        return np.cumsum(part, axis=1)
    never = ~_traded(values, mask).any(axis=1)
    path = np.cumsum(np.where(np.isfinite(part), part, 0.0), axis=1)
    path[never] = np.nan
    return path


def car(abnormal: ArrayLike, origin: int, first: Day, last: Day, partial: bool = False) -> Array:
    """Cumulative abnormal return of each event over the days `first` to `last`.

    Parameters
    ----------
    abnormal : (events, days)
    origin : column of day 0
    first, last : event days, both included; one number, or one an event
    partial : sum over the days an event has, instead of NaN if one is missing

    Returns
    -------
    Array, shape (events,)

    Raises
    ------
    ValueError
        If a window leaves the panel.
    """
    values = panel(abnormal, "abnormal")
    mask = window_mask(values.shape, origin, first, last)
    traded = _traded(values, mask)
    total = np.where(traded, values, 0.0).sum(axis=1)
    complete = traded.any(axis=1) if partial else (traded == mask).all(axis=1)
    return np.where(complete, total, np.nan)


def bhar(
    returns: ArrayLike,
    normal: ArrayLike,
    origin: int,
    first: Day,
    last: Day,
    partial: bool = False,
) -> Array:
    """Buy-and-hold return of each event less that of its benchmark, shape (events,).

    `returns` (events, days) and `normal` (days,) or (events, days) are simple returns; the rest as
    in `car`. With `partial` stock and benchmark are both held over the days that both have.

    Raises ValueError if a window leaves the panel or a return is below −1.
    """
    own = panel(returns, "returns")
    benchmark = like(normal, own.shape, "normal")
    mask = window_mask(own.shape, origin, first, last)
    for name, values in (("returns", own), ("normal", benchmark)):
        if (values < -1).any():
            raise ValueError(f"{name}: got {np.nanmin(values):.4g}, expected −1 or more")
    held = _traded(own + benchmark, mask) if partial else mask
    growth = [np.where(held, 1 + values, 1.0).prod(axis=1) for values in (own, benchmark)]
    return np.where(held.any(axis=1), growth[0] - growth[1], np.nan)


def _traded(values: Array, mask: Mask) -> Mask:
    return mask & np.isfinite(values)
