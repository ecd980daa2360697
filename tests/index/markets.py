"""A made-up market that moves from evening to evening, and the run of an index through it."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from sim.calendar import TradingCalendar
from sim.index import Change, Index, Rulebook, Snapshot
from sim.index.snapshot import SEASONED
from sim.streams import Streams

CALENDAR = TradingCalendar(date(2026, 1, 2), date(2028, 12, 29))
DEBUT = date(2026, 6, 12)


def session(day: date) -> int:
    return CALENDAR.index(day)


def day(number: int) -> date:
    return CALENDAR.sessions[number]


def book(**rules: Any) -> Rulebook:
    """A small committee index unless said otherwise."""
    plain: dict[str, Any] = {
        "name": "test",
        "title": "Test",
        "count": 5,
        "replacement": "committee",
        "reviews": {"months": [3, 6, 9, 12]},
    }
    return Rulebook.model_validate(plain | rules)


def index(rulebook: Rulebook, seed: int = 0, **links: Any) -> Index:
    return Index(rulebook, CALENDAR, Streams(seed)(f"index.{rulebook.name}"), **links)


def sizes(n: int, largest_bn: float = 4000.0) -> np.ndarray:
    """Capitalisations in USD that fall by rank."""
    return largest_bn * 1e9 * np.arange(1, n + 1) ** -0.8


class Market:
    """n old companies, the last of which may come to market on the debut."""

    def __init__(self, n: int, debut: date | None = None, cap_bn: float = 1770.0, **known: Any):
        self.price = np.full(n, 100.0)
        self.shares = sizes(n) / self.price
        self.known = {
            name: np.broadcast_to(np.asarray(value), (n,)).copy() for name, value in known.items()
        }
        self.listed = np.ones(n, dtype=bool)
        self.leaving = np.zeros(n, dtype=bool)
        self.debut = None if debut is None else session(debut)
        if debut is not None:
            self.shares[-1] = cap_bn * 1e9 / 100.0
        self.floating = self.shares.copy()

    def at(self, now: int) -> Snapshot:
        listed, age = self.listed.copy(), np.full(self.price.size, SEASONED)
        if self.debut is not None:
            listed[-1] &= now >= self.debut
            age[-1] = max(now - self.debut + 1, 0)
        return Snapshot.of(
            np.where(listed, self.price, 0.0),
            self.shares,
            float_shares=self.floating,
            listed=listed,
            leaving=self.leaving,
            sessions_listed=age,
            dollar_volume=self.price * self.floating / 252,
            **self.known,
        )


def live(index: Index, market: Market, first: int, last: int) -> list[Change]:
    """Evenings from the one after ``first`` to ``last``; all announcements."""
    found = []
    for now in range(first + 1, last + 1):
        seen = market.at(now)
        index.apply(seen, now)
        found += index.review(seen, now)
    return found
