"""What happens to workers, driver and disk, happens for real: processes are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from experiments.sweeps import archive
from experiments.sweeps.engine import sweep
from experiments.sweeps.folder import status
from experiments.sweeps.pool import Workers
from experiments.sweeps.reading import read_errors, read_sweep
from tests.sweeps import works
from tests.sweeps.cases import Here, tables, tiny, written

SEEDS = 60  # times six points


def start(out: Path, work: str, *more: str, pids: Path | None = None) -> subprocess.Popen[str]:
    environment = {**os.environ, **({"TEST_PIDS": str(pids)} if pids else {})}
    command = [sys.executable, "-m", "tests.sweeps.driver", str(out), work, *more]
    return subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        preexec_fn=interruptible,
    )  # fmt: skip


def interruptible() -> None:
    """Heed SIGINT even where the tests themselves run in the background and ignore it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def until(true: Callable[[], object], driver: subprocess.Popen[str] | None = None) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "nothing happens"
        assert driver is None or driver.poll() is None, "the driver has ended"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return True


def numbers(folder: Path) -> list[int]:
    return [int(path.name) for path in folder.iterdir()]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Tables of a sweep that nothing happened to."""
    out = tmp_path_factory.mktemp("whole") / "out"
    sweep(tiny(replicates=SEEDS), out, executor=Here(), work=works.cheap)
    return tables(out)


def test_killed_workers_drivers_and_interrupts_change_no_byte(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    out, pids = tmp_path / "out", tmp_path / "pids"
    pids.mkdir()

    first = start(out, "slow", str(SEEDS), pids=pids)
    until(lambda: written(out) >= 3 and len(numbers(pids)) == 2, first)
    assert status(out).state == "running"
    os.kill(numbers(pids)[0], signal.SIGKILL)  # a worker: it is replaced
    until(lambda: len(numbers(pids)) == 3, first)
    first.kill()  # the driver, at any moment
    first.communicate()
    until(lambda: all(gone(pid) for pid in numbers(pids)))
    assert status(out).state == "interrupted"
    kept = read_sweep(out)
    assert 0 < len(kept) < 6 * SEEDS

    second = start(out, "slow", str(SEEDS))
    count = status(out).done
    until(lambda: written(out) and status(out).done >= count + 30, second)
    second.send_signal(signal.SIGINT)
    _, said = second.communicate(timeout=60)
    assert second.returncode == 130
    assert said.strip().splitlines() == [
        "ipolab: interrupted; what was finished is kept, and the same command goes on from there"
    ]
    again = read_sweep(out)
    assert len(kept) + 30 <= len(again) < 6 * SEEDS
    both = again.merge(kept[["point", "seed"]])
    pd.testing.assert_frame_equal(both, kept, check_exact=True)

    outcome = sweep(tiny(replicates=SEEDS), out, executor=Here(), work=works.slow)
    assert (outcome.done, outcome.failed, outcome.kept) == (6 * SEEDS, 0, len(again))
    assert tables(out) == whole


def test_parts_that_are_put_together_meanwhile_are_looked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks how far a running sweep is may have listed files that are gone by now."""

    def stop(done: int, total: int) -> None:
        if done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(tiny(), tmp_path / "out", executor=Here(), work=works.slow, progress=stop)
    seen = status(tmp_path / "out")
    assert seen.done > 0
    lists = iter([[tmp_path / "gone.parquet"]])
    listed = archive.part_files
    monkeypatch.setattr(archive, "part_files", lambda folder: next(lists, None) or listed(folder))
    assert status(tmp_path / "out") == seen
    assert next(lists, "asked") == "asked"


def test_a_run_that_kills_its_worker_is_recorded_and_the_rest_completes(tmp_path: Path) -> None:
    design = tiny(factors={"population.passive_share": [0.1]}, replicates=6)
    outcome = sweep(design, tmp_path / "out", workers=2, work=works.deadly)
    assert (outcome.done, outcome.failed) == (5, 1)
    errors = read_errors(tmp_path / "out")
    assert errors[["point", "seed", "kind", "attempts"]].values.tolist() == [[0, 3, "killed", 3]]
    assert "SIGKILL" in errors["error"][0]


def test_what_cannot_be_read_here_fails_alone() -> None:
    with Workers(1) as pool:
        first, second, third = (pool.submit(works.unreadable, seed) for seed in (1, 2, 3))
        with pytest.raises(RuntimeError, match="cannot be read here: LookupError: made elsewhere"):
            second.result(timeout=60)
        assert (first.result(timeout=60), third.result(timeout=60)) == (1.0, 3.0)


def test_a_run_that_hangs_in_compiled_code_is_stopped(tmp_path: Path) -> None:
    design = tiny(factors={"population.passive_share": [0.1]}, time_limit=1.5)
    outcome = sweep(design, tmp_path / "out", workers=1, work=works.hangs)
    assert (outcome.done, outcome.failed) == (3, 1)
    errors = read_errors(tmp_path / "out")
    assert errors[["seed", "kind", "error"]].values.tolist() == [
        [2, "timeout", "took more than 1.5 s"]
    ]


def test_a_full_disk_loses_nothing_that_was_written(tmp_path: Path) -> None:
    out = tmp_path / "out"
    full = start(out, "wide", "40", "100000")  # ten rows of the later seeds take more
    _, said = full.communicate(timeout=120)
    assert full.returncode == 1
    (line,) = said.strip().splitlines()
    assert "cannot be written (File too large)" in line and "finished runs are not on disk" in line
    assert status(out).state == "interrupted"
    assert not list(out.glob("parts/.*"))
    kept = read_sweep(out)
    assert len(kept) >= 10

    outcome = sweep(tiny(replicates=40), out, executor=Here(), work=works.wide)
    assert (outcome.done, outcome.kept) == (240, len(kept))
    sweep(tiny(replicates=40), tmp_path / "whole", executor=Here(), work=works.wide)
    assert tables(out) == tables(tmp_path / "whole")
