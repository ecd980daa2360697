"""An index through time: what is announced each evening, and what takes effect.

After every close first `Index.apply` makes the changes due at that close effective, then
`Index.review` announces new ones (``sim.index.family`` does both for several indices). Index shares
are fixed when a change is announced, from the prices and floats of that evening (the reference date
of the providers), so that whoever tracks the index knows what it must hold.

An evening, in order: members that ceased to trade leave at once, at their last price; members about
to do so are announced to leave; the moves of a parent or leader are followed; a scheduled review is
held; large new issues are judged; vacancies are filled; index shares are brought up to date. When
none of this is due only the first checks are made.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.calendar import TradingCalendar
from sim.index.eligibility import NEW_ISSUE, eligible, may_stay
from sim.index.roster import Change, Kind
from sim.index.rulebook import Rulebook
from sim.index.schedule import Review
from sim.index.selection import largest_first, outgrown, pick
from sim.index.snapshot import BoolArray, Snapshot
from sim.index.standing import Standing
from sim.index.weighting import index_shares


class Index(Standing):
    """One index through time; parameters as of `Standing`, and the committee's own randomness.

    Parameters
    ----------
    rng : numpy.random.Generator
        Drawn from only when a committee with discretion chooses.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        calendar: TradingCalendar,
        rng: np.random.Generator,
        feeder: Index | None = None,
        leader: Index | None = None,
    ) -> None:
        super().__init__(rulebook, calendar, feeder, leader)
        self._rng = rng
        self._announcing = {review.announced: review for review in self.reviews}
        self._ranking_on = {review.ranked: review for review in self.reviews if review.chooses}
        self._session = 0
        self._tonight: list[Change] = []

    def chosen_members(self, snapshot: Snapshot) -> BoolArray:
        """Members a committee would have by now: not quite the largest, as it has discretion."""
        book = self.rulebook
        able = may_stay(book, snapshot) & ~self._above()
        size = self.size(snapshot)
        able[largest_first(size, able)[book.exit_rank :]] = False  # the next review would drop them
        gumbel = self._rng.gumbel(size=able.size)
        members = np.zeros(able.size, dtype=bool)
        chosen = pick(size, able, book.count or 0, book.discretion, gumbel)
        members[chosen] = True
        return members

    def apply(self, snapshot: Snapshot, session: int) -> list[Change]:
        """Mark the index at this close and make the changes due effective; returns them."""
        self.level.mark(self._last_price(snapshot))
        if not self.pending or self.pending[0].effective > session:
            return []
        shares = self.shares.copy()
        done = self._roster.carry_out(session, snapshot.listed, shares)
        self.level.change(shares)
        return done

    def review(
        self, snapshot: Snapshot, session: int, upstream: Sequence[Change] = ()
    ) -> list[Change]:
        """What is announced this evening, and who left at once (effective tonight).

        ``upstream`` are tonight's changes of the parent or leader.
        """
        self._session, self._tonight = session, []
        self._take_out(snapshot)
        if upstream and self.leader is not None:
            self._follow_leader(snapshot, upstream)
        elif upstream:
            self._follow_parent(snapshot, upstream)
        if session in self._ranking_on:
            able = eligible(self.rulebook, snapshot)
            self._rankings[self._ranking_on[session]] = self.size(snapshot).copy(), able
        review = self._announcing.get(session)
        if review is not None and review.chooses and self.leader is None:
            self._choose(snapshot, review)
        if self.rulebook.fast_entry is not None:
            self._fast_entries(snapshot)
        if self.rulebook.fills and self.vacancies > 0:
            self._fill(snapshot, session + self.rulebook.notice_sessions)
        if review is not None and review.weighs:
            self._weigh(snapshot, review.effective, "scheduled update of index shares")
        elif self.rulebook.float_update == "event":
            self._weigh(snapshot, session + self.rulebook.notice_sessions, "change of float")
        return self._tonight

    def split(self, column: int, ratio: float) -> None:
        """``ratio`` new shares for one old, before their first price is marked."""
        self.level.split(column, ratio)
        if self.rulebook.weighting != "price":
            self._roster.split(column, ratio)

    def special_dividend(self, column: int, amount: float) -> None:
        """USD a share, before the first price without it is marked; the divisor follows."""
        self.level.special_dividend(column, amount)

    def merge(self, acquirer: int, target: int, ratio: float, snapshot: Snapshot) -> None:
        """``ratio`` shares of one company for each of another, which is no longer counted.

        ``snapshot`` is that of the evening before.  Where shares are counted, those of the acquirer
        rise by the same part of the target's shares as it counts of its own.  The members are put
        right in the evening, when the target is found to be gone.
        """
        shares = self.shares.copy()
        shares[target] = 0.0
        inside = bool(self.members[acquirer])
        if (inside or self.expected[acquirer]) and self.rulebook.weighting in ("cap", "float_cap"):
            by_float = self.rulebook.weighting == "float_cap"
            count = snapshot.float_shares if by_float else snapshot.shares
            own = shares[acquirer] if inside else self._roster.expected_shares[acquirer]
            more = float(own / count[acquirer] * ratio * count[target])
            shares[acquirer] += more * inside
            self._roster.add(acquirer, more)
        self.level.change(shares)

    # The steps of an evening.

    def _take_out(self, snapshot: Snapshot) -> None:
        doomed = snapshot.going
        if not (doomed.size and (self.members[doomed].any() or self.expected[doomed].any())):
            return
        gone = self.members & ~snapshot.listed
        if gone.any():
            for j in np.flatnonzero(gone).tolist():
                change = Change(
                    self.name, "delete", j, self._session, self._session, "no longer listed"
                )
                self._roster.take_out(change)
                self._tonight.append(change)
            self.level.change(np.where(gone, 0.0, self.shares))
        going = self.expected & (snapshot.leaving | ~snapshot.listed)
        for j in np.flatnonzero(going).tolist() if going.any() else ():
            if self.members[j]:
                effective = self._session + self.rulebook.notice_sessions
                self._announce("delete", j, effective, "is being taken over")
            else:  # announced to enter, and now leaving the market
                self._roster.forget(j)

    def _follow_leader(self, snapshot: Snapshot, upstream: Sequence[Change]) -> None:
        moves = [change for change in upstream if change.effective > self._session]
        for change in moves:
            if change.kind == "delete" and self.expected[change.column]:
                self._announce("delete", change.column, change.effective, change.reason)
        for change in moves:
            if change.kind == "add" and not self.expected[change.column]:
                self._admit(snapshot, [change.column], change.effective, change.reason)

    def _follow_parent(self, snapshot: Snapshot, upstream: Sequence[Change]) -> None:
        """Give up who is promoted and take over who is dropped, at the same session."""
        last = None
        for change in upstream:
            j = change.column
            if change.kind == "add" and self.holds_until(j, change.effective):
                why = f"moves up to {change.index}"
                self._announce("delete", j, change.effective, why, migration=True)
            elif change.kind == "add" and self.expected[j]:  # was announced to enter here
                self._roster.forget(j)
            elif change.kind == "delete" and change.migration and not self.expected[j]:
                why = f"moves down from {change.index}"
                self._admit(snapshot, [j], change.effective, why, migration=True)
                last = change.effective
        if last is not None:
            self._drop_smallest(snapshot, -self.vacancies, last)

    def _choose(self, snapshot: Snapshot, review: Review) -> None:
        """The scheduled choice of members."""
        size, able = self.ranking(review, snapshot)
        self._rankings.pop(review, None)
        book, effective = self.rulebook, review.effective
        if book.replacement == "ranked":
            chosen = self.chosen(snapshot, size, able)
            for j in np.flatnonzero(self.expected & ~chosen).tolist():
                self._announce("delete", j, effective, "dropped at the review")
            entering = np.flatnonzero(chosen & ~self.expected & ~self.members)
            self._admit(snapshot, entering.tolist(), effective, "chosen at the review")
            return
        outside = eligible(book, snapshot) & self.outsiders(snapshot)
        # among the members before any leaves
        giants = outside & (size >= self.make_room_size(size, outside))
        if book.exit_rank is not None:
            pool = self.expected | outside
            staying = self.expected & self.members
            for j in outgrown(size, pool, staying, book.exit_rank).tolist():
                self._drop(j, effective, f"ranks below {book.exit_rank}")
        places = max(self.vacancies, 0)
        room = places + int(np.count_nonzero(self.expected & self.members))
        columns = largest_first(size, giants)[:room].tolist()
        self._drop_smallest(snapshot, len(columns) - places, effective)
        self._admit(snapshot, columns, effective, "one of the largest companies")
        self._fill(snapshot, effective)

    def _fast_entries(self, snapshot: Snapshot) -> None:
        rule = self.rulebook.fast_entry
        assert rule is not None
        new = snapshot.sessions_listed == rule.sessions - rule.notice_sessions
        if not new.any():
            return
        new &= eligible(self.rulebook, snapshot, ignore=NEW_ISSUE) & self.outsiders(snapshot)
        new &= self.size(snapshot, rule.rank_by) >= self.fast_entry_size(snapshot)
        columns = largest_first(self.size(snapshot), new).tolist()
        effective = self._session + rule.notice_sessions
        for review in self.reviews:
            if review.chooses and 0 < review.effective - effective <= rule.blackout_sessions:
                effective = review.effective
                break
        if not rule.no_deletion and self.rulebook.count is not None:
            self._drop_smallest(snapshot, len(columns) - self.vacancies, effective)
        self._admit(snapshot, columns, effective, "fast entry of a large new issue")

    def _fill(self, snapshot: Snapshot, effective: int) -> None:
        outside = self.outsiders(snapshot)
        if self.vacancies <= 0 or not outside.any():
            return
        able = eligible(self.rulebook, snapshot) & outside
        if not able.any():
            return
        able = self.candidates(snapshot, able)
        noise = self.rulebook.discretion
        # a draw for every stock, so that who is a candidate leaves the others' draws alone
        gumbel = self._rng.gumbel(size=able.size) if noise > 0 else None
        columns = pick(self.appeal(snapshot), able, self.vacancies, noise, gumbel)
        self._admit(snapshot, columns.tolist(), effective, "fills a vacancy")

    def _weigh(self, snapshot: Snapshot, effective: int, reason: str) -> None:
        """Announce new index shares for the members whose present ones are out of date."""
        book, present = self.rulebook, self._roster.expected_shares
        if book.weighting == "price":
            return
        target = index_shares(book, snapshot, self.expected)
        threshold = 0.0 if book.max_weight is not None else book.float_threshold
        if book.weighting == "equal":
            # the scale is free; keeping the present one leaves the divisor alone
            price, threshold = self._last_price(snapshot), 0.0
            target *= float(price @ present) / float(price @ target)
        moved = self.expected & (np.abs(target - present) > (threshold + 1e-9) * present)
        for j in np.flatnonzero(moved).tolist() if moved.any() else ():
            self._announce("float", j, effective, reason, shares=float(target[j]))

    def _drop_smallest(self, snapshot: Snapshot, n: int, effective: int) -> None:
        if n > 0:
            order = largest_first(self.size(snapshot), self.expected & self.members)
            for j in order[::-1][:n].tolist():
                self._drop(j, effective, "makes room")

    def _drop(self, column: int, effective: int, reason: str) -> None:
        """A member leaves for its size; with some odds it moves down if there is an index below."""
        share = self.rulebook.demotion_share
        below = self.feeder is not None and (share >= 1 or bool(self._rng.random() < share))
        self._announce("delete", column, effective, reason, migration=below)

    def _admit(
        self,
        snapshot: Snapshot,
        columns: Sequence[int],
        effective: int,
        reason: str,
        migration: bool = False,
    ) -> None:
        if not columns:
            return
        if self.rulebook.weighting == "equal":
            price, present = self._last_price(snapshot), self._roster.expected_shares
            mean = float(price @ present) / max(int(np.count_nonzero(present)), 1)
            target = np.divide(mean, price, out=np.zeros(price.size), where=price > 0)
        else:
            after = self.expected.copy()
            after[list(columns)] = True
            target = index_shares(self.rulebook, snapshot, after)
        below = self.feeder
        for j in columns:
            up = below is not None and below.holds_until(j, effective)
            self._announce("add", j, effective, reason, migration or up, float(target[j]))

    def _announce(
        self,
        kind: Kind,
        column: int,
        effective: int,
        reason: str,
        migration: bool = False,
        shares: float = 0.0,
    ) -> None:
        change = Change(
            self.name, kind, column, self._session, effective, reason, migration, shares
        )
        self._tonight.append(change)
        self._roster.announce(change)
