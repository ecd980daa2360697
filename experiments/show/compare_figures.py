"""Figures of a real series against the fan, and the table of the comparison."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from experiments.evidence.forecast import band
from experiments.show.style import BLUE, FAINT, GREY, INK, ORANGE, headroom, panels, quiet

if TYPE_CHECKING:
    from experiments.evidence.compare import Comparison

BINS = 10


def overlay_figure(found: Comparison, title: str, offer: float | None = None) -> Figure:
    """The actual closes over the bands of the runs; below, where they rank among them."""
    closes, actual = found.closes, found.actual
    days = np.arange(actual.size)
    caption = (
        f"Black: actual closing price. Blue: {len(closes)} simulated histories on the same days "
        "(line: median; bands: 50 % and 90 %). Below: the part of the histories that lie lower on "
        "that day; outside the dotted lines the actual price is outside the 90 % band. Watch "
        "whether it stays out. Dashed verticals: end of the first month, first unlock, year's end."
    )
    with quiet():
        figure, (upper, lower) = panels(caption, (3.0, 1))
        for width, alpha in ((0.9, 0.15), (0.5, 0.28)):
            low, high = band(closes, width)
            upper.fill_between(days, low, high, color=BLUE, alpha=alpha, lw=0, label=f"{width:.0%}")
        upper.plot(days, np.median(closes, axis=0), color=BLUE, label="median")
        upper.plot(days, actual, color=INK, label="actual")
        if offer is not None:
            upper.axhline(offer, color=ORANGE, linestyle="--", linewidth=1.1, label="offer")
        upper.set(ylabel="USD a share", title=title, xlim=(0, max(days[-1], 1)))
        upper.set_ylim(bottom=0)
        headroom(upper, 0.0, 0.12)
        upper.legend(loc="upper right", ncols=5)
        lower.plot(days, found.ranks, color=INK, linewidth=1.2)
        for edge in (0.05, 0.95):
            lower.axhline(edge, color=GREY, linestyle=":", linewidth=1.0)
        lower.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        lower.set(ylim=(0, 1), ylabel="rank among\nhistories")
        lower.set_xlabel("trading days from the first trade")
        for axis in (upper, lower):
            for _, last in found.phases.values():
                axis.axvline(last, color=FAINT, linestyle="--", linewidth=0.9)
    return figure


def ranks_figure(found: Comparison) -> Figure:
    """The PIT histogram: how often the actual close falls into each tenth of the runs."""
    caption = (
        "Part of days on which the actual close falls into each tenth of the simulated histories. "
        "Over many companies the bars would be level (dotted line) if forecasts were right; heaped "
        "at one end they are too low or too high, heaped at both too narrow. Days of one company "
        "are not independent: uneven bars alone refute nothing."
    )
    with quiet():
        figure, (axis,) = panels(caption)
        counts, edges = np.histogram(found.ranks, bins=BINS, range=(0.0, 1.0))
        axis.bar(edges[:-1], counts / counts.sum(), width=1 / BINS, align="edge", color=BLUE,
                 edgecolor="white")  # fmt: skip
        axis.axhline(1 / BINS, color=GREY, linestyle=":", linewidth=1.2)
        for which in (axis.xaxis, axis.yaxis):
            which.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.set(
            xlim=(0, 1), xlabel="rank of the actual close among the histories",
            ylabel="part of days", title="PIT histogram",
        )  # fmt: skip
        headroom(axis, 0.0)
    return figure


def comparison_table(found: Comparison, folder: Path | None = None) -> Any:
    """A rich renderable of the scores and figures."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    def grid(frame: Any, first: str) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for name in frame.columns:
            head = "" if name == first else str(name).replace("_", " ")
            table.add_column(head, justify="left" if name == first else "right")
        for row in frame.itertuples(index=False, name=None):
            table.add_row(*(_cell(name, x) for name, x in zip(frame.columns, row, strict=True)))
        return table

    parts: list[Any] = [
        Text("Forecasts of the log close", style="bold"),
        grid(found.scores, "forecast"),
        Text(),
        Text("Figures of the path among those of the runs", style="bold"),
        grid(found.figures, "figure"),
        Text(),
        Text(found.reading()),
        *(Text(f"Note: {note}.", style="dim") for note in found.notes),
    ]
    if folder is not None:
        parts += [Text(), Text(f"Files in {folder}/", no_wrap=True, overflow="ignore")]
    return Group(*parts)


def _cell(column: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if not np.isfinite(value):
        return "–"
    if column.startswith("coverage"):
        return f"{value:.0%}"
    return f"{value:.0f}" if column == "percentile" else f"{value:.3g}"
