"""The market for new issues, as everybody sees it: first-day returns, young companies' prices.

Kept each evening, read by issuers (`agents.ipo_window`), banks (`agents.comparables`) and the
crowd (`agents.ipo_crowd`):

* first-day returns (first close over offer) of today's first trades, their average over recent
  issues and over many (what one is used to), both exponential;
* how first closes compare with the prices at which books cleared;
* the mean log price over value of companies listed for less than a year;
* the market's log return over a number of sessions.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from agents.market_agent import MarketAgent

if TYPE_CHECKING:
    from sim.model import MarketModel
    from sim.offering.listing import Listing

#: Sessions for which a company counts as young.
YOUNG = 252
#: Issues over which the recent and the usual first-day return are averaged (assumptions: about two
#: months and a year and a half of issues).
RECENT, USUAL = 20.0, 150.0
#: Issues over which banks learn how books compare with closes (assumption: half a year).
LEARNING = 50.0
#: Sessions over which one gets used to the prices of young companies (assumption: two years).
GAP_MEMORY = 504.0


class NewIssues(MarketAgent):
    """Notes the first-day returns of offerings and where young companies trade.

    Attributes
    ----------
    today : list of float
        First-day returns of the offerings whose first day this is.
    recent, usual : float
        Averages of first-day returns; 0 before there has been any.
    reading : float
        First close over the price at which the book clears when padding is taken off, a geometric
        average over many issues.
    premium : float
        First close over what comparables had said, averaged likewise; of a withdrawn offering what
        its book said stands for the close.  What banks multiply the next comparison with.
    young_gap : float
        Mean log price over public value of young companies, as of the last close.
    """

    model: MarketModel

    def __init__(self, model: MarketModel) -> None:
        super().__init__(model)
        self.today: list[float] = []
        self.recent = self.usual = 0.0
        self.reading = self.premium = 1.0
        self.young_gap = self._usual_gap = 0.0
        self._days = 0
        self._seen = 0
        self._awaited: list[tuple[Listing, float]] = []
        self._compared = 0
        model.add_actor(self)

    def expect(self, listing: Listing, comparable: float) -> None:
        """A company has filed; comparables say it is worth so many USD a share."""
        self._awaited.append((listing, comparable))

    @property
    def heat(self) -> float:
        """How much better new issues have done of late than one is used to."""
        return self.recent - self.usual

    @property
    def dearness(self) -> float:
        """How much dearer young companies are, by value, than one is used to."""
        return self.young_gap - self._usual_gap

    def market_return(self, days: int) -> float:
        """Log return of the whole market over the last so many sessions, as of last evening."""
        recorder = self.model.recorder
        last = recorder.days - 1
        if last < 1:
            return 0.0
        level = recorder.level[:, 0]
        return math.log(level[last] / level[max(last - days, 0)])

    def start_day(self) -> None:
        """Nothing is published in the morning."""

    def before_auction(self, instant: int) -> None:
        """Nothing is published during the day."""

    def after_close(self) -> None:
        """Take down today's first closes and where the young companies stand."""
        model = self.model
        self.today = []
        for listing, comparable in self._awaited:
            if listing.opens_today and listing.is_trading and listing.offer_price:
                close = float(model.exchange.last_price[listing.column])
                self._note(close / listing.offer_price - 1)
                self._learn(listing, close, comparable)
            elif listing.is_over:
                self._learn(listing, None, comparable)
        self._awaited = [each for each in self._awaited if each[0].day < 0 and not each[0].is_over]
        columns = model.universe.newcomers
        age = model.session - model.public_record.listed_since[columns]
        young = columns[model.universe.listed[columns] & (age < YOUNG)]
        gap = model.exchange.last_log_price[young] - model.universe.log_value[young]
        if young.size:
            self.young_gap = float(np.mean(gap))
            self._days += 1
            weight = max(1 / GAP_MEMORY, 1 / self._days)
            self._usual_gap += weight * (self.young_gap - self._usual_gap)

    def _learn(self, listing: Listing, close: float | None, comparable: float) -> None:
        """Compare a first close with the book, and close or book with the comparables."""
        assert listing.book is not None and listing.pricing is not None
        self._compared += 1
        weight = max(1 / LEARNING, 1 / self._compared)
        assert listing.reader is not None
        counted = listing.reader.counted(listing, listing.book)
        honest = listing.reader.honest_price(listing, counted)
        if honest is None:
            return
        if close is not None:
            self.reading *= (close / honest / self.reading) ** weight
        said = self.reading * honest if close is None else close
        self.premium *= (said / comparable / self.premium) ** weight

    def _note(self, first_day_return: float) -> None:
        self.today.append(first_day_return)
        self._seen += 1
        for name, memory in (("recent", RECENT), ("usual", USUAL)):
            weight = max(1 / memory, 1 / self._seen)
            now = getattr(self, name)
            setattr(self, name, now + weight * (first_day_return - now))
