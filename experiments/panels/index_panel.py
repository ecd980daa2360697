"""The index panel: every addition and deletion of a run, and the returns around it.

Days of an event are trading days.  What was announced on the evening of day A and takes effect at
the close of day E has AD = A and ED = E; the returns of [A + 1, E] are those that somebody could
earn who learned of it from the announcement.  Returns are logs.  The market is the index of all
companies listed at the start.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.calendar import TRADING_DAYS
from sim.model import MarketModel
from sim.recorder import IndexEvent

Array = NDArray[np.float64]
#: Days around either date for which returns are kept.
BEFORE, AFTER = 120, 252
#: Days before the announcement that give the usual volume, β and volatility.
USUAL = (-120, -21)
#: Days after the effective date that give them again.
LATER = (10, 120)
CONTROLS = 5


class _Market:
    """Columns of one run, cut to the days it has had."""

    def __init__(self, model: MarketModel) -> None:
        recorder, n = model.recorder, model.recorder.days
        with np.errstate(invalid="ignore", divide="ignore"):
            self.log_close = np.log(recorder.comparable_close(returns=True))
        self.close = recorder.close[:n]
        self.log_level = np.log(recorder.level[:n, 0]) if n else np.zeros(0)
        self.dollars = self.close * recorder.volume[:n]
        self.volume = recorder.comparable_volume(recorder.volume)
        self.closing = recorder.comparable_volume(recorder.closing_volume)
        self.returns = np.diff(self.log_close, axis=0, prepend=np.nan)
        self.market = np.diff(self.log_level, prepend=np.nan)
        self.days, self.first = n, model.first_session
        self.dates = np.array(recorder.dates, dtype="datetime64[D]")


def _kept(model: MarketModel) -> list[IndexEvent]:
    """Announced after the first day and effective within the run."""
    last = model.recorder.days + model.first_session
    return [
        event
        for event in model.recorder.index_events
        if model.first_session < event.announced and event.effective < last
    ]


def index_events(model: MarketModel) -> pd.DataFrame:
    """One row an event.

    ``event`` numbers the rows; ``announced_day`` and ``effective_day`` count from the first day of
    the run; ``demand_shares`` and ``demand_usd`` are what index funds had to trade on the evening
    of the announcement, ``demand_of_float`` as a part of the free float; ``volume_ratio`` compares
    the effective day with the usual day, ``closing_share`` is the closing cross's part of the
    volume of the effective day, ``usual_closing_share`` of usual days.  β and annual volatility
    before and after come with the mean of five matched controls, the companies nearest in dollar
    volume that had no event of their own.
    """
    market, rows = _Market(model), []
    events = _kept(model)
    busy = {event.column for event in events}
    for number, event in enumerate(events):
        a, e, c = event.announced - market.first, event.effective - market.first, event.column
        price = float(market.close[a, c])
        row = {
            "event": number,
            "index": event.index,
            "symbol": model.universe.symbols[c],
            "kind": event.kind,
            "migration": event.migration,
            "announced": market.dates[a],
            "effective": market.dates[e],
            "announced_day": a,
            "effective_day": e,
            "demand_shares": event.demand,
            "demand_usd": event.demand * price,
            "demand_of_float": event.demand / event.float_shares if event.float_shares else np.nan,
            "cap_usd": price * event.shares,
            "float_cap_usd": price * event.float_shares,
            "car_announce_to_effective": _car(market, c, a, e),
        }
        row |= _trading(market, c, a, e)
        row |= _risk(market, np.array([c]), a, e, "")
        row |= _risk(market, _controls(market, c, a, busy), a, e, "control_")
        rows.append(row)
    table = pd.DataFrame(rows)
    for name in ("announced", "effective"):
        if len(table):
            table[name] = table[name].to_numpy("datetime64[ms]")
    return table


def index_returns(model: MarketModel) -> pd.DataFrame:
    """Daily log returns of stock and market around every event, one row a day.

    ``around`` is the date that day 0 is (``announced`` or ``effective``); days run from −120 to
    +252 as far as the run does.
    """
    market = _Market(model)
    parts = []
    for number, event in enumerate(_kept(model)):
        for around, session in (("announced", event.announced), ("effective", event.effective)):
            origin = session - market.first
            days = np.arange(max(origin - BEFORE, 1), min(origin + AFTER + 1, market.days))
            parts.append(
                pd.DataFrame(
                    {
                        "event": number,
                        "around": around,
                        "day": days - origin,
                        "stock_return": market.returns[days, event.column],
                        "market_return": market.market[days],
                    }
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _car(market: _Market, column: int, announced: int, effective: int) -> float:
    """Log return of the stock less that of the market, close of AD to close of ED."""
    stock = market.log_close[effective, column] - market.log_close[announced, column]
    return float(stock - (market.log_level[effective] - market.log_level[announced]))


def _window(market: _Market, origin: int, days: tuple[int, int]) -> slice | None:
    first, last = origin + days[0], origin + days[1]
    return slice(first, last + 1) if first >= 1 and last < market.days else None


def _trading(market: _Market, column: int, announced: int, effective: int) -> dict[str, float]:
    usual = _window(market, announced, USUAL)
    volume, closing = market.volume[:, column], market.closing[:, column]
    out = {"volume_ratio": np.nan, "closing_share": np.nan, "usual_closing_share": np.nan}
    if volume[effective] > 0:
        out["closing_share"] = closing[effective] / volume[effective]
    if usual is not None and volume[usual].mean() > 0:
        out["volume_ratio"] = volume[effective] / volume[usual].mean()
        out["usual_closing_share"] = closing[usual].sum() / volume[usual].sum()
    return {name: float(value) for name, value in out.items()}


def _risk(
    market: _Market, columns: NDArray[np.int64], announced: int, effective: int, prefix: str
) -> dict[str, float]:
    """β on the market and annual volatility before and after, means over the columns."""
    out = {}
    for when, origin, days in (("before", announced, USUAL), ("after", effective, LATER)):
        window = _window(market, origin, days)
        beta = volatility = np.nan
        if window is not None and columns.size:
            stock, index = market.returns[window][:, columns], market.market[window]
            centred = index - index.mean()
            beta = float(np.mean(centred @ (stock - stock.mean(axis=0)) / (centred @ centred)))
            volatility = float(np.mean(stock.std(axis=0, ddof=1)) * np.sqrt(TRADING_DAYS))
        out[f"{prefix}beta_{when}"], out[f"{prefix}volatility_{when}"] = beta, volatility
    return out


def _controls(market: _Market, column: int, day: int, busy: set[int]) -> NDArray[np.int64]:
    """Companies nearest in dollar volume that trade throughout and have no event of their own."""
    last = min(day + LATER[1], market.days - 1)
    able = np.isfinite(market.log_close[max(day - BEFORE, 0)]) & np.isfinite(market.log_close[last])
    able[list(busy)] = False
    usual = slice(max(day - BEFORE, 0), day + 1)
    dollars = np.log(np.nan_to_num(market.dollars[usual]).mean(axis=0) + 1)
    distance = np.where(able, np.abs(dollars - dollars[column]), np.inf)
    nearest = np.argsort(distance, kind="stable")[:CONTROLS]
    return np.asarray(nearest[np.isfinite(distance[nearest])])
