"""An estimate over events with its interval, and how a table of estimates reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pandas as pd

from experiments.studies.intervals import Interval


@dataclass(frozen=True)
class Estimate(Interval):
    """An interval over `n` events, with the standard deviation `sd` of the events about its value,
    all in the unit of the events.

    The bounds are NaN where the events do not give any. ``format(estimate, ".1%")`` applies the
    format to the value and both ends.
    """

    sd: float

    def __format__(self, spec: str) -> str:
        spec = spec or ".4g"
        value, low, high = (format(x, spec) for x in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}], n = {self.n}"

    def __str__(self) -> str:
        return f"{self:.4g}, sd {self.sd:.4g}"


def as_table(estimates: Mapping[str, Estimate]) -> pd.DataFrame:
    """One row an estimate, under its name: value, low, high, n, sd."""
    rows = [asdict(estimate) for estimate in estimates.values()]
    return pd.DataFrame(
        rows, index=list(estimates), columns=["value", "low", "high", "n", "sd"]
    ).rename_axis("figure")
