"""Responses, differences and interactions of crossed designs against known answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.evidence.inference import cross_section
from experiments.sweeps.analysis import (
    difference,
    differences,
    interaction,
    main_effects,
    of_frame,
    response,
    what_changes,
)
from experiments.sweeps.analysis.cells import over_cells
from sim.inputs import InputError

from .frames import grid

AB = {"a": [1, 2, 4], "b": [0.0, 10.0]}


def additive(at, shared, own):
    return 3.0 * at["a"] + 0.5 * at["b"] + 2.0 * shared


def test_effects_of_an_additive_function_are_its_slopes():
    sweep = of_frame(grid(AB, additive), ["a", "b"])
    assert difference(sweep, "y", "a", 1, 4)[0].value == pytest.approx(9.0)
    assert difference(sweep, "y", "b", 0.0, 10.0)[0].value == pytest.approx(5.0)
    assert response(sweep, "y", "a")["value"].diff().dropna().tolist() == pytest.approx([3, 6])
    found = interaction(sweep, "y", "a", "b")
    assert np.abs(found.excess.to_numpy()).max() < 1e-9
    assert found.contrast.value == pytest.approx(0, abs=1e-9)


def test_an_interaction_is_found_with_its_size():
    def product(at, shared, own):
        return at["a"] * at["b"] + shared + 0.01 * own

    sweep = of_frame(grid(AB, product), ["a", "b"])
    found = interaction(sweep, "y", "a", "b")
    assert found.contrast.value == pytest.approx((4 - 1) * 10, abs=0.1)
    assert found.contrast.low > 29 and found.contrast.high < 31
    assert found.excess.sum().abs().max() < 1e-9 and found.excess.sum(axis=1).abs().max() < 1e-9


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_variance_reduction_is_one_over_one_less_the_correlation(rho):
    def paired(at, shared, own):
        return at["a"] + np.sqrt(rho) * shared + np.sqrt(1 - rho) * own

    sweep = of_frame(grid({"a": [0, 1]}, paired, seeds=4000), ["a"])
    found, reduction = difference(sweep, "y", "a", 0, 1)
    assert reduction == pytest.approx(1 / (1 - rho), rel=0.12)
    assert found.low < 1 < found.high


def test_the_interval_of_a_mean_with_common_seeds_is_that_of_the_seeds_own_means():
    rows = grid(AB, lambda at, shared, own: at["a"] + shared + 0.1 * own, seeds=6)
    sweep = of_frame(rows, ["a", "b"])
    table = response(sweep, "y", "b").set_index("level")
    expected = cross_section(rows[rows["b"] == 0].groupby("seed")["y"].mean())
    for name in ("value", "low", "high"):
        assert table.loc[0.0, name] == pytest.approx(getattr(expected, name))


def test_intervals_cover_the_truth_as_often_as_they_say():
    covered = {True: 0, False: 0}
    for root in range(150):
        for common in covered:
            rows = grid(
                {"a": [0, 1], "b": [0, 5]}, lambda at, shared, own: at["b"] + shared + own,
                seeds=5, common=common, root=root,
            )  # fmt: skip
            found = response(of_frame(rows, ["a", "b"]), "y", "a").iloc[0]
            covered[common] += found["low"] <= 2.5 <= found["high"]
    assert 0.90 < covered[True] / 150 < 0.99
    assert 0.88 < covered[False] / 150 < 0.99


def test_seeds_that_are_not_common_make_no_pairs():
    rows = grid(AB, lambda at, shared, own: at["a"] + shared, common=False, seeds=40)
    sweep = of_frame(rows, ["a", "b"])
    found, reduction = difference(sweep, "y", "a", 1, 4)
    assert not sweep.common and np.isnan(reduction)
    assert found.low < 3 < found.high and found.high - found.low > 0.3


def test_a_lost_run_does_not_shift_what_the_others_say():
    rows = grid(AB, lambda at, shared, own: at["a"] + 100 * at["b"] + shared, seeds=6)
    whole = difference(of_frame(rows, ["a", "b"]), "y", "a", 1, 4)[0]
    rows.loc[[3, 20], "y"] = np.nan
    lost = difference(of_frame(rows.drop(index=10), ["a", "b"]), "y", "a", 1, 4)[0]
    assert lost.value == pytest.approx(whole.value) and lost.n < whole.n


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(-1e3, 1e3), min_size=6, max_size=30),
    st.floats(-100, 100),
    st.floats(0.1, 10),
)
def test_an_average_over_cells_moves_and_scales_with_the_values(values, shift, scale):
    y = np.array(values)
    cells, seeds = np.arange(y.size) % 2, np.arange(y.size) // 2
    one, other = over_cells(y, cells, seeds), over_cells(scale * y + shift, cells, seeds)
    size = scale * np.abs(y).max() + abs(shift) + 1
    for name in ("value", "low", "high"):
        expected = scale * getattr(one, name) + shift
        assert getattr(other, name) == pytest.approx(expected, abs=1e-8 * size)
    assert one.low <= one.value <= one.high


def test_main_effects_are_sorted_and_shares_of_an_additive_function_add_up():
    sweep = of_frame(grid(AB, lambda at, shared, own: 3 * at["a"] + at["b"]), ["a", "b"])
    table = main_effects(sweep, "y")
    assert table["factor"].tolist() == ["b", "a"]
    assert table["share"].sum() == pytest.approx(1.0)


def test_many_levels_are_compared_with_the_first_only():
    rows = grid({"a": list(range(8))}, lambda at, shared, own: at["a"] + shared)
    table = differences(of_frame(rows, ["a"]), "y", "a")
    assert table["from"].tolist() == [0] * 7
    assert table["value"].tolist() == pytest.approx(range(1, 8))


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (lambda at, shared, own: at["a"] + shared, "rises from"),
        (lambda at, shared, own: -at["a"] + shared, "falls from"),
        (lambda at, shared, own: shared, "does not change"),
        (lambda at, shared, own: 10 * (at["a"] == 2) + 0.1 * own, "In between it is higher"),
    ],
)
def test_sentences_follow_the_numbers(outcome, words):
    sweep = of_frame(grid(AB, outcome), ["a", "b"])
    assert words in what_changes(sweep, "y", "a")


def test_no_sentence_claims_a_turn_or_a_change_of_pure_noise_too_often():
    claims = 0
    for root in range(40):
        rows = grid({"a": [1, 2, 3]}, lambda at, shared, own: own, root=root)
        text = what_changes(of_frame(rows, ["a"]), "y", "a")
        claims += "no clear change" not in text or "In between" in text
    assert claims <= 8  # of 40, where one claim in ten is expected at most


def test_text_and_truth_are_levels_in_their_order():
    rows = grid({"m": ["x", "w"], "t": [True, False]}, lambda at, s, own: (at["m"] == "w") + s)
    sweep = of_frame(rows, ["m", "t"])
    assert sweep.crossed == {"m": ("x", "w"), "t": (True, False)}
    assert "is higher with w" in what_changes(sweep, "y", "m")
    assert "is the same with False" in what_changes(sweep, "y", "t")


def test_one_seed_is_said_not_to_be_enough():
    sweep = of_frame(grid(AB, additive, seeds=1), ["a", "b"])
    assert "cannot be told from chance with one seed" in what_changes(sweep, "y", "a")


def test_an_unknown_outcome_and_a_factor_without_a_column_are_refused():
    rows = grid(AB, additive)
    with pytest.raises(InputError, match="outcome: got 'z', expected one of y"):
        of_frame(rows, ["a", "b"]).values("z")
    with pytest.raises(InputError, match="factor c has no column"):
        of_frame(rows, ["a", "c"])


def test_constant_outcomes_and_text_are_no_outcomes():
    rows = grid(AB, additive).assign(same=1.0, word="x", closes=pd.NA)
    assert of_frame(rows, ["a", "b"]).outcomes == ("y",)


def test_intervals_of_runs_with_seeds_of_their_own_hold_what_they_promise():
    """Two runs a cell, the fewest that tell how far seeds differ."""
    rng = np.random.default_rng(5)
    cells = np.repeat(np.arange(3), 2)
    hits = 0
    for _ in range(4000):
        found = over_cells(cells + rng.normal(size=cells.size), cells, None)
        hits += found.low <= 1.0 <= found.high
    assert hits / 4000 == pytest.approx(0.95, abs=0.012)
