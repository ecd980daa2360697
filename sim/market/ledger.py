"""The ledger: who holds which shares and how much cash, conserved at every step.

For each stock the holdings of all accounts, shorts counted negative, add up to the shares
outstanding: a share sold short is held twice, by the lender (who keeps the economic position) and
by the buyer, and owed once. Cash only moves between accounts, so its sum never changes. Accounts
that never trade, the issuer or outside owners, are rows like any other. Locked shares are part of
the holdings and may not be sold; only accounts with `may_short` may hold less than zero.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from sim.market.demand import FloatArray

TOLERANCE = 1e-9  # relative to the shares outstanding, or to the cash there is


class LedgerError(ValueError):
    """A booking that the accounts do not permit, such as the sale of locked shares."""


class ConservationError(RuntimeError):
    """The books no longer add up, or somebody holds what he may not."""


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(columns, trades, price, holdings, cash):  # type: ignore[no-untyped-def]
    w = columns.size
    c0 = columns[0]
    adjacent = True
    for j in range(w):
        adjacent &= columns[j] == c0 + j
    for i in range(holdings.shape[0]):
        if adjacent:
            held, traded, p = holdings[i, c0 : c0 + w], trades[i, c0 : c0 + w], price[c0 : c0 + w]
            for j in range(w):
                held[j] += traded[j]
            # four running sums: the order of addition is fixed, and they do not wait for each other
            u0, u1, u2, u3 = 0.0, 0.0, 0.0, 0.0
            for j in range(0, w - 3, 4):
                u0 += traded[j] * p[j]
                u1 += traded[j + 1] * p[j + 1]
                u2 += traded[j + 2] * p[j + 2]
                u3 += traded[j + 3] * p[j + 3]
            for j in range(w - w % 4, w):
                u0 += traded[j] * p[j]
            cash[i] -= (u0 + u1) + (u2 + u3)
        else:
            spent = 0.0
            for j in range(w):
                c = columns[j]
                holdings[i, c] += trades[i, c]
                spent += trades[i, c] * price[c]
            cash[i] -= spent


class Ledger:
    """Shares and cash of every account, empty at first: see `issue` and `endow_cash`.

    Attributes: `holdings` (accounts, stocks) shares, `locked` (accounts, stocks) shares of them
    that may not be sold, `cash` (accounts,) USD, `outstanding` (stocks,) shares issued,
    `endowed_cash` USD brought in from outside so far, `locked_shares` (stocks,) the locked ones of
    all accounts, `may_short` (accounts,) bool, set for
    an account when it is first given a borrow, `bookings` how often shares have been moved, made,
    locked or unlocked: who counted them at the same number need not count again.
    """

    def __init__(self, n_accounts: int, n_stocks: int) -> None:
        if n_accounts < 1 or n_stocks < 1:
            raise LedgerError(f"a ledger needs accounts and stocks: got {n_accounts} x {n_stocks}")
        self.holdings: FloatArray = np.zeros((n_accounts, n_stocks))
        self.locked: FloatArray = np.zeros((n_accounts, n_stocks))
        self.cash: FloatArray = np.zeros(n_accounts)
        self.outstanding: FloatArray = np.zeros(n_stocks)
        self.locked_shares: FloatArray = np.zeros(n_stocks)
        self.may_short: NDArray[np.bool_] = np.zeros(n_accounts, dtype=bool)
        self.endowed_cash = 0.0
        self.bookings = 0
        self._cash_scale = 1.0

    @classmethod
    def of(cls, holdings: ArrayLike, cash: ArrayLike) -> Ledger:
        """A ledger that starts with these holdings (accounts, stocks) and cash (accounts,)."""
        shares, usd = np.asarray(holdings, dtype=np.float64), np.asarray(cash, dtype=np.float64)
        if shares.ndim != 2 or usd.shape != shares.shape[:1]:
            raise LedgerError(
                f"holdings must be (accounts, stocks) and cash (accounts,): got "
                f"{shares.shape} and {usd.shape}"
            )
        if not (np.isfinite(shares).all() and np.isfinite(usd).all()):
            raise LedgerError("holdings and cash must be finite")
        ledger = cls(shares.shape[0], shares.shape[1])
        ledger.holdings[:] = shares
        ledger.outstanding[:] = shares.sum(axis=0)
        for account, amount in enumerate(usd):
            ledger.endow_cash(account, float(amount))
        return ledger

    def endow_cash(self, account: int, usd: float) -> None:
        """Give an account cash to start with; it is new money and counts as such in `check`."""
        if not np.isfinite(usd):
            raise LedgerError(f"cash must be finite, got {usd}")
        self.cash[account] += usd
        self.endowed_cash += usd
        self._cash_scale += abs(usd)

    def receive(self, accounts: NDArray[np.int64], usd: FloatArray) -> None:
        """Money from (> 0) or to (< 0) the world outside: dividends, savings, USD by account.

        The accounts must differ from each other.
        """
        if not np.isfinite(usd).all():
            raise LedgerError("money received must be finite")
        self.cash[accounts] += usd
        self.endowed_cash += float(usd.sum())
        self._cash_scale += float(np.abs(usd).sum())

    def buy_out(self, buyer: int, stock: int, price: float) -> None:
        """One account buys all shares of a stock, locked ones too, and shorts settle in cash."""
        self._positive("price", price)
        held = self.holdings[:, stock].copy()
        held[buyer] = 0.0
        self.cash += held * price
        self.cash[buyer] -= float(held.sum()) * price
        self.bookings += 1
        self.holdings[:, stock] = 0.0
        self.holdings[buyer, stock] = self.outstanding[stock]
        self.locked[:, stock] = 0.0
        self.locked_shares[stock] = 0.0

    def settle(self, columns: NDArray[np.int64], trades: FloatArray, price: FloatArray) -> None:
        """Book an auction: `trades` (accounts, stocks) shares at `price` (stocks,) USD."""
        if columns.size:
            self.bookings += 1
            _settle(columns, trades, price, self.holdings, self.cash)

    def issue(self, account: int, stock: int, shares: float) -> None:
        """Create shares in the account's hands; their price moves separately, by `pay`."""
        self._positive("shares issued", shares)
        self.bookings += 1
        self.holdings[account, stock] += shares
        self.outstanding[stock] += shares

    def issue_all(self, account: int, shares: FloatArray) -> None:
        """Create shares (stocks,) of many stocks in the account's hands."""
        if not ((shares >= 0.0) & (shares < np.inf)).all():
            raise LedgerError("shares issued must be finite and not negative")
        self.bookings += 1
        self.holdings[account] += shares
        self.outstanding += shares

    def cancel(self, account: int, stock: int, shares: float) -> None:
        """Destroy unlocked shares in the account's hands."""
        self._positive("shares cancelled", shares)
        free = float(self.holdings[account, stock] - self.locked[account, stock])
        if shares > free + self._slack(stock):
            raise LedgerError(
                f"account {account} holds {max(free, 0.0):g} unlocked shares of stock {stock}, "
                f"cannot cancel {shares:g}"
            )
        self.bookings += 1
        self.holdings[account, stock] -= shares
        self.outstanding[stock] -= shares

    def split(self, stock: int, ratio: float) -> None:
        """``ratio`` new shares for one old, in everybody's hands, locked and owed ones too."""
        if not 0.0 < ratio < np.inf:
            raise LedgerError(f"split ratio must be finite and above 0, got {ratio}")
        self.bookings += 1
        for array in (self.holdings, self.locked):
            array[:, stock] *= ratio
        self.outstanding[stock] *= ratio
        self.locked_shares[stock] *= ratio

    def pay_dividend(self, payer: int, stock: int, usd: float) -> None:
        """One account pays USD a share to all who hold a stock; who owes shares pays it as well."""
        self._positive("dividend", usd)
        flows = self.holdings[:, stock] * usd
        flows[payer] -= float(flows.sum())
        self.pay_all(flows)

    def exchange_shares(
        self, old: int, new: int, ratio: float, usd: float = 0.0, payer: int = 0
    ) -> None:
        """A merger: ``ratio`` new shares of one stock, and USD, for each share of another.

        New shares of locked ones are locked; who owed old shares owes new ones, and the cash.
        """
        self._positive("exchange ratio", ratio)
        self.pay_dividend(payer, old, usd)
        self.bookings += 1
        for array in (self.holdings, self.locked):
            array[:, new] += ratio * array[:, old]
            array[:, old] = 0.0
        for total in (self.outstanding, self.locked_shares):
            total[new] += ratio * total[old]
            total[old] = 0.0

    def transfer(
        self, seller: int, buyer: int, stock: int, shares: float, price: float = 0.0
    ) -> None:
        """Move shares for shares x price USD; raises LedgerError if the seller has too few."""
        self._positive("shares transferred", shares)
        self._positive("price", price)
        free = self.holdings[seller, stock] - self.locked[seller, stock]
        if shares > free + self._slack(stock) and not self.may_short[seller]:
            raise LedgerError(
                f"account {seller} may sell {max(free, 0.0):g} shares of stock {stock}, "
                f"not {shares:g}"
            )
        self.bookings += 1
        self.holdings[seller, stock] -= shares
        self.holdings[buyer, stock] += shares
        self.pay(buyer, seller, shares * price)

    def pay(self, payer: int, payee: int, usd: float) -> None:
        """Move cash, USD >= 0; an account may go into debt."""
        self._positive("payment", usd)
        self.cash[payer] -= usd
        self.cash[payee] += usd

    def pay_all(self, flows: FloatArray) -> None:
        """Move cash between many accounts: flows (accounts,) USD received, which must sum to 0."""
        gap = float(flows.sum())
        scale = float(np.abs(flows).sum())
        if not (np.isfinite(scale) and abs(gap) <= TOLERANCE * max(scale, 1.0)):
            raise LedgerError(f"cash flows between accounts must sum to zero, got {gap:g} USD")
        self.cash += flows
        self.cash[int(np.abs(flows).argmax())] -= gap

    def lock(self, account: int, stock: int, shares: float) -> None:
        """Forbid the sale of so many more of the shares held."""
        self._positive("shares locked", shares)
        free = self.holdings[account, stock] - self.locked[account, stock]
        if shares > free + self._slack(stock):
            raise LedgerError(
                f"account {account} holds {max(free, 0.0):g} unlocked shares of stock {stock}, "
                f"cannot lock {shares:g}"
            )
        shares = min(shares, max(free, 0.0))
        self.bookings += 1
        self.locked[account, stock] += shares
        self.locked_shares[stock] += shares

    def unlock(self, account: int, stock: int, shares: float) -> None:
        """Permit the sale of so many of the shares locked."""
        self._positive("shares unlocked", shares)
        locked = float(self.locked[account, stock])
        if shares > locked + self._slack(stock):
            raise LedgerError(
                f"account {account} has {locked:g} locked shares of stock {stock}, "
                f"cannot unlock {shares:g}"
            )
        shares = min(shares, locked)
        self.bookings += 1
        self.locked[account, stock] -= shares
        self.locked_shares[stock] -= shares

    def check(self) -> None:
        """Raise ConservationError unless shares and cash add up and nobody is where he may not be.

        Holdings of every stock sum to the shares outstanding and cash to what it was at the start
        (1e-9 relative); only accounts that may short hold less than zero; locked shares are neither
        negative nor more than the account holds.
        """
        slack = TOLERANCE * np.maximum(self.outstanding, 1.0)
        gap = self.holdings.sum(axis=0) - self.outstanding
        cash_gap = float(self.cash.sum()) - self.endowed_cash
        scale = max(self._cash_scale, float(np.abs(self.cash).sum()))
        if not (np.abs(gap) <= slack).all():  # "not" so that NaN is caught
            j = int(np.argmax(~(np.abs(gap) <= slack)))
            raise ConservationError(
                f"stock {j}: {self.holdings[:, j].sum():.17g} shares held, "
                f"{self.outstanding[j]:.17g} outstanding"
            )
        if not abs(cash_gap) <= TOLERANCE * scale:
            raise ConservationError(f"cash in all accounts changed by {cash_gap:g} USD")
        breaches = {
            "holds less than nothing": (self.holdings < -slack) & ~self.may_short[:, None],
            "has negative locked shares": self.locked < -slack,
            "has sold locked shares": (self.locked > 0.0) & (self.holdings < self.locked - slack),
        }
        for breach, where in breaches.items():
            if where.any():
                i, j = (int(k) for k in np.argwhere(where)[0])
                raise ConservationError(
                    f"account {i} {breach} of stock {j}: holdings {self.holdings[i, j]:.17g}, "
                    f"locked {self.locked[i, j]:.17g}"
                )

    def _slack(self, stock: int) -> float:
        return TOLERANCE * max(float(self.outstanding[stock]), 1.0)

    @staticmethod
    def _positive(what: str, amount: float) -> None:
        if not 0.0 <= amount < np.inf:
            raise LedgerError(f"{what} must be finite and not negative, got {amount}")
