"""Takeovers for cash: announced at a constant hazard, completed some sessions later.

The waiting time of every company is exponential with mean 1/``takeovers_per_year`` years, drawn
when it is listed.  A company that is too large when its time comes is not taken over at all.  The
announcement itself does not move the value: a premium would be an effect put in by hand.
"""

from __future__ import annotations

import numpy as np

from sim.calendar import TRADING_DAYS
from sim.streams import Streams
from sim.universe.census import Array, BoolArray, IntArray
from sim.universe.rules import UniverseRules

NOBODY: IntArray = np.zeros(0, dtype=np.int64)


class Takeovers:
    """Who is about to be taken over.

    Parameters
    ----------
    rules : UniverseRules
    stocks : int
        Columns of the universe.
    base : int
        The first ``base`` columns are companies that may be taken over from the start.
    streams : Streams
        Uses ``universe.takeovers``, and ``universe.takeovers.<symbol>`` for newcomers.

    Attributes
    ----------
    leaving : BoolArray
        Announced and not yet completed, (stocks,).
    departing : IntArray
        Columns to be delisted this morning.
    """

    def __init__(self, rules: UniverseRules, stocks: int, base: int, streams: Streams) -> None:
        self.rules, self._streams = rules, streams
        self.leaving: BoolArray = np.zeros(stocks, dtype=bool)
        self.departing: IntArray = NOBODY
        self._announced = np.full(stocks, np.inf)
        self._completed = np.full(stocks, np.inf)
        if rules.takeovers_per_year > 0:
            self._announced[:base] = self._waits("universe.takeovers", base)
        self._next = float(self._announced.min(initial=np.inf))

    def enlist(self, column: int, symbol: str, session: int) -> None:
        """A newcomer was listed and may be taken over from now on."""
        if self.rules.takeovers_per_year > 0:
            wait = self._waits(f"universe.takeovers.{symbol}", 1)[0]
            self._announced[column] = session + wait
            self._next = min(self._next, float(self._announced[column]))

    def start_day(self, session: int, listed: BoolArray, log_value: Array, shares: Array) -> None:
        """Announce and complete what is due; log USD a share and shares, both (stocks,)."""
        self.departing = NOBODY
        if session < self._next:
            return
        due = self._announced <= session
        self._announced[due] = np.inf
        largest = self.rules.takeover_largest_bn * 1e9
        due &= listed & (np.exp(log_value) * shares <= largest)
        self.leaving |= due
        self._completed[due] = session + self.rules.takeover_sessions
        self.departing = np.flatnonzero(self._completed <= session)
        self._set_next()

    def retire(self, column: int) -> None:
        """The company is gone."""
        self._announced[column] = self._completed[column] = np.inf
        self.leaving[column] = False
        self._set_next()

    def _set_next(self) -> None:
        self._next = float(min(self._announced.min(), self._completed.min()))

    def _waits(self, stream: str, count: int) -> Array:
        mean = TRADING_DAYS / self.rules.takeovers_per_year
        return np.ceil(self._streams(stream).exponential(mean, count))
