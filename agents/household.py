"""Households: they split their money between active and passive funds.

s is the share of the market's value that index funds hold.  It stays where the day's trading leaves
it (``fixed``), is led along a path of years and shares (``path``), or follows performance
(``performance``),

    ds/dt = s(1 − s)·(ρ·g + δ),

g the net return of passive over active funds in the last year, ρ how strongly savers answer and δ
a habit or fashion that has nothing to do with returns.  The share of all index funds rose
logistically at 0.10–0.11 a year while they won by about 0.7 % a year (fees and costs: French 2008,
SPIVA), which is ρ ≈ 15 with δ = 0.

Money moves as cash.  An active fund pays its leavers from cash and sells since it is smaller; an
index fund buys its whole index with what arrives, at the close.  Flows out run the same way back.
Apart from the split, ``savings`` of new money (a part of the market's value a year, < 0 for
withdrawals) go to index funds from outside the market.

What insiders are paid for their shares does not stay in their pockets: after taxes their partners
and families save it as others do, in all funds in proportion to their assets.

Between index funds savers keep the mix with which they began: what the funds own of each index,
relative to the others.  An index from which the grown leave and which the shrunken join is worth
less after every change, its funds are not; were nobody to move money between the funds, those on
mid caps would come to own ever more of them.  Once a week they close part of the
gap, half of it in ``mix_half_life`` days.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from agents.market_agent import MarketAgent
from sim.calendar import TRADING_DAYS
from sim.inputs import Settings

if TYPE_CHECKING:
    from agents.insider import Insider
    from sim.model import MarketModel

Array = NDArray[np.float64]
WEEK = 5
Year = Annotated[float, Field(ge=0, le=1000)]
Share = Annotated[float, Field(ge=0, lt=1)]


class HouseholdRules(Settings):
    """``flows`` says what moves money; ``path`` are (years from the start, passive share) pairs,
    linear in between; ``performance_response`` ρ and ``habit`` δ per year; ``savings`` a year;
    ``most_per_day`` bounds what leaves a fund in one day, as part of its assets; ``mix_half_life``
    days (both assumptions).  ``reinvested`` is the part of insiders' proceeds that comes back, half
    of it in ``reinvest_half_life`` days (assumptions: a quarter goes in taxes, the US rate on
    long-term gains being 23.8 %).
    """

    flows: Literal["fixed", "path", "performance"] = "fixed"
    path: tuple[tuple[Year, Share], ...] = ()
    performance_response: float = Field(default=15.0, ge=0, le=500)
    habit: float = Field(default=0.0, ge=-1, le=1)
    savings: float = Field(default=0.0, ge=-1, le=1)
    most_per_day: float = Field(default=0.01, gt=0, le=1)
    mix_half_life: float = Field(default=60.0, gt=0, le=10_000)
    reinvested: float = Field(default=0.75, ge=0, le=1)
    reinvest_half_life: float = Field(default=20.0, gt=0, le=10_000)

    @model_validator(mode="after")
    def _path_in_order(self) -> HouseholdRules:
        years = [year for year, _ in self.path]
        if years != sorted(set(years)):
            raise ValueError(f"path: got years {years}, expected them to rise")
        if self.flows == "path" and not self.path:
            raise ValueError("path: got none, expected (year, share) pairs for flows = path")
        return self


class Household(MarketAgent):
    """All savers."""

    model: MarketModel

    def __init__(
        self, model: MarketModel, rules: HouseholdRules, active: list[slice], passive: slice
    ) -> None:
        super().__init__(model)
        self.rules = rules
        self.active = np.concatenate([np.arange(part.start, part.stop) for part in active])
        self.passive = passive
        self._days = 0
        self._gaps = np.zeros(TRADING_DAYS)
        self._path = np.array(rules.path, dtype=np.float64)
        self._reinvest_daily = 1 - 0.5 ** (1 / rules.reinvest_half_life)
        self._insiders: list[Insider] = []
        self._keep_mix_weekly = 1 - 0.5 ** (WEEK / rules.mix_half_life)
        self._mix = model.funds.assets[passive] / self._index_values()
        model.add_actor(self)

    def adopt(self, insiders: Iterable[Insider]) -> None:
        """From now on what these are paid for their shares comes back as savings."""
        self._insiders.extend(insiders)

    def start_day(self) -> None:
        """Households act on closing values."""

    def before_auction(self, instant: int) -> None:
        """Households act on closing values."""

    @property
    def passive_share(self) -> float:
        """Index funds' assets as a share of the market's value."""
        return float(self.model.funds.assets[self.passive].sum()) / self.model.market_cap

    def after_close(self) -> None:
        """Bring new savings, then move money towards the share and the mix households want."""
        self._watch()
        if self.rules.savings:
            self._save(self.rules.savings / TRADING_DAYS * self.model.market_cap)
        self._reinvest()
        self._days += 1
        if self._days % WEEK == 0:
            self._keep_mix()
        if self.rules.flows == "path":
            goal = float(np.interp(self._days / TRADING_DAYS, self._path[:, 0], self._path[:, 1]))
        elif self.rules.flows == "performance" and self._days > TRADING_DAYS:
            share = self.passive_share
            pull = self.rules.performance_response * float(self._gaps.sum()) + self.rules.habit
            goal = share + share * (1 - share) * pull / TRADING_DAYS
        else:
            return
        self._shift((goal - self.passive_share) * self.model.market_cap)

    def _watch(self) -> None:
        """Note by how much passive funds did better than active ones today, net of fees."""
        funds = self.model.funds
        returns = funds.returns_today
        weight = np.maximum(funds.assets, 0.0)
        passive, active = (
            float(returns[places] @ weight[places]) / max(float(weight[places].sum()), 1.0)
            for places in (self.passive, self.active)
        )
        self._gaps[self._days % TRADING_DAYS] = passive - active

    def restate(self, column: int, shares: float, log_price: float, log_value: float) -> None:
        """The value of an index that counts one share of each company falls in a split, not what
        savers want to have in it."""
        price = float(self.model.exchange.last_price[column])
        values = self._index_values()
        for place, tracker in enumerate(self.model.trackers):
            if tracker.index.rulebook.weighting == "price":
                lost = (shares - 1) * price * float(tracker.index.shares[column])
                self._mix[place] *= (values[place] + lost) / values[place]

    def _index_values(self) -> Array:
        """What the shares of each index are worth, (index funds,) USD."""
        price = self.model.exchange.last_price
        return np.array([price @ tracker.index.shares for tracker in self.model.trackers])

    def _keep_mix(self) -> None:
        """Move money between index funds as the values of their indices drift apart."""
        funds = self.model.funds
        assets = funds.assets[self.passive]
        if assets.size < 2 or (assets <= 0).any():
            return
        wanted = self._mix * self._index_values()
        gap = wanted * (assets.sum() / wanted.sum()) - assets
        moved = np.maximum(self._keep_mix_weekly * gap, -self.rules.most_per_day * assets)
        out, into = (-moved).clip(min=0), moved.clip(min=0)
        if (total := float(into.sum())) > 0:
            places = np.arange(self.passive.start, self.passive.stop)
            funds.exchange(places, out, places, into * (float(out.sum()) / total))

    def _reinvest(self) -> None:
        """Bring part of insiders' proceeds to all funds."""
        if not self._insiders:
            return
        ledger, funds = self.model.ledger, self.model.funds
        flows = np.zeros(ledger.cash.size)
        for insider in self._insiders:
            usd = min(self._reinvest_daily * insider.proceeds, max(insider.cash, 0.0))
            saved = self.rules.reinvested * usd
            insider.put_away(usd, saved)
            flows[insider.account] -= saved
        total = -float(flows.sum())
        if total > 0:
            weight = funds.assets.clip(min=0)
            funds.invest_from(flows, total * weight / weight.sum())

    def _save(self, usd: float) -> None:
        funds = self.model.funds
        weight = funds.assets[self.passive] / funds.assets[self.passive].sum()
        funds.invest(self.passive, usd * weight)

    def _shift(self, usd: float) -> None:
        """Move so many USD from active to passive funds (< 0: back), in proportion to assets."""
        funds, model = self.model.funds, self.model
        passive = np.arange(self.passive.start, self.passive.stop)
        source, target = (self.active, passive) if usd > 0 else (passive, self.active)
        money = np.maximum(funds.assets[source], 0.0)
        amount = min(abs(usd), self.rules.most_per_day * float(money.sum()))
        if amount <= 0 or funds.assets[target].clip(min=0).sum() <= 0:
            return
        out = amount * money / money.sum()
        into = funds.assets[target].clip(min=0)
        funds.exchange(source, out, target, amount * into / into.sum())
        model.scales.shift_claim(amount if usd > 0 else -amount)
