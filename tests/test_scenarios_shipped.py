"""Every scenario that ships runs, and eras differ in their facts only."""

from __future__ import annotations

import pytest

from experiments import load_scenario, run
from experiments.scenario import scenario_names
from sim.inputs import known_paths

#: What an era may change: who is indexed and to what, who trades ahead, fees, dates.
ERA = (
    "name",
    "description",
    "start",
    "population.passive_share",
    "population.other_share",
    "population.passive.assets",
    "population.passive.fee",
    "population.long_only.wealth_share",
    "population.long_only.fee",
    "population.hedge.wealth_share",
    "population.index_arbitrageurs.horizon",
    "indices.sp500.feeder_preference",
    "indices.sp500.demotion_share",
    "market.closing_use",
)


@pytest.mark.parametrize("name", scenario_names())
def test_it_runs_and_its_books_balance(name: str) -> None:
    result = run(load_scenario(name, {"days": 3}), seed=1)
    assert result.model.recorder.days == 3


@pytest.mark.parametrize("other", ["sp500-2005", "sp500-2016"])
def test_eras_differ_in_their_facts_only(other: str) -> None:
    first, second = load_scenario("sp500-1995"), load_scenario(other)
    one, two = known_paths(first), known_paths(second)
    changed = {path for path in set(one) | set(two) if _value(first, path) != _value(second, path)}
    leaves = {path for path in changed if not any(p.startswith(f"{path}.") for p in changed)}
    strange = [path for path in leaves if not path.startswith(ERA)]
    assert leaves and not strange


def _value(scenario: object, path: str) -> object:
    data: object = scenario.model_dump()  # type: ignore[attr-defined]
    for part in path.split("."):
        if isinstance(data, list | tuple):
            data = data[int(part)] if int(part) < len(data) else None
        else:
            data = data.get(part) if isinstance(data, dict) else None
    return data
