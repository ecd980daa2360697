"""Trading days around known holidays of 2026."""

from datetime import date

import pytest

from sim.calendar import TradingCalendar
from sim.inputs import InputError


@pytest.fixture(scope="module")
def calendar():
    return TradingCalendar(date(2026, 5, 1), date(2026, 12, 31))


def test_known_holidays_are_no_sessions(calendar):
    for holiday in (date(2026, 5, 25), date(2026, 6, 19), date(2026, 7, 3), date(2026, 11, 26)):
        assert not calendar.is_session(holiday)
    assert calendar.is_session(date(2026, 6, 12))


def test_counting_sessions(calendar):
    thursday = date(2026, 6, 18)
    assert calendar.after(thursday) == date(2026, 6, 22)  # Juneteenth and a weekend between
    assert calendar.on_or_after(date(2026, 6, 19)) == date(2026, 6, 22)
    assert calendar.index(date(2026, 6, 22)) == calendar.index(thursday) + 1
    assert calendar.after(date(2026, 6, 20), 2) == date(2026, 6, 23)


def test_a_holiday_has_no_index(calendar):
    with pytest.raises(InputError, match="2026-06-19 is not a trading day"):
        calendar.index(date(2026, 6, 19))


def test_unknown_exchange():
    with pytest.raises(InputError, match=r"market\.exchange"):
        TradingCalendar(date(2026, 1, 1), date(2026, 2, 1), "NOWHERE")
