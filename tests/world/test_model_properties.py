"""What must be true of any scenario, whatever is in it (MODEL §8)."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments import build
from sim.model import MarketModel
from tests.runs import SELLERS, scenario

DAYS = 40
#: Shares to the unit; a sum of 1e10 shares in double precision is good to 1e-6.
SHARE = 1.0
EVERYBODY = [*SELLERS, "founder"]

NO_LADDER: dict[str, Any] = {"anchor": date(2026, 6, 11), "tranches": []}
STEEP_LADDER: dict[str, Any] = {
    "anchor": date(2026, 6, 11),
    "tranches": [
        {"name": "early", "holders": ["employees"], "shares": 9e8, "day": 9},
        {
            "name": "if dear",
            "holders": ["venture_funds"],
            "shares": 1e9,
            "results": "2026Q2",
            "if_close": {"times_offer": 1.1, "sessions": 2, "of": 5},
        },
        {"name": "all", "holders": EVERYBODY, "remaining": True, "day": 30},
    ],
}


def amounts(*values: float) -> st.SearchStrategy[float]:
    return st.sampled_from(values)


worlds = st.fixed_dictionaries(
    {
        "offering.mechanism": st.sampled_from(
            ["fixed_price", "bookbuilding", "uniform_auction", "direct_listing"]
        ),
        "offering.price": st.floats(50, 250).map(lambda price: round(price, 2)),
        "offering.reservation_price": amounts(0.0, 0.0, 80.0),
        "offering.minimum_raise": amounts(0.0, 0.0, 2e10),
        "offering.shares": st.floats(2e7, 4e9),
        "offering.secondary_shares": amounts(0.0, 0.0, 1e8, 2e9),
        "offering.over_allotment": amounts(0.0, 0.05, 0.15),
        "offering.stabilisation_days": st.integers(0, 50),
        "offering.retail_share": amounts(0.0, 0.25, 0.9),
        "offering.lockup": st.sampled_from([None, NO_LADDER, STEEP_LADDER]),
        "population.long_only.count": st.integers(0, 6),
        "population.hedge.count": st.integers(0, 4),
        "population.short_sellers.count": st.integers(0, 3),
        "population.market_makers.count": st.integers(0, 3),
        "population.day_traders.count": st.integers(0, 4),
        "population.retail.people": st.sampled_from([0, 30, 120]),
        "population.retail.ticket": amounts(0.0, 0.07, 0.3),
        "population.momentum.capital_usd": amounts(0.0, 3e11, 3e12),
        "population.short_sellers.capital_usd": amounts(1e9, 6e10, 1e12),
        "population.hedge.leverage": amounts(0.0, 2.0),
        "population.insiders.venture_funds.sell": amounts(0.0, 0.4, 1.0),
        "population.banker.stabilisation.support_capital": amounts(0.0, 1e10),
        "lending.lendable_fraction": amounts(0.0, 0.05, 0.35, 1.0),
        "market.tick": amounts(0.01, 0.05, 1.0),
        "market.auctions_per_day": st.integers(1, 3),
        "market.focus_auctions_per_day": st.integers(1, 5),
        "market.auction_band": st.sampled_from([None, None, 0.03, 0.2]),
        "market.daily_limit": st.sampled_from([None, None, 0.05, 0.3]),
        "universe.kind": st.sampled_from(["market", "stocks"]),
        "universe.stocks": st.integers(2, 6),
        "population.passive.assets": st.just({"crsp-total-market": 1.0}),
        "news.premium_volatility": amounts(0.0, 0.0003, 0.004),
        "news.market_earnings_volatility": amounts(0.0, 0.005, 0.1),
    }
)


class Auditor:
    """Keeps books of its own beside the model's, and compares."""

    def __init__(self, model: MarketModel) -> None:
        self.model = model
        self.borrowers = np.zeros(len(model.participants), dtype=bool)
        for borrower in model.borrowers:
            self.borrowers[borrower.rows] = True
        self._settle, self._lend = model.ledger.settle, model.lending.start_day
        model.ledger.settle = self.settle  # type: ignore[method-assign]
        model.lending.start_day = self.lend  # type: ignore[method-assign]

    def settle(self, columns: Any, trades: Any, price: Any) -> None:
        """No trade without a counterparty, in any auction, the opening cross included."""
        ledger = self.model.ledger
        slack = 1e-9 * np.maximum(ledger.outstanding[columns], 1.0)
        assert (np.abs(trades[:, columns].sum(axis=0)) <= slack).all()
        before, cash = ledger.holdings.copy(), ledger.cash.copy()
        self._settle(columns, trades, price)
        moved = ledger.holdings - before
        assert not moved[:, np.setdiff1d(np.arange(self.model.n_stocks), columns)].any()
        paid = (moved[:, columns] * price[columns]).sum(axis=1)
        assert np.allclose(ledger.cash - cash, -paid, rtol=1e-9, atol=1e-9 * np.abs(cash).max())

    def lend(self, participants: Any) -> None:
        """What is lent this morning fits into what lenders offer, unless they had sold before."""
        self._lend(participants)
        lending, holdings = self.model.lending, self.model.ledger.holdings
        self.owed, self.room = np.maximum(-holdings, 0.0), lending.room.copy()
        borrowed, granted = self.owed.sum(axis=0), self.room.sum(axis=0)
        capacity = np.maximum(lending.capacity, borrowed)
        assert (self.room >= 0).all()
        assert (borrowed + granted <= capacity * (1 + 1e-9) + SHARE).all()

    def day(self) -> None:
        """One trading day, audited: the only cash from outside are the dividends that index funds
        and active funds keep."""
        model = self.model
        self.endowed = model.ledger.endowed_cash
        model.step()
        held = model.ledger.holdings[model.funds.accounts]
        self.dividends = float((held @ model.dividends_today()).sum())
        assert (model.funds.paid_out >= 0).all()
        self.dividends -= float(model.funds.paid_out.sum())
        self.shares_and_cash()
        self.shorts()
        self.prices()

    def shares_and_cash(self) -> None:
        """Nothing is created or lost; nobody sells what he has not or may not sell."""
        ledger = self.model.ledger
        ledger.check()
        assert np.allclose(ledger.holdings.sum(axis=0), ledger.outstanding, rtol=1e-9, atol=SHARE)
        gap = float(ledger.cash.sum()) - ledger.endowed_cash
        assert abs(gap) <= 1e-9 * float(np.abs(ledger.cash).sum())
        assert abs(ledger.endowed_cash - self.endowed - self.dividends) <= 1.0 + 1e-9 * abs(gap)
        assert ledger.holdings[~self.borrowers].min() >= -SHARE
        assert ledger.locked.min() >= 0
        free = ledger.holdings - ledger.locked
        assert free[ledger.locked > 0].min(initial=0.0) >= -SHARE

    def shorts(self) -> None:
        """Tonight nobody owes more than he owed and was lent this morning."""
        owed = np.maximum(-self.model.ledger.holdings, 0.0)
        assert (owed <= (self.owed + self.room) * (1 + 1e-9) + SHARE).all()

    def prices(self) -> None:
        """Prices are finite, whole ticks, and inside the range of their day."""
        exchange, listed = self.model.exchange, self.model.universe.listed
        price = exchange.last_price[listed]
        assert np.isfinite(price).all() and (price > 0).all()
        ticks = price / self.model.world.market.tick
        assert np.abs(ticks - np.round(ticks)).max() < 1e-6
        for level in (exchange.open, exchange.last_price):
            assert (exchange.low <= level).all() and (level <= exchange.high).all()
        assert (exchange.volume >= 0).all()


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(changes=worlds, seed=st.integers(0, 2**31))
def test_the_books_balance_in_any_world(changes: dict[str, Any], seed: int) -> None:
    """Conservation, borrowing limits and sane prices after every auction of every day."""
    model = build(scenario(changes, {"days": DAYS}), seed)
    auditor = Auditor(model)
    while model.running and model.day < DAYS - 1:
        auditor.day()
    what_was_recorded_adds_up(model)


def what_was_recorded_adds_up(model: MarketModel) -> None:
    """Columns of the recorder agree with each other and with the books."""
    recorder, base, n = model.recorder, model.universe.base, model.recorder.days
    assert n == (DAYS if model.running else 0)
    if n == 0:
        return
    low, high = recorder.low[:n], recorder.high[:n]
    for level in (recorder.open[:n], recorder.close[:n]):
        assert (low <= level).all() and (level <= high).all()
    held = recorder.holdings[:n].sum(axis=1)
    issued = np.maximum.accumulate(held, axis=0)
    assert np.allclose(held, issued, rtol=1e-9)  # shares are only ever added
    assert np.allclose(held[-1], model.ledger.outstanding, rtol=1e-9)
    assert ((0 <= recorder.float_fraction[:n]) & (recorder.float_fraction[:n] <= 1)).all()
    # The index follows the prices of what is in it and nothing else.
    shares = held[0, base]
    growth = recorder.close[1:n, base] @ shares / (recorder.close[: n - 1, base] @ shares)
    level, total = recorder.level[:n, 0], recorder.total_return[:n, 0]
    assert level[0] == pytest.approx(model.world.universe.level, rel=1e-12)
    assert level[1:] / level[:-1] == pytest.approx(growth, rel=1e-9)
    assert (total >= level * (1 - 1e-9)).all()
    # The band of opinions is a band.
    band = recorder.band[:n]
    assert np.isfinite(band).all() and (band > 0).all() and (np.diff(band, axis=1) >= 0).all()
