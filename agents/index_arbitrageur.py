"""Index arbitrageurs: they trade ahead of index funds and hand over to them at the close.

An arbitrageur expects a stock with net index demand D to stand, once the demand is met, at

    x* = v + m + D / Λ̂,

v its public log value, m the gap at which it has stood from value lately and Λ̂ the trader's estimate
of the depth of the market: shares that investors by value give up per log unit of price.  (With
linear demand that is where price goes; each trader misjudges the depth in its own way.)  Before an
announcement D is the expected value over the odds that the rulebook implies.  It wants to hold

    Q(x) = clip( K·(x* − x) / (γ σ² T P), −L, +L )

of a stock, K the capital it sets aside for it, P the price, σ daily volatility and T the sessions
until the demand is met: what an investor with risk aversion γ would, and no more than the limit L
or than it can borrow.  K is at most a given part of its wealth for an announced event; stocks that
are candidates only share ``leverage`` × wealth between them.  So it buys while the price is below x*, and sells to the index funds at the
effective close once they push it above; what is left it works off over the days after.

Whether the effect of an announcement is seen before, at or after it is then a matter of how much
capital does this (Greenwood and Sammon 2025; Petajisto 2011; Beneish and Whaley 1996).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.trader import Trader, speed_per_auction
from sim.inputs import Settings

if TYPE_CHECKING:
    from agents.index_demand import IndexDemand
    from sim.model import MarketModel

Array = NDArray[np.float64]
#: Days over which the usual gap from value is averaged.
MEMORY_DAYS = 60.0


class IndexArbitrageurRules(Settings):
    """``capital_share`` is the part of hedge-fund wealth that trades index events (assumption: 2 %;
    hedge-fund wealth itself is the era's fact); ``risk_aversion`` γ; ``max_weight`` of capital in
    one name, ``leverage`` in all names that are not announced; ``depth_error`` the log spread of traders' estimates of depth; ``horizon`` the
    sessions ahead for which odds are worked out, 0 to act on announcements only; ``unwind_days``
    for what is left after the effective close; ``least`` the demand, as a part of the shares
    outstanding, below which nobody bothers (all assumptions)."""

    count: int = Field(default=4, ge=0, le=100)
    capital_share: float = Field(default=0.02, ge=0, le=1)
    risk_aversion: float = Field(default=4.0, gt=0, le=1000)
    max_weight: float = Field(default=0.2, gt=0, le=10)
    leverage: float = Field(default=1.0, ge=0, le=20)
    depth_error: float = Field(default=0.3, ge=0, le=3)
    horizon: int = Field(default=40, ge=0, le=250)
    unwind_days: int = Field(default=5, ge=1, le=60)
    least: float = Field(default=0.002, ge=0, le=1)
    half_life_days: float = Field(default=0.25, gt=0, le=50)
    daily_volatility: float = Field(default=0.02, gt=0, le=1)


class IndexArbitrageur(Trader):
    """One fund that trades index events."""

    holder = "index_arbitrageurs"

    def __init__(
        self, model: MarketModel, rules: IndexArbitrageurRules, demand: IndexDemand, number: int
    ) -> None:
        super().__init__(model)
        self.rules = rules
        self.demand = demand
        rng = model.streams(f"index_arbitrageur.{number}")
        self.misjudgement = np.exp(rules.depth_error * rng.standard_normal(model.n_stocks))
        self.usual_gap = self._gap()
        #: Sessions by which what is left of a position after an event is worked off.
        self.until = np.full(model.n_stocks, -1, dtype=np.int64)
        self.capital = np.zeros(model.n_stocks)
        self._kept = np.zeros(model.n_stocks)
        self._demand = np.zeros(model.n_stocks)
        self.row.speed[:] = speed_per_auction(rules.half_life_days, model.auctions)

    def _gap(self) -> Array:
        """Log price over value, beyond the gap of the whole market."""
        model = self.model
        gap = model.exchange.last_log_price + model.universe.news_shift
        return np.asarray(gap - model.universe.log_value - model.anchor)

    def _set_capital(self) -> None:
        """K: USD set aside tomorrow for each stock in play; after an event it goes to nothing."""
        rules, session = self.rules, self.model.session + 1
        wealth = max(self.wealth, 0.0)
        announced = self.demand.effective >= session
        candidates = (self._demand != 0.0) & ~announced
        each = rules.leverage / max(int(np.count_nonzero(candidates)), 1)
        left = np.clip((self.until - session) / rules.unwind_days, 0.0, 1.0)
        self.capital = np.where(announced, rules.max_weight * wealth, 0.0)
        self.capital[candidates] = min(each, rules.max_weight) * wealth
        self._kept[announced] = self.capital[announced]
        np.maximum(self.capital, self._kept * left, out=self.capital)
        self.capital[~self.model.universe.listed] = 0.0

    def start_day(self) -> None:
        """Take positions in the stocks that are in play, and none in others."""
        model, row, rules = self.model, self.row, self.rules
        row.lean[:] = row.neutral[:] = row.floor[:] = row.cap[:] = 0.0
        c = np.flatnonzero(self.capital)
        if not c.size:
            return
        effective = self.demand.effective[c]
        ahead = np.where(effective >= 0, effective - model.session + 1, rules.unwind_days)
        candidates = (self._demand[c] != 0.0) & (effective < 0)
        ahead = np.maximum(np.where(candidates, rules.horizon, ahead), 1.0)
        limit = self.capital[c] * model.shares_per_dollar[c]
        row.lean[c] = limit / (rules.risk_aversion * rules.daily_volatility**2 * ahead)
        row.cap[c] = limit
        row.floor[c] = -np.minimum(limit, model.short_limit(self.account)[c])

    def wants_to_borrow(self) -> Array:
        """Shares it would need to be short up to its limit in the stocks in play."""
        limit = self.capital * self.model.shares_per_dollar
        if not limit.any():
            return limit
        return np.maximum(limit - np.maximum(-self.holdings, 0.0), 0.0)

    def before_auction(self, instant: int) -> None:
        """Quote around the price expected after the event; public news moves it."""
        model, row = self.model, self.row
        if not row.lean.any():
            return
        np.add(model.universe.log_value, self.usual_gap + model.anchor, out=row.value)
        depth = model.depth * self.misjudgement
        np.divide(self._demand, depth, out=depth, where=depth > 0)
        row.value[:] += depth

    def after_close(self) -> None:
        """Take in what is known tonight; learn the usual gap where nothing is announced."""
        model, rules = self.model, self.rules
        demand = self.demand.announced.copy()
        if rules.horizon:
            demand += self.demand.expected
        demand[np.abs(demand) < rules.least * model.ledger.outstanding] = 0.0
        depth = model.depth * self.misjudgement
        expected, met = np.zeros(model.n_stocks), np.zeros(model.n_stocks)
        np.divide(self._demand, depth, out=expected, where=depth > 0)
        np.divide(self._demand - demand, depth, out=met, where=depth > 0)
        # Demand that has been met today stays in the price: it becomes part of the usual gap.
        self.usual_gap += np.where(self.demand.met_today, met, 0.0)
        quiet = model.universe.listed & (self.demand.effective < 0) & ~self.demand.met_today
        surprise = self._gap() - expected - self.usual_gap
        self.usual_gap += np.where(quiet, surprise / MEMORY_DAYS, 0.0)
        self.until[self.demand.met_today] = model.session + 1 + rules.unwind_days
        self._demand = demand
        self._set_capital()
