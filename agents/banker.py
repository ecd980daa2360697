"""The lead bank: prices an offering from comparables and private marks, not from a DCF.

Bankers price, they do not value (Damodaran, post of 4 June 2026).  Two views of the equity after
the offering ::

    from marks  E_m = last mark x shares outstanding x (1 + l + i) + proceeds
    from peers  E_p = (mean peer value/revenue x revenue + net cash) x (1 + l + i) + proceeds

with l the premium for becoming liquid (private companies sell 20-30 % below listed ones: Koeplin,
Sarin and Shapiro 2000; a 20 % discount is a premium of 25 %) and i the premium for candidates of
an index (3.64 %, median S&P 500 addition 2000-2010: S&P Dow Jones Indices 2021).  Peers here are
private as well, so both views carry the premiums.  The range is centred on ::

    mid = (1 - d) (w E_m + (1 - w) E_p) / (shares outstanding + primary shares)

where d is the discount to the price the bank expects in the market (10-15 % in the literature,
15-20 % in Damodaran's post; the least of these), and reaches 8-10 % to either side.

A company that is told of a price above the one it had filed does not mind what it leaves to
investors; one that is told of a lower price bargains over every cent (Loughran and Ritter 2002).
Nor has the bank a rent to pay for bad news (Benveniste and Spindt 1989).  So with V_l the value
behind the range and V what the book says the discount is ::

    d(V) = max(d clip(1 + b log(V / V_l), 0, 1), d_0)

less the lower the price; offers below their range rise by 3-4 % on their first day, those above
it by 20-30 % (Hanley 1993, Loughran and Ritter 2002).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa
from pydantic import Field

from agents.market_agent import MarketAgent
from sim.inputs import InputError, Settings
from sim.offering.allocation import AllocationRules
from sim.offering.stabilisation import StabilisationRules

if TYPE_CHECKING:
    from sim.offering.terms import OfferingTerms


class BankerRules(Settings):
    """Behaviour of the lead bank; sources in the docstring of this file."""

    discount: float = Field(0.10, ge=0, le=0.9)
    bargaining: float = Field(5.0, ge=0, le=100)  # assumption: b, see above; 0 switches it off
    least_discount: float = Field(0.01, ge=0, le=0.9)  # assumption: d_0, if below the discount
    range_half_width: float = Field(0.09, ge=0, lt=1)
    liquidity_premium: float = Field(0.25, ge=0, le=2)
    index_premium: float = Field(0.0364, ge=0, le=1)
    weight_marks: float = Field(2 / 3, ge=0, le=1)  # assumption: marks lead, multiples adorn
    allocation: AllocationRules = AllocationRules()
    stabilisation: StabilisationRules = StabilisationRules()


class Banker(MarketAgent):
    """Files the range, discounts the offer, allocates with discretion."""

    def __init__(self, model: mesa.Model, rules: BankerRules) -> None:
        super().__init__(model)
        self.rules = rules

    @property
    def discount(self) -> float:
        """Fraction by which the offer is set below the price expected in the market."""
        return self.rules.discount

    def discount_at(self, prior: float, revealed: float) -> float:
        """Fraction taken off if the range stood for one value [USD] and the book shows another."""
        full, rules = self.rules.discount, self.rules
        left = 1 + rules.bargaining * min(math.log(revealed / prior), 0.0)
        return max(full * max(left, 0.0), min(rules.least_discount, full))

    @property
    def allocation(self) -> AllocationRules:
        """How institutions are rationed."""
        return self.rules.allocation

    @property
    def stabilisation(self) -> StabilisationRules:
        """How the price is supported after the first trade."""
        return self.rules.stabilisation

    def expected_equity(self, terms: OfferingTerms) -> float:
        """Equity [USD] the bank expects the market to pay for, proceeds included.

        Raises InputError if the terms hold neither a private mark nor peers and revenue.
        """
        premium = 1 + self.rules.liquidity_premium
        premium += self.rules.index_premium if terms.index_candidate else 0.0
        views: list[tuple[float, float]] = []
        if terms.last_mark is not None:
            views.append((self.rules.weight_marks, terms.last_mark * terms.shares_outstanding))
        if terms.peers and terms.revenue > 0:
            multiple = sum(peer.value / peer.revenue for peer in terms.peers) / len(terms.peers)
            views.append((1 - self.rules.weight_marks, multiple * terms.revenue + terms.net_cash))
        if not views:
            raise InputError(
                "offering: neither private_marks nor peers with revenue, expected one to price from"
            )
        weight = sum(w for w, _ in views)
        if weight <= 0:  # the only view there is has no weight: it must do
            weight, views = 1.0, [(1.0, views[0][1])]
        return premium * sum(w * value for w, value in views) / weight + terms.raise_target

    def filing_range(self, terms: OfferingTerms) -> tuple[float, float]:
        """Low and high end [USD a share, cents]; the range of the terms if they give one."""
        if terms.range is not None:
            return terms.range
        after = terms.shares_outstanding + terms.shares
        mid = (1 - self.rules.discount) * self.expected_equity(terms) / after
        half = self.rules.range_half_width
        return round(mid * (1 - half), 2), round(mid * (1 + half), 2)
