"""The runs that the scorecard rests on, and the rows.

A source is a scenario, changed a little, and a function that turns a run with a seed into figures:
a pure function of scenario and seed, so a finished run need not be repeated. Every run is measured
for all its rows at once. The quick form takes a few seeds a source, the full form thirty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from experiments.evidence.targets import (
    closing,
    identities,
    inclusions,
    market,
    multipliers,
    offerings,
)
from experiments.evidence.targets.target import Target
from experiments.panels.ipos import ipo_table
from experiments.results import Result
from experiments.scenario import Scenario, load_scenario
from experiments.simulate import build, run, to_the_end
from sim.calendar import TRADING_DAYS

Assignments = Mapping[str, Any]
FULL = 30
YEAR = TRADING_DAYS


@dataclass(frozen=True)
class Source:
    """Runs of one kind.

    ``quick`` and ``full`` are numbers of seeds; ``measure`` is a function of a module, so that
    other processes can call it.
    """

    name: str
    scenario: str
    measure: Callable[[Scenario, int], dict[str, float]]
    days: int
    changes: Assignments = field(default_factory=dict)
    quick: int = 2
    full: int = FULL

    def load(self, assignments: Assignments | None = None) -> Scenario:
        """The scenario of these runs, with a user's assignments on top."""
        changes = {"days": self.days, **self.changes, **(assignments or {})}
        return load_scenario(self.scenario, changes)


def offering_run(scenario: Scenario, seed: int) -> dict[str, float]:
    """Figures of a run of `offerings`; of all the tables of a run it needs one."""
    model = build(scenario, seed)
    to_the_end(model, scenario.days)
    return offerings.figures(ipo_table(model))


def era_run(scenario: Scenario, seed: int) -> dict[str, float]:
    """Figures of `inclusions` and `closing` of one run of an era."""
    result: Result = run(scenario, seed)
    return inclusions.measure(result) | closing.measure(result)


def closing_run(scenario: Scenario, seed: int) -> dict[str, float]:
    """Figures of a run of `closing`."""
    return closing.measure(run(scenario, seed))


def market_run(scenario: Scenario, seed: int) -> dict[str, float]:
    """Figures of a run of `market`."""
    return market.measure(run(scenario, seed))


ERA = 5 * YEAR
#: Long enough to see offerings' three years after at the end of several hot and cold markets.
DECADE = 10 * YEAR
#: The longest runs first, so that the last to finish is a short one.
SOURCES = (
    Source(offerings.RUN, "ipo-panel", offering_run, DECADE, quick=3),
    Source(market.RUN, "index-world", market_run, market.YEARS * YEAR + 1, market.CHANGES),
    Source(inclusions.EARLY, "sp500-1995", era_run, ERA, quick=3),
    Source(inclusions.LATER, "sp500-2005", era_run, ERA, quick=3),
    Source(inclusions.LATEST, "sp500-2016", closing_run, 2 * YEAR),
    Source(closing.TODAY, "index-world", closing_run, 2 * YEAR),
    Source(identities.RUN, "index-world", identities.measure, YEAR, identities.CHANGES),
    Source(multipliers.RUN, "index-world", multipliers.measure, multipliers.DAYS, quick=4),
)

TARGETS: tuple[Target, ...] = (
    *offerings.TARGETS,
    *inclusions.TARGETS,
    *closing.TARGETS,
    *multipliers.TARGETS,
    *market.TARGETS,
    *identities.TARGETS,
)
