from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments import load_scenario
from experiments.results import Result
from experiments.scenario import Scenario
from experiments.twin import Twin, twin
from sim.inputs import InputError
from tests.runs import SMALL, scenario

DAYS, SHOCK_DAY = 25, 12
SHOCK = {
    "news.shocks": [
        {"day": SHOCK_DAY, "input": "target_revenue", "segment": "ai", "change": 0.5},
    ]
}
Make = Callable[..., Result]


@pytest.fixture(scope="module")
def small() -> Scenario:
    return scenario(SMALL, {"days": DAYS})


@pytest.fixture(scope="module")
def shocked(small: Scenario) -> Twin:
    """What happens is a good surprise on day 12; the counterfactual lacks it."""
    return twin(scenario(SMALL, SHOCK, {"days": DAYS}), {"news.shocks": []}, seed=3)


def test_no_change_no_gap(small: Scenario) -> None:
    pair = twin(small, {}, seed=3)
    assert (pair.log_price_gaps().to_numpy() == 0.0).all()
    assert pair.log_price_gaps().shape == (DAYS, pair.actual.prices["symbol"].nunique())
    assert (pair.table()["difference"].dropna() == 0.0).all()
    assert pair.abnormal_return("SPCX", 0, DAYS - 1) == 0.0


def test_nothing_differs_before_the_day_of_the_change(shocked: Twin) -> None:
    gaps = shocked.log_price_gaps()
    assert (gaps.iloc[:SHOCK_DAY] == 0.0).all(axis=None)
    gap = shocked.log_price_gap("SPCX")
    assert gap.iloc[SHOCK_DAY] > 0.01  # good news raises the price at once
    assert (gap.iloc[SHOCK_DAY:] > 0).all()
    assert gap.index.name == "date" and gap.index.equals(gaps.index)


def test_abnormal_returns_are_changes_of_the_gap(shocked: Twin) -> None:
    gap = shocked.log_price_gap("SPCX")
    assert shocked.abnormal_return("SPCX", 0, SHOCK_DAY - 1) == 0.0
    on_the_day = shocked.abnormal_return("SPCX", SHOCK_DAY, SHOCK_DAY)
    after = shocked.abnormal_return("SPCX", SHOCK_DAY + 1, DAYS - 1)
    assert on_the_day == pytest.approx(gap.iloc[SHOCK_DAY])
    assert on_the_day + after == pytest.approx(gap.iloc[-1])
    dates = gap.index[SHOCK_DAY], gap.index[-1].date()
    assert shocked.abnormal_return("SPCX", *dates) == pytest.approx(gap.iloc[-1])
    assert shocked.abnormal_return("SPCX", str(dates[1]), DAYS - 1) == pytest.approx(
        gap.iloc[-1] - gap.iloc[-2]
    )


def test_gap_is_the_difference_of_log_closes(shocked: Twin) -> None:
    closes = [
        r.prices[r.prices["symbol"] == "SPCX"]["close"].to_numpy()
        for r in (shocked.actual, shocked.counterfactual)
    ]
    expected = np.log(closes[0] / closes[1])
    np.testing.assert_allclose(shocked.log_price_gap("SPCX"), expected, atol=1e-14)


def test_table_sets_the_summaries_side_by_side(shocked: Twin) -> None:
    table = shocked.table()
    assert list(table.columns) == ["actual", "counterfactual", "difference"]
    assert table.loc["closes.21", "actual"] == shocked.actual.summary["closes"]["21"]
    assert table.loc["closes.21", "difference"] > 0
    assert table.loc["offer_price", "difference"] == 0.0
    assert table.loc["first_close", "difference"] == 0.0
    assert "closes.63" not in table.index  # neither run reaches it
    assert "peak_close" in str(shocked)


def test_a_scenario_may_be_the_counterfactual(shocked: Twin, small: Scenario) -> None:
    other = twin(scenario(SMALL, SHOCK, {"days": DAYS}), small, seed=3)
    pd.testing.assert_frame_equal(other.log_price_gaps(), shocked.log_price_gaps())
    back = twin(small, SHOCK, seed=3)
    pd.testing.assert_frame_equal(back.log_price_gaps(), -shocked.log_price_gaps())


def test_the_crowd_of_spacex_matters_to_its_price() -> None:
    """The shipped scenario at full size, with and without the crowd."""
    told: list[tuple[int, int]] = []
    pair = twin(
        load_scenario("spacex"),
        {"population.retail.people": 0},
        seed=3,
        days=3,
        progress=lambda done, total: told.append((done, total)),
    )
    gap = pair.log_price_gap("SPCX")
    assert len(gap) == 3 and np.isfinite(gap).all() and (gap != 0).all()
    assert pair.table().loc["oversubscription", "difference"] > 0  # the crowd bids too
    done = [d for d, _ in told]
    assert done == list(range(1, len(done) + 1)) and told[-1] == (len(done), len(done))
    assert pair.actual.seed == pair.counterfactual.seed == 3


def test_unknown_paths_and_refused_values_run_nothing(small: Scenario) -> None:
    def never(done: int, total: int) -> None:
        raise AssertionError("a run was started")

    with pytest.raises(InputError, match=r"population\.retail\.people"):
        twin(small, {"population.retail.peeple": 0}, progress=never)
    with pytest.raises(InputError, match=r"counterfactual: population\.retail\.people: got -1"):
        twin(small, {"population.retail.people": -1}, progress=never)
    with pytest.raises(InputError, match="seed: got -1"):
        twin(small, {}, seed=-1, progress=never)


@pytest.mark.parametrize(
    ("symbol", "first", "last", "said"),
    [
        ("TSLA", 0, 1, "symbol: got 'TSLA', expected one of .*SPCX"),
        ("SPCX", 0, DAYS, f"last: got day {DAYS}, expected 0 to {DAYS - 1}"),
        ("SPCX", -1, 3, "first: got day -1, expected 0 to"),
        ("SPCX", 3, 2, "last: got 2, expected a day not before 3"),
        ("SPCX", "2026-06-14", 3, "first: got 2026-06-14, expected a trading day from 2026-06-12"),
        ("SPCX", "soon", 3, "first: got 'soon', expected a date"),
    ],
)
def test_days_and_symbols_the_runs_lack_are_refused(
    shocked: Twin, symbol: str, first: int | str, last: int, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        shocked.abnormal_return(symbol, first, last)


def test_runs_of_different_length_have_a_gap_where_both_traded(make_result: Make) -> None:
    longer, shorter = make_result(days=30, seed=1), make_result(days=22, seed=2)
    pair = Twin(longer, shorter)
    gap = pair.log_price_gap("TEST")
    assert np.isfinite(gap).sum() == 22 and len(gap) == 30
    assert np.isnan(pair.abnormal_return("TEST", 20, 25))
    table = pair.table()
    assert table.loc["closes.21", "difference"] == pytest.approx(
        longer.summary["closes"]["21"] - shorter.summary["closes"]["21"]
    )


def test_an_offering_that_failed_has_no_price_to_compare(make_result: Make) -> None:
    traded = make_result(days=25)
    withdrawn = replace(traded, prices=pd.DataFrame(), summary={"decision": "withdrawn"})
    gap = Twin(traded, withdrawn).log_price_gap("TEST")
    assert len(gap) == 25 and gap.isna().all()
    table = Twin(traded, withdrawn).table()
    assert table["difference"].isna().all() and table["actual"].notna().any()
    with pytest.raises(InputError, match="nothing was traded"):
        Twin(withdrawn, withdrawn).log_price_gap("TEST")
