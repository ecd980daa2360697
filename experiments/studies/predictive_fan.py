"""What a scenario says about the price, over many seeds.

    python -m experiments.studies.predictive_fan spacex --seeds 100 --out results/fan

runs the scenario once a seed, on all cores, and writes the distribution of the headline figures
(``distribution.csv``), the summaries they come from (``seeds.csv``) and the fan chart of closing
prices (``fan.png``).  Nothing is fitted to any price path: a real one may be laid over it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.scenario import Scenario, load_scenario
from experiments.simulate import run
from sim.inputs import InputError

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


def one_seed(scenario: Scenario, seed: int) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """Headline figures and closing prices (days,) USD of one run; no closes if withdrawn."""
    result = run(scenario, seed=seed)
    symbol = scenario.offering.symbol if scenario.offering else None
    closes = result.prices.loc[result.prices["symbol"] == symbol, "close"].to_numpy(float)
    figures = {"seed": seed, "decision": result.summary["decision"]}
    figures |= {name: result.summary.get(name) for name in FIGURES if name in result.summary}
    figures |= {f"close_{day}": price for day, price in result.summary["closes"].items()}
    returns = np.diff(np.log(closes[: MONTH + 1]))
    enough = returns.size == MONTH
    figures["volatility_first_month"] = returns.std(ddof=1) * np.sqrt(252) if enough else None
    return figures, closes


def many_seeds(
    scenario: Scenario, seeds: Iterable[int], workers: int | None = None
) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Run every seed; the figures (one row a seed) and closes (seeds, days), NaN if withdrawn.

    The result does not depend on the number of workers.
    """
    chosen = list(seeds)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers or os.cpu_count(), mp_context=context) as pool:
        done = list(pool.map(one_seed, [scenario] * len(chosen), chosen))
    closes = np.full((len(done), scenario.days), np.nan)
    for row, (_, path) in zip(closes, done, strict=True):
        row[: path.size] = path
    return pd.DataFrame([figures for figures, _ in done]), closes


def distribution(table: pd.DataFrame) -> pd.DataFrame:
    """Mean, standard deviation and percentiles of every headline figure."""
    rows = []
    for name, label in FIGURES.items():
        values = pd.to_numeric(table[name]).dropna().to_numpy(float)
        if values.size:
            quantiles = dict(
                zip((f"p{q}" for q in LEVELS), np.percentile(values, LEVELS), strict=True)
            )
            rows.append({"figure": label, "mean": values.mean(), "sd": values.std(), **quantiles})
    return pd.DataFrame(rows)


def save(scenario: Scenario, table: pd.DataFrame, closes: NDArray[np.float64], out: Path) -> None:
    """Write the two tables and the fan chart."""
    from experiments.show.figures import fan_figure

    out.mkdir(parents=True, exist_ok=True)
    table.to_csv(out / "seeds.csv", index=False)
    distribution(table).round(4).to_csv(out / "distribution.csv", index=False)
    offer = scenario.offering.price if scenario.offering else None
    figure = fan_figure(closes, offer=offer, title=f"{scenario.name}: where the price may go")
    figure.savefig(out / "fan.png")


def main(arguments: list[str] | None = None) -> int:
    """Command line of the study."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
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
    except InputError as error:
        print(f"predictive_fan: {error}", file=sys.stderr)
        return 2
    table, closes = many_seeds(scenario, range(1, options.seeds + 1), options.workers)
    save(scenario, table, closes, options.out)
    print(distribution(table).round(3).to_string(index=False))
    print(f"\n{len(table)} seeds: " + ", ".join(
        f"{count} {decision}" for decision, count in table["decision"].value_counts().items()
    ))  # fmt: skip
    print(f"Files in {options.out}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
