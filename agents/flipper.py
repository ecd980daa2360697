"""Flippers: they ask for shares of every offering and sell them in its first days.

New issues have on average opened above the offer, so shares at the offer are worth having to those
who mean to sell them at once.  What they ask for grows with how recent issues have done,

    dollars = φ · g · deal · exp(s·z − s²/2),       g = max(recent first-day return, 0),

z normal, drawn for each deal: how many turn up is not known beforehand.  They take any price, as
most bids do (strike bids: Cornelli and Goldreich 2001), so a book overstates by an unknown amount
what investors want to hold.  In two days 15 % of the shares offered are sold by those who got
them in the mean and 7 % in the median, more in hot issues (Aggarwal 2003).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.trader import Trader
from sim.inputs import Settings
from sim.offering.book import FLIPPERS

if TYPE_CHECKING:
    from agents.new_issues import NewIssues
    from sim.model import MarketModel
    from sim.offering.listing import Listing

Array = NDArray[np.float64]


class FlipperRules(Settings):
    """``appetite`` φ (calibrated), ``spread`` s (assumption); ``sold_a_day`` the part of what they
    still hold that they sell on each day; ``capital_usd`` their money, which is no limit
    (assumption)."""

    appetite: float = Field(default=0.3153, ge=0, le=100)
    spread: float = Field(default=0.8, ge=0, le=3)
    sold_a_day: float = Field(default=0.6, gt=0, le=1)
    capital_usd: float = Field(default=50e9, ge=0)


class Flipper(Trader):
    """All who are in new issues for the first day: one account."""

    holder = FLIPPERS

    def __init__(self, model: MarketModel, rules: FlipperRules, issues: NewIssues) -> None:
        super().__init__(model)
        self.rules, self._issues = rules, issues
        self._columns = slice(model.n_market, model.universe.ordinary)
        self._interest: dict[Listing, float] = {}

    def start_day(self) -> None:
        """Sell a part of everything, whatever the price."""
        row, c = self.row, self._columns
        held = np.maximum(self.holdings[c], 0.0)
        kept = (1 - self.rules.sold_a_day) * held
        kept[kept < 1.0] = 0.0
        row.neutral[c] = row.floor[c] = kept
        row.cap[c] = held

    def before_auction(self, instant: int) -> None:
        """Half of it in the first auction of the day, the rest in the last."""
        self.row.speed[self._columns] = 1.0 if instant == self.model.instants - 1 else 0.5

    def bid(self, listing: Listing, grid: Array) -> Array | None:
        """Ask for so many dollars' worth at any price."""
        if listing not in self._interest:
            rng = self.model.streams(f"flippers.{listing.terms.symbol}")
            spread = self.rules.spread
            draw = math.exp(spread * rng.standard_normal() - 0.5 * spread**2)
            self._interest[listing] = draw
        gain = max(self._issues.recent, 0.0)
        deal = listing.shares_on_offer * listing.reference_price
        dollars = self.rules.appetite * gain * deal * self._interest[listing]
        return np.asarray(dollars / grid) if dollars > 0 else None
