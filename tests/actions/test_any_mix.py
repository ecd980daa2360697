"""Whatever companies do, and whoever is taken over meanwhile, the books balance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from experiments import build
from tests.actions.worlds import BOOKS, FINE, listing
from tests.runs import index_world, trade

DAYS = 40
days = st.integers(0, DAYS - 2)
terms = st.one_of(
    st.fixed_dictionaries({"kind": st.just("split"), "ratio": st.floats(0.05, 20)}),
    st.fixed_dictionaries({"kind": st.just("special_dividend"), "amount": st.floats(0.01, 5)}),
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["share_issue", "buyback"]),
            "fraction": st.floats(0.001, 0.2),
            "days": st.integers(1, 12),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("merger"),
            "target": st.integers(40, 59).map(lambda number: f"S{number:04d}"),
            "ratio": st.floats(0.05, 1.0),
        }
    ),
)
#: Every buyer acts once and every target is taken over once, so that no order matters.
mixes = st.lists(st.tuples(terms, days, st.integers(1, 25)), min_size=1, max_size=6).map(
    lambda drawn: list(
        {(a.get("target") or rank): (a, day, rank) for a, day, rank in drawn}.values()
    )
)


def told(mix: list[tuple[dict[str, Any], int, int]]) -> list[dict[str, Any]]:
    by_rank = {rank: {**action, "day": day, "rank": rank} for action, day, rank in mix}
    return list(by_rank.values())


@settings(max_examples=5, deadline=None)
@given(mixes)
@example([({"kind": "merger", "target": "S0040", "ratio": 1.0}, 6, 13)])  # its target is bidden for
def test_shares_cash_and_levels_stay_sound(mix):
    actions = told(mix)
    world = index_world(FINE, {"corporate_actions": actions}, rulebooks=BOOKS, days=DAYS,
                        takeovers=1.0)  # fmt: skip
    model = trade(build(world, 3), DAYS)
    model.ledger.check()
    listed = model.universe.listed
    np.testing.assert_allclose(
        model.universe.shares[listed], model.ledger.outstanding[listed], rtol=1e-12
    )
    done = [planned for planned, _ in model.actions.done]
    due = [p for p in done if p.span[-1] < DAYS]
    assert len(due) == sum(a["day"] + a.get("days", 1 + (a["kind"] == "merger")) <= DAYS
                           for a in actions)  # fmt: skip
    # an index gains no more than one of its members, and loses no more; who has left gains nothing
    close, level = model.recorder.comparable_close(returns=True), model.recorder.level[:DAYS]
    own = np.nan_to_num(close[1:] / close[:-1], nan=1.0)
    gain = level[1:] / level[:-1]
    assert (gain <= own.max(axis=1, keepdims=True) + 1e-9).all()
    assert (gain >= own.min(axis=1, keepdims=True) - 1e-9).all()
    quiet = [c for c in range(60) if not any(c in p.companies for p in done)]
    assert (model.recorder.return_factor[:, quiet] == 1).all()


@pytest.mark.parametrize("mechanism", ["direct_listing", "bookbuilding"])
def test_a_company_sold_in_any_way_may_act_later(mechanism):
    actions = [
        {"kind": "split", "company": "SPCX", "day": 3, "ratio": 10.0},
        {"kind": "special_dividend", "company": "SPCX", "day": 5, "amount": 0.5},
        {"kind": "share_issue", "company": "SPCX", "day": 7, "fraction": 0.01, "days": 3},
        {"kind": "buyback", "company": "SPCX", "day": 12, "fraction": 0.005},
    ]
    model = build(listing(*actions, **{"offering.mechanism": mechanism}), 1)
    trade(model, 45)
    model.ledger.check()
    assert len(model.actions.done) == 4 and not any(
        "lapsed" in row for _, row in model.actions.done
    )
    change = np.diff(np.log(model.recorder.comparable_close(returns=True)[:, model.listing.column]))
    assert np.abs(change).max() < 0.5
    assert model.recorder.close[44, model.listing.column] < 40
