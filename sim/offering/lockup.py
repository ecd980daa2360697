"""Lock-up: works a ladder of tranches day by day and frees each tranche once.

The ladder itself is data (`ladder`).  Called after each close, `LockedShares.releases` says what
may be sold from the next session on.  It draws nothing at random: the same closes and reports free
the same shares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sim.offering.ladder import Lockup, Tranche, split

__all__ = ["LockedShares", "Lockup", "Tranche"]


class LockedShares:
    """What is still locked, by holder, and the tranches that have acted.

    Parameters
    ----------
    lockup : the ladder. locked : holder -> shares locked at first. offer_price : USD.

    Raises
    ------
    ValueError
        If the ladder frees more than is locked.
    """

    def __init__(self, lockup: Lockup, locked: Mapping[str, float], offer_price: float) -> None:
        lockup.check(locked)
        self.lockup, self.offer_price = lockup, offer_price
        self.initial, self.locked = dict(locked), dict(locked)
        self.done: dict[str, float] = {}  # tranche -> shares it freed, 0 if its condition failed

    @property
    def pending(self) -> bool:
        """Whether a tranche has still to act."""
        return len(self.done) < len(self.lockup.tranches)

    def releases(
        self,
        next_session: date,
        sessions: Sequence[date],
        closes: Sequence[float],
        results: Mapping[str, date],
    ) -> dict[str, float]:
        """Shares by holder that are free from the next session on; call after each close.

        `sessions` and `closes` [USD] run from the first trade to today; `results` gives the
        session of each report published so far, for instance ``{"2026Q2": date(2026, 8, 4)}``.
        """
        free: dict[str, float] = {}
        for tranche in self.lockup.tranches:
            if tranche.name in self.done or not self._is_due(
                tranche, next_session, sessions, results
            ):
                continue
            freed = 0.0
            if self._condition_met(tranche, sessions, closes, results):
                for holder, amount in self._amounts(tranche).items():
                    self.locked[holder] -= amount
                    free[holder] = free.get(holder, 0.0) + amount
                    freed += amount
            self.done[tranche.name] = freed
        return {holder: amount for holder, amount in free.items() if amount > 0}

    def _is_due(
        self,
        tranche: Tranche,
        next_session: date,
        sessions: Sequence[date],
        results: Mapping[str, date],
    ) -> bool:
        due = self.lockup.due(tranche)
        if due is not None:
            return next_session >= due
        published = results.get(tranche.results or "")
        if published is None:
            return False
        since = sum(session > published for session in sessions)
        return since + 1 >= tranche.sessions_after

    def _condition_met(
        self,
        tranche: Tranche,
        sessions: Sequence[date],
        closes: Sequence[float],
        results: Mapping[str, date],
    ) -> bool:
        if tranche.if_close is None:
            return True
        published = results[tranche.results or ""]
        before = [c for s, c in zip(sessions, closes, strict=True) if s <= published]
        return tranche.if_close.met(before, self.offer_price)

    def _amounts(self, tranche: Tranche) -> dict[str, float]:
        if tranche.shares is None:
            return {holder: self.locked[holder] for holder in tranche.holders}
        shares = tranche.shares
        if tranche.reduced and self.done.get(tranche.reduced.after, 0.0) > 0:
            shares = tranche.reduced.shares
        parts = split(tranche.holders, self.initial, shares)
        return {holder: min(part, self.locked[holder]) for holder, part in parts.items()}
