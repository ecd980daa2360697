"""Day traders in new issues: those of `agents.day_trader`, in all young companies at once.

In every auction of each listed newcomer each trader, with probability least + attention, draws a
fresh position

    target = share · C · min(V/P, 1) · u / n,        u ~ U(0, 2),

attention the larger of the media's and that which any first day has, C the circulation, V the
public value, P the price and n the number of traders (their money does not grow with the price),
and leans against jumps as day traders do, Q(x) = clip(target + κ·share·C·min(V/P, 1)/n·(x₀ − x)).
When the mean positions in all newcomers together come to more than a trader's wealth, it takes as
much less of each.
They are as large against the float as those around a large offering: 60 traders with a quarter of
$50bn in a float of $75bn make a sixth.

An auction stands for half a day.  They draw several times in it, as often as a company in focus has
auctions; what they trade with each other in between, and have undone or sold on by the auction,
moves no price but is volume.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.day_trader import DayTraderRules
from agents.trader import Trader
from sim.inputs import Settings

if TYPE_CHECKING:
    from agents.ipo_crowd import IpoCrowd
    from sim.model import MarketModel

Array = NDArray[np.float64]
#: What is left, after a day, of the attention that a first day has for those who trade new issues,
#: whether the media report or not: that of `RetailRules.media_memory`.
FRESH = 0.9


class IssueTraderRules(Settings):
    """``count`` traders hold on average the part ``share`` of the circulation (derived: a sixth,
    see above)."""

    count: int = Field(default=10, ge=0, le=200)
    share: float = Field(default=0.17, ge=0, le=1)


class IssueTrader(Trader):
    """One group of day traders; it leaves its schedule to all together."""

    holder = "day_traders"
    acts_alone = False

    def __init__(self, model: MarketModel, number: int) -> None:
        super().__init__(model)
        self.draws = model.streams(f"issue_trader.{number}")


class IssueTraders:
    """All of them, worked in arrays; each draws from a stream of its own.

    Parameters
    ----------
    model : MarketModel
    rules : IssueTraderRules
    habits : DayTraderRules
        Of which the chance to trade and the price response are taken.
    crowd : IpoCrowd, optional
        Whose media they follow.
    """

    def __init__(
        self,
        model: MarketModel,
        rules: IssueTraderRules,
        habits: DayTraderRules,
        crowd: IpoCrowd | None,
    ) -> None:
        self.model, self.rules, self.habits, self._crowd = model, rules, habits, crowd
        first = model.n_market
        self.columns = slice(first, model.universe.ordinary)
        traders = [IssueTrader(model, number) for number in range(rules.count)]
        for trader in traders:
            model.endow_cash(trader.account, habits.capital_usd / rules.count)
        self.rows = slice(traders[0].account, traders[-1].account + 1)
        model.book.speed[self.rows, self.columns] = 1.0
        self._rngs = [trader.draws for trader in traders]
        market = model.world.market
        rounds = max(market.focus_auctions_per_day // market.auctions_per_day, 1)
        #: Traders, halves of the day, rounds, (trades?, position), newcomers.
        shape = (rules.count, 2, rounds, 2, model.universe.ordinary - first)
        self._draws = np.zeros(shape, dtype=np.float32)
        model.add_actor(self)

    def media(self) -> Array:
        """Attention of the media to every newcomer, (newcomers,)."""
        return self._crowd.media if self._crowd is not None else np.zeros(1)

    def start_day(self) -> None:
        """Draw what the two auctions of today bring."""
        for draws, rng in zip(self._draws, self._rngs, strict=True):
            rng.random(dtype=np.float32, out=draws)

    def before_auction(self, instant: int) -> None:
        """Perhaps take new positions; never short."""
        model, habits, rows, c = self.model, self.habits, self.rows, self.columns
        if instant not in (0, model.instants - 1):
            return
        book, universe = model.book, model.universe
        age = np.maximum(model.session - model.listed_since[c], 0)
        chance = np.minimum(habits.least + np.maximum(self.media(), FRESH**age), 1.0)
        held = np.maximum(model.ledger.holdings[rows, c], 0.0)
        size = self._sizes()
        opens = model.listed_since[c] == model.session if instant == 0 else False
        wanted = held
        rounds = self._draws[:, int(instant > 0)].transpose(1, 2, 0, 3)
        for number, (trades, draw) in enumerate(rounds):
            before, wanted = wanted, np.where(trades < chance, 2 * draw * size, wanted)
            if number:
                self._trade_with_each_other(np.where(opens, 0.0, wanted - before))
        book.neutral[rows, c] = wanted
        book.lean[rows, c] = habits.price_response * size
        book.value[rows, c] = model.exchange.last_log_price[c] + universe.news_shift[c]
        book.cap[rows, c] = np.maximum(2 * size, held)

    def _sizes(self) -> Array:
        """Mean positions that traders can afford, in shares, (traders, newcomers)."""
        model, c = self.model, self.columns
        dear = model.exchange.last_log_price[c] - model.universe.log_value[c]
        part = self.rules.share / self.rules.count
        size = part * model.scales.circulation[c] * np.exp(np.minimum(-dear, 0.0))
        size[~model.universe.listed[c]] = 0.0
        usd = float(size @ model.exchange.last_price[c])
        wealth = np.maximum(model.scales.wealth[self.rows], 0.0)
        return np.minimum(wealth / max(usd, 1.0), 1.0)[:, None] * size

    def _trade_with_each_other(self, changes: Array) -> None:
        """Book as volume what finds another trader on the other side, (traders, newcomers)."""
        bought, sold = changes.clip(min=0).sum(axis=0), (-changes).clip(min=0).sum(axis=0)
        self.model.exchange.volume[self.columns] += np.minimum(bought, sold)

    def after_close(self) -> None:
        """Day traders learn nothing."""
