"""Active funds: each trades on a story of its own.

At log price x a fund wants to hold

    Q(x) = clip( w·C + ε·(W/M)·r·S·(v − x), 0, cap ),

v its own log value per share, W its wealth, M the value of all listed companies, S the shares
of the company, C the part of those in circulation (not held by insiders or other strategic owners)
that is left to such funds, r the strategic response (both `sim.scales`), w its share of the wealth
of all such funds.  Two ideas are in it:

* *neutral* w·C: if all agree and the price equals value, the circulation is held in
  proportion to wealth and nobody wishes to trade.  It does not depend on the fund's own
  valuation in shares, so prices follow value one for one.
* *lean* ε·(W/M)·r·S: what a fund will tilt per unit of log mispricing is set by its wealth and
  the size of the whole company, not by how much of it happens to float.  For a company that
  floats entirely this is Koijen and Yogo's (2019) log-linear demand with elasticity ε.  For
  one that floats 5 % it gives Hong, Scheinkman and Xiong (2006): risk-bearing capacity is
  large against the float, so where nobody can go below zero the most optimistic stories set
  the price (Miller 1977), and the premium falls as lock-ups release shares.

v is the story's value plus a private opinion that wanders as a stationary AR(1): slowly for
long-only funds, over days for hedge funds.  While the media are full of a company opinions about
it move faster (1 + attention): disagreement, and with it volume, rises with attention (Barber and
Odean 2008; Hong and Stein 2007).  Wealth
across funds follows a power law (fund sizes are fat-tailed: Schwarzkopf and Farmer 2010).

A fund that is measured against an index leans towards what the index holds: its neutral holding is
w·C·(1 + τ·m), m = 1 − p for members of the index and −p for others, p the members' part of the
market's value, so that the whole stays worth the same.  A closet indexer has τ = 1, nothing but the
index, and tilts away from it a little only (Cremers and Petajisto 2009); demand from such funds
follows an index as that of index funds does, if slowly (Pavlova and Sikorskaya 2023).  An
uninformed fund does not follow the news of single companies: in place of value it puts what the
price has been lately, u ← u + (x − u)/T, and learns from the others (Grossman and Stiglitz 1980).

A fund covers only a part of the companies listed at the start, each with probability q, and has
nothing to do with the others: Q(x) is multiplied by 1/q or 0, scaled so that the funds of a kind
together hold and lean as before and each can pay for its part (`agents.coverage`).  This is
what makes funds stray from the index, and from each other (Koijen and Yogo 2019: most institutions
hold a small, persistent set of stocks; tracking errors of active equity funds are 4–7 % a year:
Petajisto 2013).

In an offering a fund asks for more than it wants when it expects to be cut back
(``padding``): it multiplies its wish by the coverage the banks indicate, up to a limit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from agents.trader import Trader
from sim.inputs import Settings

if TYPE_CHECKING:
    from sim.model import MarketModel
    from sim.offering.listing import Listing

Array = NDArray[np.float64]


class Family(Protocol):
    """The family in which a fund's opinions move on and its wishes are worked out."""

    def bids(self, listing: Listing, grid: Array) -> Array:
        """Shares of an offering that each fund of the family bids for, (funds, prices)."""


class ActiveFundRules(Settings):
    """Behaviour of one kind of active fund.

    ``elasticity`` 1.6 with a tenth of the market in hedge funds gives a micro multiplier of about a
    half today and one in 1995 (Gabaix and Koijen 2021: about 1, 0.3–3; Koijen and Yogo 2019);
    hedge funds lean an order of magnitude harder per dollar.  ``half_life_days`` is how long
    half of a gap between wanted and held shares takes, ``event_speed`` the part that is closed in
    one auction when everybody watches: on the day of a first trade, and in the closing auction in
    which an announced change of an index takes effect (assumption).
    Beyond a log distance ``patience`` of the price from its own value a fund hurries, and from
    ``panic`` on it trades all it wants at once: nobody is slow when a price is twice or five times
    what he thinks (assumption).
    ``max_weight`` is the largest share of wealth in one company (diversified funds: 5 % per
    name, tested at purchase: Investment Company Act of 1940, section 5(b)).

    ``opinion_volatility`` and ``opinion_half_life`` describe the private opinion (assumption),
    which a fund reviews every ``review_days`` for ordinary stocks and all the time for a company
    in focus.  ``padding`` is the largest multiple of its wish that a fund bids for (assumption).
    ``mandate`` is the share of its wealth that may tilt towards a newly listed giant at all:
    many mandates ask for index membership, profits or a seasoned stock.  It sets the appetite for
    the company in focus and is tied to the size of the institutional book (press: about $150bn).
    Once the company is in the benchmark the rest comes to it as well, half of it in
    ``mandate_half_life`` sessions (assumption): a member of an index is known to more investors
    (Merton 1987; Chen, Noronha and Singal 2004).
    ``benchmark`` names the index that funds are measured against and ``benchmark_tilt`` τ of those
    that are not closet indexers; ``closet_share`` of the funds are, with ``closet_lean`` of the
    others' lean; ``informed_share`` of the funds follow the news of every company, the others learn
    from prices over ``learning_days`` T (assumptions; a quarter to a third of US funds by assets
    were closet indexers in 2009: Petajisto 2013).
    ``coverage`` q (assumption; with the fees of their time it gives a share of funds behind their
    index near the one reported, and tracking errors of 3 %, below the 4–7 % reported).
    ``fee`` a year: 0.64 % for active equity funds in 2024 (ICI), asset-weighted.
    """

    count: int = Field(ge=0, le=5000)
    wealth_share: float = Field(ge=0, le=1)
    elasticity: float = Field(ge=0, le=100)
    half_life_days: float = Field(gt=0, le=1000)
    max_weight: float = Field(gt=0, le=1)
    mandate: float = Field(default=0.175, ge=0, le=1)
    mandate_half_life: float = Field(default=60.0, gt=0, le=10_000)
    event_speed: float = Field(default=0.3, ge=0, le=1)
    patience: float = Field(default=0.7, ge=0, le=20)
    panic: float = Field(default=1.7, gt=0, le=20)
    leverage: float = Field(default=0.0, ge=0, le=10)
    cash_share: float = Field(default=0.04, ge=0, lt=1)
    opinion_volatility: float = Field(default=0.2, ge=0, le=2)
    opinion_half_life: float = Field(default=250.0, gt=0, le=5000)
    review_days: int = Field(default=1, ge=1, le=250)
    size_exponent: float = Field(default=1.3, gt=0.2, le=10)
    coverage: float = Field(default=1.0, gt=0, le=1)
    padding: float = Field(default=2.0, ge=1, le=20)
    fee: float = Field(default=0.0065, ge=0, le=0.2)
    benchmark: str = "sp500"
    benchmark_tilt: float = Field(default=0.0, ge=0, le=1)
    closet_share: float = Field(default=0.0, ge=0, le=1)
    closet_lean: float = Field(default=0.25, ge=0, le=1)
    informed_share: float = Field(default=1.0, ge=0, le=1)
    learning_days: float = Field(default=20.0, gt=0, le=2500)

    @model_validator(mode="after")
    def _panic_comes_later(self) -> ActiveFundRules:
        if self.panic <= self.patience:
            raise ValueError(f"panic: got {self.panic:g}, expected more than patience")
        return self


class LongOnlyRules(ActiveFundRules):
    """Mutual and pension funds: most of the money, slow, with opinions that last for months."""

    count: int = Field(default=48, ge=0, le=5000)
    wealth_share: float = Field(default=0.82, ge=0, le=1)
    elasticity: float = Field(default=1.6, ge=0, le=100)
    half_life_days: float = Field(default=10.0, gt=0, le=1000)
    max_weight: float = Field(default=0.05, gt=0, le=1)
    event_speed: float = Field(default=0.85, ge=0, le=1)
    review_days: int = Field(default=5, ge=1, le=250)
    coverage: float = Field(default=0.8, gt=0, le=1)
    closet_share: float = Field(default=0.05, ge=0, le=1)
    informed_share: float = Field(default=0.9, ge=0, le=1)


class HedgeFundRules(ActiveFundRules):
    """Hedge funds: a tenth of the market's money that leans an order of magnitude harder, in days.

    ``wealth_share`` 18 % of active money: equity hedge-fund assets over US market value were
    10–12 % in 2016, 6 % in 2005 and 1–2 % in 1995.
    """

    count: int = Field(default=24, ge=0, le=5000)
    wealth_share: float = Field(default=0.18, ge=0, le=1)
    elasticity: float = Field(default=12.0, ge=0, le=100)
    half_life_days: float = Field(default=1.0, gt=0, le=1000)
    max_weight: float = Field(default=0.1, gt=0, le=1)
    leverage: float = Field(default=0.5, ge=0, le=10)
    padding: float = Field(default=3.0, ge=1, le=20)
    opinion_volatility: float = Field(default=0.06, ge=0, le=2)
    opinion_half_life: float = Field(default=12.0, gt=0, le=5000)
    event_speed: float = Field(default=1.0, ge=0, le=1)


class ActiveFund(Trader):
    """A fund with a story.

    Parameters
    ----------
    model : MarketModel
    rules : ActiveFundRules
    holder : str
        ``long_only`` or ``hedge``.
    number : int
        Its place among the funds of its kind, which names its random streams and its story.
    """

    neutral_holder = True
    lends = True
    acts_alone = False

    def __init__(
        self, model: MarketModel, rules: ActiveFundRules, holder: str, number: int
    ) -> None:
        super().__init__(model, holder)
        self.rules = rules
        self.number = number
        self.story = {c: b.first_row[holder] + number for c, b in model.focus.beliefs.items()}
        self.relationship = float(model.streams(f"client.{holder}.{number}").random())
        self.rng_of_opinion = model.streams(f"opinion.{holder}.{number}")
        self.closet = number >= rules.count - round(rules.closet_share * rules.count)
        #: 1/q where it covers a stock and 0 elsewhere, (stocks,).
        self.cover = np.ones(model.n_stocks)
        if rules.coverage < 1 and not self.closet and model.n_market > 1:
            draws = model.streams(f"coverage.{holder}.{number}").random(model.n_market)
            self.cover[: model.n_market] = (draws < rules.coverage) / rules.coverage

    def join(self, family: Family) -> None:
        """Let a family write this fund's schedule together with those of its kind."""
        self.family = family

    def bid(self, listing: Listing, grid: Array) -> Array | None:
        """What its family says it wants at every price of the grid."""
        return self.family.bids(listing, grid)[self.number] if self.wealth > 0 else None


def fund_sizes(count: int, exponent: float, rng: np.random.Generator) -> Array:
    """Shares of total wealth, summing to one, from a Pareto law with this exponent.

    No fund is more than √count times as large as the median one.
    """
    if count == 0:
        return np.zeros(0)
    sizes = (1 - rng.random(count)) ** (-1 / exponent)
    sizes = np.minimum(sizes, math.sqrt(count) * np.median(sizes))
    return np.asarray(sizes / sizes.sum())
