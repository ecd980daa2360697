"""Several indices side by side, in one call a night.

Indices hang together in two ways. A feeder gives up the company its parent promotes and takes over
the one its parent drops, both at the same session (Greenwood and Sammon 2025 show that such
migrations net out most of the demand). A follower (``members_of``) has its leader's members with
other weights. So parents and leaders are reviewed first, and what they announce is handed down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sim.calendar import TradingCalendar
from sim.index.reconstitution import Index
from sim.index.roster import Change
from sim.index.rulebook import Rulebook, reference_name
from sim.index.snapshot import Snapshot
from sim.inputs import InputError
from sim.streams import Streams


class Evening(NamedTuple):
    """What one evening brought: changes that took effect at the close, changes announced after it.

    A deletion without notice (its stock trades no more) is in both.
    """

    effective: list[Change]
    announced: list[Change]


def build_family(
    rulebooks: Iterable[Rulebook], calendar: TradingCalendar, streams: Streams
) -> list[Index]:
    """Link indices by their rulebooks; parents and leaders come before those that hang on them.

    A feeder that is not among the rulebooks is done without. Randomness: stream ``index.<name>``.
    Raises InputError if two rulebooks have the same name or one hangs on itself, and as `Index`.
    """
    books: dict[str, Rulebook] = {}
    for book in rulebooks:
        if book.name in books:
            raise InputError(f"indices: got {book.name} twice, expected different names")
        books[book.name] = book
    above = _above(books)
    depth = {name: _depth(name, above) for name in books}
    made: dict[str, Index] = {}

    def make(name: str) -> Index:
        if name not in made:
            book = books[name]
            feeder = leader = None
            if book.feeder is not None and reference_name(book.feeder) in books:
                feeder = make(reference_name(book.feeder))
            if book.members_of is not None and reference_name(book.members_of) in books:
                leader = make(reference_name(book.members_of))
            rng = streams(f"index.{name}")
            made[name] = Index(book, calendar, rng, feeder=feeder, leader=leader)
        return made[name]

    return [make(name) for name in sorted(books, key=lambda name: depth[name])]


def start_family(
    indices: Sequence[Index],
    snapshot: Snapshot,
    session: int,
    levels: Mapping[str, float] | None = None,
) -> None:
    """Start all indices at one close, at their base levels or those given by name."""
    for index in indices:
        index.start(snapshot, session, level=(levels or {}).get(index.name))


def review_family(indices: Sequence[Index], snapshot: Snapshot, session: int) -> Evening:
    """The whole evening of all indices, in the order in which `build_family` returns them."""
    effective = [change for index in indices for change in index.apply(snapshot, session)]
    tonight: dict[str, list[Change]] = {}
    for index in indices:
        above = index.leader or index.parent
        upstream = tonight.get(above.name, ()) if above is not None else ()
        tonight[index.name] = index.review(snapshot, session, upstream)
    announced = [change for changes in tonight.values() for change in changes]
    effective += [change for change in announced if change.effective == session]
    return Evening(effective, announced)


def _above(books: Mapping[str, Rulebook]) -> dict[str, str]:
    """The parent or leader of every index that has one."""
    above = {}
    for name, book in books.items():
        if book.members_of is not None:
            above[name] = reference_name(book.members_of)
        if book.feeder is not None:
            above.setdefault(reference_name(book.feeder), name)
    return above


def _depth(name: str, above: Mapping[str, str]) -> int:
    seen = [name]
    while seen[-1] in above:
        seen.append(above[seen[-1]])
        if seen[-1] in seen[:-1]:
            raise InputError(
                f"indices: {' hangs on '.join(seen)}, expected an order from the top down"
            )
    return len(seen) - 1
