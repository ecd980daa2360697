"""A10 to A12: additions to and deletions from the S&P 500, from the eras' scenarios.

An event's effect is the return of the stock over that of the market from the close of the
announcement day to that of the effective day,

    exp(Σ (r_stock − r_market)) − 1,        r daily log returns,

averaged over the events of a run. As in the literature, companies that are deleted because they
are taken over do not count (`experiments.studies.inclusion_effect` says which). The static formula,
a naive reference (`experiments.evidence.references`), predicts from the same events

    multiplier × shares that index funds must buy / float,      multiplier 1

(micro multiplier: Gabaix and Koijen 2021).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.evidence.targets.target import Part, Target
from experiments.results import Result
from experiments.studies.inclusion_effect import measure as rows_of_events

EARLY, LATER, LATEST = "era-1995", "era-2005", "era-2016"
#: Log price change per part of the float that is bought, in the static formula.
MULTIPLIER = 1.0


def measure(result: Result) -> dict[str, float]:
    """Mean effect on additions and deletions, their number, and what the static formula says."""
    events = rows_of_events(result)
    found: dict[str, float] = {}
    for kind in ("add", "delete"):
        own = [event for event in events if event["kind"] == kind]
        effect, demand = (
            np.array([float(event[name]) for event in own]) for name in ("effect", "demand")
        )
        found[kind] = _mean(np.expm1(effect))
        found[f"{kind}_median"] = _median(np.expm1(effect))
        found[f"{kind}_demand"] = _mean(demand)
        found[f"{kind}_static"] = _mean(np.expm1(MULTIPLIER * demand))
        found[f"{kind}s"] = float(len(own))
    return found


def _mean(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _median(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


S_AND_P = "S&P Dow Jones Indices 2021; Greenwood and Sammon 2025"
TARGETS = (
    Target("A10", "Addition to the S&P 500, 1995-99", S_AND_P, (
        Part(EARLY, "add", "announcement to effective day, over the market", 0.05, 0.11),
    )),
    Target("A11", "Deletion from the S&P 500, 1995-99", S_AND_P, (
        Part(EARLY, "delete", "announcement to effective day, over the market", -0.18, -0.06),
    )),
    Target("A12", "Addition and deletion, 2000-10", S_AND_P, (
        Part(LATER, "add", "additions", 0.015, 0.07),
        Part(LATER, "delete", "deletions", -0.15, -0.03),
    )),
)  # fmt: skip
