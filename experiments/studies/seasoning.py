"""When a new company enters the indices: after 5, 15, 126 or 252 days, or never.

The claim (Damodaran 2026): waiting twelve months for the index costs the company nothing, and its
path is driven by the story told of it. Every world has the same seeds; they differ only in the day
at whose close SpaceX enters all indices at once. The other tests (profit, float, liquidity) are
waived in all of them, so that timing is the only difference; in the yardstick it never enters. With
P the price and P° that in the yardstick, both of one seed, the effect of entry by day t is

    P_t / P°_t − 1.

What the wait costs the owners is their wealth on the last day (proceeds of shares sold, and shares
held at the last price) with entry on day 5 over that with entry on day 252, less one. The company
itself sold its shares before any index could buy, so its proceeds do not depend on the day.

Let p_rs(t) be the log price under entry rule r with seed s. Pooled over the days of two years,

    Var(p) = mean_s Var_r(p) + Var_s(mean_r p),

the first term is the part of the entry rule. A sixth world, without entry and with the news about
the AI segment silenced (as in `experiments.studies.story`), gives the part of the AI story:
Var_s(p° − p°_no AI). Shares are of Var(p) and are resampled by seed.

*Costless*: the interval of the cost lies below `NEGLIGIBLE`. *Driven by the story*: the share of
the AI story exceeds that of the entry rule. The claim is *supported* if both hold, *contradicted*
if the data speak against both (or against the story while the cost is open), *in part* if one
holds, *undecided* otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.results import Result
from experiments.scenario import Scenario, load_scenario
from experiments.studies.comparison import Measure, by_seed, compare, difference, estimate, line
from experiments.studies.intervals import (
    mean_interval,
    percentile_interval,
    resamples,
)
from experiments.studies.paths import at, series, stacked, volatility
from experiments.studies.story import AI, SEGMENTS, silenced, spread
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict
from experiments.studies.wording import compared, joined, told
from sim.inputs import InputError, override

Array = NDArray[np.float64]
NEVER, QUIET = "never", "never, no AI news"
ENTRIES = {"day 5": 5, "day 15": 15, "day 126": 126, "day 252": 252}
EARLY, LATE = "day 5", "day 252"
#: Longest seasoning that rules allow; companies listed at the start have it.
OUT_OF_REACH = 2520
NOTICE = 4  # sessions; the shortest wait leaves no more
DAYS, YEAR = 504, 252
#: Last close before the entry on day 252 (counted from 1, so 251 from 0) is announced.
EVE = ENTRIES[LATE] - 1 - NOTICE - 1
NEGLIGIBLE = 0.02  # of the owners' wealth
#: Owners who may sell when their lock-up ends.
SELLERS = ("venture_funds", "employees", "executives", "extended_holders")
ENTRY, STORY, REST = "entry day", "AI story", "everything else"
MEASURES = (
    Measure("effect_entry", "Effect on the price at the close of entry", "fraction"),
    Measure("effect_eve", "Effect on the price before the last entry, day 246", "fraction"),
    Measure("effect_last", "Effect on the price after two years", "fraction"),
    Measure("close_year", "Close after one year", "usd"),
    Measure("close_last", "Close after two years", "usd"),
    Measure("volatility", "Annualised volatility of two years", "fraction"),
    Measure("range", "Mean range of a day, high over low", "fraction"),
    Measure("proceeds", "Proceeds of the offering", "usd"),
    Measure("wealth", "Wealth of the owners after two years", "usd"),
)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """SpaceX for two years with each day of entry; the yardstick first, without AI news last."""
    base = load_scenario("spacex", {"days": DAYS, **assignments})
    if base.universe.is_one_column:
        raise InputError("universe.kind: got market, expected stocks, which indices can hold")

    def entering(close: int | None) -> dict[str, Any]:
        rule = None if close is None else {"sessions": close, "notice_sessions": NOTICE}
        changes: dict[str, Any] = {}
        for name, book in base.indices.items():
            if book.members_of is None:
                changes[f"indices.{name}.fast_entry"] = rule
                changes |= {f"indices.{name}.eligibility.{k}": v for k, v in WAIVED.items()}
        return changes

    sources = [silenced(source, [SEGMENTS[AI]]) for source in base.news.sources]
    changes = {
        NEVER: entering(None),
        **{label: entering(close) for label, close in ENTRIES.items()},
        QUIET: {**entering(None), "news.sources": sources},
    }
    return {label: override(base, change, "seasoning") for label, change in changes.items()}


#: Only fast entry lets a company in, and only its day matters.
WAIVED: dict[str, Any] = {
    "seasoning_sessions": OUT_OF_REACH,
    "min_float_factor": 0.0,
    "min_dollar_volume_ratio": 0.0,
    "profit": "none",
}


def measure(result: Result) -> Row:
    """Path, roughness, proceeds, the owners' wealth, and the first day of membership."""
    closes, highs, lows = (series(result, name) for name in ("close", "high", "low"))
    listing = result.model.listing
    pricing, price = listing.pricing, listing.offer_price
    raised = pricing.shares * price if pricing and price else float("nan")
    last = closes.size - 1
    return {
        "price": np.log(closes),
        "close_year": at(closes, YEAR),
        "close_last": at(closes, last),
        "volatility": volatility(closes, 0, last),
        "range": float(np.mean(np.log(highs / lows))),
        "proceeds": raised,
        "wealth": _wealth(result),
        "entered": _entered(result),
    }


def _wealth(result: Result) -> float:
    """Cash and shares of those who held the company before the offering, USD."""
    model, terms = result.model, result.scenario.offering
    owners = [i.account for name, i in model.listing.insiders.items() if name in terms.stakes()]
    column = model.listing.column
    held = float(model.ledger.holdings[owners, column].sum())
    return float(model.ledger.cash[owners].sum()) + held * float(model.exchange.last_price[column])


def _entered(result: Result) -> float:
    """Day of the first entry into an index, NaN without one."""
    symbol = result.scenario.offering.symbol
    events = result.events[
        (result.events["symbol"] == symbol)
        & (result.events["kind"] == "index_change")
        & result.events["detail"].str.contains(": add ")
    ]
    if not len(events):
        return float("nan")
    dates = pd.Index(sorted(set(result.prices["date"])))
    return float(dates.get_loc(events["date"].min()))


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Effects against the yardstick, the cost of waiting, and the shares of variance."""
    from experiments.show.entry_figures import Panel, bars_figure, effects_figure

    labels = list(dict.fromkeys(rows["condition"]))
    prices = {label: stacked(rows, label, "price") for label in labels}
    whole = np.all([np.isfinite(path).all(axis=1) for path in prices.values()], axis=0)
    prices = {label: path[whole] for label, path in prices.items()}
    seeds = np.sort(rows["seed"].unique())[whole]
    kept = rows[rows["seed"].isin(seeds)].copy()
    last = prices[NEVER].shape[1] - 1
    for label in labels:
        gap = np.expm1(prices[label] - prices[NEVER])
        place = kept["condition"] == label
        entry = ENTRIES.get(label, last + 2) - 1
        for name, day in (("last", last), ("eve", EVE), ("entry", entry)):
            kept.loc[place, f"effect_{name}"] = gap[:, day] if day <= last else np.nan
    table = compare(kept, MEASURES, [*_waiting(kept), *_shares(prices, rng)])
    caption = (
        "The price in percent of what it is in the world of the same seed in which the company "
        "never enters an index. Lines: means over histories; bands: 95 % intervals; dotted: the "
        "days of entry. Watch what is left of each step once all have entered."
    )
    gaps = {label: prices[label] - prices[NEVER] for label in ENTRIES}
    marks = [float(day - 1) for day in ENTRIES.values() if day - 1 <= last]
    figures = {
        "effect": effects_figure(
            [Panel("effect on the price", gaps, marks)],
            np.arange(last + 1.0),
            "What index entry does to the price, by the day of entry",
            caption,
            "trading days from the first trade",
        ),
        "variance": bars_figure(
            table, "share", "Where the variance of the price path comes from", VARIANCE_CAPTION
        ),
    }
    return Finding(table, read(table), judge(table), figures)


VARIANCE_CAPTION = (
    "Variance of the log price over entry rules and histories, pooled over the days of the run, by "
    "what causes it. Bars: estimates; lines: 95 % intervals, histories resampled. The shares need "
    "not add to one, since the AI story and the rest may move together."
)


def _waiting(rows: pd.DataFrame) -> list[dict[str, object]]:
    """Lines on what the owners lose by entering on day 252 instead of day 5."""
    wide = by_seed(rows, "wealth")
    measure = Measure("cost", "Cost of waiting for the owners, of their wealth", "fraction")
    return [line(measure, LATE, mean_interval(wide[EARLY] / wide[LATE] - 1))]


def _shares(prices: Mapping[str, Array], rng: np.random.Generator) -> list[dict[str, object]]:
    """Lines of the parts of variance; the second difference is that to the entry day."""
    rules = np.stack([prices[label] for label in (NEVER, *ENTRIES)])[:, :, 1::5]
    n = rules.shape[1]
    counts = resamples(n, rng)
    within = rules.var(axis=0).mean(axis=1)
    entry = counts @ within / n
    seeds = spread(rules.mean(axis=0), counts)
    story = spread((prices[NEVER] - prices[QUIET])[:, 1::5], counts)
    total = np.where(entry + seeds > 0, entry + seeds, np.nan)
    shares = {ENTRY: entry / total, STORY: story / total, REST: 1 - (entry + story) / total}
    measure = Measure("share", "Part of the variance of the price path", "fraction")
    lead = percentile_interval(shares[STORY] - shares[ENTRY], n)
    ahead = Measure("lead", "Part of the AI story less that of the entry day", "fraction")
    lines = [line(measure, name, percentile_interval(part, n)) for name, part in shares.items()]
    return [*lines, line(ahead, STORY, lead)]


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    cost, lead = estimate(table, "cost", LATE), estimate(table, "lead", STORY)
    costless = 1 if cost.high < NEGLIGIBLE else -1 if cost.low > NEGLIGIBLE else 0
    driven = lead.sign
    if costless + driven == 2:
        return "supported"
    if driven < 0 and costless <= 0:
        return "contradicted"
    return "in part" if 1 in (costless, driven) else "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    effects = [
        f"{compared(difference(table, 'effect_last', label), 'fraction')} with entry on {label}"
        for label in ENTRIES
    ]
    eve = compared(difference(table, "effect_eve", EARLY), "fraction")
    cost, proceeds = estimate(table, "cost", LATE), difference(table, "proceeds", LATE)
    raised = "the same" if proceeds.value == 0 else compared(proceeds, "usd")
    rough = compared(difference(table, "range", EARLY), "fraction", "wider", "narrower")
    lead = {1: "more than", -1: "less than", 0: "not to be told apart from"}[
        estimate(table, "lead", STORY).sign
    ]
    return (
        f"After two years the price is, against never entering, {joined(effects)}. On day {EVE}, "
        f"while a company that waits is still out, it is {eve} with entry on {EARLY}. Entering on "
        f"{LATE} instead of {EARLY} costs the owners {told(cost, 'fraction')} of their wealth; the "
        f"proceeds of the offering are {raised}. The range of a day is {rough} with entry on "
        f"{EARLY} than without. The AI story carries "
        f"{told(estimate(table, 'share', STORY), 'fraction')} of the variance of the price path, "
        f"{lead} the {told(estimate(table, 'share', ENTRY), 'fraction')} of the entry day."
    )


STUDY = Study(
    name="seasoning",
    claim=(
        "Waiting twelve months for the index costs the company nothing; its path is driven by the "
        "AI story (Damodaran 2026)"
    ),
    question="What does the day of entry into the indices do to a new company?",
    replicates=12,
    hangs_on=(
        "news.sources (how much is heard of the AI story), population.passive_share (how much "
        "the index funds buy) and offering.lockup with population.insiders (who sells before a "
        "late entry)"
    ),
    flip={
        "news.sources.1.per_year": 0.0,  # AI events
        "news.sources.3.effects.4.sd": 1e-3,  # AI revenue and margin in quarterly results
        "news.sources.3.effects.5.sd": 1e-3,
        "population.passive_share": 0.4,
        "offering.lockup": None,
        **{f"population.insiders.{holder}.sell": 1.0 for holder in (*SELLERS, "founder")},
        "population.insiders.founder.spread": 0.0,
    },
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)
