"""Raw tables of many events in one market, for statistics of the reader's own."""

from __future__ import annotations

import pandas as pd

from experiments.panels.adjusted import adjusted_prices
from experiments.panels.index_panel import index_events, index_returns
from experiments.panels.ipos import ipo_table, unlock_table
from sim.model import MarketModel


def panels(model: MarketModel) -> dict[str, pd.DataFrame]:
    """The tables of a model that has run, those that would be empty left out.

    ``index_events``: one row for each addition to or deletion from an index; ``index_returns``:
    daily returns around it.  ``ipos``: one row for each offering of a private company that filed;
    ``ipo_unlocks``: the days around the end of its lock-up.  ``adjusted_prices``: the closes of
    companies that split their shares or paid special dividends, made comparable.
    """
    tables = {
        "index_events": index_events(model),
        "index_returns": index_returns(model),
        "ipos": ipo_table(model),
        "ipo_unlocks": unlock_table(model),
        "adjusted_prices": adjusted_prices(model),
    }
    return {name: table for name, table in tables.items() if len(table)}
