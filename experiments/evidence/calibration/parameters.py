"""What may vary: dotted paths of behaviour with their ranges, on the unit cube or in own units.

>>> space = load_space()
>>> space.values(space.shipped())["population.long_only.elasticity"]

A parameter on a log scale is uniform in its logarithm. A point is a row (parameters,) of numbers
between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from experiments.scenario import Scenario, load_scenario
from experiments.sweeps.design import Interval
from sim.inputs import InputError, override, parse, read_toml, value_at

Array = NDArray[np.float64]
BLOCKS = Path(__file__).parent / "blocks"
#: Block of parameters that is taken if none is named.
EVERYTHING = "all"
FILE = BLOCKS / EVERYTHING / "parameters.toml"
MOST = 15
#: What is behaviour: agents' rules, and how far investors' opinions about the young differ.
BEHAVIOUR = ("population.", "pipeline.disagreement")
#: Behaviour of those who are there because private companies come to market.
NEW_ISSUES = ("population.issuance.", "pipeline.")
#: Significant digits of values, so that those written down are those that were run.
DIGITS = 4
#: Scenario that all parameters belong to, for their shipped values.
SCENARIO = "ipo-panel"


class Range(Interval):
    """An interval, and what it rests on."""

    source: str = Field(min_length=1)


@dataclass(frozen=True)
class Space:
    """Ranges by dotted path, and the value of each in the model as it is shipped."""

    ranges: Mapping[str, Range]
    defaults: Mapping[str, float]

    @property
    def paths(self) -> tuple[str, ...]:
        """Dotted paths, in the order of the columns of all arrays."""
        return tuple(self.ranges)

    def values(self, unit: Array) -> dict[str, float]:
        """A point (parameters,) of the unit cube in own units, rounded."""
        pairs = zip(self.ranges.items(), unit, strict=True)
        return {path: rounded(own.at(float(u))) for (path, own), u in pairs}

    def unit(self, values: Mapping[str, float]) -> Array:
        """The point (parameters,) of values in own units."""
        found = []
        for path, own in self.ranges.items():
            low, high, value = own.low, own.high, float(values[path])
            if own.scale == "log":
                low, high, value = np.log(low), np.log(high), np.log(value)
            found.append((value - low) / (high - low))
        return np.clip(np.array(found), 0.0, 1.0)

    def shipped(self) -> Array:
        """The point (parameters,) at which the model is shipped."""
        return self.unit(self.defaults)


def blocks() -> list[str]:
    """Names of the blocks that ship, each with its parameters and targets."""
    return sorted(folder.name for folder in BLOCKS.iterdir() if folder.is_dir())


def parameters_of(block: str) -> Path:
    """The file of a block's ranges."""
    return BLOCKS / block / "parameters.toml"


def load_space(path: Path | str = FILE, scenario: str = SCENARIO) -> Space:
    """Ranges from a file, checked against a scenario that has all the parameters.

    Raises InputError for more than fifteen parameters, a bad range, one that the shipped value is
    not in, or a path that is no behaviour or no number.
    """
    file = Path(path)
    data = read_toml(file)
    if not 1 <= len(data) <= MOST:
        raise InputError(f"{file.name}: got {len(data)} parameters, expected 1 to {MOST}")
    base = load_scenario(scenario)
    ranges, defaults = {}, {}
    for name, given in data.items():
        if not name.startswith(BEHAVIOUR):
            raise InputError(f"{file.name}: got {name}, expected behaviour (population.…)")
        ranges[name] = parse(Range, given, f"{file.name}: {name}")
        low = override(base, {name: ranges[name].low}, file.name)
        override(base, {name: ranges[name].high}, file.name)
        try:
            defaults[name] = float(value_at(base, name))
        except (InputError, TypeError):  # a table that the scenario leaves to its defaults
            defaults[name] = float(_default(low, name))
        if not ranges[name].low <= defaults[name] <= ranges[name].high:
            raise InputError(
                f"{file.name}: {name}: got {ranges[name].low:g} to {ranges[name].high:g}, expected "
                f"a range that holds the shipped {defaults[name]:g}"
            )
    return Space(ranges, defaults)


def _default(scenario: Scenario, path: str) -> Any:
    *parents, last = path.split(".")
    owner = value_at(scenario, ".".join(parents))
    return type(owner).model_fields[last].default


def rounded(value: float) -> float:
    """A value with `DIGITS` significant digits."""
    return float(f"{value:.{DIGITS}g}")


def applying(values: Mapping[str, float], scenario: Scenario) -> dict[str, float]:
    """The values that a scenario has agents for: nobody trades new issues where none may come."""
    return {
        path: value
        for path, value in values.items()
        if scenario.pipeline is not None or not path.startswith(NEW_ISSUES)
    }


def table(space: Space, points: Sequence[Array], scenario: Scenario) -> list[list[str]]:
    """Points as the lines of a file of points (`experiments.sweeps.points.read_points`)."""
    rows = [applying(space.values(point), scenario) for point in points]
    return [list(rows[0]), *([repr(value) for value in row.values()] for row in rows)]
