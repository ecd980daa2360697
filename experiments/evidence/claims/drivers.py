"""V5: what moves the value of a young company: its markets and unit economics, or its earnings now?

Inputs that stories disagree on (`sim.valuation.stories`) fall into groups, and each story changes
one group only, the others being held at their medians. With Y the log value of equity, the share
of a group g in the variance of Y is

    S_g = V[Y | only g differs] / V[Y],

the first-order index of the group when inputs act nearly independently (Saltelli et al. 2010 have
the estimators for single inputs: ``ipolab value spacex --tornado``). Groups:

    markets and unit economics    market, share, target margin, sales-to-capital, outlook, switches
    current earnings              revenue and margin of the base year
    rates                         cost of capital, failure

*Supported* if markets and unit economics carry more than half of the variance and current earnings
less than `MINOR`, with their intervals over batches of stories; *contradicted* if current earnings
carry more than markets and unit economics; *in part* if the first carry more but not by so much.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.evidence.claims.claim import (
    POST_VALUE,
    Answer,
    Computed,
    Measure,
    rows_of,
    table_of,
)
from experiments.evidence.claims.reasonable_people import SEGMENTS
from experiments.studies.intervals import Interval, mean_interval
from experiments.studies.study import Assignments, Verdict
from experiments.studies.wording import joined, told
from sim.streams import Streams
from sim.valuation.company import Company, load_company
from sim.valuation.dcf import log_value_per_share
from sim.valuation.sensitivity import tornado
from sim.valuation.stories import stories_at, story_factors

MARKETS, CURRENT, RATES = "markets and unit economics", "current earnings", "rates"
STORIES, BATCHES, SEED = 2048, 8, 1
MINOR = 0.05


def group_of(factor: str) -> str:
    """The group that a story's factor belongs to."""
    if factor.endswith((".base_revenue", ".base_margin")):
        return CURRENT
    return RATES if factor in ("cost_of_capital", "failure") else MARKETS


def compute(assignments: Assignments) -> Answer:
    """Shares of variance of the company's stories, its file changed by ``assignments``."""
    company = load_company("spacex", assignments)
    shares = variance_shares(company)
    bars = tornado(company)
    table = table_of(
        rows_of(Measure("share", "Part of the variance of log value", "fraction"), shares),
        rows_of(
            Measure("swing", "Change of value from low to high input", "usd"),
            {bar.factor: bar.swing for bar in bars[:10]},
        ),
    )
    parts = [f"{name} {told(share, 'fraction')}" for name, share in shares.items()]
    widest = next((bar.factor for bar in bars if bar.factor != "outlook"), "none")
    reading = (
        f"Of the variance of log value over stories, {joined(parts)} (interval over {BATCHES} "
        f"batches of {STORIES:,}). The widest bar of a single input is {widest}."
    )
    return Answer(
        judge(shares), shares[MARKETS], f"Part of variance: {MARKETS}", "fraction", reading, table,
        ("share", "swing"), depends_on="how far people differ about the base year",
    )  # fmt: skip


def variance_shares(company: Company) -> dict[str, Interval]:
    """Share of each group, with its interval over batches."""
    factors = story_factors(company)
    rng = Streams(SEED)("claims.drivers")
    found: dict[str, list[float]] = {name: [] for name in (MARKETS, CURRENT, RATES)}
    for _ in range(BATCHES):
        z = rng.standard_normal((STORIES, len(factors)))
        whole = _variance(company, z)
        for name, shares in found.items():
            own = np.array([group_of(factor) == name for factor in factors])
            shares.append(_variance(company, np.where(own, z, 0.0)) / whole if whole else np.nan)
    return {name: mean_interval(shares) for name, shares in found.items()}


def _variance(company: Company, z: NDArray[np.float64]) -> float:
    return float(log_value_per_share(stories_at(company, z), shares=1.0).var())


def judge(shares: dict[str, Interval]) -> Verdict:
    """The verdict by the rule above."""
    markets, current = shares[MARKETS], shares[CURRENT]
    if markets.low > 0.5 and current.high < MINOR:
        return "supported"
    if not markets.value > current.value:
        return "contradicted"
    return "in part"


V5 = Computed(
    id="V5",
    words="For a young company, market size and unit economics move value; current earnings do not",
    source=POST_VALUE,
    question="Which inputs carry the spread of values?",
    hangs_on="stories.segments.*: people who agree about markets and margins differ about the "
    "base year only",
    flip={
        "stories.cost_of_capital_sd": 0.0,
        **{f"stories.segments.{name}.{part}_sd": 0.0 for name in SEGMENTS
           for part in ("market", "share", "margin", "sales_to_capital")},
        "stories.switches.orbital.probability": 0.0,
        "stories.switches.chips.probability": 0.0,
    },
    compute=compute,
)  # fmt: skip
