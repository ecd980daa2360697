"""Index funds hold their index, and miss it only for reasons that are known."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.simulate import build
from sim.index.roster import Change
from sim.model import MarketModel
from tests.runs import index_world

DAYS = 120


def trade(model: MarketModel, days: int = DAYS) -> MarketModel:
    for _ in range(days):
        model.step()
    return model


def tracking(model: MarketModel, index: str = "sp500") -> np.ndarray:
    """Daily return of the index funds less that of the index with dividends."""
    recorder = model.recorder
    tracker = next(t for t in model.trackers if t.index.name == index)
    place = int(np.flatnonzero(model.funds.accounts == tracker.account)[0])
    n = recorder.days
    fund = recorder.nav[1:n, place] / recorder.nav[: n - 1, place] - 1
    total = recorder.total_return[:n, recorder.indices.index(index)]
    return fund - (total[1:] / total[:-1] - 1)


FRICTIONLESS = {"population.passive.fee": 0.0, "population.passive.cash_share": 0.0,
                "population.passive.band": 0.0}  # fmt: skip


def test_a_fund_without_frictions_earns_the_index() -> None:
    """What is left is the rounding of fills and a day's delay of dividends."""
    model = trade(build(index_world(FRICTIONLESS, takeovers=0.1), seed=3))
    assert model.indices["sp500"].history, "an index that changed was wanted"
    assert np.abs(tracking(model)).max() < 2e-4


@pytest.mark.parametrize(
    ("change", "least"),
    [
        ({"population.passive.fee": 0.02}, 0.5 * 0.02 * DAYS / 252),
        ({"population.passive.cash_share": 0.2}, 0.002),
        ({"population.passive.late": 1.0, "population.passive.late_days": 20}, 0.0002),
    ],
    ids=["fee", "cash", "late trading"],
)
def test_each_friction_adds_its_own_error(change: dict[str, float], least: float) -> None:
    base = tracking(trade(build(index_world(FRICTIONLESS, takeovers=0.2), seed=3)))
    rubbed = tracking(trade(build(index_world(FRICTIONLESS, change, takeovers=0.2), seed=3)))
    assert np.abs(rubbed).sum() > np.abs(base).sum() + least


def test_a_fee_costs_what_it_says() -> None:
    free = build(index_world(FRICTIONLESS), seed=1)
    dear = build(index_world(FRICTIONLESS, {"population.passive.fee": 0.0252}), seed=1)
    place = int(np.flatnonzero(free.funds.accounts == free.trackers[0].account)[0])
    gap = trade(dear, 1).funds.nav[place] / trade(free, 1).funds.nav[place] - 1
    assert gap == pytest.approx(-0.0001, rel=1e-3)


def test_holdings_are_the_index() -> None:
    model = trade(build(index_world(FRICTIONLESS, takeovers=0.1), seed=4))
    tracker = model.trackers[0]
    shares = tracker.index.shares
    owned = tracker.holdings[shares > 0] / shares[shares > 0]
    assert owned == pytest.approx(np.full(owned.size, tracker.ownership), rel=2e-3)
    outside = tracker.holdings[shares == 0]
    assert np.abs(outside).max() <= 1e-3 * tracker.holdings.max()


def test_market_return_is_the_weighted_mean_of_everybodys() -> None:
    """Sharpe (1991): between index changes w_a R_a + w_p R_p = R_m, and R_p = R_m, so R_a = R_m."""
    model = build(
        index_world(
            FRICTIONLESS, {"population.passive.assets": {"total-market": 1.0}},
            {"universe.dividends_bn": 0.0}, rulebooks=["total-market"],
        ),
        seed=5,
    )  # fmt: skip
    passive = model.scales.indexed
    for _ in range(20):
        held = model.ledger.holdings - model.ledger.locked  # the float; blocks are nobody's market
        before = model.exchange.last_price.copy()
        model.step()
        price = model.exchange.last_price
        value = held @ before
        returns = held @ price - value
        index = returns[passive].sum() / value[passive].sum()
        market = returns.sum() / value.sum()
        rest = np.setdiff1d(np.arange(value.size), passive)
        active = returns[rest].sum() / value[rest].sum()
        weight = value[passive].sum() / value.sum()
        assert weight * index + (1 - weight) * active == pytest.approx(market, abs=1e-12)
        assert index == pytest.approx(market, abs=1e-9)
        assert active == pytest.approx(market, abs=1e-9)


def test_a_fund_that_trades_early_rests_while_nothing_is_announced() -> None:
    """Ahead of changes it trades day by day; otherwise only when cash leaves its band."""
    early = {"population.passive.early": 1.0, "population.passive.band": 0.01}
    model = build(index_world(early, takeovers=0.3), seed=4)
    tracker = model.trackers[0]
    quiet, ahead = [], []
    for _ in range(DAYS):
        before = {change.column for change in tracker.index.pending}
        model.step()
        traded = float(np.abs(model.exchange.trades[tracker.account]).sum())
        due = {change.effective for change in tracker.index.history} | {
            change.effective for change in tracker.index.pending
        }
        if not before and not tracker.index.pending:
            quiet.append(traded)
        elif before and model.session not in due:
            ahead.append(traded)
    assert len(quiet) > 20 and len(ahead) > 3
    assert np.median(quiet) == 0.0 < np.median(ahead)


def test_of_two_changes_to_come_each_is_traded_early_by_its_own_part() -> None:
    """w = early·(t − a)/(e − a) with the change's own a and e; the nearer one counts once."""
    model = build(index_world(FRICTIONLESS, {"population.passive.early": 0.4}), seed=3)
    model.step()
    tracker, start = model.trackers[0], model.session
    index = tracker.index
    first, second = np.flatnonzero(~index.members)[:2]
    whole = model.public_record.snapshot().float_shares.copy()
    for column, days in ((first, 4), (second, 8)):
        why = index.name, "add", int(column), start, start + days, "test"
        index._roster.announce(Change(*why, shares=float(whole[column])))
    for day in range(1, 9):
        model.step()
        held = tracker.holdings / (tracker.ownership * whole)
        assert held[first] == pytest.approx(0.4 * day / 4 if day < 4 else 1.0, abs=0.01)
        assert held[second] == pytest.approx(0.4 * day / 8 if day < 8 else 1.0, abs=0.01)


def test_what_a_close_could_not_fill_is_tried_again() -> None:
    model = trade(build(index_world(), seed=1), 2)
    fund = model.trackers[0]
    column = int(np.flatnonzero(fund.index.members)[0])
    fund.row.orders[:] = 0.0
    fund.row.orders[column] = asked = 1e-3 * float(model.ledger.outstanding[column])
    for filled, again in ((asked, False), (0.6 * asked, True)):
        model.exchange.trades[fund.account, column] = filled
        fund._out_of_line = False
        fund.after_close()
        assert fund._out_of_line == again
    model.step()
    assert np.abs(fund.row.orders).max() > 0
