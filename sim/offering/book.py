"""The book: what every account would buy of the offering at every price of a common grid.

A bid is a demand schedule ``d_j(p)`` [shares], non-increasing in the price p, of the very account
that later trades the stock.  Between grid points it is interpolated; below the grid it is the
demand at the lowest price, above the grid it is zero.  Total demand is ``D(p) = sum_j d_j(p)``,
coverage ``D(p) / shares`` (how often the offering is subscribed), and the clearing price of n
shares is the highest p with ``D(p) >= n``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RETAIL = "retail"
DIRECTED = "directed"
FLIPPERS = "flippers"


@dataclass(frozen=True)
class Book:
    """Bids on a price grid.

    Parameters
    ----------
    grid : (k,) USD, strictly ascending and positive.
    demand : (bids, k) shares, non-negative and non-increasing along the grid.
    accounts : (bids,) the trading account behind each bid.
    holders : (bids,) class of each bidder; `RETAIL` and `DIRECTED` have quotas of their own, all
        other classes are institutions, `FLIPPERS` those of them that sell at once.
    relationship, long_only : (bids,) in [0, 1]: how close a client the bidder is, and how much of
        its money is long-only.

    Raises
    ------
    ValueError
        On shapes that do not fit, or a grid or schedule that breaks the rules above.
    """

    grid: Floats
    demand: Floats
    accounts: NDArray[np.int64]
    holders: tuple[str, ...]
    relationship: Floats
    long_only: Floats

    def __post_init__(self) -> None:
        bids, points = self.demand.shape
        if self.grid.shape != (points,) or points < 2:
            raise ValueError(f"book: grid {self.grid.shape} does not fit demand {bids, points}")
        for name in ("accounts", "holders", "relationship", "long_only"):
            if len(getattr(self, name)) != bids:
                raise ValueError(f"book: {len(getattr(self, name))} {name} for {bids} bids")
        if not np.all(np.isfinite(self.demand)) or not np.all(np.isfinite(self.grid)):
            raise ValueError("book: grid and demand must be finite")
        if self.grid[0] <= 0 or np.any(np.diff(self.grid) <= 0):
            raise ValueError("book: grid prices must be positive and ascending")
        largest = max(float(self.demand.max(initial=0.0)), 1.0)
        if np.any(self.demand < 0) or np.any(np.diff(self.demand, axis=1) > 1e-9 * largest):
            raise ValueError("book: demand must be non-negative and non-increasing in the price")

    @classmethod
    def of(
        cls,
        grid: Sequence[float] | Floats,
        demand: Sequence[Sequence[float]] | Floats,
        holders: Sequence[str],
        accounts: Sequence[int] | None = None,
        relationship: Sequence[float] | Floats | None = None,
        long_only: Sequence[float] | Floats | None = None,
    ) -> Book:
        """A book from plain sequences; accounts default to 0, 1, …, the two ratings to zero."""
        bids = len(holders)

        def rating(given: Sequence[float] | Floats | None) -> Floats:
            return np.zeros(bids) if given is None else np.asarray(given, dtype=np.float64)

        return cls(
            grid=np.asarray(grid, dtype=np.float64),
            demand=np.asarray(demand, dtype=np.float64).reshape(bids, len(grid)),
            accounts=np.arange(bids) if accounts is None else np.asarray(accounts, dtype=np.int64),
            holders=tuple(holders),
            relationship=rating(relationship),
            long_only=rating(long_only),
        )

    def at(self, price: float) -> Floats:
        """Shares each bid wants at a price [USD]; shape (bids,)."""
        if price <= self.grid[0]:
            return self.demand[:, 0].copy()
        if price > self.grid[-1]:
            return np.zeros(len(self.demand))
        upper = int(np.searchsorted(self.grid, price))
        lower = upper - 1
        weight = (price - self.grid[lower]) / (self.grid[upper] - self.grid[lower])
        return np.asarray(
            (1.0 - weight) * self.demand[:, lower] + weight * self.demand[:, upper], np.float64
        )

    def total(self, price: float) -> float:
        """Shares wanted at a price by all bids."""
        return float(self.at(price).sum())

    def by_class(self, price: float) -> dict[str, float]:
        """Shares wanted at a price by class of holder."""
        return sum_by_class(self.holders, self.at(price))

    def coverage(self, price: float, shares: float) -> float:
        """How often `shares` are subscribed at a price."""
        return self.total(price) / shares if shares > 0 else float("inf")

    def clearing_price(self, shares: float) -> float | None:
        """Highest price [USD] at which the book takes `shares`; None if it does at no price.

        The top of the grid if the book takes them even there.
        """
        totals = self.demand.sum(axis=0)
        if totals[0] < shares:
            return None
        if totals[-1] >= shares:
            return float(self.grid[-1])
        last = int(np.flatnonzero(totals >= shares)[-1])
        weight = (totals[last] - shares) / (totals[last] - totals[last + 1])
        return float(self.grid[last] + weight * (self.grid[last + 1] - self.grid[last]))

    def scaled(self, factor: float) -> Book:
        """The same book with every bid multiplied: a change of mood during the roadshow."""
        return replace(self, demand=self.demand * factor)


def sum_by_class(holders: Sequence[str], shares: Floats) -> dict[str, float]:
    """Add up shares (bids,) by class of holder, classes in alphabetical order."""
    sums = dict.fromkeys(sorted(set(holders)), 0.0)
    for holder, amount in zip(holders, shares, strict=True):
        sums[holder] += float(amount)
    return sums
