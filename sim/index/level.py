"""Index level, divisor and total return.

    level = Σ price × index shares / divisor

Whatever changes the basket rather than the market (members, float, issues, special dividends) is
met by a change of the divisor, so that the level does not move at that instant:

    divisor' = divisor × capitalisation' / capitalisation     at the same prices.

A split leaves price × shares alone and needs nothing, except in a price-weighted index, which
counts one share of each company whatever a share is: there the divisor falls with the price.
Ordinary dividends D_t, in index points Σ dividend × index shares / divisor, are left out of the
price index and reinvested in the total return:

    TR_t = TR_{t−1} × (level_t + D_t) / level_{t−1}.
"""

from __future__ import annotations

import numpy as np

from sim.index.snapshot import Array
from sim.inputs import InputError


class IndexLevel:
    """One index as a number a day.

    Parameters
    ----------
    shares : Array
        Index shares, shape (stocks,).
    price : Array
        USD, shape (stocks,).
    level : float
        Level on the first evening; total return starts there too.
    price_weighted : bool
        Whether the index keeps counting one share of each company after a split.

    Attributes
    ----------
    shares, price : Array
        Index shares, and the prices of the last mark.
    divisor : float
        USD of index capitalisation per index point.
    total_return : float
        Level with ordinary dividends reinvested.

    Raises
    ------
    InputError
        If the index would be left without any capitalisation.
    """

    def __init__(
        self, shares: Array, price: Array, level: float, price_weighted: bool = False
    ) -> None:
        self.shares = np.array(shares, dtype=float)
        self.price = np.array(price, dtype=float)
        self.price_weighted = price_weighted
        self._capitalisation = _capitalisation(self.shares, self.price)
        self.divisor = self._capitalisation / level
        self.total_return = float(level)
        self._dividends = 0.0  # index points paid since the last mark

    @property
    def capitalisation(self) -> float:
        """Σ price × index shares, USD."""
        return self._capitalisation

    @property
    def level(self) -> float:
        """The price index."""
        return self._capitalisation / self.divisor

    def weights(self) -> Array:
        """Parts of the capitalisation, adding up to 1; shape (stocks,)."""
        return self.shares * self.price / self._capitalisation

    def mark(self, price: Array) -> float:
        """Take over new prices (stocks,), reinvest dividends paid since; the new level."""
        before = self.level
        self.price = np.array(price, dtype=float)
        self._capitalisation = _capitalisation(self.shares, self.price)
        self.total_return *= (self.level + self._dividends) / before
        self._dividends = 0.0
        return self.level

    def pay(self, dividends: Array) -> float:
        """Ordinary dividends, USD a share (stocks,), ex before the next mark; in index points."""
        points = float(np.dot(self.shares, dividends)) / self.divisor
        self._dividends += points
        return points

    def change(self, shares: Array, price: Array | None = None) -> None:
        """Count other index shares (stocks,) from now on, at given prices or those last marked."""
        if price is not None:
            self.mark(price)
        shares = np.array(shares, dtype=float)
        self._rebase(_capitalisation(shares, self.price))
        self.shares = shares

    def issue(self, column: int, shares: float) -> None:
        """A company's index shares change to a number (an issue, a buy-back, a new float); 0 takes
        it out at its last price."""
        changed = self.shares.copy()
        changed[column] = shares
        self.change(changed)

    def split(self, column: int, ratio: float) -> None:
        """``ratio`` new shares for one old, before the first price of the new shares is marked."""
        if not ratio > 0:
            raise InputError(f"split ratio: got {ratio}, expected more than 0")
        self.price[column] /= ratio
        if self.price_weighted:
            self._rebase(_capitalisation(self.shares, self.price))
        else:
            self.shares[column] *= ratio

    def special_dividend(self, column: int, amount: float) -> None:
        """USD a share that leave the company; the divisor follows, the level does not move."""
        if not 0 <= amount < self.price[column]:
            raise InputError(
                f"special dividend: got {amount}, expected 0 to the price, {self.price[column]:g}"
            )
        self.price[column] -= amount
        self._rebase(_capitalisation(self.shares, self.price))

    def _rebase(self, capitalisation: float) -> None:
        self.divisor *= capitalisation / self._capitalisation
        self._capitalisation = capitalisation


def _capitalisation(shares: Array, price: Array) -> float:
    value = float(np.dot(shares, price))
    if not value > 0:
        raise InputError(f"index capitalisation: got {value}, expected a member with a price")
    return value
