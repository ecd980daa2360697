"""The headline figures of a run.

Prices in USD, returns as fractions; days are trading days counted from the first trade (day 0).
A figure that a run does not reach (``closes["252"]`` of a run of 100 days) is null.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.informativeness import of_run
from sim.calendar import TRADING_DAYS
from sim.model import MarketModel
from sim.offering.listing import Listing
from sim.valuation.dcf import inputs_of, value

CLOSES = (5, 21, 63, 126, 252)
FLOATS = (0, 63, 126, 252)


def summarise(model: MarketModel) -> dict[str, Any]:
    """Summary of a run, ready for ``summary.json``."""
    summary: dict[str, Any] = {"days": model.recorder.days}
    if model.listing is not None:
        summary = _of_listing(model, model.listing)
    named = [listing for listing in model.listings if listing.column in model.focus.beliefs]
    others = [listing for listing in named if listing is not model.listing]
    if others:
        found = {each.terms.symbol: _inclusions(model, each.column) for each in others}
        summary["inclusions_of_others"] = {symbol: rows for symbol, rows in found.items() if rows}
    summary["price_informativeness"] = _informativeness(model)
    if model.world.corporate_actions:
        summary["corporate_actions"] = _corporate_actions(model)
    return summary


def _informativeness(model: MarketModel) -> float | None:
    """Of the stocks listed at the start, by month; None for a market of one column."""
    if model.n_market < 3:
        return None
    found = of_run(model.recorder, model.universe.base)
    return found if np.isfinite(found) else None


def _of_listing(model: MarketModel, listing: Listing) -> dict[str, Any]:
    """Figures of the offering that the run is about."""
    summary: dict[str, Any] = {
        "decision": listing.decision,
        "offer_price": listing.offer_price,
        "oversubscription": listing.coverage,
        "intrinsic_value_per_share": _intrinsic(listing),
        "inclusions": _inclusions(model, listing.column),
    }
    empty: dict[str, Any] = {
        name: None
        for name in (
            "open_price", "first_close", "first_day_return", "first_day_turnover_of_float",
            "peak_close", "peak_day", "max_drawdown_from_peak", "annual_volatility",
        )
    }  # fmt: skip
    closes = model.recorder.comparable_close()[:, listing.column]
    summary |= empty
    summary["closes"] = {str(day): _at(closes, day) for day in CLOSES}
    fractions = model.recorder.float_fraction[: model.recorder.days]
    summary["float_fraction"] = {str(day): _at(fractions, day) for day in FLOATS}
    if closes.size:
        summary |= _trading(model, closes)
    return summary


def _inclusions(model: MarketModel, column: int) -> list[dict[str, Any]]:
    """Indices that the company entered: dates, demand of their funds, abnormal return.

    ``demand_usd`` is what index funds had to buy, at the close before they did;
    ``car_announce_to_effective`` the return from the close of the evening of the announcement to
    the effective close, less that of the market.
    """
    recorder, first = model.recorder, model.first_session
    rows = []
    returns, close = recorder.comparable_close(returns=True), recorder.comparable_close()
    for event in recorder.index_events:
        if event.column != column or event.kind != "add":
            continue
        announced, effective = event.announced - first, event.effective - first
        reached = 0 <= announced < effective < recorder.days
        row: dict[str, Any] = {
            "index": event.index,
            "announced": model.sessions[event.announced],
            "effective": model.sessions[event.effective],
            "demand_usd": None,
            "car_announce_to_effective": None,
        }
        if reached:
            level, split = recorder.level[:, 0], recorder.split_factor
            old = 1.0 if split is None else float(split[announced, column])
            row["demand_usd"] = event.demand * float(close[effective - 1, column]) / old
            row["car_announce_to_effective"] = float(
                returns[effective, column] / returns[announced, column]
                - level[effective] / level[announced]
            )
        rows.append(row)
    return rows


def _corporate_actions(model: MarketModel) -> list[dict[str, Any]]:
    """What companies did to their shares, and what came of it.

    ``return_less_market`` runs from the close before the action to that of its last day (of a
    merger the first day without the target), with splits and special dividends counted.
    """
    recorder, first = model.recorder, model.first_session
    returns = recorder.comparable_close(returns=True)
    rows = []
    for planned, numbers in model.actions.done:
        row: dict[str, Any] = {
            "kind": planned.action.kind,
            "symbol": model.universe.symbols[planned.column],
            "date": model.sessions[planned.session],
            "return_less_market": None,
        }
        if planned.action.target is not None:
            row["target"] = planned.action.target
        before, last = planned.span[0] - 1 - first, planned.span[-1] - first
        if "lapsed" not in numbers and 0 <= before and last < recorder.days:
            own = returns[last, planned.column] / returns[before, planned.column]
            level = recorder.level[:, 0]
            row["return_less_market"] = float(own - level[last] / level[before])
        rows.append(row | numbers)
    return rows


def _intrinsic(listing: Listing) -> float:
    """Value of the base case, new shares issued at the offer price if one was set, USD."""
    price = listing.offer_price
    inputs = inputs_of(listing.model.world.debuts[0].company)
    pricing = listing.pricing
    if pricing is not None and price is not None:
        new = pricing.shares * listing.terms.shares / listing.terms.offered
        inputs.proceeds[:], inputs.issue_price[:] = new * price, price
    elif pricing is not None and pricing.decision == "listed":
        inputs.proceeds[:] = 0.0
    return float(value(inputs).value_per_share[0])


def _at(series: NDArray[np.float64], day: int) -> float | None:
    return float(series[day]) if day < series.size else None


def _trading(model: MarketModel, closes: NDArray[np.float64]) -> dict[str, Any]:
    recorder, listing = model.recorder, model.listing
    assert listing is not None
    column = listing.column
    reference = listing.reference_price
    peak = int(np.argmax(closes))
    wealth = recorder.comparable_close(returns=True)[:, column]
    returns = np.diff(np.log(wealth))
    volume = float(recorder.volume[0, column])
    return {
        "open_price": float(recorder.open[0, column]),
        "first_close": float(closes[0]),
        "first_day_return": float(closes[0] / reference - 1),
        "first_day_turnover_of_float": volume / listing.free_shares_at_listing,
        "peak_close": float(closes[peak]),
        "peak_day": peak,
        "max_drawdown_from_peak": drawdown(wealth),
        "annual_volatility": (
            float(returns.std(ddof=1) * np.sqrt(TRADING_DAYS)) if returns.size > 1 else None
        ),
    }


def drawdown(closes: NDArray[np.float64]) -> float:
    """Largest fall from a running peak, as a positive fraction."""
    return float((1 - closes / np.maximum.accumulate(closes)).max())
