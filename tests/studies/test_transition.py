from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments import load_scenario, run
from experiments.studies import load_study, transition
from experiments.studies.comparison import Measure, as_table, line
from experiments.studies.conduct import conduct
from experiments.studies.intervals import Interval
from experiments.studies.transition import (
    OUT,
    STAGGERED,
    TOGETHER,
    TRANCHES,
    conditions,
    entry_costs,
    judge,
    needs_more,
)
from sim.inputs import InputError
from tests.runs import SMALL

STUDY = load_study("transition")
SHORT = {
    **SMALL,
    "days": 30,
    "universe.kind": "stocks",
    "universe.stocks": 30,
    "indices.sp500.count": 30,
    "indices.sp500.make_room_rank": 10,
}


def test_three_giants_come_to_market_and_enter_indices() -> None:
    result = run(load_scenario("three-giants", {**SHORT, "days": 180}), seed=1)
    entered = result.panels["index_events"].groupby("symbol")["index"].agg(set)
    for symbol in ("ANTH", "OPAI"):
        assert "crsp-total-market" in entered[symbol]
    for symbol in ("SPCX", "ANTH", "OPAI"):
        own = result.events[result.events["symbol"] == symbol]
        assert (own["kind"] == "index_change").any()
        assert np.isfinite(result.prices[result.prices["symbol"] == symbol]["close"]).all()


@pytest.fixture(scope="module")
def report():
    return conduct(STUDY, 2, assignments=SHORT, workers=1)


def test_worlds_differ_in_the_rules_of_the_index_only(report) -> None:
    out, *others = report.conditions.values()
    for scenario in others:
        own = {**scenario.indices, "sp500": None}
        assert own == {**out.indices, "sp500": None}
        assert scenario.population == out.population and scenario.news == out.news


def test_what_enters_early_is_bought(report) -> None:
    bought = report.rows.groupby("condition")["held"].agg(lambda each: sum(x[-1] for x in each))
    assert report.rows["assets"].map(lambda path: (path > 0).all()).all()
    table = report.finding.table.set_index(["measure", "condition"])["value"]
    assert table["bought", OUT] == 0 and table["impact", OUT] == 0
    assert table["bought", TRANCHES] > 1e9 and table["impact", TRANCHES] > 0
    assert bought[TRANCHES] >= bought[OUT]
    assert table["turnover_day", TRANCHES] <= table["turnover", TRANCHES] + 1e-12


def test_without_money_on_the_index_entry_costs_nothing() -> None:
    flipped = conduct(STUDY, 2, assignments={**SHORT, "days": 8, **STUDY.flip}, workers=1)
    assert flipped.finding.verdict == "contradicted"
    table = flipped.finding.table.set_index(["measure", "condition"])["value"]
    assert table["impact", TRANCHES] == 0 and table["turnover", TOGETHER] == 0


def test_the_rules_it_varies_may_not_be_set() -> None:
    with pytest.raises(InputError, match="varies it itself"):
        conditions({"indices.sp500.fast_entry": None})


def row(days: int, price: np.ndarray, held: np.ndarray, others: np.ndarray) -> pd.Series:
    return pd.Series(
        {
            "close": np.concatenate([price, np.full(days, np.nan)]),
            "held": np.concatenate([held, np.zeros(days)]),
            "others_level": others,
            "assets": np.full(days, 1e6),
        }
    )


def test_planted_costs_are_found() -> None:
    """100 shares bought 30 % above the yardstick's price of 10, of which 10 % last."""
    days, day = 60, 20
    plain = row(days, np.full(days, 10.0), np.zeros(days), np.full(days, 50.0))
    price = np.where(np.arange(days) == day, 13.0, np.where(np.arange(days) > day, 11.0, 10.0))
    others = np.where(np.arange(days) == day, 49.0, 50.0)
    held = np.where(np.arange(days) >= day, 100.0, 0.0)
    found = entry_costs(row(days, price, held, others), plain)
    assert found["bought"] == pytest.approx(1300.0)
    assert found["turnover"] == found["turnover_day"] == pytest.approx(1300 / 1e6)
    assert found["on_entry"] == pytest.approx(0.3) and found["lasting"] == pytest.approx(0.1)
    assert found["others"] == pytest.approx(-0.02)
    on_others = 1300 * (50 / 49 - 1)
    assert found["impact_usd"] == pytest.approx(300 + on_others)
    assert found["impact"] == pytest.approx(1e4 * (300 + on_others) / 1e6)
    assert found["lost"] == pytest.approx(1e4 * (200 + on_others) / 1e6)


def table(staggered: tuple[float, float], tranches: tuple[float, float]) -> pd.DataFrame:
    dearer = Measure("dearer", "", "number")
    return as_table(
        [
            line(dearer, label, Interval((low + high) / 2, low, high, 8))
            for label, (low, high) in ((STAGGERED, staggered), (TRANCHES, tranches))
        ]
    )


def test_the_verdicts_follow_the_rules() -> None:
    more, less, open_ = (5.0, 9.0), (-9.0, 0.5), (-5.0, 5.0)
    assert judge(table(more, more)) == "supported"
    assert judge(table(more, less)) == judge(table(open_, more)) == "in part"
    assert judge(table(less, less)) == "contradicted"
    assert judge(table(less, open_)) == "undecided"
    assert needs_more(Interval(0.1, 0.05, 0.2, 5)) == "supported"
    assert needs_more(Interval(-0.1, -0.2, -0.05, 5)) == "contradicted"
    assert needs_more(Interval(0.0, -0.1, 0.1, 5)) == "undecided"


def test_all_three_have_entered_by_the_end() -> None:
    """Twelve months after the last offering, and by the September before."""
    scenarios = conditions({})
    dates = [terms.dates.first_trade for terms in scenarios[OUT].offerings]
    assert len(dates) == 3 and (max(dates) - min(dates)).days < 365
    together = scenarios[TOGETHER].indices["sp500"]
    assert together.reviews is not None and together.reviews.months == (9,)
    assert scenarios[STAGGERED].indices["sp500"].eligibility.seasoning_sessions == 252
    fast = scenarios[TRANCHES].indices["sp500"].fast_entry
    assert fast is not None and fast.sessions == 5
    assert transition.DAYS == scenarios[OUT].days
