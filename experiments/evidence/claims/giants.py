"""I4: what adding the giants does to the fundamentals of an index and what to its level.

The runs are those of `experiments.studies.transition`, which I9 and I10 read as well: SpaceX,
Anthropic and OpenAI stay out of the S&P 500 or enter it in three ways. At the end of two years the
index with them (entry in tranches) is compared with that of the yardstick, in which they stay out,
seed by seed. With index shares n, earnings E and expected earnings in ten years E₁₀

    earnings   log(Σ n e / Σ n p)          growth   (Σ n e₁₀ / Σ n e)^(1/10) − 1 a year

e of the last four quarters per share; e₁₀ the normal earnings of ordinary companies grown at the
drift of their value less the dividends paid out, and the base case of the giants' own stories
(EBIT after tax in year 10). Risk is the annualised volatility over the last `RISK` days. What an
addition does to the level is found by taking the giants out of the index at the last prices and
putting them in again; how far the two worlds' levels stand apart after two years is told, not
judged, for it holds whatever prices have done since.

*Supported* if earnings fall, growth and risk rise, all measurably, and an addition does not move
the level; *contradicted* if earnings do not fall or an addition moves the level; *in part* if
earnings fall but growth or risk does not rise measurably; else *undecided*.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from experiments.evidence.claims.claim import POST_INDEX, Answer, Evidence, Measure, studied
from experiments.results import Result
from experiments.studies import transition
from experiments.studies.comparison import compare, difference, estimate
from experiments.studies.study import Finding, Row, Verdict
from experiments.studies.transition import INDEX, OUT, STAGGERED, TRANCHES
from experiments.studies.wording import compared, told
from sim.calendar import TRADING_DAYS
from sim.index import IndexLevel
from sim.model import MarketModel
from sim.valuation.dcf import value

RISK, STILL, HORIZON = 126, 1e-9, 10
MEASURES = (
    Measure("weight", "Giants: part of the index at the end", "fraction"),
    Measure("earnings", "Log earnings of the index over its price", "fraction"),
    Measure("multiple", "Price over earnings of the index", "times"),
    Measure("growth", "Expected growth of earnings over ten years, a year", "fraction"),
    Measure("risk", "Annualised volatility of the index, last half year", "fraction"),
    Measure("jump", "Move of the level at an addition", "fraction"),
    Measure("log_level", "Log level of the index at the end", "number"),
)


def measure(result: Result) -> Row:
    """What `transition.measure` keeps, and the fundamentals of the index at the end."""
    return {**transition.measure(result), **fundamentals(result.model)}


def fundamentals(model: MarketModel) -> dict[str, float]:
    """Earnings, growth and risk of the S&P 500 on the last day of a run."""
    universe, recorder = model.universe, model.recorder
    level, price = model.indices[INDEX].level, model.exchange.last_price
    shares = np.where(universe.shares > 0, universe.shares, 1.0)
    held = level.shares / shares  # index shares over those outstanding
    now = universe.earnings_year
    cap = float(level.shares @ np.where(level.shares > 0, price, 0.0))
    later = expected_earnings(model)
    path = recorder.level[: recorder.days, recorder.indices.index(INDEX)]
    changes = np.diff(np.log(path[-RISK - 1 :]))
    earned = float(held @ now)
    giants = [listing.column for listing in model.listings]
    growth = float(held @ later) / earned if earned > 0 else float("nan")
    return {
        "weight": float(level.shares[giants] @ np.nan_to_num(price[giants])) / cap,
        "earnings": float(np.log(earned / cap)) if earned > 0 else float("nan"),
        "multiple": cap / earned if earned > 0 else float("nan"),
        "growth": growth ** (1 / HORIZON) - 1 if growth > 0 else float("nan"),
        "risk": float(changes.std(ddof=1) * np.sqrt(TRADING_DAYS)),
        "jump": abs(level_with(level, giants) / level.level - 1),
        "log_level": float(np.log(path[-1])),
    }


def level_with(level: IndexLevel, giants: Sequence[int]) -> float:
    """The level after the giants' index shares were taken out and put in again."""
    twin = copy(level)
    shares = level.shares.copy()
    shares[list(giants)] = 0.0
    twin.change(shares)
    twin.change(level.shares)
    return twin.level


def expected_earnings(model: MarketModel) -> np.ndarray:
    """Earnings expected in ten years, USD, (stocks,)."""
    universe = model.universe
    later = np.zeros(len(universe.symbols))
    base = universe.base
    worth = np.exp(universe.log_value[base]) * universe.shares[base]
    later[base] = universe.census.normal_yield * worth * np.exp(HORIZON * universe.drift[base])
    for column, beliefs in model.focus.beliefs.items():
        row = beliefs.inputs.select(slice(0, 1))
        profit = float(np.asarray(value(row, detail=True).detail["ebit"]).reshape(-1, HORIZON)
                       .sum(axis=0)[-1])  # fmt: skip
        later[column] = profit * (1 - float(row.tax_stable[0]))
    return later


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """The finding of `transition`, with the fundamentals in its table."""
    found = transition.analyse(rows, rng)
    own = compare(rows, MEASURES)
    return replace(found, table=pd.concat([found.table, own], ignore_index=True))


STUDY = replace(transition.STUDY, measure=measure, analyse=analyse)


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict on I4 by the rule above."""
    earned, growth, risk = (
        difference(table, name, TRANCHES) for name in ("earnings", "growth", "risk")
    )
    moved = estimate(table, "jump", TRANCHES).value > STILL
    if moved or earned.low >= 0:
        return "contradicted"
    if earned.sign < 0:
        return "supported" if growth.sign > 0 and risk.sign > 0 else "in part"
    return "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers on I4 in a paragraph."""
    earned, growth, risk = (
        compared(difference(table, name, TRANCHES), "fraction")
        for name in ("earnings", "growth", "risk")
    )
    multiples = [told(estimate(table, "multiple", label), "times") for label in (OUT, TRANCHES)]
    level = difference(table, "log_level", TRANCHES)
    return (
        f"With the giants, {told(estimate(table, 'weight', TRANCHES), 'fraction')} of the index, "
        f"the log of its earnings over price is {earned} (P/E {multiples[1]} against "
        f"{multiples[0]}), "
        f"expected growth of earnings is {growth} a year, and volatility {risk}. An addition moves "
        f"the level by {told(estimate(table, 'jump', TRANCHES), 'fraction')}, for the divisor "
        f"follows; after two years the levels differ by {told(level, 'fraction')} (log)."
    )


def fundamentals_answer(evidence: Evidence) -> Answer:
    """What the giants take off the earnings of the index."""
    risk = difference(evidence.table, "risk", TRANCHES)
    growth = difference(evidence.table, "growth", TRANCHES)
    short = [name for name, d in (("risk", risk), ("growth", growth)) if d.sign <= 0]
    return evidence.answer(
        "earnings", TRANCHES, ("earnings", "multiple", "growth", "risk"),
        f"the fundamental: {' and '.join(short) or 'none'} does not rise measurably",
        verdict=judge(evidence.table), reading=read(evidence.table), difference=True,
    )  # fmt: skip


def need_answer(evidence: Evidence) -> Answer:
    """What the index misses without the giants, less what entry does for them."""
    need = estimate(evidence.table, "need", STAGGERED)
    return evidence.answer(
        "need", STAGGERED, ("gap", "lasting", "tracking"), "",
        verdict=transition.needs_more(need),
    )  # fmt: skip


def impact_answer(evidence: Evidence) -> Answer:
    """What entering together costs more than entering one after the other."""
    dearer = estimate(evidence.table, "dearer", STAGGERED)
    way = "one after the other" if dearer.low > transition.NEGLIGIBLE else "in tranches"
    return evidence.answer(
        "dearer", STAGGERED, ("impact", "turnover_day", "turnover", "others"),
        f"the alternative: entering together costs measurably more than {way} only",
    )  # fmt: skip


_claim = partial(studied, STUDY, source=POST_INDEX, quick=4)

I4 = _claim(
    id="I4",
    words="Adding the giants changes the fundamentals of an index, not its level: more risk, lower "
    "earnings now, more growth",
    question="What happens to earnings, P/E, growth, volatility and level when three giants enter?",
    hangs_on="companies.*: the giants lose money or earn little now; with profits as of old "
    "companies the index would earn more",
    flip={
        f"companies.{name}.segments.{segment}.{field}": number
        for name, segments in {
            "spacex": ("launch", "connectivity", "ai"),
            "anthropic": ("business", "consumer"),
            "openai": ("business", "consumer"),
        }.items()
        for segment in segments
        for field, number in (("base_margin", 0.9),)
    },
    read=fundamentals_answer,
)
I9 = _claim(
    id="I9",
    words="The S&P 500 needs these companies more than they need the S&P 500",
    question="What does the index miss without the giants, and what do they gain by entering?",
    hangs_on="population.passive_share: where nobody tracks an index, entry is worth nothing to "
    "the giants, and the index still misses what they return",
    flip={"population.passive_share": 0.0},
    read=need_answer,
)
I10 = _claim(
    id="I10",
    words="The S&P 500 needs time to manage three trillion-dollar entries",
    question="What do index holders pay if the giants enter together, one by one, or by tranches?",
    read=impact_answer,
)
