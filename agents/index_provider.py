"""The index providers: they announce changes, and make them when they fall due.

Every evening after the close the levels are struck, the changes due at this close take effect
without moving a level, and whatever the rulebooks call for tonight is announced.  The rules are
those of `sim.index`; the providers add nothing but the dates on which they speak.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from agents.index_demand import still_to_trade
from agents.market_agent import MarketAgent
from sim.index import Change, review_family
from sim.inputs import InputError
from sim.recorder import IndexEvent

if TYPE_CHECKING:
    from sim.model import MarketModel


class IndexProvider(MarketAgent):
    """All providers of the indices that a world has.

    ``tracked`` names the indices that funds hold.  Another one that no company is fit for at the
    start, as an index of Nasdaq stocks in a market of three companies, is not computed.
    """

    model: MarketModel

    def __init__(self, model: MarketModel, tracked: Collection[str] = ()) -> None:
        super().__init__(model)
        model.add_actor(self)
        self._start(tracked)

    def _start(self, tracked: Collection[str]) -> None:
        model = self.model
        unknown = sorted(set(model.world.outsiders) - set(model.universe.symbols))
        if unknown:
            raise InputError(f"outsiders: got {unknown[0]!r}, expected a listed company's symbol")
        outside = np.isin(model.universe.symbols, model.world.outsiders)
        snapshot = model.public_record.snapshot()
        snapshot = replace(snapshot, leaving=snapshot.leaving | outside)
        for name, index in list(model.indices.items()):
            try:
                committee = index.leader is None and index.rulebook.discretion > 0
                members = index.chosen_members(snapshot) if committee else None
                index.start(snapshot, model.session, members=members)
            except InputError:
                if name in tracked:
                    raise
                del model.indices[name]

    def start_day(self) -> None:
        """Nothing is announced in the morning."""

    def before_auction(self, instant: int) -> None:
        """Nothing is announced during the day."""

    def after_close(self) -> None:
        """Strike levels, make due changes effective, announce what the rules call for."""
        model = self.model
        snapshot = model.public_record.snapshot()
        dividends = model.dividends_today()
        for index in model.indices.values():
            index.level.pay(dividends)
        evening = review_family(list(model.indices.values()), snapshot, model.session)
        for change in evening.effective:
            self._record("index_change", change, "effective")
        if not evening.announced:
            return
        demand = still_to_trade(model.trackers, snapshot)
        for change in evening.announced:
            self._record("announcement", change, "announced")
            if change.kind in ("add", "delete"):
                model.recorder.index_events.append(
                    IndexEvent(
                        index=change.index,
                        kind=change.kind,
                        column=change.column,
                        announced=change.announced,
                        effective=change.effective,
                        migration=change.migration,
                        demand=float(demand[change.column]),
                        float_shares=float(snapshot.float_shares[change.column]),
                        shares=float(snapshot.shares[change.column]),
                    )
                )

    def _record(self, kind: str, change: Change, verb: str) -> None:
        if change.kind == "float" and not self.model.is_debut(change.column):
            return  # hundreds a quarter, and nobody trades on them
        symbol = self.model.universe.symbols[change.column]
        sessions = self.model.sessions
        effective = sessions[min(change.effective, len(sessions) - 1)]
        moved = ", moves between indices" if change.migration else ""
        detail = f"{change.index}: {change.kind} {verb}, effective {effective}{moved}"
        self.model.recorder.event(kind, symbol, detail)
