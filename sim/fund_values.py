"""Fund values: what a share of each fund is worth, with dividends, after fees.

At every close a fund with holdings h, cash c and n of its own shares has net asset value

    NAV = (h·p + c + h·d − o − fee/252 · W) / n,      W = h·p + c + h·d,

p the closing prices, d the dividends of the day and o what the fund pays out: its income less
expenses, but no more than leaves it the part of cash it likes to keep (US funds must distribute
nearly all income: Internal Revenue Code, section 852).  Savers spend what is paid out, so that
neither dividends nor fees change how much money is in the market; the growth of a share counts it
as reinvested.  Dividends come from the companies as cash; fees go to the managers, who keep them
outside the market.  Money that investors put in or take out buys or redeems shares at the closing
NAV, so it never changes the value of a share.  The arithmetic of active management (Sharpe 1991) is
a property of these books, not an assumption.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.calendar import TRADING_DAYS
from sim.market.ledger import Ledger

Array = NDArray[np.float64]


class FundValues:
    """Net asset values of the accounts that are funds.

    Attributes, all (funds,): ``accounts``; ``fee`` per year; ``cash_share`` that a fund likes to
    keep; ``nav`` USD of one share with what was paid out reinvested, 1 at the start; ``assets`` USD
    at the last close; ``flows`` USD received today (< 0 paid to those who left); ``fees_paid`` USD
    so far; ``paid_out`` USD of today's income; ``returns_today`` of a share, after fees.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.accounts: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.fee: Array = np.zeros(0)
        self.cash_share: Array = np.zeros(0)
        self.nav: Array = np.zeros(0)
        self.assets: Array = np.zeros(0)
        self.flows: Array = np.zeros(0)
        self.fees_paid: Array = np.zeros(0)
        self.paid_out: Array = np.zeros(0)
        self.returns_today: Array = np.zeros(0)

    def register(
        self, accounts: NDArray[np.int64], fee: float, cash_share: float, prices: Array
    ) -> slice:
        """Keep the books of these accounts (consecutive) from now on; returns their places."""
        first, n = self.accounts.size, len(accounts)
        self.accounts = np.append(self.accounts, accounts)
        self.fee = np.append(self.fee, np.full(n, fee))
        self.cash_share = np.append(self.cash_share, np.full(n, cash_share))
        self.nav = np.append(self.nav, np.ones(n))
        wealth = self.ledger.holdings[accounts] @ prices + self.ledger.cash[accounts]
        self.assets = np.append(self.assets, wealth)
        self.flows = np.append(self.flows, np.zeros(n))
        self.fees_paid = np.append(self.fees_paid, np.zeros(n))
        self.paid_out = np.append(self.paid_out, np.zeros(n))
        self.returns_today = np.append(self.returns_today, np.zeros(n))
        return slice(first, first + n)

    def end_day(self, prices: Array, dividends: Array, managers: int) -> None:
        """Book dividends (stocks,) USD a share and fees at the close, then strike the NAVs.

        ``managers`` is the account that receives the fees.
        """
        ledger, accounts = self.ledger, self.accounts
        if not accounts.size:
            return
        income = (ledger.holdings @ dividends)[accounts]
        cash = ledger.cash[accounts]
        wealth = (ledger.holdings @ prices)[accounts] + cash + income
        fees = self.fee / TRADING_DAYS * np.maximum(wealth, 0.0)
        spare = cash + income - fees - self.cash_share * wealth
        np.minimum(np.maximum(spare, 0.0), income, out=self.paid_out)
        ledger.receive(accounts, income - self.paid_out)
        ledger.cash[accounts] -= fees
        ledger.cash[managers] += float(fees.sum())
        growth = np.ones_like(wealth)
        np.divide(wealth - fees, self.assets, out=growth, where=self.assets > 0)
        self.nav *= growth
        self.returns_today = growth - 1.0
        self.assets = wealth - fees - self.paid_out
        self.fees_paid += fees
        self.flows[:] = 0.0

    def exchange(
        self, source: NDArray[np.int64], out: Array, target: NDArray[np.int64], into: Array
    ) -> None:
        """Investors leave funds (places) with USD `out` at today's NAV and buy others, `into`."""
        flows = np.zeros(self.ledger.cash.size)
        flows[self.accounts[source]] -= out
        flows[self.accounts[target]] += into
        self.ledger.pay_all(flows)
        for places, usd in ((source, -out), (target, into)):
            self.assets[places] += usd
            self.flows[places] += usd

    def invest_from(self, flows: Array, usd: Array) -> None:
        """Accounts bring money, ``flows`` (accounts,) < 0 USD, to funds, ``usd`` (funds,)."""
        flows[self.accounts] += usd
        self.ledger.pay_all(flows)
        self.assets += usd
        self.flows += usd

    def invest(self, places: slice, usd: Array) -> None:
        """Investors bring (> 0) or take (< 0) money from outside the market, USD by fund."""
        self.ledger.receive(self.accounts[places], usd)
        self.assets[places] += usd
        self.flows[places] += usd
