"""A13: how much of the day's volume goes through the closing auction, in all stocks together.

    share = Σ close × volume of the closing cross / Σ close × volume of the day

over ordinary days, and the mean over rebalance days: those at whose close quarterly changes of
S&P indices take effect, the third Friday of March, June, September and December or the last session
before it. On an ordinary day the share follows from the setting ``market.closing_use``, a fact of
the era that goes in: a day has two auctions, the last of which stands for the afternoon, and half
of that setting is the cross's part of the day. So these figures are no success of the model. What
index funds add on rebalance days comes out of their trading.

Sources: Bogousslavsky and Muravyev (2023), Journal of Financial Economics; BMLL (2025).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from experiments.evidence.targets.inclusions import LATER, LATEST
from experiments.evidence.targets.target import Part, Target
from experiments.results import Result
from sim.index.schedule import nth_friday

TODAY = "today"
MONTHS = (3, 6, 9, 12)


def measure(result: Result) -> dict[str, float]:
    """Closing share on ordinary days and on rebalance days of one run; NaN if it has none."""
    recorder = result.model.recorder
    n = recorder.days
    price = np.nan_to_num(recorder.close[:n])
    closing = (np.nan_to_num(recorder.closing_volume[:n]) * price).sum(axis=1)
    volume = (np.nan_to_num(recorder.volume[:n]) * price).sum(axis=1)
    return shares(closing, volume, rebalance_days(recorder.dates[:n]))


def shares(
    closing: NDArray[np.float64], volume: NDArray[np.float64], rebalance: NDArray[np.bool_]
) -> dict[str, float]:
    """The two figures from USD traded at the close and in the day, (days,) each."""
    known = volume > 0
    usual, special = known & ~rebalance, known & rebalance
    part = np.divide(closing, volume, out=np.full(volume.shape, np.nan), where=known)
    return {
        "closing": float(closing[usual].sum() / volume[usual].sum()) if usual.any() else np.nan,
        "rebalance": float(part[special].mean()) if special.any() else np.nan,
    }


def rebalance_days(dates: Sequence[date]) -> NDArray[np.bool_]:
    """Which sessions (days,) are rebalance days; those of a quarter that is cut short are not."""
    chosen = np.zeros(len(dates), dtype=bool)
    days = np.array(dates, dtype="datetime64[D]")
    quarters = {(d.year, d.month) for d in dates if d.month in MONTHS}
    for year, month in quarters:
        friday = np.datetime64(nth_friday(year, month, 3))
        place = int(np.searchsorted(days, friday, side="right")) - 1
        if 0 <= place and friday <= days[-1] and friday - days[place] < np.timedelta64(4):
            chosen[place] = True
    return chosen


TARGETS = (
    Target("A13", "Closing auction's part of the volume",
           "Bogousslavsky and Muravyev 2023; BMLL 2025", (
        Part(TODAY, "rebalance", "rebalance day, 2024", 0.12, 0.30),
        Part(LATER, "closing", "ordinary day, 2010", 0.0, 0.06, given=True),
        Part(LATEST, "closing", "ordinary day, 2018", 0.045, 0.105, given=True),
        Part(TODAY, "closing", "ordinary day, 2024", 0.06, 0.12, given=True),
    ), "On ordinary days the share is an input (market.closing_use); only rebalance days come out "
       "of the model."),
)  # fmt: skip
