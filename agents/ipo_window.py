"""When private companies go public: the window opens and closes with the market.

A company that is ready decides on each evening with probability

    hazard = (1 / wait) · exp( clip(a·heat + b·dearness + c·r, −limit, limit) )

to prepare an offering: heat by how much recent first-day returns exceed what one is used to,
dearness likewise for the mean log price over value of young listed companies, r the market's return
of the last quarter. Companies come when prices are high (Lowry 2003; Pagano, Panetta and Zingales
1998) and after good first days (Ibbotson and Jaffe 1975). Preparing takes two to six months; then
the company files as soon as it still finds the window open, and what has happened in the meantime
is why volume lags returns (Lowry and Schwert 2002). Public filing, roadshow and pricing follow at
fixed distances. A withdrawn offering may be tried once more, later.

The banks sell to funds and to customers of the brokers.  Ranges come from comparables
(`agents.comparables`), corrected for how first closes have compared with them, and prices from the
book (`agents.book_reading`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from agents.book_reading import BookReader, BookReadingRules
from agents.comparables import ComparablesRules, expected_log_value
from agents.market_agent import MarketAgent
from sim.inputs import Settings
from sim.offering.ladder import Lockup, Tranche
from sim.offering.pipeline import STAKES, Pipeline, PrivateCompany, gross_spread
from sim.offering.terms import Insider, OfferingTerms
from sim.offering.timetable import Timetable

if TYPE_CHECKING:
    from agents.banker import Banker
    from agents.flipper import Flipper
    from agents.insider import Insider as InsiderGroup
    from agents.ipo_crowd import IpoCrowd
    from agents.issuer import Issuer
    from agents.new_issues import NewIssues
    from sim.model import MarketModel
    from sim.offering.listing import Listing

WAITING, PREPARING, FILED, GONE = 0, 1, 2, 3
#: Sessions of market return that issuers look at.
QUARTER = 63


class WindowRules(Settings):
    """Timing; times in sessions.

    ``wait`` a ready company waits on average in an ordinary market; ``heat_response`` a,
    ``value_response`` b, ``market_response`` c and ``limit`` are assumptions (Lowry 2003 has volume
    rise by a third and more with one standard deviation of sentiment).  ``prepare_low`` to
    ``prepare_high`` two to six months; ``filing`` from the public filing to the roadshow (at least
    15 calendar days: JOBS Act 2012, section 106) and ``roadshow`` its length (about two weeks).
    ``open_chance`` is the hazard of filing once prepared, in an ordinary market.  ``retry_after``
    is the pause after a withdrawal and ``tries`` how often a company files at most
    (Dunbar and Foerster 2008: few come back).
    A company files if its offering would bring ``smallest`` USD and more: with less it cannot be
    listed (Nasdaq Rule 5505(b), unchecked: publicly held shares worth $5m).
    """

    wait: float = Field(default=126.0, gt=0)
    heat_response: float = Field(default=2.0, ge=0, le=50)
    value_response: float = Field(default=3.0, ge=0, le=50)
    market_response: float = Field(default=3.0, ge=0, le=50)
    limit: float = Field(default=2.0, ge=0, le=10)
    prepare_low: int = Field(default=42, ge=0, le=1000)
    prepare_high: int = Field(default=126, ge=0, le=1000)
    open_chance: float = Field(default=0.1, gt=0, le=1)
    filing: int = Field(default=12, ge=1, le=250)
    roadshow: int = Field(default=9, ge=1, le=100)
    retry_after: int = Field(default=126, ge=0, le=2000)
    tries: int = Field(default=2, ge=1, le=10)
    smallest: float = Field(default=5e6, ge=1e5)
    comparables: ComparablesRules = ComparablesRules()
    reading: BookReadingRules = BookReadingRules()

    @model_validator(mode="after")
    def _ordered(self) -> WindowRules:
        if self.prepare_low > self.prepare_high:
            raise ValueError(
                f"prepare_low: got {self.prepare_low}, expected at most {self.prepare_high}"
            )
        return self


@dataclass(frozen=True)
class Underwriting:
    """Who takes part in every offering: groups of holders, the bank, the decision maker, and the
    accounts of the issuers and of the syndicate."""

    insiders: Mapping[str, InsiderGroup]
    banker: Banker
    issuer: Issuer
    issuer_account: int
    syndicate: int


class IpoWindow(MarketAgent):
    """All private companies, each deciding when to come.

    Parameters
    ----------
    model : MarketModel
    rules : WindowRules
    pipeline : Pipeline
        The companies in the order of their columns, the first of which follows those listed at
        the start.
    issues : NewIssues
        What everybody sees of the market for new issues.
    underwriting : Underwriting
    crowd : IpoCrowd, optional
    flipper : Flipper

    Attributes
    ----------
    stage, due, tries : NDArray
        Shape (companies,): where each stands, the session at which it may next do something, and
        how often it has filed.
    listings : list of (number, Listing)
        All offerings ever filed, with the number of the company.
    """

    model: MarketModel

    def __init__(
        self,
        model: MarketModel,
        rules: WindowRules,
        pipeline: Pipeline,
        issues: NewIssues,
        underwriting: Underwriting,
        crowd: IpoCrowd | None,
        flipper: Flipper,
    ) -> None:
        super().__init__(model)
        self.rules, self.customs, self.companies = rules, pipeline.rules, pipeline.companies
        self._issues, self._underwriting, self._crowd = issues, underwriting, crowd
        self._banker = underwriting.banker
        self._rng = model.streams("ipo.window")
        self._reader = BookReader(rules.reading, issues, self._banker)
        others = (flipper, crowd) if crowd else (flipper,)
        funds = [p.account for p in model.participants if p.relationship > 0]
        self._clients = frozenset([*funds, *(each.account for each in others)])
        companies = self.companies
        n = len(companies)
        self.first_column = model.n_market
        self.stage: NDArray[np.int64] = np.full(n, WAITING)
        self.due = np.array([company.ready for company in companies], dtype=np.int64)
        self.tries = np.zeros(n, dtype=np.int64)
        self.listings: list[tuple[int, Listing]] = []
        self._at_work: list[tuple[int, Listing]] = []
        self._start_backlog()
        model.add_actor(self)

    def _start_backlog(self) -> None:
        """Half of the backlog is in preparation at the start, at every stage of it."""
        backlog = np.flatnonzero(self.due < 0)
        under_way = backlog[: backlog.size // 2]
        self.stage[under_way] = PREPARING
        last = self.rules.prepare_high
        self.due[under_way] = (self._rng.random(under_way.size) * last).astype(np.int64)

    @property
    def openness(self) -> float:
        """Factor on the chance of coming to market, 1 in an ordinary market."""
        rules, issues = self.rules, self._issues
        pull = rules.heat_response * issues.heat + rules.value_response * issues.dearness
        pull += rules.market_response * issues.market_return(QUARTER)
        return math.exp(min(max(pull, -rules.limit), rules.limit))

    def start_day(self) -> None:
        """Decisions are made in the evening."""

    def before_auction(self, instant: int) -> None:
        """Decisions are made in the evening."""

    def after_close(self) -> None:
        """See who withdrew; let companies start to prepare and file for tomorrow."""
        self._follow_up()
        rules, today = self.rules, self.model.session
        decide, length = self._rng.random((2, len(self.companies)))
        open_now, due = self.openness, self.due <= today
        starting = (self.stage == WAITING) & due & (decide < open_now / rules.wait)
        filing = (self.stage == PREPARING) & due & (decide < open_now * rules.open_chance)
        span = rules.prepare_high - rules.prepare_low + 1
        self.stage[starting] = PREPARING
        self.due[starting] = today + rules.prepare_low + (length[starting] * span).astype(np.int64)
        for number in map(int, np.flatnonzero(filing)):
            if self._would_raise(number) < rules.smallest:
                self._wait(number)
            else:
                self._file(number)

    def _would_raise(self, number: int) -> float:
        """USD that an offering at public value would bring."""
        universe, column = self.model.universe, self.first_column + number
        worth = math.exp(universe.log_value[column]) * float(universe.shares[column])
        sold = self.companies[number].sold
        return worth * sold / (1 - sold)

    def _wait(self, number: int) -> None:
        """Nothing comes of it for now."""
        self.stage[number] = WAITING
        self.due[number] = self.model.session + self.rules.retry_after

    def _follow_up(self) -> None:
        """Who withdrew may come again."""
        for number, listing in self._at_work:
            if not listing.is_over:
                continue
            self._wait(number)
            if self.tries[number] >= self.rules.tries:
                self.stage[number] = GONE
        self._at_work = [(k, li) for k, li in self._at_work if li.pricing is None]

    def _file(self, number: int) -> None:
        """Open the listing of a company: terms, holders, clients, crowd."""
        model, company, team = self.model, self.companies[number], self._underwriting
        column, first_try = self.first_column + number, self.tries[number] == 0
        self.stage[number] = FILED
        self.tries[number] += 1
        rng = model.streams(f"ipo.range.{company.newcomer.symbol}")
        comparable = math.exp(expected_log_value(model, self.rules.comparables, column, rng))
        mid = (1 - self._banker.discount) * self._issues.premium * comparable
        # shares are split so that the range lies where investors are used to
        split = mid / company.price
        model.universe.split(column, split)
        model.ledger.split(column, split)  # nobody holds any before the first try
        model.restate(column, split, -math.log(split), -math.log(split))
        mid, comparable = company.price, comparable / split
        listing = model.open_listing(self._terms(company, column, mid), column)
        shares = listing.terms.stakes()
        for holder in STAKES:
            # Who files again holds its shares already.
            held = shares[holder] if first_try else 0.0
            listing.register_insider(team.insiders[holder], held)
        listing.appoint(team.banker, team.issuer, team.issuer_account, team.syndicate)
        listing.invited, listing.reader = self._clients, self._reader
        model.exchange.set_reference(column, mid)  # until it trades, the price it is taken for
        model.universe.news_shift[column] = 0.0  # which knows what has been heard until now
        self._issues.expect(listing, comparable)
        if self._crowd is not None:
            self._crowd.follow(listing, company)
        self.listings.append((number, listing))
        self._at_work.append((number, listing))

    def _terms(self, company: PrivateCompany, column: int, mid: float) -> OfferingTerms:
        model, rules, custom = self.model, self.rules, self.customs
        half = self._banker.rules.range_half_width
        outstanding = float(model.universe.shares[column])
        shares = round(outstanding * company.sold / (1 - company.sold))
        proceeds = mid * shares
        spread = gross_spread(proceeds, company.custom)
        sessions, filed = model.sessions, model.session + 1
        roadshow = filed + rules.filing
        pricing = roadshow + rules.roadshow
        dates = Timetable(
            public_filing=sessions[filed],
            terms_set=sessions[roadshow],
            pricing=sessions[pricing],
            first_trade=sessions[pricing + 1],
        )
        cliff = Tranche(name="cliff", holders=tuple(STAKES), remaining=True, day=custom.lockup_days)
        symbol = company.newcomer.symbol
        return OfferingTerms(
            company=symbol,
            symbol=symbol,
            mechanism="bookbuilding",
            range=(round(mid * (1 - half), 2), round(mid * (1 + half), 2)),
            shares=shares,
            over_allotment=custom.over_allotment,
            gross_spread=spread,
            over_allotment_spread=spread,
            retail_share=custom.retail_share,
            retail_flip_days=custom.retail_flip_days,
            dates=dates,
            shares_outstanding=outstanding,
            index_candidate=False,
            raise_target=proceeds,
            minimum_raise=proceeds * (1 - company.patience),
            reservation_price=mid * custom.reservation,
            insiders=tuple(
                Insider(holder=holder, shares=outstanding * part) for holder, part in STAKES.items()
            ),
            lockup=Lockup(anchor=dates.pricing, tranches=(cliff,)),
        )
