"""The look shared by all figures: quiet axes, one palette, a caption that says what to see.

Figures are made without pyplot, so drawing needs no display and leaves no global state behind.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

INK, GREY, FAINT = "#1f2933", "#6b7785", "#c9d1d9"
BLUE, ORANGE, GREEN, RED, PURPLE = "#2f6690", "#e07a2f", "#4a8f5b", "#b3403a", "#7d5ba6"
SERIES = (BLUE, ORANGE, GREEN, PURPLE, "#c9a227", "#5ba3b0", RED, "#8c6d5a", GREY, "#a3b18a")

SIZE, DPI = (9.0, 5.5), 150
QUIET: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.5,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 9.0,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6eaee",
    "grid.linewidth": 0.7,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.xmargin": 0.01,
    "legend.facecolor": "white",
    "legend.edgecolor": "none",
    "legend.framealpha": 0.9,
    "legend.fancybox": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "ipolab",
}


@contextmanager
def quiet() -> Iterator[None]:
    """Draw with the house style whatever the reader's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(QUIET)
        yield


def panels(caption: str, heights: Sequence[float] = (1.0,)) -> tuple[Figure, list[Axes]]:
    """A figure of stacked panels on one x axis, with `caption` under it."""
    figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
    axes = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)
    caption_under(figure, caption)
    return figure, list(axes[:, 0])


def heading(figure: Figure, title: str) -> None:
    """Write `title` over all panels of a figure."""
    figure.suptitle(title, x=0.012, ha="left", fontsize=11.5, fontweight="bold")


def side_by_side(caption: str, count: int, columns: int) -> tuple[Figure, list[Axes]]:
    """`count` panels in rows of `columns`, each with an x axis of its own, `caption` under them."""
    rows = -(-count // columns)
    height = 1.2 + 2.1 * rows
    figure = Figure(figsize=(SIZE[0], height), dpi=DPI, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    caption_under(figure, caption, line=0.17 / height, apart=0.08)
    for axis in axes[count:]:
        axis.set_axis_off()
    return figure, list(axes[:count])


def caption_under(
    figure: Figure, caption: str, width: int = 128, line: float = 0.031, apart: float = 0.05
) -> None:
    """Write `caption`, so many characters a line, under a figure of constrained layout.

    `line` is the height of a line as a part of the figure's, `apart` inches between panels.
    """
    lines = textwrap.wrap(caption, width)
    figure.text(
        0.012, 0.012, "\n".join(lines), fontsize=8.5, color=GREY, va="bottom", linespacing=1.35
    )
    foot = 0.03 + line * len(lines)
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.set(rect=(0, foot, 1, 1 - foot), h_pad=apart, w_pad=0.06)  # type: ignore[call-arg]


def dated(axis: Axes) -> None:
    """Short dates, no more than fit."""
    locator = AutoDateLocator(minticks=4, maxticks=10)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def beside(axis: Axes, y: float, text: str, colour: str) -> None:
    """Label a horizontal line at the right edge, outside the axes."""
    axis.annotate(
        text,
        (1, y),
        xycoords=("axes fraction", "data"),
        xytext=(4, 0),
        textcoords="offset points",
        color=colour,
        fontsize=8.5,
        va="center",
        annotation_clip=False,
    )


def headroom(axis: Axes, low: float | None = None, above: float = 0.08) -> None:
    """Room above the data, and the axis from `low` if given."""
    bottom, top = axis.get_ylim()
    bottom = bottom if low is None else low
    if np.isfinite(top) and top > bottom:
        axis.set_ylim(bottom, top + above * (top - bottom))


def save(figure: Figure, path: Path) -> Path:
    """Write `figure` as PNG, the same bytes for the same figure."""
    with quiet():
        figure.savefig(path, dpi=DPI, metadata={"Software": "ipolab"})
    return path
