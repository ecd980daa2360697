"""Where an index stands: its rules, its members, its level, and what the rules say of a market.

Everything that can be asked of an index on an evening without changing it is here; what the evening
changes is in ``sim.index.reconstitution``.
"""

from __future__ import annotations

import numpy as np

from sim.calendar import TradingCalendar
from sim.index.eligibility import eligible, may_stay, size_at_rank
from sim.index.level import IndexLevel
from sim.index.roster import Change, Roster
from sim.index.rulebook import Rulebook, SizeBasis, reference_name
from sim.index.schedule import Review, review_sessions
from sim.index.selection import largest_first, ranked_members
from sim.index.snapshot import Array, BoolArray, Snapshot
from sim.index.weighting import index_shares
from sim.inputs import InputError


class Standing:
    """An index between two evenings.

    Parameters
    ----------
    rulebook : Rulebook
    calendar : TradingCalendar
        Sessions are numbered by their position in it.
    feeder : Standing, optional
        The next smaller index, which takes over who is dropped and gives up who is promoted.
    leader : Standing, optional
        The index whose members this one takes over (``members_of``).

    Attributes
    ----------
    level : IndexLevel
        Available, like the members, once `start` has been called.
    started : int
        Session at whose close the index began.
    parent : Standing or None
        The index that this one feeds.
    reviews : list of Review

    Raises
    ------
    InputError
        If the feeder already serves another index, or the rulebook wants a leader and gets none.
    """

    level: IndexLevel
    started: int
    _roster: Roster

    def __init__(
        self,
        rulebook: Rulebook,
        calendar: TradingCalendar,
        feeder: Standing | None = None,
        leader: Standing | None = None,
    ) -> None:
        self.rulebook, self.calendar = rulebook, calendar
        self.feeder, self.leader = feeder, leader
        self.parent: Standing | None = None
        self.reviews = review_sessions(rulebook.reviews, rulebook.float_update, calendar)
        self._rankings: dict[Review, tuple[Array, BoolArray]] = {}
        if rulebook.members_of is not None and leader is None:
            raise InputError(
                f"{self.name}: members_of: got {reference_name(rulebook.members_of)}, expected "
                "an index that is computed beside this one"
            )
        if feeder is not None:
            if feeder.parent is not None:
                raise InputError(
                    f"{self.name}: feeder: got {feeder.name}, which feeds {feeder.parent.name}, "
                    "expected an index that feeds no other"
                )
            feeder.parent = self

    @property
    def name(self) -> str:
        """Name of the rulebook."""
        return self.rulebook.name

    @property
    def members(self) -> BoolArray:
        """Members from the next open on, shape (stocks,)."""
        return self._roster.members

    @property
    def expected(self) -> BoolArray:
        """Members once everything announced has taken effect, shape (stocks,)."""
        return self._roster.expected

    @property
    def shares(self) -> Array:
        """Index shares from the next open on, shape (stocks,)."""
        return self.level.shares

    @property
    def pending(self) -> list[Change]:
        """Announced and not yet effective, by effective session."""
        return self._roster.pending

    @property
    def history(self) -> list[Change]:
        """Effective changes in the order in which they became so."""
        return self._roster.history

    def start(
        self,
        snapshot: Snapshot,
        session: int,
        level: float | None = None,
        members: BoolArray | None = None,
    ) -> None:
        """Begin at a close, with given members or the largest that may be one.

        Size, profit and the other tests of entry are not asked of those who are in already.

        A parent or leader must have been started before. Raises InputError if nobody is eligible.
        """
        if self.leader is not None:
            members = self.leader.members
        if members is None:
            able = may_stay(self.rulebook, snapshot) & ~self._above()
            members = np.zeros(able.size, dtype=bool)
            members[largest_first(self.size(snapshot), able)[: self.rulebook.count]] = True
        if not members.any():
            raise InputError(
                f"{self.name}: no listed company is eligible, expected at least one at the start"
            )
        shares = index_shares(self.rulebook, snapshot, members)
        self.started, self._rankings = session, {}
        self._roster = Roster(members, shares)
        by_price = self.rulebook.weighting == "price"
        self.level = IndexLevel(
            shares, snapshot.price, level or self.rulebook.base_level, price_weighted=by_price
        )

    def shares_after(self, snapshot: Snapshot, session: int) -> Array:
        """Index shares from the close of ``session`` on: what a tracker must hold; (stocks,).

        Counts all changes effective by then; stocks that no longer trade count for nothing.
        """
        return self._roster.shares_after(session, snapshot.listed, self.shares)

    @property
    def vacancies(self) -> int:
        """Places below the count; negative when it is exceeded, 0 without a count."""
        count = self.rulebook.count
        return 0 if count is None else count - int(np.count_nonzero(self.expected))

    def appeal(self, snapshot: Snapshot) -> Array:
        """What a committee's odds rise with: size, times a preference for the feeder's members."""
        size = self.size(snapshot)
        preference = self.rulebook.feeder_preference
        if preference == 0 or self.feeder is None or not hasattr(self.feeder, "_roster"):
            return size
        return size * np.where(self.feeder.members, np.exp(preference), 1.0)

    def size(self, snapshot: Snapshot, by: SizeBasis | None = None) -> Array:
        """What companies are ranked by, USD; shape (stocks,)."""
        return snapshot.cap if (by or self.rulebook.rank_by) == "cap" else snapshot.float_cap

    def outsiders(self, snapshot: Snapshot) -> BoolArray:
        """Trading stocks that are neither in, nor about to enter, nor in the parent; (stocks,)."""
        return snapshot.trading & ~self.expected & ~self.members & ~self._above()

    def holds_until(self, column: int, session: int) -> bool:
        """Whether a stock is a member and not announced to leave by the close of a session."""
        return self._roster.holds_until(column, session)

    def next_review(self, session: int) -> Review | None:
        """The next choice of members announced after a session; None within the calendar."""
        return next((r for r in self.reviews if r.chooses and r.announced > session), None)

    def ranking(self, review: Review, snapshot: Snapshot) -> tuple[Array, BoolArray]:
        """Sizes and eligibility a review goes by: of its rank day, or of now if that is to come.

        Companies listed since the rank day count with their present size.
        """
        if review not in self._rankings:
            return self.size(snapshot), eligible(self.rulebook, snapshot)
        size, able = self._rankings[review]
        return np.where(size > 0, size, self.size(snapshot)), able

    def chosen(self, snapshot: Snapshot, size: Array, able: BoolArray) -> BoolArray:
        """Members of a ranked index if its review went by these sizes; shape (stocks,)."""
        book = self.rulebook
        stays = self.expected & may_stay(book, snapshot)
        pool = (able & snapshot.trading) | stays
        if book.count is None or book.entry_rank is None or book.exit_rank is None:
            enough = size >= (1 - book.buffer) * book.eligibility.min_cap_bn * 1e9
            return pool & (enough | ~stays)
        return ranked_members(
            size, pool, self.expected, book.count, book.entry_rank, book.exit_rank
        )

    def candidates(self, snapshot: Snapshot, able: BoolArray, leaving: int = 0) -> BoolArray:
        """Of eligible outsiders (stocks,) those that a vacancy may go to.

        They must rank within the exit rank of members and eligible outsiders, once ``leaving``
        members have left: below it they would be dropped at the next review.
        """
        if self.rulebook.exit_rank is None:
            return able
        size = self.size(snapshot)
        rank = self.rulebook.exit_rank + leaving
        return able & (size >= size_at_rank(size, self.expected | able, rank))

    def make_room_size(self, size: Array, candidates: BoolArray) -> float:
        """The size from which candidates (stocks,) enter at a review even without a vacancy, USD.

        They must rank within ``make_room_rank`` of members and candidates. Infinite without such a
        rule, and while there are fewer members than its rank: then outsiders fill vacancies.
        """
        rank = self.rulebook.make_room_rank
        if rank is None or np.count_nonzero(self.expected) < rank:
            return np.inf
        return size_at_rank(size, self.expected | candidates, rank)

    def fast_entry_size(self, snapshot: Snapshot) -> float:
        """The size a new issue must reach tonight for fast entry, USD."""
        rule = self.rulebook.fast_entry
        if rule is None or rule.max_rank is None:
            return 0.0
        among = self.expected if rule.among == "members" else eligible(self.rulebook, snapshot)
        return rule.multiple * size_at_rank(self.size(snapshot, rule.rank_by), among, rule.max_rank)

    def _above(self) -> BoolArray:
        """Members of the parent, which are out of a feeder's reach."""
        if self.parent is None:
            return np.asarray(False)
        return self.parent.members | self.parent.expected

    def _last_price(self, snapshot: Snapshot) -> Array:
        # a stock that no longer trades counts at its last price until it is taken out
        return np.where(snapshot.listed, snapshot.price, self.level.price)
