"""A census: one line a company, as of the start of the run.

Definitions, per company:

    float cap     = price × shares × float_factor
    normal yield  = normal earnings / (price × shares), what the company earns when grown up
    trailing earnings / (price × shares) = earnings_yield = maturity × normal yield

so maturity 1 is a company that earns its normal profit, between 0 and 1 one that still grows into
it, below 0 one that loses money.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sim.inputs import InputError

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: Sectors by number (Global Industry Classification Standard).
SECTORS = (
    "Information Technology", "Communication Services", "Consumer Discretionary", "Health Care",
    "Financials", "Industrials", "Consumer Staples", "Energy", "Utilities", "Materials",
    "Real Estate",
)  # fmt: skip
#: Normal yield of a company about which nothing else is known (assumption).
NORMAL_YIELD = 0.04


@dataclass(frozen=True, eq=False)
class Census:
    """The listed companies; arrays have the shape (companies,).

    Attributes
    ----------
    symbol : list of str
    sector : IntArray
        Place in `SECTORS`.
    price, shares : Array
        USD; shares outstanding, those closely held included.
    float_factor : Array
        Part of the shares that outsiders may trade, above 0 and up to 1.
    dual_class, nasdaq, financial, domestic : BoolArray
        Several share classes; primary listing on Nasdaq; financial company; US company.
    beta : Array
        Response to the market's earnings and premium.
    volatility : Array
        Daily standard deviation of the company's own news, jumps and reports included.
    earnings_yield : Array
        GAAP net income of the last four quarters over price × shares; below 0 for a loss.
    maturity : Array
        Reported over normal earnings, at most 1; same sign as ``earnings_yield``.
    dividend_yield : Array
        Per year.
    rate_duration : Array
        −d log value / d risk-free rate.
    report_day : IntArray
        Session of the quarter, counted from 0, after whose close the company reports.

    Raises
    ------
    InputError
        If the columns differ in length.
    """

    symbol: list[str]
    sector: IntArray
    price: Array
    shares: Array
    float_factor: Array
    dual_class: BoolArray
    nasdaq: BoolArray
    financial: BoolArray
    domestic: BoolArray
    beta: Array
    volatility: Array
    earnings_yield: Array
    maturity: Array
    dividend_yield: Array
    rate_duration: Array
    report_day: IntArray

    def __post_init__(self) -> None:
        for field in fields(self):
            size = len(getattr(self, field.name))
            if size != len(self.symbol):
                raise InputError(
                    f"census.{field.name}: got {size} companies, expected {len(self.symbol)}"
                )

    def __len__(self) -> int:
        return len(self.symbol)

    @property
    def float_cap(self) -> Array:
        """Float-adjusted capitalisation, USD."""
        return self.price * self.shares * self.float_factor

    @property
    def normal_yield(self) -> Array:
        """Normal earnings over price × shares."""
        return normal_yield(self.earnings_yield, self.maturity)


def normal_yield(earnings_yield: Array, maturity: Array) -> Array:
    """Normal yields behind trailing ones; `NORMAL_YIELD` for companies that just break even."""
    out = np.full(len(maturity), NORMAL_YIELD)
    np.divide(earnings_yield, maturity, out=out, where=maturity != 0)
    return out


def implied_maturity(earnings_yield: float) -> float:
    """Maturity of a company of which only the trailing yield is known.

    1 if it earns money, for its price then says what is normal; below that it is measured against
    `NORMAL_YIELD`.
    """
    return 1.0 if earnings_yield > 0 else earnings_yield / NORMAL_YIELD
