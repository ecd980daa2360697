from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.studies.comparison import difference
from experiments.studies.conduct import conduct
from experiments.studies.large_against_small import (
    BOTH,
    FLOWS,
    MEASURES,
    NEITHER,
    NEWS,
    OWN_NEWS,
    STUDY,
    analyse,
    dearness,
    judge,
    largest_share,
    multiple,
    read,
)

SMALL = {
    "universe.stocks": 40,
    "universe.mid_caps": 20,
    "indices.sp500.count": 40,
    "indices.sp500.make_room_rank": 10,
    "population.long_only.count": 6,
    "population.hedge.count": 4,
    "population.short_sellers.count": 1,
    "days": 60,
}


@pytest.fixture(scope="module")
def report():
    return conduct(STUDY, 2, assignments=SMALL, workers=1)


def test_the_worlds_differ_in_news_and_flows(report) -> None:
    rows = report.rows.set_index(["condition", "seed"])
    assert (rows.loc[FLOWS, "passive_end"] > rows.loc[NEITHER, "passive_end"] + 0.003).all()
    assert (rows.loc[NEWS, "passive_end"] - rows.loc[NEITHER, "passive_end"]).abs().max() < 0.003
    apart = (rows.loc[NEWS, "share_change"] - rows.loc[NEITHER, "share_change"]).abs()
    moved = (rows.loc[FLOWS, "share_change"] - rows.loc[NEITHER, "share_change"]).abs()
    assert (apart > moved).all()
    assert set(report.finding.figures) == {"worlds", "share", "gap"}


def test_the_claim_fails_when_fundamentals_never_part(report) -> None:
    flipped = conduct(STUDY, 2, assignments={**SMALL, **STUDY.flip}, workers=1)
    assert flipped.finding.verdict == "contradicted"
    assert difference(flipped.finding.table, "share_change", NEWS).value == 0.0
    assert difference(report.finding.table, "share_change", NEWS).value != 0.0


def test_sizes_of_own_news_go_where_there_is_any() -> None:
    loud = STUDY.conditions({**SMALL, OWN_NEWS[0]: 0.02})
    sizes = {label: scenario.universe.idiosyncratic_volatility for label, scenario in loud.items()}
    assert sizes == {NEITHER: 0.0, NEWS: 0.02, FLOWS: 0.0, BOTH: 0.02}


def test_arithmetic() -> None:
    caps = np.array([[1.0] * 10 + [10.0] * 10, [2.0] * 10 + [5.0] * 10])
    assert largest_share(caps[0]) == pytest.approx(100 / 110)
    group = np.arange(10)
    assert dearness(caps, np.ones_like(caps), group) == pytest.approx([0, np.log(2)])
    assert multiple(caps[1], np.full(20, 0.1), group) == pytest.approx(20)
    assert np.isnan(multiple(caps[1], np.full(20, -0.1), group))


def found(news: float, flows: float, noise: float = 0.001):
    """A finding in which news and flows change the part of the ten largest by so much."""
    rng = np.random.default_rng(0)
    effect = {NEITHER: 0.0, NEWS: news, FLOWS: flows, BOTH: news + flows}
    rows = [
        {
            "condition": label,
            "seed": seed,
            **{measure.name: 0.2 + noise * rng.normal() for measure in MEASURES},
            "share_change": change + noise * rng.normal(),
            "dearness": change + noise * rng.normal(),
            "share": np.zeros(4),
            "gap": np.zeros(4),
        }
        for label, change in effect.items()
        for seed in range(8)
    ]
    return analyse(pd.DataFrame(rows), rng)


def test_the_verdict_follows_the_rule() -> None:
    assert found(0.05, 0.001).verdict == "supported"
    assert found(0.05, 0.03).verdict == "in part"
    assert found(0.01, 0.05).verdict == "contradicted"
    assert found(0.0, 0.0).verdict == "contradicted"
    assert found(0.02, 0.005, noise=0.2).verdict == "undecided"
    assert judge(found(0.05, 0.001).table) == "supported"


def test_the_reading_follows_the_numbers() -> None:
    assert "fundamentals raise it" in read(found(0.05, -0.05).table)
    assert "flows lower it" in read(found(0.05, -0.05).table)
    assert "fundamentals lower it" in read(found(-0.05, 0.05).table)
