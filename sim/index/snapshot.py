"""What an index provider sees of the market after a close: one array a field, one entry a stock.

Definitions, per stock:

    cap          = price × shares            capitalisation of the whole company
    float factor = float_shares / shares     share of the company that outsiders may trade
    float cap    = price × float_shares      float-adjusted capitalisation

Free float leaves out shares that are locked up or closely held.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from sim.inputs import InputError

Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

SEASONED = 1_000_000  # sessions; stands for a company listed long before the run
_AMOUNTS = ("price", "shares", "float_shares", "dollar_volume", "profit_quarter", "profit_year")
_SIGNED = 4  # from this one on they may be negative
_FLAGS = ("listed", "dual_class", "nasdaq", "domestic", "financial", "leaving")
_COUNTS = ("sessions_listed", "sector")


@njit(cache=True, nogil=True, error_model="numpy")
def _sound(price, shares, float_shares, dollar_volume, profit_quarter, profit_year):  # type: ignore[no-untyped-def]
    """Whether all amounts are finite, all but profits from 0 on, and no more floats than there is.

    One pass, every evening; which amount is wrong is worked out when one is.
    """
    for j in range(price.size):
        never_negative = min(min(price[j], shares[j]), min(float_shares[j], dollar_volume[j]))
        # 0 times anything finite is 0, so that this is NaN if one of them is not finite
        finite = 0.0 * (price[j] + shares[j] + float_shares[j] + dollar_volume[j])
        finite += 0.0 * (profit_quarter[j] + profit_year[j])
        if not (finite == 0.0 and never_negative >= 0.0):
            return False
        if float_shares[j] > shares[j] * (1 + 1e-9):
            return False
    return True


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The listed market after a close; arrays have the shape (stocks,).

    Attributes
    ----------
    price : Array
        Last price, USD; 0 where there is none yet.
    shares, float_shares : Array
        Shares outstanding, and those free to trade.
    listed : BoolArray
        Trades on an exchange tonight; turns False when a merger has closed.
    sessions_listed : IntArray
        Closes seen, the one of the first trading day counted as 1; 0 before the first trade.
    dollar_volume : Array
        Average value traded a day, USD.
    profit_quarter, profit_year : Array
        GAAP net income of the latest quarter and of the latest four together, USD.
    dual_class, nasdaq, domestic, financial : BoolArray
        Several share classes; primary listing on Nasdaq; US company; financial company.
    sector : IntArray
        Number of the industry sector.
    symbols : list of str
    leaving : BoolArray
        A merger is about to close: the stock will soon cease to trade.

    Raises
    ------
    InputError
        If an array has another length than ``price``, or an amount is negative, NaN or infinite
        (profits may be negative), or more shares float than are outstanding.
    """

    price: Array
    shares: Array
    float_shares: Array
    listed: BoolArray
    sessions_listed: IntArray
    dollar_volume: Array
    profit_quarter: Array
    profit_year: Array
    dual_class: BoolArray
    nasdaq: BoolArray
    domestic: BoolArray
    financial: BoolArray
    sector: IntArray
    symbols: list[str]
    leaving: BoolArray

    def __post_init__(self) -> None:
        stocks = self.price.shape
        for name in (*_AMOUNTS, *_FLAGS, *_COUNTS):
            shape = getattr(self, name).shape
            if shape != stocks or len(shape) != 1:
                raise InputError(f"snapshot.{name}: got shape {shape}, expected {stocks[:1]}")
        if len(self.symbols) != self.price.size:
            raise InputError(
                f"snapshot.symbols: got {len(self.symbols)}, expected {self.price.size}"
            )
        if _sound(
            self.price, self.shares, self.float_shares, self.dollar_volume, self.profit_quarter,
            self.profit_year,
        ):  # fmt: skip
            return
        amounts = np.array([getattr(self, name) for name in _AMOUNTS])
        sound = np.isfinite(amounts)
        sound[:_SIGNED] &= amounts[:_SIGNED] >= 0
        if not sound.all():
            j = int(np.argmin(sound.all(axis=1)))
            wanted = "finite numbers" if j >= _SIGNED else "finite numbers, none negative"
            raise InputError(f"snapshot.{_AMOUNTS[j]}: got {_worst(amounts[j])}, expected {wanted}")
        over = self.float_shares > self.shares * (1 + 1e-9)
        if over.any():
            j = int(np.flatnonzero(over)[0])
            raise InputError(
                f"snapshot.float_shares: got {self.float_shares[j]:g} of {self.symbols[j]}, "
                f"expected at most its {self.shares[j]:g} shares"
            )

    @classmethod
    def of(cls, price: ArrayLike, shares: ArrayLike, **known: Any) -> Snapshot:
        """A market of which only some fields are known.

        The others are those of a plain old company: all shares float, listed for long, its float
        turned over once a year, profitable (5 % of cap a year), one share class, domestic, on
        neither Nasdaq nor the list of financials. Scalars are spread over the stocks.
        """
        price = np.atleast_1d(np.asarray(price, dtype=float))
        n = price.size
        count = np.broadcast_to(np.asarray(shares, dtype=float), (n,)).copy()
        floating = np.broadcast_to(np.asarray(known.get("float_shares", count), float), (n,))
        plain: dict[str, Any] = {
            "float_shares": floating,
            "listed": True,
            "sessions_listed": SEASONED,
            "dollar_volume": price * floating / 252,
            "profit_quarter": price * count * 0.0125,
            "profit_year": price * count * 0.05,
            "dual_class": False,
            "nasdaq": False,
            "domestic": True,
            "financial": False,
            "sector": 0,
            "leaving": False,
        }
        symbols = known.pop("symbols", [f"S{j:04d}" for j in range(n)])
        unknown = sorted(set(known) - set(plain))
        if unknown:
            raise InputError(f"snapshot.{unknown[0]}: unknown, expected one of {', '.join(plain)}")
        fields: dict[str, Any] = {}
        for name, value in (plain | known).items():
            kind = np.bool_ if name in _FLAGS else np.int64 if name in _COUNTS else np.float64
            fields[name] = np.broadcast_to(np.asarray(value, dtype=kind), (n,)).copy()
        return cls(price=price, shares=count, symbols=list(symbols), **fields)

    @cached_property
    def cap(self) -> Array:
        """Capitalisation of the whole company, USD."""
        return self.price * self.shares

    @cached_property
    def float_cap(self) -> Array:
        """Float-adjusted capitalisation, USD."""
        return self.price * self.float_shares

    @cached_property
    def float_factor(self) -> Array:
        """Share of the company that floats, 0 to 1; 0 where there are no shares."""
        out = np.zeros_like(self.shares)
        np.divide(self.float_shares, self.shares, out=out, where=self.shares > 0)
        return np.minimum(out, 1.0)

    @cached_property
    def trading(self) -> BoolArray:
        """Listed, with a price, and staying."""
        return np.asarray(self.listed & (self.price > 0) & ~self.leaving)

    @cached_property
    def going(self) -> IntArray:
        """Stocks that are not listed, or are being taken over."""
        return np.flatnonzero(self.leaving | ~self.listed)


def _worst(values: Array) -> float:
    bad = values[~np.isfinite(values)]
    return float(bad[0]) if bad.size else float(values.min())
