"""What a run remembers: preallocated columns, one row a trading day.

Nothing is collected by walking over agents and nothing mutable is kept by reference; memory
is fixed when the run starts.  Day 0 is the first trade of the company in focus (or the first
day, if there is none).  Prices are USD, holdings shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.model import MarketModel

Array = NDArray[np.float64]
HIGHEST_UTILISATION = 9.99
BAND = (10.0, 25.0, 50.0, 75.0, 90.0)


@dataclass(frozen=True)
class Event:
    """Something dated that happened: ``kind`` is a short word, ``detail`` a sentence."""

    date: date
    kind: str
    symbol: str | None
    detail: str


class Recorder:
    """Columns of one run.

    Attributes
    ----------
    dates : list of date
    open, high, low, close, volume, value : Array
        Shape (days, stocks); volume in shares, value the consensus per share.
    holdings : Array
        Shape (days, holder classes, stocks), shares; ``holders`` names the classes.
    level, total_return, divisor : Array
        The market index, shape (days,).
    excited, bored, media, trend_position : Array
        Attention of the crowd and the momentum traders' holding of the company in focus.
    short_interest, utilisation, fee, float_fraction : Array
    band : Array
        Percentiles ``BAND`` of the investors' own values per share, shape (days, 5).
    events : list of Event
    """

    def __init__(self, model: MarketModel) -> None:
        self.model = model
        days, stocks = model.world.days, model.n_stocks
        self.dates: list[date] = []
        shape = (days, stocks)
        self.open, self.high, self.low = _blank(shape), _blank(shape), _blank(shape)
        self.close, self.volume, self.value = _blank(shape), _blank(shape), _blank(shape)
        self.holders: list[str] = []
        self.holdings = np.zeros((0, 0, 0))
        self.level, self.total_return = _blank(days), _blank(days)
        self.divisor = _blank(days)
        self.excited, self.bored, self.media = _blank(days), _blank(days), _blank(days)
        self.trend_position, self.short_interest = _blank(days), _blank(days)
        self.utilisation, self.fee = _blank(days), _blank(days)
        self.float_fraction = _blank(days)
        self.band = _blank((days, len(BAND)))
        self.events: list[Event] = []
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
        return float(np.log(now / before)) if before > 0 and now > 0 else 0.0

    def record(self) -> None:
        """Write today's row."""
        if not self.dates:
            self._start()
        model, t = self.model, self.days
        self.dates.append(model.date)
        exchange = model.exchange
        self.open[t], self.high[t], self.low[t] = exchange.open, exchange.high, exchange.low
        self.close[t], self.volume[t] = exchange.last_price, exchange.volume
        self.value[t] = np.exp(model.universe.log_value)
        for total, accounts in zip(self.holdings[t], self._accounts_of, strict=True):
            model.ledger.holdings[accounts].sum(axis=0, out=total)
        self._record_index(t)
        if model.listing is not None:
            self._record_focus(t, model.listing.column)

    def _start(self) -> None:
        names = [participant.holder for participant in self.model.participants]
        self.holders = list(dict.fromkeys(names))
        self._accounts_of = [_accounts(names, holder) for holder in self.holders]
        days, stocks = self.close.shape
        self.holdings = _blank((days, len(self.holders), stocks))
        self._shares = self.model.ledger.outstanding[self.model.universe.base].copy()

    def _record_index(self, t: int) -> None:
        """The capitalisation-weighted index of the universe; its shares do not change here."""
        model = self.model
        base = model.universe.base
        cap = float((self.close[t, base] * self._shares).sum())
        if t == 0:
            level = model.world.universe.level
            self.divisor[:] = cap / level
            self.total_return[0] = level
        self.level[t] = cap / self.divisor[t]
        if t:
            paid = float((model.universe.dividend_yield[base] * self.close[t - 1, base]
                          * self._shares).sum()) / 252 / self.divisor[t]  # fmt: skip
            growth = (self.level[t] + paid) / self.level[t - 1]
            self.total_return[t] = self.total_return[t - 1] * growth

    def _record_focus(self, t: int, column: int) -> None:
        model = self.model
        crowd = model.crowd
        self.excited[t] = crowd.excited if crowd else 0.0
        self.bored[t] = crowd.bored if crowd else 0.0
        self.media[t] = model.attention(column)
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
        self.band[t] = model.beliefs[column].percentiles(BAND)


def _accounts(names: list[str], holder: str) -> slice | list[int]:
    """Accounts of a class of holders; a slice, which is faster, where they are consecutive."""
    accounts = [account for account, name in enumerate(names) if name == holder]
    if accounts[-1] - accounts[0] + 1 == len(accounts):
        return slice(accounts[0], accounts[-1] + 1)
    return accounts


def _blank(shape: int | tuple[int, ...]) -> Array:
    """Columns without values; writing NaN now claims their memory before the days begin."""
    return np.full(shape, np.nan)
