"""P3: does selling a small part of the company soften the cost of underpricing?

The company is sold through a book with the discount of the claim (`DISCOUNT`), a different part f
of the shares after the offering each time; the raise wanted grows with the deal. With P_o the
offer and P_1 the first close the owners pay, as parts of their wealth,

    cost         (P_1 − P_o) × shares sold / (their shares × P_1)  =  f/(1 − f) × (1 − P_o/P_1)
    concession   the same with P_1 of the smallest deal of the same seed in place of P_1,

the second with the lower price that a larger deal finds.

*Small*: at the size of the case the cost is measurable and below `BLOW`. *Softened*: the concession
of a deal of a tenth is measurably higher than that of the case. *Supported* if both, *contradicted*
if the cost is above `BLOW` or the concession measurably falls with size, *in part* if one, else
*undecided*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.evidence.claims.claim import POST_VALUE, Answer, Evidence, Measure, studied
from experiments.results import Result
from experiments.scenario import Scenario, load_scenario
from experiments.studies.comparison import compare, difference, estimate
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict
from experiments.studies.wording import joined, told

CASE = "as it is"
FRACTIONS = {"2 %": 0.02, "10 %": 0.10, "20 %": 0.20}
SMALLEST, TENTH = "2 %", "10 %"
DISCOUNT = 0.175  # middle of the 15 to 20 % of the post
BLOW = 0.02  # of the owners' wealth
DAYS = 2
MEASURES = (
    Measure("fraction", "Part of the company sold", "fraction"),
    Measure("cost", "Cost of underpricing, of the owners' wealth", "fraction"),
    Measure(
        "concession", "Concession against the price of a small deal, of their wealth", "fraction"
    ),
    Measure("below", "Offer below the first close", "fraction"),
    Measure("left", "Money left on the table", "usd"),
    Measure("first_close", "First close", "usd"),
    Measure("proceeds", "Gross proceeds", "usd"),
    Measure("sold", "Offerings that took place", "fraction"),
)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """The case's deal, and deals for other parts of the company."""
    terms = load_scenario("spacex", assignments).offering
    assert terms is not None
    book: dict[str, Any] = {
        "offering.mechanism": "bookbuilding",
        "population.banker.discount": DISCOUNT,
        "days": DAYS,
    }
    case = {**book, **assignments}
    found = {CASE: load_scenario("spacex", case)}
    for label, fraction in FRACTIONS.items():
        shares = fraction / (1 - fraction) * terms.shares_outstanding
        size = shares / terms.shares
        deal = {
            "offering.shares": shares,
            "offering.raise_target": size * terms.raise_target,
            "offering.minimum_raise": size * terms.minimum_raise,
        }
        found[label] = load_scenario("spacex", {**case, **deal})
    return found


def measure(result: Result) -> Row:
    """Cost to the owners and what it is made of; NaN of a withdrawn offering."""
    offering, close = result.offering, result.summary.get("first_close")
    terms, price = result.scenario.offering, offering.get("offer_price")
    names = [m.name for m in MEASURES if m.name != "concession"]
    row: dict[str, float] = dict.fromkeys((*names, "offer", "ratio"), float("nan"))
    row |= {"sold": float(bool(price)), "proceeds": float(offering.get("gross_proceeds_usd") or 0)}
    if not price or not close:
        return row
    left = float(offering["money_left_on_the_table_usd"])
    shares = float(offering["shares"])
    return row | {
        "fraction": shares / (terms.shares_outstanding + shares),
        "cost": left / (terms.shares_outstanding * close),
        "below": 1 - price / close,
        "left": left,
        "first_close": float(close),
        "offer": float(price),
        "ratio": shares / terms.shares_outstanding,
    }


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Concessions against the smallest deal; table, verdict, reading."""
    usual = rows[rows["condition"] == SMALLEST].set_index("seed")["first_close"]
    price = rows["seed"].map(usual)
    rows = rows.assign(concession=(price - rows["offer"]) / price * rows["ratio"])
    table = compare(rows, MEASURES)
    return Finding(table, read(table), judge(table))


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    cost, more = estimate(table, "cost", CASE), difference(table, "concession", TENTH)
    if cost.low > BLOW or more.sign < 0:
        return "contradicted"
    small = cost.sign > 0 and cost.high < BLOW
    if small and more.sign > 0:
        return "supported"
    return "in part" if small or more.sign > 0 else "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    sizes = [
        f"{told(estimate(table, 'cost', label), 'fraction')} when "
        f"{estimate(table, 'fraction', label).value:.1%} is sold "
        f"({told(estimate(table, 'below', label), 'fraction')} below the first close)"
        for label in (CASE, *FRACTIONS)
        if estimate(table, "cost", label).n
    ]
    rare = [
        f"{label} {estimate(table, 'sold', label).value:.0%}"
        for label in FRACTIONS
        if estimate(table, "sold", label).value < 1
    ]
    whole = [
        f"{told(estimate(table, 'concession', label), 'fraction')} ({label})"
        for label in (CASE, TENTH, "20 %")
        if estimate(table, "concession", label).n
    ]
    return (
        f"Of the owners' wealth underpricing costs {joined(sizes)}. With the lower "
        f"price that a larger deal finds the concession is {joined(whole)}."
        + (f" Not every offering takes place: {joined(rare)}." if rare else "")
    )


STUDY = Study(
    name="fraction-sold",
    claim="Offering less than a tenth of the shares softens the blow to the owners",
    question="What does underpricing cost the owners, by the part of the company that is sold?",
    replicates=24,
    hangs_on="offering.shares, the part that is sold, and population.banker.discount: a discount "
    "of six tenths hurts whatever is sold",
    flip={"population.banker.discount": 0.6, "offering.reservation_price": 40.0,
          "offering.minimum_raise": 0.0},
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)  # fmt: skip


def answer(evidence: Evidence) -> Answer:
    """The cost to the owners at the size of the case."""
    shown = ("cost", "concession", "below", "first_close")
    return evidence.answer(
        "cost", CASE, shown,
        "the price found by deals of other sizes",
    )  # fmt: skip


P3 = studied(
    STUDY,
    id="P3",
    words="Offering less than a tenth of the shares softens the blow of underpricing to the owners",
    source=POST_VALUE,
    quick=12,
    read=answer,
)
