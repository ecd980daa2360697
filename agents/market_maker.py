"""Market makers: they absorb imbalances at a concession and carry limited inventory.

A market maker quotes around what it takes for the fair price, and holds

    Q(x) = clip( g·(fair − x), −L, +L ),     g = L / (k·σ),

L its inventory limit (a share of the circulation, but no more than a part of its wealth in one
stock and a multiple of it in all) and k·σ the concession (in daily volatilities) at which the
limit is
reached: the linear inventory schedule of Grossman and Miller (1988), with the limit as its
capital.  The fair price follows public news at once and the auctions' prices slowly,

    fair ← fair + Δ(public log value) + learning·(last price − fair),

so that an imbalance without news is taken on and worked off as the price comes back, and one
that stays is believed in the end (Glosten and Milgrom 1985 for learning from order flow).
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


class MarketMakerRules(Settings):
    """``inventory_share`` is the limit as a share of the circulation, all makers together
    (depth near the touch is below 2 % of daily volume and capital is a small multiple of it;
    assumption); ``concession`` the price concession at the limit, in daily volatilities;
    ``learning`` the weight of each auction's price in the fair price (assumption);
    ``max_weight`` and ``leverage`` the limits of wealth in one stock and in all (assumptions)."""

    count: int = Field(default=3, ge=0, le=100)
    inventory_share: float = Field(default=0.03, ge=0, le=0.5)
    concession: float = Field(default=1.0, gt=0, le=20)
    max_weight: float = Field(default=0.5, gt=0, le=10)
    leverage: float = Field(default=5.0, gt=0, le=100)
    learning: float = Field(default=0.1, gt=0, le=1)
    half_life_days: float = Field(default=0.1, gt=0, le=50)
    daily_volatility: float = Field(default=0.03, gt=0, le=1)
    capital_usd: float = Field(default=30e9, ge=0)


class MarketMaker(Trader):
    """One dealer in every stock; it leaves its quotes to the crew."""

    holder = "market_makers"
    acts_alone = False


class MarketMakerCrew:
    """All market makers, worked in arrays (makers, stocks); they share one fair price.

    Parameters
    ----------
    model : MarketModel
    rules : MarketMakerRules
    makers : list of MarketMaker
        Owners of consecutive accounts.
    """

    def __init__(
        self, model: MarketModel, rules: MarketMakerRules, makers: list[MarketMaker]
    ) -> None:
        self.model, self.rules = model, rules
        self.rows = rows_of(makers)
        self._fair = model.exchange.last_log_price.copy()
        self._value_seen = model.universe.log_value.copy()
        self._limits = np.zeros((len(makers), model.n_stocks))
        model.book.speed[self.rows] = speed_per_auction(rules.half_life_days, model.auctions)
        model.add_actor(self)
        model.borrowers.append(self)

    def _limit(self) -> Array:
        """Largest inventories, long or short, in shares."""
        model, rules, scales = self.model, self.rules, self.model.scales
        wealth = np.maximum(scales.wealth[self.rows], 0.0)
        one_stock = scales.circulation * (rules.inventory_share / max(rules.count, 1))
        one_stock[~model.universe.listed] = 0.0
        limit = np.minimum(
            one_stock, (rules.max_weight * wealth)[:, None] * scales.shares_per_dollar
        )
        usd = limit @ model.exchange.last_price
        most = rules.leverage * wealth
        part = np.divide(most, usd, out=np.ones_like(usd), where=usd > most)
        limit *= part[:, None]
        return limit

    def wants_to_borrow(self) -> Array:
        """Shares they would need to be short up to their limits, which are today's."""
        self._limits = self._limit()
        owed = np.maximum(-self.model.ledger.holdings[self.rows], 0.0)
        return np.maximum(self._limits - owed, 0.0)

    def start_day(self) -> None:
        """Quote up to today's limits and what could be borrowed."""
        model, rules, book, rows = self.model, self.rules, self.model.book, self.rows
        limit = self._limits
        book.cap[rows] = limit
        np.divide(limit, rules.concession * rules.daily_volatility, out=book.lean[rows])
        np.negative(np.minimum(limit, model.short_limit(rows)), out=book.floor[rows])

    def before_auction(self, instant: int) -> None:
        """Take up public news and the last price, and quote around the fair price."""
        model, fair = self.model, self._fair
        fair += model.universe.log_value - self._value_seen
        self._value_seen[:] = model.universe.log_value
        surprise = model.exchange.last_log_price + model.universe.news_shift - fair
        fair += self.rules.learning * surprise
        if instant == 0:
            opening = model.public_record.listed_since == model.session
            fair[opening] = model.exchange.last_log_price[opening]
        model.book.value[self.rows] = fair

    def after_close(self) -> None:
        """The next auction's quotes take the closing prices in."""

    def restate(self, column: int, shares: float, log_price: float, log_value: float) -> None:
        """Take the fair price to be one of today's shares."""
        self._fair[column] += log_price
        self._value_seen[column] += log_value
