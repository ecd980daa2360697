"""Trading days of an exchange, and dates counted on them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from sim.inputs import InputError

#: Sessions a year by which rates and volatilities are counted.
TRADING_DAYS = 252


@lru_cache(maxsize=8)
def _sessions(exchange: str, start: date, end: date) -> tuple[date, ...]:
    import exchange_calendars as xcals

    try:
        calendar = xcals.get_calendar(exchange, start=str(start), end=str(end))
    except xcals.errors.InvalidCalendarName:
        raise InputError(
            f"market.exchange: got {exchange!r}, expected an exchange code such as XNYS or XNAS"
        ) from None
    return tuple(session.date() for session in calendar.sessions)


class TradingCalendar:
    """Sessions of one exchange between two dates, both included.

    Parameters
    ----------
    start, end : date
        First and last calendar day covered.
    exchange : str
        Code of the exchange as known to the package ``exchange_calendars``; ``XNYS`` also
        serves Nasdaq, which keeps the same days.

    Raises
    ------
    InputError
        If the exchange is unknown, or if a date outside the covered span is asked for.
    """

    def __init__(self, start: date, end: date, exchange: str = "XNYS") -> None:
        self.exchange = exchange
        self.sessions = list(_sessions(exchange, start, end))

    def is_session(self, day: date) -> bool:
        """Whether the exchange trades on this day."""
        position = bisect_left(self.sessions, day)
        return position < len(self.sessions) and self.sessions[position] == day

    def index(self, day: date) -> int:
        """Position of a session among the sessions covered."""
        if not self.is_session(day):
            raise InputError(f"{day} is not a trading day of {self.exchange}")
        return bisect_left(self.sessions, day)

    def on_or_after(self, day: date) -> date:
        """The first session on or after a day."""
        position = bisect_left(self.sessions, day)
        if position == len(self.sessions):
            raise InputError(f"{day} lies beyond the calendar, which ends {self.sessions[-1]}")
        return self.sessions[position]

    def after(self, day: date, n: int = 1) -> date:
        """The n-th session strictly after a day (n ≥ 1)."""
        position = bisect_left(self.sessions, day)
        if position < len(self.sessions) and self.sessions[position] == day:
            position += 1
        position += n - 1
        if position >= len(self.sessions):
            raise InputError(f"{n} sessions after {day} lie beyond {self.sessions[-1]}")
        return self.sessions[position]


def sessions_to_quarter(sessions: Sequence[date]) -> int:
    """Place of the first session that lies in a later calendar quarter than the first one."""
    first = (sessions[0].year, (sessions[0].month - 1) // 3)
    for place, day in enumerate(sessions):
        if (day.year, (day.month - 1) // 3) != first:
            return place
    return 0
