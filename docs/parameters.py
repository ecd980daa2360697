"""Write ``docs/parameters.md``: every setting of the scenario ``spacex`` with range and source.

Values come from the loaded scenario, ranges from the bounds of the settings classes, units and
sources from ``parameters.toml`` beside this file. ``python docs/parameters.py`` writes the page,
``--check`` only says whether it is what would be written.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from experiments.scenario import load_scenario
from sim.inputs import known_paths
from sim.offering.mechanisms import MECHANISMS

FOLDER = Path(__file__).parent
SCENARIO = "spacex"
ENTRIES = FOLDER / "parameters.toml"
PAGE = FOLDER / "parameters.md"
#: Settings whose allowed words are kept outside their type.
CHOICES = {"offering.mechanism": tuple(MECHANISMS)}
#: Case facts that come as lists, and the company's inputs, have pages of their own.
LEFT_OUT = ("companies.*", "offering.*.*", "news.*.*", "indices.*")

HEAD = """\
# Parameters

Every number and choice of the scenario `spacex` that `ipolab run spacex --set path=value` can
change, with the range that is accepted. Made by `python docs/parameters.py` from the settings
classes, the scenario and [parameters.toml](parameters.toml); change those, not this page.

Not here: the inputs of the valuation ([valuation.md](valuation.md)), and the facts of the case that
come as lists (news sources and report dates, private marks, peers, insiders' stakes, lock-up
tranches), each with its source in
[the scenario's file](../experiments/scenarios/spacex.toml).

Sources: *filing* the prospectus; *press* reports on the offering; *derived* arithmetic on those;
*assumption* where nothing better is known; otherwise the work that gives the number or, with
*range* or *form*, only its range or the form of the equation. Ranges are what the program accepts;
rules between settings (shares that add to one, an initial margin not below maintenance) are checked
as well. `[` and `]` include the bound, `(` and `)` do not; *none* switches a rule off and cannot be
given with `--set`.
"""


class Parameter(NamedTuple):
    """One line of the tables."""

    path: str
    value: Any
    allowed: str


def parameters() -> list[Parameter]:
    """Numbers, truth values and choices of the scenario, in the order of its settings."""
    scenario = load_scenario(SCENARIO)
    found = [
        Parameter(path, value, _allowed(path, field))
        for path, value, field in _leaves(scenario)
        if not any(fnmatchcase(path, pattern) for pattern in LEFT_OUT)
        and (path in CHOICES or _is_setting(value, field))
    ]
    unknown = {p.path for p in found} - set(known_paths(scenario))
    assert not unknown, f"not accepted by --set: {sorted(unknown)}"
    return found


def entries() -> dict[str, dict[str, str]]:
    """Unit and source by path or pattern."""
    return tomllib.loads(ENTRIES.read_text(encoding="utf-8"))


def entry_for(path: str, known: Mapping[str, dict[str, str]]) -> str | None:
    """The key that describes a path: the path itself, else the longest pattern that fits."""
    if path in known:
        return path
    return max((key for key in known if fnmatchcase(path, key)), key=len, default=None)


def faults() -> list[str]:
    """Paths without an entry, entries without a path, entries that say too little."""
    known, used = entries(), set()
    out = []
    for parameter in parameters():
        key = entry_for(parameter.path, known)
        used.add(key)
        if key is None:
            out.append(f"{parameter.path}: no entry in {ENTRIES.name}")
    out += [f"{ENTRIES.name}: {key}: describes no parameter" for key in known if key not in used]
    for key, entry in known.items():
        if set(entry) != {"unit", "source"} or not all(entry.values()):
            out.append(f"{ENTRIES.name}: {key}: expected unit and source, nothing else")
    return out


def page() -> str:
    """The text of ``parameters.md``."""
    known, groups = entries(), dict[str, list[Parameter]]()
    for parameter in parameters():
        groups.setdefault(_group(parameter.path), []).append(parameter)
    parts = [HEAD]
    for group, members in groups.items():
        lines = [
            f"## {group}",
            "",
            "| path | value | range | unit | source |",
            "|---|---|---|---|---|",
        ]
        for path, value, allowed in members:
            entry = known.get(entry_for(path, known) or "", {})
            cells = (f"`{path}`", show(value), allowed, entry.get("unit"), entry.get("source"))
            lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def show(value: Any) -> str:
    """A value as it would be typed after ``--set path=``."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    if abs(value) >= 1e6:
        mantissa, exponent = f"{value:.4e}".split("e")
        short = f"{float(mantissa):g}e{int(exponent)}"
        return short if float(short) == value else f"{value:_.0f}"
    return f"{value:.6g}" if abs(value) < 1e4 else f"{value:.10g}"


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` compare; the exit code."""
    problems = faults()
    if not problems and arguments == ["--check"]:
        old = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
        if old != page():
            problems = [f"docs/{PAGE.name}: out of date, run python docs/parameters.py"]
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        print(problems[0] + more, file=sys.stderr)
        return 1
    if arguments != ["--check"]:
        PAGE.write_text(page(), encoding="utf-8")
    return 0


def _group(path: str) -> str:
    first, *rest = path.split(".")
    if not rest:
        return "run"
    # a class of agents has a table of its own; single numbers stay with the population
    return f"{first}.{rest[0]}" if first == "population" and len(rest) > 1 else first


def _leaves(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any, FieldInfo]]:
    for name, field in type(model).model_fields.items():
        yield from _below(f"{prefix}{name}", getattr(model, name), field)


def _below(path: str, value: Any, field: FieldInfo) -> Iterator[tuple[str, Any, FieldInfo]]:
    if isinstance(value, BaseModel):
        yield from _leaves(value, f"{path}.")
    elif isinstance(value, Mapping | tuple):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in items:
            yield from _below(f"{path}.{key}", item, field)
    else:
        yield path, value, field


def _is_setting(value: Any, field: FieldInfo) -> bool:
    """Whether a leaf is a number, a truth value or a choice of words."""
    if value is None:
        return bool({int, float} & set(get_args(field.annotation)))
    return isinstance(value, bool | int | float) or get_origin(field.annotation) is Literal


def _allowed(path: str, field: FieldInfo) -> str:
    if path in CHOICES:
        return ", ".join(CHOICES[path])
    if get_origin(field.annotation) is Literal:
        return ", ".join(get_args(field.annotation))
    if field.annotation is bool:
        return "true, false"
    left, low, high, right = "(", "-∞", "∞", ")"
    for rule in field.metadata:
        for name in ("gt", "ge", "lt", "le"):
            bound = getattr(rule, name, None)
            if bound is None:
                continue
            if name in ("gt", "ge"):
                left, low = "(" if name == "gt" else "[", show(bound)
            else:
                right, high = ")" if name == "lt" else "]", show(bound)
    text = "any" if (low, high) == ("-∞", "∞") else f"{left}{low}, {high}{right}"
    return f"{text} whole" if field.annotation is int else text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
