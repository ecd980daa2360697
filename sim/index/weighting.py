"""From members to index shares: the number of shares of each company that an index counts.

The capitalisation of an index is Σ price × index shares, and a member's weight its part of that:

    float_cap   index shares = float shares
    cap         index shares = all shares, or min(1, k × float factor) of them at low float
    equal       price × index shares is the same for all members
    price       index shares = 1

A single-name cap c scales down the shares of whoever weighs more than c and leaves the others'
alone. If k companies are capped and the others' capitalisation is U, the total T solves
T = U + k c T, so each capped company counts for c T = c U / (1 − k c). Capping one may lift another
over the limit, so the set grows until nobody exceeds it.
"""

from __future__ import annotations

import numpy as np

from sim.index.rulebook import Rulebook
from sim.index.snapshot import Array, BoolArray, Snapshot


def index_shares(rulebook: Rulebook, snapshot: Snapshot, members: BoolArray) -> Array:
    """Index shares of every stock, 0 for non-members; shape (stocks,).

    Parameters
    ----------
    rulebook : Rulebook
    snapshot : Snapshot
    members : BoolArray
        Members of the index, shape (stocks,). In an equal-weight index one without a price counts
        for nothing.
    """
    kind = rulebook.weighting
    if kind == "price":
        return members.astype(float)
    if kind == "equal":
        priced = members & (snapshot.price > 0)
        if not priced.any():
            return np.zeros(members.size)
        # the total is arbitrary; that of the members' float keeps numbers recognisable
        each = float(snapshot.float_cap[priced].mean())
        out = np.zeros(members.size)
        np.divide(each, snapshot.price, out=out, where=priced)
        return out
    if kind == "float_cap":
        shares = np.where(members, snapshot.float_shares, 0.0)
    else:
        shares = np.where(members, snapshot.shares * counted_share(rulebook, snapshot), 0.0)
    if rulebook.max_weight is not None:
        shares *= cap_factors(shares * snapshot.price, rulebook.max_weight)
    return shares


def counted_share(rulebook: Rulebook, snapshot: Snapshot) -> Array:
    """The part of a company's shares that the low-float rule lets count, 0 to 1; (stocks,)."""
    k = rulebook.weight_float_multiple
    if k is None:
        return np.ones(snapshot.price.size)
    threshold = rulebook.low_float_threshold or 1 / k
    multiplied = np.minimum(k * snapshot.float_factor, 1.0)
    return np.where(snapshot.float_factor < threshold, multiplied, 1.0)


def cap_factors(value: Array, limit: float) -> Array:
    """Factors ≤ 1 on the members' values after which no weight exceeds the limit; same shape.

    Members are those with a positive value. Where there are too few for the limit to hold
    (limit × members < 1) they are weighted equally, which comes nearest to it.
    """
    out = np.ones(value.size)
    held = value > 0
    n = int(held.sum())
    if n == 0:
        return out
    if limit * n <= 1:
        out[held] = value[held].min() / value[held]
        return out
    capped = np.zeros(value.size, dtype=bool)
    while True:
        rest = float(value[held & ~capped].sum())
        each = limit * rest / (1 - limit * int(capped.sum()))
        total = rest + each * int(capped.sum())
        over = held & ~capped & (value > limit * total * (1 + 1e-12))
        if not over.any():
            break
        capped |= over
    out[capped] = each / value[capped]
    return out
