"""P1: bankers price off the last private round and peers, not off a valuation.

The offering is bookbuilt (`sim.offering.mechanisms`, `agents.banker`). Four worlds share all random
numbers: the scenario; one in which every target revenue of the company is half (its intrinsic value
falls by more than half); one in which the last private mark is half; one without the liquidity and
index premiums. Measured are the value of all shares after the offering at the ends and the middle
of the range, at the offer, and the base-case valuation.

*From marks*: the middle of the range does not move with the valuation, and falls with the mark.
*In the range*: the middle of the range lies in `CLAIMED`, and the interval of the mean offer
reaches into it. *Supported* if both, *contradicted* if neither, else *in part*.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.evidence.claims.claim import (
    POST_VALUE,
    Answer,
    Evidence,
    Measure,
    studied,
)
from experiments.results import Result
from experiments.scenario import Scenario, load_scenario
from experiments.studies.comparison import compare, difference, estimate
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict, not_overruled, vary
from experiments.studies.wording import compared, told
from sim.inputs import InputError
from sim.valuation.dcf import inputs_of, value

AS_IS, HALF_VALUE, HALF_MARK, PLAIN = "as it is", "half value", "half mark", "no premiums"
CLAIMED = (1.5e12, 2.0e12)
DAYS = 1
MEASURES = (
    Measure("low", "Low end of the range, value of all shares", "usd"),
    Measure("middle", "Middle of the range, value of all shares", "usd"),
    Measure("high", "High end of the range, value of all shares", "usd"),
    Measure("offer", "Offer, value of all shares", "usd"),
    Measure("intrinsic", "Base-case valuation of equity", "usd"),
    Measure("sold", "Offerings that took place", "fraction"),
)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """A bookbuilt offering with another valuation, another mark, no premiums."""
    base = load_scenario("spacex", assignments)
    terms, company = base.offering, base.companies["spacex"]
    if terms is None or not terms.private_marks:
        raise InputError("offering.private_marks: got none, expected one to price from")
    marks = [mark.model_dump(exclude_none=True) for mark in terms.private_marks]
    halved = [{key: v if key == "date" else v / 2 for key, v in mark.items()} for mark in marks]
    books = {"offering.mechanism": "bookbuilding"}
    less = {
        f"companies.spacex.segments.{name}.target_revenue": segment.target_revenue / 2
        for name, segment in company.segments.items()
    }
    premiums = {"population.banker.liquidity_premium": 0.0, "population.banker.index_premium": 0.0}
    variants: dict[str, Mapping[str, object]] = {
        AS_IS: books,
        HALF_VALUE: {**books, **less},
        HALF_MARK: {**books, "offering.private_marks": halved},
        PLAIN: {**books, **premiums},
    }
    given = {"days": DAYS, **assignments}
    scenarios = {}
    for label, changes in variants.items():
        scenarios.update(vary("spacex", {label: changes}, not_overruled(given, changes)))
    return scenarios


def measure(result: Result) -> Row:
    """Range and offer as value of all shares, USD."""
    terms, offering = result.scenario.offering, result.offering
    shares = terms.shares_outstanding + terms.shares
    ends = offering.get("range") or {}
    low, high = (float(ends.get(name, np.nan)) * shares for name in ("low", "high"))
    price = offering.get("offer_price")
    inputs = inputs_of(result.scenario.companies["spacex"])
    return {
        "low": low,
        "middle": (low + high) / 2,
        "high": high,
        "offer": float(price) * shares if price else float("nan"),
        "intrinsic": float(value(inputs).equity_value[0]),
        "sold": float(price is not None),
    }


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Table, verdict, reading; nothing is resampled."""
    table = compare(rows, MEASURES)
    return Finding(table, read(table), judge(table))


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    middle = estimate(table, "middle", AS_IS)
    still = abs(difference(table, "middle", HALF_VALUE).value) < 1e-6 * middle.value
    falls = difference(table, "middle", HALF_MARK).value < 0
    inside = not outside(table)
    if still and falls and inside:
        return "supported"
    return "in part" if (still and falls) or inside else "contradicted"


def outside(table: pd.DataFrame) -> list[str]:
    """Which of middle and offer lie out of the range claimed, with their intervals."""
    figures = {name: estimate(table, name, AS_IS) for name in ("middle", "offer")}
    return [n for n, f in figures.items() if not (f.low <= CLAIMED[1] and f.high >= CLAIMED[0])]


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    low, high, offer, worth = (
        told(estimate(table, name, AS_IS), "usd") for name in ("low", "high", "offer", "intrinsic")
    )
    moves = [
        compared(difference(table, "middle", label), "usd", what="its middle is")
        for label in (HALF_VALUE, HALF_MARK, PLAIN)
    ]
    sold = estimate(table, "sold", HALF_VALUE).value
    price = "every offering is withdrawn"
    if sold:
        price = compared(difference(table, "offer", HALF_VALUE), "usd", what="the offer is")
        price += f" ({sold:.0%} take place)"
    return (
        f"The bank's range is {low} to {high} for all shares, the offer {offer}; the base-case "
        f"valuation is {worth}. With half the target revenues {moves[0]}, and {price}, for "
        f"the book speaks; with half the last mark {moves[1]}; without liquidity and index premium "
        f"{moves[2]}."
    )


STUDY = Study(
    name="banker-range",
    claim="Bankers price off the last private round, proceeds, a liquidity and an index premium",
    question="What moves the filing range: the last round, the premiums, or the valuation?",
    replicates=12,
    hangs_on="population.banker.*: the premiums of the literature on the last private mark",
    flip={"population.banker.discount": 0.5, "population.banker.weight_marks": 0.0},
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)


def answer(evidence: Evidence) -> Answer:
    """The middle of the range."""
    what = {"offer": "the book, which moves the offer out of the range claimed"}
    return evidence.answer(
        "middle", AS_IS, ("middle", "offer", "intrinsic"),
        what.get(" ".join(outside(evidence.table)), "the premiums and the mark that set the range"),
    )  # fmt: skip


P1 = studied(
    STUDY,
    id="P1",
    words="Bankers price off the last private round, proceeds, a liquidity and an index premium: "
    "$1.5T to $2T, somewhere in the middle",
    source=POST_VALUE,
    quick=8,
    read=answer,
)
