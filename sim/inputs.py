"""Input files and their checks: a refusal is one line with file, field, value and expectation.

Settings are frozen pydantic models that live beside the mechanism they configure. They come from
TOML files and may be changed by dotted assignments (``segments.ai.target_margin=0.3``); after any
change the whole model is validated again, so an assignment can break no rule that a file must keep.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ValidationInfo

M = TypeVar("M", bound=BaseModel)


class InputError(ValueError):
    """Bad input from a file or an assignment; the message is one line fit to show the user."""


class Settings(BaseModel):
    """Frozen, refuses unknown keys, NaN and infinities, and text or truth values for numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _numbers_are_numbers(cls, value: Any, info: ValidationInfo) -> Any:
        # pydantic would read true as 1 and "3" as 3; in a data file both are mistakes
        wanted = _scalar_types(cls.model_fields[str(info.field_name)].annotation)
        if wanted and wanted <= {int, float, type(None)}:
            for leaf in _leaves(value):
                if isinstance(leaf, bool | str):
                    raise ValueError(f"expected a number, not {_show(leaf)}")
        return value


def read_toml(path: Path) -> dict[str, Any]:
    """The table in a TOML file. Raises InputError if missing, unreadable or broken (with line)."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file, expected a TOML file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text, expected a TOML file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: cannot be read ({reason}), expected a TOML file") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = str(error).replace("at end of document", f"at line {text.count(chr(10)) + 1}")
        raise InputError(f"{path}: broken TOML, {_one_line(where)}") from None


def parse(cls: type[M], data: dict[str, Any], source: str) -> M:
    """Validate `data` as `cls`; InputError names the first wrong field and counts the others."""
    try:
        return cls.model_validate(data)
    except ValidationError as error:
        raise InputError(_first_error(cls, data, error, source)) from None


def parse_assignment(text: str) -> tuple[str, Any]:
    """Split ``a.b=0.4`` into ``("a.b", 0.4)``: a TOML value if it reads as one, else plain text.

    Raises InputError on a missing ``=`` or name, and on NaN or an infinity.
    """
    path, equals, raw = text.partition("=")
    path, raw = path.strip(), raw.strip()
    if not equals or not path or not raw or any(not part for part in path.split(".")):
        raise InputError(f"assignment: got {_show(text)}, expected name=value, as in cash=24.7")
    try:
        table = tomllib.loads(f"value = {raw}")
        value = table["value"] if set(table) == {"value"} else raw
    except tomllib.TOMLDecodeError:
        value = raw
    for leaf in _leaves(value):
        if _not_finite(leaf):
            raise InputError(f"assignment: {path}: got {raw}, expected a finite number")
    return path, value


def known_paths(model: BaseModel) -> list[str]:
    """Every dotted path an assignment may use: fields, nested models, table keys, list items."""
    return [path for path, _ in _walk_model(model, "")]


def override(model: M, assignments: Mapping[str, Any], source: str) -> M:
    """A new model with the assigned values, validated again; the given model is left as it was.

    Raises InputError for an unknown path (with the nearest known ones) or a refused value.
    """
    if not assignments:
        return model
    data = model.model_dump()
    known = known_paths(model)
    for path, value in assignments.items():
        if path not in known:
            raise InputError(f"{source}: {path}: unknown, expected {_nearest(path, known)}")
        target: Any = data
        *parents, last = path.split(".")
        for part in parents:
            key = int(part) if isinstance(target, list) else part
            if target[key] is None:  # an optional table that was absent so far
                target[key] = {}
            elif isinstance(target[key], tuple):
                target[key] = list(target[key])
            target = target[key]
        # a table given whole may be changed by a later path, but never in the caller's hands
        target[int(last) if isinstance(target, list) else last] = deepcopy(value)
    return parse(type(model), data, source)


def value_at(model: BaseModel, path: str) -> Any:
    """The value that a dotted path leads to; raises InputError if it leads nowhere."""
    found: Any = model
    for part in path.split("."):
        try:
            found = found[part] if isinstance(found, Mapping) else getattr(found, part)
        except (KeyError, AttributeError):
            known = known_paths(model)
            raise InputError(f"{path}: unknown, expected {_nearest(path, known)}") from None
    return found


def shipped(folder: Path) -> list[str]:
    """Names of the TOML files in a folder, sorted."""
    return sorted(path.stem for path in Path(folder).glob("*.toml"))


def locate(name: str, folder: Path, kind: str) -> Path:
    """The file for a shipped name (``spacex``) or for a path to a ``.toml`` file."""
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise InputError(f"{kind} {_show(name)}: no such file, expected a {kind} file")
        return path
    names = shipped(folder)
    if name not in names:
        expected = f"{_nearest(name, names)} or a path to a .toml file"
        raise InputError(f"{kind} {_show(name)}: unknown, expected {expected}")
    return Path(folder) / f"{name}.toml"


def _walk_model(model: BaseModel, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, field in type(model).model_fields.items():
        path, value = f"{prefix}{name}", getattr(model, name)
        yield path, value
        if value is None:
            for nested in _models_in(field.annotation):
                yield from ((f"{path}.{child}", None) for child in nested.model_fields)
        else:
            yield from _walk_value(value, f"{path}.")


def _walk_value(value: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        yield from _walk_model(value, prefix)
    elif isinstance(value, Mapping | list | tuple):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in items:
            yield f"{prefix}{key}", item
            yield from _walk_value(item, f"{prefix}{key}.")


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]


def _scalar_types(annotation: Any) -> set[Any]:
    if get_origin(annotation) in (dict, Mapping):
        return _scalar_types(get_args(annotation)[1])
    # Annotated[float, Gt(0)] carries its bounds as arguments that are not types
    nested = [a for a in get_args(annotation) if isinstance(a, type) or get_args(a)]
    return set().union(*map(_scalar_types, nested)) if nested else {annotation}


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _not_finite(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and not math.isfinite(float(value))
    except OverflowError:
        return True
    except (TypeError, ValueError):
        return False


def _first_error(
    cls: type[BaseModel], data: dict[str, Any], error: ValidationError, source: str
) -> str:
    found = [(_field_path(detail, data), detail) for detail in error.errors(include_url=False)]
    if found[0][1]["type"] == "missing":  # a misspelt key explains why the right one is missing
        found.sort(key=lambda item: item[1]["type"] != "extra_forbidden")
    first = path = found[0][0]
    detail = found[0][1]
    for deeper, other in found[1:]:  # of a union's complaints the deepest is the telling one
        if len(deeper) > len(path) and deeper[: len(path)] == path:
            path, detail = deeper, other
    others = len({tuple(path) for path, _ in found if path[: len(first)] != first})
    where = f"{source}: {'.'.join(path)}" if path else source
    more = f" (and {others} more)" if others else ""
    return _one_line(f"{where}: {_complaint(cls, path, detail)}{more}")


def _field_path(detail: ErrorDetails, data: Any) -> list[str]:
    """The location without pydantic's labels for the branches of a union."""
    path: list[str] = []
    for position, part in enumerate(detail["loc"]):
        inside = isinstance(data, Mapping) and part in data
        item = isinstance(data, list | tuple) and isinstance(part, int) and part < len(data)
        missing = detail["type"] == "missing" and position == len(detail["loc"]) - 1
        if inside or item:
            data = data[part]
        elif not missing:
            continue
        path.append(str(part))
    return path


def _complaint(cls: type[BaseModel], path: list[str], detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        return "missing, expected a value"
    if detail["type"] == "extra_forbidden":
        return f"unknown key, expected {_nearest(path[-1], _field_names(cls, path[:-1]))}"
    message = detail["msg"].removeprefix("Value error, ")
    for opening in ("Input should be ", "Input should ", "expected "):
        message = message.removeprefix(opening)
    if detail["type"] == "value_error" and isinstance(detail["input"], Mapping | BaseModel):
        return message  # a rule between fields says itself which values clash
    return f"got {_show(detail['input'])}, expected {message}"


def _field_names(cls: type[BaseModel], path: list[str]) -> list[str]:
    """Fields allowed at a path of the model class, where they can be known."""
    models: list[type[BaseModel]] = [cls]
    for part in path:
        fields = [m.model_fields[part].annotation for m in models if part in m.model_fields]
        models = [found for field in fields for found in _models_in(field)] or models
    return [name for model in models for name in model.model_fields]


def _nearest(name: str, known: list[str]) -> str:
    if not known:
        return "no such key"
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if not near:
        last = name.rsplit(".", 1)[-1]
        near = [path for path in known if path.rsplit(".", 1)[-1] == last][:3]
    if near:
        return " or ".join(near)
    top = [path for path in known if "." not in path]
    return f"one of {', '.join(top[:30])}"


def _show(value: Any) -> str:
    text = _one_line(repr(value))
    return text if len(text) <= 80 else f"{text[:77]}..."


def _one_line(text: str) -> str:
    return " ".join(text.split())
