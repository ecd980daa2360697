"""V3: what the operating loss of 2025 is with research capitalised.

Research is written off in a straight line over its life (`sim.valuation.research`). Only the
spending of 2025 is public, so earlier years are assumptions of the company's file; the interval
is over lives of `LIVES` years, not over samples.

*Supported* if the reported result is a loss and the adjusted one lies within `NEAR` of $4bn,
*contradicted* if the adjusted result is a loss too, otherwise *in part*.
"""

from __future__ import annotations

from experiments.evidence.claims.claim import (
    POST_VALUE,
    Answer,
    Computed,
    Measure,
    rows_of,
    table_of,
)
from experiments.studies.intervals import Interval
from experiments.studies.study import Assignments, Verdict
from experiments.studies.wording import amount
from experiments.valuation import research_row
from sim.valuation.company import load_company

LIVES = (3, 7)  # years; Damodaran (1999) has 2 to 10 by industry
CLAIMED, NEAR = 4.0e9, 0.5e9


def compute(assignments: Assignments) -> Answer:
    """Capitalise the research of the company, its file changed by ``assignments``."""
    row = research_row(load_company("spacex", assignments))
    by_life = {
        int(life): float(usd) for life, usd in row["adjusted_operating_income_by_life"].items()
    }
    reported = float(row["reported_operating_income"])
    adjusted = float(row["adjusted_operating_income"])
    within = [usd for life, usd in by_life.items() if LIVES[0] <= life <= LIVES[1]]
    figure = Interval(adjusted, min([*within, adjusted]), max([*within, adjusted]), 1)
    table = table_of(
        rows_of(
            Measure("income", "Operating result of 2025", "usd"),
            {"as reported": reported, f"capitalised, {row['life']} years": figure},
        ),
        rows_of(
            Measure("by_life", "Operating result by life of research", "usd"),
            {f"{life} years": usd for life, usd in by_life.items()},
        ),
    )
    reading = (
        f"Reported is {amount(reported, 'usd')}. With research of "
        f"{amount(row['research_expense'], 'usd')} capitalised over {row['life']} years and "
        f"{amount(row['amortisation'], 'usd')} of it written off it is {amount(adjusted, 'usd')}; "
        f"with lives of {LIVES[0]} to {LIVES[1]} years {amount(figure.low, 'usd')} to "
        f"{amount(figure.high, 'usd')}. Spending before 2025 is assumed: {row['assumption']}."
    )
    return Answer(
        judge(reported, adjusted), figure, "Operating result with research capitalised", "usd",
        reading, table, ("income", "by_life"), depends_on="the spending of the years before",
    )  # fmt: skip


def judge(reported: float, adjusted: float) -> Verdict:
    """The verdict by the rule above, USD."""
    if adjusted <= 0:
        return "contradicted"
    return "supported" if reported < 0 and abs(adjusted - CLAIMED) <= NEAR else "in part"


V3 = Computed(
    id="V3",
    words="Capitalising research turns the operating loss of 2025 of $2.57bn into a profit of "
    "about $4bn",
    source=POST_VALUE,
    question="What is the operating result of 2025 with research capitalised?",
    hangs_on="research.spending before 2025, which is not public: had it been as high as in 2025, "
    "the loss would stay",
    flip={f"research.spending.{year}": 9.0 for year in range(2020, 2025)},
    compute=compute,
)
