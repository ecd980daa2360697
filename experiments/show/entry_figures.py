"""Figures of the studies of index entry: effects by day, and what each mechanism takes off.

Paths are arrays (seeds, days) of changes of the log price; a row with NaN is a history without the
event and is left out. Bands and bars are 95 % intervals over seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from experiments.show.study_figures import mean_band
from experiments.show.style import GREY, INK, SERIES, headroom, panels, quiet

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """Paths by label, their unit on the y axis, and days to mark with a dotted line."""

    ylabel: str
    paths: Mapping[str, Array]
    marks: Sequence[float] = field(default=())


def effects_figure(
    parts: Sequence[Panel], days: Array, title: str, caption: str, xlabel: str
) -> Figure:
    """Stacked panels of mean effects by day with their intervals; `days` (days,) is the x axis."""
    with quiet():
        figure, axes = panels(caption, (1.0,) * len(parts))
        for axis, part in zip(axes, parts, strict=True):
            for colour, (label, path) in zip(SERIES, part.paths.items(), strict=False):
                mean_band(axis, days, np.expm1(path), label, colour, alpha=0.16)
            axis.axhline(0, color=GREY, linewidth=0.8)
            for mark in part.marks:
                axis.axvline(mark, color=INK, linewidth=0.8, linestyle=":")
            axis.yaxis.set_major_formatter(PercentFormatter(1.0))
            axis.set(ylabel=part.ylabel)
        axes[0].set_title(title)
        headroom(axes[0], above=0.18)
        if axes[0].get_legend_handles_labels()[0]:
            axes[0].legend(loc="upper right", ncols=4)
        axes[-1].set(xlabel=xlabel)
        axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def bars_figure(table: pd.DataFrame, measure: str, title: str, caption: str) -> Figure:
    """A bar a condition of one measure, a fraction, with its interval."""
    part = table[table["measure"] == measure]
    with quiet():
        figure, (axis,) = panels(caption)
        places = np.arange(len(part))[::-1]
        values = part["value"].to_numpy(float)
        axis.barh(places, values, color=SERIES[0], height=0.55, alpha=0.85)
        axis.hlines(places, part["low"], part["high"], color=INK, linewidth=1.4)
        axis.axvline(0, color=GREY, linewidth=0.8)
        axis.set_yticks(places, [str(name) for name in part["condition"]])
        axis.xaxis.set_major_formatter(PercentFormatter(1.0))
        axis.set(xlabel=str(part["label"].iloc[0]) if len(part) else "", title=title)
    return figure
