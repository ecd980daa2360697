"""The command that makes a results folder again, from what its manifest says."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from experiments.formats import plain, to_toml
from sim.inputs import InputError, parse_assignment

#: Said where the shipped files do not lead to what the folder holds.
FROM_A_FILE = (
    "The inputs came from a file of its own or have changed since; manifest.json holds them as "
    "they were used."
)


def command(manifest: Mapping[str, Any]) -> tuple[str, str]:
    """The command line, and a remark where it alone is not enough (else empty).

    Of a valuation ``row`` is the content of ``value.json``, of a sweep ``design`` that of
    ``design.json``.
    """
    kind = manifest.get("kind")
    if kind == "run":
        return _run(manifest)
    if kind == "value":
        return _value(manifest)
    if kind == "experiment":
        seeds = manifest.get("seeds") or [1, 2]
        words = ["ipolab", "experiment", str(manifest.get("name", "NAME"))]
        words += ["--replicates", str(len(seeds))]
        return _line(words, manifest.get("assignments"), seeds[0]), ""
    if isinstance(manifest.get("command"), str):
        return str(manifest["command"]), ""
    if kind == "sweep":
        return _sweep(manifest)
    return "", "manifest.json says what it was made from."


def _value(manifest: Mapping[str, Any]) -> tuple[str, str]:
    row = manifest.get("row") or {}
    words = ["ipolab", "value", str(manifest.get("company_file", "COMPANY"))]
    if row.get("stories"):
        words += ["--stories", str(row["stories"])]
    words += [f"--{name}" for name in ("years", "tornado", "research", "switches") if name in row]
    remark = "The value bridge needs --bridge with the earlier file." if "bridge" in row else ""
    return _line(words, manifest.get("changes"), manifest.get("seed")), remark


def _sweep(manifest: Mapping[str, Any]) -> tuple[str, str]:
    """The command of a shipped design, its replicates and fixed settings as they were."""
    from experiments.sweeps.design import load_design

    name, used = str(manifest.get("name")), dict(manifest.get("design") or {})
    try:
        shipped = load_design(name)
        fixed = dict(used.get("set") or {})
        changes = {path: v for path, v in fixed.items() if shipped.fixed.get(path) != v}
        given = load_design(name, _typed(changes), used.get("replicates"))
        known = plain(given.model_dump(by_alias=True))
    except InputError:
        return "ipolab sweep DESIGN.toml", FROM_A_FILE.replace("manifest", "design")
    parts = ("scenario", "factors", "sample", "set", "replicates", "first_seed")
    if any(known.get(part) != used.get(part) for part in parts):
        return "ipolab sweep DESIGN.toml", FROM_A_FILE.replace("manifest", "design")
    words = ["ipolab", "sweep", name]
    if used["replicates"] != shipped.replicates:
        words += ["--replicates", str(used["replicates"])]
    return _line(words, changes, None), ""


def _run(manifest: Mapping[str, Any]) -> tuple[str, str]:
    name, seed = str(manifest.get("name", "SCENARIO")), manifest.get("seed")
    changes, remark = _changes(name, manifest.get("scenario"))
    return _line(["ipolab", "run", name], changes, seed), remark


def _changes(name: str, resolved: Any) -> tuple[dict[str, Any], str]:
    """Assignments that turn a shipped scenario into the resolved one, or why there are none."""
    from experiments.scenario import load_scenario

    if not isinstance(resolved, Mapping):
        return {}, FROM_A_FILE
    try:
        shipped = plain(load_scenario(name))
        changes = dict(_different(shipped, resolved))
        if plain(load_scenario(name, _typed(changes))) == plain(resolved):
            return changes, ""
    except InputError:
        pass
    return {}, FROM_A_FILE


def _different(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves at which two resolved inputs differ, lists as one leaf."""
    if isinstance(one, Mapping) and isinstance(other, Mapping) and set(one) == set(other):
        for key in one:
            yield from _different(one[key], other[key], f"{path}.{key}" if path else str(key))
    elif one != other:
        yield path, other


def _line(words: list[str], changes: Any, seed: Any) -> str:
    if seed is not None:
        words = [*words, "--seed", str(seed)]
    for path, value in dict(changes or {}).items():
        words += ["--set", _assignment(str(path), value)]
    return shlex.join(words)


def _assignment(path: str, value: Any) -> str:
    """``path=value`` as the command line reads it; text is quoted only where it must be."""
    bare = f"{path}={value}"
    try:
        if isinstance(value, str) and parse_assignment(bare) == (path, value):
            return bare
    except InputError:
        pass
    return f"{path}={to_toml(value)}"


def _typed(changes: Mapping[str, Any]) -> dict[str, Any]:
    """What becomes of changes that are typed as assignments; not all that a file says can be."""
    return dict(parse_assignment(_assignment(str(path), value)) for path, value in changes.items())
