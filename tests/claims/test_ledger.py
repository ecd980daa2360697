"""The ledger keeps what is finished, goes on where it stopped, and says no in one line."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from experiments.cli import app
from experiments.console import invoke
from experiments.evidence.claims import CLAIMS, check_ids, ledger, load_claim
from experiments.evidence.claims.claim import Studied
from experiments.evidence.claims.ledger import Asked
from experiments.show.claims_figures import claim_figure, ledger_figure
from experiments.studies.study import Study
from sim.inputs import InputError
from tests.runs import SMALL

KEYS = {"id", "claim", "verdict", "figure", "interval", "hangs_on"}


def test_there_are_thirty_three_claims_each_with_a_way_to_fail() -> None:
    assert len(CLAIMS) == 33
    for name in CLAIMS:
        claim = load_claim(name)
        assert claim.id == name and claim.flip and claim.hangs_on and claim.question
        assert "2026" in claim.source


def test_identifiers_in_order_and_near_misses() -> None:
    assert check_ids(["i5", "V1", "V1"]) == ["V1", "I5"]
    assert check_ids([]) == list(CLAIMS)
    with pytest.raises(InputError, match="got 'V77', expected one of V7"):
        check_ids(["V77"])
    with pytest.raises(InputError, match="expected one of"):
        check_ids(["zzz"])


def test_the_command_prints_rows(capsys, tmp_path) -> None:
    out = tmp_path / "ledger"
    assert invoke(app, ["claims", "V3", "V1", "--json", "--plot", "--out", str(out)]) == 0
    content = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in content["rows"]] == ["V1", "V3"]
    assert all(set(row) >= KEYS for row in content["rows"])
    low, high = content["rows"][1]["interval"]
    assert low <= content["rows"][1]["figure"] <= high
    for name in ("V1.png", "V3.png", "ledger.png"):
        assert (out / "figures" / name).stat().st_size > 10_000
    assert invoke(app, ["claims", "V3", "--flip", "--out", str(out)]) == 0
    assert "contradicted" in capsys.readouterr().out
    rows = json.loads((out / "ledger.json").read_text())["rows"]
    assert [(row["id"], row["flipped"]) for row in rows] == [
        ("V1", False), ("V3", False), ("V3", True),
    ]  # fmt: skip


def test_what_is_there_is_kept(tmp_path) -> None:
    said: list[str] = []
    for fresh in (False, False, True):
        ledger.ledger(["V1"], tmp_path / "out", fresh=fresh, say=said.append)
    assert [line.endswith("(kept)") for line in said] == [False, True, False]


@pytest.mark.parametrize("arguments", [["V77"], ["V1", "--replicates", "1"]])
def test_bad_input_is_one_line(capsys, tmp_path, arguments: list[str]) -> None:
    assert invoke(app, ["claims", *arguments, "--out", str(tmp_path / "x")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "expected" in error


def test_a_strangers_folder_is_left_alone(tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        ledger.ledger(["V1"], tmp_path)
    with pytest.raises(InputError, match="is a file"):
        ledger.ledger(["V1"], tmp_path / "notes.txt")


def small(study: Study) -> Study:
    """The same study of a small world."""
    return replace(study, conditions=lambda given: study.conditions({**SMALL, **given}))


def test_claims_of_one_study_share_its_runs_and_go_on_after_a_stop(tmp_path, monkeypatch) -> None:
    runs: list[str] = []
    conduct = ledger.conduct

    def counting(study, *args, **kwargs):
        runs.append(study.name)
        return conduct(study, *args, **kwargs)

    def loading(name: str):
        claim = load_claim(name)
        assert isinstance(claim, Studied)
        own = small(claim.study)
        short = replace(own, conditions=lambda given: own.conditions({"days": 30, **given}))
        return replace(claim, study=short)

    monkeypatch.setattr(ledger, "conduct", counting)
    monkeypatch.setattr(ledger, "load_claim", loading)
    asked = Asked(replicates=2, workers=1)
    first = ledger.ledger(["P7"], tmp_path, asked)
    rows = ledger.ledger(["P7", "P8"], tmp_path, asked)
    assert runs == ["first-year"]
    assert rows[0] == first[0] and rows[1]["study"] == "first-year" and rows[1]["seeds"] == 2
    ledger.ledger(["P8"], tmp_path, replace(asked, seed=5))
    assert runs == ["first-year"] * 2


def test_pictures_of_any_rows() -> None:
    row = {
        "id": "X1", "claim": "$1 and $2 are not a formula", "verdict": "depends on x",
        "figure": None, "interval": None, "unit": "usd", "what": "Nothing", "flipped": True,
        "shown": ["a"], "study": None,
    }  # fmt: skip
    table = pd.DataFrame({
        "measure": ["a", "a"], "label": ["A"] * 2, "unit": ["usd"] * 2, "condition": ["x", "y"],
        "value": [1.0, float("nan")], "low": [0.5, float("nan")], "high": [2.0, float("nan")],
    })  # fmt: skip
    assert len(claim_figure(row, table).axes) == 1
    assert len(ledger_figure([row] * 3).axes) == 1
