"""The ladder of SpaceX to the share, and what any ladder must keep."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.calendar import TradingCalendar
from sim.inputs import InputError, override
from sim.offering import LockedShares, Lockup, OfferingTerms

RESULTS = {
    "2026Q2": date(2026, 8, 4),
    "2026Q3": date(2026, 11, 3),
    "2026Q4": date(2027, 2, 2),
    "2027Q1": date(2027, 5, 4),
    "2027Q2": date(2027, 8, 3),
}
CALENDAR = TradingCalendar(date(2026, 5, 1), date(2027, 12, 31))
FIRST_TRADE, LAST = date(2026, 6, 12), date(2027, 9, 30)


def _run(locked: LockedShares, closes) -> dict[date, dict[str, float]]:
    """Releases by the session from which they are free."""
    days = [d for d in CALENDAR.sessions if FIRST_TRADE <= d <= LAST]
    history, free = [], {}
    for i, today in enumerate(days):
        history.append(closes(today))
        known = {quarter: day for quarter, day in RESULTS.items() if day <= today}
        tomorrow = CALENDAR.after(today)
        released = locked.releases(tomorrow, days[: i + 1], history, known)
        if released:
            free[tomorrow] = released
    return free


def _ladder(spacex, close: float) -> tuple[LockedShares, dict[date, float]]:
    locked = LockedShares(spacex.lockup, spacex.locked(), 135.0)
    free = _run(locked, lambda day: close)
    return locked, {day: sum(parts.values()) / 1e6 for day, parts in free.items()}


def test_holders_hold_exactly_the_locked_shares(spacex):
    sold = 638_888_888  # base deal and over-allotment
    assert sum(spacex.locked().values()) == 13_159_233_333 - sold
    assert spacex.locked()["founder"] == pytest.approx(6_069.3e6, rel=1e-4)


def test_ladder_without_the_bonus(spacex):
    locked, free = _ladder(spacex, 150.0)
    general_rest = 0.0  # without the bonus the general tranches free all there is
    assert free == pytest.approx(
        {
            date(2026, 8, 6): 911.5,  # second session after the results of Q2
            date(2026, 8, 20): 319.0,  # day 70
            date(2026, 9, 9): 319.0,  # day 90
            date(2026, 9, 10): 59.1,  # day 91, affiliates
            date(2026, 9, 24): 328.4,
            date(2026, 10, 9): 328.4,
            date(2026, 10, 26): 328.4,  # day 135 is a Saturday
            date(2026, 11, 5): 1300.0,
            date(2026, 12, 8): 797.6,  # day 180
            date(2027, 2, 4): 351.9,
            date(2027, 3, 18): 176.0,  # day 280
            date(2027, 5, 6): 351.9,
            date(2027, 5, 17): 176.0,  # day 340
            date(2027, 6, 14): 351.9 + 6_069.344445 + general_rest,  # day 366 is a Saturday
            date(2027, 8, 5): 351.9,
        }
    )
    assert sum(locked.locked.values()) == pytest.approx(0, abs=1)


def test_ladder_with_the_bonus(spacex):
    _, free = _ladder(spacex, 175.50)
    assert free[date(2026, 8, 6)] == pytest.approx(911.5 + 455.8)
    assert free[date(2026, 12, 8)] == pytest.approx(328.4)
    assert sum(free.values()) == pytest.approx(12_520.344445)


def test_price_condition_counts_five_of_the_ten_days_up_to_the_results(spacex):
    ten = [d for d in CALENDAR.sessions if d <= RESULTS["2026Q2"]][-10:]
    for high_days, met in ((ten[:5], True), (ten[:4], False), (ten[5:], True)):
        chosen = set(high_days)
        locked = LockedShares(spacex.lockup, spacex.locked(), 135.0)
        _run(locked, lambda day, chosen=chosen: 175.5 if day in chosen else 175.49)
        assert (locked.done["q2-bonus"] > 0) is met
    # high closes after the results, or before the ten days, do not count
    early_or_late = {d for d in CALENDAR.sessions if d < ten[0] or d > ten[-1]}
    locked = LockedShares(spacex.lockup, spacex.locked(), 135.0)
    _run(locked, lambda day: 200.0 if day in early_or_late else 100.0)
    assert locked.done["q2-bonus"] == 0


def test_the_founder_is_last_and_keeps_control(spacex):
    locked = LockedShares(spacex.lockup, spacex.locked(), 135.0)
    free = _run(locked, lambda day: 300.0)
    assert [day for day, parts in free.items() if "founder" in parts] == [date(2027, 6, 14)]
    before, after = spacex.votes()
    assert before == pytest.approx(56_020 / 62_952)
    assert after == pytest.approx(56_020 / (62_952 + 555.555555))
    assert after > 0.85  # Damodaran, post of 4 June 2026


HOLDERS_AND_SHARES = {
    "holders": st.sampled_from([["a"], ["b"], ["a", "b"]]),
    "shares": st.floats(1, 100),
}
TRANCHES = st.lists(
    st.one_of(
        st.fixed_dictionaries({**HOLDERS_AND_SHARES, "day": st.integers(0, 400)}),
        st.fixed_dictionaries({**HOLDERS_AND_SHARES, "results": st.sampled_from(sorted(RESULTS))}),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(TRANCHES, st.floats(1, 300), st.floats(1, 300), st.integers(1, 30))
def test_no_ladder_frees_more_than_is_locked_and_each_tranche_acts_once(rows, a, b, step):
    rows = [{**row, "name": str(i)} for i, row in enumerate(rows)]
    lockup = Lockup.model_validate({"anchor": "2026-06-11", "tranches": rows})
    try:
        locked = LockedShares(lockup, {"a": a, "b": b}, 135.0)
    except ValueError as error:
        assert "expected at most" in str(error)
        return
    freed = {"a": 0.0, "b": 0.0}
    days = [d for d in CALENDAR.sessions if FIRST_TRADE <= d <= LAST]
    for i in range(0, len(days), step):  # days may be skipped, tranches are not lost
        known = {q: d for q, d in RESULTS.items() if d <= days[i]}
        args = (CALENDAR.after(days[i]), days[: i + 1], [100.0] * (i + 1), known)
        for holder, shares in locked.releases(*args).items():
            freed[holder] += shares
        assert locked.releases(*args) == {}
        assert all(left >= 0 for left in locked.locked.values())
    assert freed["a"] <= a * (1 + 1e-9) and freed["b"] <= b * (1 + 1e-9)
    assert freed["a"] + locked.locked["a"] == pytest.approx(a)
    if LAST - FIRST_TRADE > timedelta(days=400):
        assert sum(locked.done.values()) == pytest.approx(sum(freed.values()))


def test_a_tranche_of_all_that_remains(spacex):
    lockup = Lockup.model_validate(
        {
            "anchor": date(2026, 6, 11),
            "tranches": [
                {"name": "some", "holders": ["a"], "shares": 30.0, "date": date(2026, 9, 1)},
                {"name": "rest", "holders": ["a"], "remaining": True, "day": 180},
            ],
        }
    )
    free = _run(LockedShares(lockup, {"a": 100.0}, 135.0), lambda day: 1.0)
    assert free == {date(2026, 9, 1): {"a": 30.0}, date(2026, 12, 8): {"a": 70.0}}


def test_more_than_is_locked_is_refused_in_one_line(spacex):
    for change in (
        {"lockup.tranches.0.shares": 3e9},
        {"lockup.tranches.0.shares": 3e10},
        {"lockup.tranches.9.reduced.shares": 1.5e9},
    ):
        with pytest.raises(InputError, match=r"lockup\.tranches: got .* locked") as refusal:
            override(spacex, change, "spacex.toml: offering")
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"day": 10, "results": "2026Q2"}, "exactly one of date, day and results"),
        ({}, "exactly one of date, day and results"),
        ({"day": 10, "remaining": True}, "either shares or remaining"),
        ({"day": 10, "if_close": {"price": 1, "sessions": 1, "of": 1}}, "needs results"),
        ({"day": 10, "reduced": {"after": "x", "shares": 1}}, "expected an earlier tranche"),
        ({"results": "q", "if_close": {"sessions": 1, "of": 1}}, "price or times_offer"),
        (
            {"results": "q", "if_close": {"price": 1, "sessions": 3, "of": 2}},
            "expected at most of = 2",
        ),
    ],
)
def test_tranches_that_make_no_sense(change, message):
    tranche = {"name": "t", "holders": ["a"], "shares": 1.0, **change}
    with pytest.raises(ValidationError, match=message):
        Lockup.model_validate({"anchor": date(2026, 6, 11), "tranches": [tranche]})


def test_a_price_trigger_may_be_relative_to_the_offer(spacex):
    relative = {"times_offer": 1.3, "sessions": 5, "of": 10}
    terms = override(spacex, {"lockup.tranches.1.if_close": relative}, "terms")
    assert isinstance(terms, OfferingTerms)
    locked = LockedShares(terms.lockup, terms.locked(), 100.0)
    _run(locked, lambda day: 131.0)
    assert locked.done["q2-bonus"] > 0
