"""Closes that can be compared over time, of companies that split or paid a special dividend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sim.model import MarketModel


def adjusted_prices(model: MarketModel) -> pd.DataFrame:
    """One row a day and company that split its shares or paid a special dividend; else empty.

    ``split_factor``: shares that one share of the first day has become; ``return_factor``: the same
    with special dividends reinvested on the ex-dividend morning.  ``close`` as traded,
    ``split_adjusted`` and ``return_adjusted`` times the factors, all USD.
    """
    recorder, n = model.recorder, model.recorder.days
    if recorder.split_factor is None or recorder.return_factor is None or not n:
        return pd.DataFrame()
    split, returns = recorder.split_factor[:n], recorder.return_factor[:n]
    columns = np.flatnonzero((returns != 1).any(axis=0))
    dates = np.array(recorder.dates, dtype="datetime64[ms]")
    close = recorder.close[:n]
    parts = [
        pd.DataFrame(
            {
                "date": dates,
                "symbol": model.universe.symbols[c],
                "split_factor": split[:, c],
                "return_factor": returns[:, c],
                "close": close[:, c],
                "split_adjusted": close[:, c] * split[:, c],
                "return_adjusted": close[:, c] * returns[:, c],
            }
        )
        for c in columns
    ]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return table[table["close"].notna()].reset_index(drop=True) if parts else table


def in_first_shares(
    frame: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    symbol: str,
    usd: Sequence[str],
    shares: Sequence[str] = (),
) -> pd.DataFrame:
    """A company's rows in shares of the first day; the frame itself if it has never split.

    ``tables`` are the panels of the run; columns ``usd`` are USD a share, ``shares`` numbers of
    them; rows have a ``date``.
    """
    adjusted = tables.get("adjusted_prices")
    if adjusted is None or not (adjusted["symbol"] == symbol).any():
        return frame
    factors = adjusted[adjusted["symbol"] == symbol].set_index("date")["split_factor"]
    own = frame[frame["symbol"] == symbol] if "symbol" in frame else frame
    factor = own["date"].map(factors).fillna(1.0)
    changed = {name: own[name] * factor for name in usd}
    return own.assign(**changed, **{name: own[name] / factor for name in shares})
