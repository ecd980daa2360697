"""The exchange: it runs the auctions under its trading rules, and keeps the prices of the day.

Between an opening and a closing auction a stock may have more auctions. Each may be bound to a
price band around the last auction and around yesterday's close. US shares have no daily limit, and
the limit-up-limit-down bands of the National Market System plan (5 % for large stocks, 10 % at the
open and the close) only pause trading for five minutes, less than the time between two auctions
here; so no band is the default, except in the day's last auction: a closing cross prices within a
collar (Nasdaq: 10 % around the quotes), and what it leaves unfilled goes home unfilled. Market-wide
halts: falls of 7 and 13 % of the S&P 500 from
yesterday's close stop trading for 15 minutes, 20 % for the rest of the day (NYSE Rule 7.12).

A first trade opens late: orders keep arriving while the indicative price, at which the stock would
open, is published, and it opens once that price has become steady (after Nasdaq Rule 4120(c)(8),
which releases a new issue when the price is within a band of the indicative one). Large offerings
took one to four hours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from sim.inputs import Settings
from sim.market.auction import clear
from sim.market.demand import DemandBook, FloatArray
from sim.market.ledger import Ledger

Arrival = FloatArray | Callable[[int], FloatArray]


class Halt(Settings):
    """What a fall of the market stops: `minutes` of trading, or (None) the rest of the day."""

    fall: float = Field(gt=0, lt=1)
    minutes: float | None = Field(default=None, gt=0, le=390)


class OpeningRules(Settings):
    """How a first trade is delayed.

    In each of `rounds` rounds of `minutes_per_round` more participants have arrived; the stock
    opens when the indicative price moved by less than `steady` (a fraction) since the round before,
    not before round `first_round`, and at the last round in any case. Defaults: at most four hours
    (delays of large offerings are one to four hours), the rest assumptions.
    """

    rounds: int = Field(default=24, ge=1, le=390)
    first_round: int = Field(default=3, ge=1, le=390)
    minutes_per_round: float = Field(default=10.0, gt=0, le=390)
    steady: float = Field(default=0.01, gt=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> OpeningRules:
        if self.first_round > self.rounds:
            raise ValueError(f"first_round must be at most rounds ({self.rounds})")
        return self


class MarketRules(Settings):
    """The rules of the trading day.

    `tick` in USD (Regulation NMS Rule 612); auctions a day of ordinary stocks and of the company in
    focus, the two crosses included; `auction_band` is the fraction by which a price may differ from
    the auction before and `daily_limit` from yesterday's close, None for no limit; `exchange` is
    the code of its trading calendar. `closing_collar` is the fraction by which the day's last
    auction may differ from the one before;
    20 %, since that auction stands for more than the cross (assumption). `closing_use` is the part
    of the ordinary volume of the day's
    last auction, which stands for the afternoon, that is sent to the closing cross: half of it is
    the cross's share of the day, 3.1 % in 2010, 7.5 % in 2018, about 9 % in 2024 (Bogousslavsky and
    Muravyev 2023; BMLL 2025).
    """

    exchange: str = "XNYS"
    closing_collar: float | None = Field(default=0.2, gt=0, lt=1)
    closing_use: float = Field(default=0.17, ge=0, le=1)
    tick: float = Field(default=0.01, gt=0, le=100)
    auctions_per_day: int = Field(default=2, ge=1, le=390)
    focus_auctions_per_day: int = Field(default=6, ge=1, le=390)
    auction_band: float | None = Field(default=None, gt=0, lt=1)
    daily_limit: float | None = Field(default=None, gt=0, lt=1)
    halts: tuple[Halt, ...] = (
        Halt(fall=0.07, minutes=15),
        Halt(fall=0.13, minutes=15),
        Halt(fall=0.20),
    )
    opening: OpeningRules = OpeningRules()

    @model_validator(mode="after")
    def _halts_rise(self) -> MarketRules:
        falls = [halt.fall for halt in self.halts]
        if falls != sorted(set(falls)):
            raise ValueError("halts must be ordered by their falls")
        return self


class AuctionError(ValueError):
    """An auction that cannot be held because an input is not a number; says whose and which."""


@dataclass(frozen=True)
class OpeningCross:
    """How a first trade came about: minutes after the opening bell, indicative prices by round
    (USD), the price (USD) and volume (shares) of the first trade."""

    delay_minutes: float
    indicative: tuple[float, ...]
    price: float
    volume: float


@njit(cache=True, nogil=True, error_model="numpy")
def _book_prices(columns, price, volume, last, last_log, opened, first, high, low, total):  # type: ignore[no-untyped-def]
    for c in columns:
        p = price[c]
        if not opened[c]:
            opened[c] = True
            first[c] = high[c] = low[c] = p
        high[c] = max(high[c], p)
        low[c] = min(low[c], p)
        total[c] += volume[c]
        last[c] = p
        last_log[c] = math.log(p)


@njit(cache=True, nogil=True, error_model="numpy")
def _larger_side(trades, accounts):  # type: ignore[no-untyped-def]
    bought, sold = np.zeros(trades.shape[1]), np.zeros(trades.shape[1])
    for i in accounts:
        traded = trades[i]
        for j in range(traded.size):
            bought[j] += max(traded[j], 0.0)
            sold[j] += max(-traded[j], 0.0)
    return np.maximum(bought, sold)


class Exchange:
    """Holds auctions in the stocks of a demand book and settles them in a ledger.

    Attributes, all (stocks,): `last_price` USD and `last_log_price` of the last auction;
    `previous_close`; `open`, `high`, `low`, `volume` (shares) of the day so far, prices of the last
    close and volume 0 until the first auction of the day. `trades` (accounts, stocks) are the
    shares bought in the last auction of each stock; `halted` says whether trading is over for
    today.
    """

    def __init__(
        self, rules: MarketRules, ledger: Ledger, book: DemandBook, last_price: ArrayLike
    ) -> None:
        if ledger.holdings.shape != book.shape:
            raise ValueError(
                f"ledger {ledger.holdings.shape} and demand book {book.shape} must agree"
            )
        stocks = book.shape[1]
        self.rules = rules
        self.ledger = ledger
        self.book = book
        self.last_price: FloatArray = np.array(last_price, dtype=np.float64)
        if self.last_price.shape != (stocks,) or not (self.last_price > 0).all():
            raise ValueError(f"last_price must be {stocks} prices above 0")
        self.last_log_price: FloatArray = np.log(self.last_price)
        self.previous_close: FloatArray = self.last_price.copy()
        self.open: FloatArray = self.last_price.copy()
        self.high: FloatArray = self.last_price.copy()
        self.low: FloatArray = self.last_price.copy()
        self.volume: FloatArray = np.zeros(stocks)
        self.trades: FloatArray = np.zeros(book.shape)
        self.halted = False
        self._opened = np.zeros(stocks, dtype=bool)
        self._price = np.zeros(stocks)
        self._volume = np.zeros(stocks)
        self._low = np.full(stocks, -np.inf)
        self._high = np.full(stocks, np.inf)
        self._unbounded = (np.full(stocks, -np.inf), np.full(stocks, np.inf))

    # -- the day ------------------------------------------------------------------------------

    def start_day(self) -> None:
        """Yesterday's last prices become the previous close; nothing has traded yet."""
        for array in (self.previous_close, self.open, self.high, self.low):
            array[:] = self.last_price
        self.volume[:] = 0.0
        self._opened[:] = False
        self.halted = False

    def observe_market(self, fall: float) -> Halt | None:
        """Tell the exchange by what fraction the index stands below its previous close.

        Returns the severest halt that this sets off, if any; one without `minutes` closes the
        market for the day (`halted`), shorter ones end before the next auction.
        """
        reached = [halt for halt in self.rules.halts if fall >= halt.fall]
        if not reached:
            return None
        self.halted = self.halted or any(halt.minutes is None for halt in reached)
        return reached[-1]

    def set_reference(self, column: int, price: float) -> None:
        """The price from which the next auction of a stock starts, for one that has not traded."""
        if not 0.0 < price < np.inf:
            raise ValueError(f"reference price of stock {column} must be above 0, got {price}")
        for array in (self.last_price, self.previous_close, self.open, self.high, self.low):
            array[column] = price
        self.last_log_price[column] = math.log(price)

    def split(self, column: int, ratio: float) -> None:
        """``ratio`` new shares for one old: prices, volumes and stated demand in new shares."""
        if not 0.0 < ratio < np.inf:
            raise ValueError(f"split ratio of stock {column} must be above 0, got {ratio}")
        prices = (self.last_price, self.previous_close, self.open, self.high, self.low, self._price)
        for array in prices:
            array[column] /= ratio
        self.last_log_price[column] = math.log(self.last_price[column])
        for volume in (self.volume, self._volume):
            volume[column] *= ratio
        self.trades[:, column] *= ratio
        book = self.book
        for demand in (book.neutral, book.lean, book.floor, book.cap, book.orders):
            demand[:, column] *= ratio
        book.value[:, column] -= math.log(ratio)

    @property
    def auction_volume(self) -> FloatArray:
        """Shares traded in the last auction of each stock (stocks,)."""
        return self._volume

    def traded_by(self, accounts: NDArray[np.int64]) -> FloatArray:
        """Shares that these accounts bought, or sold if that is more, in the last auction of each
        stock, (stocks,)."""
        return np.asarray(_larger_side(self.trades, accounts))

    # -- auctions -----------------------------------------------------------------------------

    def auction(self, columns: ArrayLike, bands: bool = True, closing: bool = False) -> None:
        """Hold one auction in each stock of `columns` (m,) and settle it; `closing` the day's last.

        Raises AuctionError, before anything is settled, if a schedule, a holding or a last price is
        not finite.
        """
        chosen = np.ascontiguousarray(columns, dtype=np.int64)
        low, high = self._bands(closing) if bands else self._unbounded
        self._clear(chosen, low, high)
        self._settle(chosen)

    def opening_cross(self, column: int, reference: float, arrival: Arrival) -> OpeningCross:
        """The first trade of a stock, delayed until the price at which it would open is steady.

        Parameters: `reference` is the price to start from, USD; `arrival` says which part of each
        participant (0..1: a crowd comes in part) has arrived in each round, an array (rounds,
        accounts) whose last row also serves for later rounds, or a function of the round, from 0.
        Only those who have arrived take part in the first trade; there is no price band. The delay
        counts from the bell.
        """
        rules = self.rules.opening
        self.set_reference(column, reference)
        schedules = self.book.column(column)
        held = np.ascontiguousarray(self.ledger.holdings[:, column : column + 1])
        here = np.zeros(1, dtype=np.int64)
        price, volume, trades = np.zeros(1), np.zeros(1), np.zeros_like(held)
        indicative: list[float] = []
        for number in range(rules.rounds):
            if callable(arrival):
                part = arrival(number)
            else:
                part = arrival[min(number, len(arrival) - 1)]
            share = np.asarray(part, dtype=np.float64).reshape(-1, 1)
            code = clear(
                here, *schedules[:5], schedules.speed * share, schedules.orders * share, held,
                self.last_log_price[column : column + 1], *self._unbounded, self.rules.tick,
                price, volume, trades,
            )  # fmt: skip
            if code != 0:  # one stock here: the account is the code less one
                self._refuse(code if code < 0 else (code - 1) * self.book.shape[1] + column + 1)
            indicative.append(float(price[0]))
            if number + 1 >= max(rules.first_round, 2) and volume[0] > 0.0:
                before, now = indicative[-2:]
                if abs(now - before) < rules.steady * before:
                    break
        self._price[column], self._volume[column] = price[0], volume[0]
        self.trades[:, column] = trades[:, 0]
        self._settle(np.array([column], dtype=np.int64))
        self.previous_close[column] = price[0]  # a daily limit counts from the first trade
        delay = len(indicative) * rules.minutes_per_round
        return OpeningCross(delay, tuple(indicative), float(price[0]), float(volume[0]))

    def _bands(self, closing: bool) -> tuple[FloatArray, FloatArray]:
        """Log price bands (stocks,) of the next auction."""
        around_last, around_close = self.rules.auction_band, self.rules.daily_limit
        if closing and self.rules.closing_collar is not None:
            around_last = min(around_last or 1.0, self.rules.closing_collar)
        if around_last is None and around_close is None:
            return self._unbounded
        low, high = self._low, self._high
        if around_last is not None:
            np.add(self.last_log_price, math.log1p(-around_last), out=low)
            np.add(self.last_log_price, math.log1p(around_last), out=high)
        if around_close is not None:
            close = np.log(self.previous_close)
            down, up = close + math.log1p(-around_close), close + math.log1p(around_close)
            if around_last is not None:
                # a price that stands outside the day's limit comes back no faster than this band
                down, up = np.clip(down, low, high), np.clip(up, low, high)
            low[:], high[:] = down, up
        return low, high

    def _clear(self, columns: NDArray[np.int64], low: FloatArray, high: FloatArray) -> None:
        code = clear(
            columns, *self.book.arrays(), self.ledger.holdings, self.last_log_price, low, high,
            self.rules.tick, self._price, self._volume, self.trades,
        )  # fmt: skip
        if code != 0:
            self._refuse(code)

    def _settle(self, columns: NDArray[np.int64]) -> None:
        self.ledger.settle(columns, self.trades, self._price)
        _book_prices(
            columns, self._price, self._volume, self.last_price, self.last_log_price, self._opened,
            self.open, self.high, self.low, self.volume,
        )  # fmt: skip

    def _refuse(self, code: int) -> None:
        """Say what the auction's error code means."""
        if code < 0:
            stock = -1 - code
            raise AuctionError(
                f"stock {stock}: last price {self.last_price[stock]} is not a price, or its price "
                f"band is empty"
            )
        account, stock = divmod(code - 1, self.book.shape[1])
        fields = {**self.book.arrays()._asdict(), "holdings": self.ledger.holdings}
        for name, array in fields.items():
            if not math.isfinite(array[account, stock]):
                raise AuctionError(
                    f"demand of account {account} for stock {stock}: {name} is "
                    f"{array[account, stock]}, expected a finite number"
                )
        raise AuctionError(f"demand of account {account} for stock {stock} is too large to add up")
