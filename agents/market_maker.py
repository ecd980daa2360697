"""Market makers: they absorb imbalances at a concession and carry limited inventory.

A market maker quotes around the last price moved by the public news since, and holds

    Q(x) = clip( g·(ref − x), −L, +L ),     g = L / (k·σ),

L its inventory limit and k·σ the concession (in daily volatilities) at which the limit is
reached: the linear inventory schedule of Grossman and Miller (1988), with the limit as its
capital.  Inventory is worked off at a finite speed because the schedule is approached only
part of the way in each auction.
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


class MarketMakerRules(Settings):
    """``inventory_share`` is the limit as a share of the circulation, all makers together
    (depth near the touch is below 2 % of daily volume and capital is a small multiple of it;
    assumption); ``concession`` the price concession at the limit, in daily volatilities."""

    count: int = Field(default=3, ge=0, le=100)
    inventory_share: float = Field(default=0.03, ge=0, le=0.5)
    concession: float = Field(default=1.0, gt=0, le=20)
    half_life_days: float = Field(default=0.25, gt=0, le=50)
    daily_volatility: float = Field(default=0.03, gt=0, le=1)
    capital_usd: float = Field(default=30e9, ge=0)


class MarketMaker(Trader):
    """One dealer in every stock."""

    holder = "market_makers"

    def __init__(self, model: MarketModel, rules: MarketMakerRules) -> None:
        super().__init__(model)
        self.rules = rules
        self.row.speed[:] = speed_per_auction(rules.half_life_days, model.auctions)

    def _limit(self) -> Array:
        """Largest inventory, long or short, in shares."""
        share = self.rules.inventory_share / max(self.rules.count, 1)
        return self.model.circulation * share * self.model.universe.listed

    def wants_to_borrow(self) -> Array:
        """Shares it would need to be short up to its limit."""
        return np.maximum(self._limit() - np.maximum(-self.holdings, 0.0), 0.0)

    def start_day(self) -> None:
        """Set limits from the circulation and from what could be borrowed."""
        model, row, rules = self.model, self.row, self.rules
        limit = self._limit()
        row.cap[:] = limit
        np.divide(limit, rules.concession * rules.daily_volatility, out=row.lean)
        np.negative(limit, out=row.floor)
        room = np.maximum(-self.holdings, 0.0) + model.lending_room(self.account)
        np.maximum(row.floor, -room, out=row.floor)
        self._quote()

    def before_auction(self, instant: int) -> None:
        """Quote around the last price plus public news."""
        if instant:
            self._quote()

    def _quote(self) -> None:
        model = self.model
        np.add(model.exchange.last_log_price, model.universe.news_shift, out=self.row.value)
