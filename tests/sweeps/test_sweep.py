"""Sweeps on folders: the same tables however they come about, and what is kept."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from experiments import read_sweep
from experiments.simulate import run
from experiments.sweeps import execute, store
from experiments.sweeps.engine import sweep
from experiments.sweeps.folder import locked, status
from experiments.sweeps.plan import make_plan, resolve
from experiments.sweeps.pool import Workers
from experiments.sweeps.reading import open_sweep, read_daily, read_errors
from sim.inputs import InputError
from tests.runs import SMALL
from tests.sweeps import works
from tests.sweeps.cases import RESPONSE, SHARE, Here, tables, tiny


def here(out: Path, design: Any = None, work: Any = works.cheap, **options: Any) -> Any:
    return sweep(design or tiny(), out, executor=Here(), work=work, **options)


def test_rows_have_factors_seeds_and_figures(tmp_path: Path) -> None:
    outcome = here(tmp_path / "out")
    assert (outcome.points, outcome.runs, outcome.done, outcome.failed) == (6, 24, 24, 0)
    rows = read_sweep(tmp_path / "out")
    figures = ["closes.5", "closes.21", "effect", "inclusions.sp500.demand_usd"]
    assert list(rows.columns) == ["point", "seed", SHARE, RESPONSE, *figures]
    assert list(zip(rows["point"], rows["seed"], strict=True)) == [
        (point, seed) for point in range(6) for seed in range(1, 5)
    ]
    noise = [np.random.default_rng(seed).normal() for seed in rows["seed"]]
    np.testing.assert_allclose(rows["effect"], 2 * rows[SHARE] + noise)
    assert rows.groupby(SHARE)[RESPONSE].unique().map(list).tolist() == [[0.0, 1.0, 2.0]] * 2
    assert (rows["closes.21"].isna() == (rows["seed"] % 3 != 0)).all()
    assert open_sweep(tmp_path / "out").count_rows() == 24
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["kind"] == "sweep" and manifest["state"] == "finished"
    assert not (tmp_path / "out" / "parts").exists()


def test_daily_series_are_kept_once_a_run_without_parameters(tmp_path: Path) -> None:
    here(tmp_path / "out")
    table = pq.read_table(tmp_path / "out" / "daily.parquet")
    assert table.column_names == ["key", "day", "close"]
    daily = read_daily(tmp_path / "out")
    lengths = daily.groupby(["point", "seed"]).size()
    assert lengths.tolist() == [3 + seed % 3 for _, seed in lengths.index]
    one = daily.query("point == 3 and seed == 2")
    assert one["day"].tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(one["close"], np.arange(5) + 0.3)


def test_figures_asked_for_by_name_may_be_text(tmp_path: Path) -> None:
    wanted = ["decision", "closes", "inclusions.sp500.effective"]
    here(tmp_path / "out", tiny(outputs={"summary": wanted}))
    rows = read_sweep(tmp_path / "out")
    names = ["decision", "closes.5", "closes.21", "closes.252", "inclusions.sp500.effective"]
    assert list(rows.columns)[4:] == names
    assert set(rows["decision"]) == {"priced"} and rows["closes.252"].isna().all()


def test_tables_do_not_depend_on_workers_batches_or_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here(tmp_path / "one")
    sweep(tiny(), tmp_path / "processes", workers=2, work=works.cheap)
    monkeypatch.setattr(store, "ROWS", 2)  # a part every other run, merged three at a time
    monkeypatch.setattr(store, "MANY_PARTS", 3)
    with ThreadPoolExecutor(3) as threads:
        sweep(tiny(), tmp_path / "threads", executor=threads, work=works.cheap)
    assert tables(tmp_path / "one") == tables(tmp_path / "processes")
    assert tables(tmp_path / "one") == tables(tmp_path / "threads")


def test_a_sweep_runs_the_model(tmp_path: Path) -> None:
    design = tiny(set={**SMALL, "days": 6}, replicates=1, factors={SHARE: [0.2]})
    sweep(design, tmp_path / "out", executor=Here())
    plan = make_plan(design, "design")
    result = run(resolve(plan.base, plan.points, 0, "design"), seed=1)
    (row,) = read_sweep(tmp_path / "out").to_dict("records")
    assert row["first_close"] == result.summary["first_close"]
    assert row["closes.5"] == result.summary["closes"]["5"]
    closes = result.prices.query("symbol == 'SPCX'")["close"]
    assert read_daily(tmp_path / "out")["close"].tolist() == closes.tolist()


def stopping_after(count: int) -> Any:
    def progress(done: int, total: int) -> None:
        if done >= count:
            raise KeyboardInterrupt

    return progress


def test_an_interrupted_sweep_can_be_read_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here(tmp_path / "whole")
    monkeypatch.setattr(execute, "MOST_TOGETHER", 1)
    with pytest.raises(KeyboardInterrupt):
        here(tmp_path / "out", workers=1, progress=stopping_after(10))
    assert str(status(tmp_path / "out")) == "interrupted: 10 of 24 runs (42%)"
    part, whole = read_sweep(tmp_path / "out"), read_sweep(tmp_path / "whole")
    pd.testing.assert_frame_equal(part, whole.head(10)[part.columns], check_exact=True)
    assert len(read_daily(tmp_path / "out").groupby(["point", "seed"])) == 10
    assert here(tmp_path / "out").kept == 10
    assert tables(tmp_path / "out") == tables(tmp_path / "whole")


def forbidden(scenario: Any, seed: int, series: Any) -> Any:
    raise AssertionError("nothing should be run")


def test_the_same_again_runs_nothing(tmp_path: Path) -> None:
    here(tmp_path / "out")
    before = tables(tmp_path / "out")
    outcome = here(tmp_path / "out", work=forbidden)
    assert (outcome.done, outcome.kept) == (24, 24) and tables(tmp_path / "out") == before


def test_a_changed_design_is_refused_and_says_what_changed(tmp_path: Path) -> None:
    here(tmp_path / "out")
    before = tables(tmp_path / "out")
    wider = tiny(replicates=5, factors={SHARE: [0.1, 0.3], RESPONSE: [0.0, 2.0]})
    with pytest.raises(InputError) as refused:
        here(tmp_path / "out", wider)
    text = str(refused.value)
    assert "replicates: 4 → 5" in text and f"factors.{RESPONSE}" in text and "--reuse" in text
    with pytest.raises(InputError, match=r"scenario\.days: 4 → 5"):
        here(tmp_path / "out", tiny(set={"days": 5, "universe.kind": "market"}))
    assert tables(tmp_path / "out") == before
    assert here(tmp_path / "out", tiny(description="other", time_limit=9)).kept == 24


def test_reuse_keeps_the_runs_that_still_belong(tmp_path: Path) -> None:
    here(tmp_path / "out")
    wider = tiny(replicates=5, factors={SHARE: [0.2, 0.3], RESPONSE: [0.0, 2.0]})
    outcome = here(tmp_path / "out", wider, reuse=True)
    assert (outcome.runs, outcome.done, outcome.kept) == (20, 20, 2 * 4)
    here(tmp_path / "whole", wider)
    assert tables(tmp_path / "out") == tables(tmp_path / "whole")
    with pytest.raises(InputError, match="expected the same outputs"):
        here(tmp_path / "out", tiny(outputs={}), reuse=True)
    assert here(tmp_path / "out", tiny(outputs={}), fresh=True).kept == 0
    assert not (tmp_path / "out" / "daily.parquet").exists()


def test_a_run_without_days_does_not_move_the_series_of_others(tmp_path: Path) -> None:
    here(tmp_path / "out", work=works.withdrawn)
    outcome = here(tmp_path / "out", tiny(replicates=5), work=works.withdrawn, reuse=True)
    assert (outcome.done, outcome.kept) == (30, 24)
    here(tmp_path / "whole", tiny(replicates=5), work=works.withdrawn)
    assert tables(tmp_path / "out") == tables(tmp_path / "whole")
    assert set(read_daily(tmp_path / "out")["seed"]) == {1, 3, 4, 5}


def test_a_withdrawn_offering_is_a_row_and_no_error(tmp_path: Path) -> None:
    settings = {"days": 4, "universe.kind": "market", "offering.reservation_price": 100.0}
    factors = {"offering.price": [135.0, 2000.0]}
    outputs = {"summary": ["decision"], "daily": ["close", "market"]}
    design = tiny(replicates=1, set=settings, factors=factors, outputs=outputs)
    outcome = here(tmp_path / "out", design, work=None)
    assert (outcome.done, outcome.failed) == (2, 0)
    assert read_sweep(tmp_path / "out")["decision"].tolist() == ["priced", "withdrawn"]
    assert read_daily(tmp_path / "out")["point"].tolist() == [0] * 4


def test_failed_runs_are_recorded_and_tried_again_only_when_told(tmp_path: Path) -> None:
    out = tmp_path / "out"
    outcome = here(out, work=works.raises)
    assert (outcome.done, outcome.failed) == (18, 6)
    errors = read_errors(out)
    assert set(errors["seed"]) == {2} and errors["point"].tolist() == list(range(6))
    assert set(errors["error"]) == {"ZeroDivisionError: no such thing"}
    assert here(out, work=forbidden).failed == 6
    outcome = here(out, retry=True)
    assert (outcome.done, outcome.failed, outcome.kept) == (24, 0, 18)
    here(tmp_path / "whole")
    assert tables(out) == tables(tmp_path / "whole")


def test_a_python_loop_without_end_is_stopped_in_any_executor(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as threads:
        outcome = sweep(
            tiny(factors={SHARE: [0.1]}, time_limit=0.3),
            tmp_path / "out",
            executor=threads,
            work=works.loops,
        )
    assert (outcome.done, outcome.failed) == (3, 1)
    assert read_errors(tmp_path / "out")["kind"].tolist() == ["timeout"]


def test_points_that_are_the_same_run_are_run_once(tmp_path: Path) -> None:
    seen: list[int] = []

    def counted(scenario: Any, seed: int, series: Any) -> Any:
        seen.append(seed)
        return works.cheap(scenario, seed, series)

    lines = tmp_path / "points.csv"
    lines.write_text(f"{SHARE}\n0.1\n0.3\n0.1\n")
    design = tiny(factors={}, sample={"points_file": str(lines)})
    here(tmp_path / "out", design, work=counted)
    rows = read_sweep(tmp_path / "out")
    assert len(seen) == 8 and len(rows) == 12
    effects = rows.groupby("point")["effect"].apply(list)
    assert effects[0] == effects[2] != effects[1]
    assert len(read_daily(tmp_path / "out").query("point == 2").groupby("seed")) == 4
    wider = tiny(factors={}, replicates=5, sample={"points_file": str(lines)})
    assert here(tmp_path / "out", wider, reuse=True).kept == 12


@pytest.mark.parametrize("workers", [0, -1])
def test_fewer_workers_than_one_are_refused(tmp_path: Path, workers: int) -> None:
    with pytest.raises(InputError, match=f"workers: got {workers}, expected at least 1"):
        sweep(tiny(), tmp_path / "out", workers=workers, work=works.cheap)
    with pytest.raises(InputError, match=f"workers: got {workers}"):
        Workers(workers)
    assert not (tmp_path / "out").exists()


def test_one_sweep_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path / "out"), pytest.raises(InputError, match="in use by another sweep"):
        here(tmp_path / "out")


@pytest.mark.parametrize("held", ["file", "strangers", "run"])
def test_folders_of_others_are_left_alone(tmp_path: Path, held: str) -> None:
    out = tmp_path / "out"
    if held == "file":
        out.write_text("mine")
    else:
        out.mkdir()
        (out / "notes.txt").write_text("mine")
        if held == "run":
            manifest = {"format": "ipolab-results", "kind": "run"}
            (out / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=r"expected a (new )?folder"):
        here(out)
