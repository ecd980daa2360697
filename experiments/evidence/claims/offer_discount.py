"""P2: how far below the market an offering is priced, who gains and who pays.

SpaceX is sold at the announced price and through books in which the bank holds back a discount of
0 to 30 % (`agents.banker`), with the same seeds. With P_o the offer and P_1 the first close,

    below the market = 1 − P_o / P_1,        left on the table = (P_1 − P_o) × shares sold,

the latter split among those who were allotted shares; it is paid by the owners before the offering.

*Supported* if, as announced, the offer lies measurably below the first close and the interval of
the mean reaches into `CLAIMED`; *contradicted* if that interval lies outside it; otherwise
*undecided*.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.evidence.claims.claim import POST_VALUE, Answer, Evidence, Measure, studied
from experiments.results import Result
from experiments.scenario import Scenario
from experiments.studies.comparison import compare, difference, estimate
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict, vary
from experiments.studies.wording import joined, told

ANNOUNCED = "as announced"
DISCOUNTS = {f"discount {d:.0%}": d for d in (0.0, 0.10, 0.15, 0.20, 0.30)}
NONE, MOST = "discount 0%", "discount 30%"
CLAIMED = (0.15, 0.20)
DAYS = 2
WINNERS = ("institutions", "retail", "directed")
MEASURES = (
    Measure("below", "Offer below the first close", "fraction"),
    Measure("first_day_return", "First-day return", "fraction"),
    Measure("left", "Money left on the table", "usd"),
    Measure("gain_institutions", "… gained by institutions", "usd"),
    Measure("gain_retail", "… gained by retail", "usd"),
    Measure("gain_directed", "… gained by friends and staff", "usd"),
    Measure("cost", "Cost to the owners, of their wealth", "fraction"),
    Measure("offer", "Offer price", "usd"),
    Measure("proceeds", "Gross proceeds", "usd"),
    Measure("sold", "Offerings that took place", "fraction"),
)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """The announced price, then a book with each discount."""
    variants: dict[str, Assignments] = {ANNOUNCED: {"offering.mechanism": "fixed_price"}}
    for label, discount in DISCOUNTS.items():
        variants[label] = {
            "offering.mechanism": "bookbuilding",
            "population.banker.discount": discount,
        }
    return vary("spacex", variants, assignments, {"days": DAYS})


def measure(result: Result) -> Row:
    """Offer, first close, and what each class of allottees gained on the first day."""
    offering, summary = result.offering, result.summary
    price, close = offering.get("offer_price"), summary.get("first_close")
    row: dict[str, float] = {m.name: float("nan") for m in MEASURES}
    row |= {"sold": float(bool(price)), "proceeds": float(offering.get("gross_proceeds_usd") or 0)}
    if not price or not close:
        return row
    allotted = offering["allocation_by_class"]
    gain = {holder: (close - price) * shares for holder, shares in allotted.items()}
    few = {"retail": gain.pop("retail", 0.0), "directed": gain.pop("directed", 0.0)}
    left = float(offering["money_left_on_the_table_usd"])
    return row | {
        "below": 1 - price / close,
        "first_day_return": close / price - 1,
        "left": left,
        **{f"gain_{holder}": value for holder, value in few.items()},
        "gain_institutions": sum(gain.values()),
        "cost": left / (result.scenario.offering.shares_outstanding * close),
        "offer": float(price),
    }


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Table, verdict, reading; nothing is resampled."""
    table = compare(rows, MEASURES)
    return Finding(table, read(table), judge(table))


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    below = estimate(table, "below", ANNOUNCED)
    if below.high < CLAIMED[0] or below.low > CLAIMED[1]:
        return "contradicted"
    return "supported" if below.low > 0 and np.isfinite(below.high) else "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    gains = [
        f"{label.replace('directed', 'friends and staff')} "
        f"{told(estimate(table, f'gain_{label}', ANNOUNCED), 'usd')}"
        for label in WINNERS
    ]
    pops = [
        f"{told(estimate(table, 'first_day_return', label), 'fraction')} ({label})"
        for label in DISCOUNTS
    ]
    more = difference(table, "cost", MOST).value - difference(table, "cost", NONE).value
    return (
        f"As announced the offer is {told(estimate(table, 'below', ANNOUNCED), 'fraction')} below "
        f"the first close and leaves {told(estimate(table, 'left', ANNOUNCED), 'usd')} on the "
        f"table: {joined(gains)}. The owners pay "
        f"{told(estimate(table, 'cost', ANNOUNCED), 'fraction')}"
        f" of their wealth. Sold through a book, first-day returns are {joined(pops)}; from no "
        f"discount to 30 % the cost to the owners rises by {100 * more:.1f} pp of their wealth."
    )


STUDY = Study(
    name="offer-discount",
    claim="The offer is set 15 to 20 % below what the market will pay",
    question="How far below the first close is the offer, who gains, and who pays?",
    replicates=24,
    hangs_on="offering.price, which was announced before the book: at a price that the book just "
    "carries nothing is left",
    flip={"offering.price": 220.0},
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)


def answer(evidence: Evidence) -> Answer:
    """How far the announced price is below the first close."""
    shown = ("below", "left", "gain_institutions", "gain_retail", "cost", "proceeds")
    return evidence.answer("below", ANNOUNCED, shown, "the book")


P2 = studied(
    STUDY,
    id="P2",
    words="The offer is set 15 to 20 % below what the market will pay",
    source=POST_VALUE,
    quick=12,
    read=answer,
)
