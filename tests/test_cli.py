from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from experiments.cli import COMMANDS, app
from experiments.console import invoke
from experiments.results import Result, read_results
from sim.inputs import InputError
from sim.valuation.company import FOLDER

Make = Callable[..., Result]
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = invoke(app, arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def world(
    make_result: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> dict[str, list[Any]]:
    """A world of one made-up scenario that runs at once and notes what it was asked."""
    asked: dict[str, list[Any]] = {"load": [], "run": []}

    def load(name: str, assignments: dict[str, Any]) -> str:
        asked["load"].append((name, assignments))
        if name == "nowhere":
            raise InputError("scenario: got 'nowhere',\nexpected one of madeup")
        return name

    def run(scenario: str, seed: int, progress: Any) -> Result:
        asked["run"].append((scenario, seed))
        return make_result(seed=seed)

    monkeypatch.setitem(sys.modules, "experiments.scenario", SimpleNamespace(load_scenario=load))
    monkeypatch.setitem(sys.modules, "experiments.simulate", SimpleNamespace(run=run))
    monkeypatch.chdir(tmp_path)
    return asked


def one_line(text: str) -> bool:
    return text.startswith("ipolab: ") and text.count("\n") == 1 and "Traceback" not in text


def test_run_writes_a_folder_and_prints_a_table(call: Call, world: dict[str, list[Any]]) -> None:
    code, out, err = call("run", "madeup", "--seed", "7", "--days", "30", "--no-figures")
    assert (code, err) == (0, "")
    assert "Offer price" in out and "$16.00" in out and "results/madeup/" in out
    assert read_results("results/madeup").seed == 7
    assert world["load"] == [("madeup", {"days": 30})] and world["run"] == [("madeup", 7)]


def test_run_json_is_one_object(call: Call, world: dict[str, list[Any]], tmp_path: Path) -> None:
    out_dir = str(tmp_path / "a folder")
    code, out, err = call("run", "madeup", "--json", "--no-figures", "--out", out_dir)
    answer = json.loads(out)
    assert (code, err) == (0, "")
    assert answer["summary"]["offer_price"] == 16.0 and answer["out"] == out_dir


def test_assignments_reach_the_scenario(call: Call, world: dict[str, list[Any]]) -> None:
    call("run", "madeup", "--no-figures", "--set", "a.b=0.4", "--set", "m=bookbuilding")
    assert world["load"] == [("madeup", {"a.b": 0.4, "m": "bookbuilding"})]


def test_a_file_names_its_folder(call: Call, world: dict[str, list[Any]]) -> None:
    assert call("run", "deep/mine.toml", "--no-figures")[0] == 0
    assert Path("results/mine/summary.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run",), "Missing argument"),
        (("run", "madeup", "--seed", "x"), "got x, expected a whole number of 0 or more"),
        (("run", "madeup", "--seed", "1.5"), "got 1.5, expected a whole number"),
        (("run", "madeup", "--seed", "-1"), "got -1, expected a whole number"),
        (("run", "madeup", "--days", "0"), "got 0, expected a whole number of 1 or more"),
        (("run", "madeup", "--days", "-3"), "got -3"),
        (("run", "madeup", "--days", "nan"), "got nan"),
        (("run", "madeup", "--set", "a.b"), "a.b"),
        (("run", "madeup", "--set", "a=nan"), "nan"),
        (("run", "madeup", "--set", "a=-inf"), "inf"),
        (("run", "madeup", "--colour"), "No such option"),
        (("run", "nowhere"), "got 'nowhere', expected one of madeup"),
        (("run", "madeup", "--out", "taken"), "is a file, expected a folder"),
        (("rnu",), "No such command"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    call: Call, world: dict[str, list[Any]], arguments: tuple[str, ...], said: str
) -> None:
    Path("taken").write_text("x")
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert one_line(err) and said in err
    assert world["run"] == [] and not Path("results").exists()


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (RuntimeError("the floor\nfell in"), 1, "failed: RuntimeError: the floor fell in"),
        (InputError("offering.price: got -1"), 2, "offering.price: got -1"),
    ],
)
def test_a_run_that_stops_leaves_nothing(
    call: Call,
    world: dict[str, list[Any]],
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    said: str,
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(sys.modules["experiments.simulate"], "run", stop)
    got, out, err = call("run", "madeup")
    assert (got, out) == (code, "")
    assert one_line(err) and said in err
    assert list(Path().iterdir()) == []


def test_value_of_spacex_is_the_published_one(call: Call) -> None:
    code, out, err = call("value", "spacex", "--json")
    answer = json.loads(out)
    assert (code, err) == (0, "")
    assert round(answer["value_per_share"], 2) == 97.83
    assert round(answer["enterprise_value"] / 1e9, 2) == 1224.45
    assert round(answer["equity_value"] / 1e9, 2) == 1301.30
    assert sum(answer["segments"].values()) == pytest.approx(answer["enterprise_value"])
    code, out, _ = call("value", "spacex")
    assert code == 0 and "$97.83" in out and "$1,224.45 bn" in out


def test_value_with_everything(call: Call, tmp_path: Path) -> None:
    extras = ("--bridge", "spacex-april", "--tornado", "--research", "--switches", "--years")
    folder = tmp_path / "value"
    asked = ("value", "spacex", "--stories", "500", "--seed", "3", *extras, "--out", str(folder))
    code, out, err = call(*asked)
    assert (code, err) == (0, "")
    for part in ("500 stories, seed 3", "Value bridge", "What moves", "Switches", "capitalised"):
        assert part in out
    written = (folder / "value.json").read_text()
    assert {"percentiles", "bridge", "tornado", "switches"} <= set(json.loads(written))
    assert "equity_draws" not in written and (folder / "figures" / "value.png").exists()
    assert call(*asked, "--json")[1] == written  # again, over the earlier folder


def test_a_run_does_not_replace_a_valuation(
    call: Call, world: dict[str, list[Any]], tmp_path: Path
) -> None:
    folder = str(tmp_path / "value")
    assert call("value", "spacex", "--out", folder)[0] == 0
    code, _, err = call("run", "madeup", "--out", folder)
    assert code == 2 and "holds results of ipolab value" in err and world["run"] == []


def test_stories_are_repeatable_and_seeded(call: Call) -> None:
    def percentiles(seed: str) -> Any:
        _, out, _ = call("value", "spacex", "--stories", "200", "--json", "--seed", seed)
        return json.loads(out)["per_share_percentiles"]

    assert percentiles("5") == percentiles("5") != percentiles("6")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("spcex",), "expected spacex"),
        (("spacex", "--set", "segments.ia.target_margin=0.3"), "segments.ai.target_margin"),
        (("spacex", "--set", "shares=-1"), "shares: got -1"),
        (("spacex", "--set", "segments.ai.target_margin=1.2"), "segments.ai.target_margin"),
        (("spacex", "--set", "cash=nan"), "cash: got nan"),
        (("spacex", "--stories", "0"), "got 0, expected a whole number of 1 or more"),
        (("spacex", "--bridge", "nope"), "company 'nope'"),
        (("openai", "--research"), "research: missing"),
    ],
)
def test_value_refuses_bad_input(call: Call, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = call("value", *arguments)
    assert (code, out) == (2, "") and one_line(err) and said in err


def test_brackets_of_a_file_are_text(call: Call, tmp_path: Path) -> None:
    words, file = "[see note][/x] :smile:", tmp_path / "mine.toml"
    text = (FOLDER / "spacex.toml").read_text(encoding="utf-8")
    file.write_text(text.replace('assumption = "', f'assumption = "{words} '), encoding="utf-8")
    code, out, _ = call("value", str(file), "--research")
    assert code == 0 and words in out


def test_list_names_everything_with_a_line(call: Call) -> None:
    code, out, _ = call("list", "--json")
    shelves = json.loads(out)
    assert code == 0 and set(shelves) == {
        "companies",
        "designs",
        "scenarios",
        "rulebooks",
        "mechanisms",
        "experiments",
    }
    names = {shelf: [item["name"] for item in items] for shelf, items in shelves.items()}
    assert {"spacex", "openai", "anthropic"} <= set(names["companies"])
    assert "nasdaq100" in names["rulebooks"] and "spiva" in names["experiments"]
    assert "spacex" in names["scenarios"] and "direct_listing" in names["mechanisms"]
    assert all(item["description"] for items in shelves.values() for item in items)
    assert "bookbuilding" in call("list")[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(call: Call, command: str) -> None:
    code, out, _ = call(command, "--help")
    assert code == 0 and f"Example: ipolab {command}" in out and "--json" in out


def test_bare_command_and_version(call: Call) -> None:
    code, out, _ = call()
    assert code == 0 and all(command in out for command in COMMANDS)
    code, out, _ = call("--version")
    assert code == 0 and out.startswith("ipolab ")


def test_help_imports_nothing_heavy_and_answers_at_once() -> None:
    script = (
        "import sys; from experiments.console import invoke; from experiments.cli import app;"
        "code = invoke(app, ['--help']);"
        "heavy = {'numpy', 'pandas', 'mesa', 'numba', 'pydantic', 'matplotlib'} & set(sys.modules);"
        "sys.exit(code or ','.join(heavy) or 0)"
    )
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        taken.append(time.perf_counter() - start)
        assert done.returncode == 0, done.stderr
    assert min(taken) < 0.5


def test_the_real_thing_repeats_and_differs_by_seed(call: Call, tmp_path: Path) -> None:
    def tables(name: str, seed: str) -> dict[str, bytes]:
        out = tmp_path / name
        asked = ("run", "spacex", "--days", "3", "--seed", seed, "--out", str(out), "--no-figures")
        code, _, err = call(*asked)
        assert (code, err) == (0, "")
        return {p.name: p.read_bytes() for p in out.rglob("*.*") if p.name != "manifest.json"}

    one, again, other = tables("one", "7"), tables("again", "7"), tables("other", "8")
    assert one == again
    assert one["prices.parquet"] != other["prices.parquet"]
    assert len(read_results(tmp_path / "one").prices["date"].unique()) == 3


def test_library_use_mirrors_the_command() -> None:
    from experiments import build, load_scenario
    from experiments import run as run_scenario

    result = run_scenario(load_scenario("spacex", {"days": 2}), seed=7)
    assert "SPCX" in set(result.prices["symbol"]) and result.model.day == 1
    model = build(load_scenario("spacex"), seed=7)
    model.step()
    assert model.session == 0
