"""Where the stylised facts come from: each mechanism switched off, and what is left of them.

The market of A15 is run with and without one mechanism at a time on the same seeds, and the facts
(`experiments.evidence.stylised_facts`) are compared seed by seed. What changes when a mechanism is
off is its doing; what does not comes from elsewhere. Two of the switches, *tails of news* and
*waves of news*, are not behaviour but the law by which news arrives, an input: the part of kurtosis
and clustering that goes with them is put in and not explained.

    python -m experiments.evidence.targets.mechanisms 4 --out results/switches    # seeds, folder

>>> table = without(seeds=(1, 2))
>>> table[table["measure"] == "kurtosis"]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.evidence.stylised_facts import FACTS, facts
from experiments.evidence.targets.market import CHANGES, history
from experiments.folder import write_whole
from experiments.results import Result
from experiments.scenario import load_scenario
from experiments.studies.comparison import Measure, compare
from experiments.studies.replicate import Progress, replicate
from experiments.sweeps.pool import check_workers
from sim.calendar import TRADING_DAYS
from sim.inputs import InputError, override

ALL = "all mechanisms"
YEARS, STOCKS, FUNDS = 10, 60, 60
SWITCHES: dict[str, dict[str, Any]] = {
    "no news jumps": {"universe.jumps_per_year": 0.0},
    "no days of reports": {"universe.report_share": 0.0},
    "no tails of news": {"universe.tail_degrees": 100.0, "news.tail_degrees": 100.0},
    "no waves of news": {
        "universe.volatility_of_volatility": 0.0,
        "news.volatility_of_volatility": 0.0,
    },
    "no fixed claims": {"universe.fixed_claims": 0.0},
    "no premium for variance": {"risk_premium.premium": 0.0},
    "no attention": {"population.attention.quiet": 1.0},
    "no own readings of news": {"population.interpretation": 0.0},
    "no large funds": {
        "population.long_only.size_exponent": 10.0,
        "population.hedge.size_exponent": 10.0,
    },
    "no borrowed money": {
        "population.hedge.leverage": 0.0,
        "population.momentum.leverage": 0.0,
    },
    "no short sellers": {"population.short_sellers.count": 0},
    "no momentum": {"population.momentum.capital_usd": 0.0},
    "no opinions": {
        "population.long_only.opinion_volatility": 0.0,
        "population.hedge.opinion_volatility": 0.0,
    },
}
MEASURES = tuple(Measure(key, fact.what, "number") for fact in FACTS for key in fact.bands)


def measure(result: Result) -> dict[str, float]:
    """The stylised facts of one run."""
    return facts(history(result))


def without(
    seeds: Sequence[int] = (1, 2, 3, 4),
    switches: Mapping[str, Mapping[str, Any]] = SWITCHES,
    assignments: Mapping[str, Any] | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Every figure with all mechanisms, and without each one, with paired differences.

    Parameters
    ----------
    seeds : the same for every condition
    switches : label -> assignments that switch a mechanism off
    assignments : changes of all conditions
    workers, progress : as in `experiments.studies.replicate.replicate`

    Returns
    -------
    DataFrame with the columns of `experiments.studies.comparison.COLUMNS`
    """
    small = {
        **CHANGES,
        "universe.stocks": STOCKS,
        "indices.sp500.count": STOCKS,
        "indices.sp500.make_room_rank": 10,
        "population.long_only.count": FUNDS,
        "days": YEARS * TRADING_DAYS,
    }
    base = load_scenario("index-world", {**small, **(assignments or {})})
    conditions = {ALL: base}
    conditions |= {label: override(base, dict(off), label) for label, off in switches.items()}
    rows = replicate(conditions, measure, seeds, workers, progress=progress)
    return compare(rows, MEASURES)


def as_text(table: pd.DataFrame) -> str:
    """One line a figure, one column a condition; a star where the paired difference is sure."""
    sure = table["difference_low"] * table["difference_high"] > 0
    cells = [
        ("–" if pd.isna(value) else f"{value:.3f}") + ("*" if star else " ")
        for value, star in zip(table["value"], sure, strict=True)
    ]
    wide = table.assign(cell=cells).pivot(index="condition", columns="measure", values="cell")
    order = list(dict.fromkeys(table["condition"]))
    return wide.loc[order, [each.name for each in MEASURES]].T.to_string()


def main(arguments: list[str] | None = None) -> int:
    """Command line: print the table, and write it if asked to."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.evidence.targets.mechanisms",
        description=(__doc__ or "").split("\n")[0],
    )
    parser.add_argument("seeds", type=int, nargs="?", default=4, help="how many (4)")
    parser.add_argument("--workers", type=int, default=None, help="processes (all cores)")
    parser.add_argument("--out", type=Path, default=None, help="folder for table.csv")
    options = parser.parse_args(arguments)
    try:
        if options.seeds < 2:
            raise InputError(f"seeds: got {options.seeds}, expected at least 2")
        check_workers(options.workers)
        if options.out:  # before the runs, which take hours
            _make(options.out)
    except InputError as error:
        print(f"mechanisms: {error}", file=sys.stderr)
        return 2
    table = without(range(1, 1 + options.seeds), workers=options.workers)
    print(as_text(table))
    if options.out:
        write_whole(options.out / "table.csv", table.round(6).to_csv(index=False))
    return 0


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out: {folder} cannot be written ({error.strerror})") from None


if __name__ == "__main__":
    sys.exit(main())
