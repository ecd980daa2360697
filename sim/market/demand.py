"""Demand schedules: how many shares an account wants to hold at each price.

Account i wants to hold, of stock j at log price x, shares that fall in x between a cap and a floor:

    Q_ij(x) = clip(neutral_ij + lean_ij (value_ij - x), floor_ij, cap_ij)

`neutral` is what it holds when the price equals its own valuation, `value` is that valuation (log
USD per share) and `lean` >= 0 is the number of shares it adds per unit of log price below it. With
neutral = b, lean = b eps, floor = b lo and cap = b hi this is b clip(1 + eps (v - x), lo, hi), the
piecewise-linear relative of the logit demand of Koijen and Yogo (2019), with price elasticity eps
at the account's own valuation. In one auction it wants to trade

    D_ij(x) = max(speed_ij (Q_ij(x) - h_ij) + orders_ij, min(floor_ij - h_ij, 0))

where h is what it holds, `speed` in [0, 1] the part of the gap it closes in one auction, and
`orders` are shares bought (> 0) or sold (< 0) whatever the price: market-on-close orders, sales
after an unlock, flips, buy-ins. The outer maximum says that no account sells below its floor; one
that stands below its floor already (a short whose borrow shrank) never sells.

References: Koijen and Yogo (2019), "A demand system approach to asset pricing", JPE 127(4).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Schedule(NamedTuple):
    """One account's demand over all stocks: 1-D views (stocks,) into the book, written in place."""

    neutral: FloatArray  # shares held at the account's own valuation
    lean: FloatArray  # shares per unit of log price, >= 0
    value: FloatArray  # log of the account's valuation, USD per share
    floor: FloatArray  # fewest shares it may hold; < 0 only with a borrow
    cap: FloatArray  # most shares it may hold
    speed: FloatArray  # part of the gap closed in one auction, 0..1
    orders: FloatArray  # shares bought or sold at any price


class DemandBook:
    """The schedules of all accounts for all stocks, as seven arrays (accounts, stocks).

    A new book is empty: nobody wants to trade anything. `orders` stay until their owner clears
    them. All entries must be finite; `check` says which is not.
    """

    def __init__(self, n_accounts: int, n_stocks: int) -> None:
        if n_accounts < 1 or n_stocks < 1:
            raise ValueError(
                f"a demand book needs accounts and stocks: got {n_accounts} x {n_stocks}"
            )
        shape = (n_accounts, n_stocks)
        self.neutral: FloatArray = np.zeros(shape)
        self.lean: FloatArray = np.zeros(shape)
        self.value: FloatArray = np.zeros(shape)
        self.floor: FloatArray = np.zeros(shape)
        self.cap: FloatArray = np.zeros(shape)
        self.speed: FloatArray = np.zeros(shape)
        self.orders: FloatArray = np.zeros(shape)

    @property
    def shape(self) -> tuple[int, int]:
        """(accounts, stocks)."""
        return self.neutral.shape[0], self.neutral.shape[1]

    def arrays(self) -> Schedule:
        """The seven arrays (accounts, stocks) in the order in which the auction takes them."""
        return Schedule(
            self.neutral, self.lean, self.value, self.floor, self.cap, self.speed, self.orders
        )

    def row(self, account: int) -> Schedule:
        """The account's own schedule, views (stocks,); writing into them states its demand."""
        return Schedule(*(array[account] for array in self.arrays()))

    def column(self, stock: int) -> Schedule:
        """Copies (accounts, 1) of one stock's schedules, to try an auction on the side."""
        return Schedule(
            *(np.ascontiguousarray(array[:, stock : stock + 1]) for array in self.arrays())
        )

    def wanted(self, log_price: FloatArray) -> FloatArray:
        """Shares every account wants to hold, Q (accounts, stocks), at log prices (stocks,)."""
        target = self.neutral + self.lean * (self.value - log_price)
        return np.minimum(np.maximum(target, self.floor), self.cap)

    def check(self) -> None:
        """Raise ValueError naming the first account, stock and field that make no schedule."""
        rules = {
            "lean": ("at least 0", self.lean < 0.0),
            "speed": ("within 0..1", (self.speed < 0.0) | (self.speed > 1.0)),
            "floor": ("at most the cap", self.floor > self.cap),
        }
        finite = {
            name: ("finite", ~np.isfinite(array))
            for name, array in zip(Schedule._fields, self.arrays(), strict=True)
        }
        for name, (expected, wrong) in [*finite.items(), *rules.items()]:
            if wrong.any():
                account, stock = (int(k) for k in np.argwhere(wrong)[0])
                raise ValueError(
                    f"demand of account {account} for stock {stock}: {name} is "
                    f"{getattr(self, name)[account, stock]}, expected {expected}"
                )
