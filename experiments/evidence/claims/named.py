"""Claims that named studies answer as they are: P5, P9, I2, I3, I8, M1, M2, M5, M6.

Question, rule of the verdict and flip are those of the study (`experiments.studies`); here stand
the words of the claim, the figure that the ledger prints, and what an *in part* depends on. I3 is
read off the study of weightings: *supported* if dividends, reinvested, raise the total return
over the price index measurably under every weighting, *contradicted* if by less than `NEGLIGIBLE`
a year under all, otherwise *undecided*.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from experiments.evidence.claims.claim import (
    POST_INDEX,
    POST_VALUE,
    Answer,
    Evidence,
    Studied,
    studied,
    value_of,
)
from experiments.studies import load_study, seasoning, weighting
from experiments.studies.hidden_risk import FUND, HORIZONS
from experiments.studies.large_against_small import FLOWS
from experiments.studies.profit_screen import ON_ALL
from experiments.studies.spiva import AFTER
from experiments.studies.study import Assignments, Verdict
from experiments.studies.wording import joined, told

NEGLIGIBLE = 0.001


def claim(
    id: str,
    words: str,
    study: str,
    quick: int,
    figure: tuple[str, str],
    shown: Sequence[str],
    depends_on: str,
    source: str = POST_INDEX,
    hangs_on: str | None = None,
    flip: Assignments | None = None,
) -> Studied:
    """A claim whose verdict is that of a named study; ``figure`` is a measure and a condition.

    Where the study contradicts the claim, its own flip shows nothing new: ``hangs_on`` and ``flip``
    say then under which settings the claim holds.
    """
    return studied(
        load_study(study),
        id=id,
        words=words,
        source=source,
        quick=quick,
        read=partial(_read, figure=figure, shown=shown, depends_on=depends_on),
        hangs_on=hangs_on,
        flip=flip,
    )


def _read(
    evidence: Evidence, figure: tuple[str, str], shown: Sequence[str], depends_on: str
) -> Answer:
    measure, condition = figure
    names = set(evidence.table["measure"])
    return evidence.answer(measure, condition, [n for n in shown if n in names], depends_on)


P5 = claim(
    "P5",
    "A direct listing is hard because the company needs the cash",
    "mechanisms",
    8,
    ("shortfall", "direct_listing"),
    ("proceeds", "first_day_return", "money_left", "volatility"),
    "what else counts: the direct listing is rougher in its first month as well",
    POST_VALUE,
)
P9 = claim(
    "P9",
    "Locked-up holders cash out when the lock-up ends",
    "lockup",
    8,
    ("effect", "ladder"),
    ("sold", "effect", "volume_ratio", "float_63"),
    "the form of the lock-up: the price gives way under the ladder or the cliff, not under both",
    POST_VALUE,
)
I2 = claim(
    "I2",
    "Equal, price, cap and float-cap weights give different indices; price weights break on "
    "splits; float weights make closely held giants punch below their size",
    "weighting",
    8,
    ("tracking", weighting.PRICE),
    ("tracking", "top_ten", "low_float", "split_moved"),
    "the weighting: not all differ measurably from float cap",
)
I8 = claim(
    "I8",
    "The 12-month wait costs the company nothing; its path is driven by the AI story",
    "seasoning",
    6,
    ("cost", seasoning.LATE),
    ("cost", "share", "effect_last", "range"),
    "the half of the claim: waiting costs the owners something, or the AI story is no larger than "
    "the entry day",
)
M1 = claim(
    "M1",
    "Active funds lose to their index in nearly every class and year, and more over longer "
    "horizons",
    "spiva",
    4,
    ("behind_1", AFTER),
    ("behind_1", "behind_5", "behind_15", "gap"),
    "the horizon: most are behind after a year, or more of them later, not both measurably",
)
M2 = claim(
    "M2",
    "Passive flows need not cause the dominance of large companies: winner-take-all fundamentals "
    "do",
    "large-against-small",
    4,
    ("share_change", FLOWS),
    ("share_change", "dearness", "multiple_change"),
    "the size: flows raise dominance too, by less than fundamentals",
)
M5 = claim(
    "M5",
    "An index investor is far less exposed to SpaceX than the typical active manager who bets for "
    "or against it",
    "hidden-risk",
    12,
    (f"exposure_{HORIZONS[-1]}", FUND),
    ("exposure_1", "exposure_2", f"relative_{HORIZONS[-1]}"),
    "the bet: not every manager who bets is measurably more exposed",
    hangs_on="what the index counts as float: one that counts all shares holds so much more of "
    "SpaceX than the market does that it is the one who bets",
    flip={"indices.crsp-total-market.weighting": "cap"},
)
M6 = claim(
    "M6",
    "Requiring profits would have cost performance over two decades",
    "profit-screen",
    8,
    ("cost", ON_ALL),
    ("cost", "all", "screened", "tracking"),
    "where index money is: the screen costs in one of two worlds",
)


def total_return(evidence: Evidence) -> Verdict:
    """The verdict on I3 by the rule above."""
    paid = [value_of(evidence, "dividends", label) for label in weighting.INDICES]
    if all(each.sign > 0 for each in paid):
        return "supported"
    return "contradicted" if all(each.high < NEGLIGIBLE for each in paid) else "undecided"


def dividends(evidence: Evidence) -> Answer:
    """What dividends add under float cap."""
    parts = [
        f"{label} {told(value_of(evidence, 'dividends', label), 'fraction')}"
        for label in weighting.INDICES
    ]
    price, total = (
        told(value_of(evidence, name, weighting.FLOAT), "fraction")
        for name in ("price_return", "total_return")
    )
    return evidence.answer(
        "dividends", weighting.FLOAT, ("dividends", "price_return", "total_return"), "",
        verdict=total_return(evidence),
        reading=f"Dividends reinvested add a year: {joined(parts)}. The float-cap index grows by "
        f"{price} a year without and {total} with them.",
    )  # fmt: skip


I3 = studied(
    load_study("weighting"),
    id="I3",
    words="A price index is not what an investor earns: total return reinvests dividends",
    source=POST_INDEX,
    question="How far apart are the price index and the total return of the same index?",
    hangs_on="universe.dividends_bn: companies that pay nothing leave both the same",
    flip={"universe.dividends_bn": 0.0},
    quick=8,
    read=dividends,
)
