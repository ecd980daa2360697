"""Several portfolios measured on one run: their rows, their growth, and a figure of their paths.

A study that measures portfolios hands back one row each, with the name in the column
``portfolio``; `as_conditions` puts it in the place of the condition, so that the table compares
portfolios seed by seed. Paths have shape (days,), day 0 the first close.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from sim.calendar import TRADING_DAYS
from sim.recorder import Recorder

Array = NDArray[np.float64]


def as_conditions(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with every portfolio as a condition of its own, the first in the lead."""
    return rows.assign(condition=rows["portfolio"])


def index_path(recorder: Recorder, name: str, total: bool = True) -> Array:
    """Total return (or level) of an index at every close, 1 on day 0."""
    table = recorder.total_return if total else recorder.level
    path = table[: recorder.days, recorder.indices.index(name)]
    return np.asarray(path / path[0])


def growth(path: Array) -> float:
    """Annualised growth of a path, NaN of one shorter than two days."""
    if path.size < 2:
        return float("nan")
    return float((path[-1] / path[0]) ** (TRADING_DAYS / (path.size - 1)) - 1)


def deviation(path: Array, reference: Array | None = None) -> float:
    """Annualised standard deviation of daily log returns, those of a reference taken off."""
    changes = np.diff(np.log(path))
    if reference is not None:
        changes = changes - np.diff(np.log(reference))
    if changes.size < 2:
        return float("nan")
    return float(changes.std(ddof=1) * np.sqrt(TRADING_DAYS))


def bands_figure(paths: Mapping[str, Array], title: str, caption: str, ylabel: str) -> Figure:
    """Median over histories of each portfolio's path with the middle half of them.

    Paths are fractions, (seeds, days), shown in per cent against years.
    """
    from experiments.show.style import GREY, SERIES, headroom, panels, quiet

    with quiet():
        figure, (axis,) = panels(caption)
        for colour, (label, path) in zip(SERIES, paths.items(), strict=False):
            years = np.arange(path.shape[1]) / TRADING_DAYS
            low, middle, high = np.percentile(path, (25, 50, 75), axis=0)
            axis.fill_between(years, low, high, color=colour, alpha=0.14, linewidth=0)
            axis.plot(years, middle, color=colour, label=label)
        axis.axhline(0, color=GREY, linewidth=0.8)
        axis.yaxis.set_major_formatter(PercentFormatter(1.0))
        axis.set(xlabel="years", ylabel=ylabel, title=title)
        headroom(axis, above=0.15)
        axis.legend(loc="upper left", ncols=4)
    return figure
