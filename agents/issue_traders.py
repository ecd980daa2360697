"""Day traders in new issues: those of `agents.day_trader`, in all young companies at once.

In every auction of each listed newcomer each trader, with probability least + attention, draws a
fresh position

    target = share · h · C · m · 2^(−t/T) · u / n,      m = min(π·V/P, 1),      u ~ U(0, 2),

attention the larger of the media's and that which any first day has, C all shares in circulation,
V the public value, P the price, π the offer over value when trading starts, t the sessions since
then and n the number of traders: the money they bring is a part of what is sold, at the offer, does
not grow with the price, and moves on to newer issues.  How many come depends on how hot the banks
said the deal is, h = coverage / (coverage + half): they buy what draws attention (Barber and Odean
2008), and first days are the busier the hotter the deal (Ellis, Michaely and O'Hara 2000).  They
lean against jumps as day traders do, with κ times the mean position a unit of log price.
When the mean positions in all newcomers together come to more than a trader's wealth, it takes as
much less of each.
Around a large offering, four times covered, they are a sixth of the float (60 traders with a
quarter of $50bn in a float of $75bn), about as many as here.  That they are many makes them
liquid: a few who come and go at random would move prices by a tenth a day, where 3.5 to 6 % is
usual in the first month of a technology stock (unchecked).

An auction stands for half a day.  They draw several times in it; what they trade with each other in
between, and have undone or sold on by the auction, moves no price but is volume.
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
    """``count`` traders hold on average the part ``share`` of the circulation of a deal that all
    talk about, half of that if it is ``half`` times covered (calibrated; with ``half`` 0 every
    deal draws them alike).  ``count`` is that of `DayTraderRules`.  At most ``rounds`` a day they
    draw a position anew, every half hour (assumption, made while looking at first-day turnover,
    60-80 % of the deal: Ellis, Michaely and O'Hara 2000).  After ``half_life`` sessions half of
    them have moved on (assumption).
    """

    count: int = Field(default=60, ge=0, le=200)
    share: float = Field(default=0.309, ge=0, le=1)
    half: float = Field(default=4.007, ge=0, le=100)
    rounds: int = Field(default=12, ge=1, le=100)
    half_life: float = Field(default=126.0, gt=0, le=100_000)


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
        rounds = max(rules.rounds // model.world.market.auctions_per_day, 1)
        #: Traders, halves of the day, rounds, (trades?, position), newcomers.
        shape = (rules.count, 2, rounds, 2, model.universe.ordinary - first)
        self._draws = np.zeros(shape, dtype=np.float32)
        #: Log of the offer over public value on the morning of the first trade.
        self._sold_at = np.zeros(model.universe.ordinary - first)
        self._heat = np.ones(model.universe.ordinary - first)
        model.add_actor(self)

    def media(self) -> Array:
        """Attention of the media to every newcomer, (newcomers,)."""
        return self._crowd.media if self._crowd is not None else np.zeros(1)

    def start_day(self) -> None:
        """Draw what the two auctions of today bring; note premium and heat of first trades."""
        model, c = self.model, self.columns
        opens = model.public_record.listed_since[c] == model.session
        premium = model.exchange.last_log_price[c] - model.universe.log_value[c]
        self._sold_at[opens] = premium[opens]
        for listing in model.listings if opens.any() else ():
            if listing.opens_today and listing.invited is not None:
                coverage = max(listing.indicated_coverage, 1e-9)
                self._heat[listing.column - c.start] = coverage / (coverage + self.rules.half)
        for draws, rng in zip(self._draws, self._rngs, strict=True):
            rng.random(dtype=np.float32, out=draws)

    def before_auction(self, instant: int) -> None:
        """Perhaps take new positions; never short."""
        model, habits, rows, c = self.model, self.habits, self.rows, self.columns
        if instant not in (0, model.instants - 1):
            return
        book, universe = model.book, model.universe
        age = np.maximum(model.session - model.public_record.listed_since[c], 0)
        chance = np.minimum(habits.least + np.maximum(self.media(), FRESH**age), 1.0)
        held = np.maximum(model.ledger.holdings[rows, c], 0.0)
        size = self._sizes()
        opens = model.public_record.listed_since[c] == model.session if instant == 0 else False
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
        size = part * model.scales.circulation[c] / model.scales.claims[c]
        age = np.maximum(model.session - model.public_record.listed_since[c], 0)
        size *= self._heat * np.exp(np.minimum(self._sold_at - dear, 0.0))
        size *= 0.5 ** (age / self.rules.half_life)
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

    def restate(self, column: int, shares: float, log_price: float, log_value: float) -> None:
        """The premium at which a deal was sold is that of price over value."""
        if self.columns.start <= column < self.columns.stop:
            self._sold_at[column - self.columns.start] += log_price - log_value
