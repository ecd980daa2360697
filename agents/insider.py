"""Insiders: they hold locked shares and sell part of them once they may.

Each group of holders sells a fraction φ of every tranche that is released to it, φ drawn from
a Beta law around the group's mean, spread over days with a given half-life, more if the price
stands well above the offer:

    plan += φ · (1 + κ·ln(P / offer)) · released,   bounded by the tranche.

Field and Hanka (2001) find venture funds sell more than executives; 20–40 % in the first month
is the range used.  Founders who keep control sell next to nothing.  However much a group means
to sell, in a day it sells at most the part ``participation`` of the average daily volume.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.trader import Trader, speed_per_auction
from sim.inputs import Settings

if TYPE_CHECKING:
    from sim.model import MarketModel
    from sim.offering.listing import Listing

Array = NDArray[np.float64]
#: Log price below the reference at which insiders of a direct listing sell nothing (assumption).
OPENING_SPAN = 0.5
#: Part of their plan that they offer in that cross at the reference price (assumption).
OPENING_SHARE = 0.25


class InsiderRules(Settings):
    """``sell`` is the mean share of a released tranche that is sold, ``spread`` the standard
    deviation of that share over tranches, ``half_life_days`` the pace of selling,
    ``price_response`` κ, ``participation`` the largest part of the average daily volume that it
    sells in a day (assumption; on 14 November 2012, the day of Facebook's largest unlock, the whole
    volume was about four times the usual), ``budget_usd`` the money with which the group buys in
    the offering, as those do to whom shares are directed.
    """

    sell: float = Field(ge=0, le=1)
    spread: float = Field(default=0.1, ge=0, le=0.5)
    half_life_days: float = Field(default=10.0, gt=0, le=1000)
    price_response: float = Field(default=0.5, ge=0, le=10)
    participation: float = Field(default=0.5, gt=0, le=10)
    budget_usd: float = Field(default=0.0, ge=0)


class Insider(Trader):
    """One group of insiders (founder, executives, employees, venture funds …).

    The group holds shares of every company that registered it; ``to_sell`` (companies,) is what
    it still means to sell of each, ``proceeds`` what it was paid in the market and has not saved
    elsewhere, USD.
    """

    strategic = True

    def __init__(self, model: MarketModel, rules: InsiderRules, holder: str) -> None:
        super().__init__(model, holder)
        self.rules = rules
        self.columns = np.zeros(0, dtype=np.int64)
        self.to_sell = np.zeros(0)
        self._held = np.zeros(0)
        self.proceeds = self._cash = 0.0
        self._listings: list[Listing] = []
        #: Places of direct listings.
        self._direct: list[int] = []
        self._rngs: list[np.random.Generator] = []
        self._pace = speed_per_auction(rules.half_life_days, model.auctions)
        self.row.speed[:] = self._pace

    def join(self, listing: Listing) -> None:
        """Own shares of one more company from now on."""
        if not listing.mechanism.has_primary:
            self._direct.append(len(self._listings))
        self._listings.append(listing)
        symbol = listing.terms.symbol
        self._rngs.append(self.model.streams(f"insider.{self.holder}.{symbol}"))
        self.columns = np.append(self.columns, listing.column)
        self.to_sell = np.append(self.to_sell, 0.0)
        self._held = np.append(self._held, 0.0)

    def unlock(self, listing: Listing, shares: float) -> None:
        """Decide how much of a released tranche to sell."""
        place = self._listings.index(listing)
        fraction = self._draw_fraction(self._rngs[place])
        if listing.offer_price:
            price = math.exp(self.model.exchange.last_log_price[listing.column])
            price *= listing.split_factor
            tilt = 1 + self.rules.price_response * math.log(price / listing.offer_price)
            fraction *= max(tilt, 0.0)
        self.to_sell[place] += min(fraction, 1.0) * shares

    def _draw_fraction(self, rng: np.random.Generator) -> float:
        mean, spread = self.rules.sell, self.rules.spread
        if mean in (0.0, 1.0) or spread == 0:
            return mean
        concentration = mean * (1 - mean) / spread**2 - 1
        if concentration <= 0:
            return float(rng.random() < mean)
        return float(rng.beta(mean * concentration, (1 - mean) * concentration))

    def start_day(self) -> None:
        """Work the selling plan off; never below what is still locked."""
        row, c, self._cash = self.row, self.columns, self.cash
        if not c.size:
            return
        held = self.holdings[c]
        free = np.maximum(held - self.model.ledger.locked[self.account, c], 0.0)
        np.minimum(self.to_sell, free, out=self.to_sell)
        row.neutral[c] = row.floor[c] = held - self.to_sell
        row.cap[c] = held
        row.lean[c], row.speed[c] = 0.0, self._paces()
        self._held = held
        for place in self._opening_places():
            self._supply_the_opening(place)

    def _paces(self) -> Array:
        """Parts of the plans sold in one auction, (companies,)."""
        model, c = self.model, self.columns
        volume = model.public_record.dollar_volume[c] / model.exchange.last_price[c]
        most = self.rules.participation * volume / model.auctions[c]
        plans = np.maximum(self.to_sell, 1.0)
        return np.minimum(self._pace[c], most / plans)

    def _opening_places(self) -> list[int]:
        """Companies in a direct listing whose first day is today: only insiders can sell."""
        return [k for k in self._direct if self.model.opens_today(int(self.columns[k]))]

    def _supply_the_opening(self, place: int) -> None:
        """Put part of the plan in the cross: nothing at the reference price less OPENING_SPAN,
        OPENING_SHARE of the plan at the reference, up to twice as much above it."""
        row, c = self.row, int(self.columns[place])
        first = OPENING_SHARE * self.to_sell[place]
        row.lean[c], row.speed[c] = first / OPENING_SPAN, 1.0
        row.value[c] = self.model.exchange.last_log_price[c]
        row.neutral[c] = self._held[place] - first
        locked = float(self.model.ledger.locked[self.account, c])
        row.floor[c] = max(self._held[place] - 2 * first, locked)

    def before_auction(self, instant: int) -> None:
        """After the opening cross of a direct listing, go on at the usual pace."""
        if instant != 1:
            return
        for place in self._opening_places():
            c = int(self.columns[place])
            sold = self._held[place] - float(self.holdings[c])
            row = self.row
            row.lean[c], row.speed[c] = 0.0, self._paces()[place]
            row.neutral[c] = row.floor[c] = self._held[place] - max(self.to_sell[place], sold)

    def put_away(self, usd: float, saved: float) -> None:
        """Of so many USD of proceeds the part ``saved`` leaves the account, the rest is spent or
        taxed; neither takes anything from what today's sales bring."""
        self.proceeds -= usd
        self._cash -= saved

    def after_close(self) -> None:
        """Take what was sold today off the plan, and note what it brought."""
        self.proceeds += max(self.cash - self._cash, 0.0)
        sold = np.maximum(self._held - self.holdings[self.columns], 0.0)
        np.maximum(self.to_sell - sold, 0.0, out=self.to_sell)

    def restate(self, column: int, shares: float, log_price: float, log_value: float) -> None:
        """Count what is still to be sold in new shares."""
        self.to_sell[self.columns == column] *= shares

    def bid(self, listing: Listing, grid: Array) -> Array | None:
        """Spend the budget at any price, if there is one."""
        return self.rules.budget_usd / grid if self.rules.budget_usd > 0 else None
