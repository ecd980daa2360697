"""Whether the effect of one crossed factor depends on another.

For two factors with levels i and j and means m_ij over everything else,

    excess_ij = m_ij − m_i. − m_.j + m_..

is what the two do together beyond what each does alone; it is zero everywhere if effects add. The
corner contrast (m_IJ − m_1J) − (m_I1 − m_11), from first to last levels, has an interval, paired by
seed where seeds are common.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.evidence.estimate import Estimate
from experiments.sweeps.analysis.cells import over_cells
from experiments.sweeps.analysis.effects import cells_beside
from experiments.sweeps.analysis.rows import Sweep


@dataclass(frozen=True)
class Interaction:
    """Two factors together.

    Attributes
    ----------
    rows, columns : their paths
    means, excess : DataFrames, levels of the first by levels of the second
    contrast : the corner contrast with its interval
    share : variance of the excess over the variance of all runs
    """

    rows: str
    columns: str
    means: pd.DataFrame
    excess: pd.DataFrame
    contrast: Estimate
    share: float


def interaction(sweep: Sweep, outcome: str, first: str, second: str) -> Interaction:
    """Means and excess of two crossed factors; combinations without a run are NaN."""
    values = sweep.values(outcome)
    one, other = sweep.rows[first].to_numpy(), sweep.rows[second].to_numpy()
    cells = cells_beside(sweep, [first, second])
    levels, across = sweep.crossed[first], sweep.crossed[second]
    means = np.array(
        [
            [
                over_cells(values[here], cells[here], None).value
                for b in across
                for here in ((one == a) & (other == b),)
            ]
            for a in levels
        ]
    )
    row, column = np.nanmean(means, axis=1, keepdims=True), np.nanmean(means, axis=0)
    excess = means - row - column + np.nanmean(means)
    total = float(np.nanvar(values))
    return Interaction(
        rows=first,
        columns=second,
        means=pd.DataFrame(means, index=list(levels), columns=list(across)),
        excess=pd.DataFrame(excess, index=list(levels), columns=list(across)),
        contrast=_contrast(sweep, values, cells, first, second),
        share=float(np.nanvar(excess)) / total if total > 0 else float("nan"),
    )


def _contrast(
    sweep: Sweep, values: NDArray[np.float64], cells: NDArray[np.int64], first: str, second: str
) -> Estimate:
    levels, across = sweep.crossed[first], sweep.crossed[second]
    one, other = sweep.rows[first].to_numpy(), sweep.rows[second].to_numpy()
    corners = {
        sign: (one == a) & (other == b)
        for a, b, sign in (
            (levels[-1], across[-1], "++"), (levels[0], across[-1], "-+"),
            (levels[-1], across[0], "+-"), (levels[0], across[0], "--"),
        )
    }  # fmt: skip
    if not sweep.common:
        found = {s: over_cells(values[at], cells[at], None) for s, at in corners.items()}
        value = found["++"].value - found["-+"].value - found["+-"].value + found["--"].value
        half = float(np.sqrt(sum((e.high - e.low) ** 2 for e in found.values()))) / 2
        least = min(e.n for e in found.values())
        return Estimate(value, value - half, value + half, least, np.nan)
    seeds = sweep.rows["seed"].to_numpy()
    series = [
        pd.Series(values[at], index=pd.MultiIndex.from_arrays([cells[at], seeds[at]]), name=sign)
        for sign, at in corners.items()
    ]
    wide = pd.concat(series, axis=1, join="inner").dropna()
    change = wide["++"] - wide["-+"] - wide["+-"] + wide["--"]
    return over_cells(change, wide.index.get_level_values(0), wide.index.get_level_values(1))
