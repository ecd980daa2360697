"""The raw tables of a population of offerings: one row an offering, one row a day around unlocks.

Everything is taken from the listings, which keep their books, and from what the recorder has;
nothing is estimated here. Prices are USD a share, shares units, money USD, fractions of one. What a
run does not reach is NaN, and so is everything after pricing for an offering that was withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from sim.model import MarketModel
from sim.offering.book import sum_by_class
from sim.offering.listing import Listing
from sim.universe import SECTORS

#: Trading days from the first trade on which closes are kept.
CLOSES = (*range(11), 21, 63, 126, 252, 756)
VOLUMES = tuple(range(11))
#: Classes of holders whose allocations are kept.
CLASSES = ("long_only", "hedge", "retail", "flippers")
#: Trading days around an unlock.
AROUND = 20

#: Columns of the two tables.
IPOS = (
    *("symbol", "sector", "decision", "filing", "pricing", "first_trade", "lockup"),
    *("range_low", "range_high", "range_mid", "offer", "shares", "proceeds", "proceeds_filed"),
    *("float_fraction", "gross_spread", "oversubscription", "book_clearing", "reading"),
    *("lambda_up", "value_at_filing", "value_at_pricing"),
    *("over_allotment_sold", "over_allotment_exercised", "over_allotment_covered"),
    *(f"allocation_{name}" for name in CLASSES),
    *("flipped_of_deal", "flipped_of_volume", "market_at_filing", "market_at_pricing"),
    *(f"open_{day}" for day in VOLUMES),
    *(f"close_{day}" for day in CLOSES),
    *(f"market_{day}" for day in CLOSES),
    *(f"volume_{day}" for day in VOLUMES),
)
UNLOCKS = (
    *("symbol", "unlock", "unlocked_shares", "float_before", "day", "date"),
    *("close", "volume", "market"),
)
DATES = ("filing", "pricing", "first_trade", "lockup", "unlock", "date")


def ipo_table(model: MarketModel) -> pd.DataFrame:
    """One row for each offering that was filed, in the order of filing.

    Columns as in `IPOS`; those on day ``k`` count trading days from the first trade. ``market_*``
    are levels of the whole market, ``shares`` the base deal as priced, ``proceeds`` those of the
    base deal (``proceeds_filed``: at the middle of the range), ``float_fraction`` the shares sold
    over those outstanding after the deal, ``flipped_of_deal`` the part of the shares allotted that
    those who got them had no longer after two days, ``flipped_of_volume`` the same over their
    volume. Volumes count shares.
    """
    rows = [_row(model, listing) for listing in model.listings if listing.invited is not None]
    return _table(rows, IPOS)


def _row(model: MarketModel, listing: Listing) -> dict[str, Any]:
    terms, recorder, c = listing.terms, model.recorder, listing.column
    low, high = terms.range if terms.range else (np.nan, np.nan)
    first = listing.first_session - model.first_session
    filed = model.calendar.index(terms.dates.public_filing) - model.first_session
    priced = model.calendar.index(terms.dates.pricing) - model.first_session
    mid = (low + high) / 2
    row: dict[str, Any] = dict.fromkeys(IPOS, np.nan)
    row |= {
        "symbol": terms.symbol,
        "sector": SECTORS[model.universe.sector[c]],
        "decision": listing.decision,
        "filing": terms.dates.public_filing,
        "pricing": terms.dates.pricing,
        "first_trade": terms.dates.first_trade,
        "lockup": unlock_date(model, listing),
        "range_low": low,
        "range_high": high,
        "range_mid": mid,
        "proceeds_filed": mid * terms.offered,
        "gross_spread": terms.gross_spread,
        "value_at_filing": _at(recorder.value[:, c], filed, recorder.days),
        "value_at_pricing": _at(recorder.value[:, c], priced, recorder.days),
        "market_at_filing": _at(recorder.level[:, 0], filed, recorder.days),
        "market_at_pricing": _at(recorder.level[:, 0], priced, recorder.days),
    }
    if listing.pricing is not None:
        row["oversubscription"] = listing.coverage if listing.coverage else np.nan
        row["book_clearing"] = _number(listing.pricing.book_clearing_price)
        row["reading"], row["lambda_up"] = listing.reading, _number(listing.pricing.lambda_up)
    if listing.offer_price is not None:
        row |= _deal(listing) | _trading(model, listing, first)
    return row


def _deal(listing: Listing) -> dict[str, Any]:
    """What was sold, to whom, and what became of the over-allotment."""
    pricing, terms, support = listing.pricing, listing.terms, listing.stabilisation
    assert pricing is not None and pricing.price is not None
    assert listing.book is not None and listing.allocation is not None
    by_class = sum_by_class(listing.book.holders, listing.allocation)
    exercised = support.exercised if support else np.nan
    after = terms.shares_outstanding + pricing.shares + (exercised if support else 0.0)
    return {
        "offer": pricing.price,
        "shares": pricing.shares,
        "proceeds": pricing.shares * pricing.price,
        "float_fraction": (pricing.shares + (exercised if support else 0.0)) / after,
        "over_allotment_sold": pricing.over_allotment,
        "over_allotment_exercised": exercised,
        "over_allotment_covered": support.covered if support else np.nan,
        **{f"allocation_{name}": by_class.get(name, 0.0) for name in CLASSES},
    }


def _trading(model: MarketModel, listing: Listing, first: int) -> dict[str, Any]:
    """Prices, volumes and flips from the first trade on."""
    recorder, c, days = model.recorder, listing.column, model.recorder.days
    close = recorder.comparable_close()[:, c]
    volume = recorder.comparable_volume(recorder.volume)[:, c]
    row: dict[str, Any] = {}
    for day in CLOSES:
        row[f"close_{day}"] = _at(close, first + day, days)
        row[f"market_{day}"] = _at(recorder.level[:, 0], first + day, days)
    for day in VOLUMES:
        row[f"open_{day}"] = _at(recorder.open[:, c], first + day, days)
        row[f"volume_{day}"] = _at(volume, first + day, days)
    if listing.kept is not None and listing.allocation is not None:
        flipped = float((listing.allocation - listing.kept).sum())
        row["flipped_of_deal"] = flipped / float(listing.allocation.sum())
        row["flipped_of_volume"] = flipped / (row["volume_0"] + row["volume_1"])
    return row


def unlock_table(model: MarketModel) -> pd.DataFrame:
    """Days −20 to +20 around the end of each offering's lock-up; columns as in `UNLOCKS`.

    ``day`` counts trading days from the first on which the shares may be sold, ``unlocked_shares``
    are those, ``float_before`` those that were free at the first trade.
    """
    rows = [row for listing in model.listings for row in _around(model, listing)]
    return _table(rows, UNLOCKS)


def _around(model: MarketModel, listing: Listing) -> Iterator[dict[str, Any]]:
    recorder, c, locked = model.recorder, listing.column, listing.locked
    unlock = unlock_date(model, listing)
    if listing.invited is None or locked is None or unlock is None or not locked.done:
        return
    close = recorder.comparable_close()[:, c]
    volume = recorder.comparable_volume(recorder.volume)[:, c]
    freed = sum(locked.done.values())
    at = model.calendar.index(unlock) - model.first_session
    first = listing.first_session - model.first_session
    for day in range(max(-AROUND, first - at), min(AROUND, recorder.days - 1 - at) + 1):
        yield {
            "symbol": listing.terms.symbol,
            "unlock": unlock,
            "unlocked_shares": freed,
            "float_before": listing.free_shares_at_listing,
            "day": day,
            "date": recorder.dates[at + day],
            "close": close[at + day],
            "volume": volume[at + day],
            "market": recorder.level[at + day, 0],
        }


def unlock_date(model: MarketModel, listing: Listing) -> Any:
    """First session on which the last tranche of the lock-up may be sold; None without one."""
    lockup = listing.terms.lockup
    if lockup is None or not lockup.tranches:
        return None
    days = [due for due in map(lockup.due, lockup.tranches) if due is not None]
    return model.calendar.on_or_after(max(days)) if days else None


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(columns))
    for name in DATES:
        if name in columns:
            table[name] = pd.to_datetime(table[name]).to_numpy("datetime64[ms]")
    return table


def _at(series: np.ndarray, day: int, days: int) -> float:
    return float(series[day]) if 0 <= day < days else np.nan


def _number(value: float | None) -> float:
    return np.nan if value is None else value
