"""Indices that hang together: feeders, followers, one call a night."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.index import build_family, load_rulebook, review_family, start_family
from sim.inputs import InputError
from sim.streams import Streams
from tests.index.markets import CALENDAR, DEBUT, Market, book, session

START = session(date(2026, 5, 1))
JUNE = session(date(2026, 6, 18))


def pair(market: Market, *others, **rules):
    large = book(name="large", feeder="small", **({"count": 5} | rules))
    family = build_family([book(name="small", count=4), large, *others], CALENDAR, Streams(3))
    start_family(family, market.at(START), START)
    return family


def evenings(family, market, first, last):
    announced, effective = [], []
    for now in range(first + 1, last + 1):
        evening = review_family(family, market.at(now), now)
        announced += evening.announced
        effective += evening.effective
    return announced, effective


def columns(index) -> list[int]:
    return np.flatnonzero(index.members).tolist()


def test_parents_come_first_and_shut_their_members_to_the_feeder():
    large, small = pair(Market(14))
    assert (large.name, small.name) == ("large", "small")
    assert columns(large) == [0, 1, 2, 3, 4] and columns(small) == [5, 6, 7, 8]


def test_promotion_is_a_migration_and_the_feeder_refills():
    market = Market(14)
    large, small = pair(market)
    market.listed[2] = False
    announced, effective = evenings([large, small], market, START, START + 6)
    moves = [(c.index, c.kind, c.column, c.migration, c.effective - START) for c in announced]
    assert moves == [
        ("large", "delete", 2, False, 1),
        ("large", "add", 5, True, 6),
        ("small", "delete", 5, True, 6),
        ("small", "add", 9, False, 6),
    ]
    assert effective == announced
    assert columns(large) == [0, 1, 3, 4, 5] and columns(small) == [6, 7, 8, 9]


def test_a_giant_pushes_the_smallest_down_and_the_feeders_smallest_out():
    market = Market(14, debut=DEBUT)
    large, small = pair(market, make_room_rank=5)
    announced, _ = evenings([large, small], market, START, session(date(2026, 9, 18)))
    moves = {(c.index, c.kind, c.column, c.migration) for c in announced if c.kind != "float"}
    assert moves == {
        ("large", "add", 13, False),
        ("large", "delete", 4, True),
        ("small", "add", 4, True),
        ("small", "delete", 8, False),
    }
    assert len({c.effective for c in announced}) == 1
    assert columns(large) == [0, 1, 2, 3, 13] and columns(small) == [4, 5, 6, 7]


def test_shrunken_member_and_grown_outsider_change_places():
    market = Market(14)
    large, small = pair(market)
    market.price[4] *= (
        0.9 * market.shares[8] / market.shares[4]
    )  # the large index's fifth: now tenth
    announced, _ = evenings([large, small], market, START, JUNE)
    assert {(c.index, c.kind, c.column, c.migration) for c in announced} == {
        ("large", "delete", 4, True),
        ("large", "add", 5, True),
        ("small", "add", 4, True),
        ("small", "delete", 5, True),
    }
    assert columns(large) == [0, 1, 2, 3, 5] and columns(small) == [4, 6, 7, 8]


def test_followers_have_the_same_members_at_the_same_time():
    market = Market(520, DEBUT)
    books = [load_rulebook(n) for n in ("sp500-cap", "equal-weight-500", "sp500")]
    family = build_family(books, CALENDAR, Streams(0))
    assert family[0].name == "sp500"
    start_family(family, market.at(START), START, levels={"sp500-cap": 10.0})
    assert family[0].level.level == pytest.approx(7554.29)
    assert sorted(f.level.level for f in family[1:]) == pytest.approx([10.0, 1000.0])
    market.listed[3] = False
    market.leaving[8] = True
    for now in range(START + 1, START + 40):
        review_family(family, market.at(now), now)
        for follower in family[1:]:
            assert (follower.members == family[0].members).all()
            assert (follower.expected == family[0].expected).all()
    assert family[0].members.sum() == 500 and not family[0].members[[3, 8]].any()


def test_streams_are_separate_so_another_index_changes_nothing():
    def picks(*others) -> list[int]:
        market = Market(40)
        noisy = book(name="noisy", discretion=1.0)
        family = build_family([noisy, *others], CALENDAR, Streams(3))
        start_family(family, market.at(START), START)
        market.listed[:2] = False
        announced, _ = evenings(family, market, START, START + 1)
        return [c.column for c in announced if (c.index, c.kind) == ("noisy", "add")]

    assert picks() == picks(book(name="alpha", discretion=2.0)) and len(picks()) == 2


@pytest.mark.parametrize(
    ("books", "message"),
    [
        ([book(name="a"), book(name="a")], "indices: got a twice"),
        (
            [book(name="a", feeder="c"), book(name="b", feeder="c"), book(name="c")],
            "b: feeder: got c, which feeds a, expected an index that feeds no other",
        ),
        ([book(name="a", feeder="b"), book(name="b", feeder="a")], "a hangs on b hangs on a"),
        ([load_rulebook("sp500-cap")], "sp500-cap: members_of: got sp500, expected an index"),
    ],
)
def test_impossible_families_are_refused(books, message):
    with pytest.raises(InputError, match=message):
        build_family(books, CALENDAR, Streams(0))


def test_a_feeder_that_is_not_computed_is_done_without():
    market = Market(14)
    [large] = build_family([book(name="large", feeder="small")], CALENDAR, Streams(3))
    large.start(market.at(START), START)
    market.listed[2] = False
    announced, _ = evenings([large], market, START, START + 1)
    assert [c.migration for c in announced] == [False, False]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_migrations_are_symmetrical_and_counts_kept_in_any_market(seed):
    rng = np.random.default_rng(seed)
    market = Market(16)
    follower = book(
        name="same", members_of="large", count=None, weighting="equal", replacement="ranked"
    )
    large, small, same = family = pair(
        market, follower, make_room_rank=3, discretion=0.5, buffer=0.2
    )
    told = []
    for now in range(START + 1, START + 120):
        market.price *= np.exp(rng.normal(0, 0.06, 16))
        if rng.random() < 0.03 and market.listed.sum() > 12:
            market.listed[rng.choice(np.flatnonzero(market.listed))] = False
        told += review_family(family, market.at(now), now).announced
        assert not (large.expected & small.expected).any()
        assert not (large.members & small.members).any()
        assert (same.members == large.members).all()
        assert large.expected.sum() == 5 and small.expected.sum() == 4
    opposite = {"add": "delete", "delete": "add"}
    moves = {(c.index, c.kind, c.column, c.effective) for c in told if c.migration}
    other = {"large": "small", "small": "large"}
    for name, kind, column, effective in moves:
        assert (other[name], opposite[kind], column, effective) in moves


def test_the_feeder_makes_room_at_once_for_who_moves_down_between_reviews():
    market = Market(14, debut=DEBUT)
    large, small = pair(market, fast_entry={"sessions": 5, "no_deletion": False})
    announced, _ = evenings([large, small], market, START, JUNE)
    assert [(c.index, c.kind, c.column, c.migration) for c in announced] == [
        ("large", "delete", 4, True),
        ("large", "add", 13, False),
        ("small", "add", 4, True),
        ("small", "delete", 8, False),
    ]
    assert {(c.announced, c.effective) for c in announced} == {(JUNE - 1, JUNE)}
    assert columns(small) == [4, 5, 6, 7]
