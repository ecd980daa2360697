"""Reading, checking and overriding input files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from sim.inputs import (
    InputError,
    Settings,
    known_paths,
    locate,
    override,
    parse,
    parse_assignment,
    read_toml,
    shipped,
)


class Inner(Settings):
    rate: float = Field(default=0.1, ge=0, le=1)
    note: str = "x"


class Outer(Settings):
    size: float = Field(gt=0)
    count: int = 1
    pair: float | tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]] = 1.0
    inner: Inner = Inner()
    maybe: float | None = None
    absent: Inner | None = None
    table: dict[str, Inner] = Field(default_factory=dict)
    several: tuple[Inner, ...] = ()


OUTER = Outer(size=2.0, table={"a": Inner()}, several=(Inner(), Inner(rate=0.4)))


def refusal(call, *arguments) -> str:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        ({"size": -3}, ["f.toml: size: got -3", "greater than 0"]),
        ({}, ["f.toml: size: missing"]),
        ({"size": float("nan")}, ["size: got nan", "finite"]),
        ({"size": float("inf")}, ["size: got inf", "finite"]),
        ({"size": "2"}, ["size: got '2'", "number"]),
        ({"size": True}, ["size: got True", "number"]),
        ({"size": 1, "count": 1.5}, ["count: got 1.5", "integer"]),
        ({"size": 1, "inner": {"rat": 1}}, ["inner.rat: unknown key", "rate"]),
        ({"size": 1, "inner": 3}, ["inner: got 3", "expected"]),
        ({"size": 1, "table": {"b": {"rate": 7}}}, ["table.b.rate: got 7", "less than or equal"]),
        ({"size": 1, "pair": [3, -1]}, ["pair.1: got -1", "greater than 0"]),
        ({"size": 1, "several": [{"rate": 2}]}, ["several.0.rate: got 2"]),
        ({"size": -1, "count": "x"}, ["size: got -1", "(and 1 more)"]),
    ],
)
def test_refusals_name_file_field_value_and_expectation(data, parts):
    message = refusal(parse, Outer, data, "f.toml")
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b=0.4", ("a.b", 0.4)),
        (" a = 3 ", ("a", 3)),
        ("a=true", ("a", True)),
        ("a=[1, 2.5]", ("a", [1, 2.5])),
        ("m=bookbuilding", ("m", "bookbuilding")),
        ('m="x y"', ("m", "x y")),
        ("m=a=b", ("m", "a=b")),
    ],
)
def test_assignments_read_as_toml_or_text(text, expected):
    assert parse_assignment(text) == expected


@pytest.mark.parametrize(
    "text", ["a", "=3", "a=", "", "a..b=1", "a=nan", "a=-inf", "a=NaN", "a=Infinity", "a=[1, inf]",
             "a=1e999"]
)  # fmt: skip
def test_assignments_refused(text):
    assert "expected" in refusal(parse_assignment, text)


def test_known_paths_reach_everything():
    paths = known_paths(OUTER)
    for path in ("size", "inner.rate", "maybe", "absent.rate", "table.a.rate", "several.1.rate"):
        assert path in paths


def test_override_changes_a_copy_only():
    changed = override(
        OUTER,
        {
            "inner.rate": 0.5, "maybe": 3.0, "absent.rate": 0.2, "table.a.rate": 0.7,
            "several.1.rate": 0.9, "pair": [1, 2],
        },
        "cli",
    )  # fmt: skip
    assert (changed.inner.rate, changed.maybe, changed.table["a"].rate) == (0.5, 3.0, 0.7)
    assert changed.absent == Inner(rate=0.2)
    assert changed.several[1].rate == 0.9
    assert changed.pair == (1.0, 2.0)
    assert OUTER.inner.rate == 0.1 and OUTER.maybe is None
    assert override(changed, {"pair.1": 5}, "cli").pair == (1.0, 5.0)


def test_override_refuses_unknown_paths_with_the_nearest():
    assert "inner.rate" in refusal(override, OUTER, {"inner.rat": 1}, "cli")
    assert "inner.rate" in refusal(override, OUTER, {"rate": 1}, "cli")
    assert "inner.rate: got 4" in refusal(override, OUTER, {"inner.rate": 4}, "cli")


def test_files(tmp_path: Path):
    (tmp_path / "good.toml").write_text("a = 1\n")
    (tmp_path / "broken.toml").write_text("a = 1\nb = = 2\n")
    (tmp_path / "open.toml").write_text("a = 1\nb = [1,\n")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder.toml").mkdir()
    assert read_toml(tmp_path / "good.toml") == {"a": 1}
    assert "broken.toml" in refusal(read_toml, tmp_path / "broken.toml")
    assert "line 2" in refusal(read_toml, tmp_path / "broken.toml")
    assert "line" in refusal(read_toml, tmp_path / "open.toml")
    assert "UTF-8" in refusal(read_toml, tmp_path / "bytes.toml")
    assert "cannot be read" in refusal(read_toml, tmp_path / "folder.toml")
    assert "no such file" in refusal(read_toml, tmp_path / "missing.toml")


def test_locate(tmp_path: Path):
    (tmp_path / "spacex.toml").write_text("")
    assert shipped(tmp_path) == ["spacex"]
    assert locate("spacex", tmp_path, "company") == tmp_path / "spacex.toml"
    path = str(tmp_path / "spacex.toml")
    assert locate(path, tmp_path, "company") == Path(path)
    for wrong in ("spacx", "../spacex", "", "nowhere.toml"):
        message = refusal(locate, wrong, tmp_path, "company")
        assert message.startswith(f"company {wrong!r}")
    assert "spacex" in refusal(locate, "spacx", tmp_path, "company")
