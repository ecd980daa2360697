"""Savers move money between active and index funds; prices follow, and come back when it does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from agents.household import HouseholdRules
from experiments.simulate import build
from sim.inputs import InputError
from sim.model import MarketModel
from tests.runs import SMALL, index_world, scenario

DAYS = 252


def run(changes: dict[str, Any], seed: int = 1, days: int = DAYS) -> MarketModel:
    model = build(index_world(changes, days=days), seed)
    for _ in range(days):
        model.step()
    model.ledger.check()
    return model


def path(*points: tuple[float, float]) -> dict[str, Any]:
    return {"population.households": {"flows": "path", "path": points}}


def dearness(model: MarketModel) -> np.ndarray:
    """Log price of the mean large company over that of the mean small one, day by day.

    The thirty largest are in the index throughout, the ten smallest of the sixty never.
    """
    close = np.log(model.recorder.close[: model.recorder.days])
    return np.asarray(close[:, :30].mean(axis=1) - close[:, 50:].mean(axis=1))


def test_the_share_follows_its_path() -> None:
    model = run(path((0.0, 0.18), (1.0, 0.26)))
    assert model.recorder.passive_share[DAYS - 1] == pytest.approx(0.26, abs=0.01)


def test_inflows_make_members_dear_and_outflows_cheap() -> None:
    still = dearness(run(path((0.0, 0.18), (1.0, 0.18))))
    inflow = dearness(run(path((0.0, 0.18), (1.0, 0.26)))) - still
    outflow = dearness(run(path((0.0, 0.18), (1.0, 0.10)))) - still
    assert inflow[-1] > 0.02 and outflow[-1] < -0.02
    assert inflow[-1] == pytest.approx(-outflow[-1], rel=0.5)


def test_money_that_leaves_again_takes_the_effect_with_it() -> None:
    days = 2 * DAYS
    still = dearness(run(path((0.0, 0.18), (2.0, 0.18)), days=days))
    there_and_back = path((0.0, 0.18), (0.5, 0.26), (1.0, 0.26), (1.5, 0.18), (2.0, 0.18))
    effect = dearness(run(there_and_back, days=days)) - still
    assert effect[DAYS] > 0.02
    assert abs(effect[-1]) < 0.35 * effect[DAYS]


def test_flows_move_no_value_of_a_share() -> None:
    """Who leaves or joins does so at net asset value."""
    model = run({}, days=5)
    funds = model.funds
    before, assets = funds.nav.copy(), funds.assets.copy()
    source, target = np.array([0, 1]), np.array([funds.accounts.size - 1])
    funds.exchange(source, np.array([1e9, 2e9]), target, np.array([3e9]))
    assert (funds.nav == before).all()
    assert funds.assets.sum() == pytest.approx(assets.sum(), rel=1e-12)
    assert funds.assets[target[0]] - assets[target[0]] == pytest.approx(3e9)
    model.ledger.check()


def test_savers_follow_performance() -> None:
    """When active funds are dear index funds win and money moves to them, else it does not."""
    chase = {"population.households": {"flows": "performance", "performance_response": 15.0}}
    dear = {**chase, "population.long_only.fee": 0.05, "population.hedge.fee": 0.05}
    free = {**chase, "population.long_only.fee": 0.0, "population.hedge.fee": 0.0}
    days = 2 * DAYS
    gain = [run(c, 2, days).recorder.passive_share[days - 1] for c in (dear, free)]
    assert gain[0] > gain[1] + 0.01


def test_savers_keep_the_mix_of_their_index_funds() -> None:
    """Money that strays to one of two index funds comes back, by half in every half-life."""
    both = {"population.passive.assets": {"sp500": 1.0, "crsp-total-market": 1.0}}

    def mix_after_straying(half_life: float) -> float:
        """How far the mix is from the first, in parts of what strayed, 60 days later."""
        changes = {**both, "population.households.mix_half_life": half_life}
        world = index_world(changes, rulebooks=("crsp-total-market",), days=60)
        model = build(world, 1)
        model.step()

        def mix() -> float:
            first, second = (tracker.ownership for tracker in model.trackers)
            return float(np.log(first / second))

        usual, usd = mix(), 0.1 * model.funds.assets[-2]
        model.funds.exchange(
            np.array([model.funds.assets.size - 2]), np.array([usd]),
            np.array([model.funds.assets.size - 1]), np.array([usd]),
        )  # fmt: skip

        model.step()
        strayed = mix() - usual
        for _ in range(58):
            model.step()
        model.ledger.check()
        return (mix() - usual) / strayed

    assert mix_after_straying(30.0) == pytest.approx(0.25, abs=0.1)
    assert mix_after_straying(10_000.0) == pytest.approx(1.0, abs=0.1)


def test_savings_from_outside_lift_the_market() -> None:
    """New money for index funds has no seller among savers: the macro multiplier acts."""
    still, saved = run({}), run({"population.households": {"savings": 0.01}})
    assert saved.recorder.market_gap[DAYS - 1] > still.recorder.market_gap[DAYS - 1] + 0.02


@pytest.mark.parametrize(
    ("rules", "word"),
    [
        ({"flows": "path"}, "path"),
        ({"path": [(1.0, 0.2), (0.5, 0.3)]}, "rise"),
        ({"path": [(0.0, 1.2)]}, "less than 1"),
        ({"flows": "sideways"}, "performance"),
        ({"most_per_day": 0.0}, "greater than 0"),
        ({"mix_half_life": 0.0}, "greater than 0"),
    ],
)
def test_bad_rules_are_refused(rules: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        HouseholdRules(**rules)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"population.passive_share": 1.2}, "passive_share"),
        ({"population.passive_share": 0.9, "population.other_share": 0.2}, "sum below 1"),
        ({"population.passive.assets": {"sp500": -1.0}}, "sp500"),
        ({"population.passive.assets": {"sp5000": 1.0}}, "sp5000"),
        ({"population.passive.late": 1.5}, "late"),
        ({"indices.sp500.count": 0}, "count"),
        ({"indices.sp500.weighting": "vibes"}, "weighting"),
        ({"indices.sp500.seasoning": 3}, "seasoning"),
        ({"population.passive_share": 0.7, "population.other_share": 0.0,
          "population.passive.assets": {"sp500": 1.0}, "indices.sp500.count": 5}, "passive_share"),
    ],
)  # fmt: skip
def test_impossible_worlds_are_refused_in_one_line(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        build(index_world(change), 1)
    assert "\n" not in str(refused.value)


def test_what_is_put_away_takes_nothing_from_the_sales_of_the_day() -> None:
    model = build(scenario(SMALL), 1)
    insider = next(iter(model.listing.insiders.values()))
    model.endow_cash(insider.account, 100.0)
    insider.start_day()
    insider.proceeds = 80.0
    insider.put_away(40.0, saved=30.0)  # ten are spent
    model.ledger.cash[insider.account] += 55.0 - 30.0  # sold for 55 today
    insider.after_close()
    assert insider.proceeds == pytest.approx(80.0 - 40.0 + 55.0)
