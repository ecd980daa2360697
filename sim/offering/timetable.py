"""The dates of an offering: public filing, terms set, pricing, first trade.

They follow each other strictly, and each is a session of the exchange.  The order is known from
the dates alone and is checked when they are read; sessions need the calendar and are checked by
`check_sessions` once there is one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Protocol

from pydantic import model_validator

from sim.inputs import InputError, Settings

MILESTONES = ("public_filing", "terms_set", "pricing", "first_trade")


class Sessions(Protocol):
    """What the checks need of a trading calendar."""

    @property
    def sessions(self) -> Sequence[date]:
        """All trading days, ascending."""


class Timetable(Settings):
    """The four milestones in strict order."""

    public_filing: date
    terms_set: date
    pricing: date
    first_trade: date

    @model_validator(mode="after")
    def _in_order(self) -> Timetable:
        for earlier, later in pairwise(MILESTONES):
            before, after = getattr(self, earlier), getattr(self, later)
            if after <= before:
                raise ValueError(f"{later}: got {after}, expected a day after {earlier} ({before})")
        return self


def check_sessions(dates: Timetable, calendar: Sessions, source: str = "offering.dates") -> None:
    """Raise InputError, naming field, value and nearest session, for a day without trading."""
    sessions = calendar.sessions
    for name in MILESTONES:
        day = getattr(dates, name)
        position = bisect_left(sessions, day)
        if position < len(sessions) and sessions[position] == day:
            continue
        around = sessions[max(position - 1, 0) : position + 1]
        nearest = min(around, key=lambda session: abs((session - day).days))
        raise InputError(f"{source}.{name}: got {day}, expected a trading day (nearest {nearest})")
