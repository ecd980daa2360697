"""How an offering gets its price: four mechanisms behind one interface.

`fixed_price`      the price is announced before the book is built; only too little demand opens it
`bookbuilding`     a range is filed, bids are collected, the banker prices below what they reveal
`uniform_auction`  all pay the price at which the book takes exactly the shares offered
`direct_listing`   nothing is sold; existing holders sell in the opening cross

Bookbuilding.  The mid of the filed range m is the prior value after the banker's discount d, so
``V_l = m / (1 - d)``; the book's clearing price of all shares to be sold is V_h; the offer is
``(1 - d) (V_l + lambda (V_h - V_l))`` with lambda from `partial_adjustment`, and d less than the
banker's usual discount if V_h is below V_l (`BankerRole.discount_at`).  It may leave the
range on either side: no rule forbids it (a move of the deal's size by more than 20 % needs an
amended filing, SEC Rule 430A, not another price).  Offers above the range are enlarged as well
(Hanley 1993), as far as the issuer wants.

Whenever demand does not carry the announced terms the issuer chooses among a lower price, fewer
shares and withdrawing.  What a mechanism asks of banker and issuer is said by the protocols here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from sim.offering.allocation import AllocationRules
from sim.offering.book import Book
from sim.offering.partial_adjustment import adjusted_value, hiding_ratio
from sim.offering.retreat import Decision, Option, retreats, whole_cents

if TYPE_CHECKING:
    from sim.offering.terms import OfferingTerms


class BankerRole(Protocol):
    """What a mechanism asks of the lead bank."""

    @property
    def discount(self) -> float:
        """Fraction by which the offer is set below the price expected in the market."""

    def discount_at(self, prior: float, revealed: float) -> float:
        """The same when the book reveals one value [USD] and the range stood for another."""

    @property
    def allocation(self) -> AllocationRules:
        """How the bank rations institutions."""

    def filing_range(self, terms: OfferingTerms) -> tuple[float, float]:
        """Low and high end [USD a share] of the range to file."""


class IssuerRole(Protocol):
    """What a mechanism asks of the company."""

    def choose(self, options: Sequence[Option], terms: OfferingTerms) -> Option | None:
        """The option it takes, or None to withdraw."""

    def wanted_shares(
        self, terms: OfferingTerms, price: float, filing_range: tuple[float, float]
    ) -> float:
        """Base deal [shares] it wants at a price above the range; at least what was offered."""


@dataclass(frozen=True)
class Pricing:
    """The outcome. `shares` is the base deal, `over_allotment` what the syndicate sells beyond it.

    `price` is the offer [USD], for a direct listing the reference price, None if withdrawn.
    `coverage` is demand at the offer over `shares`.  `lambda_up` is set when a book revised the
    price upward.
    """

    decision: Decision
    price: float | None
    shares: float
    reason: str
    over_allotment: float = 0.0
    coverage: float = 0.0
    book_clearing_price: float | None = None
    filing_range: tuple[float, float] | None = None
    lambda_up: float | None = None

    @property
    def sold(self) -> float:
        """Shares sold to investors, over-allotment included."""
        return self.shares + self.over_allotment


class Mechanism(Protocol):
    """The interface of a mechanism; where it `rations`, bidders pad what they ask for."""

    has_primary: bool
    has_lockup: bool
    rations: bool

    def price(
        self, terms: OfferingTerms, book: Book, banker: BankerRole, issuer: IssuerRole
    ) -> Pricing:
        """Price the offering from the book."""


class FixedPrice:
    """The announced price, unless the book does not cover the base deal at it."""

    has_primary = has_lockup = rations = True

    def price(
        self, terms: OfferingTerms, book: Book, banker: BankerRole, issuer: IssuerRole
    ) -> Pricing:
        """See `Mechanism`. Raises ValueError if the terms hold no price."""
        if terms.price is None:
            raise ValueError("offering.price: missing, expected a price for mechanism fixed_price")
        coverage = book.coverage(terms.price, terms.offered)
        if coverage >= 1:
            reason = f"the book covers the announced price {coverage:.2f} times"
            taken = issuer.choose([Option("priced", terms.price, terms.offered, reason)], terms)
        else:
            taken = issuer.choose(retreats(terms, book, terms.price), terms)
        return _pricing(taken, terms, book)


class Bookbuilding:
    """Range, book, partial adjustment to it, banker's discount."""

    has_primary = has_lockup = rations = True

    def price(
        self, terms: OfferingTerms, book: Book, banker: BankerRole, issuer: IssuerRole
    ) -> Pricing:
        """See `Mechanism`."""
        low, high = banker.filing_range(terms)
        prior = (low + high) / 2 / (1 - banker.discount)
        offer, lambda_up = self._offer(terms, book, banker, terms.offered, prior)
        if offer is None or offer < low:
            discount = self._discount(terms, book, banker, prior)
            taken = issuer.choose(retreats(terms, book, low, discount), terms)
        else:
            place = "above" if offer > high else "within"
            reason = f"{place} the range of {low:.2f} to {high:.2f}"
            taken = issuer.choose([Option("priced", offer, terms.offered, reason)], terms)
        if taken and taken.price > high:
            shares = issuer.wanted_shares(terms, taken.price, (low, high))
            larger, factor = self._offer(terms, book, banker, shares, prior)
            if shares > terms.offered and larger is not None and larger > high:
                more = f", enlarged by {shares / terms.offered - 1:.0%}"
                taken, lambda_up = Option("upsized", larger, shares, taken.reason + more), factor
        return replace(_pricing(taken, terms, book), filing_range=(low, high), lambda_up=lambda_up)

    def _offer(
        self, terms: OfferingTerms, book: Book, banker: BankerRole, shares: float, prior: float
    ) -> tuple[float | None, float | None]:
        """Offer [USD] for a base deal and, if the book revises it upward, lambda_up."""
        sold = shares * (1 + terms.over_allotment)
        revealed = book.clearing_price(sold)
        if revealed is None:
            return None, None
        ratio = None
        if revealed > prior:
            quotas = terms.retail_share, terms.directed_share
            ratio = hiding_ratio(book, sold, prior, revealed, banker.allocation, *quotas)
        value = adjusted_value(prior, revealed, ratio or 0.0)
        discount = banker.discount_at(prior, revealed)
        return round((1 - discount) * value, 2), None if ratio is None else 1 - ratio

    def _discount(
        self, terms: OfferingTerms, book: Book, banker: BankerRole, prior: float
    ) -> float:
        """Discount on what the book says the shares are worth; the usual one if it says nothing."""
        revealed = book.clearing_price(terms.offered * (1 + terms.over_allotment))
        return banker.discount if revealed is None else banker.discount_at(prior, revealed)


class UniformAuction:
    """The clearing price of the base deal, in whole cents; it leaves no over-allotment to sell."""

    has_primary = has_lockup = True
    rations = False

    def price(
        self, terms: OfferingTerms, book: Book, banker: BankerRole, issuer: IssuerRole
    ) -> Pricing:
        """See `Mechanism`."""
        clearing = book.clearing_price(terms.offered)
        options = []
        if clearing is not None:
            reason = "the highest price at which the book takes all shares"
            options = [Option("priced", whole_cents(clearing), terms.offered, reason)]
        if clearing is None or clearing < terms.reservation_price:
            options = retreats(terms, book, terms.reservation_price or float(book.grid[0]))
        return replace(_pricing(issuer.choose(options, terms), terms, book), over_allotment=0.0)


class DirectListing:
    """Nothing sold or allocated, no lock-up; the last private price is the reference."""

    has_primary = has_lockup = rations = False

    def price(
        self, terms: OfferingTerms, book: Book, banker: BankerRole, issuer: IssuerRole
    ) -> Pricing:
        """See `Mechanism`. Raises ValueError without a private mark."""
        if terms.last_mark is None:
            raise ValueError("offering.private_marks: missing, expected one for a direct_listing")
        return Pricing("listed", terms.last_mark, 0.0, "reference price: the last private mark")


MECHANISMS: dict[str, Mechanism] = {
    "fixed_price": FixedPrice(),
    "bookbuilding": Bookbuilding(),
    "uniform_auction": UniformAuction(),
    "direct_listing": DirectListing(),
}


def _pricing(taken: Option | None, terms: OfferingTerms, book: Book) -> Pricing:
    clearing = book.clearing_price(terms.offered)
    if taken is None:
        reason = "no terms the book carries meet the issuer's reservation price and minimum raise"
        return Pricing("withdrawn", None, 0.0, reason, book_clearing_price=clearing)
    demand = book.total(taken.price)
    extra = min(taken.shares * terms.over_allotment, max(demand - taken.shares, 0.0))
    return Pricing(
        decision=taken.decision,
        price=taken.price,
        shares=taken.shares,
        reason=taken.reason,
        over_allotment=extra,
        coverage=demand / taken.shares,
        book_clearing_price=clearing,
    )
