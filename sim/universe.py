"""The listed companies, in reduced form, and the company in focus among them.

The universe is a set of columns.  The default is one column, the market portfolio, scaled to
the S&P 500 of 15 June 2026 (index level 7554.29, float-adjusted capitalisation
$63,498.44bn, dividends of $664.90bn in 2025; Damodaran, blog post of 18 June 2026).  A
synthetic universe of any size spreads the same capitalisation over stocks whose sizes follow
a power law (Axtell 2001).  Companies that come to market are further columns, unlisted until
their first trade, and are valued story by story instead (``sim.beliefs``).
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.inputs import Settings
from sim.news import MacroNews
from sim.streams import Streams

Array = NDArray[np.float64]
TRADING_DAYS = 252
MARKET = "MKT"


class UniverseRules(Settings):
    """What is listed besides the company in focus.

    ``rate_duration`` and ``premium_duration`` are −d log value / d rate; 25 is the inverse of
    a dividend-and-buy-back yield of 4 % (Gordon growth), and a rate that rises with growth
    hurts less: 5 (assumption).  ``market_elasticity`` is the demand elasticity of the whole
    market portfolio, 0.2 (Gabaix and Koijen 2021); ``market_disagreement`` how much investors'
    private opinions differ about it, relative to a single stock (assumption).
    """

    kind: Literal["market", "synthetic"] = "market"
    stocks: int = Field(default=500, ge=1, le=20_000)
    float_cap_bn: float = Field(default=63_498.44, gt=0)
    level: float = Field(default=7554.29, gt=0)
    dividends_bn: float = Field(default=664.90, ge=0)
    expected_return: float = Field(default=0.08, ge=-0.5, le=1)
    rate_duration: float = Field(default=5.0, ge=0, le=100)
    premium_duration: float = Field(default=25.0, ge=0, le=100)
    market_elasticity: float = Field(default=0.2, gt=0, le=100)
    market_disagreement: float = Field(default=0.25, ge=0, le=1)
    idiosyncratic_volatility: float = Field(default=0.015, ge=0, le=0.5)
    size_exponent: float = Field(default=1.06, gt=0.5, le=5)

    @property
    def is_one_column(self) -> bool:
        return self.kind == "market"


from dataclasses import dataclass


@dataclass(frozen=True)
class Newcomer:
    symbol: str


class Universe:
    """Public fundamentals of every column; arrays have the shape (stocks,).

    Attributes
    ----------
    symbols : list of str
    log_value : Array
        Log of the public consensus value per share in USD.
    news_shift : Array
        Change of ``log_value`` since the last auction of the column; whoever follows public
        news at once (market makers) adds it to the last price.
    elasticity : Array
        Scale of investors' lean in the column: 1 for a single stock.
    disagreement : Array
        Scale of investors' private opinions: 1 for a single stock.
    dividend_yield, drift : Array
        Per year; log value drifts at the expected return less dividends.
    focus : list of int
        Columns of the companies in focus (``focus_columns`` as an array).
    """

    def __init__(self, rules: UniverseRules, focus: list[str], streams: Streams) -> None:
        self.rules = rules
        base = [MARKET] if rules.kind == "market" else [f"S{i:04d}" for i in range(rules.stocks)]
        n, s = len(base), len(base) + len(focus)
        self.symbols = base + list(focus)
        self.base = np.arange(n)
        self.focus = list(range(n, s))
        self.focus_columns = np.arange(n, s)
        self._rng = streams("news.stocks")
        self.log_value = np.zeros(s)
        self.news_shift = np.zeros(s)
        self.elasticity = np.ones(s)
        self.disagreement = np.ones(s)
        self.shares = np.zeros(s)
        self.listed = np.zeros(s, dtype=bool)
        self.listed[:n] = True
        dividends = rules.dividends_bn / rules.float_cap_bn
        self.dividend_yield = np.zeros(s)
        self.dividend_yield[:n] = dividends
        self.drift = np.full(s, math.log1p(rules.expected_return))
        self.drift[:n] -= dividends
        self.idiosyncratic = np.zeros(s)
        if rules.kind == "market":
            self.log_value[0] = math.log(rules.level)
            self.shares[0] = rules.float_cap_bn * 1e9 / rules.level
            self.elasticity[0] = rules.market_elasticity
            self.disagreement[0] = rules.market_disagreement
        else:
            rank = np.arange(1, n + 1) ** (-1 / rules.size_exponent)
            cap = rules.float_cap_bn * 1e9 * rank / rank.sum()
            price = streams("universe.prices").lognormal(math.log(100), 0.6, n)
            self.log_value[:n] = np.log(price)
            self.shares[:n] = cap / price
            self.idiosyncratic[:n] = rules.idiosyncratic_volatility
        self.shim()

    def shim(self) -> None:
        s = len(self.symbols)
        self.newcomers = np.array(self.focus, dtype=np.int64)
        self.ordinary = self.base.size
        self.departing = np.zeros(0, dtype=np.int64)
        self.leaving = np.zeros(s, dtype=bool)
        self.earnings_quarter = np.ones(s)
        self.earnings_year = np.ones(s)
        self.dual_class = np.zeros(s, dtype=bool)
        self.nasdaq = np.arange(s) % 2 == 0
        if self.focus:
            self.nasdaq[self.focus] = True
        self.domestic = np.ones(s, dtype=bool)
        self.financial = np.zeros(s, dtype=bool)
        self.sector = np.zeros(s, dtype=np.int64)
        self.float_factor = np.ones(s)

    def start_day(self, session: int) -> None: ...
    def enlist(self, column: int) -> None:
        self.listed[column] = True
    def retire(self, column: int) -> None:
        self.listed[column] = False
    def raise_capital(self, column: int, proceeds: float, issue_price: float) -> None: ...

    @property
    def market_value(self) -> float:
        """Total public value of all listed columns, USD."""
        return float((np.exp(self.log_value) * self.shares)[self.listed].sum())

    def receive(self, news: MacroNews, variance_share: float, days: float) -> None:
        """Revalue the reduced-form columns on macro and own news and the passage of time."""
        n = self.base.size
        common = news.earnings - self.rules.rate_duration * news.rate
        common -= self.rules.premium_duration * news.premium
        change = common + self.drift[:n] * (days / TRADING_DAYS)
        if self.idiosyncratic[:n].any():
            own = self._rng.standard_normal(n) * math.sqrt(variance_share)
            change = change + self.idiosyncratic[:n] * own
        self.log_value[:n] += change
        self.news_shift[:n] += change

    def set_focus_value(self, column: int, log_value: float) -> None:
        """Take over the consensus value of a company in focus from its stories."""
        if self.listed[column]:
            self.news_shift[column] += log_value - self.log_value[column]
        self.log_value[column] = log_value

    def news_taken_up(self, columns: NDArray[np.int64]) -> None:
        """An auction has been held in these columns: the public news is in the price."""
        self.news_shift[columns] = 0.0
