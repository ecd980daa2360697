"""A15 and A16: twenty years of one market of a hundred stocks and five hundred funds.

A15 counts the stylised facts that hold (`experiments.evidence.stylised_facts`), A16 the long-only
funds that are behind the index a year later, after fees (`experiments.studies.spiva`; the fee is
`FEE`, that of the reports' years). Both come from the same run, so that no market is made to suit
one of them. The years best and worst for funds are held against the range of the yearly values in
SPIVA.
"""

from __future__ import annotations

import numpy as np

from experiments.evidence.stylised_facts import FACTS, History, facts
from experiments.evidence.targets.target import Part, Target
from experiments.results import Result
from experiments.studies import spiva

RUN = "market"
STOCKS, FUNDS, YEARS = 100, 500, 20
#: A fact of the reports' years: asset-weighted fees of active equity funds fell from 0.99 % in 2000
#: to 0.64 % in 2024 (ICI).
FEE = 0.008
CHANGES = {
    "universe.stocks": STOCKS,
    "universe.mid_caps": 0,
    "indices.sp500.count": STOCKS,
    "population.passive.assets": {spiva.INDEX: 1.0},
    "population.long_only.count": FUNDS,
    "population.long_only.fee": FEE,
}


def measure(result: Result) -> dict[str, float]:
    """Stylised facts, funds behind the index, and the error of Sharpe's arithmetic of one run."""
    after = next(row for row in spiva.measure(result) if row["portfolio"] == spiva.AFTER)
    numbers = {
        "behind": "behind_1",
        "best_year": "best_year",
        "worst_year": "worst_year",
        "gap": "gap",
        "sharpe": "identity",
    }
    return facts(history(result)) | {
        name: _number(after[column]) for name, column in numbers.items()
    }


def history(result: Result) -> History:
    """Returns and volumes of the market of a run."""
    recorder, n = result.model.recorder, result.model.recorder.days
    base = result.model.universe.base
    with np.errstate(invalid="ignore", divide="ignore"):
        stocks = np.diff(np.log(recorder.close[:n, base]), axis=0)
    volume = recorder.volume[1:n, base]
    shares = np.broadcast_to(result.model.universe.shares[base], volume.shape)
    return History(np.diff(np.log(recorder.level[:n, 0])), stocks, volume, np.asarray(shares))


def _number(value: object) -> float:
    return float(value) if isinstance(value, float | int) else float("nan")


TARGETS = (
    Target("A15", "Stylised facts of returns and volumes", "Cont 2001", (
        Part(RUN, "held", f"of {len(FACTS)} facts hold", 10.0, float(len(FACTS)), "number"),
    )),
    Target("A16", "Funds behind the index after a year", "S&P, SPIVA scorecards 2001-24", (
        Part(RUN, "behind", "long-only funds, mean of all years", 0.55, 0.75),
        Part(RUN, "best_year", "in the year best for funds", 0.40, 0.87),
        Part(RUN, "worst_year", "in the year worst for funds", 0.40, 0.87),
    )),
)  # fmt: skip
