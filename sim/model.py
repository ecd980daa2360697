"""The Mesa model: one trading day, top to bottom.

`MarketModel.step` is one trading day.  The days before the first trade are the roadshow; the
first trade is day 0.  The model knows the rules of the world and asks its participants, whom
it does not know, the questions of `sim.roles`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.actions import ActionsDesk, CorporateAction
from sim.beliefs import Beliefs
from sim.calendar import TradingCalendar, sessions_to_quarter
from sim.fund_values import FundValues
from sim.index import Rulebook, Snapshot, build_family
from sim.market.borrowing import Borrower, LendingRules, SecuritiesLending
from sim.market.demand import DemandBook
from sim.market.exchange import Exchange, MarketRules, OpeningCross
from sim.market.ledger import Ledger
from sim.news import SHOCK, CompanyNews, CompanyNewsRules, NewsFlow, NewsItem, NewsRules
from sim.offering.listing import Listing
from sim.offering.terms import OfferingTerms
from sim.recorder import Recorder
from sim.risk_premium import RiskPremium, RiskPremiumRules
from sim.roles import Actor, Audience, Participant, Restated
from sim.scales import Scales
from sim.streams import Streams
from sim.universe import TRADING_DAYS, Newcomer, Universe, UniverseRules
from sim.valuation.company import Company
from sim.valuation.reported import quarterly_profit

Array = NDArray[np.float64]
#: Mean time after the bell at which orders for a first trade arrive (assumption).
ARRIVAL_MINUTES = 45.0
#: Shares that those who take a company over buy for a price lower by a log unit, over all of them.
TENDER = 100.0
#: Sessions for which companies listed at the start have been trading: as long as any rule asks.
SEASONED = 2520
#: Daily volume as a part of the shares with which a listed company starts (100-150 % a year).
DAILY_TURNOVER = 0.005
#: Memory of the average daily volume, sessions: half a year, or since the first trade.
VOLUME_MEMORY = 126


@dataclass(frozen=True)
class Debut:
    """A company that comes to market during a run: what it is, on what terms, its news."""

    terms: OfferingTerms
    company: Company
    news: CompanyNewsRules = field(default_factory=CompanyNewsRules)


@dataclass(frozen=True)
class World:
    """Everything that is given: rules, the companies that come to market, and how long to trade.

    The first of ``debuts`` is the one the run is about: its first trade is day 0.  ``pipeline``
    are private companies in reduced form that may come to market when somebody opens a listing for
    them.  ``accounts`` sizes the arrays; ``stories`` counts the investors with a story of their
    own, by class;
    ``interpretation`` is κ of `sim.beliefs`.
    """

    start: date
    days: int
    universe: UniverseRules
    market: MarketRules
    lending: LendingRules
    news: NewsRules
    risk_premium: RiskPremiumRules
    debuts: tuple[Debut, ...]
    pipeline: tuple[Newcomer, ...]
    accounts: int
    stories: Mapping[str, int]
    interpretation: float
    rulebooks: tuple[Rulebook, ...]
    outsiders: tuple[str, ...]
    macro_elasticity: float
    strategic_response: float
    corporate_actions: tuple[CorporateAction, ...] = ()


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
        newcomers: list[Newcomer | str] = [*world.pipeline, *symbols]
        quarter_start = sessions_to_quarter(self.sessions)
        self.universe = Universe(world.universe, newcomers, self.streams, quarter_start)
        self.n_stocks = len(self.universe.symbols)
        self.news = NewsFlow(world.news, self.streams)
        self.risk_premium = RiskPremium(world.risk_premium)
        self._open_market(world)
        self._prepare_listings(world)
        self._prepare_indices(world)
        self.participants: list[Participant] = []
        self.borrowers: list[Borrower] = []
        self._actors: list[Actor] = []
        self.crowds: dict[int, Audience] = {}
        self.trackers: list[Any] = []
        self.session = -1
        self.recorder = Recorder(self)
        self.actions = ActionsDesk(self, world.corporate_actions)

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
        self.scales = Scales(
            universe, self.ledger, self.exchange, world.macro_elasticity, world.strategic_response
        )
        self.funds = FundValues(self.ledger)
        self._managers = self._acquirers = 0
        #: Account into and from which companies are paid by those who hold their shares.
        self.companies = 0
        #: Price agreed for each company that is being taken over, USD.
        self.agreed: dict[int, float] = {}
        self.closing_volume = np.zeros(n)
        self._changing: NDArray[np.int64] | None = None
        self._snapshot: Snapshot | None = None
        self.listed_since = np.full(n, -SEASONED, dtype=np.int64)
        self.dollar_volume = DAILY_TURNOVER * np.exp(universe.log_value) * universe.shares
        self.n_market = universe.base.size
        self.initial_market_value = universe.market_value

    def _prepare_listings(self, world: World) -> None:
        self.beliefs: dict[int, Beliefs] = {}
        self.company_news: dict[int, CompanyNews] = {}
        self.listings: list[Listing] = []
        self._at_work: list[Listing] = []
        self._trading = self.universe.base
        self.first_session = 0
        if world.debuts:
            self.first_session = self.calendar.index(world.debuts[0].terms.dates.first_trade)
        for column, debut in zip(self.universe.focus, world.debuts, strict=True):
            symbol = debut.terms.symbol
            self.beliefs[column] = Beliefs(
                symbol, debut.company, world.stories, world.interpretation, self.streams
            )
            self.universe.set_focus_value(column, self.beliefs[column].consensus)
            self.universe.dual_class[column] = debut.terms.unequal_votes
            self.company_news[column] = CompanyNews(debut.news, symbol, self.streams)
            for quarter in range(4, 0, -1):
                self._report_profit(column, world.start - timedelta(days=91 * quarter))
            self.open_listing(debut.terms, column)

    def open_listing(self, terms: OfferingTerms, column: int) -> Listing:
        """A company files to come to market in this column, on these terms."""
        listing = Listing(self, terms, column)
        self.listings.append(listing)
        self._at_work.append(listing)
        return listing

    def _prepare_indices(self, world: World) -> None:
        family = build_family(world.rulebooks, self.calendar, self.streams)
        self.indices = {index.name: index for index in family}

    @property
    def listing(self) -> Listing | None:
        """The offering the run is about, if there is one."""
        return self.listings[0] if self.world.debuts else None

    @property
    def crowd(self) -> Audience | None:
        """The crowd around the company the run is about."""
        return self.crowds.get(self.listings[0].column) if self.world.debuts else None

    # -- accounts -----------------------------------------------------------------------------

    def open_account(
        self,
        owner: Participant,
        *,
        strategic: bool = False,
        neutral: bool = False,
        indexed: bool = False,
        lends: bool = False,
    ) -> int:
        """Give a participant the next account; returns its number."""
        account = len(self.participants)
        if account == self.world.accounts:
            raise RuntimeError(f"more participants than the world's {account} accounts")
        self.participants.append(owner)
        if indexed:
            self.scales.indexed.append(account)
        if strategic:
            self.scales.strategic.append(account)
        if neutral:
            self.scales.neutral.append(account)
        self.lending.set_lender(account, lends)
        return account

    def add_actor(self, actor: Actor) -> None:
        """From now on ask this actor, after those that came before it."""
        self._actors.append(actor)

    def endow_cash(self, account: int, usd: float) -> None:
        """Give an account its starting cash."""
        self.ledger.endow_cash(account, usd)

    def endow_shares(self, account: int, shares: Array, locked: bool = False) -> None:
        """Give an account shares (stocks,) of listed companies; locked ones are never for sale."""
        self.ledger.issue_all(account, shares)
        if locked:
            for column in np.flatnonzero(shares):
                self.ledger.lock(account, int(column), float(shares[column]))

    def appoint_owners(self, managers: int, acquirers: int) -> None:
        """Accounts that receive the fees of funds, and that buy companies whole."""
        self._managers, self._acquirers = managers, acquirers

    def appoint_companies(self, account: int) -> None:
        """The account that pays and is paid in corporate actions."""
        self.companies = account

    def restate(self, column: int, shares: float, log_price: float, log_value: float) -> None:
        """Let everybody restate what he remembers of a stock, as `sim.roles.Restated` says."""
        for actor in self._actors:
            if isinstance(actor, Restated):
                actor.restate(column, shares, log_price, log_value)

    # -- time ---------------------------------------------------------------------------------

    @property
    def day(self) -> int:
        """Trading days since the first trade (day 0)."""
        return self.session - self.first_session

    @property
    def next_date(self) -> date:
        """The next trading day."""
        return self.sessions[self.session + 1]

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
        if self.actions.at_work:
            self.actions.before_open()
        self.exchange.start_day()
        self.news.start_day()
        self.risk_premium.start_day()
        self.closing_volume[:] = 0.0
        self._changing = self._snapshot = None
        self.universe.start_day(self.session, self.news.scale)
        for column in self.universe.departing:
            self._take_over(int(column))
        self._state_tender_offers()
        for listing in self._at_work:
            listing.before_open()
        self.scales.take_stock()
        self.lending.start_day(self.borrowers)
        self.book.orders.fill(0.0)
        if self.lending.forced:  # in equal parts over the auctions of the day
            np.divide(self.lending.buy_ins, self.auctions, out=self.book.orders)
        if self.actions.programmes:
            self.actions.place_orders()

    def _state_tender_offers(self) -> None:
        """Who takes a company over buys any share at the price agreed, that of the announcement."""
        for column in np.flatnonzero(self.universe.leaving & self.universe.listed):
            row, c = self.book.row(self._acquirers), int(column)
            price = self.agreed.setdefault(c, float(self.exchange.last_price[c]))
            held = float(self.ledger.holdings[self._acquirers, c])
            row.neutral[c] = row.floor[c] = held
            row.cap[c] = self.ledger.outstanding[c]
            row.value[c], row.lean[c] = math.log(price), TENDER * self.ledger.outstanding[c]
            row.speed[c] = 1.0

    def _take_over(self, column: int) -> None:
        """A takeover is completed: its buyers pay every holder the price agreed; it delists."""
        price = self.agreed.pop(column, float(self.exchange.last_price[column]))
        held = self.ledger.holdings[self._acquirers, column]
        cost = price * float(self.ledger.outstanding[column] - held)
        debt = -float(self.ledger.cash[self._acquirers])
        self.ledger.endow_cash(self._acquirers, max(cost + debt, 0.0))
        self.ledger.buy_out(self._acquirers, column, price)
        self.close_stock(column, "taken over for cash")

    def close_stock(self, column: int, why: str) -> None:
        """The stock is not listed any more."""
        self.universe.retire(column)
        self.agreed.pop(column, None)
        for array in self.book.arrays():
            array[:, column] = 0.0
        self.recorder.event("delisting", self.universe.symbols[column], why)

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
        macro = self.risk_premium.price(macro, universe.market_news(macro), share)
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
            self._report_profit(column, self.date)
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

    def _report_profit(self, column: int, day: Any) -> None:
        """Publish the net income that the base case implies for the quarter before this day."""
        company = self.world.debuts[self.universe.focus.index(column)].company
        years = (day - company.as_of).days / 365.25
        profit = quarterly_profit(self.beliefs[column].inputs, company.research, years)
        self.universe.set_earnings(column, profit)

    def reported(self, column: int) -> str | None:
        """The quarter a company in focus reports after today's close, if any."""
        news = self.company_news.get(column)
        return news.reported(self.date) if news else None

    def raise_capital(self, column: int, proceeds: float, issue_price: float) -> None:
        """An offering is priced: so many USD come in at this price a share."""
        if column in self.beliefs:
            self.beliefs[column].raise_capital(proceeds, issue_price)
        else:
            self.universe.raise_capital(column, proceeds, issue_price)

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
        self.universe.enlist(column)
        self.universe.shares[column] = self.ledger.outstanding[column]
        self.listed_since[column] = self.session
        self.exchange.set_reference(column, reference)

    def _hold_auction(self, instant: int) -> None:
        self._snapshot = None
        universe, first, last = self.universe, instant == 0, instant == self.instants - 1
        columns = [self._trading] if first or last else []
        crossing = []
        for listing in self._at_work:
            if listing.is_trading and listing.opens_today and first:
                listing.open_trading()
                listing.after_auction()
                crossing.append(listing.column)
        focus = [c for c in universe.focus if universe.listed[c] and c not in crossing]
        if focus:
            columns.append(np.array(focus))
        if columns and not self.exchange.halted:
            chosen = np.concatenate(columns)
            self.exchange.auction(chosen, closing=last)
            if self.actions.programmes:
                self.actions.after_auction(chosen)
            for listing in self._at_work:
                if listing.column not in crossing:
                    listing.after_auction()
            universe.news_taken_up(chosen)
            if first or last:
                self._watch_market()
            if last:
                self._split_volume()
        if crossing:
            young = universe.newcomers[universe.listed[universe.newcomers]]
            ordinary = young[young < universe.ordinary]
            self._trading = np.concatenate((universe.base, ordinary))

    def open_first_trade(self, column: int, reference: float) -> OpeningCross:
        """Hold the opening cross; orders arrive on average `ARRIVAL_MINUTES` after the bell."""
        symbol = self.universe.symbols[column]
        arrives = np.array(
            [
                self.streams(f"opening.arrival.{symbol}.{participant.holder}").exponential(
                    ARRIVAL_MINUTES
                )
                for participant in self.participants
            ]
        )
        every = self.world.market.opening.minutes_per_round

        def arrival(round_number: int) -> Array:
            minutes = (round_number + 1) * every
            share = (arrives <= minutes).astype(np.float64)
            if column in self.crowds and column >= self.universe.ordinary:
                share[self.crowds[column].account] = 1 - np.exp(-minutes / ARRIVAL_MINUTES)
            return share

        speed = self.book.speed[:, column]
        usual = speed.copy()
        if column < self.universe.ordinary:  # small enough for everybody to be there and ready
            speed[:], arrives[:] = 1.0, 0.0
        cross = self.exchange.opening_cross(column, reference, arrival)
        speed[:] = usual
        self.universe.news_taken_up(np.array([column]))
        return cross

    def _split_volume(self) -> None:
        """How much of the day's volume went through the closing cross.

        The last auction stands for the afternoon's trading and the cross at its end: what index
        funds trade is market-on-close, of the rest the part that the exchange's rules say.
        """
        trades = self.exchange.trades[self.scales.indexed]
        bought, sold = np.maximum(trades, 0).sum(axis=0), np.maximum(-trades, 0).sum(axis=0)
        on_close = np.maximum(bought, sold)
        rest = np.maximum(self.exchange.auction_volume - on_close, 0.0)
        np.add(on_close, self.world.market.closing_use * rest, out=self.closing_volume)

    def _watch_market(self) -> None:
        """Tell the exchange how far the market is down; it may halt trading for the day."""
        universe, exchange, n = self.universe, self.exchange, self.n_market
        shares = universe.shares[:n] * universe.listed[:n]
        cap = exchange.last_price[:n] * shares
        self.scales.observe_gap(cap)
        before = float(exchange.previous_close[:n] @ shares)
        halt = exchange.observe_market(1 - float(cap.sum()) / before)
        if halt is not None and exchange.halted:
            self.recorder.event("halt", None, f"market down {halt.fall:.0%}: closed for the day")

    def _close_day(self) -> None:
        self._snapshot = None
        if self.actions.programmes:
            self.actions.after_close()
        dollars = self.exchange.volume * self.exchange.last_price
        days = np.minimum(np.maximum(self.session - self.listed_since + 1, 1), VOLUME_MEMORY)
        self.dollar_volume += (dollars - self.dollar_volume) / days
        self.funds.end_day(self.exchange.last_price, self.dividends_today(), self._managers)
        for actor in self._actors:
            actor.after_close()
        self.lending.end_day(self.exchange.last_price)
        for listing in self._at_work:
            listing.after_close()
        self._at_work = [listing for listing in self._at_work if not listing.is_finished]
        if self.world.debuts and all(listing.is_over for listing in self.listings):
            self.running = False
        if self.day >= 0:
            self.recorder.record()

    # -- indices and funds ----------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """What index rules can see of every company since the last auction."""
        if self._snapshot is None:
            self._snapshot = self._take_snapshot()
        return self._snapshot

    def _take_snapshot(self) -> Snapshot:
        universe = self.universe
        listed = universe.listed
        shares = np.where(listed, universe.shares, 0.0)
        sessions = np.where(listed, self.session - self.listed_since + 1, 0)
        return Snapshot(
            symbols=universe.symbols,
            price=self.exchange.last_price.copy(),
            shares=shares,
            float_shares=self._float_shares(shares),
            listed=listed.copy(),
            leaving=universe.leaving.copy(),
            sessions_listed=sessions,
            dollar_volume=self.dollar_volume.copy(),
            profit_quarter=universe.earnings_quarter.copy(),
            profit_year=universe.earnings_year.copy(),
            dual_class=universe.dual_class,
            nasdaq=universe.nasdaq,
            domestic=universe.domestic,
            financial=universe.financial,
            sector=universe.sector,
        )

    def _float_shares(self, shares: Array) -> Array:
        """Shares not closely held: neither locked nor, locked or not, in the hands of insiders."""
        floating = shares - self.ledger.locked_shares
        accounts = {i.account for each in self.listings for i in each.insiders.values()}
        if accounts:
            young = self.universe.newcomers
            insiders = np.array(sorted(accounts), dtype=np.int64)
            held = self.ledger.holdings[np.ix_(insiders, young)].sum(axis=0)
            floating[young] = np.minimum(floating[young], shares[young] - held)
        return np.maximum(floating, 0.0)

    def dividends_today(self) -> Array:
        """Dividends accrued today, USD a share."""
        universe = self.universe
        return np.where(
            universe.listed, universe.dividend_yield * self.exchange.last_price / TRADING_DAYS, 0.0
        )

    @property
    def market_cap(self) -> float:
        """Value of all shares of the listed companies at the last prices, USD."""
        listed = self.universe.listed
        return float(self.exchange.last_price[listed] @ self.ledger.outstanding[listed])

    def is_debut(self, column: int) -> bool:
        """Whether this company came to market during the run."""
        return column >= self.n_market

    # -- what participants may ask --------------------------------------------------------------

    def opens_today(self, column: int) -> bool:
        """Whether the first trade of this stock is today."""
        return any(
            listing.column == column and listing.is_trading and listing.opens_today
            for listing in self._at_work
        )

    def changing_at_close(self) -> NDArray[np.int64]:
        """Stocks whose index shares change at today's close, as announced before."""
        if self._changing is None:
            columns = {
                change.column
                for index in self.indices.values()
                for change in index.pending
                if change.effective == self.session
            }
            self._changing = np.array(sorted(columns), dtype=np.int64)
        return self._changing

    def short_limit(self, rows: slice, columns: Any = slice(None)) -> Array:
        """Shares that accounts may be short today: owed, borrowable, not recalled; (k, stocks)."""
        limit = np.maximum(-self.ledger.holdings[rows, columns], 0.0)
        limit += self.lending.room[rows, columns]
        if self.lending.forced:
            limit -= self.lending.buy_ins[rows, columns]
            np.maximum(limit, 0.0, out=limit)
        return limit

    def recent_return(self, column: int, days: int) -> float:
        """Log return of a stock over the last days it has traded, 0 before it trades."""
        return self.recorder.log_return(column, days)
