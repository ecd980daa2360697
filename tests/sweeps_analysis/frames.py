"""Made-up tables of sweeps with known answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Outcome = Callable[[dict[str, Any], float, float], float]  # levels, shared noise, own noise


def grid(
    factors: Mapping[str, Sequence[Any]],
    outcome: Outcome,
    seeds: int = 8,
    common: bool = True,
    root: int = 0,
) -> pd.DataFrame:
    """Rows of a crossed design; noise of a seed is shared by the points if seeds are common."""
    rng = np.random.default_rng(root)
    shared = rng.normal(size=seeds)
    rows = []
    for point, levels in enumerate(product(*factors.values())):
        at = dict(zip(factors, levels, strict=True))
        for replicate in range(seeds):
            noise = shared[replicate] if common else rng.normal()
            seed = replicate + 1 if common else 1 + point * seeds + replicate
            rows.append({"point": point, "seed": seed, **at, "y": outcome(at, noise, rng.normal())})
    return pd.DataFrame(rows)


def points(
    x: Array, names: Sequence[str], function: Callable[[Array], Array], seeds: int = 1,
    noise: float = 0.0, common: bool = True, root: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """Rows of given points (points, factors) with the outcome y and noise over seeds."""
    rng = np.random.default_rng(root)
    y = function(x)
    parts = []
    for seed in range(seeds):
        own = rng.normal(0, noise, len(x))
        frame = pd.DataFrame(x, columns=list(names))
        frame.insert(0, "point", np.arange(len(x)))
        frame.insert(1, "seed", seed + 1 if common else 1 + seed * len(x) + np.arange(len(x)))
        parts.append(frame.assign(y=y + own))
    return pd.concat(parts, ignore_index=True)


def sampled(method: str, bounds: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    """What ``design.json`` says of a sampled design."""
    factors = {name: {"from": low, "to": high} for name, (low, high) in bounds.items()}
    return {"sample": {"method": method, "factors": factors}}
