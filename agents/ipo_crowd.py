"""The crowd around many new issues at once: attention in mean field, one account.

`agents.retail_crowd` follows thousands of people on a network for one company.  Here the people
around each of hundreds of companies are described by three shares of their number, excited e,
bored b and idle 1 − e − b, which move as the network's people do on average (SIRS in mean field;
Kermack and McKendrick 1927, Shiller 2017):

    idle → excited    1 − exp(−R·γ·e) · (1 − ρ·m) · (1 − η·max(r, 0))
    excited → bored   γ · (1 + λ·max(−r, 0))
    bored → idle      δ

m the media's attention to this company, r its log return over five days, R = R₀·exp(h) how many
one excited person excites, more in a good mood h.  Behaviour per person is that of `RetailRules`.

Companies differ in their appeal, a log-normal, and their fame f, the appeal times a measure of size
(Barber and Odean 2008 on unequal attention): the media report f times as much, f times as many
people are excited when it files, and returns are heard of f times as often.  The tickets T of all
who would ever be interested are a multiple of the deal times the appeal.  What people want to hold
at log price x is the network's rule summed in closed form, with leanings o normal of spread s:

    dollars(x) = e·T · [G(μ) − G(μ − width)] / width,   μ = c + ω·e/ē − x,
    G(y) = y Φ(y/s) + s φ(y/s),

c public log value.  The more people tell a story the more it convinces, hence e/ē.  Those who hold
more than they want at the price take profits bit by bit.  Those who were allotted shares are asked
to keep them for a while, but part with them the sooner the more they have gained,

    part that sells at a log gain g over the offer = clip(g / resolve, 0, 1),

in the auction in which it is gained: that is what meets the buyers of a hot first day (customers
flip as well, Aggarwal 2003; winners are sold, Shefrin and Statman 1985, Kaustia 2004 for new
issues).  Moods go round: h is common to all,

    h ← ρ_h h + κ_m·(market return) + κ_i·Σ(first-day return − usual one) + σ_h ε,

fed by the first days of today's new issues (Ljungqvist, Nanda and Singh 2006 on sentiment
investors and hot markets; Cornelli, Goldreich and Ljungqvist 2006).

Only a part of the people has a broker who takes orders for offerings; the others come when trading
starts.  Customers of the syndicate's brokers besides subscribe to a part of any deal, whatever it
is: they are the uninformed of Rock (1986).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import ndtr

from agents.retail_crowd import MILESTONES, STEP, RetailRules
from agents.trader import Trader
from sim.inputs import Settings

if TYPE_CHECKING:
    from agents.new_issues import NewIssues
    from agents.seasoning import Seasoning
    from sim.model import MarketModel
    from sim.offering.listing import Listing
    from sim.offering.pipeline import PrivateCompany

Array = NDArray[np.float64]
#: Sessions over which people look back at returns.
LOOK_BACK = 5
#: Largest multiple of what excitement usually adds (assumption).
MOST_HYPE = 5.0
FAMOUS = 10e9  # company value [USD] at which the media report as about the largest


class IpoCrowdRules(Settings):
    """What the crowd around many companies adds to the behaviour of its people.

    ``tickets`` of all interested people as a multiple of the deal, for a company of usual appeal
    (around SpaceX they come to 7.5 times its deal, $560bn for $75bn). Appeal has mean one and log
    spread ``appeal``; fame is appeal times (value / $10bn) to the power ``fame`` (assumption), at
    most 1. ``convincing`` ē is the share excited at which excitement adds what `RetailRules` says
    (assumption: half of the share that is excited when SpaceX is first traded). ``access`` is the
    part of the people who can bid in offerings (assumption: not all brokers give access),
    ``subscribers`` what customers take of any deal, as a part of it (enough for the 40 % and more
    of deals that institutions do not want, Aggarwal, Prabhala and Puri 2002). ``resolve`` is the
    log gain at which all of them sell what they were asked to keep (assumption). ``tickets``,
    ``appeal`` and ``subscribers`` are calibrated.

    Sentiment: ``persistence`` ρ_h a day (0.9–0.97 in models of retail sentiment), ``market_pull``
    κ_m (2–5), ``issue_pull`` κ_i and ``shock`` σ_h (calibrated); ``most`` bounds |h|.
    """

    tickets: float = Field(default=7.144, ge=0, le=100)
    appeal: float = Field(default=0.9227, ge=0, le=3)
    fame: float = Field(default=0.3, ge=0, le=2)
    convincing: float = Field(default=0.1, gt=0, le=1)
    access: float = Field(default=0.7, ge=0, le=1)
    subscribers: float = Field(default=0.3405, ge=0, le=10)
    resolve: float = Field(default=1.0, gt=0, le=1000)
    persistence: float = Field(default=0.97, ge=0, lt=1)
    market_pull: float = Field(default=3.0, ge=0, le=50)
    issue_pull: float = Field(default=1.263, ge=0, le=20)
    shock: float = Field(default=0.04419, ge=0, le=1)
    most: float = Field(default=2.5, ge=0, le=10)


class Following:
    """The people around one company, as the model sees them (`sim.roles.Audience`)."""

    def __init__(self, crowd: IpoCrowd, place: int) -> None:
        self._crowd, self._place = crowd, place
        self.account = crowd.account

    @property
    def media(self) -> float:
        """Media attention (1 = the first day of a famous company)."""
        return float(self._crowd.media[self._place])

    @media.setter
    def media(self, attention: float) -> None:
        self._crowd.media[self._place] = attention

    @property
    def excited(self) -> float:
        """Share of the people who are excited."""
        return float(self._crowd.excited[self._place])

    @property
    def bored(self) -> float:
        """Share of the people who have lost interest."""
        return float(self._crowd.bored[self._place])

    def hear(self, attention: float) -> None:
        """The media turn to the company; how much depends on its fame."""
        self.media = max(self.media + attention * float(self._crowd.fame[self._place]), 0.0)

    def milestone(self, name: str) -> None:
        """A step of the offering is in the news."""
        self.hear(MILESTONES.get(name, 0.0))


class IpoCrowd(Trader):
    """Retail investors around all companies of the pipeline: one account.

    Attributes
    ----------
    excited, bored, media, fame : Array
        Shape (companies,), in the order of the columns.
    eager, tired, keeping : Array
        Shares held by the excited, the bored and the idle, shape (companies,).
    sentiment : float
        h, common to all.
    """

    holder = "retail"

    def __init__(
        self, model: MarketModel, rules: IpoCrowdRules, people: RetailRules, issues: NewIssues
    ) -> None:
        super().__init__(model)
        self.rules, self.people, self._issues = rules, people, issues
        self.columns = np.arange(model.n_market, model.universe.ordinary)
        n = self.columns.size
        self.excited, self.bored, self.media = np.zeros(n), np.zeros(n), np.zeros(n)
        self.eager, self.tired, self.keeping = np.zeros(n), np.zeros(n), np.zeros(n)
        self.fame, self._tickets = np.zeros(n), np.zeros(n)
        self.sentiment = 0.0
        #: Through which funds learn how much of a deal went to these people.
        self.seasoning: Seasoning | None = None
        self._mood = model.streams("ipo_crowd.sentiment")
        self._followed = np.zeros(n, dtype=bool)
        self._allotted = np.zeros(n)
        self._paid = np.full(n, np.inf)  # log price at which shares were allotted
        #: Shares of those who keep what they were allotted, and of those who do so no longer.
        self._loyal, self._leaving = np.zeros(n), np.zeros(n)
        self._barred_until = np.full(n, -1, dtype=np.int64)
        self._opens = np.full(n, -1, dtype=np.int64)
        self._past = np.zeros((LOOK_BACK + 1, n))
        self._buy = np.zeros(n)
        self._sold = np.zeros((3, n))  # of the excited, the bored and the idle
        self._before, self._anchor = np.zeros(n), np.zeros(n)

    # -- interest -------------------------------------------------------------------------------

    def follow(self, listing: Listing, company: PrivateCompany) -> None:
        """A company has filed: some people take an interest."""
        k, people = listing.column - int(self.columns[0]), self.people
        value = listing.shares_after * listing.reference_price
        spread = self.rules.appeal
        appeal = math.exp(spread * company.appeal - 0.5 * spread**2)
        self.fame[k] = min((value / FAMOUS) ** self.rules.fame, 1.0) * appeal
        deal = listing.terms.offered * listing.reference_price
        self._tickets[k] = self.rules.tickets * appeal * deal
        self.excited[k] = min(people.initially_excited * self.fame[k], 1.0)
        self._followed[k] = True
        self._opens[k] = listing.first_session
        model, terms = self.model, listing.terms
        flip_end = terms.dates.first_trade.toordinal() + terms.retail_flip_days
        session = listing.first_session
        while model.sessions[session].toordinal() < flip_end:
            session += 1
        self._barred_until[k] = session
        model.focus.crowds[listing.column] = Following(self, k)

    def _spread_interest(self) -> None:
        people = self.people
        self.media *= people.media_memory
        change = self._past[-1] - self._past[0]
        infection = people.reproduction * math.exp(self.sentiment) / people.interest_days
        stay = np.exp(-infection * self.excited)
        stay *= np.maximum(1 - people.media_reach * self.media, 0.0)
        pull = people.return_pull * np.minimum(self.fame, 1.0)
        stay *= np.maximum(1 - pull * np.maximum(change, 0.0), 0.0)
        catch = np.where(self._followed, 1 - stay, 0.0)
        leave = (1 + people.loss_push * np.maximum(-change, 0.0)) / people.interest_days
        np.minimum(leave, 1.0, out=leave)
        wake = 1 / people.boredom_days
        idle = 1 - self.excited - self.bored
        self.excited, self.bored = (
            self.excited * (1 - leave) + idle * catch,
            self.bored * (1 - wake) + self.excited * leave,
        )
        self.eager, self.tired, self.keeping = (  # shares stay with their people
            self.eager * (1 - leave) + self.keeping * catch,
            self.tired * (1 - wake) + self.eager * leave,
            self.keeping * (1 - catch) + self.tired * wake,
        )

    # -- demand ---------------------------------------------------------------------------------

    def _dollars(self, log_price: Array, excited: Array | float) -> Array:
        """USD that an average person with a ticket of one would put in at log prices less value."""
        people = self.people
        top = people.excitement * np.minimum(excited / self.rules.convincing, MOST_HYPE) - log_price
        spread, width = max(people.leaning, 1e-9), people.width
        return np.asarray((_mean_excess(top, spread) - _mean_excess(top - width, spread)) / width)

    def _gap(self, log_price: Array) -> Array:
        """Shares that the excited want at log prices (companies,) beyond what they hold."""
        over = log_price - self.model.universe.log_value[self.columns]
        wanted = self.excited * self._tickets * self._dollars(over, self.excited)
        return np.asarray(wanted / np.exp(log_price) - self.eager)

    def start_day(self) -> None:
        """Interest spreads overnight; then plan today's purchases and sales."""
        self._spread_interest()
        model, row, c, people = self.model, self.row, self.columns, self.people
        listed = model.universe.listed[c]
        log_price = model.exchange.last_log_price[c]
        # Those who were cut back in the offering, or could not bid, come on the first day.
        pace = np.where(self._opens == model.session, people.first_day_pace, people.buying_pace)
        gap, dearer = self._gap(log_price), self._gap(log_price + STEP)
        self._buy = np.where(listed, pace * np.maximum(gap, 0.0), 0.0)
        self._before = self.holdings[c].copy()
        self._loyal[model.session >= self._barred_until] = 0.0
        self._part_with(log_price)
        kept = self._loyal + self._leaving
        # Some take profits: excited, bored and idle.
        self._sold = np.array(
            [np.maximum(-gap, 0.0), self.tired, self._tempted(log_price) * self.keeping]
        )
        willing = self._sold.sum(axis=0)
        free = np.minimum(willing, np.maximum(self._before - kept, 0.0))
        self._sold *= people.selling_pace * _part(free, willing)
        self._sold += self._shares_of(self._leaving)
        self._sold[:, ~listed] = 0.0
        sell = self._sold.sum(axis=0)
        lean = np.where(listed, pace * (gap.clip(min=0) - dearer.clip(min=0)), 0.0) / STEP
        # What the loyal would part with if it rose on from here.
        rising = listed & (log_price >= self._paid) & (self._loyal > 0)
        lean += np.where(rising, self._allotted / self.rules.resolve, 0.0)
        row.floor[c] = np.maximum(self._before - sell - rising * self._loyal, 0.0)
        row.neutral[c] = np.maximum(self._before + self._buy - sell, 0.0)
        row.lean[c], row.cap[c] = lean, row.neutral[c] + lean * STEP
        self._anchor = log_price - model.universe.log_value[c]

    def _tempted(self, log_price: Array) -> Array:
        """Part of the people with a gain who sell for it."""
        return np.clip((log_price - self._paid) / self.rules.resolve, 0.0, 1.0)

    def _part_with(self, log_price: Array) -> Array:
        """Shares that people no longer keep, as the price has risen so far."""
        loyal = np.minimum(self._loyal, self._allotted * (1 - self._tempted(log_price)))
        parted, self._loyal = self._loyal - loyal, loyal
        self._leaving += parted
        return parted

    def before_auction(self, instant: int) -> None:
        """Half of the day's plan in each of the two auctions; public news moves what they pay."""
        row, c, model = self.row, self.columns, self.model
        row.speed[c] = 1.0 if instant == model.instants - 1 else 0.5
        row.value[c] = self._anchor + model.universe.log_value[c]

    def after_close(self) -> None:
        """Share today's fill out, note prices, let the mood move on."""
        self._share_out()
        log_price = self.model.exchange.last_log_price[self.columns]
        self._past[:-1] = self._past[1:]
        self._past[-1] = log_price
        # Returns count from the first close on.
        waiting = self._opens >= self.model.session
        self._past[:, waiting] = log_price[waiting]
        self._feel()

    def _share_out(self) -> None:
        """Sellers are served first, by the crowd's own buyers and the market."""
        c, buy = self.columns, self._buy
        self._sold += self._shares_of(self._part_with(self.model.exchange.last_log_price[c]))
        sell = self._sold.sum(axis=0)
        held = self.holdings[c]
        filled = held - self._before
        bought = np.maximum(filled + sell, 0.0)
        sold = np.where((buy > 0) & (filled + sell >= 0), sell, np.maximum(-filled, 0.0))
        bought = np.where(buy > 0, bought, np.maximum(filled, 0.0))
        self.model.exchange.volume[c] += np.minimum(bought, sold)
        self._leaving = np.maximum(self._leaving - sold, 0.0)
        pools = np.maximum(self._pools() - self._sold * _part(sold, sell), 0.0)
        pools[0] += bought
        pools *= _part(held, pools.sum(axis=0))
        self.eager, self.tired, self.keeping = pools

    def _pools(self) -> Array:
        """Shares of the excited, the bored and the idle, (3, companies)."""
        return np.array([self.eager, self.tired, self.keeping])

    def _shares_of(self, shares: Array) -> Array:
        """Whose so many shares of those that were allotted are, (3, companies): everybody's
        alike."""
        pools = self._pools()
        return pools * _part(shares, pools.sum(axis=0))

    def _feel(self) -> None:
        """Sentiment of the next day."""
        rules, issues = self.rules, self._issues
        mood = rules.persistence * self.sentiment
        mood += rules.market_pull * issues.market_return(1)
        mood += rules.issue_pull * sum(r - issues.usual for r in issues.today)
        mood += rules.shock * float(self._mood.standard_normal())
        self.sentiment = min(max(mood, -rules.most), rules.most)

    def restate(self, column: int, shares: float, log_price: float, log_value: float) -> None:
        """Count in new shares, and remember prices of those."""
        k = column - int(self.columns[0])
        if 0 <= k < self.columns.size:
            held = (self.eager, self.tired, self.keeping, self._loyal, self._leaving)
            for pool in (*held, self._allotted):
                pool[k] *= shares
            self._paid[k] += log_price
            self._past[:, k] += log_price

    # -- the offering -----------------------------------------------------------------------------

    def bid(self, listing: Listing, grid: Array) -> Array | None:
        """People with access bid for what they want at each price, padded like everyone else."""
        k = listing.column - int(self.columns[0])
        if not 0 <= k < self.columns.size:
            return None
        over = np.log(grid) - self.model.universe.log_value[listing.column]
        dollars = self._keen(k, over)
        return np.asarray((dollars * self._padding(listing) + self._subscribed(listing)) / grid)

    def _padding(self, listing: Listing) -> float:
        """The multiple of what they want that people with access ask for."""
        return min(max(listing.indicated_coverage, 1.0), self.people.padding)

    def _keen(self, k: int, over: Array) -> Array:
        """USD that excited people with access want at log prices over value."""
        excited = float(self.excited[k])
        return self.rules.access * excited * self._tickets[k] * self._dollars(over, excited)

    def _subscribed(self, listing: Listing) -> float:
        """USD that customers of the brokers ask for."""
        return self.rules.subscribers * listing.shares_on_offer * listing.reference_price

    def receive_allocation(self, listing: Listing, shares: float) -> None:
        """Those who were allotted shares may not sell them for a while.

        The excited get a part according to what they asked for; customers are as excited, bored or
        idle as people are on average.
        """
        k = listing.column - int(self.columns[0])
        price = math.log(listing.reference_price) - self.model.universe.log_value[listing.column]
        keen = float(self._keen(k, np.array(price))) * self._padding(listing)
        rest = shares * self._subscribed(listing) / max(keen + self._subscribed(listing), 1e-300)
        self._allotted[k] = self._loyal[k] = shares
        self._paid[k] = math.log(listing.reference_price)
        if self.seasoning is not None and listing.allocation is not None:
            self.seasoning.allotted(listing.column, shares / float(listing.allocation.sum()))
        self.eager[k] += shares - rest + rest * self.excited[k]
        self.tired[k] += rest * self.bored[k]
        self.keeping[k] += rest * (1 - self.excited[k] - self.bored[k])


def _part(shares: Array, of: Array) -> Array:
    """Shares over others, 0 where there are none of these."""
    return np.divide(shares, of, out=np.zeros_like(of), where=of > 0)


def _mean_excess(mean: Array, spread: float) -> Array:
    """E max(y, 0) of a normal y."""
    z = mean / spread
    density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return np.asarray(mean * ndtr(z) + spread * density)
