"""The whole way: runs on the sweep engine, the best point, the record, going on."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.evidence.calibration import calibrate as module
from experiments.evidence.calibration import identifiability, region
from experiments.evidence.calibration.calibrate import Asked, Calibration, calibrate
from experiments.evidence.calibration.distance import distance, rank, weights
from experiments.evidence.calibration.goals import load_days, load_goals, targets_of
from experiments.evidence.calibration.parameters import applying, blocks, load_space, parameters_of
from experiments.evidence.calibration.record import (
    as_text,
    origin,
    read_calibrated,
    write_calibrated,
)
from experiments.evidence.calibration.runs import full_sources, short_sources
from experiments.evidence.stylised_facts import FACTS
from experiments.evidence.targets.sources import SOURCES, TARGETS
from experiments.reference_results import KEPT
from experiments.scenario import load_scenario
from sim.inputs import InputError
from tests.calibration.worlds import CALLS, CHECKED, FAILING, FAKE, GOALS, PATHS, SPACE, TRUTH
from tests.sweeps.cases import Here

ASKED = Asked(waves=1, points=16, finalists=3, final_seeds=3)
RUNS = 16 * 2 + 4 * 3


@pytest.fixture(scope="module", autouse=True)
def few_candidates() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(region, "CANDIDATES", 1024)
        patch.setattr(region, "WANTED", 100)
        patch.setattr(identifiability, "BASES", 20)
        yield


def calibrated(folder: Path, asked: Asked = ASKED, goals: tuple = (*GOALS, CHECKED)) -> Calibration:
    return calibrate(asked, folder, SPACE, goals, [FAKE], [FAKE], executor=Here())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Calibration, Path]:
    folder = tmp_path_factory.mktemp("calibration") / "out"
    done = calibrated(folder)
    write_calibrated(done, folder / "calibrated.toml", "the command")
    return done, folder


def test_the_best_point_is_nearer_than_the_shipped_one(
    finished: tuple[Calibration, Path],
) -> None:
    done, _ = finished
    distances = [each.value for each in done.ranked.distances]
    assert done.ranked.best != 0 and min(distances) < distances[0] / 10
    found = SPACE.unit(done.best)
    assert np.abs(found - TRUTH)[:3].max() < 0.25
    assert done.ranked.best_in.sum() == pytest.approx(1.0)


def test_provenance_is_complete_and_the_values_are_those_that_were_run(
    finished: tuple[Calibration, Path],
) -> None:
    done, folder = finished
    data = tomllib.loads((folder / "calibrated.toml").read_text())
    told = data["provenance"]
    needed = {"command", "written_at", "git_commit", "code", "versions", "waves", "points_a_wave",
              "seeds_a_point", "finalists", "final_seeds", "seed", "sources_fitted",
              "seconds_of_runs", "share_inside", "distance", "distance_interval",
              "distance_shipped", "best_in"}  # fmt: skip
    assert needed <= set(told) and told["command"] == "the command"
    assert {"ipolab", "python", "numpy", "scikit-learn"} <= set(told["versions"])
    assert data["values"] == done.best == read_calibrated(folder / "calibrated.toml")
    assert set(data["values"]) == set(PATHS)
    line = (folder / "final" / "1" / "fake.csv").read_text().splitlines()[1 + done.ranked.best]
    assert [float(cell) for cell in line.split(",")] == list(done.best.values())
    assert (
        load_scenario("index-world", data["values"]).population.interpretation
        == (done.best["population.interpretation"])
    )
    assert [row["use"] for row in data["targets"]] == ["fitted"] * 3 + ["checked"]
    assert all(row["interval"][0] < row["value"] < row["interval"][1] for row in data["targets"])
    assert {row["identified"] for row in data["parameters"]} <= {
        "not", "from below", "from above", "both sides"}  # fmt: skip
    assert "fake.sum" in as_text(done) and "checked" in as_text(done)
    kept = {"history.json", "inside.csv", "figures", "waves", "final", "manifest.json"}
    assert kept <= {path.name for path in folder.iterdir()}


def test_asked_again_nothing_is_run_and_more_waves_go_on(
    finished: tuple[Calibration, Path], tmp_path: Path
) -> None:
    done, folder = finished
    shutil.copytree(folder, tmp_path / "a")
    CALLS.clear()
    assert calibrated(tmp_path / "a").best == done.best
    assert not CALLS
    more = calibrated(tmp_path / "a", replace(ASKED, waves=2))
    assert len(CALLS) == RUNS  # another wave and its finalists
    assert np.array_equal(more.history.steps[0].wave.figures, done.history.steps[0].wave.figures)


def test_an_interrupted_wave_goes_on_where_it_stopped(
    finished: tuple[Calibration, Path], tmp_path: Path
) -> None:
    CALLS.clear()

    def stop(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    goals = (*GOALS, CHECKED)
    with pytest.raises(KeyboardInterrupt):
        calibrate(ASKED, tmp_path / "a", SPACE, goals, [FAKE], [FAKE], workers=2,
                  executor=Here(), progress=stop)  # fmt: skip
    stopped = len(CALLS)
    assert 0 < stopped < 32
    assert calibrated(tmp_path / "a").best == finished[0].best
    assert len(CALLS) == RUNS


def test_runs_that_fail_are_counted_and_the_others_go_on(tmp_path: Path) -> None:
    asked = replace(ASKED, points=20)
    done = calibrate(asked, tmp_path, SPACE, (*GOALS, CHECKED), [FAILING], [FAILING],
                     executor=Here())  # fmt: skip
    drawn = done.history.points[:, 0] > (2.3 - 0.5) / 2.0
    assert 0 < origin(done, "again")["failed_runs"] == 2 * drawn.sum()
    assert np.isnan(done.history.figures[drawn]).all()
    assert np.isfinite(done.history.figures[~drawn]).all()
    assert done.ranked.best != 0 and done.best["population.long_only.elasticity"] < 2.3


@pytest.mark.parametrize("few", [{"seeds": 1}, {"final_seeds": 1}, {"finalists": 0},
                                 {"points": 8}])  # fmt: skip
def test_too_few_are_refused_before_anything_is_run(few: dict, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{next(iter(few))}: got .*, expected at least"):
        calibrated(tmp_path / "a", replace(ASKED, **few))
    assert not (tmp_path / "a").exists()


def test_another_calibration_or_other_code_is_refused(
    finished: tuple[Calibration, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, folder = finished
    with pytest.raises(InputError, match="with other asked, expected the same"):
        calibrated(folder, Asked(waves=1, points=20))
    with pytest.raises(InputError, match="with other goals"):
        calibrated(folder, goals=GOALS)
    monkeypatch.setattr(module, "code", lambda: "other")
    with pytest.raises(InputError, match="with other code"):
        calibrated(folder)
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(InputError, match="not empty"):
        calibrated(tmp_path)


# -- distance ----------------------------------------------------------------------------------


def test_distance_is_nought_at_the_targets_and_infinite_without_a_figure() -> None:
    rng = np.random.default_rng(1)
    centre = np.array([goal.centre for goal in GOALS])
    figures = centre + 0.05 * rng.standard_normal((5, 4, 3))
    w = weights(figures, GOALS, rng)
    assert np.linalg.eigvalsh(w).min() > 0
    means = np.array([centre, centre + 0.1, [np.nan, 0.0, 0.0]])
    found = distance(means, GOALS, w)
    assert found[0] == 0 and found[1] > 0 and found[2] == np.inf


def test_a_noisy_figure_counts_less() -> None:
    rng = np.random.default_rng(2)
    figures = np.array([goal.centre for goal in GOALS]) + (
        np.array([0.001, 0.5, 0.001]) * rng.standard_normal((50, 4, 3))
    )
    w = weights(figures, GOALS, rng)
    assert w[1, 1] < w[0, 0] / 5
    assert w[1, 1] == pytest.approx(1 / (0.25 / 4 + 0.04**2), rel=0.3)


def test_ranking_knows_its_uncertainty() -> None:
    rng = np.random.default_rng(3)
    centre = np.array([goal.centre for goal in GOALS])
    offset = np.array([0.5, 0.0, 0.3])[:, None, None]
    ranked = rank(centre + offset + 0.01 * rng.standard_normal((3, 6, 3)), GOALS, rng)
    assert ranked.best == 1 and ranked.best_in[1] == 1.0
    assert all(each.low <= each.value <= each.high for each in ranked.distances[::2])


# -- what ships --------------------------------------------------------------------------------


def test_the_shipped_parameters_are_few_are_behaviour_and_hold_the_shipped_values() -> None:
    space = load_space()
    assert 10 <= len(space.paths) <= 15
    assert space.values(space.shipped()) == dict(space.defaults)
    facts = ("share", "fee", "assets", "horizon", "wealth", "capital_usd")
    own = {"capital_share", "share"}  # a part of hedge funds' money, of the circulation
    assert not [p for p in space.paths if p.split(".")[-1] not in own
                and any(word in p.split(".")[-1] for word in facts)]  # fmt: skip
    for source in SOURCES:
        values = space.values(np.full(len(space.paths), 0.5))
        assert source.load(applying(values, source.load())).population.interpretation == 0.8
    panel = load_scenario("ipo-panel")
    assert set(applying(space.defaults, panel)) == set(space.paths)
    assert len(applying(space.defaults, load_scenario("spacex"))) < len(space.paths)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('["offering.price"]\nfrom = 1\nto = 2\nsource = "s"', "expected behaviour"),
        ('["population.interpretation"]\nfrom = 2\nto = 1\nsource = "s"', "expected more than"),
        ('["population.interpretation"]\nfrom = 1\nto = 2\nsource = "s"', "holds the shipped"),
        ('["population.interpretation"]\nfrom = 0.5\nto = 1', "source"),
        ('["population.interpretatio"]\nfrom = 0.5\nto = 1\nsource = "s"', "unknown"),
        ('["population.interpretation"]\nfrom = 0.5\nto = 99\nsource = "s"', "got 99"),
        ("", "expected 1 to 15"),
    ],
)
def test_bad_ranges_are_refused_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(InputError, match=said) as error:
        load_space(tmp_path / "p.toml")
    assert "\n" not in str(error.value)


def test_every_figure_that_is_no_input_is_fitted_or_checked_once() -> None:
    goals = load_goals()
    names = [goal.name for goal in goals]
    assert len(set(names)) == len(names)
    parts = {f"{part.run}.{part.figure}": part for target in TARGETS for part in target.parts
             if not part.given and target.id != "A17"}  # fmt: skip
    facts = {f"market.{key}" for fact in FACTS for key in fact.bands}
    assert set(names) == set(parts) | facts
    assert all(goal.part == parts[goal.name] for goal in goals if goal.name in parts)
    rows = {use: {goal.row for goal in goals if goal.fitted == use} for use in (True, False)}
    assert len(rows[True]) >= 6 and len(rows[False] - rows[True]) >= 4  # whole rows kept back
    needed = {source.name for source in short_sources(goals, load_days())}
    assert needed == {goal.source for goal in goals if goal.fitted}
    assert {goal.source for goal in goals} <= {source.name for source in full_sources(goals)}


def test_new_issues_behave_as_calibrated() -> None:
    """The values shipped are those of the file that is kept, to the last digit."""
    kept = read_calibrated(KEPT / "calibrated-new-issues.toml")
    assert dict(load_space(parameters_of("new-issues")).defaults) == kept


@pytest.mark.parametrize("block", blocks())
def test_every_block_has_ranges_goals_and_days(block: str) -> None:
    goals = load_goals(targets_of(block))
    short = short_sources(goals, load_days(targets_of(block)))
    assert load_space(parameters_of(block)).paths and any(goal.fitted for goal in goals)
    lengths = {source.name: source.days for source in full_sources(goals)}
    assert short and all(source.days <= lengths[source.name] for source in short)


def test_a_source_without_days_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text('[offerings]\nfitted = ["gain"]\nreason = "r"')
    with pytest.raises(InputError, match="offerings: days: got None"):
        load_days(tmp_path / "t.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[offerings]\nfitted = ["gan"]\nreason = ""', "got gan, expected a figure"),
        ('[offerings]\nfitted = ["spread_large"]\nreason = ""', "expected a figure"),
        ('[offerings]\nfitted = ["gain_skew"]\nreason = ""', "one bound"),
        ('[offerings]\nfitted = ["gain"]', "expected fitted and reason"),
    ],
)
def test_what_cannot_be_fitted_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(text)
    with pytest.raises(InputError, match=said):
        load_goals(tmp_path / "t.toml")


def test_the_cut_is_where_the_scorecard_stops_calling_a_figure_near() -> None:
    for goal in load_goals():
        if goal.fitted:
            assert goal.centre + 3 * goal.tolerance == pytest.approx(goal.part.wider[1])
