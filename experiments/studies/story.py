"""How much of the price path comes from the AI story, and how much from everything else.

The claim (Damodaran 2026): the path of the company in its first years is driven by the AI story.
One after another the news about a segment, the macro news and all news together are silenced; every
other random number stays as it was. With p the log price with all news and p_s that without source
s, seed by seed, x_s = p − p_s is what the source did to the path. If sources add up,

    Var(Δp) = Σ_s Var(Δx_s) + Var(Δp₀),

Δ the change over h days, p₀ the path without any news (opinions, attention, orders, insiders'
sales), and Var across seeds at the same date, pooled over the dates of two years.
Shares are Var(Δx_s) / Var(Δp); what is left over to one is the interaction of sources, and of news
with trading (it can be negative). Macro news are rates, the market premium and market
earnings, and what they do to the premium for variance.

A reading stays aligned because a silenced effect still draws its numbers, with size zero (the
source's `sd` is 10⁻⁹), and investors still read it.

Two more worlds have one shock: on day `SHOCK_DAY` the target revenue of the AI segment doubles or
halves, in everybody's story; they end when the response has been seen. The response of the price
over that of the published value (row 0 of `sim.beliefs`), both in logs and summed over seeds, says
how far the price follows the story.

The claim is *supported* if the AI news carries a larger share of the variance of 21-day changes
than any other part, *contradicted* if another part carries more than it, *undecided* otherwise (the
interval of the difference, resampled by seed, holds zero).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.results import Result
from experiments.scenario import Scenario, load_scenario
from experiments.studies.comparison import (
    UNKNOWN,
    Measure,
    as_table,
    difference,
    estimate,
    line,
)
from experiments.studies.intervals import mean_interval, percentile_interval, resamples
from experiments.studies.paths import series, stacked
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict
from experiments.studies.wording import joined, told
from sim.inputs import override
from sim.news import EventSource, Shock

Array = NDArray[np.float64]
ALL, NO_MACRO, NO_NEWS, UP, DOWN = "all news", "no macro", "no news", "AI doubles", "AI halves"
AI, MACRO, TRADING, INTERACTION = "AI", "macro", "trading", "interaction"
SEGMENTS = {AI: "ai", "connectivity": "connectivity", "launch": "launch", "options": "options"}
SILENT = 1e-9
DAYS, SHOCK_DAY = 504, 126
HORIZONS = (1, 5, 21, 63)
HORIZON = 21
AFTER = (1, 21, 63)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """SpaceX for two years: all news, one source silenced at a time, none, and two AI shocks."""
    base = load_scenario("spacex", {"days": DAYS, **assignments})
    news = base.news
    still = dict.fromkeys(
        (
            "news.rate_volatility", "news.premium_volatility", "news.market_earnings_volatility",
            "risk_premium.premium",
        ), 0.0,
    )  # fmt: skip

    def without(*segments: str) -> dict[str, Any]:
        return {"news.sources": [silenced(source, segments) for source in news.sources]}

    def shocked(change: float) -> dict[str, Any]:
        shock = Shock(day=SHOCK_DAY, input="target_revenue", segment="ai", change=change)
        days = min(base.days, SHOCK_DAY + AFTER[-1])
        return {"news.shocks": [*news.shocks, shock], "days": days}

    changes = {
        ALL: {},
        **{f"no {name}": without(segment) for name, segment in SEGMENTS.items()},
        NO_MACRO: still,
        NO_NEWS: {**still, **without(*SEGMENTS.values()), "news.shocks": []},
        UP: shocked(math.log(2)),
        DOWN: shocked(-math.log(2)),
    }
    return {label: override(base, change, "story") for label, change in changes.items()}


def silenced(source: EventSource, segments: Sequence[str]) -> EventSource:
    """A source whose effects on some segments are read, and draw their numbers, with size zero."""
    effects = (
        effect.model_copy(update={"sd": SILENT}) if effect.segment in segments else effect
        for effect in source.effects
    )
    return source.model_copy(update={"effects": tuple(effects)})


def measure(result: Result) -> Row:
    """Log prices and log published values of one run."""
    return {
        "price": np.log(series(result, "close")),
        "value": np.log(series(result, "value_per_share")),
    }


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Decompose the variance of changes; take the responses to the two shocks."""
    from experiments.show.study_figures import response_figure, shares_figure

    labels = list(dict.fromkeys(rows["condition"]))
    prices = {label: stacked(rows, label, "price") for label in labels}
    values = {label: stacked(rows, label, "value") for label in labels}
    whole = np.all([np.isfinite(path).all(axis=1) for path in prices.values()], axis=0)
    prices = {label: path[whole] for label, path in prices.items()}
    values = {label: path[whole] for label, path in values.items()}
    parts = contributions(prices)
    horizons = [h for h in HORIZONS if h < prices[ALL].shape[1]]
    lines = []
    for h in horizons:
        measure = Measure(f"share_{h}", _title(h), "fraction")
        own = {name: changes(path, h) for name, path in parts.items()}
        lines += _shares(changes(prices[ALL], h), own, measure, rng)
    gaps = _gaps(prices)
    published = _gaps(values)
    table = as_table(lines + _responses(gaps, published, rng))
    figures = {"shares": shares_figure(table, [f"share_{h}" for h in horizons], horizons)}
    if gaps[UP].shape[1] > SHOCK_DAY:
        figures["shocks"] = response_figure(gaps, published, SHOCK_DAY)
    return Finding(table, read(table), judge(table), figures)


def contributions(prices: Mapping[str, Array]) -> dict[str, Array]:
    """What each part did to the log price: arrays (seeds, days) by name of the part."""
    parts = {name: prices[ALL] - prices[f"no {name}"] for name in (*SEGMENTS, MACRO)}
    return {**parts, TRADING: prices[NO_NEWS]}


def changes(path: Array, horizon: int) -> Array:
    """Changes over `horizon` days, (seeds, dates), every fifth of the horizon."""
    return (path[:, horizon:] - path[:, :-horizon])[:, :: max(horizon // 5, 1)]


def spread(path: Array, counts: Array) -> Array:
    """Variance across seeds at the same date, mean over the dates; once a row of `counts`.

    `path` is (seeds, dates); `counts`, (draws, seeds), says how often each seed counts.
    """
    n = len(path)
    if n < 2:
        return np.full(len(counts), np.nan)
    x = path - path.mean(axis=0)
    squares = counts @ x**2 - (counts @ x) ** 2 / n
    return np.asarray(squares.mean(axis=1) / (n - 1))


def _gaps(paths: Mapping[str, Array]) -> dict[str, Array]:
    """What each shock did to a log path, (seeds, days) as far as the shocked run goes."""
    return {label: paths[label] - paths[ALL][:, : paths[label].shape[1]] for label in (UP, DOWN)}


def _shares(
    whole: Array, own: Mapping[str, Array], measure: Measure, rng: np.random.Generator
) -> list[dict[str, object]]:
    """Lines of the table: the share of each part, of their interaction, and each less AI's.

    `whole` and `own` are changes (seeds, dates) of the log price and of what each part did to it.
    """
    n = len(whole)
    counts = resamples(n, rng)
    total = spread(whole, counts)
    total = np.where(total > 0, total, np.nan)
    shares = {name: spread(x, counts) / total for name, x in own.items()}
    shares[INTERACTION] = 1 - np.sum(list(shares.values()), axis=0)
    return [
        line(
            measure,
            name,
            percentile_interval(share, n),
            UNKNOWN if name in (AI, INTERACTION) else percentile_interval(share - shares[AI], n),
        )
        for name, share in shares.items()
    ]


def _responses(
    gaps: Mapping[str, Array], published: Mapping[str, Array], rng: np.random.Generator
) -> list[dict[str, object]]:
    """Lines of the table: price and its ratio to value after the shocks."""
    moves, ratios = [], []
    for after in AFTER:
        day = SHOCK_DAY + after - 1  # the news is out before the open of its day
        when = f"session {after} of the shock"
        price = Measure(f"price_{after}", f"Effect on the price, {when}", "fraction")
        follows = Measure(f"follows_{after}", f"Price over value, {when}", "times")
        for label in (UP, DOWN):
            if day >= gaps[label].shape[1]:
                continue
            moved, worth = gaps[label][:, day], published[label][:, day]
            counts = resamples(len(moved), rng)
            followed = counts @ moved / (counts @ worth) if len(moved) else [np.nan]
            moves.append(line(price, label, mean_interval(np.expm1(moved))))
            ratios.append(line(follows, label, percentile_interval(followed, len(moved))))
    return moves + ratios


def rivals(table: pd.DataFrame, measure: str) -> list[str]:
    """All parts but AI and the interaction, the largest share first."""
    chosen = table[(table["measure"] == measure) & ~table["condition"].isin((AI, INTERACTION))]
    return list(chosen.sort_values("value", ascending=False)["condition"])


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    monthly = f"share_{HORIZON}"
    ahead = [difference(table, monthly, name).sign for name in rivals(table, monthly)]
    if any(sign > 0 for sign in ahead):
        return "contradicted"
    return "supported" if ahead and all(sign < 0 for sign in ahead) else "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    monthly = f"share_{HORIZON}"
    others = rivals(table, monthly)
    if not others:
        return f"The histories are too short for changes over {HORIZON} days."
    first = others[0]
    place = {
        -1: "more than any other part, the next being",
        0: "which cannot be told apart from that of",
        1: "less than that of",
    }[difference(table, monthly, first).sign]

    def share(name: str) -> str:
        return told(estimate(table, monthly, name), "fraction")

    rest = [f"{name} {share(name)}" for name in others[1:]]
    text = (
        f"News about AI carries {share(AI)} of the variance of 21-day changes of the price, "
        f"{place} {first} with {share(first)}. The others: {joined(rest)}; their interaction "
        f"{share(INTERACTION)}."
    )
    last = f"follows_{AFTER[-1]}"
    if not (table["measure"] == last).any():
        return text
    both = [f"{told(estimate(table, last, label), 'times')} when {label}" for label in (UP, DOWN)]
    return (
        f"{text} In session {AFTER[-1]} of a shock the move of the price, over that of its value, "
        f"is {joined(both)}."
    )


def _title(horizon: int) -> str:
    day = "day" if horizon == 1 else "days"
    return f"Part of the variance of changes over {horizon} {day}"


STUDY = Study(
    name="story",
    claim="The path of the first two years is driven by the AI story (Damodaran 2026)",
    question="How much of the price path comes from AI news, how much from everything else?",
    replicates=16,
    hangs_on="news.sources: size and frequency of the news about each segment are assumptions",
    flip={
        "news.sources.1.per_year": 0.0,  # AI events
        "news.sources.3.effects.4.sd": 1e-3,  # AI revenue and margin in quarterly results
        "news.sources.3.effects.5.sd": 1e-3,
    },
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)
