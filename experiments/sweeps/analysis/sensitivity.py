r"""Sobol indices and Morris' elementary effects of a sweep that was designed for them.

Of an outcome f(x, s) with factors x and seed s the design sees the mean over seeds, f̄(x). Sobol
indices of a factor (Saltelli et al. 2010) are the part of Var f̄ that goes away if the factor is
known (first order), and that stays if all others are known (total). With V_s the variance over
seeds within a point (`chance`), the share of all variance, that of the seeds included, is

    first · Var f̄ / (Var f̄ + V_s),

and the seed has the rest of its own: V_s / (Var f̄ + V_s). With few seeds a point f̄ keeps some of
their noise, which total indices count as interaction. Morris' method (Morris 1991; Campolongo,
Cariboni and Saltelli 2007) gives the mean absolute effect μ* of a step in each factor, and the
standard deviation σ of the steps' effects, which is large where effects are curved or interact.

The computations are SALib's (Herman and Usher 2017; Iwanaga, Usher and Herman 2022). Blocks and
trajectories that have lost a run are left out whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.evidence.estimate import Estimate
from experiments.sweeps.analysis.chance import chance
from experiments.sweeps.analysis.rows import Sweep
from sim.inputs import InputError

Array = NDArray[np.float64]
RESAMPLES = 200
#: Relative difference below which two values of a factor are the same.
SAME = 1e-9


def sobol(sweep: Sweep, outcome: str, rng: np.random.Generator) -> pd.DataFrame:
    """Sobol indices of every factor, and the seed's share as the last row.

    Columns: ``factor``, ``first``, ``first_low``, ``first_high``, ``total``, ``total_low``,
    ``total_high``, ``share`` (of all variance), ``n`` (runs of the model at points that count). The
    row ``seed`` has a share only, with ``share_low`` and ``share_high``.

    Raises InputError if the points are no such design, SALib is missing, or nothing is left.
    """
    x, y, names = _design(sweep, outcome)
    size = block_size(x, "saltelli")
    if size is None:
        raise InputError(
            f"sensitivity: the {len(x)} points are not in blocks of Saltelli's design, expected "
            'sample.method = "saltelli"'
        )
    whole = _whole(y, size, "blocks")
    analyse = _salib("sobol")
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    second = size == 2 * len(names) + 2
    with np.errstate(invalid="ignore", divide="ignore"):
        found = analyse(
            problem, whole, calc_second_order=second, num_resamples=RESAMPLES, seed=_seed(rng)
        )
    total = float(whole.reshape(-1, size)[:, [0, -1]].var(ddof=1))
    noise = _noise(sweep, outcome, rng)
    factors = total / (total + noise[0]) if np.isfinite(noise[0]) and total > 0 else float("nan")
    table = pd.DataFrame(
        {
            "factor": names,
            "first": found["S1"],
            "first_low": found["S1"] - found["S1_conf"],
            "first_high": found["S1"] + found["S1_conf"],
            "total": found["ST"],
            "total_low": found["ST"] - found["ST_conf"],
            "total_high": found["ST"] + found["ST_conf"],
            "share": found["S1"] * factors,
            "share_low": (found["S1"] - found["S1_conf"]) * factors,
            "share_high": (found["S1"] + found["S1_conf"]) * factors,
            "n": whole.size,
        }
    ).sort_values("total", ascending=False, kind="stable")
    of_seed = noise[1]
    last = {"factor": "seed", "share": of_seed.value, "share_low": of_seed.low,
            "share_high": of_seed.high, "n": of_seed.n}  # fmt: skip
    return pd.concat([table, pd.DataFrame([last])], ignore_index=True)


def morris(sweep: Sweep, outcome: str, rng: np.random.Generator) -> pd.DataFrame:
    """Elementary effects of every factor, in the unit of the outcome.

    Columns: ``factor``, ``mu`` (mean effect), ``mu_star`` (mean absolute effect) with ``low`` and
    ``high``, ``sigma``, ``n`` (trajectories). An effect is that of going through the factor's whole
    range at the rate of the step.

    Raises InputError as `sobol`.
    """
    x, y, names = _design(sweep, outcome)
    size = len(names) + 1
    unit = _unit(sweep, x, names)
    steps = np.diff(unit.reshape(-1, size, len(names)), axis=1) if len(x) % size == 0 else None
    if steps is None or not ((np.abs(steps) > SAME).sum(axis=2) == 1).all():
        raise InputError(
            f"sensitivity: the {len(x)} points are not trajectories of Morris' design, expected "
            'sample.method = "morris"'
        )
    delta = float(np.abs(steps).max())
    kept = np.isfinite(y.reshape(-1, size)).all(axis=1)
    whole = _whole(y, size, "trajectories")
    analyse = _salib("morris")
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    found = analyse(
        problem,
        unit.reshape(-1, size, len(names))[kept].reshape(-1, len(names)),
        whole,
        num_resamples=RESAMPLES,
        num_levels=round(2 * delta / (2 * delta - 1)) if delta > 0.5 + SAME else 4,
        seed=_seed(rng),
    )
    star, half = np.asarray(found["mu_star"], float), np.asarray(found["mu_star_conf"], float)
    table = pd.DataFrame(
        {
            "factor": names,
            "mu": np.asarray(found["mu"], float),
            "mu_star": star,
            "low": np.maximum(star - half, 0.0),
            "high": star + half,
            "sigma": np.asarray(found["sigma"], float),
            "n": whole.size // size,
        }
    )
    return table.sort_values("mu_star", ascending=False, kind="stable", ignore_index=True)


def _design(sweep: Sweep, outcome: str) -> tuple[Array, Array, list[str]]:
    """Points (points, factors), means over seeds (points,), NaN if a point has none, and names."""
    if len(sweep.crossed) or not sweep.sampled:
        what = ", ".join(sweep.crossed) or "no sampled factor"
        raise InputError(
            f"sensitivity: the design crosses {what}, expected sampled factors alone (saltelli, "
            "morris)"
        )
    names = list(sweep.sampled)
    points = sweep.points(outcome)
    return points[names].to_numpy(np.float64), points["value"].to_numpy(np.float64), names


def block_size(x: Array, method: str) -> int | None:
    """Points that were drawn together, of a design (points, factors); None if there is no such.

    A block of Saltelli's design has k + 2 points, or 2k + 2 with second order, of which the k after
    the first differ from it in one factor each; a trajectory of Morris' has k + 1.
    """
    factors = x.shape[1]
    if method == "morris":
        return factors + 1 if len(x) % (factors + 1) == 0 else None
    for size in (factors + 2, 2 * factors + 2):
        if len(x) % size:
            continue
        blocks = x.reshape(-1, size, factors)
        moved = np.abs(blocks[:, 1 : factors + 1] - blocks[:, :1]) > SAME
        if not (moved & ~np.eye(factors, dtype=bool)).any():
            return size
    return None


def _unit(sweep: Sweep, x: Array, names: list[str]) -> Array:
    """Points on the unit cube, logarithms first where a factor was sampled so."""
    columns = []
    for column, name in zip(x.T, names, strict=True):
        low, high = sweep.bounds.get(name, (float(column.min()), float(column.max())))
        if sweep.sampled[name] == "log":
            column, low, high = np.log(column), np.log(low), np.log(high)
        columns.append((column - low) / (high - low) if high > low else column - low)
    return np.column_stack(columns)


def _whole(y: Array, size: int, what: str) -> Array:
    """Outcomes of the blocks that have all their runs. Raises InputError if fewer than two do."""
    blocks = y.reshape(-1, size)
    kept = blocks[np.isfinite(blocks).all(axis=1)]
    if len(kept) < 2 or np.ptp(kept) == 0:
        raise InputError(
            f"sensitivity: {len(kept)} of {len(blocks)} {what} have all their runs and an outcome "
            "that varies, expected at least 2"
        )
    return kept.ravel()


def _noise(sweep: Sweep, outcome: str, rng: np.random.Generator) -> tuple[float, Estimate]:
    """Variance over seeds within a point, and its share of the whole."""
    parts = chance(sweep, outcome, rng)
    return parts.seeds + parts.both, parts.share


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _salib(method: str) -> Any:
    try:
        from importlib import import_module

        return import_module(f"SALib.analyze.{method}").analyze
    except ImportError:
        raise InputError(
            "sensitivity: SALib is not installed, expected the extra ipolab[analysis]"
        ) from None
