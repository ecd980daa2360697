"""The ledger's page is made from its results, and the results are those of the code."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from experiments.evidence.claims import CLAIMS, load_claim
from experiments.evidence.claims.claim import Computed

ROOT = Path(__file__).resolve().parents[2]


def _module():
    spec = importlib.util.spec_from_file_location("docs_claims", ROOT / "docs" / "claims.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGE = _module()
ROWS = {(row["id"], row["flipped"]): row for row in PAGE.rows()}


def test_the_page_is_what_the_results_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert PAGE.main(["--check"]) == 0, capsys.readouterr()


def test_every_claim_has_a_row_with_the_words_of_its_file() -> None:
    assert [name for name in CLAIMS if (name, False) not in ROWS] == []
    for (name, _), row in ROWS.items():
        claim = load_claim(name)
        assert row["claim"] == claim.words and row["hangs_on"] == claim.hangs_on


@pytest.mark.parametrize(
    "name", [n for n in CLAIMS if isinstance(load_claim(n), Computed) and n != "V7"]
)
def test_computed_rows_come_out_again(name: str) -> None:
    answer, row = load_claim(name).compute({}), ROWS[name, False]
    assert answer.words == row["verdict"] and answer.reading == row["reading"]
    assert answer.figure.value == pytest.approx(row["figure"], rel=1e-9)


def test_flipped_rows_have_another_verdict() -> None:
    for (name, flipped), row in ROWS.items():
        if flipped:
            assert row["verdict"] != ROWS[name, False]["verdict"], name
