"""A small market with a pipeline of private companies, shared by the tests that need one."""

from __future__ import annotations

from functools import cache
from typing import Any

from agents.ipo_crowd import IpoCrowd
from agents.ipo_window import IpoWindow
from experiments import build, load_scenario
from experiments.scenario import Scenario
from sim.model import MarketModel

#: Few stocks and agents: 200 days take about a second.
SMALL: dict[str, Any] = {
    "days": 200,
    "universe.stocks": 20,
    "population.long_only.count": 8,
    "population.hedge.count": 5,
    "population.short_sellers.count": 2,
    "pipeline.per_year": 60,
    "pipeline.backlog": 40,
}
#: Many companies that need no time to prepare.
MANY = {
    "pipeline.backlog": 100,
    "population.issuance.window.prepare_low": 0,
    "population.issuance.window.prepare_high": 5,
    "population.issuance.window.wait": 60,
}
NO_CROWD = {"population.retail.people": 0}


def panel(*changes: dict[str, Any]) -> Scenario:
    """The shipped panel, made small, with changes."""
    return load_scenario("ipo-panel", {k: v for part in (SMALL, *changes) for k, v in part.items()})


def run_days(scenario: Scenario, seed: int, days: int | None = None) -> MarketModel:
    """A model that has run for so many days [all of the scenario's]."""
    model = build(scenario, seed)
    for _ in range(scenario.days if days is None else days):
        model.step()
    return model


@cache
def usual() -> MarketModel:
    """The small panel, run once; tests only look at it."""
    return run_days(panel(), 3)


def actor(model: MarketModel, kind: type) -> Any:
    """The one actor of this kind."""
    return next(each for each in model._actors if isinstance(each, kind))


def crowd_of(model: MarketModel) -> IpoCrowd:
    """The crowd around the pipeline."""
    found = actor(model, IpoCrowd)
    assert isinstance(found, IpoCrowd)
    return found


def window_of(model: MarketModel) -> IpoWindow:
    """The private companies."""
    found = actor(model, IpoWindow)
    assert isinstance(found, IpoWindow)
    return found
