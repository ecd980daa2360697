"""What is told about an offering afterwards: the content of ``offering.json``."""

from __future__ import annotations

from typing import Any

from sim.offering.book import Book, Floats, sum_by_class
from sim.offering.mechanisms import Pricing
from sim.offering.stabilisation import Stabilisation
from sim.offering.terms import OfferingTerms


def gross_spread(terms: OfferingTerms, pricing: Pricing, exercised: float = 0.0) -> float:
    """Fee of the syndicate [USD] on the base deal and on over-allotment shares exercised."""
    price = pricing.price if pricing.price and pricing.shares else 0.0
    fees = terms.gross_spread * pricing.shares + terms.over_allotment_spread * exercised
    return price * fees


def money_left_on_the_table(pricing: Pricing, first_close: float) -> float:
    """(first close - offer) x shares of the base deal [USD] (Loughran and Ritter 2002)."""
    return (first_close - pricing.price) * pricing.shares if pricing.price else 0.0


def offering_record(
    terms: OfferingTerms,
    pricing: Pricing,
    book: Book | None = None,
    allocation: Floats | None = None,
    stabilisation: Stabilisation | None = None,
    first_close: float | None = None,
) -> dict[str, Any]:
    """A dict fit for JSON; `allocation` [shares] has shape (bids,). Missing parts are null."""
    price = pricing.price
    sale = price if pricing.shares else None
    primary = pricing.shares * terms.shares / terms.offered
    exercised = stabilisation.exercised if stabilisation else 0.0
    fee = gross_spread(terms, pricing, exercised)
    new_shares = primary + exercised
    gross = (sale or 0.0) * new_shares
    # sellers of secondary shares bear the spread on theirs
    issuer_fee = fee - (sale or 0.0) * terms.gross_spread * (pricing.shares - primary)
    after = terms.shares_outstanding + new_shares
    return {
        "company": terms.company,
        "symbol": terms.symbol,
        "mechanism": terms.mechanism,
        "dates": {name: str(day) for name, day in terms.dates},
        "decision": pricing.decision,
        "reason": pricing.reason,
        "range": _range(pricing),
        "offer_price": sale,
        "reference_price": price if sale is None else None,
        "lambda_up": pricing.lambda_up,
        "shares": pricing.shares,
        "primary_shares": primary,
        "secondary_shares": pricing.shares - primary,
        "book_clearing_price": pricing.book_clearing_price,
        "oversubscription": pricing.coverage,
        "book": _book(book),
        "bids_by_class": book.by_class(sale) if book and sale else {},
        "allocation_by_class": (
            sum_by_class(book.holders, allocation) if book and allocation is not None else {}
        ),
        "gross_proceeds_usd": gross,
        "gross_spread_usd": fee,
        "net_proceeds_usd": gross - issuer_fee,
        "over_allotment": {
            "sold": pricing.over_allotment,
            "exercised": exercised,
            "exercised_on": _day(stabilisation),
            "covered_in_market": stabilisation.covered if stabilisation else 0.0,
        },
        "stabilisation": {
            "last_day": str(stabilisation.last_day) if stabilisation else None,
            "remaining_short": stabilisation.remaining if stabilisation else 0.0,
            "covering_profit_usd": stabilisation.covering_profit if stabilisation else 0.0,
            "inventory": stabilisation.inventory if stabilisation else 0.0,
        },
        "money_left_on_the_table_usd": (
            None if first_close is None else money_left_on_the_table(pricing, first_close)
        ),
        "shares_after": after,
        "float_fraction": (pricing.shares + exercised) / after,
        "votes": _votes(terms, new_shares),
    }


def _range(pricing: Pricing) -> dict[str, float] | None:
    if pricing.filing_range is None:
        return None
    return {"low": pricing.filing_range[0], "high": pricing.filing_range[1]}


def _book(book: Book | None) -> dict[str, list[float]] | None:
    if book is None:
        return None
    return {"price": book.grid.tolist(), "shares": book.demand.sum(axis=0).tolist()}


def _day(stabilisation: Stabilisation | None) -> str | None:
    day = stabilisation.exercised_on if stabilisation else None
    return None if day is None else str(day)


def _votes(terms: OfferingTerms, new_shares: float) -> dict[str, dict[str, float]]:
    holders = {c.holder for c in terms.share_classes if c.holder != "public"}
    return {h: terms.votes(h, new_shares)._asdict() for h in sorted(holders)}
