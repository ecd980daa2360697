"""Write ``docs/parameters.md``: every setting with value, range, unit and source.

Three parts: numbers and choices of the scenario ``spacex``; those that only ``ipo-panel`` has; and
the fields of everything else (lists, tables, names, dates) that a scenario may give, found by
walking the settings classes from `Scenario` down. Values come from the loaded scenarios or are the
defaults, ranges are the bounds of the settings classes, units and sources stand in the two TOML
files beside this one. ``python docs/parameters.py`` writes the page, ``--check`` only says whether
it is what would be written.
"""

from __future__ import annotations

import datetime
import sys
import tomllib
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from experiments.scenario import Scenario, load_scenario
from sim.inputs import Settings, known_paths
from sim.offering.mechanisms import MECHANISMS

FOLDER = Path(__file__).parent
#: The scenarios whose values are shown: of the second only what the first has not.
FIRST, SECOND = "spacex", "ipo-panel"
#: Units and sources: of values, and of fields of lists and tables.
ENTRIES = (FOLDER / "parameters.toml", FOLDER / "parameters-lists.toml")
PAGE = FOLDER / "parameters.md"
#: What is accepted, where a check says so and not the type; nothing below these is listed.
ACCEPTED = {
    "offering.mechanism": ", ".join(MECHANISMS),
    "offering.range": "(low, high), 0 < low ≤ high",
    "population.passive.assets.*": "[0, ∞)",
    "population.households.path": "list of (year ≥ 0, share in [0, 1)), years rising",
    "arrivals.*.offering": "as `offering`",
    "arrivals.*.news": "as `news.size` and the lists in `news`",
}
#: Shown by field in the third part although the scenarios have values.
BY_FIELD = ("companies.*", "offering.*.*", "news.*.*", "indices.*")
#: Steps of a path that name its table; one where none of these begins it.
DEPTH = {
    "population.issuance.": 3,
    "companies.": 3,
    "indices.": 3,
    "population.": 2,
    "arrivals.": 2,
    "corporate_actions.": 2,
}

HEAD = """\
# Parameters

Every setting that `ipolab run SCENARIO --set path=value` or a scenario's file can change, with the
range that is accepted. Made by `python docs/parameters.py` from the settings classes, two
scenarios, [parameters.toml](parameters.toml) and [parameters-lists.toml](parameters-lists.toml);
change those, not this page. Three parts:

* every number and choice of the scenario `spacex`, up to
  [the market for new issues](#market-for-new-issues);
* what only [`ipo-panel`](../experiments/scenarios/ipo-panel.toml) has: private companies, and who
  is there because of them;
* [lists, tables, names and dates](#lists-tables-names-and-dates), by field: rulebooks of indices,
  corporate actions, later arrivals, the facts of an offering, inputs of a valuation.

Sources: *filing* the prospectus; *press* reports on the offering; *derived* arithmetic on those;
*calibrated* as [calibration.md](calibration.md) says; *assumption* where nothing better is known;
otherwise the work that gives the number or, with *range*, *form* or *sign*, only its range, the
form of the equation or the direction. Ranges are what the program accepts; rules between settings
(shares that add to one, an initial margin not below maintenance) are checked as well. `[` and `]`
include the bound, `(` and `)` do not; *none* switches a rule off and cannot be given with `--set`.
"""
ISSUES = """\
## Market for new issues

What the scenario `ipo-panel` has beside the settings above
([new-issues.md](new-issues.md)); `ipolab run ipo-panel --set path=value` changes it. Its other
values are those above unless [its file](../experiments/scenarios/ipo-panel.toml) says otherwise.
"""
LISTS = """\
## Lists, tables, names and dates

What a scenario gives as a list, a table, a name or a date, by field; `*` stands for a name or a
place in a list (`indices.sp500.count`, `corporate_actions.0.ratio`). The values, each with its
source beside it, stand in the file of an index (source *rulebook*:
[`sim/index/rulebooks`](../sim/index/rulebooks)), of a scenario (*case*:
[`experiments/scenarios`](../experiments/scenarios)) or of a company (*company*:
[`sim/valuation/companies`](../sim/valuation/companies), [valuation.md](valuation.md)). The default
holds where a file says nothing; *given* means that it must say, *none* that there is no such rule
or part, *empty* an empty text, list or table.
"""


class Parameter(NamedTuple):
    """One line of the tables."""

    path: str
    value: Any
    allowed: str


class Field(NamedTuple):
    """One field of a settings class and the pattern of the paths that lead to it."""

    path: str
    owner: type[BaseModel]
    name: str
    info: FieldInfo


@cache
def parts() -> tuple[list[Parameter], ...]:
    """Lines of the three parts of the page."""
    first = of_scenario(FIRST)
    known = {parameter.path for parameter in first}
    second = [found for found in of_scenario(SECOND) if found.path not in known]
    shown = known | {parameter.path for parameter in second}
    rest = [
        Parameter(field.path, _default(field.info), _allowed_of_field(field))
        for field in fields()
        if not _shown_as(field, shown)
    ]
    return first, second, rest


def of_scenario(name: str) -> list[Parameter]:
    """Numbers, truth values and choices of a scenario, in the order of its settings."""
    scenario = load_scenario(name)
    found = [
        Parameter(path, value, _allowed(path, info))
        for path, value, info in _leaves(scenario)
        if not any(fnmatchcase(path, pattern) for pattern in BY_FIELD)
        and (path in ACCEPTED or _is_setting(value, info))
    ]
    unknown = {p.path for p in found} - set(known_paths(scenario))
    assert not unknown, f"not accepted by --set: {sorted(unknown)}"
    return found


def fields(owner: type[BaseModel] = Scenario, prefix: str = "") -> Iterator[Field]:
    """Every field that holds no settings itself, of a class and of those it is made of."""
    for name, info in owner.model_fields.items():
        path, inside = f"{prefix}{name}", _settings_in(info.annotation)
        if inside is None or path in ACCEPTED:
            yield Field(path, owner, name, info)
            continue
        kind, many = inside
        path += ".*" if many else ""
        yield from fields(kind, f"{path}.")


def places(owner: type[BaseModel]) -> dict[str, list[str]]:
    """Where the page shows the fields of a settings class: paths by name of field.

    A class is shown where it is used itself or by a class made from it. A field that holds settings
    is shown by what these hold.
    """
    shown = {parameter.path for part in parts() for parameter in part}
    out: dict[str, list[str]] = {name: [] for name in owner.model_fields}
    for field in fields():
        if issubclass(field.owner, owner) and field.name in out:
            out[field.name] += _shown_as(field, shown)
    for name, info in owner.model_fields.items():
        inside = _settings_in(info.annotation)
        if inside is not None:
            out[name] = [path for found in places(inside[0]).values() for path in found]
    return out


def entries() -> dict[str, dict[str, str]]:
    """Unit and source by path or pattern."""
    found: dict[str, dict[str, str]] = {}
    for file in ENTRIES:
        found |= tomllib.loads(file.read_text(encoding="utf-8"))
    return found


def entry_for(path: str, known: Mapping[str, dict[str, str]]) -> str | None:
    """The key that describes a path: the path itself, else the longest pattern that fits."""
    if path in known:
        return path
    return max((key for key in known if _fits(path, key)), key=len, default=None)


def faults() -> list[str]:
    """Paths without an entry, entries without a path, entries that say too little."""
    known, used = entries(), set()
    out = []
    for parameter in (each for part in parts() for each in part):
        key = entry_for(parameter.path, known)
        used.add(key)
        if key is None:
            out.append(f"{parameter.path}: no entry in {ENTRIES[0].name} or {ENTRIES[1].name}")
    out += [f"{key}: has an entry and is no parameter" for key in known if key not in used]
    for key, entry in known.items():
        if set(entry) != {"unit", "source"} or not all(entry.values()):
            out.append(f"{key}: expected unit and source, nothing else")
    return out


def page() -> str:
    """The text of ``parameters.md``."""
    first, second, rest = parts()
    return "\n".join(
        [
            HEAD,
            *_tables(first, "##", "| path | value | range | unit | source |"),
            ISSUES,
            *_tables(second, "###", "| path | value | range | unit | source |"),
            LISTS,
            *_tables(rest, "###", "| path | default | range | unit or meaning | source |"),
        ]
    )


def _tables(parameters: list[Parameter], mark: str, columns: str) -> Iterator[str]:
    known, groups = entries(), dict[str, list[Parameter]]()
    for parameter in parameters:
        groups.setdefault(_group(parameter.path), []).append(parameter)
    for group, members in groups.items():
        lines = [f"{mark} {group}", "", columns, "|---|---|---|---|---|"]
        for path, value, allowed in members:
            entry = known.get(entry_for(path, known) or "", {})
            cells = (f"`{path}`", show(value), allowed, entry.get("unit"), entry.get("source"))
            lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
        yield "\n".join(lines) + "\n"


def show(value: Any) -> str:
    """A value as it would be typed after ``--set path=``, lists with commas."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | datetime.date):
        return str(value) or "empty"
    if isinstance(value, Mapping | tuple):
        return ", ".join(map(show, value)) or "empty"
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
    """The table of a path: the first steps of it, mostly those that lead to one class."""
    depth = next((steps for start, steps in DEPTH.items() if path.startswith(start)), 1)
    return ".".join(path.split(".")[:-1][:depth]) or "run"


def _fits(path: str, pattern: str) -> bool:
    """Whether a path is of a pattern; ``*`` stands for one step of it or a part of one."""
    steps, wanted = path.split("."), pattern.split(".")
    return len(steps) == len(wanted) and all(map(fnmatchcase, steps, wanted))


def _shown_as(field: Field, shown: Collection[str]) -> list[str]:
    """Paths shown that lead to a field or, if it is a list or a table, to what is in it."""
    patterns = (field.path, f"{field.path}.*")
    return [path for path in shown if any(_fits(path, pattern) for pattern in patterns)]


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


def _settings_in(annotation: Any) -> tuple[type[Settings], bool] | None:
    """The settings class that a field holds, and whether it holds many; None for other fields."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return annotation, False
    for argument in get_args(annotation):
        inside = _settings_in(argument)
        if inside is not None:
            return inside[0], inside[1] or get_origin(annotation) in (dict, tuple)
    return None


def _default(info: FieldInfo) -> Any:
    if info.is_required():
        return "given"
    value = info.get_default(call_default_factory=True)
    return "" if isinstance(value, BaseModel) else value


def _allowed_of_field(field: Field) -> str:
    """What is accepted for a field as a whole."""
    text, container = _allowed(field.path, field.info), get_origin(field.info.annotation)
    if field.path in ACCEPTED or container not in (tuple, dict):
        return text
    return f"{'list' if container is tuple else 'table'} of {text}"


def _allowed(path: str, info: FieldInfo) -> str:
    """What is accepted for a single value: a field's, or one in its list or table."""
    for pattern, text in ACCEPTED.items():
        if _fits(path, pattern):
            return text
    kinds, rules = _scalars(info.annotation)
    words = [kind for kind in kinds if isinstance(kind, str)]
    if words:
        return ", ".join(words)
    if bool in kinds:
        return "true, false"
    if datetime.date in kinds:
        return "date"
    if not {int, float} & set(kinds):
        return "text"
    return _interval([*info.metadata, *rules], whole=float not in kinds)


def _scalars(annotation: Any) -> tuple[list[Any], list[Any]]:
    """Types of the single values in an annotation, words of a choice, and the bounds on them."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation)), []
    if isinstance(annotation, FieldInfo):
        return [], list(annotation.metadata)
    inside = [_scalars(argument) for argument in get_args(annotation)] or [([annotation], [])]
    return [k for kinds, _ in inside for k in kinds], [r for _, rules in inside for r in rules]


def _interval(rules: list[Any], whole: bool) -> str:
    left, low, high, right = "(", "-∞", "∞", ")"
    for rule in rules:
        for name in ("gt", "ge", "lt", "le"):
            bound = getattr(rule, name, None)
            if bound is None:
                continue
            if name in ("gt", "ge"):
                left, low = "(" if name == "gt" else "[", show(bound)
            else:
                right, high = ")" if name == "lt" else "]", show(bound)
    text = "any" if (low, high) == ("-∞", "∞") else f"{left}{low}, {high}{right}"
    return f"{text} whole" if whole else text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
