"""The syndicate's short: covered below the offer, exercised above it."""

import math
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.offering import Stabilisation, StabilisationRules

PRICED = date(2026, 6, 11)


def _desk(short=100.0, **rules):
    return Stabilisation(135.0, short, PRICED, 30, StabilisationRules(**rules))


def _wanted(row, price):
    return min(max(row.neutral + row.lean * (row.value - math.log(price)), row.floor), row.cap)


def test_buys_nothing_at_the_offer_and_everything_just_below():
    desk = _desk()
    row = desk.bid()
    assert _wanted(row, 135.0) - desk.position == pytest.approx(0, abs=1e-9)
    assert _wanted(row, 150.0) - desk.position == 0
    assert _wanted(row, 134.0) - desk.position == pytest.approx(100)
    assert 0 < _wanted(row, 134.8) - desk.position < 100


def test_covering_below_the_offer_earns_the_difference():
    desk = _desk()
    desk.record_fill(40, 130.0)
    assert (desk.remaining, desk.covered, desk.covering_profit) == (60, 40, 200.0)
    assert desk.exercise(PRICED) == 60
    assert desk.position == 0
    assert desk.covered + desk.exercised == desk.sold


def test_never_buys_above_the_offer():
    with pytest.raises(ValueError, match="above the offer"):
        _desk().record_fill(1, 135.01)
    with pytest.raises(ValueError, match="at most the offer"):
        _desk().bid(140.0)
    with pytest.raises(ValueError, match="at most"):
        _desk().exercise(PRICED, 101)


def test_exercise_at_the_end_of_the_window():
    desk = _desk()
    desk.record_fill(30, 134.0)
    last = date(2026, 7, 10)  # the window ends on Saturday 11 July
    assert desk.after_close(last - timedelta(days=1), 130.0, last) == 0
    assert desk.after_close(last, 130.0, date(2026, 7, 13)) == 70
    assert desk.closed and desk.exercised_on == last
    assert desk.after_close(date(2026, 7, 13), 130.0, date(2026, 7, 14)) == 0


def test_early_exercise_needs_a_run_of_high_closes():
    desk, day = _desk(early_exercise_sessions=3, early_exercise_premium=0.1), PRICED
    new = []
    for close in (160, 160, 140, 160, 160, 160):
        day += timedelta(days=1)
        new.append(desk.after_close(day, close, day + timedelta(days=1)))
    assert new == [0, 0, 0, 0, 0, 100]
    never = _desk(early_exercise_premium=None)
    assert sum(never.after_close(PRICED, 500.0, PRICED) for _ in range(20)) == 0


def test_support_buys_beyond_the_short_until_the_money_is_spent():
    desk = _desk(support_capital=1350.0)
    assert _wanted(desk.bid(), 100.0) - desk.position == pytest.approx(110)
    desk.record_fill(105, 130.0)
    assert (desk.remaining, desk.inventory) == (0, 5)
    assert _wanted(desk.bid(), 100.0) - desk.position == pytest.approx(700 / 135)
    desk.after_close(date(2026, 7, 11), 100.0, date(2026, 7, 13))
    assert _wanted(desk.bid(), 100.0) == 0  # sells what it holds after the window
    desk.record_fill(-5, 100.0)
    assert desk.position == 0


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 1e8), st.lists(st.tuples(st.floats(0, 1e8), st.floats(1, 135)), max_size=10))
def test_every_share_oversold_is_covered_or_exercised(short, fills):
    desk = _desk(short)
    for shares, price in fills:
        desk.record_fill(min(shares, desk.remaining), price)
    desk.after_close(date(2026, 7, 11), 100.0, date(2026, 7, 13))
    assert desk.covered + desk.exercised == pytest.approx(short)
    assert desk.remaining == 0 and desk.covering_profit >= 0
