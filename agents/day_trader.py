"""Day traders: they come with attention, buy and sell within the day, and know nothing.

Before an auction of a company in focus each of them, with probability least + media attention,
draws a fresh position

    target = weight · W · u / P,        u ~ U(0, 2),

W its wealth and P the price; otherwise it keeps the one it has.  It takes less of a stock that
has just jumped and more of one that has dropped: Q(x) = clip(target + κ·weight·W/P·(x₀ − x)), x₀
the last price moved by public news.  Attention makes them trade more
often, not hold more.  They trade mostly with each other; what does not cancel the market makers
absorb at a concession.  This is the noise that makes markets liquid (Black 1986); its rise
with attention is that of Barber and Odean (2008).  On an exchange day traders are about a fifth
of volume (Barber, Lee, Liu and Odean 2009), more in stocks that everybody talks about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from agents.trader import Trader
from sim.inputs import Settings

if TYPE_CHECKING:
    from sim.model import MarketModel


class DayTraderRules(Settings):
    """``weight`` is the mean part of its money that a trader has in the stock and ``least`` the
    chance per auction that it trades on a quiet day, ``price_response`` κ; these and the capital
    are assumptions that
    give a first-day turnover near that of large offerings."""

    count: int = Field(default=60, ge=0, le=1000)
    weight: float = Field(default=0.25, ge=0, le=0.5)
    price_response: float = Field(default=3.0, ge=0, le=100)
    least: float = Field(default=0.08, ge=0, le=1)
    capital_usd: float = Field(default=50e9, ge=0)


class DayTrader(Trader):
    """One group of day traders."""

    holder = "day_traders"

    def __init__(self, model: MarketModel, rules: DayTraderRules, number: int) -> None:
        super().__init__(model)
        self.rules = rules
        self._rng = model.streams(f"day_trader.{number}")
        for column in model.universe.focus:
            self.row.speed[column] = 1.0

    def before_auction(self, instant: int) -> None:
        """Perhaps draw a new position; it never exceeds the trader's wealth and is never short."""
        model, row, rules = self.model, self.row, self.rules
        for column in model.universe.focus:
            chance = min(rules.least + model.attention(column), 1.0)
            trades, draw = self._rng.random(2)
            if not model.universe.listed[column]:
                continue
            held = max(float(self.holdings[column]), 0.0)
            size = rules.weight * max(self.wealth, 0.0) * model.shares_per_dollar[column]
            row.neutral[column] = 2 * draw * size if trades < chance else held
            row.lean[column] = rules.price_response * size
            row.value[column] = model.exchange.last_log_price[column]
            row.value[column] += model.universe.news_shift[column]
            row.floor[column], row.cap[column] = 0.0, max(2 * size, held)
