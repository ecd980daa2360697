"""Build a scenario's model and run it once.

>>> from experiments import load_scenario, run
>>> result = run(load_scenario("spacex"), seed=7)
>>> result.prices.tail()

``build`` gives the live Mesa model, to ``step()`` by hand.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from agents.population import populate
from experiments.panels import panels
from experiments.panels.first_look import first_look
from experiments.results import Result
from experiments.scenario import Scenario
from experiments.summary import summarise
from sim.inputs import InputError, override
from sim.model import MarketModel
from sim.offering.pipeline import draw_companies
from sim.recorder import BAND, Recorder
from sim.streams import Streams

Progress = Callable[[int, int], None]


def build(scenario: Scenario, seed: int = 1) -> MarketModel:
    """The Mesa model of a scenario, before its first day.

    Raises
    ------
    InputError
        If the seed is not a non-negative integer.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"seed: got {seed!r}, expected a whole number of 0 or more")
    world, pipeline = scenario.world(), None
    if scenario.pipeline is not None:
        pipeline = draw_companies(scenario.pipeline, scenario.days, Streams(int(seed)))
        newcomers = tuple(company.newcomer for company in pipeline.companies)
        world = replace(world, pipeline=newcomers)
    model = MarketModel(world, int(seed))
    populate(model, scenario.population, pipeline)
    return model


def run(
    scenario: Scenario,
    seed: int = 1,
    days: int | None = None,
    progress: Progress | None = None,
) -> Result:
    """Run a scenario once.

    Parameters
    ----------
    scenario : Scenario
    seed : int
    days : int, optional
        Trading days from the first trade on, instead of the scenario's.
    progress : callable, optional
        Called as ``progress(done, total)`` after every trading day, roadshow included.

    Returns
    -------
    Result
    """
    if days is not None:
        scenario = override(scenario, {"days": days}, scenario.name)
    started = time.perf_counter()
    model = build(scenario, seed)
    to_the_end(model, scenario.days, progress)
    result = collect(model, scenario, seed)
    result.manifest["duration_seconds"] = round(time.perf_counter() - started, 3)
    return result


def to_the_end(model: MarketModel, days: int, progress: Progress | None = None) -> None:
    """Step a model through its last day, `days` from the first trade on, and check the ledger.

    Raises ConservationError where shares or cash do not add up.
    """
    total = model.first_session + days
    while model.running and model.day < days - 1:
        model.step()
        if progress:
            progress(model.session + 1, total)
    model.ledger.check()


def summary_of(model: MarketModel, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """The summary of a run, with a first look at the table of its offerings if it has one."""
    summary = summarise(model)
    if "ipos" in tables and (look := first_look(tables["ipos"])):
        summary["ipos"] = {found.what: found.value for found in look}
    return summary


def collect(model: MarketModel, scenario: Scenario, seed: int) -> Result:
    """Tables of a model that has run for as long as it was asked to."""
    recorder = model.recorder
    listing = model.listing
    tables = panels(model)
    return Result(
        scenario=scenario,
        seed=seed,
        summary=summary_of(model, tables),
        prices=_prices(model, recorder),
        holdings=_holdings(model, recorder),
        indices=_indices(recorder),
        events=pd.DataFrame([vars(event) for event in recorder.events]),
        offering=listing.record() if listing else {},
        diagnostics=_diagnostics(recorder) if listing else {},
        panels=tables,
        model=model,
    )


def _long(model: MarketModel, recorder: Recorder) -> dict[str, np.ndarray]:
    """Keys of a table with one row a day and symbol."""
    dates = np.array(recorder.dates, dtype="datetime64[D]")
    return {
        "date": np.repeat(dates, model.n_stocks),
        "symbol": np.tile(np.array(model.universe.symbols, dtype=object), recorder.days),
    }


def _prices(model: MarketModel, recorder: Recorder) -> pd.DataFrame:
    n = recorder.days
    columns = {name: getattr(recorder, name)[:n].ravel()
               for name in ("open", "high", "low", "close", "volume")}  # fmt: skip
    table = pd.DataFrame(
        {**_long(model, recorder), **columns, "value_per_share": recorder.value[:n].ravel()}
    )
    return table[table["close"].notna()].reset_index(drop=True)  # what is not listed has no row


def _holdings(model: MarketModel, recorder: Recorder) -> pd.DataFrame:
    """Daily rows of the columns kept daily, then month-end rows of the others.

    Of many ordinary companies that came to market, month-ends are enough.
    """
    n = recorder.days
    if n == 0:
        return pd.DataFrame()
    daily = np.array(recorder.daily, dtype=int)
    chosen = np.ones(daily.size, dtype=bool)
    if daily.size < model.n_stocks:
        chosen = daily >= model.universe.ordinary
    parts = [(np.arange(n), daily[chosen], recorder.holdings[:n][:, :, chosen])]
    rest = np.setdiff1d(np.arange(model.n_stocks), daily[chosen])
    if rest.size and recorder.month_ends:
        days = np.array([day for day, _ in recorder.month_ends])
        parts.append((days, rest, np.array([held[:, rest] for _, held in recorder.month_ends])))
    return pd.concat(
        [_holdings_rows(model, recorder, days, columns, held) for days, columns, held in parts],
        ignore_index=True,
    )


def _holdings_rows(
    model: MarketModel,
    recorder: Recorder,
    days: np.ndarray,
    columns: np.ndarray,
    held: np.ndarray,
) -> pd.DataFrame:
    """Rows of holdings (days, holder classes, columns)."""
    names = np.array(recorder.holders, dtype=object)
    symbols = np.array(model.universe.symbols, dtype=object)[columns]
    dates = np.array(recorder.dates, dtype="datetime64[D]")[days]
    dollars = held * recorder.close[days][:, None, columns]
    return pd.DataFrame(
        {
            "date": np.repeat(dates, names.size * columns.size),
            "symbol": np.tile(symbols, days.size * names.size),
            "holder_class": np.tile(np.repeat(names, columns.size), days.size),
            "shares": held.ravel(),
            "dollars": dollars.ravel(),
        }
    )


def _indices(recorder: Recorder) -> pd.DataFrame:
    n, names = recorder.days, recorder.indices
    if n == 0:
        return pd.DataFrame()
    return pd.DataFrame(
        {
            "date": np.repeat(np.array(recorder.dates, dtype="datetime64[D]"), len(names)),
            "index": np.tile(np.array(names, dtype=object), n),
            "level": recorder.level[:n].ravel(),
            "total_return": recorder.total_return[:n].ravel(),
            "divisor": recorder.divisor[:n].ravel(),
            "constituents": recorder.constituents[:n].ravel().astype(np.int64),
        }
    )


def _diagnostics(recorder: Recorder) -> dict[str, pd.DataFrame]:
    n = recorder.days
    date = np.array(recorder.dates, dtype="datetime64[D]")
    band = {f"p{level:.0f}": recorder.band[:n, i] for i, level in enumerate(BAND)}
    return {
        "attention": pd.DataFrame(
            {
                "date": date,
                "excited": recorder.excited[:n],
                "bored": recorder.bored[:n],
                "media": recorder.media[:n],
                "momentum_position": recorder.trend_position[:n],
            }
        ),
        "shorts": pd.DataFrame(
            {
                "date": date,
                "short_interest_shares": recorder.short_interest[:n],
                "utilisation": recorder.utilisation[:n],
                "fee": recorder.fee[:n],
            }
        ),
        "value_band": pd.DataFrame({"date": date, **band}),
        "float": pd.DataFrame({"date": date, "float_fraction": recorder.float_fraction[:n]}),
    }
