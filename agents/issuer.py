"""The company that sells: chooses terms, size, or not to sell at all.

It refuses any terms below its reservation price R or raising less than its minimum.  Of the rest
it takes those with the largest gain ::

    U(n, p) = n (p - R) + omega min(n p, target)

shares are worth R to it if kept, and money up to the target is worth omega a dollar beyond its
face because the plans behind it need it.  None left, or none with a gain: it withdraws.  When the
price is revised above the range it also sells more shares (Hanley 1993), up to the 20 % that SEC
Rule 462(b) lets it register without a new filing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import mesa
from pydantic import Field

from agents.market_agent import MarketAgent
from sim.inputs import Settings
from sim.offering.retreat import Option

if TYPE_CHECKING:
    from sim.offering.terms import OfferingTerms


class IssuerRules(Settings):
    """Behaviour of an issuer.

    `funding_value` is omega (assumption); `upsize_response` the shares added, as a fraction, per
    fraction of price above the mid of the range (assumption; Hanley 1993 gives the sign);
    `upsize_limit` is SEC Rule 462(b).
    """

    funding_value: float = Field(0.25, ge=0, le=10)
    upsize_response: float = Field(0.5, ge=0, le=10)
    upsize_limit: float = Field(0.20, ge=0, le=1)


class Issuer(MarketAgent):
    """Decides on price, size and withdrawal."""

    def __init__(self, model: mesa.Model, rules: IssuerRules) -> None:
        super().__init__(model)
        self.rules = rules

    def gain(self, option: Option, terms: OfferingTerms) -> float:
        """U of an option [USD]; minus infinity if it breaks reservation price or minimum raise."""
        raised = option.price * option.shares
        short_of = 1 - 1e-9  # a sum equal to the minimum but for rounding is enough
        if option.price < terms.reservation_price * short_of:
            return float("-inf")
        if raised <= 0 or raised < terms.minimum_raise * short_of:
            return float("-inf")
        useful = min(raised, terms.raise_target)
        kept = option.shares * (option.price - terms.reservation_price)
        return kept + self.rules.funding_value * useful

    def choose(self, options: Sequence[Option], terms: OfferingTerms) -> Option | None:
        """The option with the largest gain (the first of equals), None to withdraw."""
        acceptable = [o for o in options if self.gain(o, terms) >= 0]
        return max(acceptable, key=lambda option: self.gain(option, terms), default=None)

    def wanted_shares(
        self, terms: OfferingTerms, price: float, filing_range: tuple[float, float]
    ) -> float:
        """Base deal [shares] at a price [USD] above the range; never less than was offered."""
        surprise = price / (sum(filing_range) / 2) - 1
        more = min(max(self.rules.upsize_response * surprise, 0.0), self.rules.upsize_limit)
        return terms.offered * (1 + more)
