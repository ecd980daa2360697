"""The Mesa model: one trading day, top to bottom.

`MarketModel.step` is one trading day.  The days before the first trade are the roadshow; the
first trade is day 0.  The model knows the rules of the world and asks its participants, whom
it does not know, the questions of `sim.roles`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.actions import ActionsDesk, TenderOffers
from sim.calendar import TRADING_DAYS, TradingCalendar, sessions_to_quarter
from sim.focus import CompaniesInFocus
from sim.fund_values import FundValues
from sim.index import build_family
from sim.market.borrowing import Borrower, SecuritiesLending
from sim.market.demand import DemandBook
from sim.market.exchange import Exchange
from sim.market.ledger import Ledger
from sim.news import NewsFlow
from sim.offering.listing import Listing
from sim.offering.terms import OfferingTerms
from sim.public_record import PublicRecord
from sim.recorder import Recorder
from sim.risk_premium import RiskPremium
from sim.roles import Actor, Participant, Restated
from sim.scales import Scales
from sim.streams import Streams
from sim.universe import Newcomer, Universe
from sim.world import World

Array = NDArray[np.float64]


class MarketModel(mesa.Model):
    """A market of listed companies, and companies that come to it.

    Parameters
    ----------
    world : World
    seed : int

    Notes
    -----
    Arrays of agents × stocks live in ``book`` and ``ledger``; agents own rows of them.  What is
    known of all companies is in ``public_record``, more about those in focus in ``focus``,
    takeovers and corporate actions in ``tenders`` and ``actions``, offerings in ``listings``.
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
        self.tenders = TenderOffers(self)
        self._managers = 0
        #: Account into and from which companies are paid by those who hold their shares.
        self.companies = 0
        self.closing_volume = np.zeros(n)
        self._changing: NDArray[np.int64] | None = None
        self.public_record = PublicRecord(self)
        self.n_market = universe.base.size
        self.initial_market_value = universe.market_value

    def _prepare_listings(self, world: World) -> None:
        self.focus = CompaniesInFocus(self)
        self.listings: list[Listing] = []
        self._at_work: list[Listing] = []
        self._trading = self.universe.base
        self.first_session = 0
        if world.debuts:
            self.first_session = self.calendar.index(world.debuts[0].terms.dates.first_trade)
        for column, debut in zip(self.universe.focus, world.debuts, strict=True):
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
        self.scales.count(account, strategic=strategic, neutral=neutral, indexed=indexed)
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
        self._managers, self.tenders.buyers = managers, acquirers

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
        self._changing = None
        self.public_record.out_of_date()
        self.universe.start_day(self.session, self.news.scale)
        self.tenders.before_open()
        for listing in self._at_work:
            listing.before_open()
        self.scales.take_stock()
        self.lending.start_day(self.borrowers)
        self.book.orders.fill(0.0)
        if self.lending.forced:  # in equal parts over the auctions of the day
            np.divide(self.lending.buy_ins, self.auctions, out=self.book.orders)
        if self.actions.programmes:
            self.actions.place_orders()

    def close_stock(self, column: int, why: str) -> None:
        """The stock is not listed any more."""
        self.universe.retire(column)
        self.tenders.lapse(column)
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
        self.focus.publish(macro, opening=instant == 0)

    def list_stock(self, column: int, reference: float) -> None:
        """From today on the stock is traded; the first auction starts from this price."""
        self.universe.enlist(column)
        self.universe.shares[column] = self.ledger.outstanding[column]
        self.public_record.enlist(column)
        self.exchange.set_reference(column, reference)

    def _hold_auction(self, instant: int) -> None:
        self.public_record.out_of_date()
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

    def _split_volume(self) -> None:
        """How much of the day's volume went through the closing cross.

        The last auction stands for the afternoon's trading and the cross at its end: what index
        funds trade is market-on-close, of the rest the part that the exchange's rules say.
        """
        on_close = self.exchange.traded_by(self.scales.indexed)
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
        self.public_record.out_of_date()
        if self.actions.programmes:
            self.actions.after_close()
        self.public_record.end_day()
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
        """Stocks that index funds trade at today's close, as announced before.

        Where no money follows an index its changes are no event.
        """
        if self._changing is None:
            columns = {
                change.column
                for tracker in self.trackers
                for change in tracker.index.pending
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
