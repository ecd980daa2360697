"""Who gets the shares of an oversubscribed offering.

Directed shares and retail have quotas and are served pro rata to their bids.  What is left goes
to institutions: a fraction `discretion` at the banker's judgement, the rest pro rata.  The
judgement weighs the bid b_j at the offer price by ::

    w_j = f_j b_j (1 + a_r relationship_j + a_l long_only_j) * strength_j ** reward

where strength_j in [0, 1] is the part of the bid that would still stand at the book's clearing
price.  Bankers favour regular clients and long-only funds (Aggarwal, Prabhala and Puri 2002) and
bids that tell them something about the price (Cornelli and Goldreich 2001), which is what makes
truthful bidding worth while (Benveniste and Spindt 1989; see `partial_adjustment`).  Who sells at
once is known from earlier deals, and its bids count for the fraction f_j of their size as long as
there are others (banks track flippers and keep shares from them: Aggarwal 2003; Boehmer, Boehmer
and Fishe 2006); f_j = 1 for everybody else.  An unused quota flows to the others.  Nobody gets more
than it bid, and the sum is min(shares, demand).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.inputs import Settings
from sim.offering.book import DIRECTED, FLIPPERS, RETAIL, Book, Floats


class AllocationRules(Settings):
    """The banker's discretion over the institutional part; all numbers are assumptions.

    The evidence fixes only their sign: regular clients, long-only funds and informative bids get
    more than pro rata (Aggarwal, Prabhala and Puri 2002; Cornelli and Goldreich 2001).
    `flippers` is f: 1 treats those who sell at once like everybody else.
    """

    discretion: float = Field(0.5, ge=0, le=1)
    relationship_weight: float = Field(1.0, ge=0, le=100)
    long_only_weight: float = Field(1.0, ge=0, le=100)
    reward: float = Field(1.0, ge=0, le=100)
    flippers: float = Field(0.1, ge=0, le=1)


def ration(weights: Floats, caps: Floats, total: float) -> Floats:
    """Shares ``min(cap, k * weight)`` that sum to ``min(total, sum of caps)``; shape as `caps`.

    Rows without weight are served, pro rata to their caps, only when all others are full.
    """
    out = np.zeros_like(caps)
    total = min(total, float(caps.sum()))
    if total <= 0:
        return out
    active = np.flatnonzero((weights > 1e-200) & (caps > 0))
    if caps[active].sum() <= total:
        out[active] = caps[active]
        others = caps - out
        room = float(others.sum())
        return out + others * min((total - out.sum()) / room, 1.0) if room > 0 else out
    # those with the smallest cap per weight fill first; find the k of the rest
    order = active[np.argsort(caps[active] / weights[active], kind="stable")]
    filled_before = np.concatenate(([0.0], np.cumsum(caps[order])[:-1]))
    weight_left = np.cumsum(weights[order][::-1])[::-1]
    levels = (total - filled_before) / weight_left
    in_part = levels <= caps[order] / weights[order]
    in_part[-1] = True  # by rounding alone nobody is: then everybody is full
    first = int(np.argmax(in_part))
    out[order] = np.minimum(caps[order], levels[first] * weights[order])
    return out


def place(
    bids: Floats,
    firm: Floats,
    book: Book,
    shares: float,
    rules: AllocationRules,
    retail_share: float,
    directed_share: float,
) -> Floats:
    """Allocate on bids at the offer price and at the clearing price (`firm`); all (bids,)."""
    retail, directed = _rows(book, RETAIL), _rows(book, DIRECTED)
    institution = ~(retail | directed)
    out = np.zeros_like(bids)
    out[directed] = ration(bids[directed], bids[directed], directed_share * shares)
    out[retail] = ration(bids[retail], bids[retail], retail_share * shares)

    left = shares - float(out.sum())
    wanted = bids[institution]
    strength = np.divide(firm[institution], wanted, out=np.zeros_like(wanted), where=wanted > 0)
    favour = (
        1.0
        + rules.relationship_weight * book.relationship[institution]
        + rules.long_only_weight * book.long_only[institution]
    )
    count = np.where(_rows(book, FLIPPERS)[institution], rules.flippers, 1.0)
    weights = count * wanted * favour * np.minimum(strength, 1.0) ** rules.reward
    judged = ration(weights, wanted, rules.discretion * left)
    open_bids = np.maximum(wanted - judged, 0.0)
    out[institution] = judged + ration(count * open_bids, open_bids, left - float(judged.sum()))

    # what institutions leave goes to those who wanted more than their quota
    open_bids = np.maximum(bids - out, 0.0)
    out += ration(open_bids, open_bids, shares - float(out.sum()))
    return np.minimum(out, bids)


def allocate(
    book: Book,
    price: float,
    shares: float,
    rules: AllocationRules,
    retail_share: float = 0.0,
    directed_share: float = 0.0,
) -> Floats:
    """Shares (bids,) each bid gets when `shares` are sold at `price` [USD].

    `retail_share` and `directed_share` are quotas as fractions of `shares`.
    """
    clearing = book.clearing_price(shares) or price
    firm = book.at(max(clearing, price))
    return place(book.at(price), firm, book, shares, rules, retail_share, directed_share)


def institutions(book: Book) -> NDArray[np.bool_]:
    """Which bids (bids,) come from institutions."""
    return ~(_rows(book, RETAIL) | _rows(book, DIRECTED))


def _rows(book: Book, holder: str) -> NDArray[np.bool_]:
    return np.array([name == holder for name in book.holders], dtype=bool)
