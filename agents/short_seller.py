"""Short sellers: they sell what they hold to be dear, if they can borrow it.

At log price x a short seller with value v wants to be short

    −Q(x) = clip( ε·(W/M)·r·S·(x − v − hurdle), 0, min(borrow, risk limit) ),

with W, M, r and S as in `agents.active_fund`, and hurdle = a margin for being early plus the borrow
fee over the time it expects to wait (D'Avolio 2002 for fees, Shleifer and Vishny 1997 for the
limits).  The risk limit shrinks with losses because wealth does, and a margin call forces purchases
whatever the price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.trader import Trader, rows_of, speed_per_auction
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
    """One short seller with a story of its own; it leaves its schedule to the crew."""

    holder = "short_sellers"
    acts_alone = False

    def __init__(self, model: MarketModel, number: int) -> None:
        super().__init__(model)
        self.story = {c: b.first_row[self.holder] + number for c, b in model.focus.beliefs.items()}


class ShortSellerCrew:
    """All short sellers, worked in arrays (sellers, stocks).

    Parameters
    ----------
    model : MarketModel
    rules : ShortSellerRules
    sellers : list of ShortSeller
        Owners of consecutive accounts.
    """

    def __init__(
        self, model: MarketModel, rules: ShortSellerRules, sellers: list[ShortSeller]
    ) -> None:
        self.model, self.rules = model, rules
        self.rows = rows_of(sellers)
        beliefs = model.focus.beliefs
        self.stories = {c: np.array([seller.story[c] for seller in sellers]) for c in beliefs}
        model.book.speed[self.rows] = speed_per_auction(rules.half_life_days, model.auctions)
        model.add_actor(self)
        model.borrowers.append(self)

    def _wealth(self) -> Array:
        return np.maximum(self.model.scales.wealth[self.rows], 0.0)[:, None]

    def _limit(self) -> Array:
        """Largest short positions that wealth allows, in shares."""
        return self.rules.max_weight * self._wealth() * self.model.scales.shares_per_dollar

    def start_day(self) -> None:
        """Set how hard to lean and how far the borrow and the risk limit allow it."""
        model, rules, book, rows = self.model, self.rules, self.model.book, self.rows
        np.multiply(
            model.scales.lean_per_dollar, rules.elasticity * self._wealth(), out=book.lean[rows]
        )
        limit = np.minimum(model.short_limit(rows), self._limit())
        np.negative(limit, out=book.floor[rows])

    def wants_to_borrow(self) -> Array:
        """Shares they would like to be short beyond what they owe, at the last prices."""
        model, book, rows = self.model, self.model.book, self.rows
        dear = np.maximum(model.exchange.last_log_price - book.value[rows], 0.0)
        wish = np.minimum(book.lean[rows] * dear, self._limit())
        return np.maximum(wish - np.maximum(-model.ledger.holdings[rows], 0.0), 0.0)

    def before_auction(self, instant: int) -> None:
        """Follow the news about every company."""
        model, rules, value = self.model, self.rules, self.model.book.value
        # Like everybody they choose among stocks and take the market's own gap as it is.
        hurdle = rules.margin + rules.wait_years * model.lending.fee + model.scales.anchor
        np.add(model.universe.log_value, hurdle, out=value[self.rows])
        for column, stories in self.stories.items():
            own = model.focus.beliefs[column].log_values[stories]
            value[self.rows, column] = own + hurdle[column]

    def after_close(self) -> None:
        """Short sellers learn nothing from prices."""
