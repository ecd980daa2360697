"""The numbers of a sweep in sentences: what changes as a factor rises.

A sentence claims a change only where a 95 % interval lies off zero. For a crossed factor that is
the paired difference between its last and first level; whether the way between them has a turn is
judged at a level adjusted for the number of turns looked for (Bonferroni). For a sampled factor it
is the partial rank correlation, so only monotone changes are seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from experiments.studies.intervals import LEVEL, Interval
from experiments.studies.wording import amount, span
from experiments.sweeps.analysis.effects import difference, response
from experiments.sweeps.analysis.outcomes import measure_of
from experiments.sweeps.analysis.rows import Sweep
from experiments.sweeps.analysis.sampled import binned


def what_changes(
    sweep: Sweep, outcome: str, factor: str, correlations: pd.DataFrame | None = None
) -> str:
    """One or two sentences on an outcome as a factor rises, or goes through its levels.

    `correlations` is what `sampled.rank_correlations` gives; a sampled factor needs it.

    Raises ValueError if it is missing there.
    """
    if factor in sweep.sampled:
        if correlations is None:
            raise ValueError(f"correlations: got none, expected those of {outcome} with {factor}")
        return _sampled(sweep, outcome, factor, correlations)
    levels = sweep.crossed[factor]
    if len(levels) < 2:
        return f"{factor} has one level only: nothing can be said."
    if all(isinstance(at, int | float) and not isinstance(at, bool) for at in levels):
        return _rising(sweep, outcome, factor)
    return _switching(sweep, outcome, factor)


def plain_level(value: Any) -> str:
    """A level as a reader writes it."""
    return f"{value:.4g}" if isinstance(value, float) else str(value).replace("_", " ")


def _rising(sweep: Sweep, outcome: str, factor: str) -> str:
    levels, measure = sweep.crossed[factor], measure_of(outcome)
    table = response(sweep, outcome, factor)
    means = dict(zip(table["level"], table["value"], strict=True))
    change = difference(sweep, outcome, factor, levels[0], levels[-1])[0]
    opening = (
        f"As {sweep.label(factor)} rises from {plain_level(levels[0])} to "
        f"{plain_level(levels[-1])}, {measure.label}"
    )
    turn = _turn(sweep, outcome, factor, means)
    if not np.isfinite(change.low):
        return f"{opening} {_unknown(change)}."
    if _alike(change):
        return (
            f"{opening} does not change between the ends of the range: seed by seed it is the same."
        )
    if change.sign:
        verb = "rises" if change.sign > 0 else "falls"
        ends = [amount(means[at], measure.unit) for at in (levels[0], levels[-1])]
        text = f"{opening} {verb} from {ends[0]} to {ends[1]} ({_size(change, measure.unit)})."
    else:
        text = f"{opening} shows no clear change ({_size(change, measure.unit)})."
    if turn is not None:
        word = "higher" if means[turn] > max(means[levels[0]], means[levels[-1]]) else "lower"
        text += (
            f" In between it is {word} than at either end: {amount(means[turn], measure.unit)} "
            f"at {plain_level(turn)}."
        )
    return text


def _turn(sweep: Sweep, outcome: str, factor: str, means: dict[Any, float]) -> Any | None:
    """The inner level that differs from both ends in the same direction, if one does clearly."""
    levels = sweep.crossed[factor]
    inner = list(levels[1:-1])
    if not inner:
        return None
    adjusted = 1 - (1 - LEVEL) / len(inner)
    ends = means[levels[0]], means[levels[-1]]
    for at in (max(inner, key=means.__getitem__), min(inner, key=means.__getitem__)):
        if min(ends) <= means[at] <= max(ends):
            continue
        signs = {
            difference(sweep, outcome, factor, end, at, adjusted)[0].sign
            for end in (levels[0], levels[-1])
        }
        if signs in ({1}, {-1}):
            return at
    return None


def _switching(sweep: Sweep, outcome: str, factor: str) -> str:
    levels, measure = sweep.crossed[factor], measure_of(outcome)
    parts = []
    for at in levels[1:]:
        change = difference(sweep, outcome, factor, levels[0], at)[0]
        word = {1: "higher", -1: "lower", 0: "not clearly different"}[change.sign]
        if not np.isfinite(change.low):
            parts.append(f"{_unknown(change)} with {plain_level(at)}")
        elif _alike(change):
            parts.append(f"is the same with {plain_level(at)}")
        else:
            parts.append(f"is {word} with {plain_level(at)} ({_size(change, measure.unit)})")
    return (
        f"Compared with {sweep.label(factor)} = {plain_level(levels[0])}, {measure.label} "
        f"{'; '.join(parts)}."
    )


def _sampled(sweep: Sweep, outcome: str, factor: str, correlations: pd.DataFrame) -> str:
    measure = measure_of(outcome)
    found = correlations[correlations["factor"] == factor]
    opening = f"As {sweep.label(factor)} rises over its range, {measure.label}"
    if not len(found) or not np.isfinite(found["low"].iloc[0]):
        return f"{opening} is not known: too few points."
    row = found.iloc[0]
    rank = Interval(row["value"], row["low"], row["high"], int(row["n"]))
    bounds = f"partial rank correlation {rank.value:+.2f} [{rank.low:+.2f}, {rank.high:+.2f}]"
    curve = binned(sweep, outcome, factor)
    ends = [amount(curve["value"].iloc[place], measure.unit) for place in (0, -1)]
    ways = f"{ends[0]} in the lowest part of the range, {ends[1]} in the highest"
    if not rank.sign:
        return f"{opening} shows no clear monotone change ({bounds}; {ways})."
    return f"{opening} {'rises' if rank.sign > 0 else 'falls'} ({bounds}; {ways})."


def _alike(change: Interval) -> bool:
    """Whether every pair of runs had the same outcome."""
    return change.low == change.high == 0.0


def _size(change: Interval, unit: str) -> str:
    return f"{amount(change.value, unit, signed=True, change=True)} {span(change, unit, True)}"


def _unknown(change: Interval) -> str:
    """What to say of a difference without an interval."""
    known = np.isfinite(change.value)
    return "cannot be told from chance with one seed" if known else "is not known"
