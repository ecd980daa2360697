"""What widens the forecast: a scenario's fan with assumptions left open, singly and together.

    python -m experiments.studies.fan_width spacex --seeds 60 --out results/fan-width

runs the scenario over the same seeds under several conditions: as it is shipped (*seeds only*),
with one assumption drawn afresh for every seed from its range (``fan_width.toml``), one condition
each, and with all of them drawn. The draws are stratified: of n seeds each gets another nth of the
range. The width of a fan on a day is that of its 90 % band in logs, log p95 − log p5. What an
assumption does is seen best seed by seed, where all else is the same: with d = log close with the
assumption drawn − log close as shipped, its *spread* is the standard deviation of d over seeds, to
be held against that of the log close itself over seeds. Independent spreads add as squares.
Intervals are percentile bootstraps over seeds.

The folder is of kind ``fan-width``: ``table.csv`` (condition, day, width, spread, intervals),
``runs.parquet`` (what every run assumed), ``panels/daily.parquet`` (closes), ``figures/``.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from experiments.folder import appear, check_folder
from experiments.formats import schema_of, to_json, write_table
from experiments.manifest import provenance
from experiments.scenario import Scenario, load_scenario
from experiments.studies.intervals import LEVEL, RESAMPLES
from experiments.studies.predictive_fan import many_runs
from experiments.sweeps.design import Interval
from experiments.sweeps.pool import check_workers
from sim.inputs import InputError, Settings, override, parse, read_toml, value_at
from sim.streams import Streams

Array = NDArray[np.float64]
FILE = Path(__file__).with_suffix(".toml")
KIND = "fan-width"
SEEDS_ONLY, TOGETHER = "seeds only", "all of them"
#: Trading days from the first trade on which the width is told: its close, a month, a year.
HORIZONS = (0, 21, 63, 126, 251)
FEWEST = 10
TAILS = (100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2)


class Assumption(Settings):
    """A setting that is not known: from … to, or factors of the shipped value."""

    label: str = Field(min_length=1)
    source: str = Field(min_length=1)
    low: float | None = Field(default=None, alias="from")
    high: float | None = Field(default=None, alias="to")
    scale: str = "linear"
    factor: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _one_range(self) -> Assumption:
        if (self.factor is None) == (self.low is None or self.high is None):
            raise ValueError("from: expected from and to, or factor = [low, high]")
        return self

    def interval(self, shipped: float) -> Interval:
        """The range in own units, which must hold the shipped value."""
        if self.factor is not None:
            low, high = (shipped * factor for factor in self.factor)
            given: dict[str, Any] = {"from": low, "to": high, "scale": "log"}
        else:
            given = {"from": self.low, "to": self.high, "scale": self.scale}
        found = parse(Interval, given, self.label)
        if not found.low <= shipped <= found.high:
            raise InputError(
                f"{self.label}: got {found.low:g} to {found.high:g}, expected a range that holds "
                f"the shipped {shipped:g}"
            )
        return found


@dataclass(frozen=True)
class Open:
    """An assumption of one scenario: its dotted path, how it reads, where it may lie."""

    path: str
    label: str
    interval: Interval


def read_assumptions(scenario: Scenario, path: Path | str = FILE) -> list[Open]:
    """Assumptions of a file that a scenario can leave open.

    Raises InputError for a path that is unknown or no number, or a bad range.
    """
    file = Path(path)
    found = []
    for name, given in read_toml(file).items():
        assumption = parse(Assumption, given, f"{file.name}: {name}")
        interval = assumption.interval(float(value_at(scenario, name)))
        for end in (interval.low, interval.high):
            override(scenario, {name: end}, file.name)
        found.append(Open(name, assumption.label, interval))
    return found


def draws(assumptions: Sequence[Open], count: int) -> dict[str, list[float]]:
    """``count`` values of every assumption by path, one from each of as many equal strata."""
    streams = Streams(1)
    values = {}
    for each in assumptions:
        rng = streams(f"fan.{each.path}")
        u = (rng.permutation(count) + rng.random(count)) / count
        values[each.path] = [float(each.interval.at(float(part))) for part in u]
    return values


def conditions(assumptions: Sequence[Open], count: int) -> dict[str, list[dict[str, float]]]:
    """Assignments of every condition, one set a seed."""
    values = draws(assumptions, count)
    found: dict[str, list[dict[str, float]]] = {SEEDS_ONLY: [{} for _ in range(count)]}
    for each in assumptions:
        found[each.label] = [{each.path: value} for value in values[each.path]]
    found[TOGETHER] = [{path: own[place] for path, own in values.items()} for place in range(count)]
    return found


def widths(closes: Mapping[str, Array], horizons: Sequence[int] = HORIZONS) -> pd.DataFrame:
    """Width of every condition on some days, and the spread that its assumption causes.

    Parameters
    ----------
    closes : condition -> (seeds, days), USD; NaN after a run's end. The seeds are the same ones.

    Returns
    -------
    DataFrame
        Columns ``condition, day, width, width_low, width_high, spread, spread_low, spread_high``.
        The spread of *seeds only* is that of the log close over seeds, of the others that of its
        difference from *seeds only*.
    """
    base = np.log(closes[SEEDS_ONLY])
    again = Streams(1)("fan.bootstrap").integers(len(base), size=(RESAMPLES, len(base)))
    rows = []
    for day in (day for day in horizons if day < base.shape[1]):
        for name, every in closes.items():
            own = np.log(every[:, day])
            moved = own if name == SEEDS_ONLY else own - base[:, day]
            row: dict[str, Any] = {"condition": name, "day": day}
            for what, measure, x in (("width", _width, own), ("spread", _spread, moved)):
                low, high = np.percentile(measure(x[again]), TAILS)
                value = float(measure(x[None, :])[0])
                row |= {what: value, f"{what}_low": low, f"{what}_high": high}
            rows.append(row)
    return pd.DataFrame(rows)


def _width(x: Array) -> Array:
    low, high = np.nanpercentile(x, (5, 95), axis=1)
    return np.asarray(high - low)


def _spread(x: Array) -> Array:
    return np.asarray(np.nanstd(x, axis=1))


def study(
    scenario: Scenario, assumptions: Sequence[Open], seeds: Sequence[int], workers: int | None
) -> tuple[pd.DataFrame, dict[str, Array], pd.DataFrame]:
    """Run all conditions: what every run assumed, closes by condition (seeds, days), widths."""
    asked = conditions(assumptions, len(seeds))
    jobs = [
        (override(scenario, sets, name), seed)
        for name, each in asked.items()
        for sets, seed in zip(each, seeds, strict=True)
    ]
    assumed = pd.DataFrame([
        {"condition": name, "seed": seed, **sets}
        for name, each in asked.items()
        for sets, seed in zip(each, seeds, strict=True)
    ])  # fmt: skip
    closes = {name: np.full((len(seeds), scenario.days), np.nan) for name in asked}
    rows = [row for each in closes.values() for row in each]
    for row, (_, series) in zip(rows, many_runs(jobs, workers), strict=True):
        row[: len(series["close"])] = series["close"]
    return assumed, closes, widths(closes)


def save(
    scenario: Scenario, assumed: pd.DataFrame, closes: Mapping[str, Array], table: pd.DataFrame,
    command: str, out: Path,
) -> Path:  # fmt: skip
    """Write the folder, whole or not at all; raises InputError as `folder.check_folder`."""
    fill = partial(_fill, scenario=scenario, assumed=assumed, closes=closes, table=table,
                   command=command)  # fmt: skip
    return appear(out, KIND, fill)


def _fill(
    folder: Path, scenario: Scenario, assumed: pd.DataFrame, closes: Mapping[str, Array],
    table: pd.DataFrame, command: str,
) -> None:  # fmt: skip
    from experiments.show.fan_figures import fan_width_figure
    from experiments.show.style import save as save_figure

    table.round(4).to_csv(folder / "table.csv", index=False)
    write_table(assumed, schema_of(assumed), folder / "runs.parquet")
    for name in ("panels", "figures"):
        (folder / name).mkdir()
    seeds = assumed.loc[assumed["condition"] == SEEDS_ONLY, "seed"].tolist()
    daily = pd.concat(
        [
            pd.DataFrame(
                {"condition": name, "seed": seed, "day": np.arange(row.size), "close": row}
            )
            for name, every in closes.items()
            for seed, row in zip(seeds, every, strict=True)
        ],
        ignore_index=True,
    )
    write_table(daily, schema_of(daily), folder / "panels" / "daily.parquet")
    figure = fan_width_figure(closes, table, f"{scenario.name}: what widens the forecast")
    save_figure(figure, folder / "figures" / "fan_width.png")
    manifest = {**provenance(KIND), "name": scenario.name, "seeds": seeds, "command": command}
    (folder / "manifest.json").write_text(
        to_json({**manifest, "scenario": scenario}), encoding="utf-8"
    )


def main(arguments: list[str] | None = None) -> int:
    """Command line of the study."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.studies.fan_width", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("scenario", help="a scenario's name or path")
    parser.add_argument("--seeds", type=int, default=60, help="how many (default 60)")
    parser.add_argument("--days", type=int, default=252, help="days of trading (default a year)")
    parser.add_argument("--assumptions", type=Path, default=FILE, help="TOML; default: shipped")
    parser.add_argument("--workers", type=int, default=None, help="processes (default: all cores)")
    parser.add_argument("--out", type=Path, default=Path("results/fan-width"),
                        help="folder to write to")  # fmt: skip
    options = parser.parse_args(arguments)
    try:
        if options.seeds < FEWEST:
            raise InputError(f"--seeds: got {options.seeds}, expected at least {FEWEST}")
        scenario = load_scenario(options.scenario, {"days": options.days})
        if scenario.offering is None:
            raise InputError(f"{options.scenario}: got no offering, expected one")
        assumptions = read_assumptions(scenario, options.assumptions)
        check_workers(options.workers)
        check_folder(options.out, KIND)
    except InputError as error:
        print(f"fan_width: {error}", file=sys.stderr)
        return 2
    runs = (len(assumptions) + 2) * options.seeds
    print(f"{runs} runs of {options.days} days", file=sys.stderr)
    seeds = range(1, options.seeds + 1)
    assumed, closes, table = study(scenario, assumptions, seeds, options.workers)
    save(scenario, assumed, closes, table, _command(options), options.out)
    last = table[table["day"] == table["day"].max()].drop(columns="day")
    print(f"Width of the 90 % band and spread of the close in logs on day {table['day'].max()}")
    print(last.round(3).to_string(index=False))
    print(f"Files in {options.out}/")
    return 0


def _command(options: argparse.Namespace) -> str:
    words = ["python", "-m", "experiments.studies.fan_width", options.scenario]
    words += ["--seeds", str(options.seeds), "--days", str(options.days)]
    words += ["--assumptions", str(options.assumptions)] if options.assumptions != FILE else []
    return shlex.join(words)


if __name__ == "__main__":
    sys.exit(main())
