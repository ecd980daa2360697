"""The Mesa model: one trading day, top to bottom.

`MarketModel.step` is one trading day.  The days before the first trade are the roadshow; the
first trade is day 0.  The model knows the rules of the world and asks its participants, whom
it does not know, the questions of `sim.roles`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.beliefs import Beliefs
from sim.calendar import TradingCalendar
from sim.market.borrowing import LendingRules, SecuritiesLending
from sim.market.demand import DemandBook
from sim.market.exchange import Exchange, MarketRules, OpeningCross
from sim.market.ledger import Ledger
from sim.news import SHOCK, CompanyNews, CompanyNewsRules, NewsFlow, NewsItem, NewsRules
from sim.offering.listing import Listing
from sim.offering.terms import OfferingTerms
from sim.recorder import Recorder
from sim.roles import Actor, Audience, Participant
from sim.streams import Streams
from sim.universe import Universe, UniverseRules
from sim.valuation.company import Company

Array = NDArray[np.float64]
#: Mean time after the bell at which orders for a first trade arrive (assumption).
ARRIVAL_MINUTES = 45.0


@dataclass(frozen=True)
class Debut:
    """A company that comes to market during a run: what it is, on what terms, its news."""

    terms: OfferingTerms
    company: Company
    news: CompanyNewsRules = field(default_factory=CompanyNewsRules)


@dataclass(frozen=True)
class World:
    """Everything that is given: rules, the companies that come to market, and how long to trade.

    The first of ``debuts`` is the one the run is about: its first trade is day 0.  ``accounts``
    sizes the arrays; ``stories`` counts the investors with a story of their own, by class;
    ``interpretation`` is κ of `sim.beliefs`.
    """

    start: date
    days: int
    universe: UniverseRules
    market: MarketRules
    lending: LendingRules
    news: NewsRules
    debuts: tuple[Debut, ...]
    accounts: int
    stories: Mapping[str, int]
    interpretation: float


class MarketModel(mesa.Model):
    """A market of listed companies, and companies that come to it.

    Parameters
    ----------
    world : World
    seed : int

    Notes
    -----
    Arrays of agents × stocks live in ``book`` and ``ledger``; agents own rows of them.
    ``day`` counts trading days from the first trade; it is negative during the roadshow.
    """

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(rng=seed)
        self.world = world
        self.seed = seed
        self.streams = Streams(seed)
        horizon = timedelta(days=int(world.days * 1.5) + 900)
        self.calendar = TradingCalendar(world.start, world.start + horizon, world.market.exchange)
        self.sessions = self.calendar.sessions
        symbols = [debut.terms.symbol for debut in world.debuts]
        self.universe = Universe(world.universe, symbols, self.streams)
        self.n_stocks = len(self.universe.symbols)
        self.news = NewsFlow(world.news, self.streams)
        self._open_market(world)
        self._prepare_listings(world)
        self.participants: list[Participant] = []
        self._actors: list[Actor] = []
        self._strategic: list[int] = []
        self._neutral: list[int] = []
        self.crowds: dict[int, Audience] = {}
        self.session = -1
        self.recorder = Recorder(self)

    def _open_market(self, world: World) -> None:
        n, universe = self.n_stocks, self.universe
        self.book = DemandBook(world.accounts, n)
        self.ledger = Ledger(world.accounts, n)
        self.exchange = Exchange(world.market, self.ledger, self.book, np.exp(universe.log_value))
        self.lending = SecuritiesLending(world.lending, self.ledger)
        self.instants = world.market.auctions_per_day
        self.auctions = np.full(n, float(world.market.auctions_per_day))
        if universe.focus:
            self.instants = world.market.focus_auctions_per_day
            self.auctions[universe.focus] = float(world.market.focus_auctions_per_day)
        self.wealth = np.zeros(world.accounts)
        self.circulation = np.zeros(n)
        self.lean_per_dollar = np.zeros(n)
        self.shares_per_dollar = np.zeros(n)
        self.neutral_wealth = 1.0
        self.initial_market_value = universe.market_value

    def _prepare_listings(self, world: World) -> None:
        self.beliefs: dict[int, Beliefs] = {}
        self.company_news: dict[int, CompanyNews] = {}
        self.listings: list[Listing] = []
        self.first_session = 0
        if world.debuts:
            self.first_session = self.calendar.index(world.debuts[0].terms.dates.first_trade)
        for column, debut in zip(self.universe.focus, world.debuts, strict=True):
            symbol = debut.terms.symbol
            self.beliefs[column] = Beliefs(
                symbol, debut.company, world.stories, world.interpretation, self.streams
            )
            self.universe.set_focus_value(column, self.beliefs[column].consensus)
            self.company_news[column] = CompanyNews(debut.news, symbol, self.streams)
            self.listings.append(Listing(self, debut.terms, column))

    @property
    def listing(self) -> Listing | None:
        """The offering the run is about, if there is one."""
        return self.listings[0] if self.listings else None

    @property
    def crowd(self) -> Audience | None:
        """The crowd around the company the run is about."""
        return self.crowds.get(self.listings[0].column) if self.listings else None

    # -- accounts -----------------------------------------------------------------------------

    def open_account(self, owner: Participant, strategic: bool, neutral: bool, lends: bool) -> int:
        """Give a participant the next account; returns its number."""
        account = len(self.participants)
        self.participants.append(owner)
        if strategic:
            self._strategic.append(account)
        if neutral:
            self._neutral.append(account)
        self.lending.set_lender(account, lends)
        return account

    def add_actor(self, actor: Actor) -> None:
        """From now on ask this actor, after those that came before it."""
        self._actors.append(actor)

    def endow_cash(self, account: int, usd: float) -> None:
        """Give an account its starting cash."""
        self.ledger.endow_cash(account, usd)

    def endow_market(self, account: int, usd: float, cash_share: float) -> None:
        """Give an account so many dollars, ``cash_share`` of it in cash, the rest in the market."""
        self.ledger.endow_cash(account, usd * cash_share)
        fraction = usd * (1 - cash_share) / self.initial_market_value
        for column in self.universe.base:
            self.ledger.issue(account, int(column), fraction * self.universe.shares[column])

    def endow_rest(self, account: int) -> None:
        """Give an account all shares of the listed companies that nobody holds yet."""
        for column in self.universe.base:
            rest = self.universe.shares[column] - self.ledger.outstanding[column]
            self.ledger.issue(account, int(column), float(rest))

    # -- time ---------------------------------------------------------------------------------

    @property
    def day(self) -> int:
        """Trading days since the first trade (day 0)."""
        return self.session - self.first_session

    @property
    def date(self) -> date:
        """Today."""
        return self.sessions[max(self.session, 0)]

    def step(self) -> None:
        """One trading day."""
        self._open_day()
        for actor in self._actors:
            actor.start_day()
        for instant in range(self.instants):
            self._publish(instant)
            for actor in self._actors:
                actor.before_auction(instant)
            self._hold_auction(instant)
        self._close_day()

    def _open_day(self) -> None:
        self.session += 1
        self.exchange.start_day()
        self.news.start_day()
        for listing in self.listings:
            listing.before_open()
        self._take_stock()
        self.lending.start_day(self.participants)
        # What must be bought back is bought in equal parts over the auctions of the day.
        np.divide(self.lending.buy_ins, self.auctions, out=self.book.orders)

    def _take_stock(self) -> None:
        """Wealth, circulation and the scales that all participants size their demand with."""
        universe, ledger = self.universe, self.ledger
        price = np.where(universe.listed, self.exchange.last_price, 0.0)
        np.dot(ledger.holdings, price, out=self.wealth)
        self.wealth += ledger.cash
        self.neutral_wealth = max(float(self.wealth[self._neutral].clip(min=0).sum()), 1.0)
        np.subtract(
            ledger.outstanding, ledger.holdings[self._strategic].sum(axis=0), out=self.circulation
        )
        listed = universe.listed
        shares = np.where(listed, ledger.outstanding, 0.0)
        np.multiply(shares, universe.elasticity / universe.market_value, out=self.lean_per_dollar)
        np.divide(1.0, price, out=self.shares_per_dollar, where=listed)
        self.shares_per_dollar[~listed] = 0.0

    def _publish(self, instant: int) -> None:
        """News of this instant reaches fundamentals and, through them, every story."""
        universe, rules = self.universe, self.world.news
        if self.instants == 1:
            share = 1.0
        elif instant == 0:
            share = rules.overnight_share
        else:
            share = (1 - rules.overnight_share) / (self.instants - 1)
        macro = self.news.macro(share)
        universe.receive(macro, share, 1.0 if instant == 0 else 0.0)
        for column, beliefs in self.beliefs.items():
            items = self._company_news(column) if instant == 0 else []
            if instant == 0:
                beliefs.advance(1.0)
            beliefs.receive(macro, items)
            universe.set_focus_value(column, beliefs.consensus)

    def _company_news(self, column: int) -> list[NewsItem]:
        """Events since the last close, reports of last evening and the scenario's own shocks."""
        news = self.company_news[column]
        yesterday = self.sessions[self.session - 1] if self.session else self.date
        quarter = news.reported(yesterday)
        items = news.events(report_out=quarter is not None)
        if quarter:
            self.recorder.event("earnings", news.symbol, f"{quarter} results published")
            self.milestone(column, "results")
        for shock in news.shocks_on(self.day):
            if shock.input == "attention":
                self.hear(column, shock.change)
            else:
                items.append(NewsItem(SHOCK, news.symbol, shock.segment, shock.input, shock.change))
        for item in items:
            target = ".".join(part for part in (item.segment, item.input) if part)
            self.recorder.event(
                "news", item.symbol, f"{item.kind} {item.detail} {target} {item.change:+.4f}"
            )
        return items

    def reported(self, column: int) -> str | None:
        """The quarter a company in focus reports after today's close, if any."""
        return self.company_news[column].reported(self.date)

    def raise_capital(self, column: int, proceeds: float, issue_price: float) -> None:
        """An offering is priced: so many USD come in at this price a share."""
        self.beliefs[column].raise_capital(proceeds, issue_price)

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

    def list_stock(self, column: int, reference: float) -> None:
        """From today on the stock is traded; the first auction starts from this price."""
        self.universe.listed[column] = True
        self.universe.shares[column] = self.ledger.outstanding[column]
        self.exchange.set_reference(column, reference)

    def _hold_auction(self, instant: int) -> None:
        universe, first, last = self.universe, instant == 0, instant == self.instants - 1
        columns = [universe.base] if first or last else []
        for listing in self.listings:
            if not listing.is_trading:
                continue
            if listing.opens_today and first:
                listing.open_trading()
                listing.after_auction()
            else:
                columns.append(np.array([listing.column]))
        if columns and not self.exchange.halted:
            chosen = np.concatenate(columns)
            self.exchange.auction(chosen)
            for listing in self.listings:
                if listing.is_trading and not (listing.opens_today and first):
                    listing.after_auction()
            universe.news_taken_up(chosen)
            self._watch_market()

    def open_first_trade(self, column: int, reference: float) -> OpeningCross:
        """Hold the opening cross; orders arrive on average `ARRIVAL_MINUTES` after the bell."""
        arrives = np.array(
            [
                self.streams(f"opening.arrival.{participant.holder}").exponential(ARRIVAL_MINUTES)
                for participant in self.participants
            ]
        )
        every = self.world.market.opening.minutes_per_round

        def arrival(round_number: int) -> Array:
            minutes = (round_number + 1) * every
            share = (arrives <= minutes).astype(np.float64)
            if column in self.crowds:
                share[self.crowds[column].account] = 1 - np.exp(-minutes / ARRIVAL_MINUTES)
            return share

        cross = self.exchange.opening_cross(column, reference, arrival)
        self.universe.news_taken_up(np.array([column]))
        return cross

    def _watch_market(self) -> None:
        """Tell the exchange how far the market is down; it may halt trading for the day."""
        base, exchange = self.universe.base, self.exchange
        shares = self.universe.shares[base]
        before = float(exchange.previous_close[base] @ shares)
        halt = exchange.observe_market(1 - float(exchange.last_price[base] @ shares) / before)
        if halt is not None and exchange.halted:
            self.recorder.event("halt", None, f"market down {halt.fall:.0%}: closed for the day")

    def _close_day(self) -> None:
        for actor in self._actors:
            actor.after_close()
        self.lending.end_day(self.exchange.last_price)
        for listing in self.listings:
            listing.after_close()
        if self.listings and all(listing.is_over for listing in self.listings):
            self.running = False
        if self.day >= 0:
            self.recorder.record()

    # -- what participants may ask --------------------------------------------------------------

    def opens_today(self, column: int) -> bool:
        """Whether the first trade of this stock is today."""
        return any(
            listing.column == column and listing.is_trading and listing.opens_today
            for listing in self.listings
        )

    def short_limit(self, account: int) -> Array:
        """Shares of every stock that an account may be short today: owed, borrowable, recalled."""
        owed = np.maximum(-self.ledger.holdings[account], 0.0)
        return np.maximum(owed + self.lending.room[account] - self.lending.buy_ins[account], 0.0)

    def recent_return(self, column: int, days: int) -> float:
        """Log return of a stock over the last days it has traded, 0 before it trades."""
        return self.recorder.log_return(column, days)
