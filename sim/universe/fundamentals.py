"""Public fundamentals of every column: value, earnings, and how news moves them.

A company in reduced form has log value v with

    dv = g dt + β (dE − D_p dπ + dU) − D_r dr + sector news + own news + jumps,

E common earnings, π the market premium and r the risk-free rate of `sim.news` (decomposition of
Campbell and Shiller 1988), U the premium for variance of `sim.risk_premium`, own news as in
`sim.universe.own_news`.  It drifts at the expected
return less the dividend yield, so companies that pay less grow more.  A company in focus is valued
story by story instead (`sim.beliefs`) and has its value set from there.

News is about what the whole firm earns, and creditors, lessors and fixed costs come before the
owners.  With a part φ of a firm's usual value taken by such claims, which do not move with news and
follow the value only slowly, macro, sector and own news of a share is multiplied by its gearing

    G = 1 − φ + φ·exp(v̄ − v),        v̄ ← v̄ + (1 − δ)(v − v̄),

one when the value is as usual and larger after a fall, smaller after a rise: the leverage effect
(Black 1976; Christie 1982).  Jumps and reports have the sizes seen in shares as they are, and
companies that come to market later have no fixed claims: the young borrow little.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numba import njit

from sim.calendar import TRADING_DAYS
from sim.inputs import InputError
from sim.news import MacroNews
from sim.streams import Streams
from sim.universe.census import Array, BoolArray, IntArray, normal_yield
from sim.universe.columns import Columns
from sim.universe.earnings import EarningsBook, Reports
from sim.universe.newcomer import Newcomer
from sim.universe.own_news import OwnNews
from sim.universe.rules import UniverseRules
from sim.universe.takeovers import NOBODY, Takeovers

#: Largest gearing: deeper in trouble, creditors bear the news (Merton 1974; the number is an
#: assumption).
MOST_GEARED = 2.0
#: Log fall beyond which gearing is the largest whatever the fixed claims.
DEEPEST = 10.0


@njit(cache=True, nogil=True, error_model="numpy")
def _macro(beta, earnings, rate_duration, rate, premium_duration, premium, gearing, drift, years):  # type: ignore[no-untyped-def]
    """Log change of value by macro news and the passage of so many years, (companies,)."""
    change = np.empty(gearing.size)
    for i in range(gearing.size):
        news = beta[i] * earnings - rate_duration[i] * rate - premium_duration[i] * premium
        change[i] = news * gearing[i] + drift[i] * years
    return change


class Universe(Columns):
    """Public fundamentals of every column; arrays have the shape (stocks,).

    Parameters
    ----------
    rules : UniverseRules
    newcomers : sequence of str or Newcomer
        Companies not listed yet, in the order of their columns: first those in reduced form, then
        the symbols of companies in focus.  They keep out of sums until `enlist`.
    streams : Streams
        Names beginning with ``universe.`` and ``news.``, see the modules of this package.

    quarter_start : int
        The first session that belongs to a new calendar quarter: results follow it.

    Attributes
    ----------
    news_shift : Array
        Change of ``log_value`` since the last auction of the column; whoever follows public
        news at once (market makers) adds it to the last price.
    leaving : BoolArray
        A takeover of the company is announced.
    departing, reported : IntArray
        Columns whose takeover is completed this morning; listed ones that reported last evening.
    earnings_quarter, earnings_year : Array
        USD, the last quarter reported and the sum of the last four.

    Those of `Columns` besides.

    Raises
    ------
    InputError
        As `Columns`.
    """

    def __init__(
        self,
        rules: UniverseRules,
        newcomers: Sequence[str | Newcomer],
        streams: Streams,
        quarter_start: int = 0,
    ) -> None:
        super().__init__(rules, newcomers, streams)
        n, m, young = self.base.size, self.ordinary, self.young
        self.news_shift = np.zeros(len(self.symbols))
        self.reported: IntArray = NOBODY
        yields = np.array([*self.census.earnings_yield, *(each.earnings_yield for each in young)])
        year = np.zeros(len(self.symbols))
        year[:m] = yields * np.exp(self.log_value[:m]) * self.shares[:m]
        self._earnings = EarningsBook(year)
        bidden = 0 if rules.is_one_column else n
        self._takeovers = Takeovers(rules, len(self.symbols), bidden, streams)
        self._session = 0
        self._gone: IntArray = NOBODY
        self._premium_duration = self.beta[:m] * rules.premium_duration
        self._overnight: Array | None = None
        self._usual = self.log_value[:m].copy()
        self._adjusting = 1 - 0.5 ** (1 / (rules.claims_half_life * TRADING_DAYS))
        self._fixed = np.where(np.arange(m) < n, rules.fixed_claims, 0.0)
        self._gearing = np.ones(m)
        #: By column: shares after offerings so far; money these brought and shares they sold.
        self._count = {column: float(self.shares[column]) for column in range(n, m)}
        self._raised = {column: (0.0, 0.0) for column in range(n, m)}
        self._own: OwnNews | None = None
        if not rules.is_one_column or young:
            self._follow_companies(yields, streams, quarter_start)

    def _follow_companies(self, yields: Array, streams: Streams, quarter_start: int) -> None:
        rules, census, young, m = self.rules, self.census, self.young, self.ordinary
        names = [company.symbol for company in young]
        sector, cap = self.sector[:m].copy(), np.zeros(m)
        if rules.is_one_column:
            sector[0] = -1
        else:
            cap[: len(census)] = census.float_cap
        begins = np.array([company.own_news_from for company in young], dtype=np.int64)
        self._silent_until = np.append(np.zeros(m - len(young), dtype=np.int64), begins)
        self._own = OwnNews(rules, self.volatility[:m], sector, cap, names, begins, streams)
        maturity = np.array([*census.maturity, *(company.start_maturity for company in young)])
        report_day = np.array([*census.report_day, *(company.report_day for company in young)])
        self._reports = Reports(
            rules, report_day, self.volatility[:m], normal_yield(yields, maturity), maturity, names,
            streams, quarter_start,
        )  # fmt: skip

    # -- what can be seen -----------------------------------------------------------------------

    @property
    def leaving(self) -> BoolArray:
        """Columns whose takeover is announced."""
        return self._takeovers.leaving

    @property
    def departing(self) -> IntArray:
        """Columns whose takeover is completed this morning; the model is to retire them."""
        return self._takeovers.departing

    @property
    def earnings_quarter(self) -> Array:
        """Net income of the last quarter reported, USD."""
        return self._earnings.quarter

    @property
    def earnings_year(self) -> Array:
        """Net income of the last four quarters reported, USD."""
        return self._earnings.year

    # -- the day --------------------------------------------------------------------------------

    def start_day(self, session: int, uncertainty: float = 1.0) -> None:
        """Morning, before any news: jumps and reports since last evening, takeovers.

        ``session`` counts trading days from the start of the run; ``uncertainty`` is the scale s of
        all news (`sim.news`).
        """
        self._session = session
        self._gear()
        if self._own is None:
            return
        overnight = self._own.start_day(uncertainty)
        columns = self._reports.due(session)
        if columns.size and self._gone.size:
            columns = columns[~np.isin(columns, self._gone)]
        if columns.size:
            jump = np.where(
                self._silent_until[columns] <= session, self._reports.jump(columns), 0.0
            )
            overnight[columns] += jump
            value = np.exp(self.log_value[columns] + jump) * self.shares[columns]
            self._earnings.book(columns, self._reports.result(columns, value, session))
            columns = columns[self.listed[columns]]
        self.reported = columns
        self._overnight = overnight
        self._takeovers.start_day(session, self.listed, self.log_value, self.shares)

    def _gear(self) -> None:
        """G of every company, as of last evening."""
        value, fixed = self.log_value[: self.ordinary], self._fixed
        self._usual += (value - self._usual) * self._adjusting
        gearing = 1 - fixed + fixed * np.exp(np.minimum(self._usual - value, DEEPEST))
        self._gearing = np.minimum(gearing, MOST_GEARED)

    def market_news(self, news: MacroNews) -> float:
        """What macro news does to the log value of a stock that moves with the market, β = 1."""
        rules = self.rules
        rate, premium = rules.rate_duration * news.rate, rules.premium_duration * news.premium
        return news.earnings - rate - premium

    def receive(self, news: MacroNews, variance_share: float, days: float) -> None:
        """Revalue the reduced-form columns on macro and own news and the passage of time.

        ``variance_share`` of the day's variance falls on this instant; the first one of a day also
        carries what became known overnight.
        """
        m = self.ordinary
        change = _macro(
            self.beta, news.earnings + news.uncertainty, self.rate_duration, news.rate,
            self._premium_duration, news.premium, self._gearing, self.drift, days / TRADING_DAYS,
        )  # fmt: skip
        if self._own is not None:
            change += self._own.instant(variance_share, self._gearing)
            if self._overnight is not None:
                change += self._overnight
                self._overnight = None
            if self._gone.size:
                change[self._gone] = 0.0
            change[self.leaving[:m]] = 0.0
        self.log_value[:m] += change
        self.news_shift[:m] += change

    def set_focus_value(self, column: int, log_value: float) -> None:
        """Take over the consensus value of a company in focus from its stories."""
        if self.listed[column]:
            self.news_shift[column] += log_value - self.log_value[column]
        self.log_value[column] = log_value

    def news_taken_up(self, columns: IntArray) -> None:
        """An auction has been held in these columns: the public news is in the price."""
        self.news_shift[columns] = 0.0

    # -- corporate actions ----------------------------------------------------------------------

    def enlist(self, column: int) -> None:
        """From now on the company is listed; a newcomer in reduced form begins to mature."""
        if not self.listed[column]:
            self.listed[column] = True
            self.news_shift[column] = 0.0
            if column < self.ordinary:
                self._reports.begin(column, self._session)
                self._takeovers.enlist(column, self.symbols[column], self._session)

    def retire(self, column: int) -> None:
        """The company ceases to be listed; its value stands still from now on."""
        self.listed[column] = False
        self.news_shift[column] = 0.0
        self._takeovers.retire(column)
        if column < self.ordinary:
            self._gone = np.append(self._gone, column)

    def raise_capital(self, column: int, proceeds: float, shares: float) -> None:
        """A newcomer in reduced form has sold so many new shares, and has so many USD of it.

        Called again with larger totals (an over-allotment option), it books the difference. With N
        old shares of value v, money R and n new shares the value becomes (N v + R) / (N + n).

        Raises InputError for any other column.
        """
        if column not in self._raised:
            raise InputError(
                f"offering of {self.symbols[column]}: expected a newcomer in reduced form"
            )
        usd, sold = self._raised[column]
        new = shares - sold
        old, before = self._count[column], self.log_value[column]
        worth = old * math.exp(before) + proceeds - usd
        self.log_value[column] = math.log(worth / (old + new))
        self._usual[column] += self.log_value[column] - before
        self._count[column] = self.shares[column] = old + new
        self._raised[column] = (proceeds, shares)

    def split(self, column: int, ratio: float) -> None:
        """Every share becomes ``ratio`` shares; the value of the company stays."""
        if not (math.isfinite(ratio) and ratio > 0):
            raise InputError(f"split of {self.symbols[column]}: got {ratio}, expected above 0")
        self.shares[column] *= ratio
        if column in self._count:
            self._count[column] *= ratio
            self._raised[column] = (self._raised[column][0], self._raised[column][1] * ratio)
        self.log_value[column] -= math.log(ratio)
        if column < self.ordinary:
            self._usual[column] -= math.log(ratio)

    def revalue(self, column: int, log_value: float) -> None:
        """An event of the company itself changes its public value a share; it is news."""
        self.set_focus_value(column, log_value)

    def settle(self, column: int, log_value: float) -> None:
        """A takeover for cash is agreed: a share is worth what will be paid for it, whatever is
        heard of the company, and nobody is of another opinion.  The price agreed is no news."""
        self.log_value[column] = log_value
        self.news_shift[column] = self.disagreement[column] = 0.0

    def count_shares(self, column: int, shares: float) -> None:
        """From now on so many shares are outstanding."""
        self.shares[column] = shares
        if column in self._count:
            self._count[column] = shares

    def absorb(self, acquirer: int, target: int) -> None:
        """The acquirer has earned what the target did."""
        self._earnings.merge(acquirer, target)

    def set_earnings(self, column: int, quarter_usd: float) -> None:
        """A company in focus, whose results come from elsewhere, has published a quarter, USD."""
        if not math.isfinite(quarter_usd):
            raise InputError(f"earnings of {self.symbols[column]}: got {quarter_usd}, expected USD")
        self._earnings.book(np.array([column]), np.array([quarter_usd]))
