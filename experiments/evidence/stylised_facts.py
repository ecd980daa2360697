"""Thirteen stylised facts of daily returns and volumes, each with the band in which it counts.

With r log returns of one series, and ρ_k(x) the autocorrelation of x at lag k:

     1  kurtosis          excess kurtosis, 3 to 25
     2  tail              Hill index of the largest 5 % of |r|, 2.3 to 4.8
     3  returns           |ρ_1(r)| ≤ 0.06 and mean of |ρ_k(r)|, k = 2…10, ≤ 0.04
     4  clustering        ρ_1, ρ_10, ρ_50 of |r|: 0.12–0.40, 0.06–0.25, 0.02–0.15, and the exponent
                          of ρ_k(|r|) ~ k^−γ over k = 1…50: 0.1–0.6
     5  aggregation       excess kurtosis of 20-day returns over that of days, ≤ 0.5
     6  leverage          mean of corr(r_t, r²_{t+k}), k = 1…10, < −0.01
     7  skewness          of the index, −1.5 to 0.2
     8  volume            correlation of |r| and detrended log volume, ≥ 0.15
     9  volume_memory     ρ_1 of detrended log volume, ≥ 0.25
    10  variance_ratio    variance of 5-day returns over five times that of days, 0.85 to 1.15
    11  comovement        mean correlation of pairs of stocks, 0.1 to 0.5
    12  volatility        a year: index 15–20 %, stocks 30–40 %, both ± 30 %
    13  turnover          volume over shares a year, 60 to 200 %

The figure of a market is the median over its stocks; skewness and the first figure of 12 are the
index's. A fact with several figures needs all of them. Trends of volume over years are taken off as
the mean of the log over the year around each day. A figure that the data do not give (a constant
series has no correlation, a model without volume no turnover) is NaN and does not count.

Sources: Cont (2001), Quantitative Finance 1 (1 to 9); Gopikrishnan et al. (1998) (2); Franke and
Westerhoff (2012), Journal of Economic Dynamics and Control 36 (4); Bouchaud, Matacz and Potters
(2001), Physical Review Letters 87 (6); Lo and MacKinlay (1988), Review of Financial Studies 1 (10).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.calendar import TRADING_DAYS

Array = NDArray[np.float64]
YEAR = TRADING_DAYS
TAIL = 0.05
INF = float("inf")
#: Standard deviation below which a series is a constant with rounding errors.
STILL = 1e-12


@dataclass(frozen=True)
class Fact:
    """A fact: its name, how it reads, and for each of its figures the band [low, high]."""

    name: str
    what: str
    bands: Mapping[str, tuple[float, float]]

    def holds(self, figures: Mapping[str, float]) -> bool:
        """Whether all figures of the fact lie in their bands."""
        return all(
            low <= figures.get(key, np.nan) <= high for key, (low, high) in self.bands.items()
        )


FACTS = (
    Fact("kurtosis", "excess kurtosis", {"kurtosis": (3.0, 25.0)}),
    Fact("tail", "Hill tail index", {"hill": (2.3, 4.8)}),
    Fact("returns", "returns are hardly autocorrelated",
         {"acf_1": (-0.06, 0.06), "acf_2_10": (0.0, 0.04)}),
    Fact("clustering", "absolute returns are, for long",
         {"abs_1": (0.12, 0.40), "abs_10": (0.06, 0.25), "abs_50": (0.02, 0.15),
          "abs_exponent": (0.1, 0.6)}),
    Fact("aggregation", "closer to normal over 20 days", {"aggregation": (-INF, 0.5)}),
    Fact("leverage", "volatility rises after falls", {"leverage": (-1.0, -0.01)}),
    Fact("skewness", "skewness of the index", {"index_skew": (-1.5, 0.2)}),
    Fact("volume", "volume goes with volatility", {"volume": (0.15, 1.0)}),
    Fact("volume_memory", "volume is autocorrelated", {"volume_memory": (0.25, 1.0)}),
    Fact("variance_ratio", "variance ratio of 5 days", {"variance_ratio": (0.85, 1.15)}),
    Fact("comovement", "correlation of pairs of stocks", {"comovement": (0.1, 0.5)}),
    Fact("volatility", "volatility of index and stocks, a year",
         {"index_volatility": (0.7 * 0.15, 1.3 * 0.20),
          "stock_volatility": (0.7 * 0.30, 1.3 * 0.40)}),
    Fact("turnover", "turnover a year", {"turnover": (0.6, 2.0)}),
)  # fmt: skip


@dataclass(frozen=True)
class History:
    """Daily data of a market: log returns of the index (days,) and of stocks (days, stocks); volume
    and shares outstanding of the stocks (days, stocks), empty if the model has none."""

    index: Array
    stocks: Array
    volume: Array = field(default_factory=lambda: np.zeros((0, 0)))
    shares: Array = field(default_factory=lambda: np.zeros((0, 0)))


def facts(history: History) -> dict[str, float]:
    """All figures, the number of `FACTS` that hold (``held``), and those of the index alone.

    Figures of the index that do not count are there as ``index_kurtosis`` and so on.
    """
    stocks = history.stocks[:, np.isfinite(history.stocks).all(axis=0)]
    figures = {name: median_of(measure, stocks) for name, measure in OF_RETURNS.items()}
    figures |= {f"index_{name}": measure(history.index) for name, measure in OF_RETURNS.items()}
    figures["index_skew"] = skewness(history.index)
    figures["index_volatility"] = volatility(history.index)
    figures["stock_volatility"] = median_of(volatility, stocks)
    figures["comovement"] = comovement(stocks)
    figures |= volumes(history)
    held = [fact.holds(figures) for fact in FACTS]
    figures |= {f"fact_{fact.name}": float(ok) for fact, ok in zip(FACTS, held, strict=True)}
    return figures | {"held": float(sum(held))}


def median_of(measure: Callable[[Array], float], series: Array) -> float:
    """Median over the columns of `series` (days, stocks) that give a figure; NaN if none does."""
    return _median([measure(column) for column in series.T])


def _median(figures: Sequence[float]) -> float:
    found = np.array(figures)
    found = found[np.isfinite(found)]
    return float(np.median(found)) if found.size else float("nan")


# -- of one series of returns (days,) ---------------------------------------------------------


def excess_kurtosis(r: ArrayLike) -> float:
    """Fourth standardised moment less 3; NaN of a constant."""
    return _moment(r, 4) - 3


def skewness(r: ArrayLike) -> float:
    """Third standardised moment; NaN of a constant."""
    return _moment(r, 3)


def volatility(r: ArrayLike) -> float:
    """Standard deviation a year."""
    x = np.asarray(r, dtype=np.float64)
    return float(x.std(ddof=1) * np.sqrt(YEAR)) if x.size > 1 else float("nan")


def hill(r: ArrayLike, tail: float = TAIL) -> float:
    """Hill's index of the largest part `tail` of |r|: 1 / mean log excess over its threshold."""
    size = np.sort(np.abs(np.asarray(r, dtype=np.float64)))[::-1]
    k = int(tail * size.size)
    if k < 2 or size[k] <= 0 or size[0] <= size[k]:
        return float("nan")
    return float(1 / np.mean(np.log(size[:k] / size[k])))


def autocorrelation(x: ArrayLike, lag: int) -> float:
    """Sample autocorrelation at a lag of 1 or more; NaN of a constant or a series too short."""
    values = np.asarray(x, dtype=np.float64)
    if lag < 1:
        raise ValueError(f"lag: got {lag}, expected 1 or more")
    return _correlation(values[:-lag], values[lag:])


def aggregation(r: ArrayLike, days: int = 20) -> float:
    """Excess kurtosis of sums over `days` (overlapping) over that of days; NaN unless that is > 0.

    A series with thin tails has nothing to lose by aggregation, so it has no figure.
    """
    x = np.asarray(r, dtype=np.float64)
    if x.size <= 2 * days:
        return float("nan")
    total = np.cumsum(np.concatenate(([0.0], x)))
    daily = excess_kurtosis(x)
    return excess_kurtosis(total[days:] - total[:-days]) / daily if daily > 0 else float("nan")


def leverage(r: ArrayLike, lags: int = 10) -> float:
    """Mean of corr(r_t, r²_{t+k}) over k = 1 … lags."""
    x = np.asarray(r, dtype=np.float64)
    return float(np.mean([_correlation(x[:-k], x[k:] ** 2) for k in range(1, lags + 1)]))


def variance_ratio(r: ArrayLike, days: int = 5) -> float:
    """Variance of sums over `days` (overlapping) over `days` times that of days."""
    x = np.asarray(r, dtype=np.float64)
    total = np.cumsum(np.concatenate(([0.0], x)))
    daily = x.var()
    return float((total[days:] - total[:-days]).var() / (days * daily)) if daily > 0 else np.nan


def decay_exponent(x: ArrayLike, lags: int = 50) -> float:
    """γ of ρ_k ~ k^−γ by least squares of log ρ_k on log k over lags with ρ_k > 0.

    NaN unless three quarters of the lags are positive: what has no memory has no decay of it.
    """
    values = np.asarray(x, dtype=np.float64)
    lag = np.arange(1, lags + 1)
    rho = np.array([autocorrelation(values, int(k)) for k in lag])
    positive = rho > 0
    if positive.sum() < 0.75 * lags:
        return float("nan")
    slope, _ = np.polyfit(np.log(lag[positive]), np.log(rho[positive]), 1)
    return -float(slope)


def _mean_size_of_acf(r: ArrayLike) -> float:
    return float(np.mean([abs(autocorrelation(r, k)) for k in range(2, 11)]))


OF_RETURNS: dict[str, Callable[[Array], float]] = {
    "kurtosis": excess_kurtosis,
    "hill": hill,
    "acf_1": lambda r: autocorrelation(r, 1),
    "acf_2_10": _mean_size_of_acf,
    "abs_1": lambda r: autocorrelation(np.abs(r), 1),
    "abs_10": lambda r: autocorrelation(np.abs(r), 10),
    "abs_50": lambda r: autocorrelation(np.abs(r), 50),
    "abs_exponent": lambda r: decay_exponent(np.abs(r)),
    "aggregation": aggregation,
    "leverage": leverage,
    "variance_ratio": variance_ratio,
}


# -- of several series ------------------------------------------------------------------------


def comovement(stocks: Array) -> float:
    """Mean correlation of pairs of columns of `stocks` (days, stocks)."""
    moving = stocks[:, stocks.std(axis=0) > 0] if stocks.size else stocks
    n = moving.shape[1]
    if n < 2 or len(moving) < 3:
        return float("nan")
    table = np.corrcoef(moving.T)
    return float((table.sum() - n) / (n * (n - 1)))


def volumes(history: History) -> dict[str, float]:
    """Figures of volume: with volatility, its memory, turnover; NaN without any volume."""
    nothing = dict.fromkeys(("volume", "volume_memory", "turnover"), np.nan)
    if not history.volume.size:
        return nothing
    with np.errstate(invalid="ignore", divide="ignore"):
        part = history.volume / history.shares
        logs = np.log(part)
    whole = np.isfinite(logs).all(axis=0) & np.isfinite(history.stocks).all(axis=0)
    if not whole.any():
        return nothing
    logs, returns = detrended(logs[:, whole]), np.abs(history.stocks[:, whole])
    together = [_correlation(a, b) for a, b in zip(returns.T, logs.T, strict=True)]
    memory = [autocorrelation(column, 1) for column in logs.T]
    return {
        "volume": _median(together),
        "volume_memory": _median(memory),
        "turnover": float(np.median(part[:, whole].mean(axis=0))) * YEAR,
    }


def detrended(logs: Array, window: int = YEAR) -> Array:
    """`logs` (days, stocks) less their mean over the `window` days around each day."""
    days = len(logs)
    total = np.concatenate((np.zeros((1, logs.shape[1])), np.cumsum(logs, axis=0)))
    first = np.clip(np.arange(days) - window // 2, 0, None)
    last = np.clip(np.arange(days) + window // 2 + 1, None, days)
    return np.asarray(logs - (total[last] - total[first]) / (last - first)[:, None])


def _moment(r: ArrayLike, order: int) -> float:
    x = np.asarray(r, dtype=np.float64)
    sd = x.std() if x.size else 0.0
    return float(np.mean(((x - x.mean()) / sd) ** order)) if sd > STILL else float("nan")


def _correlation(x: Array, y: Array) -> float:
    if x.size < 3 or x.std() <= STILL or y.std() <= STILL:
        return float("nan")
    return float(np.mean((x - x.mean()) * (y - y.mean())) / (x.std() * y.std()))
