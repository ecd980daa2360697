"""`mesa.batch_run` and `experiments.sweep` on the same model and the same points.

    python benchmarks/against_batch_run.py [--runs 100] [--kill-after 0.5]

Each in a process of its own, with two workers: wall time, peak memory of the driver and of its
largest worker, and how many runs can be read after the driver was killed (SIGKILL) on the way.
`batch_run` repeats one seed over its iterations, so seeds are given to it as a parameter.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from mesa import DataCollector

from agents.population import populate
from benchmarks.sweeps import SHARE, SMALL, design_of
from experiments.scenario import load_scenario
from experiments.summary import summarise
from sim.inputs import override
from sim.model import MarketModel

FIGURES = ("first_close", "first_day_return", "peak_close", "annual_volatility")
SHARES = (0.1, 0.5)


class Offering(MarketModel):
    """The model as `batch_run` wants it: built from parameters, with a data collector."""

    def __init__(self, share: float, seed: int) -> None:
        scenario = override(load_scenario("spacex", {**SMALL, "days": 60}), {SHARE: share}, "it")
        super().__init__(replace(scenario.world(), pipeline=()), seed)
        populate(self, scenario.population, None)
        self.last = scenario.days - 1
        self.datacollector = DataCollector({name: self._figure(name) for name in FIGURES})

    @staticmethod
    def _figure(name: str) -> Any:
        return lambda model: summarise(model).get(name) if not model.running else None

    def step(self) -> None:
        """One day; the figures are collected after it."""
        super().step()
        self.running = self.running and self.day < self.last
        self.datacollector.collect(self)


def with_batch_run(runs: int, out: Path) -> None:
    from mesa.batchrunner import batch_run

    seeds = range(1, runs // len(SHARES) + 1)
    rows = batch_run(Offering, {"share": SHARES, "seed": seeds}, number_processes=2,
                     display_progress=False)  # fmt: skip
    (out / "rows.json").write_text(json.dumps(rows))


def with_sweep(runs: int, out: Path) -> None:
    from experiments.sweeps.engine import sweep

    sweep(design_of(runs, days=60), out, workers=2)


def rows_in(what: str, out: Path) -> list[tuple[float, int, float]]:
    if what == "batch_run":
        if not (out / "rows.json").is_file():
            return []
        rows = json.loads((out / "rows.json").read_text())
        return sorted((row["share"], row["seed"], row["first_close"]) for row in rows)
    from experiments.sweeps.reading import read_sweep

    table = read_sweep(out)
    if table.empty:
        return []
    return sorted(zip(table[SHARE], table["seed"], table["first_close"], strict=True))


def measure(what: str, runs: int, kill_after: float | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.against_batch_run", "--child", what,
                   "--runs", str(runs), "--out", folder]  # fmt: skip
        started = time.perf_counter()
        quiet = subprocess.DEVNULL if kill_after is not None else None
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=quiet, text=True, start_new_session=True
        )
        if kill_after is not None:
            time.sleep(kill_after)
            child.send_signal(signal.SIGKILL)
        said, _ = child.communicate()
        seconds = time.perf_counter() - started
        if kill_after is not None:
            left = [int(p) for p in _session(child.pid)]
            for pid in left:  # workers that outlive their driver
                os.kill(pid, signal.SIGKILL)
        rows = rows_in(what, Path(folder)) if kill_after is None or what == "sweep" else []
        return {"seconds": seconds, "rows": rows, "said": said}


def _session(leader: int) -> list[str]:
    time.sleep(1.0)  # ours end by themselves within a moment
    done = subprocess.run(["ps", "-o", "pid=", "-s", str(leader)], capture_output=True, text=True)
    return done.stdout.split()


def child(what: str, runs: int, out: Path) -> None:
    (with_batch_run if what == "batch_run" else with_sweep)(runs, out)
    peaks = [resource.getrusage(who).ru_maxrss / 1024
             for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]  # fmt: skip
    print(json.dumps(peaks))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--runs", type=int, default=100)
    asked.add_argument("--kill-after", type=float, default=0.5, help="part of the time it takes")
    asked.add_argument("--child", choices=["batch_run", "sweep"], help=argparse.SUPPRESS)
    asked.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.child:
        child(given.child, given.runs, given.out)
        return
    print(f"{'':12}{'wall s':>9}{'driver MB':>11}{'worker MB':>11}{'rows':>7}{'after a kill':>14}")
    found = {}
    for what in ("batch_run", "sweep"):
        whole = measure(what, given.runs, None)
        killed = measure(what, given.runs, given.kill_after * whole["seconds"])
        driver, worker = json.loads(whole["said"])
        found[what] = whole["rows"]
        print(f"{what:12}{whole['seconds']:9.1f}{driver:11.0f}{worker:11.0f}"
              f"{len(whole['rows']):7}{len(killed['rows']):14}")  # fmt: skip
    same = found["batch_run"] == found["sweep"]
    print("the figures of both are the same" if same else "THE FIGURES DIFFER")


if __name__ == "__main__":
    main()
