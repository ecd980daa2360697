"""Private companies that may come to market: how many, how large, on what usual terms.

Companies become ready to go public as a Poisson process; when they do come is up to them
(`agents.ipo_window`).  A company of post-offering value E that sells the fraction f raises f·E.
Proceeds are log-normal with a Pareto tail,

    proceeds = median · exp(s·z)               (probability 1 − p)
    proceeds = start · u^(−1/a), u uniform     (probability p),

f falls from a uniform draw for usual sizes to a sliver for giants, and E = proceeds / f.  From the
day on which a company is ready its value moves with its own news (`sim.universe`), before that only
with market and sector, so that companies of later years are drawn from the same sizes; what is
raised in the end is an outcome.

The gross spread is the custom of US banks: almost always exactly 7 % for 25–100 m USD, mostly
7 % up to 250 m, and declining beyond (Chen and Ritter 2000; Ritter's Table 10: 95.4 % of
$25–100m deals of 2001–20 and 51.0 % of larger ones at exactly 7 %; deals of $10bn and more paid
0.35–2.8 %).

Nothing is drawn twice from one stream, and draws are in the order of companies: a longer run has
the same companies first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.calendar import TRADING_DAYS
from sim.inputs import Settings
from sim.streams import Streams
from sim.universe import SECTORS, Newcomer

Array = NDArray[np.float64]
SEVEN = 0.07
#: Proceeds [USD] from which the fraction sold falls: a giant that sells a quarter finds no buyers.
GIANT = 1e9
#: Sessions of the quarter between which companies report, as those listed at the start.
REPORTS = (8, 38)
#: Who holds a private company: names of `population.insiders` and their parts (assumption:
#: venture funds hold the most, founders and staff the rest).
STAKES = {"venture_funds": 0.45, "founder": 0.25, "employees": 0.20, "executives": 0.10}


class PipelineRules(Settings):
    """The population of private companies.

    ``per_year`` companies become ready a year (US operating companies: about 100–150 a year
    since 2001, 300–400 in the 1990s; Ritter's tables) and ``backlog`` are ready, or nearly so, at
    the start.  ``median_proceeds`` about $110m (Ritter); ``proceeds_spread`` s, ``tail_share`` p,
    ``tail_start`` and ``tail_exponent`` a are assumptions that give a few deals above $5bn in a
    thousand.  ``sold_low``–``sold_high`` of the shares after the offering are sold (15–35 %),
    with the power ``giant_sold`` less for each e-fold of proceeds beyond $1bn (assumption; Visa,
    Facebook, Alibaba and Saudi Aramco sold 1.5–50 %).

    ``price`` is where companies aim the middle of their range, $15–20 by US convention, with
    log spread ``price_spread``.  ``volatility`` is the daily standard deviation of own news, log
    spread ``volatility_spread`` (new listings: 3–3.5 % a day), ``beta`` its mean market beta
    (assumption).  ``losers`` is the share that earns losses (60–80 % in recent years, Ritter),
    ``multiple`` the earnings yield of the others (assumption).

    ``disagreement`` is, for a deal of median proceeds, how much more widely investors' opinions
    differ about a young company than about a seasoned one (calibrated), with log spread
    ``disagreement_spread`` (assumption).  Larger companies are better known and steadier (Zhang
    2006 on size and uncertainty; Beatty and Ritter 1986 on uncertainty and underpricing):
    disagreement falls with the power ``known`` of proceeds over their median, volatility with
    ``steadier`` (assumptions).

    ``over_allotment`` and ``lockup_days``: 15 % and 180 days are the rule (Field and Hanka 2001).
    ``retail_share`` is set aside for customers of the brokers (institutions get 60–75 %: Aggarwal,
    Prabhala and Puri 2002), and ``retail_flip_days`` how long these are kept from selling (brokers'
    30-day policies). A company withdraws if it cannot raise what it means to, less
    ``patience_low``–``patience_high``; shares that it keeps are worth ``reservation`` times the
    middle of the range to it, what a buyer in private would pay (assumptions).
    """

    per_year: float = Field(default=110.0, ge=0, le=2000)
    backlog: int = Field(default=60, ge=0, le=5000)
    median_proceeds: float = Field(default=110e6, gt=0)
    proceeds_spread: float = Field(default=1.0, ge=0, le=3)
    tail_share: float = Field(default=0.02, ge=0, le=1)
    tail_start: float = Field(default=1.5e9, gt=0)
    tail_exponent: float = Field(default=1.2, gt=0.3, le=10)
    sold_low: float = Field(default=0.15, gt=0, lt=1)
    sold_high: float = Field(default=0.35, gt=0, lt=1)
    giant_sold: float = Field(default=0.3, ge=0, le=2)
    price: float = Field(default=17.0, gt=0)
    price_spread: float = Field(default=0.15, ge=0, le=1)
    volatility: float = Field(default=0.032, ge=0, le=0.5)
    volatility_spread: float = Field(default=0.25, ge=0, le=2)
    beta: float = Field(default=1.2, ge=0, le=5)
    losers: float = Field(default=0.6, ge=0, le=1)
    multiple: float = Field(default=0.03, gt=0, le=1)
    disagreement: float = Field(default=1.03, ge=0, le=20)
    disagreement_spread: float = Field(default=0.2, ge=0, le=2)
    known: float = Field(default=0.15, ge=0, le=2)
    steadier: float = Field(default=0.08, ge=0, le=2)
    over_allotment: float = Field(default=0.15, ge=0, le=0.15)
    lockup_days: int = Field(default=180, ge=0, le=2000)
    retail_share: float = Field(default=0.25, ge=0, le=1)
    retail_flip_days: int = Field(default=30, ge=0, le=365)
    reservation: float = Field(default=0.0, ge=0, le=1)
    patience_low: float = Field(default=0.15, ge=0, lt=1)
    patience_high: float = Field(default=0.40, ge=0, lt=1)

    @model_validator(mode="after")
    def _ordered(self) -> PipelineRules:
        for low, high in (("sold_low", "sold_high"), ("patience_low", "patience_high")):
            least, most = getattr(self, low), getattr(self, high)
            if least > most:
                raise ValueError(f"{low}: got {least:g}, expected at most {high} ({most:g})")
        return self


@dataclass(frozen=True)
class PrivateCompany:
    """One private company and what is settled about its offering.

    ``ready`` is the session from which it could prepare one (before 0 for the backlog), ``sold``
    the fraction of the shares after the offering that it sells, ``price`` the middle of the range
    it aims at (USD), ``patience`` how much less than that it would still raise (fraction),
    ``custom`` a uniform draw that decides its gross spread, ``appeal`` a standard normal draw: how
    readily people take to its story.
    """

    newcomer: Newcomer
    ready: int
    sold: float
    price: float
    patience: float
    custom: float
    appeal: float


@dataclass(frozen=True)
class Pipeline:
    """Private companies, in the order of their columns, and the customs of their offerings."""

    rules: PipelineRules
    companies: Sequence[PrivateCompany]


def gross_spread(proceeds: float, custom: float) -> float:
    """Gross spread as a fraction of the proceeds (USD); ``custom`` in [0, 1) says which deal it is.

    7 % for the part of the deals of a size that pay exactly that; the others pay 7 % less 0.3
    powers of the size beyond $100m, give or take a tenth.
    """
    if proceeds <= 100e6:
        at_seven = 0.95
    else:
        at_seven = max(0.85 - 0.45 * math.log(proceeds / 100e6), 0.0)
    if custom < at_seven:
        return SEVEN
    rest = (custom - at_seven) / (1 - at_seven)
    scale = min((proceeds / 100e6) ** -0.3, 1.0)
    return round(SEVEN * scale * (0.9 + 0.2 * rest), 4)


def draw_companies(rules: PipelineRules, sessions: int, streams: Streams) -> Pipeline:
    """All companies that become ready in a run of so many sessions, earliest first.

    Sectors and days of the quarter on which companies report are equally likely.
    """
    ready = _ready(rules, sessions, streams)
    n = ready.size

    def uniform(name: str) -> Array:
        return streams(f"pipeline.{name}").random(n)

    def normal(name: str) -> Array:
        return streams(f"pipeline.{name}").standard_normal(n)

    usual = rules.median_proceeds * np.exp(rules.proceeds_spread * normal("proceeds"))
    tail = rules.tail_start * (1 - uniform("tail")) ** (-1 / rules.tail_exponent)
    proceeds = np.where(uniform("giant") < rules.tail_share, tail, usual)
    sold = rules.sold_low + (rules.sold_high - rules.sold_low) * uniform("sold")
    sold *= np.minimum((proceeds / GIANT) ** -rules.giant_sold, 1.0)
    price = rules.price * np.exp(rules.price_spread * normal("price"))
    equity = proceeds / sold - proceeds
    size = proceeds / rules.median_proceeds
    volatility = rules.volatility * np.exp(rules.volatility_spread * normal("volatility"))
    volatility *= size**-rules.steadier
    disagreement = rules.disagreement * np.exp(rules.disagreement_spread * normal("disagreement"))
    disagreement *= size**-rules.known
    sector = (uniform("sector") * len(SECTORS)).astype(np.int64)
    first, last = REPORTS
    report_day = (first + (last - first + 1) * uniform("reports")).astype(np.int64)
    loses = uniform("earnings") < rules.losers
    span = rules.patience_high - rules.patience_low
    patience = rules.patience_low + span * uniform("patience")
    custom, appeal = uniform("spread"), normal("appeal")
    companies = tuple(
        PrivateCompany(
            newcomer=Newcomer(
                symbol=f"N{i:04d}",
                value_per_share=float(price[i]),
                shares=float(round(equity[i] / price[i])),
                sector=int(sector[i]),
                beta=rules.beta,
                volatility=float(volatility[i]),
                earnings_yield=-rules.multiple if loses[i] else rules.multiple,
                disagreement=float(disagreement[i]),
                report_day=int(report_day[i]),
                own_news_from=max(int(ready[i]), 0),
            ),
            ready=int(ready[i]),
            sold=float(sold[i]),
            price=float(price[i]),
            patience=float(patience[i]),
            custom=float(custom[i]),
            appeal=float(appeal[i]),
        )
        for i in range(n)
    )
    return Pipeline(rules, companies)


def _ready(rules: PipelineRules, sessions: int, streams: Streams) -> NDArray[np.int64]:
    """Sessions at which companies become ready; −1 for the backlog."""
    rng = streams("pipeline.ready")
    session, found = 0.0, [-1] * rules.backlog
    while rules.per_year > 0:
        session += rng.exponential(TRADING_DAYS / rules.per_year)
        if session >= sessions:
            break
        found.append(int(session))
    return np.array(found, dtype=np.int64)
