"""The same through a Dask cluster over TCP, with a worker killed on the way."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import distributed
import pytest

from experiments.sweeps.cluster import dask_executor
from experiments.sweeps.engine import sweep
from experiments.sweeps.reading import read_errors
from sim.inputs import InputError
from tests.sweeps import works
from tests.sweeps.cases import SHARE, Here, tables, tiny

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Address of a scheduler with two worker processes of one thread each."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(PROJECT), *sys.path])
    try:
        with distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            protocol="tcp",
            dashboard_address=None,
        ) as here:
            yield here.scheduler_address
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def pids(address: str) -> list[int]:
    with distributed.Client(address, set_as_default=False) as client:
        return list(client.run(os.getpid).values())


def test_a_killed_worker_changes_no_byte(cluster: str, tmp_path: Path) -> None:
    assert cluster.startswith("tcp://")
    before = pids(cluster)
    killed: list[int] = []

    def progress(done: int, total: int) -> None:
        if not killed and done > 20:
            killed.append(before[0])
            os.kill(before[0], signal.SIGKILL)

    design = tiny(replicates=40)
    out = tmp_path / "out"
    outcome = sweep(design, out, cluster=cluster, work=works.slow, progress=progress)
    assert killed and (outcome.done, outcome.failed) == (240, 0)
    sweep(design, tmp_path / "local", executor=Here(), work=works.cheap)
    assert tables(out) == tables(tmp_path / "local")


def test_runs_that_raise_or_loop_are_recorded(cluster: str, tmp_path: Path) -> None:
    design = tiny(factors={SHARE: [0.1]}, time_limit=0.5)
    sweep(design, tmp_path / "raises", cluster=cluster, work=works.raises)
    assert read_errors(tmp_path / "raises")["error"].tolist() == [
        "ZeroDivisionError: no such thing"
    ]
    sweep(design, tmp_path / "loops", cluster=cluster, work=works.loops)
    assert read_errors(tmp_path / "loops")["kind"].tolist() == ["timeout"]


def test_a_cluster_that_is_not_there_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.sweeps.cluster.PATIENCE", 0.5)
    with (
        pytest.raises(InputError, match=r"--cluster: tcp://127\.0\.0\.1:9 cannot be"),
        dask_executor("tcp://127.0.0.1:9"),
    ):
        pass
