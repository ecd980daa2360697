"""Index arithmetic: the published example, and that no change of basket moves a level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.index.level import IndexLevel
from sim.inputs import InputError

CAP, LEVEL, DIVIDENDS = 63_498.44e9, 7554.29, 664.90e9  # S&P 500, 15 June 2026 (Damodaran 2026)


def published() -> tuple[IndexLevel, np.ndarray]:
    """The index in three lines: the others, a member of $1bn, and a company of $1T outside."""
    price = np.array([100.0, 10.0, 135.0])
    shares = np.array([(CAP - 1e9) / 100, 1e8, 0.0])
    return IndexLevel(shares, price, LEVEL), price


def test_published_index_units():
    index, price = published()
    assert index.capitalisation == pytest.approx(CAP, rel=1e-15)
    assert 1e9 / index.divisor == pytest.approx(0.1190, abs=5e-5)  # index points per USD bn
    points = index.pay(np.array([DIVIDENDS / index.shares[0], 0.0, 0.0]))
    assert points == pytest.approx(7554.29 / 63_498.44 * 664.90, rel=1e-12)
    assert points == pytest.approx(79.12, abs=0.02)  # printed from the rounded 0.1190

    index.change(np.array([index.shares[0], 0.0, 1e12 / 135]), price)
    assert index.level == pytest.approx(LEVEL, rel=1e-14)
    assert 1e9 / index.divisor == pytest.approx(0.1171, abs=5e-5)
    assert index.capitalisation == pytest.approx(CAP + 999e9, rel=1e-14)


def test_total_return_reinvests_dividends_at_the_ex_date():
    index = IndexLevel(np.array([2.0, 1.0]), np.array([10.0, 20.0]), 100.0)
    assert index.pay(np.array([1.0, 0.0])) == pytest.approx(5.0)  # 2 of 40 USD
    index.mark(np.array([9.0, 20.0]))  # the stock falls by its dividend
    assert index.level == pytest.approx(95.0)
    assert index.total_return == pytest.approx(100.0)
    index.mark(np.array([18.0, 40.0]))
    assert index.level == pytest.approx(190.0)
    assert index.total_return == pytest.approx(200.0)


def test_split_leaves_shares_times_price_and_changes_only_a_price_weighted_divisor():
    price = np.array([300.0, 100.0])
    by_cap = IndexLevel(np.array([10.0, 40.0]), price, 1000.0)
    by_price = IndexLevel(np.ones(2), price, 1000.0, price_weighted=True)
    cap_divisor, price_divisor = by_cap.divisor, by_price.divisor
    for index in (by_cap, by_price):
        index.split(0, 3.0)
        index.mark(np.array([100.0, 100.0]))
        assert index.level == pytest.approx(1000.0, rel=1e-14)
    assert by_cap.divisor == cap_divisor and by_cap.shares.tolist() == [30.0, 40.0]
    assert by_price.divisor == pytest.approx(price_divisor / 2) and by_price.shares.sum() == 2
    # the split company used to move a price-weighted index three times as much
    assert by_price.weights() == pytest.approx([0.5, 0.5])


def test_special_dividend_and_delisting():
    index = IndexLevel(np.array([1.0, 3.0]), np.array([50.0, 10.0]), 80.0)
    index.special_dividend(0, 20.0)
    assert index.level == pytest.approx(80.0, rel=1e-14)
    index.mark(np.array([30.0, 10.0]))
    assert (index.level, index.total_return) == pytest.approx((80.0, 80.0))
    index.issue(1, 0.0)
    assert index.level == pytest.approx(80.0, rel=1e-14)
    assert index.weights().tolist() == [1.0, 0.0]
    with pytest.raises(InputError, match="expected a member with a price"):
        index.issue(0, 0.0)
    with pytest.raises(InputError, match="special dividend: got 30"):
        index.special_dividend(0, 30.0)
    with pytest.raises(InputError, match="split ratio: got 0"):
        index.split(0, 0)


positive = st.floats(0.01, 1e4)
steps = st.one_of(
    st.tuples(st.just("issue"), st.integers(0, 3), positive),
    st.tuples(st.just("split"), st.integers(0, 3), st.floats(0.1, 50)),
    st.tuples(st.just("special"), st.integers(0, 3), st.floats(0, 0.9)),
    st.tuples(st.just("remove"), st.integers(1, 3), positive),
    st.tuples(st.just("change"), st.integers(0, 3), positive),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(positive, min_size=4, max_size=4),
    st.lists(steps, max_size=12),
    st.booleans(),
    st.floats(1, 1e5),
)
def test_no_change_of_basket_moves_the_level(start, actions, by_price, level):
    shares = np.ones(4) if by_price else np.array([3.0, 1e9, 0.5, 7e3])
    index = IndexLevel(shares, np.array(start), level, price_weighted=by_price)
    for kind, column, amount in actions:
        before, total = index.level, index.total_return
        if kind == "issue":
            index.issue(column, amount)
        elif kind == "split":
            index.split(column, amount)
        elif kind == "special":
            index.special_dividend(column, amount * index.price[column])
        elif kind == "remove" and index.shares[0] > 0:
            index.issue(column, 0.0)
        elif kind == "change":
            index.change(np.roll(index.shares, column) + amount)
        index.mark(index.price)
        assert index.level == pytest.approx(before, rel=1e-12)
        assert index.total_return == pytest.approx(total, rel=1e-12)
        assert index.level == pytest.approx(index.shares @ index.price / index.divisor, rel=1e-12)
        assert index.weights().sum() == pytest.approx(1, rel=1e-12)
