"""Day traders: they come with attention, buy and sell within the day, and know nothing.

In every auction of a company in focus each of them wants a fresh position

    target = share · A · u · C / count,        u ~ U(0, 2),   A = least + media attention,

C the shares in circulation.  They trade mostly with each other; what does not cancel the market
makers absorb at a concession.  This is the noise that makes markets liquid (Black 1986); its rise
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
    """``share`` is the part of the circulation that they hold together at full attention and
    ``least`` their attention on a quiet day; both are assumptions."""

    count: int = Field(default=24, ge=0, le=1000)
    share: float = Field(default=0.09, ge=0, le=0.9)
    least: float = Field(default=0.15, ge=0, le=10)
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
        """Draw a new position; never more than the cash allows, never short."""
        model, row, rules = self.model, self.row, self.rules
        attention = rules.least + model.attention
        for column in model.universe.focus:
            if not model.universe.listed[column]:
                continue
            size = rules.share * attention / rules.count * model.circulation[column]
            money = max(self.cash, 0.0) * model.shares_per_dollar[column]
            held = max(float(self.holdings[column]), 0.0)
            target = min(size * 2 * self._rng.random(), held + money)
            row.neutral[column] = row.cap[column] = target
            row.floor[column] = 0.0
