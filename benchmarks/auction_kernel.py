"""How fast the bare auction is: nanoseconds per account, stock and auction, settlement included.

    python benchmarks/auction_kernel.py [--stocks 500] [--accounts 100] [--auctions 504]

One process, one core. Schedules are those of funds that disagree (values with a spread of 25 %,
elasticities of 0.3 to 12) and move by a percent between auctions, as news would move them; the time
to write them is not counted. A line for the kernel alone, one with settlement and the exchange's
own books, and one for a single stock out of all, the six-auctions-a-day case.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from sim.market.auction import clear
from sim.market.demand import DemandBook
from sim.market.exchange import Exchange, MarketRules
from sim.market.ledger import Ledger


def market(stocks: int, accounts: int) -> Exchange:
    """An exchange on which funds hold everything and disagree about everything."""
    rng = np.random.default_rng(0)
    shape = (accounts, stocks)
    holdings = rng.dirichlet(np.ones(accounts), stocks).T * rng.uniform(5e8, 5e9, stocks)
    book = DemandBook(accounts, stocks)
    book.neutral[:] = holdings * rng.uniform(0.8, 1.2, shape)
    book.lean[:] = book.neutral * rng.uniform(0.3, 12.0, (accounts, 1))
    book.value[:] = np.log(100.0) + rng.normal(0.0, 0.25, shape)
    book.cap[:] = 5.0 * book.neutral
    book.speed[:] = rng.uniform(0.01, 0.5, (accounts, 1))
    ledger = Ledger.of(holdings, np.full(accounts, 1e12))
    return Exchange(MarketRules(), ledger, book, np.full(stocks, 100.0))


def measure(exchange: Exchange, columns: np.ndarray, auctions: int, bare: bool) -> float:
    """Seconds spent in so many auctions of these stocks."""
    stocks = exchange.book.shape[1]
    rng = np.random.default_rng(1)
    price, volume, trades = np.zeros(stocks), np.zeros(stocks), np.zeros(exchange.book.shape)
    low, high = np.full(stocks, -np.inf), np.full(stocks, np.inf)
    spent = 0.0
    for _ in range(auctions):
        exchange.book.value += rng.normal(0.0, 0.01, stocks)
        started = time.perf_counter()
        if bare:
            clear(
                columns, *exchange.book.arrays(), exchange.ledger.holdings,
                exchange.last_log_price, low, high, 0.01, price, volume, trades,
            )  # fmt: skip
            spent += time.perf_counter() - started
            exchange.last_log_price[columns] = np.log(price[columns])
        else:
            exchange.auction(columns)
            spent += time.perf_counter() - started
    return spent


def main() -> None:
    """Read the arguments and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stocks", type=int, default=500)
    parser.add_argument("--accounts", type=int, default=100)
    parser.add_argument("--auctions", type=int, default=504)
    options = parser.parse_args()
    everything = np.arange(options.stocks, dtype=np.int64)
    cases = (
        ("kernel alone", everything, True),
        ("with settlement", everything, False),
        ("one stock of all", everything[-1:], False),
    )
    for name, columns, bare in cases:
        measure(market(options.stocks, options.accounts), columns, 2, bare)  # compile
        exchange = market(options.stocks, options.accounts)
        spent = measure(exchange, columns, options.auctions, bare)
        exchange.ledger.check()
        crossed = columns.size * options.auctions
        print(
            f"{name:<17} {columns.size:>5} stocks {options.accounts:>4} accounts "
            f"{options.auctions:>5} auctions  {spent:7.3f} s  "
            f"{spent / crossed / options.accounts * 1e9:7.1f} ns per cell  "
            f"{crossed / spent:>10,.0f} stock auctions/s"
        )


if __name__ == "__main__":
    main()
