r"""Averages over the cells of a fixed design, with intervals that respect common random numbers.

A cell c is one combination of the factors that are averaged over; its runs differ by seed. The
average weighs cells alike,

    m = (1/C) Σ_c ȳ_c,

and because the cells were chosen, not drawn, only the deviations e_cs = y_cs − ȳ_c of seeds within
cells make it uncertain. When all cells share their seeds, deviations of one seed move together in
all cells: they are clustered by seed, so that se² is the variance of the seeds' own averages over
the number of seeds. When every run has a seed of its own they are independent, and e_cs is scaled
by √(n_c/(n_c − 1)) for the mean that was taken out of it. Cells may have lost runs.

Reference: Cameron and Miller (2015), Journal of Human Resources 50.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from experiments.evidence.estimate import Estimate
from experiments.evidence.inference import cross_section
from experiments.studies.intervals import LEVEL


def over_cells(
    values: ArrayLike, cells: ArrayLike, seeds: ArrayLike | None, level: float = LEVEL
) -> Estimate:
    """Mean over cells of `values` (runs,), NaN values left out.

    Parameters
    ----------
    values, cells : (runs,), outcomes and labels of their cells
    seeds : (runs,) if cells share them, None if every run has its own
    level : coverage of the interval

    Returns
    -------
    Estimate; its interval is NaN with one common seed, or where a cell with a seed of its own has
    only one run
    """
    given = np.asarray(values, dtype=np.float64)
    known = np.isfinite(given)
    y = given[known]
    if not y.size:
        return Estimate(np.nan, np.nan, np.nan, 0, np.nan)
    number = np.unique(np.asarray(cells)[known], return_inverse=True)[1]
    size = np.bincount(number)
    means = np.bincount(number, y) / size
    deviation = (y - means[number]) * y.size / (size.size * size[number])
    clusters = None if seeds is None else np.asarray(seeds)[known]
    if clusters is None:
        if (size < 2).any():
            return Estimate(float(means.mean()), np.nan, np.nan, y.size, np.nan)
        deviation *= np.sqrt(size / (size - 1))[number]
    found = cross_section(deviation, clusters, level)
    mean, below, above = float(means.mean()), found.low - found.value, found.high - found.value
    return Estimate(mean, mean + below, mean + above, y.size, found.sd)


def apart(one: Estimate, other: Estimate) -> Estimate:
    """`one` − `other` for independent estimates: half-widths add in squares."""
    value = one.value - other.value
    half = float(np.hypot(one.high - one.low, other.high - other.low)) / 2
    return Estimate(value, value - half, value + half, min(one.n, other.n), np.nan)
