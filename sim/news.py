"""News: what changes the fundamentals of the listed companies.

News changes inputs, never prices.  Three kinds arrive, each from its own random stream:

* **macro**: the risk-free rate and the market's required premium move a little at every
  instant of the day at which an auction is held.  Their scale follows a slow log-normal
  volatility (Taylor 1986) and their shocks a Student t, so that calm and rough spells
  alternate and tails are fat.  The same uncertainty scales the news of sectors and companies
  (Herskovic, Kelly, Lustig and Van Nieuwerburgh 2016; Bloom 2009).
* **company events**: launches, contracts, subscriber counts arrive as Poisson events;
  quarterly results arrive on dated evenings.  Each event moves named inputs of the company's
  valuation (``segments.ai.target_revenue`` by a factor, ``segments.ai.target_margin`` by an
  addition).  All changes have mean zero (a factor has mean one), so news is unforecastable.
* **shocks**: dated changes written into a scenario by hand, for experiments.

What macro news does to the value of a stock of the reduced-form universe is in
`sim.universe.fundamentals`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from sim.inputs import Settings
from sim.streams import Streams

#: Inputs moved by a factor exp(change); every other input is moved by addition.
FACTOR_INPUTS = frozenset({"base_revenue", "target_revenue"})
SEGMENT_INPUTS = frozenset({"base_revenue", "target_revenue", "base_margin", "target_margin"})
COMPANY_INPUTS = frozenset({"cost_of_capital", "risk_free"})
#: Kind of the news that a scenario sets by hand; all investors read it alike.
SHOCK = "shock"


@dataclass(frozen=True)
class NewsItem:
    """One change of one input.

    ``change`` is a log factor for revenues and an addition for margins and rates.
    ``symbol`` is None for macro news, which reaches every company.
    """

    kind: str
    symbol: str | None
    segment: str | None
    input: str
    change: float
    detail: str = ""


class Effect(Settings):
    """How an event moves one input: ``input`` by a shock of standard deviation ``sd``."""

    segment: str
    input: Literal["base_revenue", "target_revenue", "base_margin", "target_margin"]
    sd: float = Field(gt=0, le=1)


class EventSource(Settings):
    """A stream of events about one company.

    With ``success`` p set, an event either succeeds (probability p, change +sd·√((1−p)/p)) or
    fails (change −sd·√(p/(1−p))): mean zero, standard deviation sd, rare failures large.
    """

    name: str
    per_year: float | None = Field(default=None, ge=0, le=252)
    quarterly: bool = False
    success: float | None = Field(default=None, gt=0, lt=1)
    effects: tuple[Effect, ...]

    @model_validator(mode="after")
    def _one_clock(self) -> EventSource:
        if self.quarterly == (self.per_year is not None):
            raise ValueError(f"{self.name}: give either per_year or quarterly = true")
        return self


class Report(Settings):
    """A quarterly report, published after the close of its day."""

    quarter: str
    date: date


class Shock(Settings):
    """A change of one input on a given trading day, counted from the first trade (day 0)."""

    day: int = Field(ge=-60, le=5000)
    input: Literal[
        "base_revenue", "target_revenue", "base_margin", "target_margin",
        "cost_of_capital", "risk_free", "attention",
    ]  # fmt: skip
    segment: str | None = None
    change: float = Field(ge=-5, le=5)

    @model_validator(mode="after")
    def _segment_where_needed(self) -> Shock:
        if (self.input in SEGMENT_INPUTS) != (self.segment is not None):
            expected = "a segment" if self.input in SEGMENT_INPUTS else "none"
            raise ValueError(f"segment: got {self.segment}, expected {expected} for {self.input}")
        return self


class CompanyNewsRules(Settings):
    """What becomes known about one company: events, dated reports, shocks set by hand.

    ``size`` multiplies the standard deviations of all effects of events: 1 as stated, 0 leaves
    events without effect."""

    size: float = Field(default=1.0, ge=0, le=10)
    sources: tuple[EventSource, ...] = ()
    reports: tuple[Report, ...] = ()
    shocks: tuple[Shock, ...] = ()

    @model_validator(mode="after")
    def _reports_in_order(self) -> CompanyNewsRules:
        days = [report.date for report in self.reports]
        if days != sorted(set(days)):
            later = next(b for a, b in pairwise(days) if b <= a)
            raise ValueError(f"reports: got {later}, expected a day after the report before it")
        return self


class NewsRules(CompanyNewsRules):
    """News of the whole market (daily standard deviations unless said) and of the company whose
    offering the scenario is about.

    ``volatility_persistence`` and ``volatility_of_volatility`` are those of the log of their scale
    (assumptions; log
    realised volatilities of stocks and indices have standard deviations of 0.3 to 0.5 and last for
    months: Andersen, Bollerslev, Diebold and Ebens 2001)."""

    rate_volatility: float = Field(default=0.0005, ge=0, le=0.01)
    premium_volatility: float = Field(default=0.0003, ge=0, le=0.01)
    market_earnings_volatility: float = Field(default=0.005, ge=0, le=0.1)
    tail_degrees: float = Field(default=4.0, gt=2, le=100)
    volatility_persistence: float = Field(default=0.98, ge=0, lt=1)
    volatility_of_volatility: float = Field(default=0.45, ge=0, le=2)
    overnight_share: float = Field(default=0.3, ge=0, le=1)


@dataclass(frozen=True)
class MacroNews:
    """Macro changes of one instant: risk-free rate, premium and common earnings (log), and
    ``uncertainty``, what the premium for variance takes off or gives the market's log value."""

    rate: float
    premium: float
    earnings: float
    uncertainty: float = 0.0


class NewsFlow:
    """Draws the macro news of every instant of every day.

    Parameters
    ----------
    rules : NewsRules
    streams : Streams
        Uses the streams ``news.macro`` and ``news.volatility``.
    """

    def __init__(self, rules: NewsRules, streams: Streams) -> None:
        self.rules = rules
        self._macro = streams("news.macro")
        self._volatility = streams("news.volatility")
        self._log_scale = 0.0
        self._t_scale = math.sqrt((rules.tail_degrees - 2) / rules.tail_degrees)

    def start_day(self) -> None:
        """Move the common volatility on by a day: a stationary AR(1) in logs."""
        persistence, spread = self.rules.volatility_persistence, self.rules.volatility_of_volatility
        innovation = math.sqrt(1 - persistence**2) * spread * self._volatility.standard_normal()
        self._log_scale = persistence * self._log_scale + innovation

    @property
    def scale(self) -> float:
        """Present volatility of news relative to its long-run root mean square."""
        return math.exp(self._log_scale - self.rules.volatility_of_volatility**2)

    def macro(self, variance_share: float) -> MacroNews:
        """Macro news of one instant that carries this share of the day's variance."""
        shocks = self._macro.standard_t(self.rules.tail_degrees, size=3) * self._t_scale
        size = self.scale * math.sqrt(variance_share)
        rate, premium, earnings = (float(shock) * size for shock in shocks)
        return MacroNews(
            rate * self.rules.rate_volatility,
            premium * self.rules.premium_volatility,
            earnings * self.rules.market_earnings_volatility,
        )


class CompanyNews:
    """Draws the news about one company.

    Parameters
    ----------
    rules : CompanyNewsRules
    symbol : str
    streams : Streams
        Uses one stream ``news.<symbol>.<source>`` for each source of events.
    """

    def __init__(self, rules: CompanyNewsRules, symbol: str, streams: Streams) -> None:
        self.rules = rules
        self.symbol = symbol
        self._own = [streams(f"news.{symbol}.{source.name}") for source in rules.sources]
        self._report_days = {report.date: report.quarter for report in rules.reports}

    def reported(self, day: date) -> str | None:
        """The quarter reported after the close of this day, if any."""
        return self._report_days.get(day)

    def events(self, report_out: bool) -> list[NewsItem]:
        """Events about the company since the last close, before today's open."""
        items: list[NewsItem] = []
        for source, rng in zip(self.rules.sources, self._own, strict=True):
            if source.quarterly:
                count = int(report_out)
            else:
                assert source.per_year is not None
                count = int(rng.poisson(source.per_year / 252))
            for _ in range(count):
                items.extend(self._event(source, rng))
        return items

    def _event(self, source: EventSource, rng: np.random.Generator) -> list[NewsItem]:
        outcome, detail = 0.0, "results" if source.quarterly else ""
        if source.success is not None:
            p = source.success
            won = rng.random() < p
            outcome = math.sqrt((1 - p) / p) if won else -math.sqrt(p / (1 - p))
            detail = "success" if won else "failure"
        items = []
        for effect in source.effects:
            draw = outcome if source.success is not None else float(rng.standard_normal())
            sd = self.rules.size * effect.sd
            change = draw * sd
            if effect.input in FACTOR_INPUTS:
                change -= self._log_mean_correction(source.success, sd)
            items.append(
                NewsItem(source.name, self.symbol, effect.segment, effect.input, change, detail)
            )
        return items

    @staticmethod
    def _log_mean_correction(success: float | None, sd: float) -> float:
        """log E[exp(change)], taken off so that the factor has mean one."""
        if success is None:
            return 0.5 * sd**2
        p = success
        up, down = math.sqrt((1 - p) / p) * sd, -math.sqrt(p / (1 - p)) * sd
        return math.log(p * math.exp(up) + (1 - p) * math.exp(down))

    def shocks_on(self, day: int) -> Sequence[Shock]:
        """The shocks that the scenario sets for this trading day."""
        return [shock for shock in self.rules.shocks if shock.day == day]
