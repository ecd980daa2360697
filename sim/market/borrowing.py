"""Securities lending: who may be short, by how much, at what fee, and when he is bought in.

Lenders offer a fraction of their unlocked holdings; what they offer is the capacity of a stock, and
utilisation is the part of it that is borrowed. A lent share stays in its lender's position: the
borrower sells it to a buyer who holds it too, and owes it, so that holdings with shorts counted
negative still add up to the shares outstanding. The fee per year rises once loans grow scarce,

    phi(u) = phi0 + phi1 max(u - u0, 0)^2,

and goes to the lenders in proportion to what each of them has lent, which is in proportion to what
it offers. When lenders sell, the capacity may fall below what is borrowed: then shorts are
recalled, pro rata. A short whose equity (cash and holdings at market) falls below the maintenance
margin of its short position must buy back until its equity is the initial margin again.

References: D'Avolio (2002), "The market for borrowing stock", JFE 66; Duffie, Garleanu and Pedersen
(2002), "Securities lending, shorting, and pricing", JFE 66.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.calendar import TRADING_DAYS
from sim.inputs import Settings
from sim.market.demand import FloatArray
from sim.market.ledger import Ledger


class LendingRules(Settings):
    """Terms of stock loans.

    Lendable fraction 0.1-0.35 of holdings in practice; fees 0.5 % a year for easily borrowed stock
    up to 50 % for the scarcest (D'Avolio 2002), which phi1 reaches at full utilisation; the kink is
    an assumption. Maintenance margin 30 % of the short market value (FINRA Rule 4210), initial 50 %
    (Regulation T). A lendable fraction of 0 switches shorting off.
    """

    lendable_fraction: float = Field(default=0.25, ge=0, le=1)
    fee_base: float = Field(default=0.005, ge=0, le=5)
    fee_slope: float = Field(default=1.98, ge=0, le=100)
    utilisation_kink: float = Field(default=0.5, ge=0, le=1)
    maintenance_margin: float = Field(default=0.30, ge=0, le=5)
    initial_margin: float = Field(default=0.50, gt=0, le=5)

    @model_validator(mode="after")
    def _initial_above_maintenance(self) -> LendingRules:
        if self.initial_margin < self.maintenance_margin:
            raise ValueError("initial_margin must be at least maintenance_margin")
        return self

    def fee(self, utilisation: FloatArray) -> FloatArray:
        """Fee per year of the value lent, at a utilisation that counts as 1 at most."""
        return np.asarray(_fee(utilisation, self.fee_base, self.fee_slope, self.utilisation_kink))


class Borrower(Protocol):
    """Accounts that would like to borrow, ``rows`` of the ledger."""

    rows: slice

    def wants_to_borrow(self) -> FloatArray:
        """Shares (accounts, stocks) they would like to borrow beyond what they have."""


@njit(cache=True, nogil=True)
def _fee(utilisation, base, slope, kink):  # type: ignore[no-untyped-def]
    """phi(u), for a single number and for an array."""
    scarce = np.maximum(np.minimum(utilisation, 1.0) - kink, 0.0)
    return base + slope * scarce * scarce


@njit(cache=True, nogil=True, error_model="numpy")
def _survey(holdings, locked, lendable, offered, borrowed, owing):  # type: ignore[no-untyped-def]
    """Unlocked shares held by lenders, and shares owed, by stock; which accounts owe any."""
    offered[:] = 0.0
    borrowed[:] = 0.0
    for i in range(holdings.shape[0]):
        held, fixed = holdings[i], locked[i]
        owes = False
        for j in range(held.size):
            owes |= held[j] < 0.0
        owing[i] = owes
        if owes:
            for j in range(held.size):
                borrowed[j] -= min(held[j], 0.0)
        if lendable[i]:
            for j in range(held.size):
                offered[j] += max(held[j] - fixed[j], 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _set_terms(  # type: ignore[no-untyped-def]
    offered, borrowed, fraction, base, slope, kink, capacity, utilisation, fee
):
    """What can be borrowed of each stock, how much of it is, and at what fee; all (stocks,)."""
    for j in range(offered.size):
        capacity[j] = offered[j] * fraction
        if borrowed[j] == 0.0:
            utilisation[j] = 0.0
        elif capacity[j] > 0.0:
            utilisation[j] = borrowed[j] / capacity[j]
        else:
            utilisation[j] = np.inf
        fee[j] = _fee(utilisation[j], base, slope, kink)


@njit(cache=True, nogil=True, error_model="numpy")
def _grant(accounts, wishes, left, room, may_short):  # type: ignore[no-untyped-def]
    """Write into `room` the part of `wishes` (accounts, stocks) that `left` (stocks,) allows."""
    part = np.zeros_like(left)
    for i in range(accounts.size):
        for j in range(left.size):
            part[j] += wishes[i, j]
    for j in range(left.size):
        part[j] = left[j] / part[j] if part[j] > left[j] else 1.0
    for i in range(accounts.size):
        granted, some = room[accounts[i]], False
        for j in range(left.size):
            granted[j] = wishes[i, j] * part[j]
            some |= granted[j] != 0.0
        if some:
            may_short[accounts[i]] = True


@njit(cache=True, nogil=True, error_model="numpy")
def _fees(holdings, locked, lendable, owing, due, earned, flows):  # type: ignore[no-untyped-def]
    """Cash received (accounts,) for loans: shorts pay `due` a share owed, lenders get `earned` a
    share; both (stocks,), 0 where nothing is lent."""
    flows[:] = 0.0
    for i in np.flatnonzero(owing):
        flow = 0.0
        for j in range(due.size):
            flow += min(holdings[i, j], 0.0) * due[j]
        flows[i] = flow
    lenders = np.flatnonzero(lendable)
    last = lenders.size - 1
    for k in range(0, lenders.size, 4):
        # four running sums, which do not wait for each other; the last lender fills the last four
        a, b = lenders[k], lenders[min(k + 1, last)]
        c, d = lenders[min(k + 2, last)], lenders[min(k + 3, last)]
        to_a, to_b, to_c, to_d = flows[a], flows[b], flows[c], flows[d]
        for j in range(earned.size):
            to_a += max(holdings[a, j] - locked[a, j], 0.0) * earned[j]
            to_b += max(holdings[b, j] - locked[b, j], 0.0) * earned[j]
            to_c += max(holdings[c, j] - locked[c, j], 0.0) * earned[j]
            to_d += max(holdings[d, j] - locked[d, j], 0.0) * earned[j]
        flows[a], flows[b], flows[c], flows[d] = to_a, to_b, to_c, to_d


class SecuritiesLending:
    """Stock loans between the accounts of a ledger.

    Attributes: `lendable` (accounts,) bool; by stock `capacity` and `borrowed` (shares),
    `utilisation` (borrowed / capacity, 0 if nothing is owed, infinite if only lenders lack) and
    `fee` (per year); `room` (accounts, stocks), shares that an account may borrow beyond what it
    owes, as last shared out. Set floors to -(owed + room) and no floors together exceed capacity.
    `buy_ins` (accounts, stocks): shares that must be bought at any price, as of the last evening;
    `forced` says whether there are any.
    """

    def __init__(self, rules: LendingRules, ledger: Ledger) -> None:
        accounts, stocks = ledger.holdings.shape
        self.rules = rules
        self.ledger = ledger
        self.lendable: NDArray[np.bool_] = np.zeros(accounts, dtype=bool)
        self.capacity: FloatArray = np.zeros(stocks)
        self.borrowed: FloatArray = np.zeros(stocks)
        self.utilisation: FloatArray = np.zeros(stocks)
        self.fee: FloatArray = rules.fee(self.utilisation)
        self.room: FloatArray = np.zeros((accounts, stocks))
        self.buy_ins: FloatArray = np.zeros((accounts, stocks))
        self.forced = False
        self._offered = np.zeros(stocks)
        self._owing: NDArray[np.bool_] = np.zeros(accounts, dtype=bool)
        self._asked: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._flows = np.zeros(accounts)
        self._surveyed_at = -1  # bookings of the ledger

    def set_lender(self, account: int, lends: bool = True) -> None:
        """Whether an account lends its shares; it then shows at the next `survey`."""
        self.lendable[account] = lends
        self._surveyed_at = -1

    def survey(self) -> None:
        """Count what is offered and owed, and set the fee."""
        ledger, rules = self.ledger, self.rules
        self._surveyed_at = ledger.bookings
        _survey(
            ledger.holdings, ledger.locked, self.lendable, self._offered, self.borrowed, self._owing
        )
        _set_terms(
            self._offered, self.borrowed, rules.lendable_fraction, rules.fee_base, rules.fee_slope,
            rules.utilisation_kink, self.capacity, self.utilisation, self.fee,
        )  # fmt: skip

    def _survey_again(self) -> None:
        """Survey unless no share has moved since the last time."""
        if self._surveyed_at != self.ledger.bookings:
            self.survey()

    # -- the morning: who may borrow ------------------------------------------------------------

    def share_out(self, accounts: NDArray[np.int64], wishes: FloatArray) -> None:
        """Share what can still be borrowed among `accounts` (k,) by their `wishes` (k, stocks).

        Where wishes exceed what is left they are met pro rata; accounts not named get nothing.
        Raises ValueError for a wish that is negative or not a number.
        """
        self._survey_again()
        self.room[self._asked] = 0.0
        self._asked = accounts
        if len(accounts) == 0:
            return
        if not (wishes >= 0.0).all():
            raise ValueError("wishes to borrow must be numbers of shares, at least 0")
        left = np.maximum(self.capacity - self.borrowed, 0.0)
        _grant(accounts, wishes, left, self.room, self.ledger.may_short)

    def start_day(self, borrowers: Sequence[Borrower]) -> None:
        """Ask those who borrow for their wishes and share out what there is."""
        accounts = [np.arange(b.rows.start, b.rows.stop) for b in borrowers]
        wishes = [b.wants_to_borrow() for b in borrowers]
        if borrowers:
            self.share_out(np.concatenate(accounts), np.concatenate(wishes))
        else:
            self.share_out(np.zeros(0, dtype=np.int64), np.zeros((0, self.room.shape[1])))

    # -- the evening: fees, recalls, margin -----------------------------------------------------

    def end_day(self, prices: FloatArray) -> FloatArray:
        """Fees of one trading day at closing prices (stocks,); returns the new `buy_ins`."""
        self.accrue(prices, 1.0)  # surveys; fees move cash and no shares
        if self.forced:
            self.buy_ins.fill(0.0)
            self.forced = False
        if (self.borrowed > self.capacity).any():
            self._recall(self.buy_ins)
            self.forced = True
        accounts, orders = self._called(prices)
        if accounts.size:
            self.buy_ins[accounts] = np.maximum(self.buy_ins[accounts], orders)
            self.forced = True
        return self.buy_ins

    def accrue(self, prices: FloatArray, days: float) -> float:
        """Pay the fees of so many trading days (252 a year); returns USD paid by shorts."""
        self._survey_again()
        lent = (self.borrowed > 0.0) & (self._offered > 0.0)
        if not lent.any():
            return 0.0
        due = np.where(lent, self.fee * prices * (days / TRADING_DAYS), 0.0)
        total = due * self.borrowed
        earned = np.divide(total, self._offered, out=np.zeros_like(total), where=lent)
        ledger = self.ledger
        _fees(ledger.holdings, ledger.locked, self.lendable, self._owing, due, earned, self._flows)
        ledger.pay_all(self._flows)
        return float(total[lent].sum())

    def _recall(self, orders: FloatArray) -> None:
        """What lenders want back, pro rata of shorts, into orders (accounts, stocks)."""
        part = np.zeros_like(self.capacity)
        excess = np.maximum(self.borrowed - self.capacity, 0.0)
        np.divide(excess, self.borrowed, out=part, where=self.borrowed > 0.0)
        np.multiply(np.maximum(-self.ledger.holdings, 0.0), part, out=orders)

    def _called(self, prices: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
        """Accounts below their maintenance margin, and the shares each must buy back.

        An account is called when its equity is less than maintenance x short value, and buys back
        the same part of all its shorts, down to equity = initial x short value.
        """
        ledger, rules = self.ledger, self.rules
        accounts = np.flatnonzero(ledger.may_short)
        held = ledger.holdings[accounts]
        owed = np.maximum(-held, 0.0)
        worth = np.where(np.isfinite(prices), prices, 0.0)  # unlisted stocks may have no price
        equity = ledger.cash[accounts] + held @ worth
        short_value = owed @ worth
        called = (short_value > 0.0) & (equity < rules.maintenance_margin * short_value)
        if not called.any():
            return accounts[:0], owed[:0]
        kept = np.maximum(equity[called], 0.0) / (rules.initial_margin * short_value[called])
        return accounts[called], owed[called] * (1.0 - kept)[:, None]
