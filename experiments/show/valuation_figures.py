"""Figures of a valuation: its parts and its spread, the bridge, the tornado, the story switches.

Each takes rows of `experiments.valuation` (money in USD) and returns a matplotlib figure; axes are
in USD bn. `save_valuation` writes those that a row has data for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from experiments.show.style import (
    BLUE,
    FAINT,
    GREEN,
    GREY,
    INK,
    ORANGE,
    RED,
    headroom,
    panels,
    quiet,
    save,
)

BN = 1e9
Row = Mapping[str, Any]


def value_figure(row: Row) -> Figure:
    """From segments to equity value, and below the spread of equity value over the stories.

    The lower panel needs ``percentiles`` and ``equity_draws`` (`value_company` with
    ``stories`` and ``keep_draws``).
    """
    spread = "equity_draws" in row
    caption = "Above: the segments' values and the balance sheet add up to equity value. " + (
        "Below: equity values of all stories; shaded from the 5th to the 95th percentile, "
        "dashed the published base case."
        if spread
        else ""
    )
    with quiet():
        figure, axes = panels(caption, (1.0, 1.1) if spread else (1.0,))
        _parts(axes[0], row)
        axes[0].set_title(f"{row['company']}: {row['value_per_share']:,.2f} USD a share")
        if spread:
            _spread(axes[1], row)
        axes[-1].set_xlabel("USD bn")
        axes[-1].xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    return figure


def bridge_figure(bridge: Row, least: float = 1e9) -> Figure:
    """Waterfall of equity value between two valuations; changes under `least` USD are pooled."""
    steps = [(s["label"], s["equity_value"] / BN) for s in bridge["steps"]]
    shown = [(label, size) for label, size in steps if abs(size) * BN >= least]
    rest = sum(size for _, size in steps) - sum(size for _, size in shown)
    if len(shown) < len(steps) and abs(rest) >= 0.05:
        shown.append(("all smaller changes", rest))
    start, end = (bridge[side]["equity_value"] / BN for side in ("from", "to"))
    caption = (
        "Equity value before and after, and what each changed input adds (green) or takes (red) "
        "when inputs are moved one at a time from top to bottom. The bars sum to the whole "
        "change; single bars depend on the order."
    )
    with quiet():
        figure, (axis,) = panels(caption)
        labels = [_short(bridge["from"]["label"]), *[label for label, _ in shown]]
        labels.append(_short(bridge["to"]["label"]))
        sizes = np.array([size for _, size in shown])
        left = start + np.concatenate([[0.0], np.cumsum(sizes)[:-1]]) if len(sizes) else sizes
        rows = np.arange(len(labels))
        axis.barh(rows[[0, -1]], [start, end], color=BLUE, height=0.65)
        colours = [GREEN if size > 0 else RED for size in sizes]
        axis.barh(rows[1:-1], sizes, left=left, color=colours, height=0.65)
        for y, x, text in [
            (0, start, f"{start:,.0f}"),
            (rows[-1], end, f"{end:,.0f}"),
            *zip(
                rows[1:-1],
                np.maximum(left, left + sizes),
                [f"{size:+,.1f}" for size in sizes],
                strict=True,
            ),
        ]:
            _mark(axis, x, y, text)
        axis.set_yticks(rows, labels)
        axis.invert_yaxis()
        levels = np.concatenate([[start, end], left, left + sizes])
        low, high = float(levels.min()), float(levels.max())
        margin = 0.12 * max(high - low, 1.0)
        axis.set_xlim(max(0.0, low - margin) if low > 0 else low - margin, high + margin)
        axis.set_xlabel("equity value, USD bn (axis does not start at zero)")
        axis.set_title("What changed the value")
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.grid(axis="y", visible=False)
    return figure


def tornado_figure(bars: Sequence[Row], base: float, most: int = 15) -> Figure:
    """Equity value with one input at its 10th and 90th percentile; `base` is the value, USD."""
    caption = (
        "Each bar moves one input from its 10th (orange) to its 90th (blue) percentile among the "
        "stories, all others at their median; a switch fails or succeeds. The widest bars are "
        "what the value hinges on."
    )
    chosen = list(bars)[:most]
    with quiet():
        figure, (axis,) = panels(caption)
        rows = np.arange(len(chosen))
        ends = [("low", ORANGE), ("high", BLUE)]
        for end, colour in ends:
            sizes = [(bar[f"{end}_equity"] - base) / BN for bar in chosen]
            axis.barh(rows, sizes, left=base / BN, color=colour, height=0.65)
            for y, bar, size in zip(rows, chosen, sizes, strict=True):
                axis.annotate(
                    bar[f"{end}_input"] if bar["factor"] != "outlook" else end,
                    (base / BN + size, y),
                    xytext=(4 if size >= 0 else -4, 0),
                    textcoords="offset points",
                    ha="left" if size >= 0 else "right",
                    va="center",
                    fontsize=7.5,
                    color=GREY,
                )
        axis.axvline(base / BN, color=INK, linewidth=0.9)
        axis.set_yticks(rows, [bar["factor"].replace("_", " ") for bar in chosen])
        axis.invert_yaxis()
        axis.margins(x=0.2)
        axis.set_xlabel("equity value, USD bn")
        axis.set_title("What the value hinges on")
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.grid(axis="y", visible=False)
    return figure


def switches_figure(switches: Row) -> Figure:
    """Equity value of each case of the story switches, and the probability above the threshold."""
    threshold = switches["threshold"] / BN
    caption = (
        f"The {switches['segment']} segment off, as published, failed, and with its cost advantage "
        "earned, over the same stories. Thin: 5th to 95th percentile; thick: middle half; dot: "
        "median; diamond: the published inputs with only the case's change. The figure at the "
        "right is the probability of a value above the dashed line."
    )
    cases = switches["cases"]
    with quiet():
        figure, (axis,) = panels(caption)
        for y, case in enumerate(cases.values()):
            p = {name: level / BN for name, level in case["percentiles"].items()}
            axis.plot([p["p5"], p["p95"]], [y, y], color=BLUE, linewidth=1.2)
            axis.plot([p["p25"], p["p75"]], [y, y], color=BLUE, linewidth=7, alpha=0.6)
            axis.plot(p["p50"], y, "o", color=INK, markersize=5)
            axis.plot(case["point"] / BN, y, "D", color=ORANGE, markersize=5)
            _mark(axis, p["p95"], y, f"{case['probability_above_threshold']:.0%}")
        axis.axvline(threshold, color=RED, linestyle="--", linewidth=1)
        axis.set_yticks(np.arange(len(cases)), [label.replace("_", " ") for label in cases])
        axis.invert_yaxis()
        axis.margins(x=0.08, y=0.12)
        axis.set_xlabel("equity value, USD bn")
        axis.set_title(f"Probability of more than {threshold:,.0f} bn")
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.grid(axis="y", visible=False)
    return figure


def save_valuation(row: Row, folder: Path) -> list[Path]:
    """Write the figures that `row` (of `value_company`) has data for; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [save(value_figure(row), folder / "value.png")]
    if "bridge" in row:
        paths.append(save(bridge_figure(row["bridge"]), folder / "value_bridge.png"))
    if "tornado" in row:
        figure = tornado_figure(row["tornado"], row["equity_value"])
        paths.append(save(figure, folder / "tornado.png"))
    if "switches" in row:
        paths.append(save(switches_figure(row["switches"]), folder / "story_switches.png"))
    return paths


def _parts(axis: Axes, row: Row) -> None:
    parts = [(name, worth / BN) for name, worth in row["segments"].items()]
    parts += [
        (name, sign * row[name] / BN)
        for name, sign in (("cash", 1), ("proceeds", 1), ("debt", -1))
        if row[name]
    ]
    sizes = np.array([size for _, size in parts])
    left = np.concatenate([[0.0], np.cumsum(sizes)[:-1]])
    total = float(sizes.sum())
    rows = np.arange(len(parts) + 1)
    axis.barh(
        rows[:-1], sizes, left=left, height=0.65, color=[BLUE if s >= 0 else RED for s in sizes]
    )
    axis.barh(rows[-1], total, color=INK, height=0.65)
    ends = [*np.maximum(left, left + sizes), total]
    for y, (x, size) in enumerate(zip(ends, [*sizes, total], strict=True)):
        _mark(axis, x, y, f"{size:,.1f}")
    axis.set_yticks(rows, [*[name for name, _ in parts], "equity value"])
    axis.invert_yaxis()
    axis.margins(x=0.1)
    axis.set_ylabel("part of value")
    axis.grid(axis="y", visible=False)


def _spread(axis: Axes, row: Row) -> None:
    draws = np.asarray(row["equity_draws"]) / BN
    p = {name: level / BN for name, level in row["percentiles"].items()}
    top = float(np.percentile(draws, 99.5))
    axis.hist(np.minimum(draws, top), bins=80, color=FAINT)
    axis.axvspan(p["p5"], p["p95"], color=BLUE, alpha=0.10, linewidth=0)
    headroom(axis, 0.0, 0.15)
    for name in ("p5", "p25", "p50", "p75", "p95"):
        axis.axvline(p[name], color=BLUE, linewidth=1)
        axis.annotate(
            f"{name}\n{p[name]:,.0f}",
            (p[name], 1),
            xycoords=("data", "axes fraction"),
            xytext=(2, -2),
            textcoords="offset points",
            va="top",
            fontsize=7.5,
            color=BLUE,
        )
    axis.axvline(row["equity_value"] / BN, color=INK, linestyle="--", linewidth=1)
    axis.set_ylabel("stories (those beyond the 99.5th\npercentile in the last bar)")


def _mark(axis: Axes, x: float, y: float, text: str) -> None:
    axis.annotate(
        text,
        (x, y),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=INK,
    )


def _short(label: str) -> str:
    """The company and date without what follows the comma."""
    return label.split(",")[0] + (")" if "(" in label.split(",")[0] else "")
