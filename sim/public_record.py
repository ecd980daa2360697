"""What anybody can look up about a company: listed since when, how much trades, how much floats.

Definitions, per stock:

    dollar volume ← dollar volume + (USD traded today − dollar volume) / n

n the sessions since the first trade, at most `VOLUME_MEMORY`, so that it is the plain average of a
young company and a moving one later.

    float shares = shares − locked shares, at most shares − those in the hands of insiders

A snapshot (`sim.index.Snapshot`) is what the rules of an index can see; one is taken when somebody
asks and kept until the next auction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.index import Snapshot

if TYPE_CHECKING:
    from sim.model import MarketModel

Array = NDArray[np.float64]
#: Sessions for which companies listed at the start have been trading: as long as any rule asks.
SEASONED = 2520
#: Daily volume as a part of the shares with which a listed company starts (100-150 % a year).
DAILY_TURNOVER = 0.005
#: Memory of the average daily volume, sessions: half a year, or since the first trade.
VOLUME_MEMORY = 126


class PublicRecord:
    """What is publicly known of all companies.

    Parameters
    ----------
    model : MarketModel
        With its universe, ledger and exchange.

    Attributes
    ----------
    listed_since : IntArray
        Session of the first trade, (stocks,); negative for companies listed at the start.
    dollar_volume : Array
        Average value traded a day, USD, (stocks,).
    """

    def __init__(self, model: MarketModel) -> None:
        self.model = model
        universe = model.universe
        self.listed_since = np.full(model.n_stocks, -SEASONED, dtype=np.int64)
        self.dollar_volume = DAILY_TURNOVER * np.exp(universe.log_value) * universe.shares
        self._snapshot: Snapshot | None = None
        self._insiders: set[int] = set()

    def closely_held(self, account: int) -> None:
        """What this account holds of companies that came to market is no float."""
        self._insiders.add(account)

    def enlist(self, column: int) -> None:
        """The first trade of this stock is today."""
        self.listed_since[column] = self.model.session

    def out_of_date(self) -> None:
        """Something has changed: the next to ask gets a new snapshot."""
        self._snapshot = None

    def end_day(self) -> None:
        """Count the day's volume."""
        exchange = self.model.exchange
        dollars = exchange.volume * exchange.last_price
        sessions = np.maximum(self.model.session - self.listed_since + 1, 1)
        self.dollar_volume += (dollars - self.dollar_volume) / np.minimum(sessions, VOLUME_MEMORY)

    def snapshot(self) -> Snapshot:
        """What index rules can see of every company since the last auction."""
        if self._snapshot is None:
            self._snapshot = self._take_snapshot()
        return self._snapshot

    def _take_snapshot(self) -> Snapshot:
        model, universe = self.model, self.model.universe
        listed = universe.listed
        shares = np.where(listed, universe.shares, 0.0)
        return Snapshot(
            symbols=universe.symbols,
            price=model.exchange.last_price.copy(),
            shares=shares,
            float_shares=self._float_shares(shares),
            listed=listed.copy(),
            leaving=universe.leaving.copy(),
            sessions_listed=np.where(listed, model.session - self.listed_since + 1, 0),
            dollar_volume=self.dollar_volume.copy(),
            profit_quarter=universe.earnings_quarter.copy(),
            profit_year=universe.earnings_year.copy(),
            dual_class=universe.dual_class,
            nasdaq=universe.nasdaq,
            domestic=universe.domestic,
            financial=universe.financial,
            sector=universe.sector,
        )

    def _float_shares(self, shares: Array) -> Array:
        """Shares not closely held: neither locked nor, locked or not, in the hands of insiders."""
        model = self.model
        floating = shares - model.ledger.locked_shares
        if self._insiders:
            young = model.universe.newcomers
            insiders = np.array(sorted(self._insiders), dtype=np.int64)
            held = model.ledger.holdings[np.ix_(insiders, young)].sum(axis=0)
            floating[young] = np.minimum(floating[young], shares[young] - held)
        return np.maximum(floating, 0.0)
