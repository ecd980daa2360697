from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.studies.comparison import compare, difference, estimate
from experiments.studies.conduct import conduct
from experiments.studies.weighting import (
    CAP,
    EQUAL,
    FLOAT,
    INDICES,
    MEASURES,
    PRICE,
    STUDY,
    dearest_giant,
    judge,
    low_float,
    read,
    split_effect,
)
from sim.index import Snapshot, index_shares, load_rulebook

SMALL = {
    "universe.stocks": 40,
    "universe.mid_caps": 10,
    "indices.sp500.count": 40,
    "indices.sp500.make_room_rank": 10,
    "population.long_only.count": 6,
    "population.hedge.count": 4,
    "population.short_sellers.count": 1,
    "days": 90,
}
RULEBOOKS = {
    label: load_rulebook("sp500-cap", {"weighting": kind})
    for label, kind in zip(INDICES, ("float_cap", "cap", "equal", "price"), strict=True)
}


@pytest.fixture(scope="module")
def report():
    return conduct(STUDY, 2, assignments=SMALL, workers=1)


def test_four_indices_of_one_market(report) -> None:
    rows = report.rows.set_index("portfolio")
    assert (rows.loc[FLOAT, "tracking"] == 0).all() and (rows.loc[EQUAL, "tracking"] > 0.01).all()
    assert (rows["split_jump"] < 1e-12).all() and (rows.loc[PRICE, "split_moved"] > 1e-3).all()
    assert (rows.loc[[FLOAT, CAP, EQUAL], "split_moved"] < 1e-12).all()
    assert (rows.loc[[FLOAT, CAP, EQUAL], "split_drift"] < 1e-12).all()
    assert (rows.loc[FLOAT, "low_float"] < 1).all()
    assert rows.loc[CAP, "low_float"].to_numpy() == pytest.approx(1.0)
    assert (rows["dividends"] > 0.005).all() and (rows["dividends"] < 0.03).all()
    assert (rows["effective"] <= 40).all()
    assert set(report.finding.figures) == {"weighting", "levels", "dividends"}


def test_companies_that_move_together_make_one_index(report) -> None:
    flipped = conduct(STUDY, 4, assignments={**SMALL, **STUDY.flip}, workers=1)
    assert report.finding.verdict != "contradicted"
    assert flipped.finding.verdict == "contradicted"
    before, after = (
        estimate(found.finding.table, "tracking", EQUAL).value for found in (report, flipped)
    )
    assert after < 0.1 * before


@given(
    prices=st.lists(st.floats(1, 900), min_size=4, max_size=9),
    after=st.floats(0.2, 5),
    seed=st.integers(0, 99),
)
def test_a_split_moves_no_level_and_only_price_weights(
    prices: list[float], after: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    price = np.array(prices)
    shares = rng.uniform(1e6, 1e9, price.size)
    snapshot = Snapshot.of(price, shares, float_shares=shares * rng.uniform(0.3, 1, price.size))
    closes = np.stack((price, price * rng.uniform(0.5, 2, price.size)))
    closes[1, 0] = price[0] * after
    for label, book in RULEBOOKS.items():
        counted = index_shares(book, snapshot, np.ones(price.size, dtype=bool))
        split = split_effect(book, counted, closes, 0)
        assert split.split_jump < 1e-12
        if label == PRICE:
            weight = price[0] / price.sum()
            assert split.split_moved == pytest.approx(weight - weight / 4 / (1 - 0.75 * weight))
        else:
            assert split.split_moved < 1e-12 and split.split_drift < 1e-12


def test_low_floats_weigh_their_worth_under_cap() -> None:
    snapshot = Snapshot.of(
        [10.0, 20.0, 5.0], [100.0, 50.0, 400.0], float_shares=[50.0, 50.0, 400.0]
    )
    members = np.ones(3, dtype=bool)
    cap, by_float = snapshot.cap, snapshot.float_cap
    assert low_float(cap / cap.sum(), snapshot, members) == pytest.approx(1.0)
    assert low_float(by_float / by_float.sum(), snapshot, members) == pytest.approx(0.5 * 4 / 3.5)
    full = Snapshot.of([10.0, 20.0], [1.0, 1.0])
    assert np.isnan(low_float(np.full(2, 0.5), full, np.ones(2, dtype=bool)))


def test_the_split_company_is_dear_and_large() -> None:
    cap = np.arange(30.0)
    price = np.where(cap < 10, 999.0, 100 - cap)
    assert dearest_giant(cap, price) == 10  # the small ones are dearer, but small


def table(apart: float, moved: float = 0.01, worth: float = 0.7) -> pd.DataFrame:
    """Rows in which the indices differ from float cap by so much."""
    rng = np.random.default_rng(0)
    rows = []
    for seed in range(6):
        for place, label in enumerate(INDICES):
            row = {measure.name: 0.1 + 0.001 * rng.normal() for measure in MEASURES}
            row |= {"split_jump": 0.0, "split_moved": 0.0, "split_drift": 0.0}
            row["tracking"] = (place > 0) * apart * (1 + 0.01 * rng.normal())
            row["low_float"] = (worth if label == FLOAT else 1.0) + 0.001 * rng.normal()
            if label == PRICE:
                row["split_moved"] = moved * (1 + 0.01 * rng.normal())
            rows.append({"condition": label, "seed": seed, **row})
    return compare(pd.DataFrame(rows), MEASURES)


def test_the_verdict_follows_the_rule() -> None:
    assert judge(table(0.02)) == "supported"
    assert judge(table(0.02, moved=0.0)) == "in part"
    assert judge(table(0.02, worth=1.2)) == "in part"
    assert judge(table(0.0005)) == "contradicted"


def test_the_reading_follows_the_numbers() -> None:
    found = read(table(0.02))
    assert "leaves every level where it was" in found and "0.70 ×" in found
    assert "1.20 ×" in read(table(0.02, worth=1.2))
    assert np.isfinite(difference(table(0.02), "tracking", CAP).value)
