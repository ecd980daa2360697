"""Small worlds in which companies act, and pairs of runs that differ in nothing else."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments import build
from experiments.scenario import Scenario
from sim.model import MarketModel
from tests.runs import SMALL, index_world, scenario, trade

Array = NDArray[np.float64]
BOOKS = ("sp500", "sp500-cap", "equal-weight-500", "price-weight-30", "total-market")
#: With so small a tick rounding to it is nothing; without fixed claims growth after an action does
#: not depend on what the action did to value.
FINE = {"market.tick": 1e-7, "universe.fixed_claims": 0.0}
#: News after which SpaceX trades below its offer, so that its syndicate buys.
BAD_NEWS: dict[str, Any] = {
    "population.retail.people": 0,
    "news.shocks": [
        {"day": 1, "segment": name, "input": "target_revenue", "change": -1.2}
        for name in ("ai", "connectivity")
    ],
}
#: The third largest company, in every one of the indices.
RANK, COLUMN, SYMBOL = 3, 2, "S0002"


def market(*actions: dict[str, Any], days: int = 80, **changes: Any) -> Scenario:
    """Sixty stocks, five indices, money on two of them, and these actions."""
    usual = {"population.passive.assets": {"sp500": 2.0, "total-market": 1.0}}
    return index_world(FINE, usual, changes, {"corporate_actions": list(actions)},
                       rulebooks=BOOKS, days=days)  # fmt: skip


def listing(*actions: dict[str, Any], **changes: Any) -> Scenario:
    """SpaceX, made small, and these actions."""
    return scenario(SMALL, FINE, {"corporate_actions": list(actions)}, changes)


def acting(*actions: dict[str, Any], days: int, seed: int = 1, **changes: Any) -> MarketModel:
    """The market after so many days."""
    return trade(build(market(*actions, **changes), seed), days)


@cache
def quiet(days: int, seed: int = 1) -> MarketModel:
    """The market in which no company does anything; tests only look at it."""
    return acting(days=days, seed=seed)


def worth(model: MarketModel) -> Array:
    """Cash and holdings of every account at the last prices, USD."""
    prices = np.where(model.universe.listed, model.exchange.last_price, 0.0)
    return np.asarray(model.ledger.holdings @ prices + model.ledger.cash)


def levels(model: MarketModel) -> Array:
    """Level and total return of every index, as of now."""
    both = [(index.level.level, index.level.total_return) for index in model.indices.values()]
    return np.array(both).ravel()


def morning(model: MarketModel) -> MarketModel:
    """The corporate actions of the next morning, and nothing else of it."""
    model.session += 1
    model.actions.before_open()
    return model
