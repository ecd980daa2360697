"""What a run is measured by: offerings, closing auctions, purchases, identities."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import load_scenario, run
from experiments.evidence.targets import closing, identities, inclusions, multipliers, offerings
from experiments.panels.ipos import ipo_table
from experiments.scenario import Scenario
from sim.index.level import IndexLevel
from sim.inputs import InputError
from tests.panels.worlds import usual
from tests.runs import index_world

TINY = {
    "universe.stocks": 30,
    "universe.mid_caps": 10,
    "indices.sp500.count": 25,
    "indices.sp500.make_room_rank": 5,
    "population.long_only.count": 8,
    "population.hedge.count": 5,
    "population.short_sellers.count": 2,
}


def tiny(**changes: object) -> Scenario:
    return load_scenario("index-world", {**TINY, "days": 60, **changes})


# -- offerings --------------------------------------------------------------------------------
def offered(gains: list[float]) -> pd.DataFrame:
    """A table in which all that matters is known."""
    table = ipo_table(usual()).dropna(subset=["close_21"]).head(len(gains)).reset_index(drop=True)
    table["offer"], table["close_0"] = 10.0, 10.0 * (1 + np.array(gains))
    table["proceeds"], table["gross_spread"] = 50e6, 0.07
    return table


def test_figures_of_a_made_up_population() -> None:
    table = offered([-0.10, 0.0, 0.004, 0.02, 0.30, 0.80])
    table.loc[0, "gross_spread"], table.loc[1, "proceeds"] = 0.065, 200e6
    found = offerings.figures(table)
    assert found["gain"] == pytest.approx(0.17067, abs=1e-5)
    assert found["mean_less_median"] == pytest.approx(0.17067 - 0.012, abs=1e-5)
    assert found["gain_down"] == pytest.approx(1 / 3)
    assert found["seven_percent"] == pytest.approx(0.8)  # four of the five that are middling
    assert found["spike"] == pytest.approx((2 / 6 / 0.005) / (1 / 6 / 0.045))
    assert found["offerings"] == 6


def test_a_smooth_density_has_no_spike() -> None:
    gains = np.random.default_rng(1).uniform(-0.2, 0.4, 100_000)
    assert offerings.spike(gains) == pytest.approx(1, abs=0.1)
    assert np.isnan(offerings.spike([0.5]))


def test_the_tilt_is_that_of_the_allocations() -> None:
    table = offered([0.1, 0.2, -0.1, -0.2])
    for name in ("long_only", "hedge", "flippers"):
        table[f"allocation_{name}"] = [25.0, 25.0, 20.0, 20.0]
    table["allocation_retail"] = [25.0, 25.0, 40.0, 40.0]
    assert offerings.figures(table)["tilt"] == pytest.approx(0.75 - 0.60)


def test_no_offerings_are_no_figures() -> None:
    found = offerings.figures(pd.DataFrame())
    assert found["offerings"] == 0 and np.isnan(found["gain"]) and np.isnan(found["tilt"])


# -- inclusions -------------------------------------------------------------------------------
def test_inclusions_are_means_over_the_events_of_the_index() -> None:
    result = run(index_world({"universe.takeovers_per_year": 0.3}, days=300), 2)
    found = inclusions.measure(result)
    events = result.panels["index_events"]
    gone = set(result.events.loc[result.events["kind"] == "delisting", "symbol"])
    leaving = np.flatnonzero(result.model.universe.leaving)
    gone |= {result.model.universe.symbols[column] for column in leaving}
    added = events[(events["kind"] == "add") & ~events["symbol"].isin(gone)]
    assert found["adds"] == len(added) > 3
    effect = np.expm1(added["car_announce_to_effective"])
    assert found["add"] == pytest.approx(effect.mean())
    assert found["add_static"] == pytest.approx(np.expm1(added["demand_of_float"]).mean())


# -- the closing auction ----------------------------------------------------------------------
def sessions(first: date, last: date, without: tuple[date, ...] = ()) -> list[date]:
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    return [day for day in days if day.weekday() < 5 and day not in without]


def test_rebalance_days_are_third_fridays_or_the_session_before() -> None:
    juneteenth = date(2026, 6, 19)  # a third Friday
    days = sessions(date(2026, 3, 2), date(2026, 12, 17), (juneteenth,))
    chosen = [day for day, on in zip(days, closing.rebalance_days(days), strict=True) if on]
    # the run ends on the eve of December's
    assert chosen == [date(2026, 3, 20), date(2026, 6, 18), date(2026, 9, 18)]


def test_closing_shares_weigh_by_value_and_keep_the_days_apart() -> None:
    close, volume = np.array([1.0, 0.0, 30.0, 5.0]), np.array([10.0, 0.0, 100.0, 90.0])
    found = closing.shares(close, volume, np.array([False, False, True, False]))
    assert found == {"closing": pytest.approx(0.06), "rebalance": pytest.approx(0.3)}
    none = closing.shares(close, volume, np.zeros(4, dtype=bool))
    assert np.isnan(none["rebalance"])


def test_the_ordinary_share_is_what_the_era_puts_in() -> None:
    low, high = (
        closing.measure(run(tiny(**{"market.closing_use": use}), 1))["closing"]
        for use in (0.02, 0.2)
    )
    assert low < 0.04 < high


# -- purchases --------------------------------------------------------------------------------
def test_a_purchase_of_nothing_is_the_twin() -> None:
    scenario = tiny()
    twin = multipliers.purchase(scenario, 1, None)
    nothing = multipliers.purchase(scenario, 1, np.zeros(40))
    assert np.array_equal(twin.log_close, nothing.log_close)


def test_prices_rise_where_somebody_buys() -> None:
    scenario, part = tiny(), np.zeros(40)
    part[20] = 0.01
    twin, bought = multipliers.purchase(scenario, 1, None), multipliers.purchase(scenario, 1, part)
    moved = bought.log_close - twin.log_close
    assert bought.filled == pytest.approx(1, abs=0.01)
    assert moved[20] > 0.002 and moved[20] > 3 * np.abs(np.delete(moved, 20)).max()


def test_the_market_gives_way_less_than_a_stock() -> None:
    found = multipliers.measure(tiny(), 1)
    assert 0 < found["micro"] < found["macro"]
    loose = multipliers.measure(tiny(**{"population.equity_mandate": 0.0}), 1)
    assert loose["macro"] < 0.7 * found["macro"]  # a market that gives way moves less


def test_a_scenario_with_an_offering_is_refused() -> None:
    with pytest.raises(InputError, match="scenario ipo-panel: has an offering"):
        multipliers.purchase(load_scenario("ipo-panel"), 1, None)


# -- identities -------------------------------------------------------------------------------
CHURN = {"universe.takeovers_per_year": 0.5, "days": 200}


def test_identities_hold_in_a_run_in_which_baskets_change() -> None:
    found = identities.measure(tiny(**CHURN), 1)
    assert found["changes"] >= 2
    assert max(found["divisor"], found["shares"], found["cash"]) < 1e-12
    assert found["unit_before"] == pytest.approx(0.1190, abs=5e-5)
    assert found["unit_after"] == pytest.approx(0.1171, abs=5e-5)


def test_a_divisor_that_stays_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def forget(self: IndexLevel, capitalisation: float) -> None:
        self._capitalisation = capitalisation

    monkeypatch.setattr(IndexLevel, "_rebase", forget)
    assert identities.measure(tiny(**CHURN), 1)["divisor"] > 1e-6


@given(st.floats(0, 0.2))
def test_the_sign_of_an_error_does_not_matter(error: float) -> None:
    part = identities.TARGETS[0].parts[1]
    assert part.judge([error]) == part.judge([-error])
