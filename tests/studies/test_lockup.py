from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from experiments.studies import load_study, lockup
from experiments.studies.comparison import compare, estimate
from experiments.studies.conduct import conduct
from experiments.studies.lockup import (
    CLIFF,
    LADDER,
    MEASURES,
    NEVER,
    NONE,
    around_release,
    judge,
    read,
    release_day,
)
from experiments.studies.paths import stacked
from sim.inputs import InputError
from tests.runs import SMALL

STUDY = load_study("lockup")


SHORT = {**SMALL, "days": 53}


@pytest.fixture(scope="module", autouse=True)
def early_cliff() -> Iterator[None]:
    """The cliff after 60 days instead of 180, so that a short run sees it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lockup, "TERM", 60)
        yield


@pytest.fixture(scope="module")
def report(early_cliff: None):
    return conduct(STUDY, 2, assignments=SHORT, workers=1)


def test_the_worlds_are_one_until_the_first_release(report) -> None:
    closes = {c: stacked(report.rows, c, "close") for c in (LADDER, CLIFF, NEVER, NONE)}
    floats = {c: stacked(report.rows, c, "float") for c in (LADDER, CLIFF, NEVER, NONE)}
    for label in (LADDER, CLIFF):
        day = release_day(floats[label][0])
        assert day is not None and 20 < day < 45
        assert np.array_equal(closes[label][:, :day], closes[NEVER][:, :day])
        assert not np.array_equal(closes[label][:, day], closes[NEVER][:, day])
    assert release_day(floats[NEVER][0]) is None and release_day(floats[NONE][0]) is None
    assert (floats[NONE] == 1).all() and (floats[NEVER][:, -1] < 0.06).all()
    assert (floats[CLIFF][:, -1] == 1).all()


def test_insiders_who_keep_their_shares_contradict_the_claim(report) -> None:
    assert estimate(report.finding.table, "sold", LADDER).value > 0.02
    assert estimate(report.finding.table, "effect", CLIFF).value < -0.05
    kept = conduct(STUDY, 2, assignments={**SHORT, **STUDY.flip}, workers=1)
    assert kept.finding.verdict == "contradicted"
    assert estimate(kept.finding.table, "sold", LADDER).value == pytest.approx(0.0, abs=1e-9)
    assert "lowers the price" not in kept.finding.reading


def made_up_row(fall: float) -> tuple[pd.Series, np.ndarray]:
    """A flat price that drops on day 30, when a tenth of 1000 shares comes free."""
    after = np.arange(60) >= 30
    free = np.where(after, 0.15, 0.05)
    row = {
        "close": np.where(after, 100 * (1 + fall), 100.0),
        "market": np.full(60, 50.0),
        "float": free,
        "shares": np.full(60, 1000.0),
        "insiders": 950 - np.clip(np.arange(60) - 29, 0, 10) * 5.0,
        "volume": np.where(after, 30.0, 10.0),
    }
    return pd.Series(row), np.full(60, 100.0)


def test_a_planted_effect_is_found() -> None:
    found = around_release(*made_up_row(-0.2))
    assert found["release_day"] == 30 and found["released"] == pytest.approx(0.10)
    assert found["effect"] == pytest.approx(-0.2) and found["abnormal"] == pytest.approx(-0.2)
    assert found["sold"] == pytest.approx(0.5) and found["volume_ratio"] == pytest.approx(3.0)
    window = found["window"]
    assert np.allclose(window[:6], 0) and np.allclose(window[6:], np.log(0.8))


def test_an_abnormal_return_leaves_the_market_out() -> None:
    row, yardstick = made_up_row(-0.2)
    row["market"] = row["market"] * np.where(np.arange(60) >= 30, 0.8, 1.0)
    assert around_release(row, yardstick)["abnormal"] == pytest.approx(0.0)


def table(ladder: float, cliff: float, sold: float, noise: float = 0.001) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    effects = {LADDER: ladder, CLIFF: cliff, NONE: np.nan, NEVER: np.nan}
    rows = [
        {
            "condition": label,
            "seed": seed,
            **{m.name: 100 + rng.normal() + ladder * (label == CLIFF) for m in MEASURES},
            "effect": effect + noise * rng.normal(),
            "sold": sold + (noise * rng.normal() if sold else 0.0),
        }
        for label, effect in effects.items()
        for seed in range(6)
    ]
    return compare(pd.DataFrame(rows), MEASURES)


def test_the_verdict_follows_the_rule() -> None:
    assert judge(table(-0.1, -0.3, 0.2)) == "supported"
    assert judge(table(-0.1, 0.0, 0.2)) == "in part"
    assert judge(table(0.0, 0.0, 0.0)) == "contradicted"
    assert judge(table(0.05, 0.1, 0.2)) == "contradicted"
    assert judge(table(0.0, 0.0, 0.2, noise=0.2)) == "undecided"


def test_the_reading_follows_the_numbers() -> None:
    assert "lowers the price: -10 %" in read(table(-0.1, -0.3, 0.2))
    assert "raises the price: 10 %" in read(table(0.1, 0.3, 0.2))
    assert "does not measurably move" in read(table(0.0, 0.0, 0.2, noise=0.2))


def test_a_run_too_short_for_a_release_says_so() -> None:
    found = conduct(STUDY, 2, assignments={**SMALL, "days": 12}, workers=1).finding
    assert "there is no large release" in found.reading and found.verdict == "undecided"


def test_an_offering_without_a_lockup_is_refused() -> None:
    with pytest.raises(InputError, match=r"offering\.lockup: got none"):
        STUDY.conditions({"offering": None})


def test_the_ladder_cannot_be_assigned() -> None:
    with pytest.raises(InputError, match="varies it itself"):
        STUDY.conditions({"offering.lockup.tranches": []})
