"""Day traders in new issues: those of `agents.day_trader`, in all young companies at once.

In every auction of each listed newcomer each trader, with probability least + media attention,
draws a fresh position

    target = share · C · u / n,        u ~ U(0, 2),

C the circulation and n the number of traders, and leans against jumps as day traders do,
Q(x) = clip(target + κ·share·C/n·(x₀ − x)).  They are as large against the float as those around a
large offering: 60 traders with a quarter of $50bn in a float of $75bn make a sixth.
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
        self._draws = np.zeros((rules.count, 2, 2, model.universe.ordinary - first))
        model.add_actor(self)

    def media(self) -> Array:
        """Attention of the media to every newcomer, (newcomers,)."""
        return self._crowd.media if self._crowd is not None else np.zeros(1)

    def start_day(self) -> None:
        """Draw what the two auctions of today bring."""
        for draws, rng in zip(self._draws, self._rngs, strict=True):
            rng.random(out=draws)

    def before_auction(self, instant: int) -> None:
        """Perhaps take new positions; never short."""
        model, habits, rows, c = self.model, self.habits, self.rows, self.columns
        if instant not in (0, model.instants - 1):
            return
        book, universe = model.book, model.universe
        trades, draw = self._draws[:, int(instant > 0)].swapaxes(0, 1)
        chance = np.minimum(habits.least + self.media(), 1.0)
        held = np.maximum(model.ledger.holdings[rows, c], 0.0)
        part = self.rules.share / self.rules.count
        size = np.where(universe.listed[c], part * model.circulation[c], 0.0)
        book.neutral[rows, c] = np.where(trades < chance, 2 * draw * size, held)
        book.lean[rows, c] = habits.price_response * size
        book.value[rows, c] = model.exchange.last_log_price[c] + universe.news_shift[c]
        book.cap[rows, c] = np.maximum(2 * size, held)

    def after_close(self) -> None:
        """Day traders learn nothing."""
