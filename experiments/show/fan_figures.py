"""The fan with assumptions left open, and how much each of them widens it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from experiments.show.style import BLUE, GREY, INK, ORANGE, caption_under, quiet

Array = NDArray[np.float64]
CAPTION = (
    "Left: close on each trading day, the median and the middle 90 % of {runs} runs; blue, runs "
    "that differ only in their seed; orange, runs that also draw every assumption from its range. "
    "Right: width of that band on day {day}, as a factor between its ends; dots with one "
    "assumption drawn, bars are 95 % bootstrap intervals over seeds, the dashed line is the width "
    "with seeds only."
)


def fan_width_figure(closes: Mapping[str, Array], table: pd.DataFrame, title: str) -> Figure:
    """Two fans, and the width of the band with each assumption open.

    Parameters
    ----------
    closes : condition -> (seeds, days), USD; the first is *seeds only*, the last *all of them*
    table : as `experiments.studies.fan_width.widths`
    """
    names = list(closes)
    day = int(table["day"].max())
    with quiet():
        figure = Figure(figsize=(11.5, 5.2), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
        figure.suptitle(title, x=0.012, ha="left", fontsize=11.5, fontweight="bold")
        for name, colour in ((names[-1], ORANGE), (names[0], BLUE)):
            _fan(left, closes[name], colour, name)
        left.set(xlabel="trading days from the first trade", ylabel="close, USD a share")
        left.set_yscale("log")
        left.yaxis.set_major_formatter("{x:,.0f}")
        left.yaxis.set_minor_formatter("{x:,.0f}")
        left.tick_params(axis="y", which="minor", labelsize=7.5, colors=GREY)
        left.legend(loc="upper left")
        _widths(right, table[table["day"] == day], names)
        right.set_xlabel(f"p95 / p5 of the close on day {day}")
        runs = min(int(np.isfinite(every[:, 0]).sum()) for every in closes.values())
        caption_under(figure, CAPTION.format(runs=runs, day=day), width=160)
    return figure


def _fan(axis: Axes, closes: Array, colour: str, label: str) -> None:
    low, middle, high = np.nanpercentile(closes, (5, 50, 95), axis=0)
    days = np.arange(closes.shape[1])
    axis.fill_between(days, low, high, color=colour, alpha=0.25, lw=0)
    axis.plot(days, middle, color=colour, label=label)
    axis.set_xlim(0, days[-1])


def _widths(axis: Axes, table: pd.DataFrame, names: list[str]) -> None:
    base = table.set_index("condition").loc[names]
    alone = base.iloc[1:-1].sort_values("width")
    order = pd.concat([base.iloc[[-1]], alone.iloc[::-1], base.iloc[[0]]]).iloc[::-1]
    for place, (name, row) in enumerate(order.iterrows()):
        colour = {names[0]: BLUE, names[-1]: ORANGE}.get(str(name), INK)
        axis.plot(np.exp([row["width_low"], row["width_high"]]), [place] * 2, color=colour, lw=1.4)
        axis.plot(np.exp(row["width"]), place, "o", color=colour, ms=5)
    axis.axvline(np.exp(base["width"].iloc[0]), color=BLUE, lw=0.9, ls="--")
    axis.set_yticks(range(len(order)), [str(name) for name in order.index])
    axis.set_ylim(-0.6, len(order) - 0.4)
