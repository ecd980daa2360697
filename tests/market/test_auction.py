"""The call auction: what must hold for any schedules, and the cases that can be done by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.market.auction import tick_price
from sim.market.demand import DemandBook
from tests.market.conftest import TICK, Market, markets, random_market

quick = settings(max_examples=50, deadline=None)


def one_stock(last, rows, holdings, band=np.inf):
    """rows of (neutral, lean, value price, floor, cap, speed, orders)."""
    book = DemandBook(len(rows), 1)
    for i, (neutral, lean, value, floor, cap, speed, orders) in enumerate(rows):
        for field, number in zip(
            book.row(i), (neutral, lean, np.log(value), floor, cap, speed, orders), strict=True
        ):
            field[0] = number
    x = np.log([last])
    return Market(book, np.array(holdings, dtype=float)[:, None], x, x - band, x + band)


@quick
@given(markets)
def test_agrees_with_plain_python(market):
    assert market.run() == 0
    price, volume, trades = market.price, market.volume, market.trades
    assert market.reference() == 0
    np.testing.assert_allclose(price, market.price, rtol=0, atol=TICK * 1.01)
    same = price == market.price
    scale = np.abs(market.trades).sum(axis=0).max() + 1.0
    close = {"rtol": 1e-8, "atol": 1e-9 * scale}
    np.testing.assert_allclose(trades[:, same], market.trades[:, same], **close)
    np.testing.assert_allclose(volume[same], market.volume[same], **close)


@quick
@given(markets)
def test_buys_equal_sells_and_floors_hold(market):
    market.run()
    gross = np.abs(market.trades).sum(axis=0)
    assert (np.abs(market.trades.sum(axis=0)) <= 4e-16 * gross).all()
    np.testing.assert_allclose(market.volume, 0.5 * gross, rtol=1e-12)
    after = market.holdings + market.trades
    lowest = np.minimum(market.book.floor, market.holdings)
    assert (after >= lowest - 1e-12 * np.abs(market.holdings)).all()


@quick
@given(markets)
def test_price_is_a_tick_inside_the_band(market):
    market.run()
    cents = market.price / TICK
    np.testing.assert_allclose(cents, np.round(cents), rtol=0, atol=1e-6)
    assert (market.price == np.round(market.price, 2)).all()
    half = 0.5 * TICK / market.price  # a band of a cent stock may hold no tick
    assert (np.log(market.price) >= market.low - half).all()
    assert (np.log(market.price) <= market.high + half).all()


@quick
@given(markets)
def test_excess_never_rises_and_changes_sign_at_the_price(market):
    market.run()
    low = np.maximum(market.low, market.last - 3.0)
    high = np.minimum(market.high, market.last + 3.0)
    excess = np.array([market.excess(x) for x in np.linspace(low, high, 101)])
    slack = 1e-9 * (1.0 + np.abs(excess).max())
    assert (np.diff(excess, axis=0) <= slack).all()
    # a point with no imbalance lies within a tick, unless there is none in the band
    tick = np.log1p(TICK / market.price)
    short = market.excess(np.log(market.price) - tick) >= -slack
    long = market.excess(np.log(market.price) + tick) <= slack
    assert (short | (market.excess(low) <= slack)).all()
    assert (long | (market.excess(high) >= -slack)).all()


@quick
@given(markets, st.integers(0, 11), st.floats(0.0, 0.5))
def test_a_higher_value_never_lowers_the_price(market, who, rise):
    market.run()
    before, sure = market.price, market.bounded()
    market.book.value[who % len(market.holdings)] += rise
    market.run()
    assert (market.price >= before)[sure & market.bounded()].all()


@quick
@given(markets, st.integers(0, 11), st.floats(0.0, 5.0))
def test_a_sell_order_never_raises_the_price(market, who, size):
    market.run()
    before, sure = market.price, market.bounded()
    who %= len(market.holdings)
    market.book.orders[who] -= size * np.maximum(np.abs(market.holdings[who]), 1.0)
    market.run()
    assert (market.price <= before)[sure & market.bounded()].all()


@quick
@given(markets, st.randoms(use_true_random=False))
def test_the_order_of_accounts_does_not_matter(market, random):
    order = list(range(len(market.holdings)))
    random.shuffle(order)
    other = market.permuted(order)
    market.run()
    other.run()
    np.testing.assert_array_equal(market.price, other.price)
    scale = np.abs(market.trades).sum(axis=0).max() + 1.0
    np.testing.assert_allclose(market.trades[order], other.trades, rtol=1e-9, atol=1e-11 * scale)


def test_any_choice_of_columns_gives_the_same_as_all():
    market = random_market(3, 40, 150)
    market.run()
    price, volume, trades = market.price, market.volume, market.trades
    rng = np.random.default_rng(0)
    for columns in ([149], [7, 3, 100], np.arange(20, 120), rng.permutation(150)):
        market.run(columns)
        others = np.setdiff1d(np.arange(150), columns)
        np.testing.assert_array_equal(market.price[columns], price[columns])
        np.testing.assert_array_equal(market.volume[columns], volume[columns])
        np.testing.assert_array_equal(market.trades[:, columns], trades[:, columns])
        assert np.isnan(market.price[others]).all()
        assert np.isnan(market.trades[:, others]).all()
    assert market.run([]) == 0


def test_many_accounts_and_hard_cases_settle():
    for seed in range(5):
        market = random_market(seed, 700, 70, rough=seed % 2 == 0)
        market.run()
        gross = np.abs(market.trades).sum(axis=0)
        assert (np.abs(market.trades.sum(axis=0)) <= 1e-15 * gross).all()
        half = np.log1p(0.51 * TICK / market.price)
        assert (market.excess(np.log(market.price) - half) >= -1e-9 * gross).all()
        assert (market.excess(np.log(market.price) + half) <= 1e-9 * gross).all()


def test_agents_with_closed_form():
    # two accounts, lean 100 and 300: the price is the lean-weighted mean of log values
    rows = [(500, 100, 80.0, 0, 2000, 1, 0), (500, 300, 120.0, 0, 2000, 1, 0)]
    market = one_stock(90.0, rows, [500, 500])
    market.run()
    expected = np.exp(0.25 * np.log(80) + 0.75 * np.log(120))
    assert market.price[0] == pytest.approx(expected, abs=0.005)
    assert market.volume[0] == pytest.approx(75 * np.log(1.5), rel=1e-3)


def test_a_common_rise_in_value_moves_the_price_without_a_trade():
    rows = [(100, 50, 110.0, 0, 300, 0.3, 0), (400, 200, 110.0, 0, 1200, 0.1, 0)]
    market = one_stock(100.0, rows, [100, 400])
    market.run()
    assert market.price[0] == 110.0
    assert market.volume[0] == pytest.approx(0.0, abs=1e-9)


def test_nobody_wants_to_trade():
    market = one_stock(100.0, [(0, 0, 1.0, 0, 0, 0, 0)] * 3, [10, 20, 0])
    market.run()
    assert market.price[0] == 100.0
    assert market.volume[0] == 0.0
    assert (market.trades == 0.0).all()


def test_no_trade_without_a_counterparty():
    # an order to buy at any price, and nobody who sells: the price has no reason to move
    market = one_stock(100.0, [(0, 0, 1.0, 0, 9, 0, 5), (0, 0, 1.0, 0, 0, 0, 0)], [0, 0])
    market.run()
    assert (market.trades == 0.0).all()
    assert market.price[0] == 100.0


def test_price_stops_where_sellers_have_nothing_left():
    # the holder has sold everything at exp(0.2) above its value; a larger order finds no more
    rows = [(10, 50, 100.0, 0, 10, 1, 0), (0, 0, 1.0, 0, 0, 0, 25)]
    market = one_stock(100.0, rows, [10, 0])
    market.run()
    assert market.price[0] == pytest.approx(100 * np.exp(0.2), abs=0.01)
    np.testing.assert_allclose(market.trades[:, 0], [-10, 10], rtol=1e-4)  # a tick


@pytest.mark.parametrize("last", [80.0, 100.0, 130.0])
def test_the_nearest_price_of_an_interval_is_taken(last):
    # one sells only above 110, the other buys only below 90: any price between clears
    seller = (10, 100, 110.0, 0, 10, 1, 0)
    buyer = (0, 100, 90.0, 0, 10, 1, 0)
    market = one_stock(last, [seller, buyer], [10, 0])
    market.run()
    assert market.price[0] == pytest.approx(min(max(last, 90.0), 110.0), abs=0.01)
    assert market.volume[0] == pytest.approx(0.0, abs=0.01)


def test_rationing_at_the_band_is_pro_rata():
    buyers = [(0, 0, 1.0, 0, 99, 0, 30), (0, 0, 1.0, 0, 99, 0, 10)]
    holder = (100, 100, 100.0, 0, 100, 1, 0)
    market = one_stock(100.0, [*buyers, holder], [0, 0, 100], band=np.log(1.1))
    market.run()
    assert market.price[0] == 110.0
    sold = 100 * np.log(1.1)
    np.testing.assert_allclose(market.trades[:, 0], [0.75 * sold, 0.25 * sold, -sold], rtol=1e-9)


@pytest.mark.parametrize("speed", [1.0, 0.2])
def test_permanent_impact_is_the_order_over_the_sum_of_leans(speed):
    rng = np.random.default_rng(1)
    leans = rng.uniform(1e6, 5e6, 20)
    rows = [(1e6, lean, 10_000.0, 0, 1e9, speed * rng.uniform(0.5, 1), 0) for lean in leans]
    order = 0.05 * leans.sum()
    market = one_stock(10_000.0, [*rows, (0, 0, 1.0, 0, order, 0, order)], [1e6] * 20 + [0])
    for _ in range(300):
        market.run()
        market.holdings += market.trades
        market.last[:] = np.log(market.price)
        market.low[:], market.high[:] = -np.inf, np.inf
        market.book.orders[-1] -= market.trades[-1]
    assert market.last[0] - np.log(10_000.0) == pytest.approx(0.05, abs=1e-5)
    assert market.holdings[-1, 0] == pytest.approx(order)


@pytest.mark.parametrize("field", [*DemandBook(1, 1).arrays()._fields, "holdings"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_a_number_is_found(field, bad):
    market = random_market(0, 20, 100)
    array = market.holdings if field == "holdings" else getattr(market.book, field)
    array[13, 77] = bad
    assert market.run() == 1 + 13 * 100 + 77
    assert market.reference([77]) == 1 + 13 * 100 + 77
    assert market.run([3, 5]) == 0


def test_bad_last_prices_and_bands_are_found():
    market = random_market(0, 5, 10)
    market.last[4] = np.nan
    assert market.run() == -5 == market.reference()
    market = random_market(0, 5, 10)
    market.low[6], market.high[6] = 1.0, 0.5
    assert market.run() == -7 == market.reference()


@pytest.mark.parametrize("tick", [0.01, 0.05, 0.25, 1.0, 0.03])
def test_ticks(tick):
    for price in (0.004, 0.07, 1.13, 97.83, 150.23, 4_321.987):
        rounded = tick_price(np.log(price), -np.inf, np.inf, tick)
        assert rounded > 0
        assert rounded / tick == pytest.approx(round(rounded / tick))
        assert abs(rounded - price) <= 0.5 * tick * (1 + 1e-6) or rounded == tick
    assert tick_price(np.log(0.07), -np.inf, np.inf, 0.01) == 0.07
    assert tick_price(np.log(10.004), np.log(10.002), np.inf, 0.01) == 10.01
