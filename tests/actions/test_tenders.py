"""A takeover for cash: the price agreed holds until completion, and every holder is paid it."""

from __future__ import annotations

import numpy as np
import pytest

from experiments import build, load_scenario
from sim.model import MarketModel
from tests.actions.worlds import FINE
from tests.runs import index_world, trade

SESSIONS = 10  # from the announcement to completion, as in `index_world`


def announced(seed: int = 1) -> tuple[MarketModel, int, float]:
    """A world on the first evening of a takeover, its column, and the price agreed."""
    model = build(index_world(FINE, days=80, takeovers=1.0), seed)
    while not model.tenders.agreed:
        model.step()
    ((column, price), *_) = model.tenders.agreed.items()
    return model, column, price


def test_the_buyers_take_every_share_at_the_price_agreed():
    model, column, price = announced()
    assert price == model.exchange.previous_close[column]
    row, buyers = model.book.row(model.tenders.buyers), model.tenders.buyers
    for _ in range(SESSIONS - 2):
        model.step()
        assert model.exchange.last_price[column] == pytest.approx(price, rel=0.01)
        assert model.universe.disagreement[column] == 0
    assert model.ledger.holdings[buyers, column] > 0
    assert row.cap[column] == model.ledger.outstanding[column]
    assert np.exp(row.value[column]) == pytest.approx(price, rel=1e-12)


def test_index_deletions_of_companies_taken_over_move_nothing():
    """Index funds sell all they hold; nobody is bought in at any price for having sold ahead."""
    model, ratios = build(load_scenario("sp500-2016", {"days": 120}), 1), []
    for _ in range(120):
        model.step()
        for column, price in model.tenders.agreed.items():
            ratios.append(model.exchange.last_price[column] / price)
    assert len(ratios) > 200
    assert 0.95 < min(ratios) and max(ratios) < 1.05


def test_every_holder_is_paid_and_the_stock_is_gone():
    model, column, price = announced()
    trade(model, model.recorder.days + SESSIONS - 1)
    assert model.universe.listed[column]
    ledger, buyers = model.ledger, model.tenders.buyers
    held, cash = ledger.holdings[:, column].copy(), ledger.cash.copy()
    model.tenders._complete(column)
    others = np.arange(cash.size) != buyers
    assert held[others].any()
    np.testing.assert_allclose(ledger.cash[others], (cash + price * held)[others], rtol=1e-12)
    assert ledger.cash[buyers] >= -1e-6 * price * ledger.outstanding[column]
    assert not model.universe.listed[column] and column not in model.tenders.agreed
    ledger.check()


def test_the_price_agreed_follows_splits_and_dividends():
    model, column, price = announced()
    model.tenders.special_dividend(column, 0.1 * price)
    model.tenders.split(column, 3.0)
    assert model.tenders.agreed[column] == pytest.approx(0.3 * price)
    other = int(np.flatnonzero(~model.universe.leaving & model.universe.listed)[0])
    model.tenders.special_dividend(other, 1.0)
    model.tenders.split(other, 3.0)
    assert other not in model.tenders.agreed
    model.tenders.lapse(column)
    assert column not in model.tenders.agreed
