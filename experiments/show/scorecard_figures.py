"""The scorecard as a picture and as a table on the screen."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from experiments.show.style import DPI, FAINT, GREEN, GREY, INK, ORANGE, RED, quiet
from experiments.studies.intervals import Interval
from experiments.studies.wording import amount

if TYPE_CHECKING:
    from experiments.evidence.targets.scorecard import Scorecard
    from experiments.evidence.targets.target import JudgedPart, Part

COLOURS = {"pass": GREEN, "near": ORANGE, "fail": RED}
STYLES = {"pass": "green", "near": "yellow", "fail": "red"}
#: Where the picture ends, in half widths of a band from its centre.
EDGE = 3.0


def place(part: Part, value: float) -> float:
    """Where a figure stands: the band runs from −1 to 1, and is near out to ±1.5.

    A band with one end has that end at ±1, and half the size of the bound is the unit's half.
    """
    if math.isfinite(part.low) and math.isfinite(part.high):
        return (2 * value - part.low - part.high) / (part.high - part.low)
    bound = part.low if math.isfinite(part.low) else part.high
    unit = abs(bound) or 0.1
    return (value - bound) / unit + (-1 if math.isfinite(part.low) else 1)


def scorecard_figure(card: Scorecard) -> Figure:
    """Every figure with its interval against its band, all bands drawn as one."""
    parts = [(row.target.id, judged) for row in card.rows for judged in row.parts]
    caption = (
        "Every figure against its own band, drawn from −1 to 1 (dark; out to 1.5: near). Dots: "
        "means over seeds; bars: 95 % intervals; triangles lie beyond the picture. Hollow: an "
        "input of the scenario sets the figure. Green passes, orange is near, red fails."
    )
    with quiet():
        height = 1.5 + 0.23 * len(parts)
        figure = Figure(figsize=(9.0, height), dpi=DPI, layout="constrained")
        axis = figure.subplots()
        axis.axvspan(-1.5, 1.5, color=FAINT, alpha=0.25, linewidth=0)
        axis.axvspan(-1, 1, color=FAINT, alpha=0.55, linewidth=0)
        for line, (_, judged) in enumerate(parts):
            _draw(axis, -float(line), judged)
        axis.set_yticks(
            -np.arange(len(parts), dtype=float),
            [f"{judged.part.what}  {name}" for name, judged in parts],
            fontsize=7.5,
        )
        axis.set(xlim=(-EDGE - 0.2, EDGE + 0.2), ylim=(-len(parts) + 0.3, 0.7))
        axis.set_xticks([-1.5, -1, 0, 1, 1.5], ["", "low end", "", "high end", ""])
        axis.grid(axis="y", visible=False)
        axis.set_title(f"{card.passed} of {len(card.rows)} targets pass ({card.form} form)")
        figure.supxlabel(caption, fontsize=8, color=GREY, wrap=True, x=0.02, ha="left")
    return figure


def _draw(axis: Any, height: float, judged: JudgedPart) -> None:
    part, found = judged.part, judged.estimate
    colour = COLOURS[judged.verdict]
    if not math.isfinite(found.value):
        axis.text(0, height, "not measured", fontsize=7, color=RED, ha="center", va="center")
        return
    at = place(part, found.value)
    if math.isfinite(found.low):
        ends = np.clip([place(part, found.low), place(part, found.high)], -EDGE, EDGE)
        axis.plot(ends, [height, height], color=colour, alpha=0.45, linewidth=3)
    shape = "o" if abs(at) <= EDGE else "<" if at < 0 else ">"
    axis.plot(
        np.clip(at, -EDGE, EDGE),
        height,
        shape,
        color=colour,
        markersize=5,
        markerfacecolor="white" if part.given else colour,
    )
    axis.annotate(
        shown(part, found.value),
        (1, height),
        xycoords=("axes fraction", "data"),
        xytext=(4, 0),
        textcoords="offset points",
        fontsize=7.5,
        color=INK,
        va="center",
        annotation_clip=False,
    )


def shown(part: Part, value: float) -> str:
    """A figure in the unit of its part; small errors in powers of ten."""
    if part.unit == "number" and 0 < abs(value) < 0.005:
        return f"{value:.0e}"
    if part.unit == "number" and abs(part.high - part.low) < 0.01 and math.isfinite(value):
        return f"{value:.4f}"
    return amount(value, part.unit)


def band(part: Part) -> str:
    """The band in words."""
    low, high = shown(part, part.low), shown(part, part.high)
    if not math.isfinite(part.low):
        return f"at most {high}"
    return f"{low} to {high}" if math.isfinite(part.high) else f"at least {low}"


def interval(part: Part, found: Interval) -> str:
    """``[low, high]``; nothing of a single seed."""
    if not math.isfinite(found.low):
        return ""
    return f"[{shown(part, found.low)}, {shown(part, found.high)}]"


def _line(cells: tuple[str, str, str, str]) -> str:
    what, figure, bounds, limits = cells
    return f"    {what:<46}{figure:>9}  {bounds:<20}{limits:<17}"


def _figure(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"


def _share(value: float) -> str:
    return f"{value:.0%}" if math.isfinite(value) else "–"


def scorecard_table(card: Scorecard, folder: Path | None = None) -> Any:
    """A rich renderable: a line a part, the facts of A15, what passes and what references pass."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from experiments.evidence.targets.scorecard import facts_table, passed

    lines: list[Any] = [Text(_line(("", "figure", "95 % interval", "band")), style="dim")]
    for row in card.rows:
        took = f" · {row.seconds:.0f} s" if math.isfinite(row.seconds) else ""
        head = Text(f"{row.target.id:<4}", style="bold")
        head.append(f"{row.verdict}  ", style=STYLES[row.verdict]).append(row.target.what)
        head.append(f" · {row.target.source}{took}", style="not bold dim")
        lines.append(head)
        for judged in row.parts:
            part, found = judged.part, judged.estimate
            what = part.what + (" *" if part.given else "")
            cells = (what, shown(part, found.value), interval(part, found), band(part))
            line = Text(_line(cells))
            lines.append(line.append(f"  {judged.verdict}", style=STYLES[judged.verdict]))
    facts = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("A15 in detail", "figure", "value", "band", "held", "Franke-Westerhoff", "held"):
        facts.add_column(name, justify="left" if name in ("A15 in detail", "figure") else "right")
    told = ""
    for fact in facts_table(card):
        low, high = fact["band"]
        limits = f"{low:g} to {high:g}" if math.isfinite(low) else f"at most {high:g}"
        new, told = fact["fact"] != told, fact["fact"]
        facts.add_row(
            told if new else "",
            fact["figure"],
            _figure(fact["value"]),
            limits,
            _share(fact["held"]) if new else "",
            _figure(fact["franke_westerhoff"]),
            _share(fact["franke_westerhoff_held"]) if new else "",
        )
    runs = sum(len(seeds) for seeds in card.seeds.values())
    counts = ", ".join(f"{name} {passed(rows)}" for name, rows in card.references.items())
    near = sum(row.verdict == "near" for row in card.rows)
    few = "" if card.form == "full" else "; a few seeds each, so intervals are wide: see --full"
    parts: list[Any] = [
        *lines,
        Text(),
        facts,
        Text(),
        Text(f"{card.passed} of {len(card.rows)} rows pass, {near} are near.", style="bold"),
        Text(f"Naive references, by the same bands: {counts}."),
        Text("* set by an input of the scenario, so no success of the model", style="dim"),
        Text(f"{runs} runs, {card.form} form, {card.seconds:.0f} s{few}", style="dim"),
    ]
    if folder is not None:
        parts.append(Text(f"Files in {folder}/", no_wrap=True, overflow="ignore"))
    return Group(*parts)
