"""What ``ipolab value`` is made of: rows ready for JSON, and figures that draw."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.show.valuation_figures import save_valuation
from experiments.valuation import value_company
from sim.inputs import InputError


@pytest.fixture(scope="module")
def row():
    return value_company(
        "spacex", None, 4000, 7, years=True, bridge_from="spacex-april", with_tornado=True,
        with_research=True, with_switches=True, keep_draws=True,
    )  # fmt: skip


def test_row_has_the_prescribed_fields_in_usd(row):
    json.dumps(row, allow_nan=False)
    assert round(row["enterprise_value"] / 1e9, 2) == 1224.45
    assert round(row["value_per_share"], 2) == 97.83
    assert sum(row["segments"].values()) == pytest.approx(row["enterprise_value"])
    names = ["p5", "p10", "p25", "p50", "p75", "p90", "p95"]
    assert list(row["percentiles"]) == list(row["per_share_percentiles"]) == names
    values = list(row["percentiles"].values())
    assert values == sorted(values)
    assert sum(row["years"]["revenue"]["total"][-1:]) == pytest.approx(420e9)
    assert row["research"]["adjusted_operating_income"] == pytest.approx(4.011e9)


def test_ends_tell_different_stories(row):
    low, high = row["ends"]["low"], row["ends"]["high"]
    for segment in ("connectivity", "ai"):
        for name in ("target_revenue", "target_margin"):
            assert low["segments"][segment][name] < high["segments"][segment][name]
    assert low["cost_of_capital"] > high["cost_of_capital"]


def test_switch_cases_are_ordered(row):
    cases = row["switches"]["cases"]
    chance = {label: case["probability_above_threshold"] for label, case in cases.items()}
    assert chance["failed"] < chance["off"] < chance["base"] < chance["earned"]
    assert chance["connectivity_alone"] < 0.1
    assert cases["base"]["point"] == pytest.approx(row["equity_value"])
    assert cases["failed"]["segment_value"] == pytest.approx(-81e9, abs=3e9)
    assert cases["base"]["percentiles"] == row["percentiles"]


def test_the_hinge_can_fail():
    """With an advantage that is worth nothing, earning it does not carry the value over 1.5 T."""
    idle = {f"stories.switches.{name}.saving": 0 for name in ("orbital", "chips")}
    idle |= {f"stories.switches.{name}.share_factor": 1 for name in ("orbital", "chips")}
    cases = value_company("spacex", idle, 2000, 1, with_switches=True)["switches"]["cases"]
    assert cases["earned"]["point"] == pytest.approx(cases["base"]["point"])
    rich = value_company(
        "spacex", {"segments.connectivity.target_revenue": 400}, 2000, 1, with_switches=True
    )
    assert rich["switches"]["cases"]["connectivity_alone"]["probability_above_threshold"] > 0.5


def test_seeds(row):
    same = value_company("spacex", None, 4000, 7)["percentiles"]
    other = value_company("spacex", None, 4000, 8)["percentiles"]
    assert same == row["percentiles"] != other


@pytest.mark.parametrize("stories", [0, -1, 3_000_000, 2.5, True])
def test_refused_numbers_of_stories(stories):
    with pytest.raises(InputError, match="stories: got"):
        value_company("spacex", None, stories)


@pytest.mark.parametrize("seed", [-1, 1.5, "x"])
def test_refused_seeds(seed):
    with pytest.raises(InputError, match="seed: got"):
        value_company("spacex", None, 10, seed)


def test_what_a_company_does_not_have_is_refused():
    with pytest.raises(InputError, match="research: missing"):
        value_company("openai", with_research=True)
    with pytest.raises(InputError, match="switches"):
        value_company("openai", with_switches=True)


def test_figures(row, tmp_path: Path):
    paths = save_valuation(row, tmp_path)
    assert [path.name for path in paths] == [
        "value.png", "value_bridge.png", "tornado.png", "story_switches.png",
    ]  # fmt: skip
    assert all(path.stat().st_size > 10_000 for path in paths)
