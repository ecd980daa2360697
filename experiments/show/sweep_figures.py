"""Figures of a sweep: responses, interactions, sensitivity, and how much of it is chance.

Each takes a `experiments.sweeps.analysis.Sweep` or a table made of one and returns a matplotlib
figure. Bars and bands are 95 % intervals.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import (
    Formatter,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullLocator,
    PercentFormatter,
)

from experiments.show.style import (
    BLUE,
    FAINT,
    GREEN,
    GREY,
    INK,
    ORANGE,
    heading,
    headroom,
    panels,
    quiet,
    side_by_side,
)
from experiments.studies.comparison import Measure
from experiments.studies.wording import amount
from experiments.sweeps.analysis import Chance, Interaction, Sweep, binned, response
from experiments.sweeps.analysis.outcomes import factor_label, measure_of
from experiments.sweeps.analysis.words import plain_level

#: How a figure writes the path of a factor.
Label = Callable[[str], str]
#: Dots of single points behind a binned response; more would only blacken it.
MOST_DOTS = 1500


def response_figure(sweep: Sweep, outcome: str) -> Figure:
    """One panel a factor: the mean of an outcome along it, with its interval."""
    measure = measure_of(outcome)
    caption = (
        f"How {measure.label} depends on each factor, averaged over all others and over seeds. "
        "Bars: 95 % intervals of the mean. "
    )
    if sweep.sampled:
        caption += "Dots: single points of the design; lines: means of neighbouring points. "
    if sweep.common:
        caption += (
            "All points share their seeds, so the whole line may lie higher or lower within the "
            "bars while its slope is known far better (see the differences in the table)."
        )
    wanted = [path for path in sweep.factors if sweep.rows[path].nunique() > 1]
    with quiet():
        figure, axes = side_by_side(caption, max(len(wanted), 1), columns=min(len(wanted), 3) or 1)
        heading(figure, f"What {measure.label} does along each factor")
        for place, (axis, factor) in enumerate(zip(axes, wanted, strict=False)):
            if factor in sweep.sampled:
                _cloud(axis, sweep, outcome, factor)
            else:
                _levels(axis, response(sweep, outcome, factor))
            axis.set_xlabel(_wrapped(sweep.label(factor)), fontsize=8.5)
            axis.yaxis.set_major_locator(MaxNLocator(5))
            _in_unit(axis, measure)
            if place % 3 == 0:
                axis.set_ylabel(_wrapped(measure.label), fontsize=8.5)
        _share_y(axes)
    return figure


def interaction_figure(found: Interaction, outcome: str, label: Label = factor_label) -> Figure:
    """Heat map of the mean of an outcome over two factors."""
    measure = measure_of(outcome)
    caption = (
        f"Mean {measure.label} for every pair of levels, over all other factors and seeds. If the "
        "two factors did not interact, each row would differ from the next by the same amount in "
        f"every column. What they do together beyond that carries {_percent(found.share)} of the "
        "variance of all runs; corner contrast "
        f"{amount(found.contrast.value, measure.unit, signed=True, change=True)} "
        f"[{amount(found.contrast.low, measure.unit, signed=True, change=True)}, "
        f"{amount(found.contrast.high, measure.unit, signed=True, change=True)}]."
    )
    values = found.means.to_numpy()
    with quiet():
        figure, (axis,) = panels(caption)
        shown = axis.imshow(values, aspect="auto", cmap="RdYlBu_r", origin="lower")
        middle = np.nanmin(values) + np.ptp(values[np.isfinite(values)]) / 2
        for (i, j), value in np.ndenumerate(values):
            far = abs(value - middle) > 0.35 * np.ptp(values[np.isfinite(values)])
            axis.text(
                j, i, amount(value, measure.unit), ha="center", va="center", fontsize=8.5,
                color="white" if far else INK,
            )  # fmt: skip
        axis.set_xticks(range(values.shape[1]), [plain_level(x) for x in found.means.columns])
        axis.set_yticks(range(values.shape[0]), [plain_level(y) for y in found.means.index])
        axis.set(
            xlabel=label(found.columns),
            ylabel=label(found.rows),
            title=f"{measure.label[:1].upper()}{measure.label[1:]}: two factors together",
        )
        axis.grid(False)
        bar = figure.colorbar(shown, ax=axis, shrink=0.9, pad=0.02)
        bar.outline.set_visible(False)  # type: ignore[operator]
        bar.ax.yaxis.set_major_formatter(_ticks(measure))
        bar.set_label(measure.label)
    return figure


def chance_figure(parts: Mapping[str, Chance]) -> Figure:
    """Share of the variance of each outcome by where it comes from."""
    caption = (
        "Variance of each outcome over all runs, split into what the factors do (points of the "
        "design), what a seed does to all points alike, and what a seed does differently from "
        "point to point. The second part cancels in paired differences; where the third is large, "
        "more seeds are needed. Number at the right: share of both, with its 95 % interval."
    )
    with quiet():
        figure, (axis,) = panels(caption)
        names = [name for name, part in parts.items() if np.isfinite(part.points)]
        place = np.arange(len(names))[::-1]
        whole = np.array([_total(parts[name]) for name in names])
        left = np.zeros(len(names))
        for label, colour, key in (
            ("factors", BLUE, "points"),
            ("seed, all points alike", FAINT, "seeds"),
            ("seed, point by point", ORANGE, "both"),
        ):
            width = np.array([getattr(parts[name], key) for name in names]) / whole
            axis.barh(place, width, left=left, height=0.62, color=colour, label=label)
            left += width
        for at, name in zip(place, names, strict=True):
            share = parts[name].share
            text = f"{share.value:.0%} [{share.low:.0%}, {share.high:.0%}]"
            axis.annotate(
                text, (1, at), xytext=(4, 0), textcoords="offset points", fontsize=8, va="center",
                color=GREY, annotation_clip=False,
            )  # fmt: skip
        axis.set_yticks(place, [_wrapped(measure_of(name).label, 26) for name in names])
        axis.set_xlim(0, 1)
        axis.set_ylim(-0.6, len(names) - 0.4 + 0.5)
        axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.set(xlabel="share of the variance over all runs", title="Factors and chance")
        axis.grid(axis="y", visible=False)
        axis.legend(loc="upper center", ncols=3)
    return figure


def sobol_figure(table: pd.DataFrame, outcome: str, label: Label = factor_label) -> Figure:
    """First-order and total Sobol indices with their intervals, and the seed's share."""
    result = measure_of(outcome).label
    factors = table[table["factor"] != "seed"]
    seed = table[table["factor"] == "seed"].iloc[0]
    caption = (
        f"Part of the variance of {result} (mean over seeds) that goes away if a factor is known "
        "(first order), and that stays if all others are known (total). A total well above the "
        "first order means interaction. Bars: 95 % intervals; an interval may reach below zero, an "
        "index cannot."
    )
    if np.isfinite(seed["share"]):
        caption += f" Of all variance, {_percent(seed['share'])} is that of the seeds."
    with quiet():
        figure, (axis,) = panels(caption)
        place = np.arange(len(factors))[::-1]
        for shift, colour, name, words in (
            (0.13, BLUE, "first", "first order"), (-0.13, ORANGE, "total", "total"),
        ):  # fmt: skip
            low, high = factors[f"{name}_low"], factors[f"{name}_high"]
            axis.hlines(place + shift, low, high, color=colour, linewidth=2.4, alpha=0.5)
            axis.plot(factors[name], place + shift, "o", color=colour, label=words, markersize=6)
        axis.axvline(0, color=GREY, linewidth=0.8)
        axis.set_yticks(place, [_wrapped(label(name), 24) for name in factors["factor"]])
        axis.set_ylim(-0.6, len(factors) - 0.1)
        axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.set(xlabel="share of the variance", title=f"What {result} is sensitive to")
        axis.legend(loc="upper right")
    return figure


def morris_figure(table: pd.DataFrame, outcome: str, label: Label = factor_label) -> Figure:
    """Mean absolute elementary effect against the spread of effects, one dot a factor."""
    measure = measure_of(outcome)
    caption = (
        f"Each dot is a factor: how far {measure.label} moves when it goes through its range "
        "(right: matters more), and how much that differs from place to place (up: curved, or "
        "interacting). Bars: 95 % intervals. Dots below the line act alike everywhere."
    )
    with quiet():
        figure, (axis,) = panels(caption)
        axis.hlines(table["sigma"], table["low"], table["high"], color=BLUE, alpha=0.5, lw=2.2)
        axis.plot(table["mu_star"], table["sigma"], "o", color=BLUE)
        reach = float(np.nanmax(table["high"])) or 1.0
        axis.plot([0, reach], [0, reach / 2], color=GREY, linewidth=0.9, linestyle=":")
        for _, row in table.iterrows():
            axis.annotate(
                label(str(row["factor"])), (row["mu_star"], row["sigma"]), xytext=(5, 6),
                textcoords="offset points", fontsize=8.5,
            )  # fmt: skip
        axis.set_xlim(0, reach * 1.15)
        axis.set_ylim(bottom=0)
        headroom(axis, 0.0, 0.12)
        _in_unit(axis, measure)
        axis.xaxis.set_major_formatter(axis.yaxis.get_major_formatter())
        axis.set(
            xlabel=f"mean absolute effect μ* on {measure.label}",
            ylabel="standard deviation of effects σ",
            title=f"What {measure.label} is sensitive to",
        )
    return figure


def rank_figure(tables: Mapping[str, pd.DataFrame], label: Label = factor_label) -> Figure:
    """Partial rank correlations of outcomes with sampled factors, one panel an outcome."""
    caption = (
        "Partial rank correlation of each factor with the outcome, the other factors held fixed: "
        "+1 if the outcome always rises with it, −1 if it always falls. Bars: 95 % intervals over "
        "points. Responses that turn are not seen."
    )
    with quiet():
        figure, axes = side_by_side(caption, len(tables), columns=min(len(tables), 3) or 1)
        heading(figure, "Which factors move what")
        order = list(dict.fromkeys(name for table in tables.values() for name in table["factor"]))
        for place, (axis, (outcome, table)) in enumerate(zip(axes, tables.items(), strict=True)):
            own = table.set_index("factor").reindex(order)
            at = np.arange(len(order))[::-1]
            axis.hlines(at, own["low"], own["high"], color=BLUE, linewidth=3, alpha=0.45)
            axis.plot(own["value"], at, "o", color=BLUE, markersize=5)
            axis.axvline(0, color=GREY, linewidth=0.8)
            labels = [_wrapped(label(name), 20) for name in order]
            axis.set_yticks(at, labels if place % 3 == 0 else [""] * len(at), fontsize=8)
            axis.set_xlim(-1.05, 1.05)
            axis.set_xticks([-1, -0.5, 0, 0.5, 1])
            axis.set_xlabel("partial rank correlation", fontsize=8.5)
            axis.set_title("\n".join(textwrap.wrap(measure_of(outcome).label, 34)), fontsize=9)
    return figure


def _levels(axis: Axes, table: pd.DataFrame) -> None:
    levels = list(table["level"])
    numbers = all(isinstance(at, int | float) and not isinstance(at, bool) for at in levels)
    x = np.array(levels, dtype=float) if numbers else np.arange(len(levels), dtype=float)
    line = "-" if numbers else ""
    bars = np.array([table["value"] - table["low"], table["high"] - table["value"]])
    axis.errorbar(
        x, table["value"], yerr=np.nan_to_num(bars), fmt=f"o{line}", color=BLUE, ecolor=GREEN,
        elinewidth=1.3, capsize=2.5, markersize=4,
    )  # fmt: skip
    if numbers:
        axis.margins(x=0.08)
    else:
        names = ["\n".join(textwrap.wrap(plain_level(at), 12)) for at in levels]
        axis.set_xticks(x, names, fontsize=8)
        axis.set_xlim(-0.5, len(levels) - 0.5)


def _cloud(axis: Axes, sweep: Sweep, outcome: str, factor: str) -> None:
    points = sweep.points(outcome)
    thin = points.iloc[:: max(len(points) // MOST_DOTS, 1)]
    axis.plot(thin[factor], thin["value"], ".", color=FAINT, markersize=3, zorder=1)
    _levels(axis, binned(sweep, outcome, factor))
    if sweep.sampled[factor] == "log":
        axis.set_xscale("log")
        axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        axis.xaxis.set_minor_locator(NullLocator())


def _share_y(axes: Sequence[Axes]) -> None:
    """One scale for all panels, so that their slopes compare."""
    if axes:
        low = min(axis.get_ylim()[0] for axis in axes)
        high = max(axis.get_ylim()[1] for axis in axes)
        for axis in axes:
            axis.set_ylim(low, high)


def _in_unit(axis: Axes, measure: Measure) -> None:
    axis.yaxis.set_major_formatter(_ticks(measure))


def _ticks(measure: Measure) -> Formatter:
    """Ticks as exact as they are placed, which an amount rounded for reading is not."""
    if measure.unit == "fraction":
        return PercentFormatter(1.0)
    sign = "$" if measure.unit == "usd" else ""
    return FuncFormatter(lambda y, _: f"{sign}{y:,g}" if abs(y) < 1e5 else amount(y, measure.unit))


def _wrapped(text: str, width: int = 30) -> str:
    return "\n".join(textwrap.wrap(text, width))


def _total(part: Chance) -> float:
    return (part.points + part.seeds + part.both) or float("nan")


def _percent(value: Any) -> str:
    return f"{float(value):.1%}" if np.isfinite(value) else "an unknown part"
