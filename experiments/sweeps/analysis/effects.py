"""Responses to crossed factors: means by level, differences between levels, main effects.

A difference between levels a and b is taken pair by pair: runs of one seed that agree in all other
factors. With common random numbers the pair shares everything the factor does not touch, and

    variance reduction = [Var(y_a) + Var(y_b)] / Var(y_b − y_a),

variances over seeds within cells of the other factors, says how many times more seeds the same
precision would take without pairing (Glasserman and Yao 1992). It is 1/(1 − ρ) where both levels
vary alike with correlation ρ. Seeds that are not common make no pairs; means are then compared.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.evidence.estimate import Estimate
from experiments.studies.intervals import LEVEL
from experiments.sweeps.analysis.cells import apart, over_cells
from experiments.sweeps.analysis.rows import Sweep

#: With more levels than this only differences to the first are tabled.
ALL_PAIRS = 5
#: Relative to the outcome, what summing in another order may change.
ROUNDING = 1e-12


def response(sweep: Sweep, outcome: str, factor: str, level: float = LEVEL) -> pd.DataFrame:
    """Mean of an outcome at every level of a crossed factor, averaged over the others and seeds.

    Columns: ``level``, ``value``, ``low``, ``high``, ``n`` (runs that carry it).
    """
    values, cells = sweep.values(outcome), cells_beside(sweep, [factor])
    seeds = sweep.rows["seed"].to_numpy()
    lines = []
    for at in sweep.crossed[factor]:
        here = (sweep.rows[factor] == at).to_numpy()
        found = over_cells(
            values[here], cells[here], seeds[here] if sweep.common else None, level
        )  # fmt: skip
        lines.append((at, found.value, found.low, found.high, found.n))
    return pd.DataFrame(lines, columns=["level", "value", "low", "high", "n"])


def difference(
    sweep: Sweep, outcome: str, factor: str, a: Any, b: Any, level: float = LEVEL
) -> tuple[Estimate, float]:
    """Outcome at level b less that at level a, and the variance reduction (NaN without pairs)."""
    values, cells = sweep.values(outcome), cells_beside(sweep, [factor])
    at = sweep.rows[factor].to_numpy()
    if not sweep.common:
        one, other = (over_cells(values[at == x], cells[at == x], None, level) for x in (b, a))
        return apart(one, other), float("nan")
    table = pd.DataFrame({"cell": cells, "seed": sweep.rows["seed"], "value": values})
    pairs = (
        table[at == a]
        .merge(table[at == b], on=["cell", "seed"], suffixes=("_a", "_b"))
        .dropna(subset=["value_a", "value_b"])
    )
    change = (pairs["value_b"] - pairs["value_a"]).to_numpy(np.float64)
    scale = pairs[["value_a", "value_b"]].abs().to_numpy().max(initial=0.0)
    if np.abs(change).max(initial=0.0) <= ROUNDING * scale:
        change = np.zeros_like(change)  # the same but for the order of sums
    found = over_cells(change, pairs["cell"], pairs["seed"], level)
    within = pairs.assign(change=change).groupby("cell")[["value_a", "value_b", "change"]].var()
    apart_, paired = float(within[["value_a", "value_b"]].to_numpy().sum()), within["change"].sum()
    if not len(pairs) or within["change"].isna().all():
        return found, float("nan")
    return found, apart_ / paired if paired > 0 else float("inf" if apart_ > 0 else "nan")


def differences(sweep: Sweep, outcome: str, factor: str) -> pd.DataFrame:
    """Differences between all pairs of levels, or to the first where there are many levels.

    Columns: ``from``, ``to``, ``value``, ``low``, ``high``, ``n``, ``variance_reduction``.
    """
    levels = sweep.crossed[factor]
    pairs = list(combinations(levels, 2))
    if len(levels) > ALL_PAIRS:
        pairs = [(levels[0], to) for to in levels[1:]]
    lines = []
    for a, b in pairs:
        found, reduction = difference(sweep, outcome, factor, a, b)
        lines.append((a, b, found.value, found.low, found.high, found.n, reduction))
    columns = ["from", "to", "value", "low", "high", "n", "variance_reduction"]
    return pd.DataFrame(lines, columns=columns)


def main_effects(sweep: Sweep, outcome: str) -> pd.DataFrame:
    """One row a crossed factor: what going from its first to its last level does.

    Columns: ``factor``, ``from``, ``to``, ``value_from``, ``value_to``, ``value`` (the difference),
    ``low``, ``high``, ``n``, ``range`` (largest less smallest mean by level), ``share`` (variance
    of the means by level over the variance of all runs) and ``variance_reduction``. Sorted by
    share.
    """
    total = float(np.nanvar(sweep.values(outcome)))
    lines = []
    for factor, levels in sweep.crossed.items():
        if len(levels) < 2:
            continue
        means = response(sweep, outcome, factor)["value"].to_numpy()
        found, reduction = difference(sweep, outcome, factor, levels[0], levels[-1])
        share = float(np.nanvar(means)) / total if total > 0 else float("nan")
        spread = float(np.nanmax(means) - np.nanmin(means)) if np.isfinite(means).any() else np.nan
        lines.append(
            (factor, levels[0], levels[-1], means[0], means[-1], found.value, found.low,
             found.high, found.n, spread, share, reduction)
        )  # fmt: skip
    table = pd.DataFrame(
        lines,
        columns=["factor", "from", "to", "value_from", "value_to", "value", "low", "high", "n",
                 "range", "share", "variance_reduction"],
    )  # fmt: skip
    return table.sort_values("share", ascending=False, kind="stable", ignore_index=True)


def cells_beside(sweep: Sweep, factors: list[str]) -> NDArray[np.int64]:
    """Number of the combination of all other factors, (runs,)."""
    others = [path for path in sweep.factors if path not in factors]
    if not others:
        return np.zeros(len(sweep.rows), dtype=np.int64)
    groups = sweep.rows.groupby(others, sort=False, dropna=False)
    return np.asarray(groups.ngroup(), dtype=np.int64)
