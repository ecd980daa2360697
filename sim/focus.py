"""The companies in focus: what investors believe, what is reported, who talks about them.

A company in focus comes to market during a run and is valued story by story (`sim.beliefs`) where
an ordinary company has one log value (`sim.universe`).  The consensus of its stories is its value
in the universe.  Its news reaches the market before the first auction of a day: events since the
last close, the report of last evening, and the shocks that a scenario sets by hand.

The media have an audience around every company that comes to market, in focus or not, if somebody
has named one: the crowds of `sim.roles.Audience`, by column.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from sim.beliefs import Beliefs
from sim.news import SHOCK, CompanyNews, MacroNews, NewsItem
from sim.roles import Audience
from sim.valuation.reported import quarterly_profit

if TYPE_CHECKING:
    from sim.model import MarketModel

#: Quarters whose profits are known when a run starts.
QUARTERS_KNOWN = 4


class CompaniesInFocus:
    """Beliefs, news and audiences of the companies in focus, by column.

    Parameters
    ----------
    model : MarketModel
        With its universe; the companies are those of ``world.debuts``.

    Attributes
    ----------
    beliefs : dict of int to Beliefs
    news : dict of int to CompanyNews
    crowds : dict of int to Audience
        Empty until the agents are there; companies of the pipeline may have one as well.
    """

    def __init__(self, model: MarketModel) -> None:
        self.model = model
        self.beliefs: dict[int, Beliefs] = {}
        self.news: dict[int, CompanyNews] = {}
        self.crowds: dict[int, Audience] = {}
        world, universe = model.world, model.universe
        for column, debut in zip(universe.focus, world.debuts, strict=True):
            symbol = debut.terms.symbol
            self.beliefs[column] = Beliefs(
                symbol, debut.company, world.stories, world.interpretation, model.streams
            )
            universe.set_focus_value(column, self.beliefs[column].consensus)
            universe.dual_class[column] = debut.terms.unequal_votes
            self.news[column] = CompanyNews(debut.news, symbol, model.streams)
            for quarter in range(QUARTERS_KNOWN, 0, -1):
                self._report_profit(column, world.start - timedelta(days=91 * quarter))

    # -- news -----------------------------------------------------------------------------------

    def publish(self, macro: MacroNews, opening: bool) -> None:
        """News of this instant reaches every story; companies' own before the first auction."""
        for column, beliefs in self.beliefs.items():
            items = self._morning_news(column) if opening else []
            if opening:
                beliefs.advance(1.0)
            beliefs.receive(macro, items)
            self.model.universe.set_focus_value(column, beliefs.consensus)

    def _morning_news(self, column: int) -> list[NewsItem]:
        """Events since the last close, reports of last evening and the scenario's own shocks."""
        model, news = self.model, self.news[column]
        yesterday = model.sessions[model.session - 1] if model.session else model.date
        quarter = news.reported(yesterday)
        items = news.events(report_out=quarter is not None)
        if quarter:
            model.recorder.event("earnings", news.symbol, f"{quarter} results published")
            self.milestone(column, "results")
            self._report_profit(column, model.date)
        for shock in news.shocks_on(model.day):
            if shock.input == "attention":
                self.hear(column, shock.change)
            else:
                items.append(NewsItem(SHOCK, news.symbol, shock.segment, shock.input, shock.change))
        for item in items:
            target = ".".join(part for part in (item.segment, item.input) if part)
            model.recorder.event(
                "news", item.symbol, f"{item.kind} {item.detail} {target} {item.change:+.4f}"
            )
        return items

    def _report_profit(self, column: int, day: date) -> None:
        """Publish the net income that the base case implies for the quarter before this day."""
        universe = self.model.universe
        company = self.model.world.debuts[universe.focus.index(column)].company
        years = (day - company.as_of).days / 365.25
        profit = quarterly_profit(self.beliefs[column].inputs, company.research, years)
        universe.set_earnings(column, profit)

    def reported(self, column: int) -> str | None:
        """The quarter a company in focus reports after today's close, if any."""
        news = self.news.get(column)
        return news.reported(self.model.date) if news else None

    def raise_capital(self, column: int, shares: float, price: float, spread: float) -> None:
        """An offering is priced: so many new shares in all at this price, USD, in focus or not.

        The part ``spread`` is the banks'.  Companies in focus are valued as in the published
        workbook, which leaves it out (0.04 % of SpaceX).
        """
        if column in self.beliefs:
            self.beliefs[column].raise_capital(shares * price, price)
        else:
            self.model.universe.raise_capital(column, (1 - spread) * shares * price, shares)

    # -- the media ------------------------------------------------------------------------------

    def hear(self, column: int, attention: float) -> None:
        """The media turn to a company."""
        if column in self.crowds:
            self.crowds[column].hear(attention)

    def attention(self, column: int) -> float:
        """Media attention to a company (1 = a first day of trading)."""
        return float(self.crowds[column].media) if column in self.crowds else 0.0

    def milestone(self, column: int, name: str) -> None:
        """A dated step of an offering that the media report."""
        if column in self.crowds:
            self.crowds[column].milestone(name)
