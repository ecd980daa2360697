"""Rationing: conservation, caps, quotas, and the banker's preferences."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.offering import AllocationRules, Book, allocate
from sim.offering.allocation import ration
from sim.offering.book import sum_by_class
from tests.offering.conftest import books

RULES = st.builds(
    AllocationRules,
    discretion=st.floats(0, 1),
    relationship_weight=st.floats(0, 5),
    long_only_weight=st.floats(0, 5),
    reward=st.floats(0, 5),
)


@settings(max_examples=50, deadline=None)
@given(books(), RULES, st.floats(1, 1e10), st.floats(0, 0.6), st.floats(0, 0.4), st.floats(0, 1))
def test_sums_caps_and_quotas(book, rules, shares, retail, directed, position):
    price = float(book.grid[0] + position * (book.grid[-1] - book.grid[0]))
    bids = book.at(price)
    out = allocate(book, price, shares, rules, retail, directed)
    assert out.sum() == pytest.approx(min(shares, bids.sum()), rel=1e-9, abs=1e-6)
    assert np.all(out >= 0) and np.all(out <= bids)
    got, wanted = sum_by_class(book.holders, out), sum_by_class(book.holders, bids)
    for holder, quota in (("retail", retail), ("directed", directed)):
        if holder in got:
            assert got[holder] >= min(quota * shares, wanted[holder]) * (1 - 1e-9) - 1e-6


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 10), st.floats(0, 100)), min_size=1, max_size=20),
    st.floats(0, 3000),
)
@example(  # summed in another order the caps come to a little less than the total
    rows=[
        *[(0.0, 0.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.5517488208197747)],
        *[(1.0, 1.1002291269582898), (1.0, 59.11842652345311), (1.0, 63.085119396073814)],
        *[(2.0, 65.34579345500701), (1.0, 62.551748820819775)],
    ],
    total=257.0,
)
def test_ration_fills_by_weight_up_to_the_caps(rows, total):
    weights, caps = (np.array(column) for column in zip(*rows, strict=True))
    out = ration(weights, caps, total)
    assert out.sum() == pytest.approx(min(total, caps.sum()), abs=1e-9)
    assert np.all(out <= caps + 1e-9)
    open_rows = (out < caps - 1e-9) & (weights > 1e-9)
    if open_rows.any():  # whoever is not full has the same shares per weight, and none has more
        level = out[open_rows] / weights[open_rows]
        assert level == pytest.approx(level[0])
        assert np.all(out <= level[0] * weights * (1 + 1e-9) + 1e-9)


def test_retail_is_served_pro_rata_and_an_unused_quota_flows_on():
    book = Book.of([10, 20], [[100] * 2, [300] * 2, [1000] * 2], ["retail", "retail", "hedge"])
    out = allocate(book, 15, 400, AllocationRules(), retail_share=0.25)
    assert out == pytest.approx([25, 75, 300])
    # the quota of 800 exceeds what retail bids for: institutions get the rest
    assert allocate(book, 15, 1000, AllocationRules(), retail_share=0.8) == pytest.approx(
        [100, 300, 600]
    )


def test_clients_and_long_only_money_are_preferred_only_with_discretion():
    book = Book.of([10, 20], [[100, 100]] * 3, ["fund"] * 3, None, [1, 0, 0], [0, 1, 0])
    rules = AllocationRules(discretion=1, relationship_weight=2, long_only_weight=1)
    assert allocate(book, 15, 60, rules) == pytest.approx([30, 20, 10])
    assert allocate(book, 15, 60, AllocationRules(discretion=0)) == pytest.approx([20, 20, 20])


def test_flippers_bids_count_for_less_until_others_are_served():
    book = Book.of([10, 20], [[100, 100]] * 2, ["flippers", "hedge"])
    rules = AllocationRules(flippers=0.25, discretion=1)
    assert allocate(book, 15, 50, rules) == pytest.approx([10, 40])
    assert allocate(book, 15, 50, AllocationRules(flippers=1)) == pytest.approx([25, 25])
    assert allocate(book, 15, 180, rules) == pytest.approx([80, 100])
    some = allocate(book, 15, 50, AllocationRules(flippers=0.25, discretion=0.5))
    assert 10 < some[0] < 25 and some.sum() == pytest.approx(50)
    assert allocate(book, 15, 50, AllocationRules(flippers=0)) == pytest.approx([0, 50])


def test_bids_that_stand_at_higher_prices_get_more():
    book = Book.of([10, 20], [[100, 100], [100, 10]], ["hedge", "hedge"])
    firm, weak = allocate(book, 10, 110, AllocationRules(discretion=1, reward=2))
    assert firm == 100 and weak == pytest.approx(10)
    assert allocate(book, 10, 110, AllocationRules(discretion=1, reward=0)) == pytest.approx(
        [55, 55]
    )
