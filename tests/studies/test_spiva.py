from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.studies.comparison import Measure, as_table, estimate, line
from experiments.studies.conduct import conduct
from experiments.studies.intervals import Interval
from experiments.studies.spiva import (
    AFTER,
    BEFORE,
    HEDGE,
    HORIZONS,
    MEASURES,
    OLD,
    STUDY,
    before_fees,
    judge,
    longest_horizon,
    read,
    record,
    spells,
)
from sim.inputs import InputError

SMALL = {
    "universe.stocks": 30,
    "indices.sp500.count": 30,
    "indices.sp500.make_room_rank": 10,
    "population.long_only.count": 24,
    "population.hedge.count": 4,
    "population.short_sellers.count": 1,
    "days": 760,
}


@pytest.fixture(scope="module")
def report():
    return conduct(STUDY, 2, assignments=SMALL, workers=1)


def test_less_than_a_year_is_refused() -> None:
    with pytest.raises(InputError, match="days: got 252, expected 253 or more"):
        conduct(STUDY, 2, assignments={**SMALL, "days": 252}, workers=1)


def test_records_of_one_run(report) -> None:
    rows = report.rows.set_index("portfolio")
    for h in (1, 3):
        behind = rows[f"behind_{h}"]
        assert (behind.loc[BEFORE].to_numpy() <= behind.loc[AFTER].to_numpy()).all()
        assert (behind.loc[AFTER].to_numpy() <= behind.loc[OLD].to_numpy()).all()
    assert rows["behind_5"].isna().all(), "longer than the run"
    own = rows.loc[AFTER]
    assert own["fees"].to_numpy(float) == pytest.approx(-0.0065, abs=2e-4)
    parts = own[["fees", "cash", "stocks"]].sum(axis=1).to_numpy(float)
    assert parts == pytest.approx(own["gap"].to_numpy(float))
    assert (own["identity"] < 1e-9).all()
    table = report.finding.table
    assert longest_horizon(table) == 3 and "behind_5" not in set(table["measure"])
    assert set(report.finding.figures) == {"horizons", "funds"}


def test_funds_that_charge_nothing_and_need_no_cash_do_not_lose(report) -> None:
    flipped = conduct(STUDY, 2, assignments={**SMALL, "days": 510, **STUDY.flip}, workers=1)
    before, after = (
        estimate(found.finding.table, "behind_1", AFTER).value for found in (report, flipped)
    )
    assert after < before and after < 0.5
    assert flipped.finding.verdict != "supported"
    assert (flipped.rows["fees"].dropna().abs() < 1e-12).all()


@given(fee=st.floats(0, 0.05), seed=st.integers(0, 99))
def test_fees_are_taken_off_and_put_back(fee: float, seed: int) -> None:
    daily = np.exp(np.random.default_rng(seed).normal(0, 0.01, (30, 3)))
    gross = np.concatenate((np.ones((1, 3)), np.cumprod(daily, axis=0)))
    net = gross * (1 - fee / 252) ** np.arange(31)[:, None]
    assert before_fees(net, np.full(3, fee)) == pytest.approx(gross)


def test_who_is_behind() -> None:
    years = np.arange(2 * 252 + 1)[:, None] / 252
    path = np.exp(np.array([[0.05, 0.10, 0.20]]) * years)
    index = np.exp(0.12 * years[:, 0])
    assert spells(path, index, 1) == pytest.approx(np.array([[-0.07, -0.02, 0.08]] * 2))
    assert spells(path, index, 3).size == 0
    found = record(path, np.tile([1.0, 1.0, 6.0], (len(path), 1)), index)
    assert found["behind_1"] == pytest.approx(2 / 3) and found["assets_1"] == pytest.approx(1 / 4)
    assert found["best_year"] == found["worst_year"] == pytest.approx(2 / 3)


def table(year: float, late: float, width: float = 0.01) -> pd.DataFrame:
    """Funds behind after a year and after fifteen, all else alike."""
    lines = []
    for measure in MEASURES:
        for label in (AFTER, BEFORE, OLD, HEDGE):
            h = measure.name.removeprefix("behind_")
            value = np.interp(int(h), (1, 15), (year, late)) if h.isdigit() else 0.1
            lines.append(line(measure, label, Interval(value, value - width, value + width, 8)))
    more = Interval(late - year, late - year - width, late - year + width, 8)
    lines.append(line(Measure("later", "", "fraction"), AFTER, more))
    return as_table(lines)


def test_the_verdict_follows_the_rule() -> None:
    assert judge(table(0.65, 0.9)) == "supported"
    assert judge(table(0.65, 0.65)) == "in part"
    assert judge(table(0.5, 0.9)) == "in part"
    assert judge(table(0.4, 0.9)) == judge(table(0.6, 0.4)) == "contradicted"
    assert judge(table(0.5, 0.5, 0.2)) == "undecided"


def test_the_reading_follows_the_numbers() -> None:
    assert "is inside the 55% to 75%" in read(table(0.65, 0.9))
    assert "is outside the 55% to 75%" in read(table(0.85, 0.9))
    assert HORIZONS[-1] == longest_horizon(table(0.6, 0.7))
