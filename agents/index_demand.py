"""What index funds will have to buy and sell: public arithmetic that traders do ahead of them.

For an index fund f that owns the part φ of its index, with announced changes leading from the index
shares s to s′, the shares of a stock still to be traded are

    D = Σ_f (φ_f·s′ − h_f),

h what the funds hold.  A stock that moves between two indices nets out by itself.  Before an
announcement the rulebook gives odds, so that π·φ·s″ is expected, s″ the index shares the stock
would have; for members near the exit −π·h; the feeder's funds trade the other way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.index import deletion_odds, inclusion_odds, index_shares

if TYPE_CHECKING:
    from agents.passive_fund import PassiveFund
    from sim.index import Snapshot
    from sim.model import MarketModel

Array = NDArray[np.float64]
#: Sessions between two looks at the rankings.
EVERY = 5


def still_to_trade(funds: Iterable[PassiveFund], snapshot: Snapshot) -> Array:
    """D: shares (stocks,) that index funds have still to buy for the changes announced so far."""
    demand = np.zeros(snapshot.price.size)
    for fund in funds:
        pending = fund.index.pending
        if not pending and not fund.trades_over_days:
            continue
        goal = fund.index.shares
        if pending:
            last = max(change.effective for change in pending)
            goal = fund.index.shares_after(snapshot, last)
        demand += fund.ownership * goal - fund.holdings
    return demand


class IndexDemand:
    """Net demand of all index funds, by stock.

    Attributes, all (stocks,): ``announced`` and ``expected`` shares still to be bought (> 0) or
    sold; ``effective`` the session at whose close the last announced change takes effect, −1 for
    none; ``met_today`` whether a part was traded at today's.
    """

    def __init__(self, model: MarketModel, funds: Sequence[PassiveFund], horizon: int) -> None:
        self.model = model
        self.funds = funds
        self.horizon = horizon
        self.announced = np.zeros(model.n_stocks)
        self.expected = np.zeros(model.n_stocks)
        self.effective = np.full(model.n_stocks, -1, dtype=np.int64)
        self.met_today = np.zeros(model.n_stocks, dtype=bool)
        self._looked = -EVERY
        model.add_actor(self)

    def start_day(self) -> None:
        """Nothing becomes known in the morning."""

    def before_auction(self, instant: int) -> None:
        """Before the close, note which stocks' index shares change at it."""
        if instant == self.model.instants - 1:
            self.met_today[:] = False
            self.met_today[self.model.changing_at_close()] = True

    def after_close(self) -> None:
        """Count again, after the providers have spoken."""
        self._count_announced()
        if self.horizon and self.model.session - self._looked >= EVERY:
            self._look_ahead()
            self._looked = self.model.session

    def restate(self, column: int, shares: float, log_price: float, log_value: float) -> None:
        """Count in new shares."""
        self.announced[column] *= shares
        self.expected[column] *= shares

    def _count_announced(self) -> None:
        model = self.model
        self.effective[:] = -1
        if not any(fund.index.pending or fund.trades_over_days for fund in self.funds):
            self.announced[:] = 0.0
            return
        self.announced = still_to_trade(self.funds, model.public_record.snapshot())
        for fund in self.funds:
            for change in fund.index.pending:
                self.effective[change.column] = max(self.effective[change.column], change.effective)

    def _look_ahead(self) -> None:
        """Expected demand: odds of entry and exit times what the funds would trade then.

        A company that moves between an index and its feeder is bought by the funds on the one and
        sold by those on the other.
        """
        model = self.model
        snapshot, session = model.public_record.snapshot(), model.session
        fund_on = {fund.index.name: fund for fund in self.funds}
        self.expected[:] = 0.0
        for fund in self.funds:
            index = fund.index
            enter = inclusion_odds(index, snapshot, session, self.horizon)
            leave = deletion_odds(index, snapshot, session, self.horizon)
            if enter.any():
                self.expected += enter * self._would_hold(fund, enter > 0, snapshot)
            if leave.any():
                self.expected -= leave * np.maximum(fund.holdings, 0.0)
            below = fund_on.get(index.feeder.name) if index.feeder is not None else None
            if below is not None:
                self.expected -= enter * np.maximum(below.holdings, 0.0)
                self.expected += leave * self._would_hold(below, leave > 0, snapshot)
        self.expected[self.effective >= 0] = 0.0

    @staticmethod
    def _would_hold(fund: PassiveFund, columns: NDArray[np.bool_], snapshot: Snapshot) -> Array:
        """Shares that the fund would hold of these stocks if they were members, else 0."""
        if not columns.any():
            return np.zeros(columns.size)
        members = fund.index.members | columns
        shares = index_shares(fund.index.rulebook, snapshot, members)
        return np.where(columns, fund.ownership * shares, 0.0)
