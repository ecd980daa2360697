"""Share classes, and who commands the votes before and after an offering.

A holder's share of the votes is ``sum(votes_c * shares_c over its classes) / sum(votes_c *
shares_c over all classes)``.  New shares join the class that is offered to the public, so an
offering dilutes a holder of high-vote shares by the offered class's votes only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import Field

from sim.inputs import Settings


class ShareClass(Settings):
    """One class of shares: number outstanding before the offering [shares] and votes a share."""

    name: str
    shares: float = Field(gt=0)
    votes: float = Field(ge=0)
    holder: str = "public"
    offered: bool = False


class Votes(NamedTuple):
    """Fraction of all votes held before and after the offering."""

    before: float
    after: float


def votes(classes: Sequence[ShareClass], holder: str, new_shares: float = 0.0) -> Votes:
    """A holder's fraction of the votes before and after `new_shares` [shares] of the offered class.

    Only classes that name the holder count as its own.  Raises ValueError if no class carries
    votes, or if new shares are issued and no class is marked as offered.
    """
    total = sum(c.votes * c.shares for c in classes)
    own = sum(c.votes * c.shares for c in classes if c.holder == holder)
    issued = [c for c in classes if c.offered]
    if total <= 0:
        raise ValueError("share_classes: no class carries votes, expected at least one")
    if new_shares and len(issued) != 1:
        raise ValueError(f"share_classes: {len(issued)} classes marked offered, expected one")
    added = issued[0].votes * new_shares if new_shares else 0.0
    gained = added if issued and issued[0].holder == holder else 0.0
    return Votes(own / total, (own + gained) / (total + added))
