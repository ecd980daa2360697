"""A14: by how much a purchase from outside moves prices, in one stock and in the whole market.

Somebody with money from outside the market buys the fraction f = 1 % of the float of some stocks,
in equal parts at the closing auctions of 60 days, whatever the price, and keeps it. A twin run has
the same seed, the same buyer, and no purchase. With p and p° the log closes of the two runs on the
last of those days, and w the weights by market value,

    micro = mean over stocks bought of (p − p°) − mean over the others of (p − p°), over f
    macro = Σ w (p − p°) / f,         f of every stock bought.

The micro multiplier is of a purchase in one stock against all others (Gabaix and Koijen 2021, who
report 1 and 5), so what the market as a whole does is taken off. To see it in many stocks at once,
`STOCKS` of them, evenly spaced by size, are bought in one run; that is some 2 % of the market's
value. How much the market gives way is set by ``population.equity_mandate`` and
``population.premium_response``, elasticities taken from the same paper: the macro figure says how
much of that comes out of the auctions within the 60 days, and is marked as given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agents.population import populate
from agents.trader import Trader
from experiments.evidence.targets.target import Part, Target
from experiments.scenario import Scenario
from sim.inputs import InputError
from sim.model import MarketModel

Array = NDArray[np.float64]
RUN = "purchase"
FRACTION, DAYS, STOCKS = 0.01, 60, 10


class OutsideBuyer(Trader):
    """Buys so many shares (stocks,) of each stock, in equal parts at the closes of `days` days."""

    holder = "outside_buyer"

    def __init__(self, model: MarketModel, shares: Array, days: int) -> None:
        super().__init__(model)
        self.parts, self.left = shares / days, days
        self.row.speed[:] = 0.0

    def before_auction(self, instant: int) -> None:
        """State market-on-close orders before the closing auction."""
        if instant == self.model.instants - 1 and self.left:
            self.row.orders[:] = np.where(self.model.universe.listed, self.parts, 0.0)
            self.left -= 1


@dataclass(frozen=True)
class Bought:
    """What came of a purchase: log closes (stocks,) of its last day, weights by value at the start,
    and the part of the shares it wanted that it holds."""

    log_close: Array
    weight: Array
    filled: float


def purchase(scenario: Scenario, seed: int, fraction: Array | None) -> Bought:
    """Run `DAYS` days with a buyer of a part (stocks,) of every float; None: who buys nothing.

    Raises InputError if the scenario has an offering or fewer than 2 × `STOCKS` stocks.
    """
    world = scenario.world()
    if world.debuts or scenario.pipeline is not None:
        raise InputError(f"scenario {scenario.name}: has an offering, expected a market of stocks")
    model = MarketModel(replace(world, accounts=world.accounts + 1), seed)
    populate(model, scenario.population)
    if model.n_stocks < 2 * STOCKS:
        raise InputError(f"universe.stocks: got {model.n_stocks}, expected {2 * STOCKS} or more")
    wanted = np.zeros(model.n_stocks)
    if fraction is not None:
        wanted = fraction * model.universe.float_factor * model.universe.shares
    buyer = OutsideBuyer(model, wanted, DAYS)
    price = model.exchange.last_price
    weight = price * model.universe.shares
    model.endow_cash(buyer.account, 4 * float(price @ wanted) + 1.0)
    for _ in range(DAYS):
        model.step()
    model.ledger.check()
    filled = float(buyer.holdings.sum() / wanted.sum()) if wanted.any() else 0.0
    return Bought(model.exchange.last_log_price.copy(), weight / weight.sum(), filled)


def measure(scenario: Scenario, seed: int) -> dict[str, float]:
    """Multipliers of one market, from three runs of the same seed."""
    twin = purchase(scenario, seed, None)
    n = twin.log_close.size
    some = np.zeros(n, dtype=bool)
    some[np.argsort(-twin.weight)[np.linspace(0, n - 1, STOCKS + 2).astype(int)[1:-1]]] = True
    few, all_of_it = (
        purchase(scenario, seed, FRACTION * part) for part in (some.astype(float), np.ones(n))
    )
    moved = few.log_close - twin.log_close
    market = float(twin.weight @ (all_of_it.log_close - twin.log_close))
    return {
        "micro": float(moved[some].mean() - moved[~some].mean()) / FRACTION,
        "macro": market / FRACTION,
        "filled": min(few.filled, all_of_it.filled),
        "bought_weight": float(twin.weight[some].sum()),
    }


TARGETS = (
    Target("A14", "Price multiplier of a purchase of 1 %", "Gabaix and Koijen 2021", (
        Part(RUN, "micro", "one stock", 0.3, 3.0, "times"),
        Part(RUN, "macro", "whole market", 3.0, 8.0, "times", given=True),
    ), "The elasticity of the whole market is an input (population.equity_mandate)."),
)  # fmt: skip
