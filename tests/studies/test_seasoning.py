from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from experiments.studies import load_study, seasoning
from experiments.studies.comparison import Measure, as_table, estimate, line
from experiments.studies.conduct import conduct
from experiments.studies.intervals import Interval
from experiments.studies.paths import stacked
from experiments.studies.seasoning import (
    ENTRIES,
    ENTRY,
    LATE,
    NEVER,
    NOTICE,
    QUIET,
    STORY,
    judge,
    read,
)
from tests.runs import SMALL

STUDY = load_study("seasoning")
SHORT = {
    **SMALL,
    "days": 36,
    "universe.kind": "stocks",
    "universe.stocks": 40,
    "population.index_arbitrageurs.horizon": 0,
}
SOONER = {"day 5": 5, "day 15": 15, "day 126": 20, "day 252": 28}


@pytest.fixture(scope="module", autouse=True)
def sooner() -> Iterator[None]:
    """The late entries within a month and a half, so that a short run sees them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seasoning, "ENTRIES", SOONER)
        patch.setattr(seasoning, "EVE", 22)
        patch.setattr(seasoning, "YEAR", 28)
        yield


@pytest.fixture(scope="module")
def report(sooner: None):
    return conduct(STUDY, 2, assignments=SHORT, workers=1)


def test_only_the_day_of_entry_differs(report) -> None:
    entered = report.rows.groupby("condition")["entered"].agg(["min", "max"])
    for label, close in SOONER.items():
        assert tuple(entered.loc[label]) == (close - 1, close - 1)
    assert entered.loc[[NEVER, QUIET]].isna().all(axis=None)
    prices = {label: stacked(report.rows, label, "price") for label in (NEVER, *SOONER)}
    for label, close in SOONER.items():
        told = close - 1 - NOTICE  # announced after this close
        assert np.array_equal(prices[label][:, : told + 1], prices[NEVER][:, : told + 1])
        assert not np.array_equal(prices[label], prices[NEVER])


def test_index_funds_lift_the_price_they_buy_at(report) -> None:
    for label in SOONER:
        assert estimate(report.finding.table, "effect_entry", label).value > 0.02
    same_news = report.rows[report.rows["condition"] != QUIET]
    proceeds = same_news.groupby("seed")["proceeds"].nunique()
    assert (proceeds == 1).all()  # sold before anybody knew


def test_a_company_without_ai_news_contradicts_the_claim() -> None:
    flipped = conduct(STUDY, 2, assignments={**SHORT, "days": 12, **STUDY.flip}, workers=1)
    assert flipped.finding.verdict == "contradicted"
    assert estimate(flipped.finding.table, "share", STORY).value < 0.01


def planted(rule: float, story: float, cost: float, days: int = 40) -> pd.DataFrame:
    """Log prices with a step a rule, and random walks a seed with and without the AI story."""
    rng = np.random.default_rng(1)
    rows = []
    labels = (NEVER, *seasoning.ENTRIES, QUIET)
    for seed in range(30):
        other = 0.01 * rng.normal(size=days).cumsum()
        told = story * rng.normal(size=days).cumsum()
        for place, label in enumerate(labels):
            own = 0.0 if label == QUIET else told + rule * place
            rows.append(
                {
                    "condition": label,
                    "seed": seed,
                    "price": other + own,
                    "close_year": 100.0 + place,
                    "close_last": 100.0 + place,
                    "volatility": 0.4,
                    "range": 0.02,
                    "proceeds": 75e9,
                    "wealth": 1e12 * (1.0 if label == LATE else 1.0 + cost),
                    "entered": np.nan,
                }
            )
    return pd.DataFrame(rows)


def test_planted_shares_of_variance_are_found() -> None:
    found = STUDY.analyse(planted(0.0, 0.02, 0.0), np.random.default_rng(0)).table
    assert estimate(found, "share", ENTRY).value == pytest.approx(0.0, abs=1e-12)
    assert estimate(found, "share", STORY).value == pytest.approx(0.8, abs=0.15)
    found = STUDY.analyse(planted(0.2, 0.001, 0.0), np.random.default_rng(0)).table
    assert estimate(found, "share", ENTRY).value > 0.8


def test_the_verdict_follows_the_numbers() -> None:
    cases = {
        (0.0, 0.02, 0.0): "supported",
        (0.2, 0.001, 0.1): "contradicted",
        (0.0, 0.02, 0.1): "in part",
        (0.2, 0.001, 0.0): "in part",
    }
    for plan, verdict in cases.items():
        finding = STUDY.analyse(planted(*plan), np.random.default_rng(0))
        assert finding.verdict == verdict
        assert ("more than the" in finding.reading) == (plan[1] > 0.01)


def test_wide_intervals_leave_it_undecided() -> None:
    wide = Interval(0.01, -0.1, 0.1, 3)
    table = as_table(
        [
            line(Measure("cost", "", "fraction"), LATE, wide),
            line(Measure("lead", "", "fraction"), STORY, wide),
        ]
    )
    assert judge(table) == "undecided"


def test_histories_that_lack_an_offering_are_left_out() -> None:
    rows = planted(0.0, 0.02, 0.0)
    gone = (rows["seed"] == 3) & (rows["condition"] == NEVER)
    rows.loc[gone, "price"] = rows.loc[gone, "price"].map(lambda path: np.full(path.size, np.nan))
    finding = STUDY.analyse(rows, np.random.default_rng(0))
    assert estimate(finding.table, "cost", LATE).n == 29
    assert "nan" not in read(finding.table)
    assert set(ENTRIES) <= set(finding.table["condition"])
