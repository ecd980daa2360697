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

import numpy as np
from pydantic import Field

from agents.trader import Trader, rows_of
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
    """One group of day traders; it leaves its schedule to the crew."""

    holder = "day_traders"
    acts_alone = False

    def __init__(self, model: MarketModel, number: int) -> None:
        super().__init__(model)
        self.draws = model.streams(f"day_trader.{number}")


class DayTraderCrew:
    """All day traders, worked in arrays; each draws from a stream of its own.

    Parameters
    ----------
    model : MarketModel
    rules : DayTraderRules
    traders : list of DayTrader
        Owners of consecutive accounts.
    """

    def __init__(self, model: MarketModel, rules: DayTraderRules, traders: list[DayTrader]) -> None:
        self.model, self.rules = model, rules
        self.rows = rows_of(traders)
        self._rngs = [trader.draws for trader in traders]
        self._draws = np.zeros((len(traders), len(model.universe.focus), model.instants, 2))
        for column in model.universe.focus:
            model.book.speed[self.rows, column] = 1.0
        model.add_actor(self)

    def start_day(self) -> None:
        """Draw what today brings."""
        for draws, rng in zip(self._draws, self._rngs, strict=True):
            rng.random(out=draws)

    def before_auction(self, instant: int) -> None:
        """Perhaps take new positions; they never exceed a trader's wealth and are never short."""
        model, rules, rows, book = self.model, self.rules, self.rows, self.model.book
        for place, column in enumerate(model.universe.focus):
            if not model.universe.listed[column]:
                continue
            trades, draw = self._draws[:, place, instant].T
            chance = min(rules.least + model.focus.attention(column), 1.0)
            held = np.maximum(model.ledger.holdings[rows, column], 0.0)
            wealth = np.maximum(model.scales.wealth[rows], 0.0)
            size = rules.weight * wealth * model.scales.shares_per_dollar[column]
            book.neutral[rows, column] = np.where(trades < chance, 2 * draw * size, held)
            book.lean[rows, column] = rules.price_response * size
            book.value[rows, column] = model.exchange.last_log_price[column]
            book.value[rows, column] += model.universe.news_shift[column]
            book.cap[rows, column] = np.maximum(2 * size, held)

    def after_close(self) -> None:
        """Day traders learn nothing."""
