"""The claims ledger on the screen, and its pictures.

A claim's picture shows the measures that its verdict was read off, one panel each, a dot a
condition with its 95 % interval; the ledger's picture one line a claim, coloured by verdict.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.show.style import BLUE, DPI, FAINT, GREEN, GREY, INK, ORANGE, RED, panels, quiet
from experiments.studies.intervals import Interval
from experiments.studies.wording import amount, span

Row = Mapping[str, Any]
COLOURS = {"supported": GREEN, "contradicted": RED, "depends": ORANGE, "undecided": GREY}


def kind_of_verdict(verdict: str) -> str:
    """``supported``, ``contradicted``, ``depends`` or ``undecided``."""
    return "depends" if verdict.startswith("depends on ") else verdict


def figure_of(row: Row) -> str:
    """The figure of a row with its interval, in its unit."""
    value = float("nan") if row["figure"] is None else float(row["figure"])
    low, high = row["interval"] or (float("nan"), float("nan"))
    bounds = span(Interval(value, low, high, 2), row["unit"])
    return f"{amount(value, row['unit'])} {bounds}".strip()


def claim_figure(row: Row, table: pd.DataFrame) -> Figure:
    """The measures behind a claim, one panel each; ``table`` with `comparison.COLUMNS`."""
    known = [name for name in row["shown"] if (table["measure"] == name).any()]
    parts = [table[table["measure"] == name] for name in known]
    heights = [0.35 + 0.22 * len(part) for part in parts]
    if row["study"]:
        what = "Dots: means over histories or estimates; bars: 95 % intervals."
    else:
        what = "Dots: values; bars, where there are any: intervals."
    caption = f"{what} {row['what']}: {figure_of(row)}. Verdict: {row['verdict']}."
    setting = " under the settings that make it fail" if row["flipped"] else ""
    with quiet():
        figure = Figure(figsize=(9.0, 1.3 + 1.25 * sum(heights)), dpi=DPI, layout="constrained")
        axes = figure.subplots(len(parts), 1, squeeze=False, height_ratios=heights)[:, 0]
        for axis, part in zip(axes, parts, strict=True):
            _dots(axis, part)
        words = textwrap.wrap(f"{row['id']}{setting}: {row['claim']}", 92)
        figure.suptitle("\n".join(words), x=0.012, ha="left", fontsize=10.5, weight="bold",
                        parse_math=False)  # fmt: skip
        lines = textwrap.wrap(caption, 128)
        figure.text(0.012, 0.012, "\n".join(lines), fontsize=8.5, color=GREY, va="bottom",
                    linespacing=1.35, parse_math=False)  # fmt: skip
        foot = 0.12 + 0.17 * len(lines)
        engine, tall = figure.get_layout_engine(), figure.get_figheight()
        assert engine is not None
        engine.set(rect=(0, foot / tall, 1, 1 - foot / tall), h_pad=0.06)  # type: ignore[call-arg]
    return figure


def _dots(axis: Axes, part: pd.DataFrame) -> None:
    """One measure: a dot and a bar a condition, the first on top."""
    unit, places = str(part["unit"].iloc[0]), np.arange(len(part))[::-1]
    values = part["value"].to_numpy(float)
    axis.hlines(places, part["low"], part["high"], color=BLUE, linewidth=3, alpha=0.35)
    axis.plot(values, places, "o", color=BLUE, markersize=5)
    for place, value in zip(places, values, strict=True):
        text = amount(value, unit) if np.isfinite(value) else "none"
        axis.annotate(text, (1, place), xycoords=("axes fraction", "data"), xytext=(6, 0),
                      textcoords="offset points", fontsize=8, va="center", parse_math=False,
                      annotation_clip=False)  # fmt: skip
    axis.set_yticks(places, [str(c).replace("_", " ") for c in part["condition"]], fontsize=8)
    axis.set_ylim(-0.7, len(part) - 0.3)
    axis.margins(x=0.05)
    axis.xaxis.set_major_locator(MaxNLocator(5))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: amount(x, unit)))
    axis.tick_params(axis="x", labelsize=8)
    axis.set_title(str(part["label"].iloc[0]), fontsize=9, parse_math=False)


def ledger_figure(rows: Sequence[Row]) -> Figure:
    """One line a claim: identifier, words, verdict by colour."""
    caption = (
        "Every claim with its verdict. A verdict follows from the numbers by the rule in the "
        "claim's file and turns with the assumption that the ledger names; it is about the model "
        "under its stated inputs."
    )
    with quiet():
        figure, (axis,) = panels(caption)
        figure.set_figheight(1.5 + 0.24 * len(rows))
        engine = figure.get_layout_engine()
        foot = 0.6 / figure.get_figheight()
        assert engine is not None
        engine.set(rect=(0, foot, 1, 1 - foot))  # type: ignore[call-arg]
        for place, row in enumerate(reversed(rows)):
            kind = kind_of_verdict(str(row["verdict"]))
            axis.plot(0.0, place, "o", color=COLOURS.get(kind, BLUE), markersize=8)
            words = textwrap.shorten(str(row["claim"]), 96, placeholder=" …")
            axis.text(0.25, place, f"{row['id']}", va="center", fontsize=8.5, weight="bold")
            axis.text(0.75, place, words, va="center", fontsize=7.5, color=INK, parse_math=False)
            axis.text(7.4, place, kind, va="center", fontsize=8.5, color=COLOURS.get(kind, BLUE))
            axis.axhline(place - 0.5, color=FAINT, linewidth=0.5)
        axis.set(xlim=(-0.2, 8.6), ylim=(-0.6, len(rows) - 0.4), title="The claims ledger")
        axis.set_xticks([])
        axis.set_yticks([])
        axis.grid(False)
        for side in axis.spines.values():
            side.set_visible(False)
    return figure


def claims_table(rows: Sequence[Row], folder: Path, plotted: bool = False) -> Any:
    """A rich renderable: one block a claim, with reading where only a few were asked for."""
    from rich.console import Group
    from rich.text import Text

    styles = {"supported": "green", "contradicted": "red", "depends": "yellow", "undecided": "dim"}
    parts: list[Any] = []
    for row in rows:
        style = styles[kind_of_verdict(str(row["verdict"]))]
        parts.append(
            Text.assemble(f"{row['id']:<4}", (str(row["claim"]), "bold"), f"  [{row['source']}]")
        )
        parts.append(Text.assemble("    ", (str(row["verdict"]), style)))
        parts.append(Text(f"    {row['what']}: {figure_of(row)}"))
        if len(rows) <= 5:
            parts.append(Text(f"    {row['reading']}"))
        parts.append(Text(f"    It hangs on {row['hangs_on']}.", style="dim"))
        if row["flipped"]:
            parts.append(Text(f"    Settings: {settings_text(row['flip'])}", style="dim"))
        parts.append(Text())
    pictures = " (pictures in figures/)" if plotted else ""
    parts.append(Text(f"Files in {folder}/{pictures}", no_wrap=True, overflow="ignore"))
    return Group(*parts)


def settings_text(flip: Mapping[str, Any]) -> str:
    """Assignments as they would be typed."""
    return ", ".join(f"{path}={_plain(value)}" for path, value in flip.items())


def _plain(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key} = {_plain(item)}' for key, item in value.items())}}}"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
