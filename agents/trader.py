"""A trader: an account in the ledger and a row of the demand book.

Subclasses answer the questions of ``sim.roles.Participant``; the default answer is silence.
Rows are views: a trader writes its schedule in place and the exchange reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from agents.market_agent import MarketAgent

if TYPE_CHECKING:
    from sim.model import MarketModel
    from sim.offering.listing import Listing

Array = NDArray[np.float64]


def speed_per_auction(half_life_days: float, auctions: Array) -> Array:
    """Share of a gap closed in one auction when half of it closes in ``half_life_days``.

    Parameters
    ----------
    half_life_days : float
    auctions : Array
        Auctions a day of each stock, shape (stocks,).
    """
    return np.asarray(1.0 - 0.5 ** (1.0 / (half_life_days * auctions)))


def rows_of(traders: Sequence[Trader]) -> slice:
    """The rows of the demand book that traders with consecutive accounts own together."""
    first = traders[0].account
    assert [trader.account for trader in traders] == list(range(first, first + len(traders)))
    return slice(first, first + len(traders))


class Trader(MarketAgent):
    """An agent that owns one account.

    Parameters
    ----------
    model : MarketModel
    holder : str, optional
        Name under which its shares appear in ``holdings``; the class's name for its kind if
        left out.
    """

    holder: str = "trader"
    #: Holds shares to keep control or because they are locked: not part of the circulation.
    strategic: ClassVar[bool] = False
    #: Shares the circulation with the others in proportion to wealth when all agree on value.
    neutral_holder: ClassVar[bool] = False
    #: Holds an index: its shares are not for those who invest by value to share out.
    indexed: ClassVar[bool] = False
    #: Lends shares to short sellers.
    lends: ClassVar[bool] = False
    #: Writes its own schedule; others leave that to their family, crew or desk.
    acts_alone: ClassVar[bool] = True
    #: How close a client of the banks it is, from 0 to 1.
    relationship: float = 0.0
    model: MarketModel

    def __init__(self, model: MarketModel, holder: str | None = None) -> None:
        super().__init__(model)
        if holder is not None:
            self.holder = holder
        self.account = model.open_account(
            self,
            strategic=self.strategic,
            neutral=self.neutral_holder,
            indexed=self.indexed,
            lends=self.lends,
        )
        if self.acts_alone:
            model.add_actor(self)
        self.row = model.book.row(self.account)
        self.holdings = model.ledger.holdings[self.account]

    @property
    def cash(self) -> float:
        """Cash in USD; negative when buying on margin."""
        return float(self.model.ledger.cash[self.account])

    @property
    def wealth(self) -> float:
        """Cash and holdings at the last prices, USD, as of the last close."""
        return float(self.model.scales.wealth[self.account])

    def start_day(self) -> None:
        """Write today's schedule; nothing by default."""

    def before_auction(self, instant: int) -> None:
        """Take up news since the last auction; nothing by default."""

    def bid(self, listing: Listing, grid: Array) -> Array | None:
        """Take no part in the offering by default."""
        return None

    def after_close(self) -> None:
        """Learn from the day; nothing by default."""


def share_cash(traders: Sequence[Trader], usd: float) -> None:
    """Give traders this cash to start with, in equal parts."""
    for trader in traders:
        trader.model.endow_cash(trader.account, usd / len(traders))
