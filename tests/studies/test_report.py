from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.cli import app
from experiments.console import invoke
from experiments.folder import kind_of
from experiments.formats import read_table, schema_of
from experiments.studies import STUDIES, load_study
from experiments.studies.conduct import conduct
from experiments.studies.report import write_report
from sim.inputs import InputError
from tests.runs import SMALL

Call = Callable[..., tuple[int, str, str]]
FILES = {"manifest.json", "study.json", "table.parquet", "table.csv", "runs.parquet", "figures"}
FEW = ["--replicates", "2", "--workers", "1", "--set", "days=4"]
FEW += [part for path, value in SMALL.items() for part in ("--set", f"{path}={value}")]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = invoke(app, arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_says_what_it_asks(name: str) -> None:
    study = load_study(name)
    assert study.name == name and study.question.endswith("?") and study.flip
    conditions = study.conditions({"days": 30})
    # one run may measure several portfolios, so one condition can be enough
    assert conditions and study.conditions(study.flip)


def test_the_command_prints_and_writes(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "found"
    asked = ("experiment", "mechanisms", *FEW, "--seed", "5", "--out", str(folder))
    code, out, err = call(*asked)
    assert (code, err) == (0, "")
    for part in ("Gross proceeds", "direct listing", "less fixed price", "[", "Files in"):
        assert part in out
    assert {entry.name for entry in folder.iterdir()} == FILES and kind_of(folder) == "experiment"
    assert {path.name for path in (folder / "figures").iterdir()} == {
        "mechanisms.png", "paths.png",
    }  # fmt: skip
    study = json.loads((folder / "study.json").read_text())
    assert study["seeds"] == [5, 6] and study["reading"].split()[0] in out
    table, runs = (read_table(folder / f"{name}.parquet") for name in ("table", "runs"))
    assert len(table) == len(study["table"]) == len(pd.read_csv(folder / "table.csv"))
    assert len(runs) == 8 and len(runs["close"][0]) == 4
    manifest = json.loads((folder / "manifest.json").read_text())
    scenario = manifest["conditions"]["uniform_auction"]
    assert scenario["offering"]["mechanism"] == "uniform_auction" and scenario["days"] == 4

    before = {p: p.read_bytes() for p in folder.rglob("*.*") if p.name != "manifest.json"}
    code, out, err = call(*asked, "--json")  # again, over the earlier folder
    answer = json.loads(out)
    assert (code, err) == (0, "") and answer["table"] == study["table"]
    assert answer["verdict"] in ("supported", "in part", "contradicted", "undecided")
    assert {p: p.read_bytes() for p in before} == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mechanism",), "got 'mechanism', expected mechanisms"),
        (("qqq",), "expected hidden-risk or inclusion-effect or"),
        (("lockup", "--replicates", "1"), "got 1, expected a whole number of 2 or more"),
        (("lockup", "--workers", "0"), "got 0, expected a whole number of 1 or more"),
        (("mechanisms", "--set", "offering.mechanism=fixed_price"), "varies it itself"),
        (("lockup", "--set", "offering.prise=3"), "offering.price"),
        (("story", "--out", "taken"), "is a file, expected a folder"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").write_text("x")
    code, out, err = call("experiment", *arguments)
    assert (code, out) == (2, "") and err.count("\n") == 1 and said in err
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken"]


def test_help_names_the_studies(call: Call) -> None:
    code, out, _ = call("experiment", "--help")
    assert code == 0 and "Example: ipolab experiment" in out
    assert all(name in out for name in STUDIES)


def test_a_folder_that_cannot_be_written_whole_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = conduct(load_study("mechanisms"), 2, assignments={**SMALL, "days": 3}, workers=1)

    def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("experiments.show.style.save", full)
    with pytest.raises(OSError, match="disk full"):
        write_report(report, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("replicates", "workers"), [(1, 1), (2, 0)])
def test_refusals_of_the_library(replicates: int, workers: int) -> None:
    with pytest.raises(InputError, match="expected at least"):
        conduct(load_study("story"), replicates, workers=workers)


def test_only_numbers_text_and_arrays_can_be_kept() -> None:
    frame = pd.DataFrame({"n": [1], "x": [1.5], "name": ["a"], "path": [np.zeros(3)]})
    assert schema_of(frame).names == ["n", "x", "name", "path"]
    with pytest.raises(ValueError, match="column odd: got dict"):
        schema_of(pd.DataFrame({"odd": [{}]}))
