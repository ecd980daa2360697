"""Markets drawn at random, rough and smooth ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from sim.market.auction import WIDEST, clear, clear_reference
from sim.market.demand import DemandBook

TICK = 0.01


@dataclass
class Market:
    """A demand book, holdings and last prices, with somewhere to put an auction's results."""

    book: DemandBook
    holdings: np.ndarray
    last: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def __post_init__(self):
        self.forget()

    def forget(self):
        self.price = np.full(self.last.size, np.nan)
        self.volume = np.full(self.last.size, np.nan)
        self.trades = np.full(self.holdings.shape, np.nan)

    def run(self, columns=None, kernel=clear, tick=TICK):
        self.forget()
        if columns is None:
            columns = np.arange(self.last.size)
        code = kernel(
            np.asarray(columns, dtype=np.int64), *self.book.arrays(), self.holdings, self.last,
            self.low, self.high, tick, self.price, self.volume, self.trades,
        )  # fmt: skip
        return code

    def reference(self, columns=None):
        return self.run(columns, kernel=clear_reference)

    def excess(self, log_price):
        """Sum of the changes wanted (stocks,) at log prices (stocks,), straight from the text."""
        book = self.book
        wanted = book.speed * (book.wanted(log_price) - self.holdings) + book.orders
        return np.maximum(wanted, np.minimum(book.floor - self.holdings, 0.0)).sum(axis=0)

    def bounded(self):
        """Stocks with a band, or with a price at which nobody is left wanting."""
        ends = self.excess(self.last - WIDEST), self.excess(self.last + WIDEST)
        return np.isfinite(self.low) | ((ends[0] >= 0.0) & (ends[1] <= 0.0))

    def permuted(self, order):
        book = DemandBook(*self.book.shape)
        for new, old in zip(book.arrays(), self.book.arrays(), strict=True):
            new[:] = old[order]
        return Market(book, self.holdings[order], self.last, self.low, self.high)


def random_market(seed, accounts, stocks, rough=False, banded=False):
    """Rough markets have round numbers: kinks that coincide, plateaus, idle and saturated rows."""
    rng = np.random.default_rng(seed)
    shape = (accounts, stocks)
    book = DemandBook(accounts, stocks)
    last = np.log(np.round(rng.uniform(5.0, 300.0, stocks), 2))
    if rough:
        holdings = rng.integers(-2, 6, shape).astype(float)
        book.neutral[:] = rng.integers(0, 6, shape)
        book.lean[:] = rng.choice([0.0, 0.0, 1.0, 10.0, 40.0], shape)
        book.value[:] = last + rng.choice([-0.5, -0.1, 0.0, 0.1, 0.5], shape)
        book.floor[:] = rng.integers(-3, 2, shape)
        book.cap[:] = book.floor + rng.integers(0, 12, shape)
        book.speed[:] = rng.choice([0.0, 0.5, 1.0], shape)
        book.orders[:] = rng.choice([0.0, 0.0, 0.0, -3.0, 3.0], shape)
    else:
        holdings = rng.lognormal(12.0, 1.0, shape)
        book.neutral[:] = holdings * rng.uniform(0.5, 1.5, shape)
        book.lean[:] = book.neutral * rng.uniform(0.3, 12.0, (accounts, 1))
        book.value[:] = last + rng.normal(0.0, 0.25, shape)
        book.floor[:] = np.where(rng.random(shape) < 0.2, -0.5, 0.0) * book.neutral
        book.cap[:] = 3.0 * book.neutral
        book.speed[:] = rng.uniform(0.02, 1.0, (accounts, 1))
        book.orders[:] = np.where(rng.random(shape) < 0.05, rng.normal(0, 0.1, shape), 0) * holdings
    width = rng.uniform(0.01, 0.2, stocks) if banded else np.full(stocks, np.inf)
    return Market(book, holdings, last, last - width, last + width)


markets = st.builds(
    random_market,
    seed=st.integers(0, 2**32 - 1),
    accounts=st.integers(1, 12),
    stocks=st.integers(1, 9),
    rough=st.booleans(),
    banded=st.booleans(),
)
