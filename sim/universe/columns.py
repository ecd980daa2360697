"""Who stands in which column, and what is known of every company at the start.

Columns are the companies listed at the start (the one-column market, or a census), then newcomers:
first those in reduced form, then the companies in focus, which are valued story by story.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.inputs import InputError
from sim.streams import Streams
from sim.universe.census import SECTORS, Array, BoolArray, Census, IntArray
from sim.universe.drawing import draw
from sim.universe.newcomer import Newcomer
from sim.universe.reading import read_csv
from sim.universe.rules import MARKET, UniverseRules


class Columns:
    """The columns of a universe; arrays have the shape (stocks,).

    Parameters
    ----------
    rules : UniverseRules
    newcomers : sequence of str or Newcomer
    streams : Streams

    Attributes
    ----------
    symbols : list of str
    base, newcomers : IntArray
        Columns listed at the start, and the others.
    focus : list of int
        Columns of the companies in focus.
    ordinary : int
        The first so many columns are in reduced form.
    listed : BoolArray
    log_value : Array
        Log of the public consensus value per share in USD.
    shares : Array
        Shares outstanding; 0 for a company in focus that is not listed yet.
    elasticity, disagreement : Array
        Scale of investors' lean in the column and of their private opinions: 1 for a single stock.
    dividend_yield, drift : Array
        Per year; log value drifts at the expected return less dividends.
    sector, float_factor, beta, volatility, rate_duration, nasdaq, dual_class, financial, domestic
        As in `Census`. Companies in focus get those of a plain industrial company on Nasdaq; who
        knows better may write into the arrays.

    Raises
    ------
    InputError
        If two companies have one symbol, a newcomer in reduced form follows one in focus, or the
        CSV file is wrong.
    """

    def __init__(
        self, rules: UniverseRules, newcomers: Sequence[str | Newcomer], streams: Streams
    ) -> None:
        self.rules = rules
        self.census = census = _census(rules, streams)
        self.young = [company for company in newcomers if isinstance(company, Newcomer)]
        names = [company for company in newcomers if isinstance(company, str)]
        if list(newcomers) != [*self.young, *names]:
            raise InputError(
                f"newcomers: got {names[0]} before {self.young[-1].symbol}, expected "
                "companies in focus after those in reduced form"
            )
        n, m = len(census), len(census) + len(self.young)
        s = n + len(newcomers)
        self.symbols = [*census.symbol, *(company.symbol for company in self.young), *names]
        if len(set(self.symbols)) < s:
            twice = next(x for x in self.symbols[n:] if self.symbols.count(x) > 1)
            raise InputError(f"newcomers: got symbol {twice!r} twice, expected different ones")
        self.base, self.newcomers, self.ordinary = np.arange(n), np.arange(n, s), m
        self.focus = list(range(m, s))
        self.listed: BoolArray = np.arange(s) < n
        self._describe()
        self._value(census)

    def _describe(self) -> None:
        self.sector: IntArray = self._known("sector", SECTORS.index("Industrials"))
        self.financial: BoolArray = self._known("financial", False)
        self.float_factor: Array = self._known("float_factor", 1.0)
        self.beta: Array = self._known("beta", 1.0)
        self.volatility: Array = self._known("volatility", 0.0)
        self.rate_duration: Array = self._known("rate_duration", 0.0)
        self.dual_class: BoolArray = self._known("dual_class", False)
        self.nasdaq: BoolArray = self._known("nasdaq", True)
        self.domestic: BoolArray = self._known("domestic", True)

    def _value(self, census: Census) -> None:
        n, m, s = self.base.size, self.ordinary, len(self.symbols)
        price = [*census.price, *(company.value_per_share for company in self.young)]
        self.log_value = np.zeros(s)
        self.log_value[:m] = [math.log(each) for each in price]
        self.shares: Array = self._known("shares", 0.0)
        self.elasticity = np.ones(s)
        self.disagreement = np.ones(s)
        self.disagreement[n:m] = [company.disagreement for company in self.young]
        if self.rules.is_one_column:
            self.elasticity[0] = self.rules.market_elasticity
            self.disagreement[0] = self.rules.market_disagreement
        self.dividend_yield: Array = self._known("dividend_yield", 0.0)
        self.drift = math.log1p(self.rules.expected_return) - self.dividend_yield

    def _known(self, name: str, default: Any) -> NDArray[Any]:
        """A field of the census, continued for newcomers."""
        listed: NDArray[Any] = getattr(self.census, name)
        young = [getattr(company, name) for company in self.young]
        return np.array([*listed, *young, *[default] * len(self.focus)], dtype=listed.dtype)

    @property
    def market_value(self) -> float:
        """Total public value of all listed columns, USD."""
        return float((np.exp(self.log_value) * self.shares)[self.listed].sum())


def _census(rules: UniverseRules, streams: Streams) -> Census:
    """The companies listed at the start."""
    if rules.kind == "csv":
        return read_csv(rules.file)
    if rules.kind == "stocks":
        return draw(rules, streams)
    one, no = np.ones(1), np.zeros(1, dtype=bool)
    return Census(
        symbol=[MARKET],
        sector=np.zeros(1, dtype=np.int64),
        price=rules.level * one,
        shares=rules.float_cap_bn * 1e9 / rules.level * one,
        float_factor=one,
        dual_class=no,
        nasdaq=no,
        financial=no,
        domestic=~no,
        beta=one,
        volatility=0 * one,
        earnings_yield=rules.earnings_yield * one,
        maturity=one,
        dividend_yield=rules.dividends_bn / rules.float_cap_bn * one,
        rate_duration=rules.rate_duration * one,
        report_day=-np.ones(1, dtype=np.int64),
    )
