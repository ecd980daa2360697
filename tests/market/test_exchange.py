"""The exchange: prices of the day, bands, halts, the first trade, clear refusals."""

from __future__ import annotations

import numpy as np
import pytest

from sim.inputs import InputError, parse
from sim.market.demand import DemandBook
from sim.market.exchange import AuctionError, Exchange, MarketRules, OpeningRules
from sim.market.ledger import Ledger
from tests.market.conftest import random_market


def trading(seed=0, accounts=30, stocks=20, **rules):
    market = random_market(seed, accounts, stocks)
    ledger = Ledger.of(np.abs(market.holdings), np.full(accounts, 1e12))
    market.book.floor[:] = 0.0
    return Exchange(MarketRules(**rules), ledger, market.book, np.exp(market.last))


def test_a_day_of_auctions():
    exchange = trading()
    rng = np.random.default_rng(0)
    close, seen, volume = exchange.last_price.copy(), [], 0.0
    exchange.start_day()
    np.testing.assert_array_equal(exchange.open, close)
    for columns in (np.arange(20), np.array([4]), np.arange(20)):
        exchange.book.value += rng.normal(0, 0.1, (30, 20))
        exchange.auction(columns)
        seen.append(exchange.last_price[4])
        volume += np.maximum(exchange.trades[:, 4], 0).sum()
        np.testing.assert_allclose(exchange.last_log_price, np.log(exchange.last_price))
        exchange.ledger.check()
    assert exchange.open[4] == seen[0]
    assert exchange.high[4] == max(seen)
    assert exchange.low[4] == min(seen)
    assert exchange.volume[4] == pytest.approx(volume)
    np.testing.assert_array_equal(exchange.previous_close, close)
    exchange.start_day()
    np.testing.assert_array_equal(exchange.previous_close, exchange.last_price)
    assert not exchange.volume.any()


def test_bands_hold_and_can_be_left_out():
    exchange = trading(auction_band=0.05, daily_limit=0.08)
    exchange.start_day()
    exchange.book.value += 1.0
    limit = exchange.previous_close * 1.08
    moved = [exchange.last_price.copy()]
    for _ in range(4):
        exchange.auction(np.arange(20))
        moved.append(exchange.last_price.copy())
        assert (moved[-1] <= moved[-2] * 1.05 + 1e-9).all()
        assert (moved[-1] <= limit + 1e-9).all()
    assert (moved[-1] >= limit - 0.011).all()
    exchange.auction(np.arange(20), bands=False)
    assert (exchange.last_price > limit).all()
    exchange.auction(np.arange(20))  # outside the daily limit: back towards it, no faster than 5 %
    exchange.ledger.check()


@pytest.mark.parametrize(
    ("fall", "level", "halted"),
    [(-0.3, None, False), (0.069, None, False), (0.07, 0.07, False), (0.15, 0.13, False),
     (0.2, 0.2, True), (0.5, 0.2, True)],
)  # fmt: skip
def test_market_wide_halts(fall, level, halted):
    exchange = trading()
    exchange.start_day()
    halt = exchange.observe_market(fall)
    assert (halt.fall if halt else None) == level
    assert exchange.halted is halted
    exchange.start_day()
    assert exchange.halted is False


@pytest.mark.parametrize("field", ["value", "orders", "holdings"])
def test_an_input_that_is_not_a_number_names_whose_it_is(field):
    exchange = trading()
    owner = exchange.ledger if field == "holdings" else exchange.book
    getattr(owner, field)[7, 5] = np.nan
    before = exchange.ledger.cash.copy()
    with pytest.raises(AuctionError, match=f"account 7 for stock 5: {field} is nan"):
        exchange.auction(np.arange(20))
    with pytest.raises(AuctionError, match=f"account 7 for stock 5: {field} is nan"):
        exchange.opening_cross(5, 100.0, np.ones((1, 30)))
    np.testing.assert_array_equal(exchange.ledger.cash, before)


def newly_listed(**opening):
    """40 buyers who disagree, one seller; stock 1 has not traded yet."""
    rng = np.random.default_rng(2)
    book = DemandBook(41, 2)
    book.neutral[:40, 1] = 100.0
    book.lean[:40, 1] = 500.0
    book.value[:40, 1] = np.log(150.0) + rng.normal(0, 0.3, 40)
    book.cap[:40, 1] = 400.0
    book.speed[:40, 1] = 1.0
    book.orders[40, 1] = -3000.0
    holdings = np.zeros((41, 2))
    holdings[40, 1] = 3000.0
    ledger = Ledger.of(holdings, np.full(41, 1e6))
    return Exchange(
        MarketRules(opening=OpeningRules(**opening), auction_band=0.01), ledger, book, [1.0, 1.0]
    )


def test_the_first_trade_waits_for_a_steady_price():
    arrival = np.minimum(np.linspace(0.1, 2.0, 20), 1.0)[:, None] * np.ones(41)
    arrival[:, 40] = 1.0
    patient, hasty = newly_listed(steady=0.001), newly_listed(steady=0.5)
    crosses = []
    for exchange in (patient, hasty):
        exchange.start_day()
        cross = exchange.opening_cross(1, 135.0, arrival)
        exchange.ledger.check()
        assert cross.price == cross.indicative[-1] == exchange.last_price[1] == exchange.open[1]
        assert cross.volume == pytest.approx(exchange.volume[1])
        assert cross.delay_minutes == 10.0 * len(cross.indicative)
        crosses.append(cross)
    assert crosses[0].delay_minutes > crosses[1].delay_minutes >= 30.0
    last, before = crosses[0].indicative[-1], crosses[0].indicative[-2]
    assert abs(last / before - 1) < 0.001
    assert crosses[0].indicative[0] < crosses[0].price  # more buyers, higher price
    # all are there: the price is the one at which everybody together holds the offering
    everybody = patient.book.wanted(np.log(patient.last_price))[:40, 1].sum()
    assert everybody == pytest.approx(3000.0, rel=1e-3)


def test_the_last_round_opens_whatever_happens():
    exchange = newly_listed(rounds=5, steady=1e-9)
    cross = exchange.opening_cross(1, 135.0, lambda n: np.append(np.full(40, 0.1 + 0.15 * n), 1.0))
    assert len(cross.indicative) == 5


def test_rules_are_checked():
    for data, message in (
        ({"tick": 0.0}, "tick"),
        ({"auction_band": 1.5}, "auction_band"),
        ({"auctions_per_day": 0}, "auctions_per_day"),
        ({"halts": [{"fall": 0.2}, {"fall": 0.1}]}, "halts"),
        ({"opening": {"rounds": 2, "first_round": 3}}, "first_round"),
        ({"colour": "red"}, "colour"),
    ):
        with pytest.raises(InputError, match=message):
            parse(MarketRules, data, "market.toml")
    with pytest.raises(ValueError, match="last_price"):
        Exchange(MarketRules(), Ledger(2, 2), DemandBook(2, 2), [1.0, 0.0])
