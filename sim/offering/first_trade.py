"""The opening cross of a new stock: who is there when the first trade is made.

Orders for the first trade of a company in focus arrive on average `ARRIVAL_MINUTES` after the bell,
at an exponential time for each participant; of a crowd or a group of insiders, many people with one
account, the part 1 − exp(−t / `ARRIVAL_MINUTES`) has arrived after t minutes.  An ordinary company
is small enough for everybody to be there and ready when the bell rings.  The exchange's own rules
for the cross are in `sim.market.exchange`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.market.exchange import OpeningCross
    from sim.model import MarketModel

#: Mean time after the bell at which orders for a first trade arrive (assumption).
ARRIVAL_MINUTES = 45.0


def open_first_trade(model: MarketModel, column: int, reference: float) -> OpeningCross:
    """Hold the opening cross of a stock, from the reference price, USD."""
    symbol, in_focus = model.universe.symbols[column], column >= model.universe.ordinary
    arrives = np.array(
        [
            model.streams(f"opening.arrival.{symbol}.{participant.holder}").exponential(
                ARRIVAL_MINUTES
            )
            for participant in model.participants
        ]
    )
    every = model.world.market.opening.minutes_per_round
    many = _accounts_of_many(model, column) if in_focus else []

    def arrival(round_number: int) -> NDArray[np.float64]:
        minutes = (round_number + 1) * every
        share = (arrives <= minutes).astype(np.float64)
        share[many] = 1 - np.exp(-minutes / ARRIVAL_MINUTES)
        return share

    speed = model.book.speed[:, column]
    usual = speed.copy()
    if not in_focus:
        speed[:], arrives[:] = 1.0, 0.0
    cross = model.exchange.opening_cross(column, reference, arrival)
    speed[:] = usual
    model.universe.news_taken_up(np.array([column]))
    return cross


def _accounts_of_many(model: MarketModel, column: int) -> list[int]:
    crowds = model.focus.crowds
    accounts = [crowds[column].account] if column in crowds else []
    for listing in model.listings:
        if listing.column == column:
            accounts += [insider.account for insider in listing.insiders.values()]
    return accounts
