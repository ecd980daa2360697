"""What a scenario says about the price, over many seeds.

    python -m experiments.studies.predictive_fan spacex --seeds 100 --out results/fan

runs the scenario once a seed, on all cores, and writes a folder of kind ``fan``: the distribution
of the headline figures (``table.csv``), the figures of every run (``runs.parquet``), closing price,
volume and float day by day (``panels/daily.parquet``: seed, day, columns) and the fan chart
(``figures/fan.png``).  Nothing is fitted to any price path: ``ipolab compare`` lays a real one over
it.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.folder import appear, check_folder
from experiments.formats import schema_of, to_json, write_table
from experiments.manifest import provenance
from experiments.scenario import Scenario, load_scenario
from experiments.simulate import run
from experiments.studies.paths import volatility
from experiments.sweeps.pool import Workers, check_workers
from sim.inputs import InputError

Array = NDArray[np.float64]
LEVELS = (5, 25, 50, 75, 95)
#: Figures of the summary in the distribution, and how they read.
FIGURES = {
    "oversubscription": "book coverage, times",
    "first_day_return": "first-day return",
    "first_day_turnover_of_float": "first-day turnover of float",
    "peak_close": "peak close, USD",
    "peak_day": "day of the peak",
    "max_drawdown_from_peak": "largest fall from a peak",
    "volatility_first_month": "volatility in the first month, a year",
    "annual_volatility": "volatility, a year",
    "close_21": "close on day 21, USD",
    "close_63": "close on day 63, USD",
    "close_126": "close on day 126, USD",
    "close_252": "close on day 252, USD",
}
MONTH = 21
KIND = "fan"


def one_seed(scenario: Scenario, seed: int) -> tuple[dict[str, Any], dict[str, Array]]:
    """Headline figures of one run and its series (days,); empty ones if withdrawn."""
    result = run(scenario, seed=seed)
    symbol = scenario.offering.symbol if scenario.offering else None
    own = result.prices[result.prices["symbol"] == symbol]
    series = {name: own[name].to_numpy(float) for name in ("close", "volume")}
    fraction = result.diagnostics["float"]["float_fraction"].to_numpy(float)
    series["float_fraction"] = fraction[: len(own)]
    figures: dict[str, Any] = {"point": 0, "seed": seed}
    figures |= {"decision": result.summary["decision"]}
    figures |= {name: result.summary.get(name) for name in FIGURES if name in result.summary}
    figures |= {f"close_{day}": price for day, price in result.summary["closes"].items()}
    figures["volatility_first_month"] = volatility(series["close"], 0, MONTH)
    return figures, series


def many_runs(
    jobs: Sequence[tuple[Scenario, int]], workers: int | None = None
) -> list[tuple[dict[str, Any], dict[str, Array]]]:
    """`one_seed` of every scenario and seed, in their order, on as many processes as wanted."""
    done = []
    with Workers(workers or os.cpu_count() or 1) as pool:
        for result in pool.map(one_seed, *zip(*jobs, strict=True)):
            done.append(result)
            if len(done) % max(len(jobs) // 10, 1) == 0:
                print(f"{len(done)} of {len(jobs)} runs", file=sys.stderr, flush=True)
    return done


def many_seeds(
    scenario: Scenario, seeds: Iterable[int], workers: int | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run every seed; the figures (one row a seed) and the series (one row a seed and day).

    The result does not depend on the number of workers.
    """
    chosen = list(seeds)
    done = many_runs([(scenario, seed) for seed in chosen], workers)
    table = pd.DataFrame([figures for figures, _ in done])
    numbers = [name for name in table.columns if name != "decision"]
    table[numbers] = table[numbers].apply(pd.to_numeric)  # what no run reached is all None
    daily = [
        pd.DataFrame({"point": 0, "seed": seed, "day": np.arange(len(one["close"])), **one})
        for seed, (_, one) in zip(chosen, done, strict=True)
    ]
    return table, pd.concat(daily, ignore_index=True)


def distribution(table: pd.DataFrame) -> pd.DataFrame:
    """Mean, standard deviation and percentiles of every headline figure."""
    rows = []
    for name, label in FIGURES.items():
        values = pd.to_numeric(table[name]).dropna().to_numpy(float)
        if values.size:
            quantiles = dict(
                zip((f"p{q}" for q in LEVELS), np.percentile(values, LEVELS), strict=True)
            )
            spread = values.std(ddof=1) if values.size > 1 else np.nan
            rows.append({"figure": label, "mean": values.mean(), "sd": spread, **quantiles})
    return pd.DataFrame(rows)


def save(
    scenario: Scenario, table: pd.DataFrame, daily: pd.DataFrame, out: Path, asked: str = ""
) -> Path:
    """Write the folder, whole or not at all; raises InputError as `folder.check_folder`.

    `asked` is the scenario as it was asked for, its own name by default.
    """
    asked = asked or scenario.name
    return appear(out, KIND, lambda folder: _fill(folder, scenario, table, daily, asked))


def _fill(
    folder: Path, scenario: Scenario, table: pd.DataFrame, daily: pd.DataFrame, asked: str
) -> None:
    from experiments.show.fan_figures import fan_figure
    from experiments.show.style import save as save_figure

    distribution(table).round(4).to_csv(folder / "table.csv", index=False)
    write_table(table, schema_of(table), folder / "runs.parquet")
    for name in ("panels", "figures"):
        (folder / name).mkdir()
    write_table(daily, schema_of(daily), folder / "panels" / "daily.parquet")
    if len(daily):
        closes = daily.pivot(index="seed", columns="day", values="close").to_numpy(float)
        offer = scenario.offering.price if scenario.offering else None
        figure = fan_figure(closes, offer=offer, title=f"{scenario.name}: where the price may go")
        save_figure(figure, folder / "figures" / "fan.png")
    seeds = table["seed"].tolist()
    words = ["python", "-m", "experiments.studies.predictive_fan", asked]
    again = shlex.join([*words, "--seeds", str(len(seeds))])
    manifest = {**provenance(KIND), "name": scenario.name, "seeds": seeds, "command": again}
    (folder / "manifest.json").write_text(
        to_json({**manifest, "scenario": scenario}), encoding="utf-8"
    )


def main(arguments: list[str] | None = None) -> int:
    """Command line of the study."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.studies.predictive_fan",
        description=(__doc__ or "").split("\n")[0],
    )
    parser.add_argument("scenario", help="a scenario's name or path")
    parser.add_argument("--seeds", type=int, default=100, help="how many (default 100)")
    parser.add_argument("--workers", type=int, default=None, help="processes (default: all cores)")
    parser.add_argument("--out", type=Path, default=Path("results/fan"), help="folder to write to")
    options = parser.parse_args(arguments)
    try:
        if options.seeds < 2:
            raise InputError(f"--seeds: got {options.seeds}, expected at least 2")
        scenario = load_scenario(options.scenario)
        if scenario.offering is None:
            raise InputError(
                f"{options.scenario}: has no offering, expected one that lists a company"
            )
        check_workers(options.workers)
        check_folder(options.out, KIND)
    except InputError as error:
        print(f"predictive_fan: {error}", file=sys.stderr)
        return 2
    table, daily = many_seeds(scenario, range(1, options.seeds + 1), options.workers)
    save(scenario, table, daily, options.out, options.scenario)
    print(distribution(table).round(3).to_string(index=False))
    print(f"\n{len(table)} seeds: " + ", ".join(
        f"{count} {decision}" for decision, count in table["decision"].value_counts().items()
    ))  # fmt: skip
    print(f"Files in {options.out}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
