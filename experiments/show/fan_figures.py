"""Predictive fans: over seeds, and with assumptions left open and how much each widens it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from experiments.show.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    beside,
    caption_under,
    heading,
    panels,
    quiet,
)

Array = NDArray[np.float64]
CAPTION = (
    "Left: close on each trading day, the median and the middle 90 % of {runs} runs; blue, runs "
    "that differ only in their seed; orange, runs that also draw every assumption from its range. "
    "Right: how far the close moves when an assumption is drawn and all else stays, standard "
    "deviation over seeds, on the first day (hollow) and on day {day} (filled), with 95 % "
    "bootstrap intervals; blue: how far seeds alone move it."
)


def fan_figure(
    closes: Array,
    offer: float | None = None,
    value: float | None = None,
    actual: Array | None = None,
    title: str = "Where the price may go",
) -> Figure:
    """The predictive fan over seeds.

    Parameters
    ----------
    closes : array (seeds, days), USD, day 0 the first trade; NaN after a run's end
    offer, value : float, USD a share: offer price and intrinsic value, drawn as lines
    actual : array (days,), USD: a real path to lay over the fan
    """
    closes = np.atleast_2d(np.asarray(closes, dtype=float))
    closes = closes[np.isfinite(closes).any(axis=1)]
    p5, p25, p50, p75, p95 = np.nanpercentile(closes, (5, 25, 50, 75, 95), axis=0)
    days = np.arange(closes.shape[1])
    caption = (
        f"{len(closes)} runs that differ only in their seed. Line: the median close; bands: the "
        "middle half and the middle 90 % of runs on each day. Thin lines are single runs, each "
        "far rougher than the median."
    )
    with quiet():
        figure, (axis,) = panels(caption)
        axis.fill_between(days, p5, p95, color=BLUE, alpha=0.15, lw=0, label="5–95 %")
        axis.fill_between(days, p25, p75, color=BLUE, alpha=0.28, lw=0, label="25–75 %")
        for path in closes[:4]:
            axis.plot(days, path, color=GREY, linewidth=0.6, alpha=0.7)
        axis.plot(days, p50, color=BLUE, label="median")
        if actual is not None:
            axis.plot(np.arange(len(actual)), actual, color=INK, label="actual")
        if offer is not None:
            axis.axhline(offer, color=ORANGE, linestyle="--", linewidth=1.2)
            beside(axis, offer, f"offer\n${offer:,.2f}", ORANGE)
        if value is not None:
            axis.axhline(value, color=GREEN, linestyle="--", linewidth=1.2)
            beside(axis, value, f"value\n${value:,.2f}", GREEN)
        axis.set(xlabel="trading days from the first trade", ylabel="USD a share", title=title)
        axis.set_xlim(0, max(len(days) - 1, 1))
        axis.set_ylim(bottom=0)
        axis.legend(loc="upper right", ncols=4)
    return figure


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
        heading(figure, title)
        for name, colour in ((names[-1], ORANGE), (names[0], BLUE)):
            _fan(left, closes[name], colour, name)
        left.set(xlabel="trading days from the first trade", ylabel="close, USD a share")
        left.set_yscale("log")
        left.yaxis.set_major_formatter("{x:,.0f}")
        left.yaxis.set_minor_formatter("{x:,.0f}")
        left.tick_params(axis="y", which="minor", labelsize=7.5, colors=GREY)
        left.legend(loc="upper left")
        _spreads(right, table, names)
        right.set_xlabel("standard deviation of the log close")
        runs = min(int(np.isfinite(every[:, 0]).sum()) for every in closes.values())
        caption_under(figure, CAPTION.format(runs=runs, day=day), width=160)
    return figure


def _fan(axis: Axes, closes: Array, colour: str, label: str) -> None:
    low, middle, high = np.nanpercentile(closes, (5, 50, 95), axis=0)
    days = np.arange(closes.shape[1])
    axis.fill_between(days, low, high, color=colour, alpha=0.25, lw=0)
    axis.plot(days, middle, color=colour, label=label)
    axis.set_xlim(0, days[-1])


def _spreads(axis: Axes, table: pd.DataFrame, names: list[str]) -> None:
    days = (int(table["day"].min()), int(table["day"].max()))
    last = table[table["day"] == days[1]].set_index("condition")
    alone = last.loc[names[1:-1]].sort_values("spread").index.tolist()
    order = [names[0], *alone, names[-1]]
    for day, filled in zip(days, (False, True), strict=True):
        rows = table[table["day"] == day].set_index("condition")
        for place, name in enumerate(order):
            colour = {names[0]: BLUE, names[-1]: ORANGE}.get(name, INK)
            row, y = rows.loc[name], place - 0.15 * (1 if filled else -1)
            axis.plot([row["spread_low"], row["spread_high"]], [y, y], color=colour, lw=1.3)
            face = colour if filled else "white"
            axis.plot(row["spread"], y, "o", color=colour, markerfacecolor=face, ms=5)
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_xlim(left=0)
    axis.set_yticks(range(len(order)), order)
    axis.set_ylim(-0.6, len(order) - 0.4)
