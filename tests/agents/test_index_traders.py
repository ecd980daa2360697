"""What an index change does to a price, and what each mechanism takes away from it.

A fund that owns a tenth of an index has to sell the stock that leaves and buy the one that enters.
Here takeovers make the vacancies, so that what enters has done nothing to deserve it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from agents.index_demand import still_to_trade
from experiments.simulate import build
from sim.index import Change
from sim.model import MarketModel
from tests.runs import index_world, t_statistic

SEEDS = range(1, 5)
#: An outsider enters the index at the close of day 40, announced on the evening of day 33.
ANNOUNCED, EFFECTIVE, DAYS = 33, 40, 100
#: The largest are members.
STRICT = {"indices.sp500.discretion": 0.0}
NO_ARBITRAGE = {"population.index_arbitrageurs.count": 0}


def outsider(model: MarketModel) -> int:
    """The largest company that is not in the index."""
    return int(np.flatnonzero(~model.indices["sp500"].members)[0])


def enter(model: MarketModel, column: int) -> None:
    """Tonight the provider announces an addition; the funds will own as much of it as of others."""
    index = model.indices["sp500"]
    session = model.session
    change = Change(
        index.name, "add", column, session, session + EFFECTIVE - ANNOUNCED, "for the test",
        False, float(model.public_record.snapshot().float_shares[column]),
    )  # fmt: skip
    index._roster.announce(change)


@cache
def _closes(changes: tuple[tuple[str, Any], ...], seed: int, happens: bool) -> np.ndarray:
    model = build(index_world(STRICT, dict(changes), days=DAYS), seed)
    column = outsider(model)
    for day in range(DAYS):
        model.step()
        if happens and day == ANNOUNCED:
            enter(model, column)
            for actor in model._actors:  # those who listen in the evening hear it tonight
                if type(actor).__name__ in ("IndexDemand", "IndexArbitrageDesk"):
                    actor.after_close()
    model.ledger.check()
    return np.log(model.recorder.close[:DAYS, column])


def effect(changes: dict[str, Any], seed: int) -> np.ndarray:
    """Log price with the addition over that without it, day by day."""
    return _closes(tuple(sorted(changes.items())), seed, True) - _closes(
        tuple(sorted(changes.items())), seed, False
    )


def at_close(changes: dict[str, Any], seed: int) -> float:
    return float(effect(changes, seed)[EFFECTIVE])


def test_nothing_moves_before_it_is_known() -> None:
    assert np.abs(effect({}, 1)[: ANNOUNCED + 1]).max() == 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_the_lasting_effect_is_demand_over_depth(seed: int) -> None:
    """D / Λ: what is bought over the shares that investors by value give up per log unit."""
    model = build(index_world(STRICT, days=DAYS), seed)
    model.step()
    owned = model.trackers[0].ownership
    column = outsider(model)
    depth = float(model.scales.depth[column] / model.public_record.snapshot().float_shares[column])
    assert effect({}, seed)[-20:].mean() == pytest.approx(owned / depth, rel=0.35)


def test_without_arbitrage_the_price_waits_for_the_close_and_overshoots() -> None:
    gaps = [effect(NO_ARBITRAGE, seed) for seed in SEEDS]
    # the companies of a market of sixty are huge, so that it takes much capital to carry one
    with_it = [effect({"population.index_arbitrageurs.capital_share": 0.2}, s) for s in SEEDS]
    for without, traded in zip(gaps, with_it, strict=True):
        assert abs(without[EFFECTIVE - 1]) < 0.2 * without[EFFECTIVE]
        assert traded[ANNOUNCED + 1] > 0.02  # they act when it is announced
        assert traded[EFFECTIVE - 1] > 0.02

    def overshoot(paths: list[np.ndarray]) -> float:
        return float(np.mean([p[EFFECTIVE] - p[-20:].mean() for p in paths]))

    assert overshoot(gaps) > overshoot(with_it) + 0.01


@pytest.mark.parametrize(
    "change",
    [
        {"population.passive_share": 0.05},
        {"population.hedge.wealth_share": 0.5, "population.long_only.wealth_share": 0.5},
    ],
    ids=["less is indexed", "more arbitrage capital"],
)
def test_what_makes_the_effect_smaller(change: dict[str, Any]) -> None:
    smaller = [at_close({}, seed) - at_close(change, seed) for seed in SEEDS]
    assert t_statistic(smaller) > 3


def test_active_response_makes_up_for_passive_money() -> None:
    """With χ the investors who remain lean harder when fewer are left (HHL 2025)."""
    crowded = {"population.passive_share": 0.4, "population.other_share": 0.3}
    without = {**crowded, "population.strategic_response": 0.0}
    bigger = [at_close(without, seed) - at_close(crowded, seed) for seed in SEEDS]
    assert t_statistic(bigger) > 3


def test_a_move_between_two_indices_nets_out() -> None:
    """Funds on the feeder sell what funds on the index buy."""
    books = ["sp500", "sp400"]
    even = {
        "indices.sp400.count": 12, "indices.sp400.eligibility": {},
        "indices.sp400.make_room_rank": None, "indices.sp500.feeder_preference": 5.0,
        "population.passive.assets": {"sp500": 1.0, "sp400": 0.05},  # of each index the same part
    }  # fmt: skip
    model = build(index_world(even, takeovers=0.3, rulebooks=books, stocks=90), seed=2)
    moved = 0
    for _ in range(200):
        model.step()
        for change in model.indices["sp500"].pending:
            if change.kind == "add" and change.migration:
                funds = {fund.index.name: fund for fund in model.trackers}
                snapshot = model.public_record.snapshot()
                net = still_to_trade(model.trackers, snapshot)[change.column]
                alone = still_to_trade([funds["sp500"]], snapshot)[change.column]
                assert abs(net) < 0.9 * abs(alone)
                moved += 1
    assert moved > 3


def test_arbitrageurs_end_flat_and_index_funds_full() -> None:
    model = build(index_world(takeovers=0.2), seed=6)
    desk = next(a for a in model._actors if type(a).__name__ == "IndexArbitrageDesk")
    in_play = np.zeros(model.n_stocks, dtype=int)
    for session in range(250):
        model.step()
        in_play[desk.capital.any(axis=0)] = session
    busy = set(np.flatnonzero(model.trackers[0].index.expected != model.trackers[0].index.members))
    held = np.abs(model.ledger.holdings[desk.rows]).sum(axis=0)
    calm = [c for c in range(model.n_stocks) if in_play[c] < 240
            and c not in busy and model.universe.listed[c]]  # fmt: skip
    assert len(calm) > 10
    assert (held[calm] <= 1e-3 * model.ledger.outstanding[calm]).all()


def test_a_position_that_is_not_wanted_any_more_is_worked_off_and_not_dumped() -> None:
    """A deletion that arbitrageurs have bet on is called off while they still find the stock dear:
    they buy back what they owe bit by bit, and squeeze nobody."""
    model = build(index_world({"population.index_arbitrageurs.capital_share": 0.08}), seed=3)
    desk = next(a for a in model._actors if type(a).__name__ == "IndexArbitrageDesk")
    called_off, stock = 60, 30
    shares = float(model.ledger.outstanding[stock])
    short = []
    for day in range(2 * called_off):
        model.step()
        desk.usual_gap[:, stock] = -0.5
        if day < called_off:
            desk.demand.expected[stock] = -0.08 * shares
            desk.after_close()
        short.append(-float(model.ledger.holdings[desk.rows, stock].sum()))
    most = short[called_off - 1]
    assert most > 0.005 * shares
    assert short[called_off + 5] > 0.4 * most
    assert abs(short[-1]) < 1e-3 * most
    moves = np.diff(np.log(model.recorder.close[: 2 * called_off, stock]))[called_off - 1 :]
    assert np.abs(moves).max() < 0.25
