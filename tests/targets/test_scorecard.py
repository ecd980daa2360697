"""The whole scorecard on runs that cost nothing: what is kept, what is written, what is refused."""

from __future__ import annotations

import csv
import io
import json
import pickle
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.cli import app, main
from experiments.evidence.references import NAMES
from experiments.evidence.targets import jobs, market, scorecard
from experiments.evidence.targets.scorecard import Scorecard, facts_table, validate
from experiments.evidence.targets.sources import TARGETS, Source
from experiments.scenario import Scenario
from experiments.show.scorecard_figures import place, scorecard_table
from sim.inputs import InputError

#: In the band of every part of A1, A14 and A17, and of nothing else.
GOOD = {
    "offerings": {"gain": 0.17},
    "purchase": {"micro": 1.0, "macro": 5.0},
    "market": {"sharpe": 1e-16, "held": 3.0},
    "identities": {"divisor": 0.0, "shares": 0.0, "cash": 0.0, "unit_before": 0.119,
                   "unit_after": 0.1171},
}  # fmt: skip
RUNS: list[tuple[str, int]] = []


def measured(name: str, seed: int) -> dict[str, float]:
    RUNS.append((name, seed))
    return {key: value * (1 + 0.01 * seed) for key, value in GOOD[name].items()
            if not key.startswith("unit")} | {
        key: value for key, value in GOOD[name].items() if key.startswith("unit")}  # fmt: skip


def offerings(scenario: Scenario, seed: int) -> dict[str, float]:
    return measured("offerings", seed)


def purchase(scenario: Scenario, seed: int) -> dict[str, float]:
    return measured("purchase", seed)


def market_of(scenario: Scenario, seed: int) -> dict[str, float]:
    return measured("market", seed)


def identities_of(scenario: Scenario, seed: int) -> dict[str, float]:
    return measured("identities", seed)


FAKES = tuple(
    Source(name, "index-world", measure, 5, full=3)
    for name, measure in [
        ("offerings", offerings),
        ("market", market_of),
        ("identities", identities_of),
        ("purchase", purchase),
    ]
)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(scorecard, "PATHS", 3)
    monkeypatch.setattr(scorecard, "BENCHMARK_SEEDS", {"quick": 1, "full": 2})
    monkeypatch.setattr(market, "YEARS", 2)
    monkeypatch.setattr(scorecard, "SOURCES", FAKES)
    RUNS.clear()
    return iter([None])


def score(out: Path, **changes: object) -> Scorecard:
    return validate(out, workers=1, **changes)  # type: ignore[arg-type]


def test_rows_are_judged_and_written(tmp_path: Path) -> None:
    card = score(tmp_path / "v")
    verdicts = {row.target.id: row.verdict for row in card.rows}
    assert {name for name, verdict in verdicts.items() if verdict == "pass"} == {"A1", "A14", "A17"}
    record = json.loads((tmp_path / "v" / "scorecard.json").read_text())
    assert record["passed"] == 3 and record["of"] == 17
    first = record["rows"][0]
    assert first["id"] == "A1" and first["value"] == pytest.approx(0.17 * 1.015)
    assert first["interval"][0] < first["value"] < first["interval"][1]
    assert first["band"] == [0.10, 0.23] and first["verdict"] == "pass" and first["source"]
    assert set(first["references"]) == set(NAMES)
    assert first["references"]["constant"] == {"value": 0.19, "verdict": "pass"}
    lines = list(csv.DictReader((tmp_path / "v" / "scorecard.csv").open()))
    assert len(lines) == sum(len(target.parts) for target in TARGETS)
    assert {line["row_verdict"] for line in lines} == {"pass", "fail"}
    assert (tmp_path / "v" / "figures" / "scorecard.png").stat().st_size > 10_000
    manifest = json.loads((tmp_path / "v" / "manifest.json").read_text())
    assert manifest["kind"] == "validation" and manifest["form"] == "quick"


def do(folder: Path, seeds: int = 2, **changes: object) -> list[jobs.Finished]:
    """The jobs of all fakes, without a scorecard."""
    wanted = {(s.name, n): (s, s.load(changes)) for s in FAKES for n in range(1, seeds + 1)}
    return jobs.do(wanted, folder, workers=1)


def test_finished_runs_are_not_done_again(tmp_path: Path) -> None:
    first = do(tmp_path)
    assert len(RUNS) == 8
    assert do(tmp_path) == first and len(RUNS) == 8
    assert do(tmp_path, seeds=3)[:2] == first[:2]  # a third seed a source
    assert RUNS[8:] == [(source.name, 3) for source in FAKES]


def test_runs_of_another_scenario_or_code_are_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(tmp_path)
    do(tmp_path, days=6)
    assert len(RUNS) == 16
    monkeypatch.setattr(jobs, "_code", lambda: "another")
    do(tmp_path, days=6)
    assert len(RUNS) == 24


def test_a_broken_file_is_done_again(tmp_path: Path) -> None:
    do(tmp_path)
    path = tmp_path / "offerings-1.json"
    path.write_text(path.read_text()[:-20])
    do(tmp_path)
    assert RUNS[8:] == [("offerings", 1)]


def test_an_interrupt_keeps_what_is_finished(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        if done >= total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score(tmp_path / "v", progress=interrupt)
    assert len(RUNS) == 4 and len(list((tmp_path / "v" / "runs").iterdir())) == 4
    assert not (tmp_path / "v" / "scorecard.json").exists()
    card = score(tmp_path / "v")
    assert len(RUNS) == 8 and card.passed == 3
    before = (tmp_path / "v" / "scorecard.json").read_bytes()
    score(tmp_path / "v")
    assert len(RUNS) == 8 and (tmp_path / "v" / "scorecard.json").read_bytes() == before


def test_work_can_be_sent_to_another_process(tmp_path: Path) -> None:
    source, scenario = FAKES[0], FAKES[0].load()
    work = partial(jobs._work, source, scenario, 1, tmp_path / "offerings-1.json", "mark")
    (record,) = pickle.loads(pickle.dumps(work))()
    assert record["figures"] == {"gain": pytest.approx(0.17 * 1.01)}
    kept = jobs.read(tmp_path / "offerings-1.json", "mark")
    assert kept is not None and kept.figures == record["figures"]


def test_other_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="is not empty, expected a new folder"):
        score(tmp_path)
    with pytest.raises(InputError, match="is a file"):
        score(tmp_path / "mine.txt")
    assert (tmp_path / "mine.txt").read_text() == "mine" and not RUNS


def test_a_wrong_assignment_is_refused_before_any_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="days: every source has its own length"):
        score(tmp_path / "v", assignments={"days": 6})
    with pytest.raises(InputError, match="population"):
        score(tmp_path / "v", assignments={"population.nothing": 1})
    assert not RUNS and not (tmp_path / "v").exists()


def test_the_command_prints_rows_as_json(tmp_path: Path) -> None:
    arguments = ["validate", "--json", "--workers", "1", "--out", str(tmp_path / "v")]
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 0, answer.output
    rows = json.loads(answer.stdout)["rows"]
    assert [row["id"] for row in rows] == [f"A{n}" for n in range(1, 18)]
    assert all(row["verdict"] in ("pass", "near", "fail") for row in rows)


def test_an_interrupted_command_says_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(scorecard, "validate", stop)
    with pytest.raises(SystemExit) as ended:
        main(["validate", "--out", str(tmp_path / "v")])
    assert ended.value.code == 130
    said = capsys.readouterr().err.replace("\n", "")
    assert said.startswith("ipolab: interrupted; finished runs are kept in")


def test_the_table_shows_every_row_and_its_verdict(tmp_path: Path) -> None:
    from rich.console import Console

    card = score(tmp_path / "v")
    page = io.StringIO()
    Console(width=120, file=page).print(scorecard_table(card))
    text = page.getvalue()
    for row in card.rows:
        assert f"{row.target.id:<4}{row.verdict}  {row.target.what}" in text
    assert "3 of 17 rows pass" in text and "Franke-Westerhoff" in text
    assert len({line["fact"] for line in facts_table(card)}) == 13


def test_every_band_is_drawn_from_its_low_to_its_high_end() -> None:
    for part in (part for target in TARGETS for part in target.parts):
        low, high = part.low, part.high
        if low > -float("inf"):
            assert place(part, low) == pytest.approx(-1)
        if high < float("inf"):
            assert place(part, high) == pytest.approx(1)
        assert place(part, min(high, 1e3)) > place(part, max(low, -1e3))
