"""What sweeps cost, measured.

    python benchmarks/sweeps.py workers   [--runs 200]     two workers against one
    python benchmarks/sweeps.py overhead  [--runs 200]     beyond the model, a run, here and on Dask
    python benchmarks/sweeps.py memory    [--runs 10000]   of the driver, over time; and resuming
    python benchmarks/sweeps.py contrast  [--runs 200]     variance under common random numbers

Seconds depend on the machine and on what else it does; ratios less so.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from experiments.sweeps.design import Design
from experiments.sweeps.engine import sweep
from experiments.sweeps.plan import make_plan, resolve
from experiments.sweeps.reading import read_sweep
from experiments.sweeps.work import simulate

SHARE = "population.passive_share"
SMALL = {
    "days": 10,
    "universe.kind": "market",
    "population.long_only.count": 8,
    "population.hedge.count": 5,
    "population.retail.people": 200,
}


class Clock:
    """When how many runs were done; `rest` leaves out the start of the workers."""

    def __init__(self, every: int = 0) -> None:
        self.at: list[tuple[float, int]] = []
        self.every, self.next = every, every

    def __call__(self, done: int, total: int) -> None:
        if not self.at or done > self.at[-1][1]:
            self.at.append((time.perf_counter(), done))
        if self.every and done >= self.next:
            self.next += self.every
            print(f"{done:>10,} runs {resident():>8.1f} MB")

    def rest(self, warm: float = 0.2) -> tuple[float, int]:
        """Seconds and runs after the first part of them."""
        first = self.at[int(warm * (len(self.at) - 1))]
        return self.at[-1][0] - first[0], self.at[-1][1] - first[1]


def resident() -> float:
    """Memory of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def design_of(runs: int, levels: int = 2, **fixed: Any) -> Design:
    shares = [round(0.1 + 0.4 * k / (levels - 1), 6) for k in range(levels)]
    given = {"scenario": "spacex", "replicates": -(-runs // levels), "set": {**SMALL, **fixed},
             "factors": {SHARE: shares}}  # fmt: skip
    return Design.model_validate(given)


def nothing(scenario: Any, seed: int, series: Any) -> Any:
    """A run without a model: what is left is the sweep."""
    rng = np.random.default_rng(seed)
    return {f"figure_{k}": float(x) for k, x in enumerate(rng.normal(size=20))}, {}


def workers(runs: int, folder: Path) -> None:
    speeds = {}
    design = design_of(runs, days=60)
    for count in (1, 2):
        clock = Clock()
        sweep(design, folder / str(count), workers=count, progress=clock)
        seconds, done = clock.rest()
        speeds[count] = done / seconds
        print(f"{count} workers {speeds[count]:8.2f} runs/s")
    print(f"two against one {speeds[2] / speeds[1]:.2f} x")


def overhead(runs: int, folder: Path) -> None:
    design = design_of(runs)
    plan = make_plan(design, "overhead")
    scenarios = [resolve(plan.base, plan.points, k, "overhead") for k in range(len(plan.points))]
    times = []
    for number in range(min(runs, 60)):
        started = time.perf_counter()
        simulate(scenarios[number % 2], number, ())
        times.append(time.perf_counter() - started)
    model = float(np.mean(times[10:]))
    print(f"the model alone {1000 * model:8.2f} ms a run")
    clock = Clock()
    sweep(design, folder / "local", workers=1, progress=clock)
    _beyond("one process", clock, model)
    try:
        import distributed
    except ImportError:
        print("Dask is not installed")
        return
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, protocol="tcp", dashboard_address=None
    ) as cluster:
        clock = Clock()
        sweep(design, folder / "dask", cluster=cluster.scheduler_address, progress=clock)
        _beyond("one Dask worker", clock, model)


def _beyond(name: str, clock: Clock, model: float) -> None:
    seconds, done = clock.rest()
    each = seconds / done
    print(
        f"{name:15} {1000 * each:8.2f} ms a run, {1000 * (each - model):+.2f} ms beyond the model"
    )


def memory(runs: int, folder: Path) -> None:
    design = design_of(runs, levels=100)
    clock = Clock(every=max(runs // 10, 1))
    print(f"{'start':>15} {resident():>8.1f} MB")
    started = time.perf_counter()
    outcome = sweep(design, folder / "memory", workers=2, work=nothing, progress=clock)
    seconds = time.perf_counter() - started
    size = (folder / "memory" / "rows.parquet").stat().st_size / 1e6
    print(f"{'compacted':>15} {resident():>8.1f} MB")
    print(f"{outcome.done:,} runs in {seconds:.1f} s, rows.parquet {size:.1f} MB")
    started = time.perf_counter()
    sweep(design, folder / "memory", workers=2, work=nothing)
    print(f"the same again {time.perf_counter() - started:.3f} s")


def contrast(runs: int, folder: Path) -> None:
    design = design_of(runs, days=60, **{"universe.kind": "stocks", "universe.stocks": 100})
    sweep(design, folder / "contrast")
    rows = read_sweep(folder / "contrast")
    print(f"difference between shares of 50 % and 10 %, {design.replicates} seeds")
    for name in ("first_close", "first_day_return", "closes.21", "annual_volatility"):
        table = rows.pivot(index="seed", columns=SHARE, values=name).dropna()
        low, high = (table[column].to_numpy() for column in table)
        paired, apart = (high - low).var(ddof=1), high.var(ddof=1) + low.var(ddof=1)
        print(f"{name:20} variance unpaired / paired {apart / paired:8.1f} x")
    timings = pq.read_table(folder / "contrast" / "timings.parquet")["seconds"].to_numpy()
    print(f"{timings.mean():.2f} s a run")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("what", choices=["workers", "overhead", "memory", "contrast"])
    asked.add_argument("--runs", type=int)
    given = asked.parse_args()
    runs = given.runs or (10_000 if given.what == "memory" else 200)
    with tempfile.TemporaryDirectory() as folder:
        globals()[given.what](runs, Path(folder))


if __name__ == "__main__":
    main()
