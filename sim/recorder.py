"""What a run remembers: preallocated columns, one row a trading day.

Nothing is collected by walking over agents and nothing mutable is kept by reference; memory
is fixed when the run starts.  Day 0 is the first trade of the company in focus (or the first
day, if there is none).  Prices are USD, holdings shares.  Who holds what is kept daily for the
companies that come to market (for all, if they are few) and at the end of every month for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.calendar import TRADING_DAYS

if TYPE_CHECKING:
    from sim.model import MarketModel

Array = NDArray[np.float64]
HIGHEST_UTILISATION = 9.99
#: With no more columns than this, daily holdings are kept for all of them.
FEW_STOCKS = 40
BAND = (10.0, 25.0, 50.0, 75.0, 90.0)


@dataclass(frozen=True)
class Event:
    """Something dated that happened: ``kind`` is a short word, ``detail`` a sentence."""

    date: date
    kind: str
    symbol: str | None
    detail: str


@dataclass(frozen=True)
class IndexEvent:
    """An announced change of an index, as it stood on the evening of the announcement.

    Sessions count from the start of the calendar.  ``demand`` are the shares that all index funds
    together, after all changes announced so far, still have to buy (> 0) or sell; ``float_shares``
    of the company, and ``shares`` outstanding.
    """

    index: str
    kind: str
    column: int
    announced: int
    effective: int
    migration: bool
    demand: float
    float_shares: float
    shares: float


class Recorder:
    """Columns of one run.

    Attributes
    ----------
    dates : list of date
    open, high, low, close, volume, value : Array
        Shape (days, stocks); volume in shares, value the consensus per share.
    closing_volume : Array
        Shape (days, stocks): the part of the volume traded in the closing cross.
    split_factor, return_factor : Array or None
        Shape (days, stocks), 1 at the start: shares that one share of the first day has become by
        splits, and by splits and special dividends reinvested on the ex-dividend morning. Close
        times ``return_factor`` has the returns of a holder. None in a run without corporate
        actions.
    holdings : Array
        Shape (days, holder classes, daily columns), shares; ``holders`` names the classes and
        ``daily`` the columns.
    month_ends : list of (day, Array)
        The same of all stocks, shape (holder classes, stocks).
    level, total_return, divisor, constituents : Array
        Shape (days, indices); ``indices`` names them, the whole market first.
    nav, assets : Array
        Value of a share and assets (USD) of every fund, shape (days, funds).
    passive_share, market_gap : Array
        Shape (days,): index funds' part of the market's value; log price over value of the market.
    excited, bored, media, trend_position : Array
        Attention of the crowd and the momentum traders' holding of the company in focus.
    short_interest, utilisation, fee, float_fraction : Array
    band : Array
        Percentiles ``BAND`` of the investors' own values per share, shape (days, 5).
    events : list of Event
    index_events : list of IndexEvent
    """

    def __init__(self, model: MarketModel) -> None:
        self.model = model
        days, stocks = model.world.days, model.n_stocks
        self.dates: list[date] = []
        shape = (days, stocks)
        self.open, self.high, self.low = _blank(shape), _blank(shape), _blank(shape)
        self.close, self.volume, self.value = _blank(shape), _blank(shape), _blank(shape)
        self.closing_volume = _blank(shape)
        self.split_factor: Array | None = None
        self.return_factor: Array | None = None
        if model.world.corporate_actions:
            self.split_factor, self.return_factor = np.ones(shape), np.ones(shape)
        #: Yesterday's close in today's shares and without today's special dividend, by column.
        self._restated: dict[int, float] = {}
        self.holders: list[str] = []
        self.daily = range(0)
        self.holdings = np.zeros((0, 0, 0))
        self.month_ends: list[tuple[int, Array]] = []
        self.indices: list[str] = []
        self.level = self.total_return = self.divisor = np.zeros((0, 0))
        self.constituents = self.nav = self.assets = np.zeros((0, 0))
        self.passive_share, self.market_gap = _blank(days), _blank(days)
        self.excited, self.bored, self.media = _blank(days), _blank(days), _blank(days)
        self.trend_position, self.short_interest = _blank(days), _blank(days)
        self.utilisation, self.fee = _blank(days), _blank(days)
        self.float_fraction = _blank(days)
        self.band = _blank((days, len(BAND)))
        self.events: list[Event] = []
        self.index_events: list[IndexEvent] = []
        self._accounts_of: list[slice | list[int]] = []
        self._shares = np.zeros(0)

    @property
    def days(self) -> int:
        """Days recorded so far."""
        return len(self.dates)

    def event(self, kind: str, symbol: str | None, detail: str) -> None:
        """Remember something that happened today."""
        self.events.append(Event(self.model.date, kind, symbol, detail.strip()))

    def log_return(self, column: int, days: int) -> float:
        """Log return of a stock over the last ``days`` closes (fewer at the start), else 0."""
        last = self.days - 1
        if last < 1:
            return 0.0
        first = max(last - days, 0)
        before, now = self.close[first, column], self.close[last, column]
        if self.return_factor is not None:
            before *= self.return_factor[first, column]
            now *= self.return_factor[last, column]
        return float(np.log(now / before)) if before > 0 and now > 0 else 0.0

    def restate(self, column: int, ratio: float, usd: float) -> None:
        """This morning one share becomes ``ratio`` shares, and USD a new share are paid."""
        assert self.split_factor is not None and self.return_factor is not None
        t, price = self.days, float(self.model.exchange.last_price[column])
        # a split has been made on the exchange by now, a payment has not
        self._restated[column] = price - usd
        self.split_factor[t:, column] *= ratio
        self.return_factor[t:, column] *= ratio * price / (price - usd)
        if self.dates and column < self._shares.size:
            self._shares[column] *= ratio

    def count_shares(self, column: int) -> None:
        """The whole market counts the shares that are outstanding now."""
        if self.dates and column < self._shares.size:
            self._shares[column] = self.model.ledger.outstanding[column]

    def comparable_close(self, returns: bool = False) -> Array:
        """Closes of the days so far in USD a share of the first day; with ``returns`` special
        dividends reinvested, so that log differences are returns; (days, stocks)."""
        factor = self.return_factor if returns else self.split_factor
        close = self.close[: self.days]
        return close if factor is None else close * factor[: self.days]

    def comparable_volume(self, volume: Array) -> Array:
        """Volumes (days, stocks) in shares of the first day."""
        volume = volume[: self.days]
        return volume if self.split_factor is None else volume / self.split_factor[: self.days]

    def record(self) -> None:
        """Write today's row."""
        if not self.dates:
            self._start()
        model, t = self.model, self.days
        self.dates.append(model.date)
        exchange = model.exchange
        listed = model.universe.listed
        for column, prices in (
            (self.open, exchange.open), (self.high, exchange.high), (self.low, exchange.low),
            (self.close, exchange.last_price),
        ):  # fmt: skip
            np.copyto(column[t], prices, where=listed)  # NaN where nothing is traded
        self.volume[t] = exchange.volume
        self.value[t] = np.exp(model.universe.log_value)
        self.closing_volume[t] = model.closing_volume
        self._record_holdings(t)
        self._record_indices(t)
        self._restated.clear()
        self._record_funds(t)
        if model.listing is not None:
            self._record_focus(t, model.listing.column)

    def _start(self) -> None:
        model = self.model
        names = [participant.holder for participant in model.participants]
        self.holders = list(dict.fromkeys(names))
        self._accounts_of = [_accounts(names, holder) for holder in self.holders]
        days, stocks = self.close.shape
        few = stocks <= FEW_STOCKS
        self.daily = range(0 if few else model.n_market, stocks)
        self.holdings = _blank((days, len(self.holders), len(self.daily)))
        self._shares = model.ledger.outstanding[model.universe.base].copy()
        self.indices = ["market", *model.indices]
        shape = (days, len(self.indices))
        self.level, self.total_return, self.divisor = _blank(shape), _blank(shape), _blank(shape)
        self.constituents = _blank(shape)
        self.nav, self.assets = (_blank((days, model.funds.accounts.size)) for _ in range(2))

    def _record_holdings(self, t: int) -> None:
        held, daily = self.model.ledger.holdings, slice(self.daily.start, self.daily.stop)
        if len(self.daily):
            for total, accounts in zip(self.holdings[t], self._accounts_of, strict=True):
                held[accounts, daily].sum(axis=0, out=total)
        month_over = self.model.date.month != self.model.next_date.month
        if len(self.daily) < self.close.shape[1] and (month_over or t == 0):
            totals = [held[accounts].sum(axis=0) for accounts in self._accounts_of]
            self.month_ends.append((t, np.array(totals)))

    def _record_indices(self, t: int) -> None:
        self._record_market(t)
        for place, index in enumerate(self.model.indices.values(), start=1):
            level = index.level
            self.level[t, place], self.divisor[t, place] = level.level, level.divisor
            self.total_return[t, place] = level.total_return
            self.constituents[t, place] = np.count_nonzero(index.members)

    def _record_market(self, t: int) -> None:
        """All companies listed at the start, weighted by value; shares taken over drop out."""
        model = self.model
        base = model.universe.base
        shares = np.where(model.universe.listed[base], self._shares, 0.0)
        now = np.where(shares > 0, self.close[t, base], 0.0)
        cap = float(now @ shares)
        level, divisor, total = self.level[:, 0], self.divisor[:, 0], self.total_return[:, 0]
        self.constituents[t, 0] = np.count_nonzero(shares)
        if t == 0:
            level[0] = total[0] = model.world.universe.level
            divisor[0] = cap / level[0]
            return
        last = np.where(shares > 0, self.close[t - 1, base], 0.0)
        for column, price in self._restated.items():
            if column < last.size and shares[column] > 0:
                last[column] = price
        before = float(last @ shares)
        paid = float((model.universe.dividend_yield[base] * last) @ shares)
        divisor[t] = before / level[t - 1]
        level[t] = cap / divisor[t]
        total[t] = total[t - 1] * (cap + paid / TRADING_DAYS) / before

    def _record_funds(self, t: int) -> None:
        model = self.model
        self.nav[t], self.assets[t] = model.funds.nav, model.funds.assets
        self.market_gap[t] = model.scales.market_gap
        indexed = model.ledger.holdings[model.scales.indexed] @ model.exchange.last_price
        self.passive_share[t] = float(indexed.sum()) / model.market_cap

    def _record_focus(self, t: int, column: int) -> None:
        model = self.model
        crowd = model.focus.crowds.get(column)
        self.excited[t] = crowd.excited if crowd else 0.0
        self.bored[t] = crowd.bored if crowd else 0.0
        self.media[t] = model.focus.attention(column)
        held = model.ledger.holdings[:, column]
        self.short_interest[t] = -float(held[held < 0].sum())
        # Without a lender left utilisation is infinite until the shorts are bought in.
        self.utilisation[t] = min(float(model.lending.utilisation[column]), HIGHEST_UTILISATION)
        self.fee[t] = model.lending.fee[column]
        outstanding = model.ledger.outstanding[column]
        locked = float(model.ledger.locked[:, column].sum())
        self.float_fraction[t] = (outstanding - locked) / outstanding if outstanding else 0.0
        self.trend_position[t] = float(
            sum(held[p.account] for p in model.participants if p.holder == "momentum")
        )
        self.band[t] = model.focus.beliefs[column].percentiles(BAND)


def _accounts(names: list[str], holder: str) -> slice | list[int]:
    """Accounts of a class of holders; a slice, which is faster, where they are consecutive."""
    accounts = [account for account, name in enumerate(names) if name == holder]
    if accounts[-1] - accounts[0] + 1 == len(accounts):
        return slice(accounts[0], accounts[-1] + 1)
    return accounts


def _blank(shape: int | tuple[int, ...]) -> Array:
    """Columns without values; writing NaN now claims their memory before the days begin."""
    return np.full(shape, np.nan)
