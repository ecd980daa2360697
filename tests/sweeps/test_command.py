"""``ipolab sweep``: exit codes, what it prints, and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from experiments import console
from experiments.cli import app
from experiments.console import invoke
from experiments.sweeps import command
from experiments.sweeps.engine import sweep
from tests.sweeps import works
from tests.sweeps.cases import SHARE, Here

TEXT = f"""
scenario = "spacex"
replicates = 2
[set]
days = 4
"universe.kind" = "market"
[factors]
"{SHARE}" = [0.1, 0.3]
"""


@pytest.fixture
def design(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A design file; sweeps run made-up work in this process."""
    monkeypatch.chdir(tmp_path)
    use(monkeypatch, works.cheap)
    path = tmp_path / "mine.toml"
    path.write_text(TEXT)
    return path


def use(monkeypatch: pytest.MonkeyPatch, work: Any) -> None:
    def stand_in(design: Any, workers: Any = None, cluster: Any = None, **options: Any) -> Any:
        return sweep(design, executor=Here(), work=work, **options)

    monkeypatch.setattr(command, "sweep", stand_in)


def test_it_runs_and_says_where_the_rows_are(design: Path, capsys: Any) -> None:
    assert invoke(app, ["sweep", "mine.toml"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("4 runs at 2 points in results/sweeps/mine (4 new, ")
    assert invoke(app, ["sweep", "mine.toml", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["done"] == row["kept"] == 4 and row["out"] == "results/sweeps/mine"
    assert invoke(app, ["sweep", "--status", "results/sweeps/mine"]) == 0
    assert capsys.readouterr().out == "finished: 4 of 4 runs (100%)\n"


def test_options_change_the_design(design: Path, capsys: Any) -> None:
    given = ["--replicates", "3", "--set", "population.other_share=0.2", "--out", "there", "--json"]
    assert invoke(app, ["sweep", "mine.toml", *given]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == 6
    saved = json.loads(Path("there/design.json").read_text())
    assert saved["base"]["population"]["other_share"] == 0.2


def test_failed_runs_are_told(design: Path, capsys: Any, monkeypatch: Any) -> None:
    use(monkeypatch, works.raises)
    assert invoke(app, ["sweep", "mine.toml"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("ipolab: 2 of 4 runs failed, see results/sweeps/mine/errors.parquet")
    use(monkeypatch, works.cheap)
    assert invoke(app, ["sweep", "mine.toml", "--retry"]) == 0


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nothing-like-it"],
        ["mine.toml", "--replicates", "0"],
        ["mine.toml", "--set", f"{SHARE}=0.2"],
        ["--status", "nowhere"],
        ["mine.toml", "--status", "nowhere"],
        ["mine.toml", "--out", "x" * 300],
    ],
)
def test_bad_input_is_two_and_writes_nothing(design: Path, words: list[str], capsys: Any) -> None:
    assert invoke(app, ["sweep", *words]) == 2
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.strip().splitlines()) == 1
    assert not Path("results").exists()


def test_a_line_a_minute_where_there_is_no_terminal(capsys: Any, monkeypatch: Any) -> None:
    clock = iter([0.0, 0.0, 1.0, 61.0, 62.0])
    monkeypatch.setattr(console, "monotonic", lambda: next(clock))
    with console.run_progress("sweep mine") as advance:
        for done in (10, 132, 140):
            advance(done, 1000)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["sweep mine: 132 of 1,000 runs, 2.0 runs/s, 7 min left"]


def test_designs_are_listed(capsys: Any) -> None:
    assert invoke(app, ["list", "--json"]) == 0
    names = [item["name"] for item in json.loads(capsys.readouterr().out)["designs"]]
    assert "passive-share" in names
