"""Who is in an index now, and who will be once everything announced has taken effect.

A change is announced on one evening and carried out at the close of another. Between the two the
roster knows both states: `Roster.members` with the index shares counted today, and
`Roster.expected` with `Roster.expected_shares`, which new decisions start from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sim.index.snapshot import Array, BoolArray

Kind = Literal["add", "delete", "float"]


@dataclass(frozen=True)
class Change:
    """One change of one stock in one index.

    Attributes
    ----------
    index : str
        Name of the rulebook.
    kind : {"add", "delete", "float"}
        ``float`` is any change of the index shares of a member.
    column : int
        Number of the stock.
    announced, effective : int
        Session numbers: announced after the close of the first, traded by trackers at the close
        of the second and counted by the index from the next open.
    reason : str
    migration : bool
        A move between an index and its feeder; the other index has the opposite change at the
        same session.
    shares : float
        Index shares of the stock once effective.
    """

    index: str
    kind: Kind
    column: int
    announced: int
    effective: int
    reason: str
    migration: bool = False
    shares: float = 0.0


class Roster:
    """Members today, members to come, and the changes between the two.

    Parameters
    ----------
    members : BoolArray
        Shape (stocks,).
    shares : Array
        Index shares, shape (stocks,).

    Attributes
    ----------
    pending : list of Change
        Announced and not yet effective, by effective session.
    history : list of Change
        Effective, in the order in which they became so.
    """

    def __init__(self, members: BoolArray, shares: Array) -> None:
        self.members = np.array(members, dtype=bool)
        self.expected = self.members.copy()
        self.expected_shares = np.array(shares, dtype=float)
        self.pending: list[Change] = []
        self.history: list[Change] = []

    def announce(self, change: Change) -> None:
        """Take up a change to come."""
        self.pending.append(change)
        self.pending.sort(key=lambda c: c.effective)  # stable: announced first, done first
        self._expect(change)

    def take_out(self, change: Change) -> None:
        """A member leaves without notice; whatever was announced of it lapses."""
        self.pending = [c for c in self.pending if c.column != change.column]
        self.members[change.column] = False
        self.history.append(change)
        self._expect(change)

    def forget(self, column: int) -> None:
        """A company announced to enter will not."""
        self.pending = [c for c in self.pending if c.column != column]
        self.expected[column] = False
        self.expected_shares[column] = 0.0

    def carry_out(self, session: int, listed: BoolArray, shares: Array) -> list[Change]:
        """Make the changes due effective, writing their index shares into ``shares``."""
        due = [c for c in self.pending if c.effective <= session]
        self.pending = self.pending[len(due) :]
        done = []
        for change in due:
            if change.kind == "add" and not listed[change.column]:
                self.forget(change.column)
            elif _enter(change, self.members, shares):
                done.append(change)
        self.history += done
        return done

    def shares_after(self, session: int, listed: BoolArray, shares: Array) -> Array:
        """Index shares with all changes effective by then; of present ``shares``, a new array."""
        shares = shares * listed
        if self.pending and self.pending[0].effective <= session:
            members = self.members.copy()
            for change in self.pending:
                if change.effective <= session and listed[change.column]:
                    _enter(change, members, shares)
        return shares

    def split(self, column: int, ratio: float) -> None:
        """Announced index shares are counted in new shares, ``ratio`` for one old."""
        self.expected_shares[column] *= ratio
        self.pending = [
            replace(c, shares=c.shares * ratio) if c.column == column else c for c in self.pending
        ]

    def add(self, column: int, shares: float) -> None:
        """A member's index shares rise without notice, those announced for later with them."""
        self.expected_shares[column] += shares
        self.pending = [
            c if c.column != column or c.kind == "delete" else replace(c, shares=c.shares + shares)
            for c in self.pending
        ]

    def holds_until(self, column: int, session: int) -> bool:
        """Whether a stock is a member and not announced to leave by the close of a session."""
        if not self.members[column]:
            return False
        leaves = (c for c in self.pending if c.column == column and c.kind == "delete")
        return all(change.effective > session for change in leaves)

    def _expect(self, change: Change) -> None:
        self.expected_shares[change.column] = change.shares
        if change.kind != "float":
            self.expected[change.column] = change.kind == "add"


def _enter(change: Change, members: BoolArray, shares: Array) -> bool:
    """Write a change into members and shares; False if it has been overtaken by events."""
    if (change.kind == "add") == bool(members[change.column]):
        return False
    members[change.column] = change.kind != "delete"
    shares[change.column] = change.shares
    return True
