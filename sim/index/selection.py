"""Who enters and who leaves, as functions of sizes and sets; the rules of `sim.index.rulebook`.

Ranks count from 1 for the largest; equal sizes rank in the order of their columns. Sets are boolean
arrays of shape (stocks,), sizes are USD.
"""

from __future__ import annotations

import numpy as np

from sim.index.snapshot import Array, BoolArray, IntArray


def largest_first(size: Array, pool: BoolArray) -> IntArray:
    """Columns of a pool by falling size."""
    columns = np.flatnonzero(pool)
    return np.asarray(columns[np.argsort(-size[columns], kind="stable")], dtype=np.int64)


def ranked_members(
    size: Array, pool: BoolArray, members: BoolArray, count: int, entry: int, exit: int
) -> BoolArray:
    """Members of a ranked index after a review.

    Outsiders ranked within ``entry`` ≤ count enter, members ranked within ``exit`` ≥ count may
    stay.  If there are then too many, the smallest members leave; if too few, the next largest
    outsiders enter.
    """
    order = largest_first(size, pool)
    rank = np.arange(1, order.size + 1)
    inside = members[order]
    chosen = (rank <= entry) | (inside & (rank <= exit))
    surplus = int(chosen.sum()) - count
    if surplus > 0:  # at most `entry` of the chosen rank within it, so enough members lie below
        chosen[np.flatnonzero(chosen)[-surplus:]] = False
    elif surplus < 0:
        chosen[np.flatnonzero(~chosen & ~inside)[:-surplus]] = True
    out = np.zeros(members.size, dtype=bool)
    out[order[chosen]] = True
    return out


def outgrown(size: Array, pool: BoolArray, members: BoolArray, exit: int) -> IntArray:
    """Members that rank below ``exit`` in the pool, the largest first."""
    below = largest_first(size, pool)[exit:]
    return below[members[below]]


def pick(
    size: Array, candidates: BoolArray, n: int, discretion: float, gumbel: Array | None
) -> IntArray:
    """The committee's choice of n candidates, in the order chosen; fewer if there are fewer.

    ``gumbel`` holds one draw a stock, whether a candidate or not, and may be None without
    discretion. Taking the n largest of ln(size) + discretion × Gumbel is choosing one after the
    other by the logit (Plackett and Luce; Yellott 1977).
    """
    able = candidates & (size > 0)
    score = np.full(size.size, -np.inf)
    np.log(size, out=score, where=able)
    if discretion > 0 and gumbel is not None:
        score = score + discretion * gumbel
    return largest_first(score, able)[:n]
