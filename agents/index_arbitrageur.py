"""Index arbitrageurs: they trade ahead of index funds and hand over to them at the close.

An arbitrageur expects a stock with net index demand D to stand, once the demand is met, at

    x* = v + a + m + D / Λ̂,

v its public log value, a what the gap of the whole market adds (`sim.scales`), m the gap at which
the stock has stood from that lately and Λ̂ the trader's estimate of the depth of the market: shares
that investors by value give up per log unit of price.  (With linear demand that is where price
goes; each trader misjudges the depth in its own way.)  Before an announcement D is the expected
value over the odds that the rulebook implies.  It wants to hold

    Q(x) = clip( K·(x* − x) / (γ σ² T P), −L, +L )

of a stock, K the capital it sets aside for it, P the price, σ daily volatility and T the sessions
until the demand is met: what an investor with risk aversion γ would, and no more than the limit L
or than it can borrow.  K is at most a given part of its wealth; announced events share ``leverage``
× wealth between them, and so do candidates.  So it buys while the price is below x*, and sells to
the index funds at the effective close once they push it above.  Where less capital is wanted, after
the event, when a change is not expected any more or when others claim a part, K falls to what the
position needs and from there by an n-th of that each session: it is worked off, never dumped.

Whether the effect of an announcement is seen before, at or after it is then a matter of how much
capital does this (Greenwood and Sammon 2025; Petajisto 2011; Beneish and Whaley 1996).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray
from pydantic import Field

from agents.trader import Trader, rows_of, speed_per_auction
from sim.inputs import Settings

if TYPE_CHECKING:
    from agents.index_demand import IndexDemand
    from sim.model import MarketModel

Array = NDArray[np.float64]
#: Days over which the usual gap from value is averaged; for a young company a tenth of the days
#: for which it has traded, but no less than two.
MEMORY_DAYS = 60.0
#: Part of a position below which nothing is left of it.
ROUNDING = 1e-9


@njit(cache=True, nogil=True, error_model="numpy")
def learn_gap(usual, gap, expected, depth, misjudgement, rate):  # type: ignore[no-untyped-def]
    """Move each trader's usual gap (traders, stocks) towards the gap less the effect of expected
    demand, D / Λ̂, at a rate; the others (stocks,), ``misjudgement`` (traders, stocks) Λ̂ / Λ."""
    for i in range(usual.shape[0]):
        for j in range(usual.shape[1]):
            surprise = gap[j] - usual[i, j]
            judged = depth[j] * misjudgement[i, j]
            if judged > 0.0:
                surprise -= expected[j] / judged
            usual[i, j] += surprise * rate[j]


class IndexArbitrageurRules(Settings):
    """``capital_share`` is the part of hedge-fund wealth that trades index events (assumption: 2 %;
    hedge-fund wealth itself is the era's fact); ``risk_aversion`` γ; ``max_weight`` of capital in
    one name, ``leverage`` in all announced names together, and in all candidates; ``depth_error``
    the log spread of traders' estimates of depth; ``horizon`` the sessions ahead for which odds are
    worked out, 0 to act on announcements only; ``unwind_days`` n over which a position that is not
    wanted is worked off; ``least`` the demand, as a part of the shares outstanding, below which
    nobody bothers (all assumptions)."""

    count: int = Field(default=4, ge=0, le=100)
    capital_share: float = Field(default=0.02, ge=0, le=1)
    risk_aversion: float = Field(default=4.0, gt=0, le=1000)
    max_weight: float = Field(default=0.2, gt=0, le=10)
    leverage: float = Field(default=1.0, ge=0, le=20)
    depth_error: float = Field(default=0.15, ge=0, le=3)
    horizon: int = Field(default=40, ge=0, le=250)
    unwind_days: int = Field(default=20, ge=1, le=60)
    least: float = Field(default=0.002, ge=0, le=1)
    half_life_days: float = Field(default=0.25, gt=0, le=50)
    daily_volatility: float = Field(default=0.02, gt=0, le=1)


class IndexArbitrageur(Trader):
    """One fund that trades index events; it leaves its schedule to the desk."""

    holder = "index_arbitrageurs"
    acts_alone = False

    def __init__(self, model: MarketModel, rules: IndexArbitrageurRules, number: int) -> None:
        super().__init__(model)
        rng = model.streams(f"index_arbitrageur.{number}")
        #: Its estimate of each stock's depth over the true one, (stocks,).
        self.misjudgement = np.exp(rules.depth_error * rng.standard_normal(model.n_stocks))


class IndexArbitrageDesk:
    """All index arbitrageurs, worked in arrays (traders, stocks).

    Parameters
    ----------
    model : MarketModel
    rules : IndexArbitrageurRules
    demand : IndexDemand
        What index funds will have to trade, as everybody can work out.
    traders : list of IndexArbitrageur
        Owners of consecutive accounts.

    Attributes
    ----------
    capital : Array
        K: USD set aside for each stock.
    usual_gap : Array
        m: log price over value as it has been lately, expectations of index demand taken off.
    """

    def __init__(
        self,
        model: MarketModel,
        rules: IndexArbitrageurRules,
        demand: IndexDemand,
        traders: list[IndexArbitrageur],
    ) -> None:
        self.model, self.rules, self.demand = model, rules, demand
        n, self.rows = len(traders), rows_of(traders)
        self.misjudgement = np.array([trader.misjudgement for trader in traders])
        self.usual_gap = np.tile(self._gap(), (n, 1))
        self.capital = np.zeros((n, model.n_stocks))
        #: K when it last was what is wanted, or when it began to fall.
        self._start = np.zeros((n, model.n_stocks))
        self._demand = np.zeros(model.n_stocks)
        self._in_play = np.zeros(0, dtype=np.int64)
        #: Stocks in which yesterday's schedules are not nought; every one at first.
        self._quoted: NDArray[np.int64] = np.arange(model.n_stocks)
        #: Of today, (traders, stocks in play): m, and D / Λ̂.
        self._usual_in_play = self._moves_in_play = np.zeros((n, 0))
        speed = speed_per_auction(rules.half_life_days, model.auctions)
        model.book.speed[self.rows] = speed
        model.add_actor(self)
        model.borrowers.append(self)

    def wants_to_borrow(self) -> Array:
        """Shares they would need to be short up to their limits in the stocks in play."""
        model, c = self.model, self._in_play
        wish = np.zeros_like(self.capital)
        if c.size:
            limit = self.capital[:, c] * model.scales.shares_per_dollar[c]
            owed = np.maximum(-model.ledger.holdings[self.rows, c], 0.0)
            wish[:, c] = np.maximum(limit - owed, 0.0)
        return wish

    def start_day(self) -> None:
        """Take positions in the stocks that are in play, and none in others."""
        model, rules, book, rows = self.model, self.rules, self.model.book, self.rows
        for array in (book.lean, book.neutral, book.floor, book.cap):
            array[rows, self._quoted] = 0.0
        c = self._quoted = self._in_play
        if not c.size:
            return
        effective = self.demand.effective[c]
        ahead = np.where(effective >= 0, effective - model.session + 1, rules.unwind_days)
        candidates = (self._demand[c] != 0.0) & (effective < 0)
        ahead = np.maximum(np.where(candidates, rules.horizon, ahead), 1.0)
        limit = self.capital[:, c] * model.scales.shares_per_dollar[c]
        book.lean[rows, c] = limit / (rules.risk_aversion * rules.daily_volatility**2 * ahead)
        book.cap[rows, c] = limit
        book.floor[rows, c] = -np.minimum(limit, model.short_limit(rows, c))
        self._usual_in_play = self.usual_gap[:, c]
        self._moves_in_play = self._moves(self._demand, c)

    def before_auction(self, instant: int) -> None:
        """Quote around the price expected after the event; public news moves it."""
        model, c = self.model, self._in_play
        if not c.size:
            return
        value = model.universe.log_value[c] + model.scales.anchor + self._usual_in_play
        model.book.value[self.rows, c] = value + self._moves_in_play

    def after_close(self) -> None:
        """Take in what is known tonight; learn the usual gap where nothing is announced."""
        model, rules = self.model, self.rules
        demand = self.demand.announced
        if rules.horizon:
            demand = demand + self.demand.expected
        small = np.abs(demand) < rules.least * model.ledger.outstanding
        # What is taken over for cash is worth what will be paid, whoever sells.
        demand = np.where(small | model.universe.leaving, 0.0, demand)
        quiet = model.universe.listed & (self.demand.effective < 0)
        if self.demand.met_today.any():
            # Demand that has been met today stays in the price: it becomes part of the usual gap.
            c = np.flatnonzero(self.demand.met_today)
            self.usual_gap[:, c] += self._moves(self._demand - demand, c)
            quiet[c] = False
        gap = self._gap()
        age = model.session - model.public_record.listed_since
        first_day = (age <= 0) & model.universe.listed
        if first_day.any():
            self.usual_gap[:, first_day] = gap[first_day]
        rate = quiet / np.minimum(np.maximum(age / 10, 2.0), MEMORY_DAYS)
        learn_gap(self.usual_gap, gap, self._demand, model.scales.depth, self.misjudgement, rate)
        self._demand = demand
        self._set_capital()

    def restate(self, column: int, shares: float, log_price: float, log_value: float) -> None:
        """Count expected demand in new shares; the usual gap is that of price from value."""
        self._demand[column] *= shares
        self.usual_gap[:, column] += log_price - log_value

    def _gap(self) -> Array:
        """Log price over value, beyond the gap of the whole market."""
        model = self.model
        gap = model.exchange.last_log_price + model.universe.news_shift
        return np.asarray(gap - model.universe.log_value - model.scales.anchor)

    def _moves(self, demand: Array, columns: NDArray[np.int64]) -> Array:
        """D / Λ̂: what traders think such demand does to log prices, (traders, columns)."""
        depth = self.model.scales.depth[columns] * self.misjudgement[:, columns]
        moves = np.zeros(depth.shape)
        return np.divide(demand[columns], depth, out=moves, where=depth > 0)

    def _set_capital(self) -> None:
        """K for tomorrow: what is wanted, or on its way down to it."""
        rules, listed = self.rules, self.model.universe.listed
        wanted = (self._demand != 0.0) & listed
        announced = wanted & (self.demand.effective > self.model.session)
        part = np.zeros(wanted.size)
        for group in (wanted & ~announced, announced):
            count = int(np.count_nonzero(group))
            if count:
                part[group] = min(rules.leverage / count, rules.max_weight)
        wanted[self._in_play] = True
        c = np.flatnonzero(wanted)
        if not c.size:
            return
        wealth = np.maximum(self.model.scales.wealth[self.rows], 0.0)[:, None]
        capital = self._worked_off(c, part[c] * wealth)
        capital[:, ~listed[c]] = 0.0
        self.capital[:, c] = capital
        self._in_play = c[capital.any(axis=0)]

    def _worked_off(self, c: NDArray[np.int64], target: Array) -> Array:
        """K of stocks c, (traders, stocks): raised to the target at once; where that is lower, down
        to what the position needs and from there to the target in equal steps."""
        model, capital, start = self.model, self.capital[:, c], self._start[:, c]
        position = np.abs(model.ledger.holdings[self.rows, c]) * model.exchange.last_price[c]
        less = target < capital
        begins = less & (capital == start)
        start = np.where(less, start, target)
        needed = np.minimum(np.maximum(position, target), capital)
        start = self._start[:, c] = np.where(begins, needed, start)
        falling = np.where(begins, start, capital) - start / self.rules.unwind_days
        falling[falling <= ROUNDING * start] = 0.0
        return np.where(less, np.maximum(target, falling), target)
