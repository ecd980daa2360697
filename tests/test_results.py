from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import read_results
from experiments.folder import check_folder
from experiments.formats import DIAGNOSTICS, TABLES, to_json
from experiments.results import Result, write
from sim.inputs import InputError

Make = Callable[..., Result]


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_is_written_is_what_is_read(make_result: Make, tmp_path: Path) -> None:
    result = make_result()
    folder = write(result, tmp_path / "new" / "deep" / "out", figures=False)
    back = read_results(folder)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(back, name), getattr(result, name))
    for name in DIAGNOSTICS:
        pd.testing.assert_frame_equal(back.diagnostics[name], result.diagnostics[name])
    assert back.offering == result.offering
    assert back.summary["first_close"] == result.summary["first_close"]
    assert (back.name, back.seed, back.model) == ("madeup", 0, None)
    assert str(back) == str(result)


def test_tables_have_the_documented_columns(make_result: Make, tmp_path: Path) -> None:
    folder = write(make_result(), tmp_path / "out", figures=False)
    columns = {name: list(pd.read_parquet(folder / f"{name}.parquet")) for name in TABLES}
    assert columns == {
        "prices": ["date", "symbol", "open", "high", "low", "close", "volume", "value_per_share"],
        "holdings": ["date", "symbol", "holder_class", "shares", "dollars"],
        "indices": ["date", "index", "level", "total_return", "divisor", "constituents"],
        "events": ["date", "kind", "symbol", "detail"],
    }


def test_same_run_same_bytes_other_seed_other_bytes(make_result: Make, tmp_path: Path) -> None:
    one = files(write(make_result(seed=1), tmp_path / "one", figures=False))
    again = files(write(make_result(seed=1), tmp_path / "again", figures=False))
    other = files(write(make_result(seed=2), tmp_path / "other", figures=False))
    assert set(one) == set(again)
    assert [name for name in one if one[name] != again[name]] in ([], ["manifest.json"])
    assert one["prices.parquet"] != other["prices.parquet"]


def test_bytes_do_not_depend_on_how_a_table_is_held(make_result: Make, tmp_path: Path) -> None:
    result = make_result()
    held = result.prices.assign(
        symbol=result.prices["symbol"].astype("category"),
        date=[stamp.date() for stamp in result.prices["date"]],
    )[::-1][list(result.prices)[::-1]][::-1]
    twin = Result(scenario={}, seed=0, summary={}, prices=held)
    a, b = write(result, tmp_path / "a", figures=False), write(twin, tmp_path / "b", figures=False)
    assert (a / "prices.parquet").read_bytes() == (b / "prices.parquet").read_bytes()


def test_manifest_says_where_it_came_from(make_result: Make, tmp_path: Path) -> None:
    result = make_result()
    result.manifest["duration_seconds"] = 1.5
    folder = write(result, tmp_path / "out", figures=False)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["scenario"]["name"] == "madeup" and manifest["seed"] == 0
    assert {"ipolab", "python", "mesa", "numpy"} <= set(manifest["versions"])
    assert {"platform", "git_commit", "duration_seconds"} <= set(manifest)


def test_json_has_no_nan(make_result: Make, tmp_path: Path) -> None:
    folder = write(make_result(), tmp_path / "out", figures=False)
    text = (folder / "summary.json").read_text()
    assert json.loads(text)["float_fraction"]["63"] is None
    assert "NaN" not in text and "Infinity" not in text


@settings(max_examples=50, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    )
)
def test_anything_plain_becomes_strict_json(value: object) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(to_json(value), parse_constant=refuse)


def test_numpy_and_dates_become_json() -> None:
    value = {
        5: np.float64(1.5),
        "n": np.int64(3),
        "d": date(2026, 6, 12),
        "a": np.array([1.0, math.inf]),
    }
    assert json.loads(to_json(value)) == {"5": 1.5, "n": 3, "d": "2026-06-12", "a": [1.0, None]}
    with pytest.raises(TypeError, match="object"):
        to_json(object())


def test_earlier_results_are_replaced_whole(make_result: Make, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(make_result(seed=1), out)
    assert (out / "figures" / "price.png").exists()
    write(make_result(seed=2), out, figures=False)
    assert read_results(out).seed == 2
    assert not (out / "figures").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nothing_half_written(
    make_result: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
) -> None:
    out = tmp_path / "out"
    write(make_result(seed=1), out, figures=False)
    before = files(out)

    def stop(*_: object) -> None:
        raise error

    monkeypatch.setattr("experiments.show.figures.save_all", stop)
    for target in (out, tmp_path / "new"):
        with pytest.raises(error):
            write(make_result(seed=2), target)
    assert files(out) == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_earlier_results_come_back_if_the_swap_fails(
    make_result: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write(make_result(seed=1), out, figures=False)
    rename = Path.rename

    def fail_on_draft(self: Path, target: Path) -> Path:
        if target == out and self.name != "old":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_on_draft)
    with pytest.raises(OSError, match="No space"):
        write(make_result(seed=2), out, figures=False)
    assert read_results(out).seed == 1
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_earlier_results_that_cannot_come_back_are_not_thrown_away(
    make_result: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, out = Path.rename, tmp_path / "out"
    write(make_result(), out, figures=False)

    def stuck(self: Path, target: Path) -> Path:
        if Path(target) == out:
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stuck)
    with pytest.raises(OSError, match="Input/output"):
        write(make_result(), out, figures=False)
    assert len(list(tmp_path.glob(".out.old.*/old/summary.json"))) == 1


def test_folders_that_are_not_ours_are_left_alone(make_result: Make, tmp_path: Path) -> None:
    alien = tmp_path / "alien"
    alien.mkdir()
    (alien / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="alien is not empty"):
        write(make_result(), alien)
    ours = write(make_result(), tmp_path / "ours", figures=False)
    (ours / "notes.md").write_text("mine")
    with pytest.raises(InputError, match=r"also holds notes\.md"):
        check_folder(ours)
    assert (alien / "thesis.tex").exists() and (ours / "notes.md").exists()


def test_an_empty_folder_and_a_link_will_do(make_result: Make, tmp_path: Path) -> None:
    empty, link = tmp_path / "empty", tmp_path / "link"
    empty.mkdir()
    link.symlink_to(empty)
    write(make_result(seed=1), link, figures=False)
    write(make_result(seed=2), link, figures=False)
    assert link.is_symlink() and read_results(link).seed == 2


def test_places_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(InputError, match="is a file"):
        check_folder(file)
    with pytest.raises(InputError, match="file"):
        check_folder(file / "inside")
    with pytest.raises(InputError, match="cannot be written"):
        check_folder(tmp_path / ("x" * 300))
    with pytest.raises(InputError, match="cannot be written"):
        check_folder("nul\0byte")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="cannot be written"):
        check_folder(tmp_path / "new")


def test_reading_what_is_no_results_folder(make_result: Make, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not an ipolab results folder"):
        read_results(tmp_path)
    folder = write(make_result(), tmp_path / "out", figures=False)
    (folder / "prices.parquet").write_bytes(b"torn")
    with pytest.raises(InputError, match="incomplete or broken"):
        read_results(folder)


def test_wrong_columns_are_refused(make_result: Make) -> None:
    prices = make_result().prices
    with pytest.raises(ValueError, match="prices: columns"):
        Result(scenario={}, seed=0, summary={}, prices=prices.drop(columns="close"))
    with pytest.raises(ValueError, match="unknown diagnostics"):
        Result(scenario={}, seed=0, summary={}, diagnostics={"mood": prices})


def test_the_table_tells_the_story(make_result: Make) -> None:
    result = make_result()
    text = str(result)
    for part in ("madeup (TEST) · seed 0 · 40 trading days", "$16.00", "3.4 ×", "-21%", "$14.50"):
        assert part in text
    assert "day 63" not in text
    assert "<table>" in result._repr_html_() and "$16.00" in result._repr_html_()


def test_a_withdrawn_offering_says_so() -> None:
    result = Result(
        scenario={"name": "weak"},
        seed=3,
        summary={"decision": "withdrawn", "oversubscription": 0.4, "offer_price": None},
        offering={"decision": "withdrawn", "reason": "demand stayed below the reservation price"},
    )
    for text in (str(result), result._repr_html_()):
        assert "withdrawn: demand stayed below the reservation price" in text
        assert "First trade" not in text
