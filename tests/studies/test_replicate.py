from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.results import Result
from experiments.studies.comparison import compare, difference, estimate
from experiments.studies.mechanisms import MEASURES, measure
from experiments.studies.replicate import RunError, replicate
from experiments.studies.study import not_overruled, vary
from sim.inputs import InputError
from tests.runs import SMALL

SHORT = {**SMALL, "days": 4}
TWO = {"same": {}, "again": {}, "cheap": {"offering.price": 110.0}}


def conditions() -> dict[str, Any]:
    return vary("spacex", TWO, SHORT)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return replicate(conditions(), measure, (3, 1, 2), workers=1)


def test_rows_are_sorted_by_condition_and_seed_as_given(rows: pd.DataFrame) -> None:
    keys = list(zip(rows["condition"], rows["seed"], strict=True))
    assert keys == [(label, seed) for label in TWO for seed in (3, 1, 2)]


def test_conditions_share_their_random_numbers(rows: pd.DataFrame) -> None:
    same, again = (np.stack(rows.loc[rows["condition"] == c, "close"]) for c in ("same", "again"))
    assert np.array_equal(same, again) and not np.array_equal(same[0], same[1])
    table = compare(rows, MEASURES)
    nothing = difference(table, "first_close", "again")
    assert (nothing.value, nothing.low, nothing.high) == (0.0, 0.0, 0.0)
    assert estimate(table, "offer", "cheap").value == 110.0


def test_rows_do_not_depend_on_workers(rows: pd.DataFrame) -> None:
    before = set(multiprocessing.active_children())
    seen: list[tuple[int, int]] = []
    many = replicate(
        conditions(), measure, (3, 1, 2), workers=2, progress=lambda *at: seen.append(at)
    )
    pd.testing.assert_frame_equal(many, rows, check_exact=True)
    assert seen == [(4 * done, 36) for done in range(1, 10)]
    assert set(multiprocessing.active_children()) == before


def test_an_interrupt_stops_the_workers() -> None:
    others = set(multiprocessing.active_children())
    started: list[int] = []

    def interrupt(done: int, total: int) -> None:
        started.extend(p.pid for p in set(multiprocessing.active_children()) - others)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replicate(conditions(), measure, range(40), workers=2, progress=interrupt)
    assert len(started) == 2
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def fails_on_seed_2(result: Result) -> dict[str, float]:
    if result.seed == 2:
        raise ZeroDivisionError("no such thing")
    return {"seed_seen": float(result.seed)}


@pytest.mark.parametrize("pooled", [False, True])
def test_a_failing_run_names_its_condition_and_seed(pooled: bool) -> None:
    with ThreadPoolExecutor(1) as threads, pytest.raises(RunError) as caught:
        replicate(
            vary("spacex", {"base": {}}, SHORT),
            fails_on_seed_2,
            (1, 2),
            workers=1,
            executor=threads if pooled else None,
        )
    assert str(caught.value) == "condition base, seed 2: ZeroDivisionError: no such thing"


def test_a_worker_that_dies_is_told_with_its_condition() -> None:
    def die(result: Result) -> dict[str, float]:
        raise BrokenProcessPool("gone")

    with pytest.raises(RunError, match="condition base, seed 1: a worker process died"):
        replicate(vary("spacex", {"base": {}}, SHORT), die, (1,), workers=1)


def test_bad_input_found_in_a_run_stays_bad_input() -> None:
    def refuse(result: Result) -> dict[str, float]:
        raise InputError("it: got 1, expected 2")

    with pytest.raises(InputError, match="condition base, seed 1: it: got 1, expected 2"):
        replicate(vary("spacex", {"base": {}}, SHORT), refuse, (1,), workers=1)


def test_several_rows_a_run() -> None:
    def portfolios(result: Result) -> list[dict[str, float | str]]:
        return [{"portfolio": name, "value": float(result.seed)} for name in ("one", "two")]

    found = replicate(vary("spacex", {"base": {}}, SHORT), portfolios, (1, 2), workers=1)
    assert list(found["portfolio"]) == ["one", "two", "one", "two"]
    assert list(found["value"]) == [1.0, 1.0, 2.0, 2.0]


def test_what_a_study_varies_cannot_be_assigned() -> None:
    with pytest.raises(InputError, match=r"offering\.price: the experiment varies it itself"):
        vary("spacex", TWO, {"offering.price": 140.0})
    given = vary("spacex", TWO, {"days": 9, "offering.retail_share": 0.1}, {"days": 5})
    assert all(s.days == 9 and s.offering.retail_share == 0.1 for s in given.values())


def test_assignments_that_a_variant_overrules_are_left_out() -> None:
    given = {"days": 9, "offering.price": 140.0, "offering.price_step": 1.0, "a.b.c": 2}
    assert not_overruled(given, {"offering.price": 1.0, "a.b": {}}) == {
        "days": 9, "offering.price_step": 1.0,
    }  # fmt: skip
