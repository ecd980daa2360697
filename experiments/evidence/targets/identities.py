"""A17: identities that hold to rounding, checked on runs and not on paper.

* *Sharpe*: the largest |Σ w_k R_k − R_m| of months in the run of `market`
  (`experiments.studies.spiva.identity_error`; Sharpe 1991).
* *Divisor*: in a small market with takeovers, migrations and quarterly changes, stepped by hand,
  the level of every index moves from close to close by what last evening's basket gained,

      level_{t+1} / level_t = Σ p_{t+1} s_t / Σ p_t s_t,

  s_t the index shares after the changes of evening t. The largest relative error of all days.
* *Conservation*: the largest relative error of shares held against those outstanding, of any stock
  and evening, and of all cash against what was brought in.
* *Units*: 7554.29 / 63,498.44 = 0.1190 index points per USD bn, and 0.1171 after a company of $1tn
  has replaced one of $1bn (Damodaran 2026), by `sim.index.level`.
"""

from __future__ import annotations

import numpy as np

from experiments.evidence.targets import market
from experiments.evidence.targets.target import Part, Target
from experiments.scenario import Scenario
from experiments.simulate import build
from sim.index.level import IndexLevel

RUN = "identities"
CHANGES = {
    "universe.stocks": 60,
    "universe.mid_caps": 30,
    "universe.takeovers_per_year": 0.05,
    "indices.sp500.count": 50,
    "indices.sp500.make_room_rank": 5,
    "population.households.flows": "performance",
}
EXACT = 1e-9
CAP, LEVEL = 63_498.44e9, 7554.29  # S&P 500, 15 June 2026 (Damodaran 2026)


def measure(scenario: Scenario, seed: int) -> dict[str, float]:
    """Largest errors of one run, and the published index units."""
    model = build(scenario, seed)
    baskets: dict[str, tuple[np.ndarray, float]] = {}
    before = model.exchange.last_price.copy()
    divisor = shares = cash = 0.0
    changes = 0
    for _ in range(scenario.days):
        model.step()
        price = model.exchange.last_price
        for name, index in model.indices.items():
            level = index.level.level
            if name in baskets:
                held, last = baskets[name]
                gained = float(price @ held) / float(before @ held)
                divisor = max(divisor, abs(level / last / gained - 1))
                changes += not np.array_equal(held, index.shares)
            baskets[name] = (index.shares.copy(), level)
        before = price.copy()
        ledger = model.ledger
        gap = np.abs(ledger.holdings.sum(axis=0) - ledger.outstanding)
        shares = max(shares, float((gap / np.maximum(ledger.outstanding, 1.0)).max()))
        scale = float(np.abs(ledger.cash).sum())
        cash = max(cash, float(abs(ledger.cash.sum() - ledger.endowed_cash)) / scale)
    model.ledger.check()
    before_entry, after_entry = published_units()
    return {
        "divisor": divisor,
        "changes": float(changes),
        "shares": shares,
        "cash": cash,
        "unit_before": before_entry,
        "unit_after": after_entry,
    }


def published_units() -> tuple[float, float]:
    """Index points per USD bn before and after a company of $1tn replaces one of $1bn."""
    price = np.array([100.0, 10.0, 135.0])
    index = IndexLevel(np.array([(CAP - 1e9) / 100, 1e8, 0.0]), price, LEVEL)
    before = 1e9 / index.divisor
    index.change(np.array([index.shares[0], 0.0, 1e12 / 135]), price)
    return before, 1e9 / index.divisor


TARGETS = (
    Target("A17", "Identities", "Sharpe 1991; Damodaran 2026", (
        Part(market.RUN, "sharpe", "error of Sharpe's arithmetic", -EXACT, EXACT, "number"),
        Part(RUN, "divisor", "jump of a level at a change", -EXACT, EXACT, "number"),
        Part(RUN, "shares", "shares not accounted for", -EXACT, EXACT, "number"),
        Part(RUN, "cash", "cash not accounted for", -EXACT, EXACT, "number"),
        Part(RUN, "unit_before", "index points per $bn", 0.11895, 0.11905, "number"),
        Part(RUN, "unit_after", "after a $1tn entry", 0.11705, 0.11715, "number"),
    )),
)  # fmt: skip
