"""Momentum traders: they follow the trend, up and down.

For horizon h the trend is the log price over its exponential average of span h, in units of
the volatility expected over that horizon:

    z_h = (x − EMA_h(x)) / (σ √(h/2)),        position = capital · w · tanh(z_h) / price,

w the stock's part of the market's value times the leverage, but no more than a limit;

σ an exponential estimate of daily volatility (Moskowitz, Ooi and Pedersen 2012 for
time-series momentum; the tanh response follows Chiarella, Iori and Perelló 2009).
Positions may be short where shares can be borrowed.  They bid in offerings for a quick sale:
new issues have opened above the offer on average (Ritter's tables).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.trader import Trader, rows_of, speed_per_auction
from sim.inputs import Settings

if TYPE_CHECKING:
    from sim.model import MarketModel
    from sim.offering.listing import Listing

Array = NDArray[np.float64]


class MomentumRules(Settings):
    """Capital is shared equally over the horizons (days).

    ``capital_usd``: managed futures and trend funds run about $340bn (BarclayHedge, 2024;
    order of magnitude).  ``max_weight`` of capital per stock, ``leverage`` the gross position in
    all of them if all had full trends, ``warm_up`` days of prices
    needed first, ``half_life_days`` of trading (assumptions).  They bid in an
    offering while the indicated coverage suggests a gain.
    """

    capital_usd: float = Field(default=300e9, ge=0)
    horizons: tuple[Annotated[float, Field(gt=0, le=2500)], ...] = (10.0, 20.0, 60.0, 120.0)
    max_weight: float = Field(default=0.01, ge=0, le=1)
    leverage: float = Field(default=1.0, ge=0, le=20)
    half_life_days: float = Field(default=2.0, gt=0, le=250)
    warm_up: int = Field(default=3, ge=1, le=250)
    volatility_span: float = Field(default=30.0, gt=1, le=500)
    initial_volatility: float = Field(default=0.035, gt=0, le=1)


class MomentumTrader(Trader):
    """One trend follower with one horizon; it leaves its schedule to the crew."""

    holder = "momentum"
    acts_alone = False

    def __init__(self, model: MarketModel, rules: MomentumRules, horizon: float) -> None:
        super().__init__(model)
        self.rules = rules
        self.horizon = horizon

    def bid(self, listing: Listing, grid: Array) -> Array | None:
        """Bid to sell early when the book is said to be covered more than once."""
        eagerness = math.tanh(max(listing.indicated_coverage - 1.0, 0.0))
        money = self.rules.max_weight * max(self.wealth, 0.0) * eagerness
        reference = listing.reference_price
        return money / grid * (grid <= reference * 1.0000001)


class MomentumCrew:
    """All trend followers, worked in arrays (traders, stocks).

    Parameters
    ----------
    model : MarketModel
    rules : MomentumRules
    traders : list of MomentumTrader
        Owners of consecutive accounts.

    Attributes
    ----------
    average, signal : Array
        Exponential averages of log prices, and the tanh of the normalised trend in (−1, 1), zero
        until warmed up; (traders, stocks).
    variance : Array
        Of daily log returns, (stocks,).
    """

    def __init__(
        self, model: MarketModel, rules: MomentumRules, traders: list[MomentumTrader]
    ) -> None:
        self.model, self.rules = model, rules
        self.rows = rows_of(traders)
        horizon = np.array([trader.horizon for trader in traders])[:, None]
        self._memory, self._span = 2 / (horizon + 1), np.sqrt(horizon / 2)
        self.days_seen = np.zeros(model.n_stocks, dtype=np.int64)
        self.average = np.zeros((len(traders), model.n_stocks))
        self.variance = np.full(model.n_stocks, rules.initial_volatility**2)
        self._last = np.zeros(model.n_stocks)
        self.signal = np.zeros((len(traders), model.n_stocks))
        self._wish = np.zeros_like(self.signal)
        model.book.speed[self.rows] = speed_per_auction(rules.half_life_days, model.auctions)
        model.add_actor(self)
        model.borrowers.append(self)

    def start_day(self) -> None:
        """Aim for the positions that the trends suggest, whatever today's price."""
        model, book, rows = self.model, self.model.book, self.rows
        target = self._wish
        floor = -model.short_limit(rows)
        np.maximum(target, floor, out=target)
        book.neutral[rows] = target
        book.value[rows] = model.exchange.last_log_price
        book.floor[rows] = np.minimum(floor, 0.0)
        np.maximum(target, np.maximum(model.ledger.holdings[rows], 0.0), out=book.cap[rows])

    def _target(self) -> Array:
        """Shares the signals ask for, before limits to borrowing."""
        scales, rules = self.model.scales, self.rules
        weight = np.minimum(rules.max_weight, rules.leverage * scales.market_weight)
        wealth = np.maximum(scales.wealth[self.rows], 0.0)
        return self.signal * wealth[:, None] * (weight * scales.shares_per_dollar)

    def wants_to_borrow(self) -> Array:
        """Shares of further short position that today's signals ask for, before limits."""
        self._wish = self._target()
        owed = np.maximum(-self.model.ledger.holdings[self.rows], 0.0)
        return np.maximum(-self._wish - owed, 0.0)

    def before_auction(self, instant: int) -> None:
        """Trends are those of closing prices."""

    def after_close(self) -> None:
        """Update averages, volatility and the signals of every listed stock."""
        model, rules = self.model, self.rules
        price, listed = model.exchange.last_log_price, model.universe.listed
        fresh = self.days_seen == 0
        if fresh.any():  # a first close is the average to start from, not a surprise
            self.average[:, fresh] = self._last[fresh] = price[fresh]
        self.average += self._memory * (price - self.average)
        surprise = price - self._last
        memory = 2 / (rules.volatility_span + 1) * listed
        self.variance += memory * (surprise * surprise - self.variance)
        self._last[:] = price
        self.days_seen += listed
        trend = (price - self.average) / (self._span * np.sqrt(self.variance))
        np.multiply(np.tanh(trend), self.days_seen >= rules.warm_up, out=self.signal)

    def restate(self, column: int, shares: float, log_price: float, log_value: float) -> None:
        """Averages are those of today's shares: no trend comes of a split or a payment."""
        if self.days_seen[column]:
            self.average[:, column] += log_price
            self._last[column] += log_price
