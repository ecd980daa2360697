"""The retail crowd: attention spreads on a social network and buys.

People sit on a scale-free network (Barabási and Albert 1999).  Each is idle, excited or bored:

    idle → excited    1 − (1 − β)^n · (1 − m) · (1 − η·max(r, 0))
    excited → bored   γ · (1 + λ·max(−r, 0))
    bored → idle      δ

n the number of excited neighbours, m the media's pull today, r the stock's log return over the
last five days.  This is SIRS contagion (Kermack and McKendrick 1927; Shiller 2017 for
narratives), with returns and media feeding it (Barber and Odean 2008: attention-driven
buying).  β follows from the reproduction number R₀ = β·k̄/γ.

An excited person wants to hold a ticket of given dollars as long as the price is within what
he or she thinks the share may be worth,

    dollars_k(x) = ticket_k · clip((c + o_k + ω − x) / width, 0, 1),

c the public consensus of log value, o_k the person's own leaning, ω what excitement adds (the
story is told as a better one).  Those who hold keep their shares while excited; a bored person
sells bit by bit.  The crowd trades through one account; what each person holds is kept here and
fills are shared out in proportion to what was wanted.  In an offering excited people bid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from agents.trader import Trader
from sim.inputs import Settings

if TYPE_CHECKING:
    from sim.model import MarketModel
    from sim.offering.listing import Listing

Array = NDArray[np.float64]
IDLE, EXCITED, BORED = 0, 1, 2
#: Log-price step over which the slope of the crowd's demand is taken.
STEP = 0.05


class RetailRules(Settings):
    """Behaviour of the crowd.

    Ranges from the contagion literature: ``reproduction`` 1.2–2.5, ``interest_days`` 5–20,
    mean degree 8–20.  ``wealth_usd`` is the self-directed brokerage money the sample stands
    for and ``ticket`` the share of it an excited person puts into one name (assumptions: about
    $8tn and 7 %, which make retail orders about the $100bn that the press reports).  ``leaning``
    spreads people's own valuations as widely as the stories of the funds, 0.46; ``excitement``
    and ``width`` are assumptions.  ``media_reach`` is the daily chance that full media attention
    excites an idle person, ``media_memory`` how much of it is left a day later.  How many people
    are excited when the prospectus comes out is uncertain: ``initially_excited`` times a
    log-normal factor of spread ``mood_spread`` and mean one.
    """

    people: int = Field(default=3000, ge=0, le=1_000_000)
    links: int = Field(default=5, ge=1, le=100)
    wealth_usd: float = Field(default=8e12, ge=0)
    ticket: float = Field(default=0.07, ge=0, le=1)
    ticket_spread: float = Field(default=1.2, ge=0, le=3)
    leaning: float = Field(default=0.46, ge=0, le=3)
    excitement: float = Field(default=0.4, ge=0, le=3)
    width: float = Field(default=0.25, gt=0, le=3)
    initially_excited: float = Field(default=0.02, ge=0, le=1)
    mood_spread: float = Field(default=0.5, ge=0, le=3)
    reproduction: float = Field(default=1.6, ge=0, le=10)
    interest_days: float = Field(default=12.0, gt=0, le=500)
    boredom_days: float = Field(default=90.0, gt=0, le=5000)
    return_pull: float = Field(default=0.15, ge=0, le=10)
    loss_push: float = Field(default=2.0, ge=0, le=50)
    media_reach: float = Field(default=0.02, ge=0, le=1)
    media_memory: float = Field(default=0.9, ge=0, lt=1)
    buying_pace: float = Field(default=0.2, gt=0, le=1)
    first_day_pace: float = Field(default=0.6, gt=0, le=1)
    selling_pace: float = Field(default=0.06, gt=0, le=1)
    padding: float = Field(default=2.0, ge=1, le=20)
    graph: Literal["scale_free", "small_world"] = "scale_free"

    @model_validator(mode="after")
    def _enough_people(self) -> RetailRules:
        least = 2 * self.links + 1
        if 0 < self.people < least:
            raise ValueError(
                f"people: got {self.people}, expected 0 or at least {least} with {self.links} links"
            )
        return self


#: Media attention drawn by the milestones of an offering (1 = the day of the first trade).
MILESTONES = {"filing": 0.4, "terms": 0.6, "pricing": 0.6, "listing": 1.0, "results": 0.4}


def social_network(rules: RetailRules, rng: np.random.Generator) -> nx.Graph:
    """Draw the network of acquaintances."""
    seed = int(rng.integers(2**31))
    if rules.graph == "small_world":
        return nx.watts_strogatz_graph(rules.people, 2 * rules.links, 0.1, seed=seed)
    return nx.barabasi_albert_graph(rules.people, rules.links, seed=seed)


class RetailCrowd(Trader):
    """All retail investors around one company: one account, many minds."""

    holder = "retail"

    def __init__(self, model: MarketModel, rules: RetailRules, listing: Listing) -> None:
        super().__init__(model)
        self.rules = rules
        self.listing = listing
        self.column = listing.column
        symbol = listing.terms.symbol
        self._contagion = model.streams(f"retail.contagion.{symbol}")
        network = social_network(rules, model.streams(f"retail.network.{symbol}"))
        self.neighbours = nx.to_scipy_sparse_array(network, dtype=np.float64, format="csr")
        degree = float(self.neighbours.sum()) / rules.people
        self.infection = min(rules.reproduction / (rules.interest_days * degree), 1.0)
        people = model.streams(f"retail.people.{symbol}")
        spread = rules.mood_spread
        mood = float(np.exp(spread * people.standard_normal() - 0.5 * spread**2))
        excited = people.random(rules.people) < rules.initially_excited * mood
        self.state = np.where(excited, EXCITED, IDLE)
        wealth = people.lognormal(0.0, rules.ticket_spread, rules.people)
        self.tickets = rules.wealth_usd * rules.ticket * wealth / wealth.sum()
        self.leaning = rules.leaning * people.standard_normal(rules.people)
        self.shares = np.zeros(rules.people)
        self.allotted = np.zeros(rules.people)
        self.media = 0.0
        self._planned = np.zeros(rules.people)
        self._before = 0.0
        self._anchor = 0.0

    @property
    def excited(self) -> float:
        """Share of the people who are excited."""
        return float(np.mean(self.state == EXCITED))

    @property
    def bored(self) -> float:
        """Share of the people who have lost interest."""
        return float(np.mean(self.state == BORED))

    def hear(self, attention: float) -> None:
        """Media attention rises by so much (1 = a first day of trading)."""
        self.media = max(self.media + attention, 0.0)

    def milestone(self, name: str) -> None:
        """A step of the offering is in the news."""
        self.hear(MILESTONES.get(name, 0.0))

    def start_day(self) -> None:
        """Contagion overnight, then plan today's purchases and sales."""
        self._spread()
        row, c = self.row, self.column
        row.neutral[c] = row.floor[c] = row.cap[c] = row.lean[c] = 0.0
        if not self.model.universe.listed[c]:
            return
        self._plan()
        want = float(self._planned.sum())
        self._before = float(self.holdings[c])
        log_price = self.model.exchange.last_log_price[c]
        fewer = self._purchases(log_price) - self._purchases(log_price + STEP)
        row.neutral[c] = max(self._before + want, 0.0)
        row.floor[c] = max(self._before + float(np.minimum(self._planned, 0.0).sum()), 0.0)
        row.lean[c] = float(fewer.sum()) / STEP
        self._anchor = log_price - self.model.universe.log_value[c]
        row.cap[c] = row.neutral[c] + row.lean[c] * STEP

    def before_auction(self, instant: int) -> None:
        """Spread the day's plan evenly over the auctions left; public news moves what they pay."""
        row, c, model = self.row, self.column, self.model
        row.speed[c] = 1.0 / (model.instants - instant)
        row.value[c] = self._anchor + model.universe.log_value[c]

    def _plan(self) -> None:
        """Shares each person means to buy or sell today at the last price."""
        self._planned = self._purchases(self.model.exchange.last_log_price[self.column])
        bored = self.state == BORED
        free = self.shares
        if self._flipping_barred():
            free = np.maximum(self.shares - self.allotted, 0.0)
        self._planned[bored] = -self.rules.selling_pace * free[bored]

    def _flipping_barred(self) -> bool:
        """Whether shares from the offering may not be sold yet under the brokers' rule."""
        terms = self.listing.terms
        return (self.model.date - terms.dates.first_trade).days < terms.retail_flip_days

    def _dollars(self, log_price: float | Array) -> Array:
        """Dollars each excited person wants to have in the stock at a log price."""
        limit = self.model.universe.log_value[self.column] + self.leaning + self.rules.excitement
        keen = np.clip((limit - log_price) / self.rules.width, 0.0, 1.0)
        return np.asarray(np.where(self.state == EXCITED, self.tickets * keen, 0.0))

    def _purchases(self, log_price: float) -> Array:
        """Shares each person would buy today at a log price."""
        gap = self._dollars(log_price) / np.exp(log_price) - self.shares
        # Those who were cut back in the offering come back on the first day.
        first_day = self.model.opens_today(self.column)
        pace = self.rules.first_day_pace if first_day else self.rules.buying_pace
        return np.asarray(pace * np.maximum(gap, 0.0))

    def _spread(self) -> None:
        rules, rng = self.rules, self._contagion
        self.media *= rules.media_memory
        change = self.model.recent_return(self.column, 5)
        contacts = self.neighbours @ (self.state == EXCITED).astype(np.float64)
        stay = (1 - self.infection) ** contacts
        stay *= max(1 - rules.media_reach * self.media, 0.0)
        stay *= max(1 - rules.return_pull * max(change, 0.0), 0.0)
        leave = min(1 / rules.interest_days * (1 + rules.loss_push * max(-change, 0.0)), 1.0)
        draw = rng.random(rules.people)
        state = self.state
        self.state = np.select(
            [
                (state == IDLE) & (draw > stay),
                (state == EXCITED) & (draw < leave),
                (state == BORED) & (draw < 1 / rules.boredom_days),
            ],
            [EXCITED, BORED, IDLE],
            state,
        )

    def after_close(self) -> None:
        """Share the day's fill out over the people in proportion to what they planned.

        Sellers are served first, by the crowd's own buyers and the market; what people trade with
        each other goes through the exchange too and counts as volume.
        """
        held = float(self.holdings[self.column])
        filled = held - self._before
        buy, sell = np.maximum(self._planned, 0.0), np.maximum(-self._planned, 0.0)
        buyers, sellers = float(buy.sum()), float(sell.sum())
        if buyers > 0 and filled + sellers >= 0:
            self.shares += buy * ((filled + sellers) / buyers) - sell
            crossed = min(sellers, filled + sellers)
        elif sellers > 0:
            self.shares -= sell * (-filled / sellers)
            crossed = 0.0
        else:
            crossed = 0.0
        self.model.exchange.volume[self.column] += crossed
        np.maximum(self.shares, 0.0, out=self.shares)
        total = float(self.shares.sum())
        if total > 0:
            self.shares *= held / total
        self._planned[:] = 0.0

    def restate(self, column: int, shares: float, log_price: float, log_value: float) -> None:
        """Everybody counts in new shares."""
        if column == self.column:
            self.shares *= shares
            self.allotted *= shares

    def bid(self, listing: Listing, grid: Array) -> Array | None:
        """Excited people bid for what they want at each price, padded like everyone else."""
        if listing is not self.listing:
            return None
        dollars = np.array([self._dollars(price).sum() for price in np.log(grid)])
        pad = min(max(listing.indicated_coverage, 1.0), self.rules.padding)
        return np.asarray(dollars * pad / grid)

    def receive_allocation(self, listing: Listing, shares: float) -> None:
        """Share out an allocation among the excited in proportion to what they want at the offer.

        If nobody wants any by now, by tickets: who bid must take what he gets.
        """
        wanting = self._dollars(np.log(listing.reference_price))
        if wanting.sum() <= 0:
            wanting = self.tickets
        self.allotted = shares * wanting / wanting.sum()
        self.shares += self.allotted
