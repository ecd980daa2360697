"""Index shares: the four weightings, low float, single-name caps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.index import Snapshot, index_shares, load_rulebook
from sim.index.weighting import cap_factors
from tests.index.markets import book

MARKET = Snapshot.of(
    [100.0, 50.0, 200.0], [10.0, 40.0, 5.0], float_shares=[10.0, 20.0, 0.25]
)  # caps 1000, 2000, 1000; float caps 1000, 1000, 50
ALL = np.ones(3, dtype=bool)


def weights(rulebook, snapshot=MARKET, members=ALL) -> np.ndarray:
    value = index_shares(rulebook, snapshot, members) * snapshot.price
    return value / value.sum()


def test_four_weightings_of_the_same_market():
    assert weights(book(weighting="float_cap")) == pytest.approx(np.array([1000, 1000, 50]) / 2050)
    assert weights(book(weighting="cap")) == pytest.approx([0.25, 0.5, 0.25])
    assert weights(book(weighting="equal")) == pytest.approx([1 / 3] * 3)
    assert weights(book(weighting="price")) == pytest.approx(np.array([100, 50, 200]) / 350)


def test_members_only_and_equal_weight_without_a_price():
    some = np.array([True, False, True])
    for kind in ("float_cap", "cap", "equal", "price"):
        assert index_shares(book(weighting=kind), MARKET, some)[1] == 0
    unpriced = Snapshot.of([100.0, 0.0], [1.0, 1.0])
    both = np.array([True, True])
    assert index_shares(book(weighting="equal"), unpriced, both).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("name", "floating", "counted"),
    [
        ("nasdaq100", 0.05, 0.15),  # 3 × 5 %
        ("nasdaq100-5x", 0.05, 0.25),
        ("nasdaq100", 0.30, 0.90),
        ("nasdaq100-5x", 0.30, 1.0),  # up to 100 %
        ("nasdaq100", 1 / 3, 1.0),
        ("nasdaq100", 0.60, 1.0),
    ],
)
def test_low_float_company_counts_for_a_multiple_of_its_float(name, floating, counted):
    n = 200  # nobody near the cap of 24 %
    market = Snapshot.of(np.full(n, 10.0), 1e9, float_shares=np.r_[floating * 1e9, [1e9] * (n - 1)])
    shares = index_shares(load_rulebook(name), market, np.ones(n, dtype=bool))
    assert shares[0] == pytest.approx(counted * 1e9)
    assert shares[1] == 1e9


def test_an_explicit_low_float_threshold_leaves_higher_floats_alone():
    rules = book(weighting="cap", weight_float_multiple=3, low_float_threshold=0.2)
    market = Snapshot.of([1.0, 1.0], [100.0, 100.0], float_shares=[19.0, 25.0])
    assert index_shares(rules, market, np.ones(2, dtype=bool)) == pytest.approx([57, 100])


def test_capping_one_company_may_cap_the_next():
    value = np.array([60.0, 22.0, 10.0, 8.0])
    capped = value * cap_factors(value, 0.3)
    # first at 30 %: 0.3/0.7 × 40 = 17.1; the second then holds 38 % and is capped as well
    assert capped / capped.sum() == pytest.approx([0.3, 0.3, 0.4 * 10 / 18, 0.4 * 8 / 18])
    assert capped[2:] == pytest.approx(value[2:])
    assert weights(book(max_weight=0.4, weighting="cap"))[1] == pytest.approx(0.4)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=30), st.floats(0.01, 1))
def test_no_weight_exceeds_the_cap_and_order_is_kept(values, limit):
    value = np.array(values)
    factor = cap_factors(value, limit)
    capped = value * factor
    share = capped / capped.sum()
    assert (factor <= 1 + 1e-12).all()
    assert share.max() <= max(limit, 1 / value.size) * (1 + 1e-9)
    order = np.argsort(value, kind="stable")
    assert (np.diff(capped[order]) >= -1e-9 * capped.max()).all()
