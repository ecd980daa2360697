"""How a bank reads a book: net of padding, and in the light of earlier deals.

Investors who expect to be cut back ask for more than they want, by as much as the coverage that
the bank itself has indicated.  It takes that off, sees at what price the rest would clear, and
multiplies by what first closes have been of such prices in earlier deals:

    expected price = experience · clearing price of (bids / padding).

Offerings are priced on the demand of institutions foremost; of retail orders no more count than a
multiple of the shares set aside for them.

The factor by which this differs from the price at which the book as stated clears is the reading of
the book: prices of all bids are multiplied with it when the offering is priced (`Listing.reading`).
Not beyond 1/(1 − discount at that value), so that no deal is priced above what its book carries.

Good news in the book costs an allocation (Benveniste and Spindt 1989), so the part set aside for
retail customers gives way: with V_l the middle of the range before the discount and V the expected
price

    retail part = usual part · (V_l / V)^tilt,

more where institutions are lukewarm.  Institutions got about 75 % of underpriced and less than
60 % of overpriced issues (Aggarwal, Prabhala and Puri 2002).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from sim.inputs import Settings
from sim.offering.book import RETAIL

if TYPE_CHECKING:
    from agents.banker import Banker
    from agents.new_issues import NewIssues
    from sim.offering.book import Book
    from sim.offering.listing import Listing


#: Kept from the largest factor, so that an offer rounded up to a cent is still covered.
MARGIN = 0.005
#: Times the discount and the largest factor are worked out in turn (a contraction).
ROUNDS = 12


class BookReadingRules(Settings):
    """``padding`` the largest multiple that a bank thinks its investors pad with; ``retail``
    the multiple of their quota up to which retail orders count; ``tilt`` of allocations towards
    institutions that bring good news (assumptions)."""

    padding: float = Field(default=2.0, ge=1, le=20)
    retail: float = Field(default=4.0, ge=0, le=100)
    tilt: float = Field(default=3.0, ge=0, le=10)


class BookReader:
    """The banks' common way to read books.

    Parameters
    ----------
    rules : BookReadingRules
    issues : NewIssues
        Where their experience comes from.
    banker : Banker
        Who sets the offer below the price expected in the market, and by how much.
    """

    def __init__(self, rules: BookReadingRules, issues: NewIssues, banker: Banker) -> None:
        self.rules, self._issues, self._banker = rules, issues, banker

    def counted(self, listing: Listing, book: Book) -> Book:
        """The book with retail orders cut to a multiple of what is set aside for them."""
        retail = np.array([holder == RETAIL for holder in book.holders])
        orders = book.demand[retail].sum(axis=0)
        quota = listing.terms.retail_share * listing.shares_on_offer
        most = self.rules.retail * quota
        part = np.divide(most, orders, out=np.ones_like(orders), where=orders > most)
        demand = book.demand.copy()
        demand[retail] *= part
        # Rationed orders must not rise with the price by rounding.
        demand[retail] = np.minimum.accumulate(demand[retail], axis=1)
        return replace(book, demand=demand)

    def honest_price(self, listing: Listing, book: Book) -> float | None:
        """Price [USD] at which a counted book would clear if nobody padded; None if at none."""
        padding = min(max(listing.indicated_coverage, 1.0), self.rules.padding)
        return book.scaled(1 / padding).clearing_price(listing.shares_on_offer)

    def reading(self, listing: Listing, book: Book) -> float:
        """Factor on the prices of all bids."""
        honest = self.honest_price(listing, book)
        stated = book.clearing_price(listing.shares_on_offer)
        if honest is None or stated is None:
            return 1.0
        reading = self._issues.reading * honest / stated
        prior = self._prior(listing)
        for _ in range(ROUNDS):  # the discount falls with the value
            discount = self._banker.discount_at(prior or stated * reading, stated * reading)
            reading = min(reading, (1 - MARGIN) / (1 - discount))
        return reading

    def _prior(self, listing: Listing) -> float | None:
        """Value [USD] behind the range; None without one."""
        filed = listing.terms.range
        return sum(filed) / 2 / (1 - self._banker.discount) if filed else None

    def retail_share(self, listing: Listing, book: Book) -> float:
        """Part of the deal set aside for retail customers."""
        usual, prior = listing.terms.retail_share, self._prior(listing)
        stated = book.clearing_price(listing.shares_on_offer)
        if prior is None or stated is None:
            return usual
        expected = self.reading(listing, book) * stated
        return float(min(usual * (prior / expected) ** self.rules.tilt, 1.0))
