"""What is left to sell on when the book does not carry the terms asked for.

A book that covers n shares only at a lower price leaves three ways besides withdrawing: cut to the
price at which it is covered, keep the price and sell what the book takes, or cut as far as the
issuer's reservation price and sell what the book takes there.  Which of them, the issuer decides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sim.offering.book import Book

if TYPE_CHECKING:
    from sim.offering.terms import OfferingTerms

Decision = Literal["priced", "cut", "downsized", "upsized", "withdrawn", "listed"]


@dataclass(frozen=True)
class Option:
    """Terms the issuer could sell on: base deal [shares] at a price [USD], and why."""

    decision: Decision
    price: float
    shares: float
    reason: str


def whole_cents(price: float) -> float:
    """The price [USD] rounded down, so that a book covered at it stays covered."""
    return math.floor(price * 100 + 1e-6) / 100 or price


def retreats(terms: OfferingTerms, book: Book, asked: float, discount: float = 0.0) -> list[Option]:
    """Options when the book does not carry `asked` [USD]; empty if it takes nothing at all.

    With a discount the book must carry the price expected in the market, ``price / (1 - d)``, and
    the over-allotment as well.
    """
    extra = 1 + terms.over_allotment if discount else 1.0
    options = []

    def carried(price: float) -> float:
        return min(book.total(price / (1 - discount)) / extra, terms.offered)

    clearing = book.clearing_price(terms.offered * extra)
    if clearing is not None and (cut := whole_cents(clearing * (1 - discount))) < asked:
        reason = f"cut from {asked:.2f} to where the book is covered"
        options.append(Option("cut", cut, terms.offered, reason))
    if (shares := carried(asked)) > 0:
        reason = f"at {asked:.2f} the book takes {shares / terms.offered:.0%} of the shares"
        options.append(Option("downsized", asked, shares, reason))
    floor = terms.reservation_price
    if 0 < floor < asked and (shares := carried(floor)) > 0:
        reason = f"cut from {asked:.2f} to the issuer's reservation price"
        label: Decision = "cut" if shares >= terms.offered else "downsized"
        options.append(Option(label, floor, shares, reason))
    return options
