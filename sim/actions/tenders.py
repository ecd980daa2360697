"""Takeovers for cash: the buyers' standing offer, and its completion.

From the announcement of a takeover (`sim.universe.takeovers`) until its completion the buyers, and
the merger arbitrageurs who wait for the payment with them, take any share at the price agreed, P*,
the last price before the announcement, and part with what they have for more: with N shares
outstanding and h of them held their row of the demand book is

    Q(x) = clip( h + T·N·(log P* − x), 0, N ),

x the log price, T `TENDER_DEPTH` (assumption): at a price 1 % below P* they buy all there is.
Sales keep who is short and bought in from paying any price to the few who have not tendered.  A
share is worth P* to everybody from then on (`sim.universe.Universe.settle`).  On the morning of
completion every holder is paid P* a share, who owes a share pays it, and the stock is delisted.
The money is the buyers' own, from outside the market.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sim.model import MarketModel

#: Shares that those who take a company over buy for a price lower by a log unit, over all of them.
TENDER_DEPTH = 100.0


class TenderOffers:
    """All takeovers for cash that are under way.

    Parameters
    ----------
    model : MarketModel

    Attributes
    ----------
    buyers : int
        Account of those who buy companies whole.
    agreed : dict of int to float
        Price agreed for each company that is being taken over, USD, by column.
    """

    def __init__(self, model: MarketModel) -> None:
        self.model = model
        self.buyers = 0
        self.agreed: dict[int, float] = {}

    def before_open(self) -> None:
        """Complete what is due this morning, and state the offers for the other companies."""
        universe = self.model.universe
        for column in universe.departing:
            self._complete(int(column))
        for column in np.flatnonzero(universe.leaving & universe.listed):
            self._offer(int(column))

    def _offer(self, column: int) -> None:
        model, c = self.model, column
        row, outstanding = model.book.row(self.buyers), model.ledger.outstanding[c]
        price = self.agreed.setdefault(c, float(model.exchange.last_price[c]))
        # The gap of the market, which all add to value, has no part in a payment in cash.
        model.universe.settle(c, math.log(price) - model.scales.anchor)
        row.neutral[c] = float(model.ledger.holdings[self.buyers, c])
        row.floor[c], row.cap[c] = 0.0, outstanding
        row.value[c], row.lean[c] = math.log(price), TENDER_DEPTH * outstanding
        row.speed[c] = 1.0

    def _complete(self, column: int) -> None:
        model, ledger = self.model, self.model.ledger
        price = self.agreed.pop(column, float(model.exchange.last_price[column]))
        held = ledger.holdings[self.buyers, column]
        cost = price * float(ledger.outstanding[column] - held)
        debt = -float(ledger.cash[self.buyers])
        ledger.endow_cash(self.buyers, max(cost + debt, 0.0))
        ledger.buy_out(self.buyers, column, price)
        model.close_stock(column, "taken over for cash")

    # -- what happens to the company meanwhile --------------------------------------------------

    def split(self, column: int, ratio: float) -> None:
        """``ratio`` new shares for one: the price agreed is for a new share."""
        if column in self.agreed:
            self.agreed[column] /= ratio

    def special_dividend(self, column: int, usd: float) -> None:
        """USD a share are paid to the holders: the price agreed is for a share without them."""
        if column in self.agreed:
            self.agreed[column] -= usd

    def lapse(self, column: int) -> None:
        """The stock is not listed any more."""
        self.agreed.pop(column, None)
