"""When reviews happen: date rules such as "third Friday" on the sessions of an exchange.

A review has three evenings: companies are ranked on the first, the changes are announced on the
second and take effect at the close of the third. A rule that falls on a holiday means the last
session before it: the third Friday of June 2026 is Juneteenth, so changes take effect at the close
of Thursday, 18 June. Sessions are numbered by their position in the calendar.
"""

from __future__ import annotations

import calendar as civil
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field, field_validator

from sim.calendar import TradingCalendar
from sim.inputs import Settings

DateRule = Literal["first_friday", "second_friday", "third_friday", "fourth_friday", "month_end"]
FloatUpdate = Literal["quarterly", "annual", "event"]
Month = Annotated[int, Field(ge=1, le=12)]

_NTH = {"first_friday": 1, "second_friday": 2, "third_friday": 3, "fourth_friday": 4}


class Reviews(Settings):
    """The calendar of scheduled reviews.

    ``months`` are those in which members are chosen anew; changes take effect on the day
    ``effective`` and are announced ``announce_lead_sessions`` before it (two weeks, the first
    Friday before a third Friday: S&P Dow Jones Indices, US Indices Methodology).  Companies are
    ranked on the evening of ``rank``, ``rank_months_before`` the review month, or on the evening
    of the announcement when ``rank`` is left out.
    """

    months: Annotated[tuple[Month, ...], Field(min_length=1, max_length=12)]
    effective: DateRule = "third_friday"
    announce_lead_sessions: int = Field(default=10, ge=1, le=60)
    rank: DateRule | None = None
    rank_months_before: int = Field(default=0, ge=0, le=6)

    @field_validator("months")
    @classmethod
    def _months_differ(cls, months: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(months)) < len(months):
            raise ValueError("months that differ from each other")
        return tuple(sorted(months))


@dataclass(frozen=True)
class Review:
    """Sessions of one review, and what it does: choose members, reset weights, or both."""

    ranked: int
    announced: int
    effective: int
    chooses: bool
    weighs: bool


def nth_friday(year: int, month: int, n: int) -> date:
    """The n-th Friday of a month, a holiday or not."""
    first = date(year, month, 1)
    return first + timedelta(days=(civil.FRIDAY - first.weekday()) % 7 + 7 * (n - 1))


def nominal_day(rule: DateRule, year: int, month: int) -> date:
    """The calendar day a rule names, a trading day or not."""
    if rule == "month_end":
        return date(year, month, civil.monthrange(year, month)[1])
    return nth_friday(year, month, _NTH[rule])


def session_on_or_before(day: date, calendar: TradingCalendar) -> int | None:
    """Number of the last session up to a day; None if the calendar does not reach around it."""
    sessions = calendar.sessions
    if not sessions or day > sessions[-1]:
        return None  # later sessions are unknown, and one of them may come before the day
    position = bisect_right(sessions, day) - 1
    return position if position >= 0 else None


def review_sessions(
    reviews: Reviews | None, update: FloatUpdate, calendar: TradingCalendar
) -> list[Review]:
    """All reviews that take effect within the calendar, in order.

    Weights are reset with every review, with ``quarterly`` also every third month counted from
    the first review month, and with ``annual`` only in the last review month of the year.  A
    review whose announcement falls before the calendar begins is left out.
    """
    if reviews is None or not calendar.sessions:
        return []
    weigh = set(reviews.months)
    if update == "quarterly":
        weigh |= {(reviews.months[0] - 1 + step) % 12 + 1 for step in (0, 3, 6, 9)}
    elif update == "annual":
        weigh = {reviews.months[-1]}
    found = []
    first, last = calendar.sessions[0], calendar.sessions[-1]
    for year in range(first.year, last.year + 1):
        for month in sorted(weigh | set(reviews.months)):
            effective = session_on_or_before(nominal_day(reviews.effective, year, month), calendar)
            if effective is None or effective < reviews.announce_lead_sessions:
                continue
            announced = effective - reviews.announce_lead_sessions
            ranked = _ranked(reviews, year, month, announced, calendar)
            found.append(
                Review(ranked, announced, effective, month in reviews.months, month in weigh)
            )
    return found


def _ranked(
    reviews: Reviews, year: int, month: int, announced: int, calendar: TradingCalendar
) -> int:
    if reviews.rank is None:
        return announced
    months = year * 12 + month - 1 - reviews.rank_months_before
    day = nominal_day(reviews.rank, months // 12, months % 12 + 1)
    session = session_on_or_before(day, calendar)
    # ranked before the run began: by what is known on the evening of the announcement
    return announced if session is None else min(session, announced)
