"""P6: what endangers an offering most: a shift of mood before it, or a check against reality?

All on day `BEFORE`, between the terms and the pricing, in a world of its own each:

reality check       last year turns out worse: base revenues lower by a tenth, margins by 5 points
AI mood             everybody's target revenue of the AI segment halves
market mood         investors ask for 1 or 2.5 points more a year (cost of capital)
mood after pricing  the larger of the market's shifts, a week after the first trade

The issuer then keeps its terms, cuts the price or the deal, or withdraws (`sim.offering.retreat`).
*Lost* is the part of the proceeds of the undisturbed offering that it does not raise.

*Supported* if the worst of the shifts costs proceeds measurably and measurably more than the
reality check; *contradicted* if no shift costs more than `NEGLIGIBLE`, or the reality check costs
measurably more than the worst; otherwise *in part* (a shift costs, but no more than the check),
or *undecided*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.evidence.claims.claim import POST_VALUE, Answer, Evidence, Measure, studied
from experiments.results import Result
from experiments.scenario import Scenario, load_scenario
from experiments.studies.comparison import by_seed, compare, estimate, line
from experiments.studies.intervals import mean_interval, paired_interval
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict
from experiments.studies.wording import joined, told
from sim.inputs import override

CALM, REALITY, AI, MILD, SEVERE, LATE = (
    "undisturbed", "reality check", "AI mood", "market mood, 1 pp", "market mood, 2.5 pp",
    "mood after pricing",
)  # fmt: skip
SHIFTS = (AI, MILD, SEVERE)
BEFORE, AFTER, DAYS = -3, 5, 7
NEGLIGIBLE = 0.01
MEASURES = (
    Measure("proceeds", "Gross proceeds", "usd"),
    Measure("as_planned", "Sold at the terms announced", "fraction"),
    Measure("cut", "Price or size cut", "fraction"),
    Measure("withdrawn", "Withdrawn", "fraction"),
    Measure("coverage", "Book coverage at the offer", "times"),
    Measure("last", "Close on day 6 over the offer, less one", "fraction"),
)
LOST = Measure("lost", "Lost of the proceeds of the undisturbed offering", "fraction")
WORSE = Measure("worse", "Lost by the worst shift less lost by the reality check", "fraction")


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """The offering undisturbed, and with each disturbance."""
    base = load_scenario("spacex", {"days": DAYS, **assignments})
    own = [shock.model_dump() for shock in base.news.shocks]
    names = list(base.companies["spacex"].segments)

    def shocked(day: int, name: str, change: float, segments: list[str | None]) -> list[Any]:
        return [{"day": day, "input": name, "segment": s, "change": change} for s in segments]

    whole: list[str | None] = [None]
    disturbances = {
        CALM: [],
        REALITY: [
            *shocked(BEFORE, "base_revenue", float(np.log(0.9)), [*names]),
            *shocked(BEFORE, "base_margin", -0.05, [*names]),
        ],
        AI: shocked(BEFORE, "target_revenue", float(np.log(0.5)), ["ai"]),
        MILD: shocked(BEFORE, "cost_of_capital", 0.01, whole),
        SEVERE: shocked(BEFORE, "cost_of_capital", 0.025, whole),
        LATE: shocked(AFTER, "cost_of_capital", 0.025, whole),
    }
    return {
        label: override(base, {"news.shocks": [*own, *shocks]}, "mood shift")
        for label, shocks in disturbances.items()
    }


def measure(result: Result) -> Row:
    """What became of the offering."""
    offering, price = result.offering, result.offering.get("offer_price")
    decision = str(offering["decision"])
    closes = result.prices.loc[
        result.prices["symbol"] == result.scenario.offering.symbol, "close"
    ].to_numpy(float)
    return {
        "proceeds": float(offering.get("shares", 0.0)) * float(price or 0.0),
        "as_planned": float(decision == "priced"),
        "cut": float(decision in ("cut", "downsized")),
        "withdrawn": float(decision == "withdrawn"),
        "coverage": float(offering.get("oversubscription") or 0.0),
        "last": float(closes[-1] / price - 1) if price and closes.size else float("nan"),
    }


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """What each disturbance loses, seed by seed; table, verdict, reading."""
    wide = by_seed(rows, "proceeds")
    plan = wide[CALM].where(wide[CALM] > 0)
    lost = {label: 1 - wide[label] / plan for label in wide if label != CALM}
    means = {label: mean_interval(lost[label]).value for label in SHIFTS}
    worst = max(means, key=lambda label: np.nan_to_num(means[label], nan=-np.inf))
    labels = [label for label in dict.fromkeys(rows["condition"]) if label != CALM]
    lines = [line(LOST, label, mean_interval(lost[label])) for label in labels]
    lines.append(line(WORSE, worst, paired_interval(lost[worst], lost[REALITY])))
    table = compare(rows, MEASURES, lines)
    return Finding(table, read(table), judge(table))


def worst_shift(table: pd.DataFrame) -> str:
    """The label of the shift that loses most."""
    return str(table.loc[table["measure"] == "worse", "condition"].iloc[0])


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    worst = worst_shift(table)
    lost, worse = estimate(table, "lost", worst), estimate(table, "worse", worst)
    if lost.high < NEGLIGIBLE or worse.sign < 0:
        return "contradicted"
    if lost.sign > 0:
        return "supported" if worse.sign > 0 else "in part"
    return "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    labels = table.loc[table["measure"] == "lost", "condition"]
    lost = [f"{label} {told(estimate(table, 'lost', label), 'fraction')}" for label in labels]
    worst = worst_shift(table)
    fates = [
        f"{estimate(table, name, worst).value:.0%} {text}"
        for name, text in (("as_planned", "at the terms announced"), ("cut", "cut"),
                           ("withdrawn", "withdrawn"))
    ]  # fmt: skip
    return (
        f"Undisturbed, the book covers the offer {told(estimate(table, 'coverage', CALM), 'times')}"
        f". Of the proceeds are lost: {joined(lost)}. With the worst ({worst}) "
        f"{joined(fates)} of offerings. The same shift a week after the first trade costs the "
        f"holders, not the company: the close stands "
        f"{told(estimate(table, 'last', LATE), 'fraction')} from the offer."
    )


STUDY = Study(
    name="mood-shift",
    claim="The biggest danger is that the mood shifts in the weeks before the offering",
    question="What does a shift of mood in the roadshow do to the offering?",
    replicates=16,
    hangs_on="offering.price and reservation_price: an issuer that asks for much less than the "
    "book would pay has nothing to fear",
    flip={"offering.price": 75.0, "offering.reservation_price": 40.0,
          "offering.minimum_raise": 0.0},
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)  # fmt: skip


def answer(evidence: Evidence) -> Answer:
    """What the worst shift loses."""
    return evidence.answer(
        "lost", worst_shift(evidence.table), ("lost", "as_planned", "withdrawn", "coverage"),
        "the kind of news: a check against reality costs as much",
    )  # fmt: skip


P6 = studied(
    STUDY,
    id="P6",
    words="The biggest danger is that the market's mood shifts in the weeks before the offering",
    source=POST_VALUE,
    quick=8,
    read=answer,
)
