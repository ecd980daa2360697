"""Figures of the named studies: conditions side by side, paths, windows, shares of variance.

Tables have the columns of `experiments.studies.comparison`; paths are arrays (seeds, days) with day
0 the first trade. Bars and bands are 95 % intervals over seeds unless the caption says otherwise.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from experiments.show.style import (
    BLUE,
    GREY,
    INK,
    SERIES,
    heading,
    headroom,
    panels,
    quiet,
    side_by_side,
)
from experiments.studies.intervals import mean_interval
from experiments.studies.wording import amount

Array = NDArray[np.float64]


def measures_figure(table: pd.DataFrame, measures: Sequence[str], title: str) -> Figure:
    """One small panel a measure: the mean of every condition with its interval."""
    caption = (
        "Dots: means over histories; bars: 95 % intervals; vertical line: the first condition. "
        "Every condition meets the same news and the same investors, so that even conditions whose "
        "bars overlap may differ in every single history (see the paired differences in the table)."
    )
    with quiet():
        figure, axes = side_by_side(caption, len(measures), columns=3)
        heading(figure, title)
        for place, (axis, name) in enumerate(zip(axes, measures, strict=False)):
            _dots(axis, table[table["measure"] == name], names=place % 3 == 0)
    return figure


def paths_figure(
    closes: Mapping[str, Array], title: str, floats: Mapping[str, Array] | None = None
) -> Figure:
    """Median close of every condition with its middle half of histories; the float below."""
    caption = (
        "Lines: the median close over histories; bands: the middle half of them. All conditions "
        "share their news, so look at the distance between lines, not at their common moves; lines "
        "that are the same hide one another."
    )
    if floats is not None:
        caption += " Below: shares free to trade; where the float jumps, watch the price."
    with quiet():
        figure, axes = panels(caption, (2.6, 1) if floats is not None else (1.0,))
        for colour, (label, path) in zip(SERIES, closes.items(), strict=False):
            _band(axes[0], path, label.replace("_", " "), colour)
        axes[0].set(ylabel="USD a share", title=title)
        headroom(axes[0], above=0.12)
        _legend(axes[0])
        if floats is not None:
            for colour, path in zip(SERIES, floats.values(), strict=False):
                if np.isfinite(path).any():
                    middle = np.nanmedian(path[np.isfinite(path).any(axis=1)], axis=0)
                    axes[1].step(np.arange(middle.size), middle, color=colour, where="post")
            axes[1].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
            axes[1].set(ylabel="float\n(% of shares)", ylim=(0, 1.05))
        axes[-1].set(xlabel="trading days from the first trade")
    return figure


def window_figure(windows: Mapping[str, Array], title: str) -> Figure:
    """Mean effect on the log price over the days around a release, with 95 % intervals.

    Each array is (seeds, 2k + 2): the change since the close of day −k − 1, at that close and on
    days −k … k; rows of NaN are histories without the event.
    """
    caption = (
        "The price in percent of what it is in the world of the same seed in which nothing is "
        "released, from the close six days before. Day 0 is the first on which the shares may be "
        "sold. Lines: means over histories; bands: 95 % intervals. Before day 0 the lines are flat "
        "if nobody trades ahead of the release."
    )
    with quiet():
        figure, (axis,) = panels(caption)
        for colour, (label, window) in zip(SERIES, windows.items(), strict=False):
            days = np.arange(window.shape[1], dtype=float) - window.shape[1] // 2
            mean_band(axis, days, np.expm1(window), label, colour)
        axis.axhline(0, color=GREY, linewidth=0.8)
        axis.axvline(0, color=INK, linewidth=0.8, linestyle=":")
        axis.yaxis.set_major_formatter(PercentFormatter(1.0))
        axis.set(xlabel="trading days from the release", ylabel="effect on the price", title=title)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        headroom(axis, above=0.15)
        _legend(axis)
    return figure


def shares_figure(table: pd.DataFrame, measures: Sequence[str], horizons: Sequence[int]) -> Figure:
    """Share of the variance of price changes carried by each part, by length of the change."""
    caption = (
        "Variance of changes of the log price across histories, by what causes it: news about each "
        "segment, macro news, and trading without any news. Dots: estimates; bars: 95 % intervals, "
        "histories resampled. Shares need not add to one: parts interact. Watch which part grows "
        "with the horizon."
    )
    with quiet():
        figure, (axis,) = panels(caption)
        parts = list(dict.fromkeys(table.loc[table["measure"].isin(measures), "condition"]))
        width = 0.75 / max(len(parts), 1)
        for place, part in enumerate(parts):
            own = table[(table["condition"] == part) & table["measure"].isin(measures)]
            x = np.arange(len(own)) + (place - (len(parts) - 1) / 2) * width
            colour = SERIES[place % len(SERIES)]
            axis.vlines(x, own["low"], own["high"], color=colour, linewidth=2.2, alpha=0.5)
            axis.plot(x, own["value"], "o", color=colour, label=part, markersize=5)
        axis.axhline(0, color=GREY, linewidth=0.8)
        days = [f"{h} day" + ("" if h == 1 else "s") for h in horizons]
        axis.set_xticks(np.arange(len(horizons)), days)
        axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.set(
            xlabel="length of the change",
            ylabel="share of the variance",
            title="Where the variance of the price path comes from",
        )
        headroom(axis, above=0.15)
        axis.legend(loc="upper center", ncols=len(parts))
    return figure


def response_figure(
    prices: Mapping[str, Array], values: Mapping[str, Array], day: int
) -> Figure:  # fmt: skip
    """Response of log price and log published value to a shock on a day, (seeds, days) each."""
    caption = (
        "The same histories with one shock: on the day of the dotted line everybody's target "
        "revenue of the AI segment doubles or halves. Lines: price against the same history "
        "without the shock, mean and 95 % interval; dashed: the published value of a share. Watch "
        "how fast the price follows, and whether it goes all the way."
    )
    first = max(day - 21, 0)
    with quiet():
        figure, (axis,) = panels(caption)
        for colour, label in zip(SERIES, prices, strict=False):
            path = prices[label][:, first:]
            days = np.arange(path.shape[1], dtype=float) + first - day
            mean_band(axis, days, np.expm1(path), f"price, {label}", colour)
            worth = values[label][:, first:]
            if len(worth):
                axis.plot(
                    days,
                    np.expm1(worth).mean(axis=0),
                    color=colour,
                    linestyle="--",
                    linewidth=1.1,
                    label=f"value, {label}",
                )
        axis.axhline(0, color=GREY, linewidth=0.8)
        axis.axvline(0, color=INK, linewidth=0.8, linestyle=":")
        axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.set(
            xlabel="trading days from the shock",
            ylabel="change by the shock",
            title="A doubled or halved AI story",
        )
        headroom(axis, above=0.15)
        _legend(axis)
    return figure


def _dots(axis: Axes, part: pd.DataFrame, names: bool) -> None:
    unit, places = str(part["unit"].iloc[0]), np.arange(len(part))[::-1]
    colours = [SERIES[n % len(SERIES)] for n in range(len(part))]
    first = float(part["value"].iloc[0])
    if np.isfinite(first):
        axis.axvline(first, color=GREY, linewidth=0.8, zorder=1)
    axis.hlines(places, part["low"], part["high"], color=colours, linewidth=3, alpha=0.45)
    axis.scatter(part["value"], places, color=colours, s=26, zorder=3)
    for place, value in zip(places, part["value"], strict=True):
        text = amount(value, unit) if np.isfinite(value) else "none"
        at = value if np.isfinite(value) else np.mean(axis.get_xlim())
        axis.annotate(
            text,
            (at, place),
            xytext=(0, 6),
            textcoords="offset points",
            fontsize=7.5,
            ha="center",
            color=INK if np.isfinite(value) else GREY,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6},
        )
    labels = [str(label).replace("_", " ") for label in part["condition"]]
    axis.set_yticks(places, labels if names else [""] * len(labels))
    axis.set_ylim(-0.5, len(part) - 0.3)
    axis.margins(x=0.18)
    axis.xaxis.set_major_locator(MaxNLocator(3))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: amount(x, unit)))
    axis.tick_params(axis="x", labelsize=8)
    axis.set_title("\n".join(textwrap.wrap(str(part["label"].iloc[0]), 34)), fontsize=9)


def _band(axis: Axes, path: Array, label: str, colour: str) -> None:
    """Median and middle half of histories by day; nothing if there is no history."""
    path = path[np.isfinite(path).any(axis=1)]
    if not len(path):
        return
    low, middle, high = np.nanpercentile(path, (25, 50, 75), axis=0)
    days = np.arange(path.shape[1])
    axis.fill_between(days, low, high, color=colour, alpha=0.12, linewidth=0)
    axis.plot(days, middle, color=colour, label=label)


def mean_band(
    axis: Axes, days: Array, paths: Array, label: str, colour: str = BLUE, alpha: float = 0.18
) -> None:
    """Mean by day with its 95 % interval; nothing if there is no history."""
    paths = paths[np.isfinite(paths).all(axis=1)]
    if not len(paths):
        return
    intervals = [mean_interval(column) for column in paths.T]
    low, high = np.array([(i.low, i.high) for i in intervals]).T
    axis.fill_between(days, low, high, color=colour, alpha=alpha, linewidth=0)
    axis.plot(days, [i.value for i in intervals], color=colour, label=label)


def _legend(axis: Axes) -> None:
    if axis.get_legend_handles_labels()[0]:  # every history may lack the event
        axis.legend(loc="upper right", ncols=4)
