"""Which stocks which fund covers, scaled so that the whole adds up.

A fund that covers a stock with probability q holds 1/q times its neutral share of it if it does,
and nothing if not.  Left at that, some stocks would be held more than once and others not at all,
and a fund without the largest companies would be asked for less than it can pay for, one with them
for more.  With coverage c (funds, stocks), shares of wealth w and shares of value m, each adding up
to one, factors r and s are sought such that c' = r·c·s has

    Σ_i w_i c'_ij = 1  for every stock j,        Σ_j c'_ij m_j = 1  for every fund i:

together the funds hold every stock once, and each is asked for stocks worth its share of wealth.
Rows and columns are scaled in turn until both hold (RAS, or iterative proportional fitting: Deming
and Stephan 1940).  What a fund does not cover stays zero.  The second condition is kept up to
`SLACK`; where that cannot be, as with few funds and a very large company, all cover everything.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Sessions between two balancings.
MONTH = 21
#: Times that rows and columns are scaled before it is given up.
PASSES = 30
#: The largest part by which a fund may be asked to hold more or less than its wealth.
SLACK = 0.05


def even(cover: Array, wealth: Array) -> Array:
    """Coverage (funds, stocks) over its wealth-weighted mean; what nobody covers everybody does."""
    mean = wealth @ cover / max(float(wealth.sum()), 1e-300)
    return np.where(mean > 0, cover / np.where(mean > 0, mean, 1.0), 1.0)


def balance(cover: Array, wealth: Array, value: Array) -> Array:
    """Scale coverage so that every fund can pay for its part, and every stock is held.

    Parameters
    ----------
    cover : Array
        (funds, stocks), 0 for what a fund does not cover.
    wealth : Array
        (funds,), USD or shares of the whole.
    value : Array
        (stocks,), what is to be held, USD.

    Returns
    -------
    Array
        (funds, stocks); all ones if there is no such coverage.
    """
    worth = np.maximum(value, 0.0) / max(float(np.maximum(value, 0.0).sum()), 1e-300)
    balanced = even(cover, wealth)
    for _ in range(PASSES):
        asked = balanced @ worth
        if (np.abs(asked - 1) <= SLACK).all():
            return balanced
        balanced = even(balanced / np.maximum(asked, 1e-300)[:, None], wealth)
    return np.ones_like(cover)
