"""How sure one may be of a mean over events.

The mean m of n independent events with standard deviation s has t = m √n / s, and the interval
m ± t(n − 1) s/√n. Events that share a date or a seed are not independent. With clusters g of such
events and S_g the sum of their deviations from m,

    se² = G/(G − 1) · Σ_g S_g² / n²,        interval m ± t(G − 1) se,

which is s²/n again when every event is its own cluster (Liang and Zeger 1986; Cameron and Miller
2015). When all events fall on one date there is only one cluster; then the mean correlation r of
their abnormal returns before the event corrects the statistic (Kolari and Pynnönen 2010):

    t_adj = t · √[(1 − r) / (1 + (n − 1) r)].

Events with a value of NaN are left out everywhere, and n does not count them.

References: MacKinlay (1997); Kolari and Pynnönen (2010), Review of Financial Studies 23; Cameron
and Miller (2015), Journal of Human Resources 50.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student_t

from experiments.evidence.estimate import Estimate
from experiments.evidence.event_time import Array, panel
from experiments.studies.intervals import LEVEL, share_interval

#: Fewest days two events must share for their correlation to count (assumption).
OVERLAP = 20


def known_values(values: ArrayLike, clusters: ArrayLike | None) -> tuple[Array, NDArray[np.int64]]:
    """The finite values of `values` (events,) and the number of the cluster of each.

    `clusters` (events,) are labels of any kind; without them every event is a cluster of its own.
    Raises ValueError if the shapes do not fit.
    """
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 1:
        raise ValueError(f"values: got shape {given.shape}, expected (events,)")
    known = np.isfinite(given)
    if clusters is None:
        return given[known], np.arange(int(known.sum()))
    labels: NDArray[Any] = np.asarray(clusters)
    if labels.shape != given.shape:
        raise ValueError(f"clusters: got shape {labels.shape}, expected {given.shape}")
    return given[known], np.unique(labels[known], return_inverse=True)[1].astype(np.int64)


def check_level(level: float) -> None:
    """Raises ValueError unless 0 < level < 1."""
    if not 0 < level < 1:
        raise ValueError(f"level: got {level}, expected a number between 0 and 1")


def t_statistic(values: ArrayLike, clusters: ArrayLike | None = None) -> float:
    """Mean over its standard error; NaN with fewer than two clusters or no variation."""
    known, numbers = known_values(values, clusters)
    error = _standard_error(known, numbers)
    return float(known.mean() / error) if error > 0 else float("nan")


def cross_section(
    values: ArrayLike, clusters: ArrayLike | None = None, level: float = LEVEL
) -> Estimate:
    """Mean over events with its t interval.

    Parameters
    ----------
    values : (events,), such as CARs
    clusters : (events,), labels of events that are not independent: dates or seeds
    level : coverage of the interval
    """
    check_level(level)
    known, numbers = known_values(values, clusters)
    if known.size == 0:
        return Estimate(np.nan, np.nan, np.nan, 0, np.nan)
    mean, error = float(known.mean()), _standard_error(known, numbers)
    sd = float(known.std(ddof=1)) if known.size > 1 else float("nan")
    if np.isnan(error):
        return Estimate(mean, np.nan, np.nan, known.size, sd)
    half = float(student_t.ppf((1 + level) / 2, numbers.max())) * error
    return Estimate(mean, mean - half, mean + half, known.size, sd)


def sign_share(values: ArrayLike, level: float = LEVEL) -> Estimate:
    """Share of events above zero, with Wilson's (1927) interval for independent events.

    Events at exactly zero count as not above.
    """
    check_level(level)
    known, _ = known_values(values, None)
    found = share_interval(int((known > 0).sum()), known.size, level)
    p = found.value
    return Estimate(p, found.low, found.high, found.n, float(np.sqrt(p * (1 - p))))


def mean_correlation(abnormal: ArrayLike, overlap: int = OVERLAP) -> float:
    """Mean over pairs of events of the correlation of their abnormal returns.

    `abnormal` (events, days) are those of the estimation window, all events on the same calendar
    days. A pair that shares fewer than `overlap` days is left out; NaN if none is left.
    """
    values = panel(abnormal, "abnormal")
    pairs = pd.DataFrame(values.T).corr(min_periods=overlap).to_numpy()
    off = pairs[~np.eye(len(pairs), dtype=bool)]
    off = off[np.isfinite(off)]
    return float(off.mean()) if off.size else float("nan")


def correlation_adjusted_t(values: ArrayLike, correlation: float) -> float:
    """The t statistic of events on one date, with their mean `correlation` taken into account.

    With CARs scaled by each event's standard deviation before the event this is the statistic
    ADJ-BMP of Kolari and Pynnönen (2010); with plain CARs the same correction of the plain t.

    Raises ValueError unless −1/(n − 1) < correlation < 1.
    """
    known, _ = known_values(values, None)
    n = known.size
    if not -1 / max(n - 1, 1) < correlation < 1:
        raise ValueError(
            f"correlation: got {correlation}, expected a mean correlation of {n} events"
        )
    return t_statistic(known) * float(np.sqrt((1 - correlation) / (1 + (n - 1) * correlation)))


def _standard_error(values: Array, numbers: NDArray[np.int64]) -> float:
    groups = int(numbers.max()) + 1 if values.size else 0
    if groups < 2:
        return float("nan")
    if np.ptp(values) == 0:  # the mean of equal numbers may differ from them by rounding
        return 0.0
    sums = np.bincount(numbers, values - values.mean(), groups)
    return float(np.sqrt(groups / (groups - 1) * (sums @ sums)) / values.size)
