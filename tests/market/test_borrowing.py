"""Shorts: never more than can be borrowed, at a fee that only moves, called when they must be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.market.borrowing import LendingRules, SecuritiesLending, _fees, _grant, _set_terms, _survey
from sim.market.demand import DemandBook
from sim.market.exchange import Exchange, MarketRules
from sim.market.ledger import ConservationError, Ledger


def lending_market(seed, funds=6, shorts=4, stocks=3, **rules):
    """Funds hold and lend everything; short sellers think the stock is worth half."""
    rng = np.random.default_rng(seed)
    n = funds + shorts
    holdings = np.zeros((n, stocks))
    holdings[:funds] = rng.lognormal(10, 1, (funds, stocks))
    ledger = Ledger.of(holdings, np.full(n, 1e9))
    book = DemandBook(n, stocks)
    scale = ledger.outstanding / n
    book.neutral[:funds], book.cap[:] = holdings[:funds], 5 * ledger.outstanding
    book.lean[:funds], book.lean[funds:] = 2 * holdings[:funds], 4 * scale
    book.value[:funds] = np.log(100.0) + rng.normal(0, 0.2, (funds, stocks))
    book.value[funds:] = np.log(50.0)
    book.speed[:] = rng.uniform(0.2, 1.0, (n, 1))
    lending = SecuritiesLending(LendingRules(**rules), ledger)
    for account in range(funds):
        lending.set_lender(account)
    exchange = Exchange(MarketRules(), ledger, book, np.full(stocks, 100.0))
    return ledger, book, lending, exchange, np.arange(funds, n)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 0.4))
def test_shorts_stay_within_what_can_be_borrowed(seed, fraction):
    ledger, book, lending, exchange, shorts = lending_market(seed, lendable_fraction=fraction)
    rng = np.random.default_rng(seed)
    allowed = np.zeros(3)
    for _ in range(12):
        wishes = rng.lognormal(9, 1.5, (len(shorts), 3))
        lending.share_out(shorts, wishes)
        assert (lending.room[shorts] <= wishes).all()
        owed = np.maximum(-ledger.holdings, 0.0)
        floors = owed + lending.room
        allowed = np.maximum(lending.capacity, lending.borrowed)
        assert (floors.sum(axis=0) <= allowed * (1 + 1e-12) + 1e-9).all()
        np.negative(floors[shorts], out=book.floor[shorts[0] :])
        book.orders[:] = lending.buy_ins
        book.value += rng.normal(0, 0.05, book.shape)
        exchange.auction(np.arange(3))
        owed = np.maximum(-ledger.holdings, 0.0).sum(axis=0)
        assert (owed <= allowed * (1 + 1e-9) + 1e-9).all()
        cash = ledger.cash.sum()
        lending.end_day(exchange.last_price)
        assert ledger.cash.sum() == pytest.approx(cash, rel=1e-15)
        ledger.check()
        # what is recalled is what exceeds the capacity, and margin calls can only add to it
        over = np.maximum(lending.borrowed - lending.capacity, 0.0)
        assert (lending.buy_ins.sum(axis=0) >= over * (1 - 1e-9) - 1e-9).all()
    if fraction == 0.0:
        assert not (ledger.holdings < 0).any()


def test_whatever_moves_shares_is_seen_in_the_next_survey():
    """Shares are counted again only after bookings; each kind of booking must be one."""
    ledger, _, lending, _, shorts = lending_market(3)
    nothing = np.zeros((len(shorts), 3))
    trades = np.zeros_like(ledger.holdings)
    trades[0], trades[1] = -1.0, 1.0
    moves = {
        "lock": lambda: ledger.lock(0, 0, 100.0),
        "unlock": lambda: ledger.unlock(0, 0, 100.0),
        "transfer": lambda: ledger.transfer(0, int(shorts[0]), 0, 10.0),
        "issue": lambda: ledger.issue(0, 0, 10.0),
        "issue_all": lambda: ledger.issue_all(0, np.full(3, 10.0)),
        "cancel": lambda: ledger.cancel(0, 0, 10.0),
        "split": lambda: ledger.split(0, 2.0),
        "settle": lambda: ledger.settle(np.arange(3), 5 * trades - 4 * trades[::-1], np.ones(3)),
        "exchange_shares": lambda: ledger.exchange_shares(1, 0, 0.5),
        "buy_out": lambda: ledger.buy_out(int(shorts[0]), 2, 1.0),
    }
    for name, move in moves.items():
        lending.share_out(shorts, nothing)
        before = lending.capacity.copy()
        move()
        lending.share_out(shorts, nothing)
        if name != "settle":  # between lenders and all the same to the borrowers
            assert (lending.capacity != before).any(), name
        seen = lending.capacity.copy()
        lending.survey()
        np.testing.assert_array_equal(lending.capacity, seen, err_msg=name)
    lending.share_out(shorts, nothing)
    lending.set_lender(0, False)
    before = lending.capacity.copy()
    lending.share_out(shorts, nothing)
    assert (lending.capacity < before).any()


def test_shorting_off_removes_shorts():
    owed = {}
    for fraction in (0.0, 0.3):
        ledger, book, lending, exchange, shorts = lending_market(1, lendable_fraction=fraction)
        lending.share_out(shorts, np.full((len(shorts), 3), 1e9))
        np.negative(lending.room[shorts], out=book.floor[shorts[0] :])
        exchange.auction(np.arange(3))
        owed[fraction] = (np.minimum(ledger.holdings, 0.0).sum(axis=0), exchange.last_price)
    assert (owed[0.0][0] == 0).all()
    assert (owed[0.3][0] < 0).all()
    assert (owed[0.3][1] < owed[0.0][1]).all()  # constrained shorts leave the price higher


def test_the_fee_rises_with_the_square_beyond_the_kink():
    rules = LendingRules()
    fee = rules.fee(np.array([0.0, 0.5, 0.75, 1.0, np.inf]))
    np.testing.assert_allclose(fee, [0.005, 0.005, 0.005 + 1.98 / 16, 0.5, 0.5])


def small(cash=(0.0, 0.0, 1000.0, 0.0), **rules):
    """Account 2 owes 20 of stock 0; 0 lends 300, 1 lends 100 of its 140 (40 locked)."""
    ledger = Ledger.of([[300.0, 0], [140.0, 0], [-20.0, 7.0], [80.0, 0]], cash)
    ledger.may_short[2] = True
    ledger.lock(1, 0, 40)
    lending = SecuritiesLending(LendingRules(**rules), ledger)
    lending.set_lender(0)
    lending.set_lender(1)
    return ledger, lending


def test_fees_go_from_shorts_to_lenders_in_proportion():
    ledger, lending = small(lendable_fraction=0.1)
    prices = np.array([50.0, np.nan])
    paid = lending.accrue(prices, 252.0)
    assert lending.capacity[0] == 40.0
    assert lending.utilisation[0] == 0.5
    assert paid == pytest.approx(20 * 50 * 0.005)
    np.testing.assert_allclose(ledger.cash, [0.75 * paid, 0.25 * paid, 1000 - paid, 0])
    ledger.check()


def test_recall_is_pro_rata_of_shorts():
    ledger, lending = small(cash=(0.0, 0.0, 1000.0, 1000.0), lendable_fraction=0.1)
    prices = np.array([1.0, 0.0])  # far from a margin call
    assert not lending.end_day(prices).any()
    ledger.may_short[3] = True
    ledger.transfer(3, 0, 0, 140)  # account 3 goes short 60: 80 owed in all
    lending.rules = LendingRules(lendable_fraction=0.08)
    orders = lending.end_day(prices)
    capacity = 0.08 * (440 + 100)  # the locked shares of account 1 are not lent
    np.testing.assert_allclose(orders[:, 0], np.array([0, 0, 20, 60]) * (1 - capacity / 80))
    np.testing.assert_allclose(orders.sum(axis=0), [80 - capacity, 0])


@pytest.mark.parametrize("price", [30.0, 38.4, 38.5, 60.0])
def test_margin_call_exactly_below_maintenance(price):
    # equity 1000 - 20 p; maintenance 0.3 x 20 p: called above p = 1000 / 26 = 38.46
    ledger, lending = small()
    calls = lending.end_day(np.array([price, 0.0]))  # nothing is recalled
    equity, short = float(ledger.cash[2]) - 20 * price, 20 * price  # the fee has been paid
    assert calls.any() == (equity < 0.3 * short) == (price > 1000 / 26)
    if calls.any():
        kept = 20 - calls[2, 0]  # buying at the price leaves equity as it is
        assert kept * price == pytest.approx(max(equity, 0.0) / 0.5)
        assert not np.delete(calls, 2, axis=0).any()


def test_only_those_who_were_given_a_borrow_may_be_short():
    ledger, lending = small()
    ledger.may_short[:] = False
    with pytest.raises(ConservationError, match="account 2 holds less than nothing"):
        ledger.check()
    lending.share_out(np.array([2]), np.array([[5.0, 0.0]]))
    ledger.check()


def test_borrowers_are_asked_for_their_wishes():
    class Seller:
        rows = slice(2, 3)

        def wants_to_borrow(self):
            return np.array([[1e9, 0.0]])

    _, lending = small(lendable_fraction=0.1)
    lending.start_day([Seller()])
    np.testing.assert_allclose(lending.room[2], [40 - 20, 0])
    assert lending.room.sum() == 20
    lending.start_day([])
    assert not lending.room.any()
    with pytest.raises(ValueError, match="wishes"):
        lending.share_out(np.array([2]), np.array([[-1.0, 0.0]]))


def test_initial_margin_is_at_least_maintenance():
    with pytest.raises(ValueError, match="initial_margin"):
        LendingRules(initial_margin=0.2)


@given(st.integers(0, 2**32 - 1))
def test_the_compiled_passes_are_the_equations(seed):
    rng = np.random.default_rng(seed)
    accounts, stocks = 5, 4
    holdings = rng.normal(1.0, 2.0, (accounts, stocks)).round(1)
    locked = np.maximum(holdings, 0.0) * rng.random((accounts, stocks)).round()
    lendable = rng.random(accounts) < 0.6
    owed = np.maximum(-holdings, 0.0)
    free = np.maximum(holdings - locked, 0.0) * lendable[:, None]
    wishes, left = rng.lognormal(0, 1, (2, stocks)), rng.lognormal(0, 1, stocks)
    due, earned = rng.random(stocks), rng.random(stocks)
    for compiled in (True, False):
        survey, terms, grant, fees = (
            kernel if compiled else kernel.py_func
            for kernel in (_survey, _set_terms, _grant, _fees)
        )
        offered, borrowed, capacity, utilisation, fee = np.zeros((5, stocks))
        owing, may_short = np.zeros((2, accounts), dtype=bool)
        room, flows = np.full((accounts, stocks), -1.0), np.zeros(accounts)
        survey(holdings, locked, lendable, offered, borrowed, owing)
        np.testing.assert_allclose(offered, free.sum(axis=0))
        np.testing.assert_allclose(borrowed, owed.sum(axis=0))
        assert (owing == owed.any(axis=1)).all()
        terms(offered, borrowed, 0.5, 0.005, 1.98, 0.5, capacity, utilisation, fee)
        for used, able, owes in zip(utilisation, capacity, borrowed, strict=True):
            assert used == (0.0 if owes == 0 else owes / able if able > 0 else np.inf)
        np.testing.assert_allclose(fee, LendingRules().fee(utilisation))
        grant(np.array([3, 1]), wishes, left, room, may_short)
        np.testing.assert_allclose(room[[3, 1]], wishes * np.minimum(left / wishes.sum(axis=0), 1))
        assert (room[[0, 2, 4]] == -1.0).all()
        assert may_short.tolist() == [False, True, False, True, False]
        fees(holdings, locked, lendable, owing, due, earned, flows)
        np.testing.assert_allclose(flows, free @ earned - owed @ due, atol=1e-12)
