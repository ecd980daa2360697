"""Sobol and Morris designs, rank correlations and the part of chance against known answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from SALib.sample.morris import sample as morris_points
from SALib.sample.sobol import sample as sobol_points

from experiments.sweeps.analysis import (
    binned,
    chance,
    morris,
    of_frame,
    rank_correlations,
    sobol,
    what_changes,
)
from experiments.sweeps.analysis.sampled import clusters
from sim.inputs import InputError
from sim.streams import Streams

from .frames import grid, points, sampled

PI = float(np.pi)
CUBE = {name: (-PI, PI) for name in ("x1", "x2", "x3")}


@pytest.fixture
def rng():
    return Streams(1)("test")


def ishigami(x):
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def saltelli(size, bounds, second=False):
    problem = {"num_vars": len(bounds), "names": list(bounds), "bounds": list(bounds.values())}
    return sobol_points(problem, size, calc_second_order=second, seed=1)


@pytest.mark.parametrize("second", [False, True])
def test_sobol_indices_of_the_ishigami_function(rng, second):
    # Ishigami and Homma (1990): a = 7, b = 0.1
    rows = points(saltelli(2048, CUBE, second), list(CUBE), ishigami)
    table = sobol(of_frame(rows, sampled("saltelli", CUBE)), "y", rng).set_index("factor")
    first, total = (
        {"x1": 0.3139, "x2": 0.4424, "x3": 0.0},
        {"x1": 0.5576, "x2": 0.4424, "x3": 0.2437},
    )
    for name in CUBE:
        assert table.loc[name, "first"] == pytest.approx(first[name], abs=0.03)
        assert table.loc[name, "total"] == pytest.approx(total[name], abs=0.03)
        assert table.loc[name, "first_low"] <= first[name] <= table.loc[name, "first_high"]


def test_the_seed_has_its_share_of_all_variance(rng):
    bounds = {"u": (0.0, 1.0), "v": (0.0, 1.0)}
    # Var u = 1/12, Var 2v = 4/12, seeds 5/12: shares 0.1, 0.4, 0.5
    rows = points(
        saltelli(512, bounds), ["u", "v"], lambda x: x[:, 0] + 2 * x[:, 1], seeds=24,
        noise=float(np.sqrt(5 / 12)),
    )  # fmt: skip
    table = sobol(of_frame(rows, sampled("saltelli", bounds)), "y", rng).set_index("factor")
    assert table.loc["seed", "share"] == pytest.approx(0.5, abs=0.03)
    assert table.loc["v", "share"] == pytest.approx(0.4, abs=0.04)
    assert table.loc["u", "share"] == pytest.approx(0.1, abs=0.04)
    assert table.loc["seed", "share_low"] < 0.5 < table.loc["seed", "share_high"]


def test_a_block_that_lost_a_run_is_left_out_whole(rng):
    bounds = {"u": (0.0, 1.0), "v": (0.0, 1.0)}
    rows = points(saltelli(256, bounds), ["u", "v"], lambda x: x[:, 0] + x[:, 1])
    design = rows[["point", "u", "v"]].copy()
    lost = rows.drop(index=[5, 6, 801])  # two of block 1, one of block 200
    table = sobol(of_frame(lost, sampled("saltelli", bounds), design), "y", rng)
    assert table["n"].iloc[0] == 4 * 254
    assert table["first"].iloc[0] == pytest.approx(0.5, abs=0.06)


def test_other_designs_have_no_indices(rng):
    x = np.random.default_rng(0).random((40, 2))
    rows = points(x, ["u", "v"], lambda x: x.sum(axis=1))
    sweep = of_frame(rows, sampled("latin-hypercube", {"u": (0, 1), "v": (0, 1)}))
    with pytest.raises(InputError, match="not in blocks of Saltelli's design"):
        sobol(sweep, "y", rng)
    with pytest.raises(InputError, match="not trajectories of Morris' design"):
        morris(sweep, "y", rng)
    crossed = of_frame(grid({"a": [1, 2]}, lambda at, s, own: own), ["a"])
    with pytest.raises(InputError, match="crosses a, expected sampled factors alone"):
        sobol(crossed, "y", rng)


def test_elementary_effects_of_a_linear_function_are_its_slopes(rng):
    bounds = {"u": (0.0, 2.0), "v": (1.0, 100.0), "w": (0.0, 1.0)}
    problem = {"num_vars": 3, "names": list(bounds), "bounds": [[0, 1]] * 3}
    unit = morris_points(problem, 12, num_levels=4, seed=1)
    x = np.column_stack([2 * unit[:, 0], 100 ** unit[:, 1], unit[:, 2]])
    rows = points(x, list(bounds), lambda x: 3 * x[:, 0] - np.log10(x[:, 1]))
    design = sampled("morris", bounds)
    design["sample"]["factors"]["v"]["scale"] = "log"
    table = morris(of_frame(rows, design), "y", rng).set_index("factor")
    assert table["mu_star"].tolist() == pytest.approx([6.0, 2.0, 0.0], abs=1e-9)
    assert table.index.tolist() == ["u", "v", "w"]
    assert table["sigma"].max() < 1e-9 and table.loc["v", "mu"] == pytest.approx(-2.0)


def test_rank_correlations_see_what_plain_ones_confuse(rng):
    # w moves with u but does nothing itself
    random = np.random.default_rng(3)
    u = random.random(300)
    x = np.column_stack([u, random.random(300), u + 0.2 * random.random(300)])
    rows = points(x, ["u", "v", "w"], lambda x: np.exp(3 * x[:, 0]) - 10 * x[:, 1], noise=0.5)
    sweep = of_frame(rows, sampled("random", {"u": (0, 1), "v": (0, 1), "w": (0, 1.2)}))
    table = rank_correlations(sweep, "y", rng).set_index("factor")
    assert table.loc["u", "low"] > 0.3 and table.loc["v", "high"] < -0.8
    assert abs(table.loc["w", "value"]) < 0.25 and np.corrcoef(x[:, 2], rows["y"])[0, 1] > 0.7
    assert "rises (partial rank correlation" in what_changes(sweep, "y", "u", table.reset_index())
    assert "falls" in what_changes(sweep, "y", "v", table.reset_index())


def test_points_drawn_together_are_resampled_together(rng):
    bounds = {"u": (0.0, 1.0), "v": (0.0, 1.0)}
    rows = points(saltelli(64, bounds), ["u", "v"], lambda x: x[:, 0] ** 2, noise=0.3)
    sweep = of_frame(rows, sampled("saltelli", bounds))
    numbers = clusters(sweep, sweep.points("y"))
    assert numbers.tolist() == np.repeat(np.arange(64), 4).tolist()
    loose = of_frame(rows, sampled("random", bounds))
    wide, narrow = (
        rank_correlations(s, "y", rng).set_index("factor").loc["u"] for s in (sweep, loose)
    )
    assert wide["high"] - wide["low"] > narrow["high"] - narrow["low"]
    both = pd.concat([rows.assign(m="x"), rows.assign(m="w", point=rows["point"] + 256)])
    design = sampled("random", bounds) | {"factors": {"m": ["x", "w"]}}
    crossed = of_frame(both, design)
    assert np.unique(clusters(crossed, crossed.points("y")), return_counts=True)[1].min() == 2


def test_bins_follow_a_response_that_turns():
    x = np.random.default_rng(0).random((400, 2))
    rows = points(x, ["u", "v"], lambda x: (x[:, 0] - 0.5) ** 2)
    table = binned(of_frame(rows, sampled("random", {"u": (0, 1), "v": (0, 1)})), "y", "u")
    assert table["value"].idxmin() in (3, 4) and len(table) == 8 and table["n"].sum() == 400
    assert table["value"].iloc[0] > 5 * table["value"].iloc[4]


def test_variance_is_split_into_points_seeds_and_both(rng):
    rows = grid(
        {"a": list(np.linspace(-3, 3, 12)), "b": list(range(10))},
        lambda at, shared, own: at["a"] + 2 * shared + own, seeds=200,
    )  # fmt: skip
    parts = chance(of_frame(rows, ["a", "b"]), "y", rng)
    spread = np.linspace(-3, 3, 12).repeat(10).var(ddof=1)
    assert parts.points == pytest.approx(spread, rel=0.02)
    assert parts.both == pytest.approx(1.0, rel=0.03)
    assert parts.seeds == pytest.approx(4.0, rel=0.3)  # two hundred draws of a variance
    expected = (parts.seeds + parts.both) / (parts.seeds + parts.both + parts.points)
    assert parts.share.value == pytest.approx(expected)
    assert parts.share.low < expected < parts.share.high


def test_seeds_of_their_own_are_all_noise(rng):
    rows = grid(
        {"a": list(range(40))},
        lambda at, shared, own: 0.0 * at["a"] + shared,
        common=False,
        seeds=9,
    )
    parts = chance(of_frame(rows, ["a"]), "y", rng)
    assert parts.seeds == 0.0 and parts.share.value > 0.95


def test_one_seed_says_nothing_of_chance(rng):
    rows = grid({"a": [1, 2, 3]}, lambda at, shared, own: own, seeds=1)
    assert np.isnan(chance(of_frame(rows, ["a"]), "y", rng).share.value)
