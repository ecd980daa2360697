"""Dates of reviews on the exchange calendar."""

from __future__ import annotations

from datetime import date

import pytest

from sim.calendar import TradingCalendar
from sim.index import load_rulebook
from sim.index.schedule import Reviews, nth_friday, review_sessions
from tests.index.markets import CALENDAR, day


def reviews_of(name: str, chooses: bool = True):
    rules = load_rulebook(name)
    found = review_sessions(rules.reviews, rules.float_update, CALENDAR)
    return [r for r in found if r.chooses or not chooses]


def test_third_friday():
    assert nth_friday(2026, 6, 3) == date(2026, 6, 19)
    assert nth_friday(2026, 5, 1) == date(2026, 5, 1)  # a Friday itself
    assert nth_friday(2026, 10, 4) == date(2026, 10, 23)


@pytest.mark.parametrize(
    ("name", "ranked", "announced", "effective"),
    [
        # Juneteenth is a holiday: the third Friday of June 2026 becomes Thursday
        ("sp500", date(2026, 6, 4), date(2026, 6, 4), date(2026, 6, 18)),
        ("nasdaq100", date(2026, 11, 30), date(2026, 12, 11), date(2026, 12, 18)),
        ("russell1000", date(2026, 4, 30), date(2026, 5, 28), date(2026, 6, 26)),
        ("msci-usa", date(2026, 8, 11), date(2026, 8, 11), date(2026, 8, 31)),
        ("crsp-total-market", date(2026, 6, 5), date(2026, 6, 11), date(2026, 6, 18)),
    ],
)
def test_dates_of_2026(name, ranked, announced, effective):
    [review] = [r for r in reviews_of(name) if day(r.effective) == effective]
    assert (day(review.ranked), day(review.announced)) == (ranked, announced)


def test_quarterly_weights_beside_an_annual_choice():
    found = [r for r in reviews_of("nasdaq100", chooses=False) if day(r.effective).year == 2027]
    assert [(day(r.effective).month, r.chooses, r.weighs) for r in found] == [
        (3, False, True),
        (6, False, True),
        (9, False, True),
        (12, True, True),
    ]


def test_annual_and_event_updates():
    reviews = Reviews(months=(3, 9))
    year = [
        r for r in review_sessions(reviews, "annual", CALENDAR) if day(r.effective).year == 2027
    ]
    assert [(day(r.effective).month, r.weighs) for r in year] == [(3, False), (9, True)]
    year = [r for r in review_sessions(reviews, "event", CALENDAR) if day(r.effective).year == 2027]
    assert [day(r.effective).month for r in year] == [3, 9]


def test_the_calendars_edges_are_respected():
    short = TradingCalendar(date(2026, 6, 1), date(2026, 9, 15))
    rules = load_rulebook("sp500")
    found = review_sessions(rules.reviews, rules.float_update, short)
    # announced on 4 June; the third Friday of September lies beyond the end
    assert [short.sessions[r.effective] for r in found] == [date(2026, 6, 18)]
    later = TradingCalendar(date(2026, 6, 8), date(2026, 9, 15))
    assert review_sessions(rules.reviews, rules.float_update, later) == []
    russell = load_rulebook("russell1000")
    [review, *_] = review_sessions(
        russell.reviews, "event", TradingCalendar(date(2026, 5, 4), date(2026, 9, 15))
    )
    assert review.ranked == review.announced  # the rank day came before the calendar
