from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.studies import load_study
from experiments.studies.comparison import compare, estimate
from experiments.studies.conduct import conduct
from experiments.studies.mechanisms import MEASURES, MECHANISMS, judge, read
from tests.runs import SMALL

STUDY = load_study("mechanisms")
SHORT = {**SMALL, "days": 23}


@pytest.fixture(scope="module")
def report():
    return conduct(STUDY, 2, assignments=SHORT, workers=1)


def test_what_is_measured_adds_up(report) -> None:
    rows = report.rows.set_index("condition")
    for name in MECHANISMS[:3]:
        own = rows.loc[name]
        left = (own["first_close"] / own["offer"] - 1).to_numpy(float)
        assert left == pytest.approx(own["first_day_return"].to_numpy(float))
        assert (own["proceeds"] > 0).all() and (own["retail"] + own["institutions"] < 1).all()
    direct = rows.loc["direct_listing"]
    assert (direct["proceeds"] == 0).all() and direct["money_left"].isna().all()
    assert (direct["shortfall"] == 1).all() and np.isfinite(direct["volatility"]).all()


def test_the_claim_fails_when_no_money_is_wanted(report) -> None:
    assert report.finding.verdict in ("supported", "in part")
    flipped = conduct(STUDY, 2, assignments={**SHORT, **STUDY.flip}, workers=1)
    assert flipped.finding.verdict == "contradicted"
    assert "misses 100 %" in report.finding.reading
    assert "does not fall short" in flipped.finding.reading


def table(short: float, rough: float, cheap: float = -1.0) -> pd.DataFrame:
    """Rows in which a direct listing differs from the rest by so much."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "condition": name,
            "seed": seed,
            **{measure.name: 0.5 + 0.01 * rng.normal() for measure in MEASURES},
            "shortfall": (0.02 + short) * (name == "direct_listing"),
            "volatility": 0.5 + 0.001 * rng.normal() + rough * (name == "direct_listing"),
            "money_left": 5e9 + 1e7 * rng.normal() + cheap * 1e9 * (name == "uniform_auction"),
            "sold": 1.0,
        }
        for name in MECHANISMS
        for seed in range(6)
    ]
    return compare(pd.DataFrame(rows), MEASURES)


def test_the_verdict_follows_the_rule() -> None:
    assert judge(table(0.9, 0.0)) == "supported"
    assert judge(table(0.9, -0.2)) == "supported"
    assert judge(table(0.9, 0.2)) == "in part"
    assert judge(table(-0.02, 0.2)) == "contradicted"


def test_the_reading_follows_the_numbers() -> None:
    one, other = read(table(0.9, 0.2, -2.0)), read(table(-0.02, -0.2, 2.0))
    assert "uniform auction less by $2.0 bn" in one and "is higher by 20 pp" in one
    assert "uniform auction more by $2.0 bn" in other and "is lower by 20 pp" in other


def test_a_withdrawn_offering_raises_nothing_and_is_counted() -> None:
    hopeless = {**SHORT, "offering.minimum_raise": 1e12, "days": 3}
    found = conduct(STUDY, 2, assignments=hopeless, workers=1).finding
    assert estimate(found.table, "sold", "fixed_price").value == 0.0
    assert estimate(found.table, "proceeds", "fixed_price").value == 0.0
    assert estimate(found.table, "first_close", "fixed_price").n == 0
    assert "fixed price in 0%" in found.reading and found.verdict == "contradicted"
