"""The predictive fan: daily closes of many runs that differ in their seed.

It comes from a folder of `experiments.studies.predictive_fan`, or of a sweep that keeps daily
closes (``outputs.daily = ["close", "volume"]``). In a sweep of several points the runs of all
points make the fan: then it is wider by what its factors leave open.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from experiments.folder import kind_of
from experiments.formats import read_table
from experiments.scenario import Scenario, load_scenario
from sim.calendar import TradingCalendar
from sim.inputs import InputError, parse

Array = NDArray[np.float64]
#: With fewer runs a 90 % band has no meaning: its ends are single runs.
FEWEST_RUNS = 20


@dataclass(frozen=True)
class Fan:
    """Runs of one scenario, those without trading left out.

    Attributes
    ----------
    closes : (runs, days) USD, day 0 the first trade; NaN after a run's end
    volumes : (runs, days) shares, None if they were not kept
    first_day_returns : (runs,) on the offer price, NaN where not known
    name : of the scenario
    listing, exchange : day and place of the first trade
    offer : price of the terms [USD], None if it emerges in the run
    offered : shares sold in the offering
    unlock : trading day (day 0 the first trade) from which locked shares may first be sold, or None
    untraded : runs without a first trade
    """

    closes: Array
    volumes: Array | None
    first_day_returns: Array
    name: str = ""
    listing: date = date(2026, 6, 12)
    exchange: str = "XNYS"
    offer: float | None = None
    offered: float = float("nan")
    unlock: int | None = None
    untraded: int = 0


def read_fan(folder: Path | str) -> Fan:
    """The fan in a folder.

    Raises InputError if it is neither kind, keeps no daily closes or has fewer than 20 runs.
    """
    home = Path(folder)
    kind = kind_of(home)
    if kind not in ("fan", "sweep"):
        what = f"holds a {kind}" if kind else "is no ipolab results folder"
        raise InputError(
            f"{folder}: {what}, expected a predictive fan or a sweep with daily closes"
        )
    try:
        manifest = json.loads((home / "manifest.json").read_text(encoding="utf-8"))
        if kind == "sweep":
            from experiments.sweeps.reading import read_daily, read_sweep

            daily, rows = read_daily(home), read_sweep(home)
        else:
            daily = read_table(home / "panels" / "daily.parquet")
            rows = read_table(home / "runs.parquet")
        scenario = _scenario(home, manifest)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{folder}: incomplete or broken results ({error})") from None
    if "close" not in daily:
        raise InputError(f"{folder}: keeps no daily closes, expected close in outputs.daily")
    return make_fan(daily, rows, scenario, str(folder))


def make_fan(daily: pd.DataFrame, rows: pd.DataFrame, scenario: Scenario, source: str) -> Fan:
    """The fan of ``daily`` (point, seed, day, close and perhaps volume) and ``rows`` (point, seed,
    figures); `source` is named in messages."""
    terms = scenario.offering
    if terms is None:
        raise InputError(f"{source}: its scenario lists no company, expected one with an offering")
    run = ["point", "seed"]
    closes = daily.pivot(index=run, columns="day", values="close").sort_index(axis=1)
    closes = closes[closes[0].notna()] if 0 in closes else closes.iloc[:0]
    if len(closes) < FEWEST_RUNS:
        raise InputError(
            f"{source}: got {len(closes)} runs that traded, expected at least {FEWEST_RUNS}"
        )
    volumes: Array | None = None
    if "volume" in daily:
        shares = daily.pivot(index=run, columns="day", values="volume").sort_index(axis=1)
        volumes = shares.loc[closes.index].to_numpy(np.float64)
    figures = rows.set_index(run).reindex(closes.index)
    first = np.full(len(closes), np.nan)
    if "first_day_return" in figures:
        first = np.asarray(pd.to_numeric(figures["first_day_return"]), dtype=np.float64)
    elif terms.price is not None:
        first = closes[0].to_numpy(np.float64) / terms.price - 1
    return Fan(
        closes=closes.to_numpy(np.float64),
        volumes=volumes,
        first_day_returns=first,
        name=scenario.name,
        listing=terms.dates.first_trade,
        exchange=scenario.market.exchange,
        offer=terms.price,
        offered=terms.shares,
        unlock=first_unlock(scenario),
        untraded=len(rows) - len(closes),
    )


def first_unlock(scenario: Scenario) -> int | None:
    """Trading days from the first trade to the first session on which locked shares are free."""
    terms = scenario.offering
    if terms is None or terms.lockup is None:
        return None
    first = terms.dates.first_trade
    calendar = TradingCalendar(first, first + timedelta(days=3 * 365), scenario.market.exchange)
    reports = {report.quarter: report.date for report in scenario.news.reports}
    days = []
    for tranche in terms.lockup.tranches:
        due = terms.lockup.due(tranche)
        published = reports.get(tranche.results or "")
        if due is not None and due <= calendar.sessions[-1]:
            days.append(calendar.on_or_after(max(due, first)))
        elif published is not None:
            days.append(calendar.after(published, tranche.sessions_after))
    return min(calendar.index(day) for day in days) if days else None


def _scenario(folder: Path, manifest: Mapping[str, Any]) -> Scenario:
    resolved = manifest.get("scenario")
    if isinstance(resolved, Mapping):
        return parse(Scenario, dict(resolved), "manifest.json: scenario")
    design = json.loads((folder / "design.json").read_text(encoding="utf-8"))
    if isinstance(design.get("base"), Mapping):  # as it was resolved
        return parse(Scenario, dict(design["base"]), "design.json: base")
    return load_scenario(str(design["scenario"]), design.get("set") or {})
