"""Switching a mechanism off changes the fact that it makes, and only settings that exist."""

from __future__ import annotations

import pytest

from experiments.evidence.targets.mechanisms import ALL, MEASURES, SWITCHES, as_text, main, without
from experiments.scenario import load_scenario
from experiments.studies.comparison import difference, estimate

TINY = {
    "universe.stocks": 15,
    "indices.sp500.count": 15,
    "population.long_only.count": 5,
    "population.long_only.coverage": 1.0,
    "population.hedge.count": 3,
    "population.short_sellers.count": 1,
    "days": 300,
    "universe.jumps_per_year": 10.0,
    "universe.jump_size": 4.4,
}


@pytest.mark.parametrize("label", SWITCHES)
def test_every_switch_is_a_setting(label: str) -> None:
    changed = load_scenario("index-world", SWITCHES[label])
    assert changed != load_scenario("index-world")


def test_bad_input_is_told_before_any_run(tmp_path, capsys) -> None:
    (tmp_path / "file").write_text("mine")
    for words in (["1"], ["2", "--workers", "0"], ["2", "--out", str(tmp_path / "file")]):
        assert main(words) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_news_without_jumps_has_thinner_tails() -> None:
    chosen = {name: SWITCHES[name] for name in ("no news jumps",)}
    table = without((1, 2), chosen, TINY, workers=1)
    assert difference(table, "kurtosis", "no news jumps").value < -0.5
    assert estimate(table, "kurtosis", "no news jumps").value < 4.0
    text = as_text(table)
    assert all(each.name in text for each in MEASURES)
    assert text.index(ALL) < text.index("no news jumps")
