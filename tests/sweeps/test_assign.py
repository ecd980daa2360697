"""The short way to assign gives what `override` gives, for whatever is assigned."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.scenario import Scenario, load_scenario
from experiments.sweeps import assign as module
from experiments.sweeps.assign import assign
from sim.inputs import InputError, known_paths, override

BASE = load_scenario("spacex")
PATHS = known_paths(BASE)


def now(path: str) -> Any:
    value: Any = BASE
    for part in path.split("."):
        if isinstance(value, list | tuple):
            value = value[int(part)]
        else:
            value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
    return value


NUMBERS = [p for p in PATHS if isinstance(now(p), float | int) and not isinstance(now(p), bool)]


def outcome(way: Any, changes: dict[str, Any]) -> Scenario | str:
    try:
        return way(BASE, changes, "it")
    except InputError as error:
        return str(error)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(NUMBERS), st.one_of(st.floats(0, 2), st.integers(-1, 300)), max_size=4
    )
)
def test_numbers_anywhere(changes: dict[str, Any]) -> None:
    assert outcome(assign, changes) == outcome(override, changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"population.passive.assets": {"sp500": 1.0}},
        {"population.passive.assets.sp500": 3},
        {"offering.lockup.tranches.2.day": 71, "offering.insiders.0.shares": 1e9},
        {"offering.lockup.tranches.99.day": 71},
        {"population.hedge": {"count": 5}, "population.hedge.count": 6},
        {"indices.sp500.fast_entry.sessions": 10},
        {"news.sources": []},
        {"nothing.here": 1},
        {"population.retail.people": "many"},
        {"population.passive_share": 0.9},
        {},
    ],
)
def test_tables_lists_and_what_is_wrong(changes: dict[str, Any]) -> None:
    before = BASE.model_copy(deep=True)
    assert outcome(assign, changes) == outcome(override, changes)
    assert before == BASE


def test_the_short_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def long_way(*_: Any) -> Any:
        raise AssertionError("the long way")

    monkeypatch.setattr(module, "override", long_way)
    changes = {"population.passive_share": 0.3, "offering.lockup.tranches.2.day": 71}
    assert assign(BASE, changes, "it").population.passive_share == 0.3
