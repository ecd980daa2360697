"""I1: index units, and what adding a trillion-dollar company does to them.

An index of level L and capitalisation K has L / K units for each billion of capitalisation. A
company of K_in replaces one of K_out after a close, at the same prices (`sim.index.level`): the
divisor moves, the level does not,

    units' = L / (K − K_out + K_in),      dividends in points = D · L / K.

Published are 0.1190, 0.1171 (K_in = 1,000, K_out = 1) and 79.12, the last with units rounded to
four digits; unrounded it is 79.10. With a float of 4.9 % only that part of the newcomer counts.

*Supported* if all four agree to the digits published, *contradicted* if the level moves, otherwise
*in part*. The settings of the arithmetic (`Arithmetic`) are what assignments change.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from experiments.evidence.claims.claim import (
    POST_INDEX,
    Answer,
    Computed,
    Measure,
    exact,
    rows_of,
    table_of,
)
from experiments.studies.study import Assignments, Verdict
from sim.index import IndexLevel
from sim.inputs import Settings, override

PUBLISHED = {"units": (0.1190, 4), "units_after": (0.1171, 4), "dividends": (79.12, 2)}
STILL = 1e-9


class Arithmetic(Settings):
    """The S&P 500 on 15 June 2026 (Damodaran, post of 18 June 2026): ``level``, float-adjusted
    capitalisation ``cap_bn`` and ``dividends_bn`` of 2025, USD bn; the companies that come and go,
    USD bn; ``float_factor`` of the newcomer where only its float counts (SpaceX after its
    offering, derived). ``divisor_follows``: false keeps the divisor, as no provider does."""

    level: float = Field(default=7554.29, gt=0)
    cap_bn: float = Field(default=63_498.44, gt=0)
    dividends_bn: float = Field(default=664.90, ge=0)
    added_bn: float = Field(default=1000.0, ge=0)
    dropped_bn: float = Field(default=1.0, gt=0)
    float_factor: float = Field(default=0.0486, gt=0, le=1)
    divisor_follows: bool = True


def compute(assignments: Assignments) -> Answer:
    """The arithmetic with `Arithmetic` changed by ``assignments``."""
    given = override(Arithmetic(), assignments, "I1")
    units = given.level / given.cap_bn
    after, level = _replace(given, given.added_bn)
    floated, _ = _replace(given, given.added_bn * given.float_factor)
    dividends = round(units, 4) * given.dividends_bn
    figures = {"units": units, "units_after": after, "dividends": dividends}
    moved = abs(level / given.level - 1)
    agree = {n: round(figures[n], digits) == value for n, (value, digits) in PUBLISHED.items()}
    table = table_of(
        rows_of(Measure("units", "Index units for each $bn", "number"),
                {"before": units, "after": after, "after, float only": floated}),
        rows_of(Measure("level", "Index level", "number"),
                {"before": given.level, "after": level}),
        rows_of(Measure("dividends", "Dividends in index points", "number"),
                {"units rounded": dividends, "exact": units * given.dividends_bn}),
    )  # fmt: skip
    reading = (
        f"An index of {given.level:,.2f} on ${given.cap_bn:,.2f}bn has {units:.4f} units; with "
        f"${given.added_bn:,.0f}bn for ${given.dropped_bn:,.0f}bn it has {after:.4f} "
        f"({floated:.4f} if only the float of {given.float_factor:.1%} counts), and the level "
        f"moves by {moved:.4%}. Dividends of ${given.dividends_bn:,.2f}bn are {dividends:.2f} "
        f"points with rounded units, {units * given.dividends_bn:.2f} exactly."
    )
    return Answer(
        judge(agree, moved), exact(1e3 * after), "Index units for each $1,000bn, after", "number",
        reading,
        table, ("units", "level", "dividends"), depends_on="the sums put in",
    )  # fmt: skip


def _replace(given: Arithmetic, added_bn: float) -> tuple[float, float]:
    """Units and level once a company of ``added_bn`` has replaced the one dropped."""
    price = np.ones(3)
    rest = given.cap_bn - given.dropped_bn
    index = IndexLevel(np.array([rest, given.dropped_bn, 0.0]), price, given.level)
    divisor = index.divisor
    index.change(np.array([rest, 0.0, added_bn]))
    if given.divisor_follows:
        return 1 / index.divisor, index.level
    return 1 / divisor, index.capitalisation / divisor


def judge(agree: dict[str, bool], moved: float) -> Verdict:
    """The verdict by the rule above."""
    if moved > STILL:
        return "contradicted"
    return "supported" if all(agree.values()) else "in part"


I1 = Computed(
    id="I1",
    words="The S&P 500 has 0.1190 units; $1T added for $1bn dropped makes them 0.1171 and leaves "
    "the level; dividends of 664.90 are 79.12 points",
    source=POST_INDEX,
    question="What does an addition do to index units, level and dividends?",
    hangs_on="the divisor, which follows every change of members; were it kept, the level would "
    "jump",
    flip={"divisor_follows": False},
    compute=compute,
)
