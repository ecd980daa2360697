"""Compiled kernel of the segment DCF: log value per share of many stories in one pass.

The equations are those of ``sim.valuation.dcf``, whose `value` is the plain numpy twin; here
stories, years and segments are plain loops, so that nothing is allocated. Investors' stories are
valued several times a simulated day.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

YEARS = 10
#: Least stable cost of capital above growth. A story driven nearer by news is valued at this.
LEAST_SPREAD = 0.005

FloatArray = NDArray[np.float64]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def log_values(
    path: FloatArray,
    base: FloatArray,
    target: FloatArray,
    base_margin: FloatArray,
    target_margin: FloatArray,
    early: FloatArray,
    late: FloatArray,
    coc_initial: FloatArray,
    coc_stable: FloatArray,
    tax_initial: FloatArray,
    tax_stable: FloatArray,
    risk_free: FloatArray,
    roic: FloatArray,
    failure: FloatArray,
    recovery: FloatArray,
    cash: FloatArray,
    debt: FloatArray,
    proceeds: FloatArray,
    shares: FloatArray,
    issue_price: FloatArray,
    floor: float,
    given_shares: float,
    out: FloatArray,
) -> None:
    """Write log USD per share to `out` (n,); shapes as in `Inputs`; given_shares 0 = by issue."""
    n, k = base.shape
    for i in range(n):
        growth = risk_free[i]
        spread = max(coc_stable[i] - growth, LEAST_SPREAD)
        stable = growth + spread
        discount = 1.0
        worth = 0.0
        ebit = 0.0
        tax = 0.0
        for t in range(YEARS):
            fade = max(t - 4, 0) / 5.0
            discount /= 1.0 + coc_initial[i] + (stable - coc_initial[i]) * fade
            ebit = 0.0
            reinvestment = 0.0
            for j in range(k):
                gap = target[i, j] - base[i, j]
                revenue = base[i, j] + gap * path[j, t]
                ahead = (t + 1) / 10.0
                margin = base_margin[i, j] + (target_margin[i, j] - base_margin[i, j]) * ahead
                ebit += revenue * margin
                before = path[j, t - 1] if t > 0 else 0.0
                turnover = early[i, j] if t < 5 else late[i, j]
                reinvestment += gap * (path[j, t] - before) / turnover
            tax = tax_initial[i] + (tax_stable[i] - tax_initial[i]) * fade if ebit > 0.0 else 0.0
            worth += (ebit * (1.0 - tax) - reinvestment) * discount
        worth += ebit * (1.0 - tax) * (1.0 + growth) * (1.0 - growth / roic[i]) / spread * discount
        worth *= 1.0 - failure[i] * (1.0 - recovery[i])
        equity = worth + cash[i] - debt[i] + proceeds[i]
        if given_shares > 0.0:
            out[i] = np.log(max(equity, floor) / given_shares)
        elif np.isnan(issue_price[i]):
            out[i] = np.log(max(equity - proceeds[i], floor) / shares[i])
        else:
            issued = proceeds[i] / issue_price[i]
            out[i] = np.log(max(equity, floor) / (shares[i] + issued))
