"""Shares sold or bought back by their own company, in the market's auctions, over some days.

A programme of F·N shares, N those outstanding on its first morning, is spread evenly over the
auctions of its days, as orders at any price (an at-the-market offering: SEC Rule 415(a)(4);
repurchases in the open market: SEC Rule 10b-18).  What the auctions of a day do not take is tried
again on the next, and lapses after the last.  New shares are created in the company's hands on the
morning of their sale; in the evening what it could not sell, and what it bought, is cancelled.
Then the value a share is

    v' = (N·v ± cash) / (N ± shares),

cash what was received or paid, shares what was sold or bought that day.  Index providers see the
new number the same evening and take it up when their rulebooks say (``float_update``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.actions.plan import Planned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.model import MarketModel

#: Shares; less than this is rounding.
DUST = 1e-6


class Programme:
    """One issue or buy-back.

    Attributes
    ----------
    left : float
        Shares still to be sold (> 0) or bought (< 0).
    traded, cash : float
        Shares sold (> 0) or bought so far, in shares of today, and USD received (> 0) or paid.
    days_left : int
    """

    def __init__(self, model: MarketModel, planned: Planned) -> None:
        self.model, self.planned = model, planned
        self.column = planned.column
        fraction, sells = planned.action.fraction, planned.action.kind == "share_issue"
        assert fraction is not None
        shares = fraction * float(model.ledger.outstanding[self.column])
        self.left = shares if sells else -shares
        self.traded = self.cash = 0.0
        self.days_left = planned.action.sessions
        self._today = self._cash_today = 0.0

    @property
    def is_over(self) -> bool:
        """Whether its last day is over."""
        return self.days_left == 0

    @property
    def outcome(self) -> dict[str, Any]:
        """Shares traded (in shares of today), USD, and the mean price; None if nothing was."""
        shares, usd = abs(self.traded), abs(self.cash)
        mean = usd / shares if shares > DUST else None
        return {"shares": shares, "usd": usd, "mean_price": mean, "left": abs(self.left)}

    def split(self, column: int, ratio: float) -> None:
        """Count in new shares."""
        if column == self.column:
            self.left *= ratio
            self.traded *= ratio

    def before_open(self) -> None:
        """Create the shares that are to be sold today."""
        self._today = self._cash_today = 0.0
        if self._portion > 0 and self.model.universe.listed[self.column]:
            self.model.ledger.issue(self.model.companies, self.column, self._portion)

    def place_orders(self) -> None:
        """Spread today's part evenly over the auctions."""
        if self.model.universe.listed[self.column]:
            auctions = float(self.model.auctions[self.column])
            row = self.model.book.row(self.model.companies)
            row.orders[self.column] = -self._portion / auctions

    def after_auction(self, columns: NDArray[np.int64]) -> None:
        """Note what was traded."""
        if self.column in columns:
            exchange = self.model.exchange
            bought = float(exchange.trades[self.model.companies, self.column])
            self._today -= bought
            self._cash_today -= bought * float(exchange.last_price[self.column])

    def after_close(self) -> bool:
        """Cancel what is not outstanding, value the company anew; whether this was the last day."""
        model, c = self.model, self.column
        ledger, universe = model.ledger, model.universe
        self.days_left -= 1
        if not universe.listed[c]:
            self.days_left = 0
            return True
        held = float(ledger.holdings[model.companies, c])
        ledger.cancel(model.companies, c, max(held, 0.0))
        if abs(self._today) > DUST:
            self._revalue()
            universe.count_shares(c, float(ledger.outstanding[c]))
            model.recorder.count_shares(c)
        self.left -= self._today
        self.traded += self._today
        self.cash += self._cash_today
        return self.is_over

    @property
    def _portion(self) -> float:
        """Shares to be sold (> 0) or bought today; none once somebody is buying the company."""
        if self.model.universe.leaving[self.column]:
            return 0.0
        return self.left / self.days_left

    def _revalue(self) -> None:
        model, c = self.model, self.column
        if c in model.focus.beliefs:
            model.focus.beliefs[c].change_capital(self._cash_today, self._today)
            model.universe.set_focus_value(c, model.focus.beliefs[c].consensus)
            return
        after = float(model.ledger.outstanding[c])
        value = float(np.exp(model.universe.log_value[c])) * (after - self._today)
        model.universe.revalue(c, float(np.log((value + self._cash_today) / after)))
