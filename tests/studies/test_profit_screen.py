from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments import run
from experiments.studies.comparison import compare, estimate
from experiments.studies.conduct import conduct
from experiments.studies.profit_screen import (
    ALL,
    MEASURES,
    ON_ALL,
    ON_SCREENED,
    SCREENED,
    STUDY,
    conditions,
    judge,
    measure,
    read,
    turnover,
    waits,
)

SMALL = {
    "universe.stocks": 40,
    "indices.sp500.count": 40,
    "indices.sp500.make_room_rank": 10,
    "population.long_only.count": 6,
    "population.hedge.count": 4,
    "population.short_sellers.count": 1,
    "population.retail.people": 0,
    "pipeline.backlog": 25,
    "pipeline.per_year": 20.0,
    "days": 130,
}


@pytest.fixture(scope="module")
def result():
    return run(conditions(SMALL)[ON_ALL], 1)


def test_who_loses_money_waits_outside(result) -> None:
    model, row = result.model, measure(result)
    every, chosen = (model.indices[name].members for name in (ALL, SCREENED))
    assert (chosen <= every).all() and row["left_out"] == (every & ~chosen).sum() > 0
    assert (model.universe.earnings_year[every & ~chosen] <= 0).all() and row["losing"] == 1
    assert 0 < row["left_out_weight"] < 0.5
    assert row["cost"] == pytest.approx(row["all"] - row["screened"])
    assert turnover(model, ALL) > turnover(model, SCREENED) == 0
    assert np.isnan(waits(model, np.ones(130))[0]), "nobody has passed yet"


def test_who_earns_money_is_let_in() -> None:
    profits = {**SMALL, "pipeline.losers": 0.0, "days": 160}
    model = run(conditions(profits)[ON_ALL], 1).model
    assert turnover(model, SCREENED) > 0
    assert waits(model, np.ones(160))[0] > 0


def test_a_market_that_broke_down_is_counted_and_left_out(result, monkeypatch) -> None:
    gap = result.model.recorder.market_gap.copy()
    gap[50] = -1.7
    monkeypatch.setattr(result.model.recorder, "market_gap", gap)
    row = measure(result)
    assert row["broken"] == 1 and np.isnan(row["cost"]) and np.isnan(row["dearest"])


def test_the_study_tells_its_two_worlds_apart() -> None:
    report = conduct(STUDY, 2, assignments=SMALL, workers=1)
    table = report.finding.table
    assert estimate(table, "cost", ON_ALL).value != estimate(table, "cost", ON_SCREENED).value
    assert set(report.finding.figures) == {"screen", "cost"}


def test_newcomers_nobody_differs_about_cost_the_index_of_all_less() -> None:
    crowd = {key: value for key, value in SMALL.items() if "retail" not in key} | {"days": 180}
    own, flipped = (
        np.mean(
            [measure(run(conditions({**crowd, **flip})[ON_ALL], s))["cost"] for s in range(1, 5)]
        )
        for flip in ({}, STUDY.flip)
    )
    assert own < -0.005 and flipped > own + 0.005


@pytest.mark.slow
def test_the_verdict_turns_when_nobody_differs_about_newcomers() -> None:
    years = {"days": 1261}
    assert conduct(STUDY, 4, assignments=years).finding.verdict == "contradicted"
    assert conduct(STUDY, 4, assignments={**years, **STUDY.flip}).finding.verdict != "contradicted"


def table(cost: float, followed: float, noise: float = 0.0002) -> pd.DataFrame:
    """Rows in which the screen costs so much, by where the money is."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "condition": label,
            "seed": seed,
            **{m.name: 0.1 + 0.001 * rng.normal() for m in MEASURES},
            "cost": size + noise * rng.normal(),
        }
        for label, size in ((ON_ALL, cost), (ON_SCREENED, followed))
        for seed in range(8)
    ]
    return compare(pd.DataFrame(rows), MEASURES)


def test_the_verdict_follows_the_rule() -> None:
    assert judge(table(0.01, 0.01)) == "supported"
    assert judge(table(0.01, -0.01)) == judge(table(-0.01, 0.01)) == "in part"
    assert judge(table(-0.01, 0.0)) == judge(table(0.0, 0.0)) == "contradicted"
    assert judge(table(0.0, 0.0, noise=0.01)) == "undecided"


def test_the_reading_follows_the_numbers() -> None:
    one, other = read(table(0.01, -0.01)), read(table(-0.01, 0.01))
    assert "with money on all it costs" in one and "screened it gains" in one
    assert "with money on all it gains" in other and "screened it costs" in other
    assert "its cost is lower" in one and "its cost is higher" in other
