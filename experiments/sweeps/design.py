"""The design of a sweep: which settings vary, over which values, how often, what is kept.

A design is one TOML file, shipped in ``designs/`` or given by path:

    scenario = "spacex"        # a shipped scenario, or a file beside the design
    replicates = 20            # runs at every point, with seeds first_seed, first_seed + 1, …

    [set]                      # the same at every point
    days = 130

    [factors]                  # crossed with each other
    "population.passive_share" = [0.1, 0.3, 0.5]
    "offering.price" = { from = 100, to = 200, steps = 5 }

    [sample]                   # drawn jointly, then crossed with the factors
    method = "latin-hypercube"
    points = 256
    [sample.factors]
    "population.retail.reproduction" = { from = 0.5, to = 2.0, scale = "log" }

Every point uses the same seeds (common random numbers; Glasserman and Yao 1992), so that two points
differ only in what the factors do; with ``common_random_numbers = false`` every run has its own.

Methods of sampling: ``random``; ``latin-hypercube`` (McKay, Beckman and Conover 1979); ``sobol``
(scrambled; Owen 1998); ``saltelli`` and ``morris``, the designs that Sobol' indices (Saltelli 2002)
and elementary effects (Morris 1991) are computed from.  ``points_file`` names a CSV file instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from sim.inputs import InputError, Settings, locate, parse, read_toml, shipped

FOLDER = Path(__file__).parent / "designs"

Method = Literal["latin-hypercube", "sobol", "random", "saltelli", "morris"]
#: Series of the company in focus that can be kept day by day; ``market`` is the market's level.
Series = Literal[
    "open", "high", "low", "close", "volume", "closing_volume", "value", "market",
    "passive_share", "market_gap", "excited", "bored", "media", "trend_position",
    "short_interest", "utilisation", "fee", "float_fraction",
]  # fmt: skip


class Interval(Settings):
    """Numbers between ``from`` and ``to``, evenly spaced or so in logarithms."""

    model_config = ConfigDict(populate_by_name=True)

    low: float = Field(alias="from")
    high: float = Field(alias="to")
    scale: Literal["linear", "log"] = "linear"
    whole: bool = False  # rounded to whole numbers

    @model_validator(mode="after")
    def _ordered(self) -> Interval:
        if self.high <= self.low:
            raise ValueError(f"to: got {self.high:g}, expected more than from = {self.low:g}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"from: got {self.low:g}, expected more than 0 on a log scale")
        return self

    def at(self, u: float) -> float | int:
        """The value a part u (0 to 1) of the way."""
        if self.scale == "log":
            value = self.low * (self.high / self.low) ** u
        else:
            value = self.low + (self.high - self.low) * u
        value = min(max(value, self.low), self.high)  # rounding may step over an end
        return round(value) if self.whole else value


class Steps(Interval):
    """An interval in so many values, both ends included."""

    steps: int = Field(ge=2)

    def values(self) -> list[float | int]:
        """The values, in order."""
        return [self.at(step / (self.steps - 1)) for step in range(self.steps)]


Levels = list[Any]


class Sample(Settings):
    """Factors drawn jointly: ``points`` of them, or those in a file.

    For ``saltelli`` ``points`` is the base sample N of N·(d + 2) points (N·(2d + 2) with
    ``second_order``), for ``morris`` the number of trajectories of d + 1 points each.
    """

    method: Method | None = None
    points: int | None = Field(default=None, ge=1)
    seed: int = Field(default=1, ge=0)
    second_order: bool = False
    points_file: str | None = None
    factors: dict[str, Interval] = {}

    @model_validator(mode="after")
    def _complete(self) -> Sample:
        if self.points_file is not None:
            if self.factors or self.points is not None or self.method is not None:
                raise ValueError("points_file: expected no method, points or factors beside it")
            return self
        if self.method is None or self.points is None or not self.factors:
            given = {"method": self.method, "points": self.points, "factors": self.factors}
            missing = next(name for name, value in given.items() if not value)
            raise ValueError(f"{missing}: missing, expected a value (or a points_file)")
        if self.method in ("sobol", "saltelli") and self.points & (self.points - 1):
            raise ValueError(
                f"points: got {self.points}, expected a power of two such as "
                f"{1 << self.points.bit_length()}, which {self.method} needs"
            )
        return self

    def count(self) -> int | None:
        """How many points; None if a file says."""
        if self.points is None:
            return None
        d = len(self.factors)
        if self.method == "saltelli":
            return self.points * (2 * d + 2 if self.second_order else d + 2)
        return self.points * (d + 1) if self.method == "morris" else self.points


class Outputs(Settings):
    """What is kept of a run: figures of ``summary.json`` (all numeric ones by default), series."""

    summary: tuple[str, ...] = ()
    daily: tuple[Series, ...] = ()

    @field_validator("summary", "daily")
    @classmethod
    def _once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not name or names.count(name) > 1:
                raise ValueError(f"{name!r} twice or empty, expected different names")
        return names


class Design(Settings):
    """A design as its file gives it; dotted paths are keys."""

    model_config = ConfigDict(populate_by_name=True)

    description: str = ""
    scenario: str
    replicates: int = Field(default=20, ge=1, le=1_000_000)
    first_seed: int = Field(default=1, ge=0, le=2**53)
    common_random_numbers: bool = True
    time_limit: float | None = Field(default=None, gt=0)
    fixed: dict[str, Any] = Field(default={}, alias="set")
    factors: dict[str, Steps | Levels] = {}
    sample: Sample | None = None
    outputs: Outputs = Outputs()

    @field_validator("factors", mode="before")
    @classmethod
    def _values_given(cls, factors: Any) -> Any:
        for path, levels in factors.items() if isinstance(factors, Mapping) else ():
            if not isinstance(levels, list | Mapping | Steps) or levels == []:
                raise ValueError(f"{path}: got {levels!r}, expected a list of values or a range")
        return factors

    @model_validator(mode="after")
    def _factors_apart(self) -> Design:
        if not self.factors and self.sample is None:
            raise ValueError("factors: missing, expected at least one (or a sample)")
        drawn = list(self.sample.factors) if self.sample else []
        if self.sample and self.sample.method in ("saltelli", "morris") and self.factors:
            raise ValueError(f"factors: expected none beside a {self.sample.method} sample")
        check_apart([*self.factors, *drawn], self.fixed)
        for path, levels in self.factors.items():
            if isinstance(levels, Steps):  # too many are refused elsewhere, uncounted
                values = levels.values() if levels.whole and levels.steps <= 100_000 else []
            else:
                values = levels
            if len({repr(value) for value in values}) < len(values):
                raise ValueError(f"factors.{path}: a value is given twice, expected different ones")
        return self

    def grid(self) -> int:
        """How many combinations the crossed factors have, without making them."""
        return prod(len(v) if isinstance(v, list) else v.steps for v in self.factors.values())


def check_apart(paths: list[str], fixed: Mapping[str, Any]) -> None:
    """Raises ValueError if a factor is set as well, or two are the same or one inside the other.

    A factor may lie inside a table that is set, as one of the tranches of a lock-up.
    """
    for number, path in enumerate(paths):
        others = paths[number + 1 :]
        for other in [*others, *fixed]:
            inside = path.startswith(f"{other}.") and other in others
            if path == other or inside or other.startswith(f"{path}."):
                clash = "given twice" if path == other else f"overlaps {other}"
                raise ValueError(f"{path}: {clash}, expected every setting once")


def design_names() -> list[str]:
    """Names of the designs that ship with the project."""
    return shipped(FOLDER)


def load_design(
    name_or_path: str | Path,
    changes: Mapping[str, Any] | None = None,
    replicates: int | None = None,
) -> Design:
    """Load a design by name or path; `changes` go on top of its ``[set]``.

    Raises InputError with one line: file, field, value, what was expected.
    """
    path = locate(str(name_or_path), FOLDER, "design")
    data = read_toml(path)
    for table in ("set", "factors"):
        if isinstance(data.get(table), dict):
            data[table] = dict(_flat(data[table]))
    sample = data.get("sample")
    if isinstance(sample, dict):
        if isinstance(sample.get("factors"), dict):
            sample["factors"] = dict(_flat(sample["factors"]))
        sample["points_file"] = _beside(path, sample.get("points_file"))
    data["scenario"] = _beside(path, data.get("scenario"))
    if data["scenario"] is None:
        data.pop("scenario")
    if changes and isinstance(data.get("set", {}), dict):  # anything else is refused below
        data["set"] = {**data.get("set", {}), **changes}
    if replicates is not None:
        data["replicates"] = replicates
    return parse(Design, data, path.name)


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys without quotes nest in TOML; a table with ``from`` is an interval."""
    for key, value in table.items():
        if isinstance(value, Mapping) and value and "from" not in value and "." not in key:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _beside(design: Path, name: Any) -> Any:
    """A file given by name is looked for beside the design first."""
    if not isinstance(name, str) or not name.endswith((".toml", ".csv")):
        return name
    beside = design.parent / name
    if not beside.is_file() and not Path(name).is_file():
        raise InputError(f"{design.name}: {name}: no such file, expected one beside the design")
    return str(beside) if beside.is_file() else name
