"""Pictures of a calibration: profiles of parameters, and pairs of them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from experiments.evidence.calibration.identifiability import (
    BINS,
    Profile,
    depth,
    least_by_pair,
)
from experiments.evidence.calibration.parameters import Space
from experiments.evidence.calibration.region import CUT, Inside
from experiments.show.style import BLUE, DPI, FAINT, GREY, ORANGE, RED, heading, quiet
from experiments.sweeps.analysis.outcomes import factor_label

#: Pairs are drawn of so many parameters at most, those that the targets narrow most.
MOST = 6
CAPTION = {
    "profiles": (
        "Least implausibility that the other parameters can reach with one fixed at each value of "
        "its range. Values above the dashed line (3) are ruled out; a parameter whose line stays "
        "below it at both ends is not identified. Orange: the chosen value; grey: the shipped one."
    ),
    "pairs": (
        "Below the diagonal: least implausibility by pairs of parameters, yellow at the cut, "
        "red where all is ruled out. Above: share of the other parameters' space that is not, "
        "darker for more. Axes are the ranges of the calibration."
    ),
}


def profile_figure(
    profiles: Sequence[Profile], space: Space, chosen: dict[str, float] | None = None
) -> Figure:
    """One panel a parameter; `chosen` maps paths to the calibrated values."""
    columns = 4
    rows = -(-len(profiles) // columns)
    with quiet():
        figure, foot = _page(CAPTION["profiles"], 1.0 + 1.75 * rows)
        axes = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        marks = [(space.defaults, GREY), *([(chosen, ORANGE)] if chosen else [])]
        for axis, each in zip(axes, profiles, strict=False):
            own = space.ranges[each.path]
            x = [own.at(float(u)) for u in each.grid]
            axis.plot(x, np.minimum(each.least, 3 * CUT), color=BLUE)
            axis.axhline(CUT, color=RED, linestyle="--", linewidth=0.9)
            for values, colour in marks:
                axis.axvline(values[each.path], color=colour, linewidth=1.2)
            if own.scale == "log":
                axis.set_xscale("log")
                axis.set_xticks([x[0], x[len(x) // 2], x[-1]])
                axis.set_xticks([], minor=True)
                axis.xaxis.set_major_formatter(lambda v, _: f"{v:.3g}")
            axis.set_title("\n".join(textwrap.wrap(_label(each.path), 26)), fontsize=8)
            axis.tick_params(labelsize=7.5)
            axis.set_ylim(0, None)
        for axis in axes[len(profiles) :]:
            axis.set_axis_off()
        figure.supylabel("least implausibility", fontsize=9)
        heading(figure, "What the targets say about each parameter")
        _above(figure, foot)
    return figure


def pairs_figure(profiles: Sequence[Profile], inside: Inside) -> Figure:
    """Implausibility and optical depth by pairs of the parameters that are narrowed most."""
    order = sorted(range(len(profiles)), key=lambda p: -np.nan_to_num(profiles[p].narrowed))
    shown = sorted(order[:MOST])
    n = len(shown)
    with quiet():
        figure, foot = _page(CAPTION["pairs"], 8.0)
        axes = figure.subplots(n, n, squeeze=False)
        for (i, j), axis in np.ndenumerate(axes):
            row, column = shown[i], shown[j]
            axis.grid(False)
            if i == j:
                at = (np.arange(BINS) + 0.5) / BINS
                axis.bar(at, np.nan_to_num(profiles[row].depth), width=1 / BINS, color=FAINT)
            elif i > j:
                least = least_by_pair(inside, column, row).T
                axis.imshow(least, origin="lower", extent=(0, 1, 0, 1), aspect="auto",
                            cmap="RdYlBu_r", vmin=0, vmax=2 * CUT)  # fmt: skip
            else:
                share = depth(inside, column, row).T
                axis.imshow(share, origin="lower", extent=(0, 1, 0, 1), aspect="auto",
                            cmap="Blues", vmin=0)  # fmt: skip
            axis.set_xlim(0, 1)
            axis.set_xticks([])
            axis.set_yticks([])
            if i == n - 1:
                axis.set_xlabel(_wrapped(profiles[column].path), fontsize=7)
            if j == 0:
                axis.set_ylabel(_wrapped(profiles[row].path), fontsize=7)
        heading(figure, "Which values go together")
        _above(figure, foot)
    return figure


def _label(path: str) -> str:
    """The group and the name of a parameter, as two parameters may share the latter."""
    group, _, name = path.removeprefix("population.").rpartition(".")
    words = factor_label(name)
    return f"{group.split('.')[-1].replace('_', ' ')}: {words}" if group else words


def _wrapped(path: str) -> str:
    return "\n".join(textwrap.wrap(_label(path), 16))


def _page(caption: str, height: float) -> tuple[Figure, float]:
    figure = Figure(figsize=(9.0, height), dpi=DPI, layout="constrained")
    lines = textwrap.wrap(caption, 128)
    figure.text(0.012, 0.01, "\n".join(lines), fontsize=8.5, color=GREY, va="bottom")
    return figure, (0.08 + 0.17 * len(lines)) / height


def _above(figure: Figure, foot: float) -> None:
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.set(rect=(0, foot, 1, 1 - foot))  # type: ignore[call-arg]
