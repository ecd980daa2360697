"""P4: how far a syndicate can hold the price of a very large company.

On day `SHOCK_DAY`, right after the first trade, everybody's target revenues fall by `FALL`:
investors turn negative. The syndicate buys below the offer with what it has over-allotted (the
greenshoe), and with its own money beyond that if it is given any (`sim.offering.stabilisation`).
Every supported world has an unsupported twin with the same seed, which has neither. Measured over
the days of the option (`WINDOW` sessions from the shock on)

    gap = mean log(close / offer),        held = gap with support − gap of the twin,

for the scenario's own support, for syndicate capital of $10bn to $200bn, and for deals of a quarter
and of three times the shares.

The part of the fall that is held is ``held`` over −gap of the twin. Support *holds* the price if
that part is above `HOLDS` with its interval, and is *empty* if it is below. *Supported* if the
scenario's support is empty and so is the largest capital; *contradicted* if the scenario's
support holds; *in part* if it is empty but some capital holds; otherwise, and if the price does
not fall measurably below the offer, *undecided*. Only the float trades, so what must be bought is
a matter of the float and not of the two trillion.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.evidence.claims.claim import POST_VALUE, Answer, Evidence, Measure, studied
from experiments.results import Result
from experiments.scenario import Scenario, load_scenario
from experiments.studies.comparison import by_seed, compare, estimate, line
from experiments.studies.intervals import mean_interval, paired_interval
from experiments.studies.paths import series
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict
from experiments.studies.wording import joined, told
from sim.inputs import override

GREENSHOE = "greenshoe"
CAPITAL = {f"with ${usd / 1e9:.0f}bn": usd for usd in (10e9, 50e9, 200e9)}
DEALS = {"quarter deal": 0.25, "triple deal": 3.0}
SHOCK_DAY, WINDOW, DAYS = 1, 18, 23
FALL = 0.5
HOLDS = 0.5
SUPPORT = "population.banker.stabilisation.support_capital"
MEASURES = (
    Measure("gap", "Mean log close over offer after the shock", "fraction"),
    Measure("lowest", "Lowest close over the offer, less one", "fraction"),
    Measure("bought", "Bought by the syndicate", "usd"),
)
HELD = Measure("held", "Price held by support, against no support", "fraction")
PART = Measure("part", "Part of the fall that support holds", "fraction")


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """No support, the scenario's, more capital, other deals; every deal with its twin."""
    base = load_scenario("spacex", {"days": DAYS, **assignments})
    shocks = [
        *(shock.model_dump() for shock in base.news.shocks),
        *(
            {"day": SHOCK_DAY, "input": "target_revenue", "segment": name,
             "change": math.log(1 - FALL)}
            for name in base.companies["spacex"].segments
        ),
    ]  # fmt: skip
    base = override(base, {"news.shocks": shocks}, "price support")
    terms = base.offering
    assert terms is not None
    found: dict[str, dict[str, Any]] = {_twin(GREENSHOE): NOTHING, GREENSHOE: {}}
    found |= {label: {SUPPORT: usd} for label, usd in CAPITAL.items()}
    for label, size in DEALS.items():
        deal = {
            "offering.shares": size * terms.shares,
            "offering.raise_target": size * terms.raise_target,
            "offering.minimum_raise": 0.0,
        }
        found |= {_twin(label): {**deal, **NOTHING}, label: deal}
    return {label: override(base, changes, "price support") for label, changes in found.items()}


#: Falls by less are no falls.
SMALL = 0.01
NOTHING = {"offering.over_allotment": 0.0, SUPPORT: 0.0}


def _twin(label: str) -> str:
    return {GREENSHOE: "no support"}.get(label, f"no support, {label}")


def twin_of(label: str) -> str:
    """The unsupported world that a supported one is compared with."""
    return _twin(label if label in DEALS else GREENSHOE)


def measure(result: Result) -> Row:
    """How far the price stood from the offer after the shock, and what the syndicate bought."""
    price = result.offering.get("offer_price")
    if not price:
        return {m.name: float("nan") for m in MEASURES}
    closes = series(result, "close")[SHOCK_DAY : SHOCK_DAY + WINDOW]
    support = result.model.listing.stabilisation
    return {
        "gap": float(np.log(closes / price).mean()),
        "lowest": float(closes.min() / price - 1),
        "bought": support.covered * price - support.covering_profit + support.support_spent,
    }


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Pair every supported world with its twin; table, verdict, reading."""
    wide = by_seed(rows, "gap")
    lines = [
        line(HELD, label, paired_interval(wide[label], wide[twin_of(label)]))
        for label in (GREENSHOE, *CAPITAL, *DEALS)
        if label in wide
    ]
    for label in (GREENSHOE, *CAPITAL, *DEALS):
        if label in wide:
            twin = wide[twin_of(label)].where(wide[twin_of(label)] < -SMALL)
            lines.append(line(PART, label, mean_interval((wide[label] - twin) / -twin)))
    table = compare(rows, MEASURES, lines)
    return Finding(table, read(table), judge(table))


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    gap = estimate(table, "gap", _twin(GREENSHOE))
    own = estimate(table, "part", GREENSHOE)
    parts = [estimate(table, "part", label) for label in CAPITAL]
    if not gap.high < 0:
        return "undecided"
    if own.low > HOLDS:
        return "contradicted"
    if own.high < HOLDS:
        if any(part.low > HOLDS for part in parts):
            return "in part"
        return "supported" if all(part.high < HOLDS for part in parts) else "undecided"
    return "undecided"


def least_capital(table: pd.DataFrame) -> str:
    """The least of the sums that hold the price, in words."""
    for label in CAPITAL:
        if estimate(table, "part", label).low > HOLDS:
            return label.removeprefix("with ")
    return "more than was tried"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    more = [
        f"{told(estimate(table, 'part', label), 'fraction')} {label}"
        for label in (*CAPITAL, *DEALS)
        if estimate(table, "part", label).n
    ]
    return (
        "Without support the price stands "
        f"{told(estimate(table, 'gap', _twin(GREENSHOE)), 'fraction')}"
        f" (log) from the offer in the weeks after investors turn negative. The over-allotment "
        f"buys {told(estimate(table, 'bought', GREENSHOE), 'usd')} and holds "
        f"{told(estimate(table, 'held', GREENSHOE), 'fraction')} of the price, "
        f"{told(estimate(table, 'part', GREENSHOE), 'fraction')} of the fall; {joined(more)}. "
        f"While the option runs, {least_capital(table)} of capital hold more than half of it."
    )


STUDY = Study(
    name="price-support",
    claim="The price guarantee and post-market support are empty for a $2T company",
    question="How far can the syndicate hold the price, by its capital and the size of the deal?",
    replicates=16,
    hangs_on=f"{SUPPORT}: zero, since no bank has the capital; with enough of it the price holds, "
    "and without a fall below the offer there is nothing to hold",
    flip={SUPPORT: 500e9},
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)


def answer(evidence: Evidence) -> Answer:
    """What the scenario's support holds."""
    return evidence.answer(
        "part", GREENSHOE, ("part", "held", "gap", "bought"),
        f"the syndicate's own capital: {least_capital(evidence.table)} hold the price, for only "
        "the float trades",
    )  # fmt: skip


P4 = studied(
    STUDY,
    id="P4",
    words="The price guarantee and post-market support are empty for a $2T company",
    source=POST_VALUE,
    quick=8,
    read=answer,
)
