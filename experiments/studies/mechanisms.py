"""Four ways to sell the same shares: is a direct listing out of reach because cash is needed?

The claim (Damodaran 2026, on SpaceX): a direct listing would suit a company everybody knows, but a
company that needs the money cannot use it, for nothing is sold in one. The four mechanisms of
`sim.offering.mechanisms` sell the same company to the same investors with the same news; what
differs is how the price is found and who gets the shares.

The claim is *supported* if the direct listing leaves the company shorter of what it wants to raise
and trading is not more volatile for it in the first month: then cash alone speaks against it.
*In part*, if the first month is rougher as well: then cash is not the only reason. *Contradicted*,
if it leaves the company no shorter (by `NEGLIGIBLE` at most). *Undecided*, if that cannot be told.

Money left on the table is (first close − offer) × shares of the base deal (Loughran and Ritter
2002). Over-allotted shares that are exercised count as proceeds. A withdrawn offering raises
nothing and has no prices.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.results import Result
from experiments.scenario import Scenario
from experiments.studies.comparison import Measure, compare, difference, estimate
from experiments.studies.paths import at, public_share, series, stacked, volatility
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict, vary
from experiments.studies.wording import compared, joined, told

MECHANISMS = ("fixed_price", "bookbuilding", "uniform_auction", "direct_listing")
MONTH, DAYS = 21, 43
NEGLIGIBLE = 0.01  # of the raise wanted
MEASURES = (
    Measure("proceeds", "Gross proceeds", "usd"),
    Measure("shortfall", "Short of the raise wanted", "fraction"),
    Measure("sold", "Offerings that took place", "fraction"),
    Measure("offer", "Offer price", "usd"),
    Measure("first_close", "First close", "usd"),
    Measure("first_day_return", "First close on the offer or reference price", "fraction"),
    Measure("open_to_close", "First close on the first trade", "fraction"),
    Measure("money_left", "Money left on the table", "usd"),
    Measure("volatility", "Annualised volatility of the first month", "fraction"),
    Measure("close_month", "Close on day 21", "usd"),
    Measure("institutions", "Allotted to institutions", "fraction"),
    Measure("retail", "Allotted to retail", "fraction"),
    Measure("retail_month", "Retail's part of public shares on day 21", "fraction"),
)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """SpaceX with each mechanism, for two months."""
    variants = {name: {"offering.mechanism": name} for name in MECHANISMS}
    return vary("spacex", variants, assignments, {"days": DAYS})


def measure(result: Result) -> Row:
    """Headline figures of one offering and its first month; NaN where there is none."""
    summary, offering = result.summary, result.offering
    closes = series(result, "close")
    target = result.scenario.offering.raise_target
    proceeds = float(offering.get("gross_proceeds_usd") or 0.0)
    first, opened = at(closes, 0), _number(summary.get("open_price"))
    allotted = offering.get("allocation_by_class") or {}
    total = sum(allotted.values())
    retail = allotted.get("retail", 0.0)
    direct = allotted.get("directed", 0.0)
    sale = _number(offering.get("offer_price"))
    left = _number(offering.get("money_left_on_the_table_usd"))
    return {
        "decision": str(summary.get("decision")),
        "proceeds": proceeds,
        "shortfall": max(1 - proceeds / target, 0.0) if target else 0.0,
        "sold": float(np.isfinite(first)),
        "offer": sale,
        "first_close": first,
        "first_day_return": _number(summary.get("first_day_return")),
        "open_to_close": first / opened - 1,
        "money_left": left if np.isfinite(sale) else float("nan"),
        "volatility": volatility(closes, 0, MONTH),
        "close_month": at(closes, MONTH),
        "institutions": (total - retail - direct) / total if total else float("nan"),
        "retail": retail / total if total else float("nan"),
        "retail_month": public_share(result, "retail", MONTH),
        "close": closes,
    }


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Table, verdict and reading; nothing is resampled here."""
    from experiments.show.study_figures import measures_figure, paths_figure

    table = compare(rows, MEASURES)
    shown = ("proceeds", "first_day_return", "money_left", "volatility", "close_month",
             "retail_month")  # fmt: skip
    paths = {name: stacked(rows, name, "close") for name in MECHANISMS}
    figures = {
        "mechanisms": measures_figure(table, shown, "Four ways to sell the same company"),
        "paths": paths_figure(paths, "The first two months after each"),
    }
    return Finding(table, read(table), judge(table), figures)


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    short = difference(table, "shortfall", "direct_listing")
    if short.high < NEGLIGIBLE:
        return "contradicted"
    if short.sign <= 0:
        return "undecided"
    rougher = difference(table, "volatility", "direct_listing").sign > 0
    return "in part" if rougher else "supported"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    raised = [
        f"{_words(name)} raises {told(estimate(table, 'proceeds', name), 'usd')}"
        for name in MECHANISMS
    ]
    sold = [
        f"{_words(name)} in {estimate(table, 'sold', name).value:.0%}"
        for name in MECHANISMS
        if estimate(table, "sold", name).value < 1
    ]
    pops = [
        f"{_words(name)} {told(estimate(table, 'first_day_return', name), 'fraction')}"
        for name in MECHANISMS[:3]
    ]
    left = [
        compared(difference(table, "money_left", name), "usd", "more", "less", _words(name))
        for name in MECHANISMS[1:3]
    ]
    short, rough = (difference(table, key, "direct_listing") for key in ("shortfall", "volatility"))
    if short.sign > 0:
        cash = f"misses {told(estimate(table, 'shortfall', 'direct_listing'), 'fraction')} of"
    else:
        cash = "does not fall short, against the fixed price, of"
    calm = compared(rough, "fraction", what="its volatility in the first month is")
    return (
        f"{joined(raised).capitalize()}. "
        + (f"Not every offering takes place: {joined(sold)} of histories. " if sold else "")
        + f"First closes on the offer: {joined(pops)}. Against the fixed price, "
        f"money left on the table is: {joined(left)}. The direct listing {cash} the money that the "
        f"company wants to raise; against the fixed price {calm}."
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


STUDY = Study(
    name="mechanisms",
    claim="A direct listing is hard because the company needs the cash (Damodaran 2026)",
    question="Fixed price, book, auction, direct listing: who gets what at which price?",
    replicates=24,
    hangs_on="offering.raise_target: a company that wants no money loses nothing by it",
    flip={"offering.raise_target": 0.0},
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)
