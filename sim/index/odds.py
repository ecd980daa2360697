"""The odds that a stock will be announced to enter or leave an index, from public rules alone.

Sizes move, so that a size S passes a limit L on the rank day, d sessions away, with probability

    Φ( ln(S / L) / (σ √(d / 252)) ),

σ the annual volatility relative to the market; d = 0 gives 0 or 1. A committee's vacancies are a
Poisson number with the stated rate. One pick falls on candidate j with the exact logit odds of
``sim.index.rulebook``, w_j / Σ w with w = size^(1/discretion); of k picks each finds it with odds
1 − exp(−w_j T), where T makes the odds of all candidates add up to k (Rosén 1997). Several ways in
are treated as independent: 1 − Π (1 − p).

Profit, float and liquidity are taken as they are tonight; seasoning is counted forward. These odds
are what somebody who anticipates additions can know from published rules.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.calendar import TRADING_DAYS
from sim.index.eligibility import NEW_ISSUE, eligible, may_stay, size_at_rank
from sim.index.snapshot import Array, BoolArray, Snapshot
from sim.index.standing import Standing

_UNLIKELY = 1e-9  # Poisson numbers beyond this tail are left out


def inclusion_odds(
    index: Standing,
    snapshot: Snapshot,
    session: int,
    horizon_sessions: int,
    vacancies_per_year: float = 22.0,
    volatility: float | Array = 0.35,
) -> Array:
    """Probability that a non-member will have been announced as an addition; shape (stocks,).

    Parameters
    ----------
    index : Standing
        A follower's odds are those of its leader.
    snapshot : Snapshot
        The market of the evening of ``session``, after the index's review.
    horizon_sessions : int
        Evenings ahead, tonight not counted.
    vacancies_per_year : float
        Members expected to be taken over or dropped a year (22 for the S&P 500: assumption).
    volatility : float or Array
        Annual, of a company's size relative to the others', scalar or (stocks,); single stocks
        have 30-40 % a year.

    Returns
    -------
    Array
        0 for members, 1 for additions announced and not yet effective.
    """
    if index.leader is not None:
        index = index.leader
    book = index.rulebook
    out = index.outsiders(snapshot)
    odds = np.zeros(out.size)
    odds[index.expected & ~index.members] = 1.0
    if not out.any():
        return odds
    miss = np.ones(out.size)
    ripe = _ripe_in(index, snapshot)
    if book.fast_entry is not None:
        miss *= 1 - _fast(index, snapshot, horizon_sessions, volatility) * out
    if book.fills:
        rate = vacancies_per_year * np.maximum(horizon_sessions - ripe, 0) / TRADING_DAYS
        expected = vacancies_per_year * horizon_sessions / TRADING_DAYS
        leaving = math.ceil(expected + 3 * math.sqrt(expected))  # nearly the most there may be
        able = index.candidates(snapshot, out & (ripe <= horizon_sessions), leaving)
        miss *= 1 - _committee(index, snapshot, able, rate)
    review = index.next_review(session)
    if review is not None and review.announced <= session + horizon_sessions:
        size, able = index.ranking(review, snapshot)
        if _by_committee(index):  # ranks of the rank day, tests of the evening itself
            able = out & (ripe <= review.announced - session)
            limit: float | Array = index.make_room_size(size, able)
        else:
            if review.ranked > session:
                able = ripe <= review.ranked - session
            limit = _entry_limit(index, snapshot, size, able & out)
        days = max(review.ranked - session, 0)
        miss *= 1 - _passes(size, limit, days, volatility) * (able & out)
    return np.where(out, 1 - miss, odds)


def deletion_odds(
    index: Standing,
    snapshot: Snapshot,
    session: int,
    horizon_sessions: int,
    volatility: float | Array = 0.35,
) -> Array:
    """Probability that a member will have been announced to leave; shape (stocks,).

    1 for members announced to leave or about to be taken over, 0 for non-members; for the others
    the odds of ranking beyond the exit rank on the next rank day. Takeovers not yet known and
    members dropped to make room are not in them. Parameters as for `inclusion_odds`.
    """
    if index.leader is not None:
        index = index.leader
    odds = np.zeros(index.members.size)
    review = index.next_review(session)
    if review is not None and review.announced <= session + horizon_sessions:
        days = max(review.ranked - session, 0)
        size, able = index.ranking(review, snapshot)
        limit = _exit_limit(index, snapshot, size, able)
        odds = np.where(index.expected, 1 - _passes(size, limit, days, volatility), 0.0)
        if not _by_committee(index):
            odds[index.expected & ~may_stay(index.rulebook, snapshot)] = 1.0
    odds[index.members & (~index.expected | snapshot.leaving)] = 1.0
    return odds


def _by_committee(index: Standing) -> bool:
    return index.rulebook.replacement == "committee"


def _passes(
    size: Array, limit: float | Array, days: NDArray[np.int64] | int, volatility: float | Array
) -> Array:
    """Probability that sizes reach a limit some sessions ahead."""
    if isinstance(limit, float) and limit <= 0:
        return np.ones(size.size)
    limits = np.broadcast_to(np.asarray(limit, dtype=float), size.shape)
    margin = np.where(limits > 0, -np.inf, np.inf)  # of no size, or against no limit
    ratio = np.divide(size, limits, out=np.zeros(size.size), where=limits > 0)
    np.log(ratio, out=margin, where=ratio > 0)
    spread = np.asarray(volatility) * np.sqrt(np.asarray(days) / TRADING_DAYS)
    spread = np.broadcast_to(spread, margin.shape)
    sure = np.where(margin >= 0, 1.0, 0.0)
    standard = np.divide(margin, spread, out=np.zeros_like(margin), where=spread > 0)
    return np.where(spread > 0, ndtr(standard), sure)


def _ripe_in(index: Standing, snapshot: Snapshot) -> NDArray[np.int64]:
    """Sessions until a stock has passed all tests, if those other than seasoning stay as they are.

    Very large where it fails one of those.
    """
    book = index.rulebook
    never = np.iinfo(np.int64).max // 4
    wait = np.maximum(book.eligibility.seasoning_sessions - snapshot.sessions_listed, 0)
    wait[~eligible(book, snapshot, ignore=("seasoning",))] = never
    wait[eligible(book, snapshot)] = 0
    return wait


def _fast(index: Standing, snapshot: Snapshot, horizon: int, volatility: float | Array) -> Array:
    """Odds of fast entry: its evening lies within the horizon, and the size test is met then."""
    rule = index.rulebook.fast_entry
    assert rule is not None
    days = rule.sessions - rule.notice_sessions - snapshot.sessions_listed
    near = (days >= 1) & (days <= horizon)
    if not near.any():
        return np.zeros(near.size)
    near &= eligible(index.rulebook, snapshot, ignore=NEW_ISSUE)
    size = index.size(snapshot, rule.rank_by)
    odds = _passes(size, index.fast_entry_size(snapshot), np.maximum(days, 0), volatility)
    return np.where(near, odds, 0.0)


def _committee(index: Standing, snapshot: Snapshot, able: BoolArray, rate: Array) -> Array:
    """Odds of being picked for one of the vacancies: known ones, and a Poisson number of others.

    ``rate`` (stocks,) is the number expected while the stock is eligible.
    """
    odds = np.zeros(able.size)
    columns = np.flatnonzero(able)
    if not columns.size:
        return odds
    picks = _Picks(np.log(index.appeal(snapshot)[columns]), index.rulebook.discretion)
    known, further = index.vacancies, 0  # a surplus of members must go first
    mean = rate[columns]
    probability, left = np.exp(-mean), np.ones(columns.size)  # of this many others; of more
    found = np.zeros(columns.size)
    while known + further < columns.size and left.max() > _UNLIKELY:
        found += probability * picks.of(known + further)
        left -= probability
        further += 1
        probability *= mean
        probability /= further
    found += np.maximum(left, 0.0) * picks.of(known + further)
    odds[columns] = np.clip(found, 0.0, 1.0)
    return odds


class _Picks:
    """Odds of being among k picks, for rising k; candidates by log size."""

    def __init__(self, log_size: Array, discretion: float) -> None:
        self._rank = np.empty(log_size.size)
        self._rank[np.argsort(-log_size, kind="stable")] = np.arange(1, log_size.size + 1)
        self._weight: Array | None = None
        if discretion > 0:
            weight = np.exp((log_size - log_size.max()) / discretion)
            self._weight = weight / weight.sum()
        self._time = 0.0

    def of(self, k: int) -> Array:
        """Odds after k picks, k not smaller than in the call before."""
        if k <= 0 or k >= self._rank.size:
            return np.full(self._rank.size, 1.0 if k > 0 else 0.0)
        if self._weight is None:
            return (self._rank <= k).astype(np.float64)
        if k == 1:
            return self._weight
        # Newton from the left on a concave rising function: it never oversteps
        for _ in range(200):
            survival = np.exp(-self._weight * self._time)
            missing = k - float((1 - survival).sum())
            slope = float((self._weight * survival).sum())
            if missing < 1e-9 or slope < 1e-300:
                break
            self._time += missing / slope
        return np.maximum(1 - np.exp(-self._weight * self._time), self._weight)


def _entry_limit(
    index: Standing, snapshot: Snapshot, size: Array, able: BoolArray
) -> float | Array:
    """The size an outsider needs to enter a ranked index at its review, USD; (stocks,) or one.

    That of the company at the entry rank; or, while places are left over, whoever would get one
    by today's sizes must stay ahead of the largest that would not, and those must overtake it.
    """
    book = index.rulebook
    if book.count is None or book.entry_rank is None:
        return book.eligibility.min_cap_bn * 1e9
    chosen = index.chosen(snapshot, size, able)
    pool = (able & snapshot.trading) | (index.expected & may_stay(book, snapshot))
    limit = size_at_rank(size, pool, book.entry_rank)
    entering, waiting = chosen & ~index.expected, able & ~chosen & ~index.expected
    if not (entering & (size < limit)).any():
        return limit
    ahead = float(size[waiting].max()) if waiting.any() else 0.0
    return np.where(entering, ahead, float(size[entering].min()))


def _exit_limit(index: Standing, snapshot: Snapshot, size: Array, able: BoolArray) -> float | Array:
    """The size a member needs to stay at the next review, USD; (stocks,) or one.

    That of the company at the exit rank; or, while there are too many members, whoever would
    stay by today's sizes must stay ahead of the largest that would not, and those overtake it.
    """
    book = index.rulebook
    if book.count is None or book.exit_rank is None:
        return (1 - book.buffer) * book.eligibility.min_cap_bn * 1e9
    if _by_committee(index):
        pool = index.expected | (able & index.outsiders(snapshot))
        return size_at_rank(size, pool, book.exit_rank)
    chosen = index.chosen(snapshot, size, able)
    stays = index.expected & may_stay(book, snapshot)
    limit = size_at_rank(size, (able & snapshot.trading) | stays, book.exit_rank)
    staying, trimmed = stays & chosen, stays & ~chosen & (size >= limit)
    if not trimmed.any() or not staying.any():
        return limit
    return np.where(staying, float(size[trimmed].max()), float(size[staying].min()))
