"""A simulator that costs nothing, with a known truth: three figures of four parameters."""

from __future__ import annotations

import numpy as np

from experiments.evidence.calibration.goals import Goal
from experiments.evidence.calibration.parameters import Range, Space
from experiments.evidence.calibration.runs import Wave
from experiments.evidence.targets.sources import Source
from experiments.evidence.targets.target import Part
from experiments.scenario import Scenario

PATHS = (
    "population.long_only.elasticity",
    "population.interpretation",
    "population.hedge.elasticity",
    "population.retail.excitement",  # no figure depends on it
)
INERT = 3
RANGES = {path: Range(low=0.5, high=2.5, source="a test") for path in PATHS}
SPACE = Space(RANGES, dict.fromkeys(PATHS, 2.0))
TRUTH = np.array([0.3, 0.6, 0.5, 0.5])
NOISE = 0.01


def figures_at(x: np.ndarray) -> np.ndarray:
    """Figures (points, 3) without noise at points (points, 4) of the unit cube."""
    a, b, c = x[:, 0], x[:, 1], x[:, 2]
    return np.column_stack((a + 0.5 * b**2, np.sin(2 * b) - 0.3 * a, c + 0.4 * a * b))


CENTRE = figures_at(TRUTH[None])[0]
GOALS = tuple(
    Goal("T", Part("fake", f"f{k}", f"figure {k}", z - 0.08, z + 0.08, "number"), True)
    for k, z in enumerate(CENTRE)
)
CHECKED = Goal("T", Part("fake", "sum", "their sum", 1.0, 3.0, "number"), False)


def run(number: int, points: np.ndarray, seeds: int = 2) -> Wave:
    """Runs with noise that is the seed's own and the same at all points, and some that is not."""
    common = NOISE * np.random.default_rng(5).standard_normal((1, seeds, 3))
    own = NOISE / 2 * np.random.default_rng(number).standard_normal((len(points), seeds, 3))
    return Wave(points, figures_at(points)[:, None, :] + common + own, 1.0)


CALLS: list[tuple[int, float]] = []


def measure(scenario: Scenario, seed: int) -> dict[str, float]:
    """The same figures of a scenario."""
    own = scenario.population
    values = (own.long_only.elasticity, own.interpretation, own.hedge.elasticity)
    CALLS.append((seed, values[0]))
    x = np.array([[*((v - 0.5) / 2.0 for v in values), 0.0]])
    found = figures_at(x)[0] + NOISE * np.random.default_rng(seed).standard_normal(3)
    return {f"f{k}": float(v) for k, v in enumerate(found)} | {"sum": float(found.sum())}


def sometimes(scenario: Scenario, seed: int) -> dict[str, float]:
    """The same, but a few runs fail and a few have no sum."""
    found = measure(scenario, seed)
    if scenario.population.long_only.elasticity > 2.3:
        raise ZeroDivisionError("a market without buyers")
    return {k: v for k, v in found.items() if k != "sum" or seed % 2}


FAILING = Source("fake", "index-world", sometimes, 5)
FAKE = Source("fake", "index-world", measure, 5)
