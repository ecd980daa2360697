"""A merger: shares are exchanged, the target is gone, indices count the acquirer's new shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.summary import summarise
from sim.market.ledger import Ledger
from tests.actions.worlds import COLUMN, RANK, SYMBOL, acting, levels, morning, quiet

TARGET, GONE = "S0012", 12
DAY = 20


def merger(ratio: float | None = 0.3, cash: float | None = None) -> dict:
    return {"kind": "merger", "rank": RANK, "target": TARGET, "day": DAY, "ratio": ratio,
            "cash": cash}  # fmt: skip


@pytest.mark.parametrize("terms", [(0.3, None), (0.2, 15.0), (None, 40.0)])
def test_shares_and_cash_are_exchanged_for_the_target(terms):
    ratio, cash = terms[0] or 0.0, terms[1] or 0.0
    model = acting(merger(*terms), days=DAY + 1)
    ledger = model.ledger
    held, own = ledger.holdings[:, GONE].copy(), ledger.holdings[:, COLUMN].copy()
    money, locked = ledger.cash.copy(), ledger.locked[:, [COLUMN, GONE]].copy()
    total = ledger.outstanding.copy()
    assert (held < 0).any() and (locked[:, 1] > 0).any()
    before = levels(model)
    morning(model)
    ledger.check()
    np.testing.assert_allclose(ledger.holdings[:, COLUMN], own + ratio * held, rtol=1e-12)
    np.testing.assert_allclose(ledger.locked[:, COLUMN], locked[:, 0] + ratio * locked[:, 1])
    assert not ledger.holdings[:, GONE].any() and ledger.outstanding[GONE] == 0
    assert ledger.outstanding[COLUMN] == pytest.approx(total[COLUMN] + ratio * total[GONE])
    others = np.arange(money.size) != model.companies
    np.testing.assert_allclose(ledger.cash[others], (money + cash * held)[others], rtol=1e-12)
    np.testing.assert_allclose(levels(model), before, rtol=1e-12)
    assert not model.universe.listed[GONE]


def test_values_are_those_of_the_terms():
    plain, model = quiet(DAY + 1), acting(merger(0.2, 15.0), days=DAY + 1)
    v, w = (float(plain.recorder.value[DAY - 1, c]) for c in (COLUMN, GONE))
    old, gone = (float(plain.ledger.outstanding[c]) for c in (COLUMN, GONE))
    joined = (old * v + gone * (w - 15.0)) / (old + 0.2 * gone)
    grown = plain.recorder.value[DAY, COLUMN] / v
    assert model.recorder.value[DAY, COLUMN] == pytest.approx(joined * grown, rel=1e-9)
    grown = plain.recorder.value[DAY, GONE] / w
    assert model.recorder.value[DAY, GONE] == pytest.approx((0.2 * joined + 15.0) * grown, rel=1e-9)
    # and prices follow the same day
    change = model.recorder.close[DAY, GONE] / plain.recorder.close[DAY, GONE]
    assert change == pytest.approx((0.2 * joined + 15.0) / w, rel=0.1)


def test_indices_let_the_target_go_and_count_the_new_shares():
    plain, model = quiet(DAY + 2), acting(merger(), days=DAY + 2)
    seen = plain.public_record.snapshot()
    for name, index in model.indices.items():
        other = plain.indices[name]
        assert not index.members[GONE] and index.shares[GONE] == 0
        assert index.members[COLUMN]
        if other.rulebook.weighting in ("cap", "float_cap"):
            floats = other.rulebook.weighting == "float_cap"
            count = seen.float_shares if floats else seen.shares
            more = 0.3 * count[GONE] * other.shares[COLUMN] / count[COLUMN]
            assert index.shares[COLUMN] == pytest.approx(other.shares[COLUMN] + more, rel=1e-9)
    assert model.indices["price-weight-30"].shares[COLUMN] == 1
    # the vacancy is filled as after any deletion
    assert model.indices["sp500"].expected.sum() == plain.indices["sp500"].expected.sum()


def test_earnings_are_added_and_the_last_close_is_kept():
    plain, model = quiet(60), acting(merger(), days=60)
    model.ledger.check()
    assert np.isfinite(model.recorder.close[DAY, GONE])
    assert np.isnan(model.recorder.close[DAY + 1 : 60, GONE]).all()
    year = acting(merger(), days=DAY + 2).universe.earnings_year
    alone = quiet(DAY + 2).universe.earnings_year
    assert year[COLUMN] == pytest.approx(alone[COLUMN] + alone[GONE], rel=1e-9)
    (row,) = summarise(model)["corporate_actions"]
    assert (row["symbol"], row["target"]) == (SYMBOL, TARGET)
    assert row["new_shares"] == pytest.approx(0.3 * plain.ledger.outstanding[GONE])
    kinds = [event.kind for event in model.recorder.events if event.symbol in (SYMBOL, TARGET)]
    assert kinds.count("corporate_action") == 2 and kinds.count("delisting") == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 10.0), st.floats(0.0, 100.0))
def test_the_ledger_conserves_what_is_exchanged(seed, ratio, usd):
    rng = np.random.default_rng(seed)
    ledger = Ledger.of(rng.uniform(1, 1e6, (6, 3)), rng.normal(0, 1e9, 6))
    ledger.may_short[0] = True
    ledger.lock(1, 2, 0.5 * ledger.holdings[1, 2])
    ledger.transfer(0, 3, 2, 2.0 * ledger.holdings[0, 2])
    total, new = float(ledger.outstanding[2]), float(ledger.outstanding[1])
    payer = float(ledger.cash[5]), float(ledger.holdings[5, 2])
    ledger.exchange_shares(2, 1, ratio, usd, payer=5)
    ledger.check()
    assert ledger.outstanding[1] == pytest.approx(new + ratio * total)
    assert ledger.locked_shares[2] == 0.0
    paid = usd * (total - payer[1])
    assert ledger.cash[5] == pytest.approx(payer[0] - paid, abs=1e-6 * (abs(paid) + 1e9))
