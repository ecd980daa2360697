from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.studies import load_study
from experiments.studies.comparison import Measure, as_table, estimate, line
from experiments.studies.conduct import conduct
from experiments.studies.inclusion_effect import (
    AFTER,
    BEFORE,
    ERAS,
    FIRST,
    LAST,
    WITHOUT,
    falls_behind,
    judge,
    pooled,
    read,
    rougher_not_dearer,
    tabulate,
)
from experiments.studies.intervals import Interval
from sim.inputs import InputError

STUDY = load_study("inclusion-effect")
SHORT = {
    "days": 30,
    "universe.stocks": 40,
    "universe.mid_caps": 40,
    "universe.small_caps": 15,
    "universe.takeovers_per_year": 1.0,
    "universe.takeover_largest_bn": 1e5,  # a few dozen companies are all giants
    "population.long_only.count": 8,
    "population.hedge.count": 5,
    "population.short_sellers.count": 2,
    "indices.sp500.count": 40,
    "indices.sp500.make_room_rank": 15,
    "indices.sp400.count": 30,
}


@pytest.fixture(scope="module")
def report():
    return conduct(STUDY, 2, assignments=SHORT, workers=1)


def test_every_event_is_measured(report) -> None:
    rows = report.rows
    assert set(rows["condition"]) == {*ERAS, *(f"no {name}" for name in WITHOUT)}
    adds = rows[(rows["kind"] == "add") & (rows["condition"] == FIRST)]
    assert set(report.finding.figures) == {
        "around_announced", "around_effective", "decomposition",
    }  # fmt: skip
    assert len(adds) >= 4 and {"add", "merger"} <= set(rows["kind"])
    for path in rows["path_announced"]:
        assert path.shape == (BEFORE + AFTER + 1,)
    assert estimate(report.finding.table, "add_effect", FIRST).n == len(adds)


def test_what_is_bought_rises_and_what_is_sold_falls_where_nobody_trades_ahead(report) -> None:
    assert estimate(report.finding.table, "add_effect", FIRST).low > 0.02
    # those who take a company over bid the agreed price, so that it cannot fall far
    assert -0.06 < estimate(report.finding.table, "merger", FIRST).value < 0


def test_with_the_facts_of_1995_throughout_the_claim_fails(report) -> None:
    flipped = conduct(STUDY, 3, assignments={**SHORT, **STUDY.flip}, workers=1)
    assert flipped.finding.verdict != "supported"
    assert estimate(flipped.finding.table, "add_effect", LAST).low > 0.02  # it is all still there


def planted(effects: dict[str, float], year: float = -0.05, rise: float = 0.1) -> pd.DataFrame:
    """Events with effects by condition; the price is kept by nobody, so all is given back."""
    rng = np.random.default_rng(2)
    flat = np.zeros(BEFORE + AFTER + 1)
    return pd.DataFrame(
        [
            {
                "condition": label,
                "seed": seed,
                "kind": kind,
                "migration": float(number % 2),
                "effect": sign * effect + 0.002 * rng.normal(),
                "run_up": 0.001 * rng.normal(),
                "after": -sign * effect + 0.002 * rng.normal(),
                "year": year + 0.01 * rng.normal() if number else np.nan,
                "volume_ratio": 10 + rng.normal(),
                "volatility": rise + 0.01 * rng.normal(),
                "demand": sign * 0.1,
                "path_announced": flat + effect,
                "path_effective": flat,
            }
            for label, effect in effects.items()
            for seed in range(6)
            for kind, sign in (("add", 1.0), ("delete", -1.0))
            for number in range(8)
        ]
    )


EFFECTS = dict.fromkeys((*ERAS, *(f"no {name}" for name in WITHOUT)), 0.01)


def found(changes: dict[str, float], **others: float) -> pd.DataFrame:
    return tabulate(planted({**EFFECTS, **changes}, **others), np.random.default_rng(0))


def test_planted_effects_are_found() -> None:
    table = found({FIRST: 0.08, "no migration": 0.05})
    assert estimate(table, "add_effect", FIRST).value == pytest.approx(0.08, abs=0.002)
    assert estimate(table, "delete_effect", FIRST).value == pytest.approx(-0.08, abs=0.002)
    assert estimate(table, "add_outside", FIRST).n == estimate(table, "add_moved", FIRST).n == 24
    assert estimate(table, "add_without", "migration").value == pytest.approx(0.04, abs=0.002)
    assert estimate(table, "add_without", "anticipation").value == pytest.approx(0, abs=0.002)
    assert estimate(table, "add_year", LAST).n == 42  # those without a year do not count


def test_the_verdict_follows_the_rule() -> None:
    assert judge(found({FIRST: 0.08})) == "supported"
    assert judge(found({FIRST: 0.08, LAST: 0.05})) == "in part"
    assert judge(found({LAST: 0.05})) == "contradicted"


def test_the_other_claims_can_come_out_either_way() -> None:
    good, bad = found({}), found({LAST: 0.05}, year=0.05, rise=-0.1)
    assert falls_behind(good) == "supported" and falls_behind(bad) == "contradicted"
    assert rougher_not_dearer(good) == "supported"
    lasting = bad.copy()
    lasting.loc[lasting["measure"] == "add_level", ["value", "low", "high"]] = 0.05, 0.04, 0.06
    assert rougher_not_dearer(lasting) == "contradicted"
    assert "fall behind: supported" in read(good) and "fall behind: contradicted" in read(bad)


def test_seeds_are_resampled_whole() -> None:
    events = pd.DataFrame({"seed": [1, 1, 2], "effect": [0.0, 0.2, 0.4]})
    counts = np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 2.0]])
    assert pooled(events, "effect", np.array([1, 2]), counts) == pytest.approx([0.2, 0.1, 0.4])
    nobody = events.assign(effect=np.nan)
    assert np.isnan(pooled(nobody, "effect", np.array([1, 2]), counts)).all()


def test_an_open_interval_leaves_it_undecided() -> None:
    part = Measure("add_effect", "", "fraction")
    wide = Interval(0.01, -0.1, 0.1, 3)
    table = as_table([line(part, FIRST, wide), line(part, LAST, wide, wide)])
    assert judge(table) == "undecided"


def test_runs_without_events_say_so() -> None:
    with pytest.raises(InputError, match="no addition or deletion"):
        tabulate(pd.DataFrame(), np.random.default_rng(0))
