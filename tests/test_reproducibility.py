"""One scenario, one seed, one run: however it is asked for, the bytes are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import build, run
from experiments.formats import DIAGNOSTICS, TABLES
from experiments.results import Result, write
from experiments.scenario import Scenario
from experiments.simulate import collect
from tests.runs import SMALL, scenario

DAYS = 45  # past the first report, the first unlock and the end of stabilisation
MECHANISMS = ("fixed_price", "bookbuilding", "uniform_auction", "direct_listing")


def small(**changes: Any) -> Scenario:
    return scenario(SMALL, {"days": DAYS, **changes})


@pytest.fixture(scope="module")
def once() -> Result:
    return run(small(), seed=9)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the manifest, which holds the duration."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json")
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_one_seed_one_folder(once: Result, tmp_path: Path) -> None:
    """Two runs leave the same files, figures included."""
    again = run(small(), seed=9)
    folders = [write(r, tmp_path / n) for r, n in ((once, "one"), (again, "again"))]
    one, two = map(contents, folders)
    assert set(one) == set(two)
    assert [name for name in one if one[name] != two[name]] == []
    assert {"summary.json", "offering.json", "prices.parquet"} <= set(one)


def test_another_seed_is_another_run(once: Result, tmp_path: Path) -> None:
    """Prices, holdings, index, book and summary all change with the seed."""
    other = run(small(), seed=10)
    folders = [write(r, tmp_path / str(r.seed), figures=False) for r in (once, other)]
    one, two = map(contents, folders)
    names = ["summary.json", "offering.json", *(f"{t}.parquet" for t in TABLES)]
    assert [name for name in names if one[name] == two[name]] == []


def test_runs_in_between_leave_no_trace(once: Result) -> None:
    """A run keeps nothing outside its model: others before or between it change nothing."""
    model, other = build(small(), 9), build(small(**{"offering.price": 120.0}), 3)
    while model.day < DAYS - 1:
        model.step()
        if other.day < DAYS - 1:
            other.step()
    assert collect(model, small(), 9).prices.equals(once.prices)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_shorter_run_is_the_beginning_of_the_longer(mechanism: str) -> None:
    """How long a run will last is nothing that anybody in it can know."""
    chosen = small(**{"offering.mechanism": mechanism})
    long, short = run(chosen, seed=5), run(chosen, seed=5, days=18)
    for name in TABLES:
        whole, part = getattr(long, name), getattr(short, name)
        head = whole[whole["date"] <= part["date"].max()].reset_index(drop=True)
        pd.testing.assert_frame_equal(part, head[: len(part)], check_exact=True)
        if name != "events":
            assert len(head) == len(part)
    for name in DIAGNOSTICS:
        whole, part = long.diagnostics[name], short.diagnostics[name]
        pd.testing.assert_frame_equal(part, whole[: len(part)], check_exact=True)
    assert short.prices["date"].nunique() == 18
    assert short.summary["first_close"] == long.summary["first_close"]


def test_steps_by_hand_are_the_run(once: Result) -> None:
    """``build`` and ``step`` give what ``run`` gives."""
    model = build(small(), 9)
    steps = 0
    while model.day < DAYS - 1:
        model.step()
        steps += 1
    by_hand = collect(model, small(), 9)
    assert steps == model.first_session + DAYS
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(by_hand, name), getattr(once, name), check_exact=True)
    assert by_hand.summary == once.summary and by_hand.offering == once.offering


def test_progress_is_only_told(once: Result) -> None:
    """Whoever watches sees every day once, up to the total, and changes nothing."""
    seen: list[tuple[int, int]] = []
    watched = run(small(), seed=9, progress=lambda done, total: seen.append((done, total)))
    assert watched.prices.equals(once.prices)
    total = seen[0][1]
    assert seen == [(day, total) for day in range(1, total + 1)]


def test_numpy_seeds_are_seeds(once: Result) -> None:
    """A seed out of an array is the same seed."""
    assert run(small(), seed=np.int64(9)).prices.equals(once.prices)  # type: ignore[arg-type]


def test_global_generators_are_left_alone(once: Result) -> None:
    """The model neither reads nor moves the global random state."""
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # type: ignore[index, union-attr] # noqa: NPY002
    again = run(small(), seed=9, days=5)
    after = np.random.get_state()[1]  # type: ignore[index] # noqa: NPY002
    assert (before == after).all()
    head = once.prices[: len(again.prices)].reset_index(drop=True)
    assert again.prices.equals(head)
