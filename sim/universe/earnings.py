"""Earnings of the listed companies: who reports when, what a quarter brings, and the last four.

A quarter has 63 sessions.  Every company reports once a quarter after the close of its own session;
the next morning its value jumps (normal, E[exp] = 1, variance so that four reports carry
``report_share`` of the year's own variance) and the result is known:

    quarter = ¼ · y · V · (a(t) + e),     a(t) = 1 − (1 − a₀) exp(−t/τ)

V the value of the company after the jump, y its normal yield, a₀ its maturity (below 0 for a
company that loses money), τ ``maturing_years``, e the transitory part, normal with standard
deviation ``earnings_noise``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sim.calendar import TRADING_DAYS
from sim.streams import Streams
from sim.universe.census import Array, IntArray
from sim.universe.rules import QUARTER, UniverseRules


class EarningsBook:
    """The last four quarterly results of every company, USD.

    Attributes ``quarter`` and ``year``, both (companies,): the last one and the sum of four.
    """

    def __init__(self, year: Array) -> None:
        self._quarters = np.tile(year / 4, (4, 1))
        self.quarter, self.year = year / 4, year.copy()

    def book(self, columns: IntArray, usd: Array) -> None:
        """These companies published their results of a quarter, USD, (columns,)."""
        quarters = self._quarters[1:, columns]
        self._quarters[:-1, columns] = quarters
        self._quarters[-1, columns] = usd
        self.quarter[columns] = usd
        self.year[columns] = quarters.sum(axis=0) + usd

    def merge(self, acquirer: int, target: int) -> None:
        """What two companies earned is what the first has earned."""
        self._quarters[:, acquirer] += self._quarters[:, target]
        for sums in (self.quarter, self.year):
            sums[acquirer] += sums[target]


class Reports:
    """Draws the quarterly reports of the companies in reduced form.

    Parameters
    ----------
    rules : UniverseRules
    report_day : IntArray
        Session of the quarter, from 0, after whose close a company reports; −1 if it never does.
    volatility, normal_yield, maturity : Array
        Shape (companies,), as in `Census`.
    newcomers : sequence of str
        Symbols of the last companies, not listed at the start: they mature from listing on.
    streams : Streams
        Uses ``news.reports``, and ``news.reports.<symbol>`` for every newcomer.
    quarter_start : int
        The first session that belongs to a new calendar quarter, counted from that of the run.
    """

    def __init__(
        self,
        rules: UniverseRules,
        report_day: IntArray,
        volatility: Array,
        normal_yield: Array,
        maturity: Array,
        newcomers: Sequence[str],
        streams: Streams,
        quarter_start: int = 0,
    ) -> None:
        self.rules = rules
        self._base = len(report_day) - len(newcomers)
        self._rngs = [streams(f"news.reports.{symbol}") for symbol in newcomers]
        self._rng = streams("news.reports")
        morning = (quarter_start + report_day + 1) % QUARTER
        reports = report_day >= 0
        self._due = [np.flatnonzero(reports & (morning == slot)) for slot in range(QUARTER)]
        self._jump = volatility * math.sqrt(rules.report_share * TRADING_DAYS / 4)
        self._normal_yield, self._maturity = normal_yield, maturity
        self._since = np.zeros(len(report_day))
        self._since[self._base :] = np.inf
        self._quarter = -1
        self._draws = np.zeros((2, len(report_day)))

    def due(self, session: int) -> IntArray:
        """Companies that reported on the evening before this session."""
        if session // QUARTER != self._quarter:
            self._quarter = session // QUARTER
            self._draws[:, : self._base] = self._rng.standard_normal((2, self._base))
            for column, rng in enumerate(self._rngs, start=self._base):
                self._draws[:, column] = rng.standard_normal(2)
        return self._due[session % QUARTER]

    def jump(self, columns: IntArray) -> Array:
        """What the reports do to log values."""
        size = self._jump[columns]
        return np.asarray(size * self._draws[0, columns] - 0.5 * size**2)

    def result(self, columns: IntArray, value: Array, session: int) -> Array:
        """Net income of the quarter, USD, of companies worth ``value`` USD."""
        years = np.maximum(session - self._since[columns], 0.0) / TRADING_DAYS
        grown = 1 - (1 - self._maturity[columns]) * np.exp(-years / self.rules.maturing_years)
        grown += self.rules.earnings_noise * self._draws[1, columns]
        return np.asarray(0.25 * self._normal_yield[columns] * value * grown)

    def begin(self, column: int, session: int) -> None:
        """A newcomer was listed: from now on it matures."""
        self._since[column] = session
