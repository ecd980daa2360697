"""The ledger conserves shares and cash, and notices when it does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.market.ledger import ConservationError, Ledger, LedgerError
from tests.market.conftest import random_market


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 30), st.integers(1, 80))
def test_settlement_conserves_shares_and_cash(seed, accounts, stocks):
    market = random_market(seed, accounts, stocks)
    rng = np.random.default_rng(seed)
    ledger = Ledger.of(market.holdings, rng.normal(0, 1e9, accounts))
    ledger.may_short[:] = True
    market.holdings = ledger.holdings
    for columns in (np.arange(stocks), rng.permutation(stocks)[: stocks // 2 + 1]):
        held, cash = ledger.holdings.copy(), ledger.cash.copy()
        market.run(columns)
        ledger.settle(columns, market.trades, market.price)
        ledger.check()
        trades, price = market.trades[:, columns], market.price[columns]
        np.testing.assert_allclose(ledger.holdings[:, columns], held[:, columns] + trades)
        np.testing.assert_allclose(ledger.cash, cash - trades @ price, rtol=1e-9, atol=1.0)


def two():
    return Ledger.of([[100.0, 0.0], [0.0, 50.0]], [10.0, 20.0])


def test_issue_pay_transfer():
    ledger = two()
    ledger.issue(0, 1, 30)
    ledger.transfer(0, 1, 1, 30, price=0.5)
    ledger.pay(0, 1, 5)
    ledger.pay_all(np.array([3.0, -3.0]))
    ledger.endow_cash(1, 7)
    ledger.check()
    assert ledger.outstanding.tolist() == [100, 80]
    assert ledger.cash.tolist() == [10 + 15 - 5 + 3, 20 - 15 + 5 - 3 + 7]


def test_locked_shares_stay():
    ledger = two()
    ledger.lock(0, 0, 60)
    with pytest.raises(LedgerError, match="may sell 40 shares of stock 0, not 41"):
        ledger.transfer(0, 1, 0, 41)
    with pytest.raises(LedgerError, match="cannot lock 41"):
        ledger.lock(0, 0, 41)
    with pytest.raises(LedgerError, match="cannot unlock 61"):
        ledger.unlock(0, 0, 61)
    ledger.transfer(0, 1, 0, 40)
    ledger.check()
    ledger.unlock(0, 0, 60)
    ledger.transfer(0, 1, 0, 60)
    ledger.check()


@pytest.mark.parametrize("amount", [-1.0, np.nan, np.inf])
def test_amounts_are_finite_and_not_negative(amount):
    ledger = two()
    for book in (ledger.issue, ledger.lock, ledger.unlock):
        with pytest.raises(LedgerError):
            book(0, 0, amount)
    with pytest.raises(LedgerError):
        ledger.pay(0, 1, amount)
    with pytest.raises(LedgerError):
        ledger.transfer(0, 1, 0, 1, amount)
    with pytest.raises(LedgerError):
        ledger.pay_all(np.array([amount, 0.0]))


def test_check_notices_every_breach():
    def broken(change, message):
        ledger = two()
        change(ledger)
        with pytest.raises(ConservationError, match=message):
            ledger.check()

    broken(lambda b: b.holdings.__setitem__((0, 0), 101.0), "stock 0: 101 shares held, 100")
    broken(lambda b: b.holdings.__setitem__((0, 0), np.nan), "stock 0: nan")
    broken(lambda b: b.cash.__setitem__(0, 11.0), "cash .* changed by 1")
    broken(lambda b: b.cash.__setitem__(0, np.nan), "cash .* changed by nan")
    broken(lambda b: b.locked.__setitem__((0, 0), 101.0), "sold locked shares of stock 0")
    broken(lambda b: b.locked.__setitem__((0, 0), -1.0), "negative locked")
    broken(lambda b: b.holdings.__setitem__((slice(None), 0), [-1, 101]), "less than nothing")


def test_an_account_with_a_borrow_may_be_short():
    ledger = two()
    with pytest.raises(LedgerError):
        ledger.transfer(1, 0, 0, 5)
    ledger.may_short[1] = True
    ledger.transfer(1, 0, 0, 5)
    ledger.check()
    assert ledger.holdings[:, 0].tolist() == [105, -5]
