"""Short sellers: they sell what they hold to be dear, if they can borrow it.

At log price x a short seller with value v wants to be short

    −Q(x) = clip( ε·(W/M)·S·(x − v − hurdle), 0, min(borrow, risk limit) ),

hurdle = a margin for being early plus the borrow fee over the time it expects to wait
(D'Avolio 2002 for fees, Shleifer and Vishny 1997 for the limits).  The risk limit shrinks with
losses because wealth does, and a margin call forces purchases whatever the price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.trader import Trader, speed_per_auction
from sim.inputs import Settings

if TYPE_CHECKING:
    from sim.model import MarketModel

Array = NDArray[np.float64]


class ShortSellerRules(Settings):
    """``capital_usd`` is shared by ``count`` sellers (dedicated short and long-short money that
    would look at one name; assumption); ``margin`` is the overpricing below which nobody
    bothers, ``wait_years`` the horizon over which the fee is reckoned (assumptions)."""

    count: int = Field(default=4, ge=0, le=500)
    capital_usd: float = Field(default=60e9, ge=0)
    elasticity: float = Field(default=40.0, ge=0, le=1000)
    margin: float = Field(default=0.15, ge=0, le=5)
    wait_years: float = Field(default=0.5, ge=0, le=10)
    max_weight: float = Field(default=0.5, gt=0, le=5)
    half_life_days: float = Field(default=5.0, gt=0, le=500)


class ShortSeller(Trader):
    """One short seller with a story of its own."""

    holder = "short_sellers"

    def __init__(self, model: MarketModel, rules: ShortSellerRules, number: int) -> None:
        super().__init__(model)
        self.rules = rules
        self.story = {c: b.first_row[self.holder] + number for c, b in model.beliefs.items()}
        self.row.speed[:] = speed_per_auction(rules.half_life_days, model.auctions)

    def start_day(self) -> None:
        """Set how hard to lean and how far the borrow and the risk limit allow it."""
        model, row, rules = self.model, self.row, self.rules
        wealth = max(self.wealth, 0.0)
        np.multiply(model.scales.lean_per_dollar, rules.elasticity * wealth, out=row.lean)
        row.lean[~model.universe.listed] = 0.0
        borrow = model.short_limit(self.account)
        limit = np.minimum(borrow, rules.max_weight * wealth * model.scales.shares_per_dollar)
        np.negative(limit, out=row.floor)

    def wants_to_borrow(self) -> Array:
        """Shares it would like to be short beyond what it has borrowed, at the last prices."""
        model = self.model
        wish = self.row.lean * np.maximum(model.exchange.last_log_price - self.row.value, 0.0)
        limit = self.rules.max_weight * max(self.wealth, 0.0) * model.scales.shares_per_dollar
        return np.maximum(np.minimum(wish, limit) - np.maximum(-self.holdings, 0.0), 0.0)

    def before_auction(self, instant: int) -> None:
        """Follow the news about the companies in focus."""
        self._reprice()

    def _reprice(self) -> None:
        model, row, rules = self.model, self.row, self.rules
        hurdle = rules.margin + rules.wait_years * model.lending.fee
        np.add(model.universe.log_value, hurdle, out=row.value)
        for column in model.universe.focus:
            own = model.beliefs[column].log_values[self.story[column]]
            row.value[column] = own + hurdle[column]
