"""History matching on a simulator with a known truth."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.evidence.calibration import region
from experiments.evidence.calibration.emulator import fit
from experiments.evidence.calibration.identifiability import Profile, profiles
from experiments.evidence.calibration.region import CUT, Cut, spread_out, worst_of
from experiments.evidence.calibration.waves import History, match, seed_variance
from experiments.show.calibration_figures import pairs_figure, profile_figure
from sim.inputs import InputError
from tests.calibration.worlds import CENTRE, GOALS, INERT, PATHS, SPACE, TRUTH, figures_at, run


@cache
def matched(waves: int = 2) -> History:
    return match(run, GOALS, SPACE.shipped(), waves, 40)


@cache
def profiled() -> tuple[Profile, ...]:
    history = matched()
    return tuple(profiles(history.cuts, history.steps[-1].inside, PATHS))


def test_the_truth_survives_the_cuts() -> None:
    assert (worst_of(matched().cuts, TRUTH[None]) <= CUT).all()
    assert all(step.left_out == 0 for step in matched().steps)


def test_the_region_shrinks_from_wave_to_wave_and_far_points_are_cut() -> None:
    first, second = (step.inside.share for step in matched().steps)
    assert 0 < second <= first < 0.3
    away = np.abs(figures_at(matched().steps[-1].inside.points) - CENTRE)
    assert away.max() < 0.08 * 2  # bands are widened by half and chance, and no more
    assert worst_of(matched().cuts, np.array([[0.95, 0.05, 0.5, 0.5]]))[0] > CUT


def test_later_waves_run_inside_what_is_left() -> None:
    history = matched()
    assert (worst_of(history.cuts[:1], history.steps[1].wave.points) <= CUT).all()
    assert np.array_equal(history.points[0], SPACE.shipped())


def test_a_parameter_without_effect_is_not_identified_and_the_others_are() -> None:
    found = profiled()
    assert found[INERT].sides == "not"
    assert abs(found[INERT].narrowed) < 0.25
    assert np.ptp(found[INERT].least) < 0.5
    grid = np.linspace(0, 1, 41)
    others = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)
    for place, each in enumerate(found[:INERT]):
        for end in (0, -1):
            x = np.insert(others, place, grid[end], axis=1)
            away = np.abs(figures_at(x) - CENTRE) / [goal.tolerance for goal in GOALS]
            exact = away.max(axis=1).min()
            assert abs(exact - CUT) < 0.5 or (each.least[end] > CUT) == (exact > CUT)
        assert each.sides != "not"
    assert all(each.kept[0] <= t <= each.kept[1] for each, t in zip(found, TRUTH, strict=True))


def test_what_no_point_reaches_is_left_out_and_said() -> None:
    lines: list[str] = []
    odd = (*GOALS[:2], type(GOALS[2])("T", type(GOALS[2].part)(
        "fake", "f2", "unreachable", 9.0, 9.1, "number"), True))  # fmt: skip
    history = match(run, odd, SPACE.shipped(), 1, 40, say=lines.append)
    assert history.steps[0].left_out == 1
    assert "without the 1 worst" in lines[0] and "out of reach so far: fake.f2" in lines[0]


def test_a_wave_with_nothing_left_ends_the_matching() -> None:
    odd = tuple(
        type(goal)("T", type(goal.part)("fake", goal.part.figure, "out", 9.0, 9.1, "number"), True)
        for goal in GOALS
    )
    history = match(run, odd, SPACE.shipped(), 3, 40)
    assert len(history.steps) == 1 and not len(history.steps[0].inside.points)
    assert all(each.sides == "both sides" for each in profiles(
        history.cuts, history.steps[0].inside, PATHS))  # fmt: skip


def test_emulators_predict_and_know_their_error() -> None:
    rng = np.random.default_rng(3)
    x, new = rng.random((60, 4)), rng.random((200, 4))
    emulator = fit(x, figures_at(x)[:, 1] + 0.02 * rng.standard_normal(60))
    mean, variance = emulator.predict(new)
    error = mean - figures_at(new)[:, 1]
    assert np.abs(error).mean() < 0.03 and emulator.explained > 0.9
    assert (np.abs(error) <= 3 * np.sqrt(variance)).mean() > 0.9


def test_noise_without_a_pattern_leaves_a_wide_emulator_and_a_constant_a_sure_one() -> None:
    rng = np.random.default_rng(4)
    x = rng.random((60, 4))
    noisy = fit(x, rng.standard_normal(60))
    assert noisy.explained < 0.3
    still = fit(x, np.full(60, 7.0))
    mean, variance = still.predict(x)
    assert np.allclose(mean, 7.0) and (variance == 0).all()


def test_missing_figures_are_left_out_until_too_few_are_left() -> None:
    rng = np.random.default_rng(6)
    x = rng.random((40, 4))
    y = x[:, 0].copy()
    y[:20] = np.nan
    assert np.allclose(fit(x, y).predict(x)[0], x[:, 0], atol=0.02)
    y[5:] = np.nan
    with pytest.raises(InputError, match="expected at least 8"):
        fit(x, y)


def test_the_variance_of_seeds_is_that_of_their_mean_and_needs_two() -> None:
    figures = np.random.default_rng(7).normal(0.0, 2.0, (4000, 4, 1))
    figures[0, 0] = np.nan
    assert seed_variance(figures) == pytest.approx(1.0, rel=0.05)
    with pytest.raises(InputError, match="at least 2"):
        seed_variance(figures[:, :1])


@pytest.mark.parametrize(("waves", "points"), [(0, 40), (1, 8)])
def test_sizes_that_cannot_work_are_refused(waves: int, points: int) -> None:
    with pytest.raises(InputError, match="expected at least 1 and 9"):
        match(run, GOALS, SPACE.shipped(), waves, points)


@given(seed=st.integers(0, 10_000), left_out=st.integers(0, 2))
@settings(max_examples=20, deadline=None)
def test_leaving_out_more_and_tolerating_more_never_cuts_more(seed: int, left_out: int) -> None:
    x = np.random.default_rng(seed).random((50, 4))
    own = matched().cuts[0]
    strict = Cut(own.emulators, own.centre, own.variance)
    loose = Cut(own.emulators, own.centre, 2 * own.variance, left_out)
    assert (loose.worst(x) <= strict.worst(x) + 1e-12).all()


@given(seed=st.integers(0, 10_000), count=st.integers(1, 30))
@settings(max_examples=25, deadline=None)
def test_spread_out_points_are_different_ones_of_those_given(seed: int, count: int) -> None:
    points = np.random.default_rng(seed).random((40, 3))
    chosen = spread_out(points, points[:1], count)
    assert len(np.unique(chosen, axis=0)) == count
    assert all((points == x).all(axis=1).any() for x in chosen)


def test_points_inside_found_by_steps_are_inside() -> None:
    history = matched()
    found = history.steps[-1].inside
    assert len(found.points) >= region.WANTED
    assert ((found.points >= 0) & (found.points <= 1)).all()
    assert (worst_of(history.cuts, found.points) <= CUT).all()


def test_the_pictures_show_every_parameter() -> None:
    drawn = profile_figure(profiled(), SPACE, SPACE.values(TRUTH))
    titles = [axis.get_title("left") for axis in drawn.axes if axis.axison]
    assert len(titles) == len(PATHS) and titles[0] != titles[2]
    pairs = pairs_figure(profiled(), matched().steps[-1].inside)
    assert len(pairs.axes) == len(PATHS) ** 2
