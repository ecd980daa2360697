"""Assign values to a scenario as `sim.inputs.override` does, at a small part of its cost.

Only the models on the way from the scenario to what is assigned are validated again, with all
rules between their fields; every other part is taken over as the valid model it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from experiments.scenario import Scenario
from sim.inputs import override

Tree = dict[Any, Any]


class _NotSo(Exception):
    """The short way does not lead there."""


class _Leaf:
    def __init__(self, value: Any) -> None:
        self.value = value


def assign(scenario: Scenario, assignments: Mapping[str, Any], source: str) -> Scenario:
    """A new scenario with the assigned values; raises InputError as `override`."""
    if not assignments:
        return scenario
    try:
        return Scenario.model_validate(_changed(scenario, _tree(assignments)))
    except (_NotSo, ValidationError):
        return override(scenario, assignments, source)  # says what is wrong, or knows the way


def _tree(assignments: Mapping[str, Any]) -> Tree:
    tree: Tree = {}
    for path, value in assignments.items():
        *parents, last = path.split(".")
        branch = tree
        for part in parents:
            branch = branch.setdefault(part, {})
            if isinstance(branch, _Leaf):
                raise _NotSo
        if last in branch:
            raise _NotSo
        branch[last] = _Leaf(value)
    return tree


def _changed(value: Any, tree: Tree) -> Any:
    """`value` as plain data as deep as the tree goes, and as it is below."""
    if isinstance(value, BaseModel):
        data: Any = {name: getattr(value, name) for name in type(value).model_fields}
    elif isinstance(value, Mapping):
        data = dict(value)
    elif isinstance(value, list | tuple):
        data = list(value)
        tree = {_place(key, len(data)): branch for key, branch in tree.items()}
    else:  # a table that is absent so far
        raise _NotSo
    for key, branch in tree.items():
        if isinstance(data, dict) and key not in data:
            raise _NotSo
        data[key] = branch.value if isinstance(branch, _Leaf) else _changed(data[key], branch)
    return data


def _place(key: str, length: int) -> int:
    if not key.isdecimal() or int(key) >= length:
        raise _NotSo
    return int(key)
