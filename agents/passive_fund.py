"""Passive funds: they hold an index, whatever the price.

A fund with assets A, of which a share c stays in cash, holds index shares s in proportion,

    h = φ·s,      φ = (1 − c)·A / Σ p·s,

and has nothing to do until the index changes, investors bring or take money, or dividends arrive.
It trades in the closing auction with orders at any price, so that it gets the price at which
the index is struck.  A change from s to s′ announced at session a and effective at the close of e
may be traded in part early, in equal steps from a + 1 to e − 1, and in part late, in equal steps
over the days after e: what is held is

    φ·(s + w·(s′ − s)),     w = early·(t − a)/(e − a) before e,  1 − late·(1 − (t − e)/L) from e on.

The funds on one index act as one.  Their tracking error has four sources: cash, fees, trading away
from the effective close, and fills that the auction rations: what a closing auction cannot fill
within its collar the fund tries again at the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from agents.trader import Trader
from sim.inputs import Settings

if TYPE_CHECKING:
    from sim.index import Index
    from sim.model import MarketModel

Array = NDArray[np.float64]


#: Part of the assets that orders may leave undone.
FILLED = 1e-6


class PassiveFundRules(Settings):
    """How index funds behave.

    ``assets`` gives the money on each index relative to the others (its level is
    ``population.passive_share``): S&P 500 $11.5tn, CRSP total market $2tn, Nasdaq-100 $0.45tn
    (index methodology and press, June 2026), Russell 1000 and MSCI USA assumed.  ``cash_share`` is
    kept in cash; ``band`` is the part of the assets by which cash may differ from that before the
    fund trades (assumptions).  ``early`` and ``late`` are the parts of a change traded before and
    after the effective close, ``late_days`` how long the late part takes; both are 0 for a fund
    that fears tracking error above all.  ``fee`` is 0.05 % a year (ICI, index equity mutual funds).
    """

    assets: dict[str, float] = {
        "sp500": 11.5,
        "crsp-total-market": 2.0,
        "msci-usa": 1.0,
        "russell1000": 0.5,
        "nasdaq100": 0.45,
    }
    cash_share: float = Field(default=0.002, ge=0, le=0.5)
    band: float = Field(default=0.0005, ge=0, le=0.1)
    early: float = Field(default=0.0, ge=0, le=1)
    late: float = Field(default=0.0, ge=0, le=1)
    late_days: int = Field(default=5, ge=1, le=60)
    fee: float = Field(default=0.0005, ge=0, le=0.1)

    @field_validator("assets")
    @classmethod
    def _sound(cls, assets: dict[str, float]) -> dict[str, float]:
        for name, amount in assets.items():
            if not 0 <= amount < float("inf"):
                raise ValueError(f"{name}: got {amount}, expected an amount of at least 0")
        return assets

    def shares(self) -> dict[str, float]:
        """The assets on each index as shares of all index money."""
        total = sum(self.assets.values())
        return {name: amount / total for name, amount in self.assets.items() if amount > 0}


class PassiveFund(Trader):
    """All funds on one index."""

    indexed = True
    lends = True

    def __init__(self, model: MarketModel, rules: PassiveFundRules, index: Index) -> None:
        super().__init__(model, "passive")
        self.rules = rules
        self.index = index
        #: Index shares that a late trader still lacks (> 0) or has too many of.
        self._late: list[tuple[int, Array]] = []
        self._out_of_line = False

    def start(self, usd: float) -> None:
        """Begin with the index and its part of cash, USD in all."""
        model = self.model
        self.row.speed[:] = 0.0
        shares = self.index.shares
        equity = usd * (1 - self.rules.cash_share)
        fraction = equity / float(model.exchange.last_price @ shares)
        for column in np.flatnonzero(shares):
            model.ledger.issue(self.account, int(column), fraction * float(shares[column]))
        model.endow_cash(self.account, usd - equity)

    @property
    def trades_over_days(self) -> bool:
        """Whether a change is traded on other days than the effective one as well."""
        return self.rules.early > 0 or self.rules.late > 0

    @property
    def ownership(self) -> float:
        """φ: the part of each index share that the funds hold."""
        value = float(self.model.exchange.last_price @ self.index.shares)
        equity = float(self.model.exchange.last_price @ np.maximum(self.holdings, 0.0))
        return equity / value if value > 0 else 0.0

    def start_day(self) -> None:
        """Hold still until the close: the row's speed is nought and its floor nothing."""

    def before_auction(self, instant: int) -> None:
        """State market-on-close orders before the closing auction."""
        if instant != self.model.instants - 1:
            return
        composition = self._composition()
        price = self.model.exchange.last_price
        value = float(price @ composition)
        if value <= 0:
            return
        equity = float(price @ self.holdings)
        wealth = equity + self.cash
        goal = wealth * (1 - self.rules.cash_share)
        moved = composition is not self.index.shares
        if not (moved or self._out_of_line) and abs(goal - equity) <= self.rules.band * wealth:
            return
        self._out_of_line = False
        target = composition * (goal / value)
        self.row.orders[:] = np.where(self.model.universe.listed, target - self.holdings, 0.0)

    def after_close(self) -> None:
        """What the close could not fill is tried again at the next."""
        c = np.flatnonzero(self.row.orders)
        missed = np.abs(self.row.orders[c] - self.model.exchange.trades[self.account, c])
        if float(missed @ self.model.exchange.last_price[c]) > FILLED * max(self.wealth, 1.0):
            self._out_of_line = True

    def rebalance(self) -> None:
        """The index has changed without notice: hold it again from the next close on."""
        self._out_of_line = True

    def restate(self, column: int, shares: float, log_price: float, log_value: float) -> None:
        """Count in new shares; an index that counts one share of each company has changed."""
        if self.index.rulebook.weighting != "price":
            for _, gap in self._late:
                gap[column] *= shares
        elif shares != 1.0:
            self.rebalance()

    def _composition(self) -> Array:
        """Index shares to hold after today's close; the index's own array if nothing is due."""
        model, index, rules = self.model, self.index, self.rules
        today, now = model.session, index.shares
        if not (index.pending or self._late):
            return now
        due = [c for c in index.pending if c.effective == today]
        held = now
        if due:
            after = index.shares_after(model.public_record.snapshot(), today)
            if rules.late > 0:
                self._late.append((today, rules.late * (after - now)))
            held = after
        if rules.early > 0:
            held = held + self._early_part(today)
        self._late = [(e, gap) for e, gap in self._late if today - e < rules.late_days + 1]
        for effective, gap in self._late:
            held = held - gap * max(1 - (today - effective) / rules.late_days, 0.0)
        return held

    def _early_part(self, today: int) -> Array:
        """What is held ahead of announced changes that are not due yet: of each its own part."""
        model, later = self.model, [c for c in self.index.pending if c.effective > today]
        snapshot = model.public_record.snapshot()
        before = self.index.shares_after(snapshot, today)
        ahead, part = np.zeros(model.n_stocks), np.zeros(model.n_stocks)
        for effective in sorted({change.effective for change in later}):
            after = self.index.shares_after(snapshot, effective)
            for change in later:
                if change.effective == effective:
                    elapsed = (today - change.announced) / (effective - change.announced)
                    part[change.column] = self.rules.early * elapsed
            ahead += part * (after - before)
            before = after
        return ahead
