"""How far an offer follows good news in the book: less than one for one, and why.

Bidders know things the banker does not.  A bidder with good news gets q_h shares at the offer P_h
if it bids what it thinks.  If it hides its interest, the banker believes the value to be the one
of the filing, V_l, charges P_l = V_l, and gives it q_l <= q_h shares.  It tells the truth only if
(Benveniste and Spindt 1989) ::

    q_h (V_h - P_h) >= q_l (V_h - P_l)

so the smallest underpricing that buys the truth is ::

    V_h - P_h = r (V_h - V_l),    r = q_l / q_h,    P_h = V_l + (1 - r) (V_h - V_l)

The offer moves by lambda_up = 1 - r of an upward surprise.  Bad news is not worth hiding: who
feigned interest would overpay, so lambda_down = 1.  r is no parameter.  It is read off the book
and the allocation rule: let one institution at a time bid as if the value were V_l, that is
``d_j(p V_h / V_l)`` in place of ``d_j(p)``, with everyone else truthful, and allocate at V_l both
ways.  Pro rata rationing gives r = d_j(V_h) / d_j(V_l), in the mean one over the coverage at V_l;
rewarding strong bids lowers it, and if hiding gains nothing then r = 0 and lambda_up = 1.
"""

from __future__ import annotations

import numpy as np

from sim.offering.allocation import AllocationRules, institutions, place
from sim.offering.book import Book


def hiding_ratio(
    book: Book,
    shares: float,
    prior: float,
    revealed: float,
    rules: AllocationRules,
    retail_share: float = 0.0,
    directed_share: float = 0.0,
) -> float:
    """r: part of its shares that a bidder keeps by hiding good news, in [0, 1].

    `prior` and `revealed` are V_l and V_h [USD], V_h >= V_l > 0.  Mean over the institutions, each
    weighted with the shares it gets for the truth.  A bidder takes the price at which the strength
    of bids is read as given.  The grid must reach V_h**2 / V_l, above which demand counts as zero.
    """
    ratio = revealed / prior
    bids, firm = book.at(prior), book.at(revealed)
    firm_hidden = book.at(revealed * ratio)
    quotas = retail_share, directed_share
    truthful = place(bids, firm, book, shares, rules, *quotas)
    kept, received = 0.0, 0.0
    for row in np.flatnonzero(institutions(book) & (truthful > 0)):
        trial, trial_firm = bids.copy(), firm.copy()
        trial[row], trial_firm[row] = firm[row], firm_hidden[row]
        kept += place(trial, trial_firm, book, shares, rules, *quotas)[row]
        received += truthful[row]
    return float(min(max(kept / received, 0.0), 1.0)) if received > 0 else 0.0


def adjusted_value(prior: float, revealed: float, ratio: float) -> float:
    """Value per share [USD] that the offer may be set against, given V_l, V_h and r."""
    if revealed <= prior:
        return revealed
    return prior + (1.0 - ratio) * (revealed - prior)
