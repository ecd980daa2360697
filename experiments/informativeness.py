"""How much prices know: how far changes of price go with changes of value, across companies.

With Δp and Δv the changes of log price and of log public value over a period, the informativeness
of a period is the squared correlation of Δp and Δv over companies: the part of what prices did that
values explain, 1 if prices follow values and nothing else.  It is the R² of the cross-section on
which measures of price informativeness rest (Bai, Philippon and Savov 2016 regress future earnings
on prices; here values are known).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.recorder import Recorder

Array = NDArray[np.float64]
Columns = NDArray[np.integer[Any]]
MONTH = 21


def informativeness(price: Array, value: Array) -> float:
    """Mean over periods of the squared correlation of changes, both (periods, companies).

    Companies without a change in a period are left out of it; NaN if no period has three that
    differ.
    """
    squares = []
    for p, v in zip(price, value, strict=True):
        known = np.isfinite(p) & np.isfinite(v)
        if known.sum() > 2 and p[known].std() > 0 and v[known].std() > 0:
            squares.append(np.corrcoef(p[known], v[known])[0, 1] ** 2)
    return float(np.mean(squares)) if squares else float("nan")


def at_ends(recorder: Recorder, columns: Columns, sessions: int) -> tuple[Array, Array]:
    """Log prices and log values at the ends of periods of so many sessions, (ends, companies)."""
    ends = slice(0, recorder.days, sessions)
    returns = recorder.comparable_close(returns=True)
    price = np.log(returns[ends, columns])
    factor = returns[ends, columns] / recorder.close[ends, columns]
    return price, np.log(recorder.value[ends, columns] * factor)


def of_run(recorder: Recorder, columns: Columns, sessions: int = MONTH) -> float:
    """Informativeness of the prices of these columns, mean over the periods of a run."""
    price, value = at_ends(recorder, columns, sessions)
    return informativeness(np.diff(price, axis=0), np.diff(value, axis=0))
