"""What widens a forecast: ranges, strata, widths that add up, and a small run."""

import json

import numpy as np
import pandas as pd
import pytest

from experiments import load_scenario
from experiments.studies import fan_width
from experiments.studies.fan_width import (
    SEEDS_ONLY,
    TOGETHER,
    conditions,
    draws,
    read_assumptions,
    widths,
)
from sim.inputs import InputError, value_at
from tests.runs import SMALL


def write(tmp_path, text):
    file = tmp_path / "open.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_shipped_range_holds_the_shipped_value():
    scenario = load_scenario("spacex")
    assumptions = read_assumptions(scenario)
    assert len(assumptions) >= 8
    for each in assumptions:
        assert each.interval.low < value_at(scenario, each.path) < each.interval.high


def test_draws_are_stratified_and_do_not_depend_on_each_other():
    assumptions = read_assumptions(load_scenario("spacex"))
    every, alone = draws(assumptions, 20), draws(assumptions[3:4], 20)
    path = assumptions[3].path
    assert every[path] == alone[path]
    interval = assumptions[3].interval
    u = np.log(np.array(every[path]) / interval.low) / np.log(interval.high / interval.low)
    assert sorted((u * 20).astype(int)) == list(range(20))


def test_together_draws_what_each_draws_alone():
    assumptions = read_assumptions(load_scenario("spacex"))
    asked = conditions(assumptions, 5)
    assert asked[SEEDS_ONLY] == [{}] * 5
    for each in assumptions:
        alone = [sets[each.path] for sets in asked[each.label]]
        assert alone == [sets[each.path] for sets in asked[TOGETHER]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '["population.nobody"]\nlabel = "x"\nsource = "y"\nfrom = 0\nto = 1\n',
            "population.nobody",
        ),
        ('["days"]\nlabel = "x"\nsource = "y"\nfrom = 1\nto = 2\n', "holds"),
        ('["days"]\nlabel = "x"\nsource = "y"\n', "from and to"),
        ('["days"]\nlabel = "x"\nsource = "y"\nfactor = [2.0, 0.5]\n', "more than from"),
        (
            '["lending.lendable_fraction"]\nlabel = "x"\nsource = "y"\nfrom = -1\nto = 1\n',
            "lendable",
        ),
    ],
)
def test_bad_ranges_are_refused_in_one_line(tmp_path, text, said):
    with pytest.raises(InputError, match=said) as error:
        read_assumptions(load_scenario("spacex"), write(tmp_path, text))
    assert "\n" not in str(error.value)


def test_an_assumption_that_matters_moves_the_close_and_one_that_does_not_does_not():
    rng = np.random.default_rng(1)
    seeds = 100 * np.exp(0.2 * rng.standard_normal((200, 1)))
    open_ = seeds * np.exp(rng.uniform(-1, 1, (200, 1)))
    table = widths({SEEDS_ONLY: seeds, "idle": seeds.copy(), "open": open_}, horizons=(0,))
    table = table.set_index("condition")
    assert (table.loc["idle", ["spread", "spread_low", "spread_high"]].abs() < 1e-12).all()
    assert table.loc["open", "spread"] == pytest.approx(1 / np.sqrt(3), rel=0.1)
    assert table.loc[SEEDS_ONLY, "spread"] == pytest.approx(0.2, rel=0.15)
    assert table.loc[SEEDS_ONLY, "width"] == pytest.approx(2 * 1.645 * 0.2, rel=0.15)
    assert table.loc["open", "width"] > table.loc[SEEDS_ONLY, "width_high"]
    assert (table["width_low"] <= table["width"]).all()


@pytest.mark.filterwarnings("ignore:Degrees of freedom", "ignore:All-NaN")
def test_runs_without_a_price_do_not_count():
    closes = np.array([[1.0], [np.e], [np.nan]])
    table = widths({SEEDS_ONLY: closes}, horizons=(0,))
    assert table["width"][0] == pytest.approx(0.9)


def test_a_small_study_from_the_command_line(tmp_path, monkeypatch, capsys):
    text = (
        '["population.retail.ticket"]\nlabel = "tickets"\nsource = "assumption"\n'
        "from = 0.0001\nto = 0.2\n"
    )
    file = write(tmp_path, text)
    small = load_scenario("spacex", SMALL)
    monkeypatch.setattr(fan_width, "load_scenario", lambda name, changes: small)
    out = tmp_path / "fan"
    asked = ["spacex", "--seeds", "10", "--assumptions", str(file), "--out", str(out)]
    assert fan_width.main([*asked, "--workers", "1"]) == 0
    table = pd.read_csv(out / "table.csv")
    assert set(table["condition"]) == {SEEDS_ONLY, "tickets", TOGETHER}
    assert (out / "figures" / "fan_width.png").stat().st_size > 10_000
    again = json.loads((out / "manifest.json").read_text())["command"]
    assert again.endswith(f"fan_width spacex --seeds 10 --days 252 --assumptions {file}")
    daily = pd.read_parquet(out / "panels" / "daily.parquet")
    assert len(daily) == 3 * 10 * small.days
    assert fan_width.main(["spacex", "--seeds", "3"]) == 2
    assert "--seeds: got 3" in capsys.readouterr().err
    assert fan_width.main([*asked, "--workers", "-1"]) == 2
    assert "workers: got -1" in capsys.readouterr().err
