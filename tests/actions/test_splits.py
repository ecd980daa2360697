"""A split changes what a share is and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import build
from experiments.panels import panels
from experiments.panels.adjusted import in_first_shares
from experiments.simulate import collect
from experiments.summary import summarise
from sim.index import load_rulebook
from sim.market.ledger import Ledger, LedgerError
from tests.actions.worlds import (
    BAD_NEWS,
    COLUMN,
    RANK,
    SYMBOL,
    acting,
    levels,
    listing,
    market,
    morning,
    quiet,
    worth,
)
from tests.panels.worlds import panel, run_days
from tests.runs import trade

DAYS = 40
ratios = st.sampled_from([0.1, 0.5, 2.0, 3.0, 20.0])


def split(ratio: float, day: int, **who: object) -> dict:
    return {"kind": "split", "day": day, "ratio": ratio, **(who or {"rank": RANK})}


@settings(max_examples=6, deadline=None)
@given(ratio=ratios, day=st.integers(1, DAYS - 2), rank=st.integers(1, 40))
def test_in_a_market_of_stocks_nothing_economic_changes(ratio, day, rank):
    plain = quiet(DAYS)
    model = acting(split(ratio, day, rank=rank), days=DAYS)
    model.ledger.check()
    n, column = plain.recorder.days, model.actions.done[0][0].column
    assert model.recorder.close[n - 1, column] * ratio == pytest.approx(
        plain.recorder.close[n - 1, column], rel=1e-6
    )
    np.testing.assert_allclose(
        model.recorder.comparable_close(), plain.recorder.close[:n], rtol=1e-6
    )
    np.testing.assert_allclose(worth(model), worth(plain), rtol=1e-7, atol=1e3)
    by_price = plain.recorder.indices.index("price-weight-30")
    for name in ("level", "total_return", "divisor"):
        one, other = getattr(model.recorder, name)[:n], getattr(plain.recorder, name)[:n]
        np.testing.assert_allclose(
            np.delete(one, by_price, axis=1), np.delete(other, by_price, axis=1), rtol=1e-8
        )


@settings(max_examples=4, deadline=None)
@given(ratio=ratios, day=st.sampled_from([1, 4, 20, 38]))
def test_with_a_crowd_shorts_and_a_ladder_nothing_economic_changes(ratio, day):
    plain, model = build(listing(), 2), build(listing(split(ratio, day, company="SPCX")), 2)
    trade(plain, 50), trade(model, 50)
    model.ledger.check()
    assert plain.listing.locked.done and (plain.ledger.holdings < 0).any()
    np.testing.assert_allclose(
        model.recorder.comparable_close(), plain.recorder.close[:50], rtol=1e-6
    )
    np.testing.assert_allclose(worth(model), worth(plain), rtol=1e-6, atol=1e5)
    np.testing.assert_allclose(
        model.recorder.float_fraction[:50], plain.recorder.float_fraction[:50]
    )
    # the record of the offering is in its own shares and dollars
    one, other = model.listing.record(), plain.listing.record()
    assert one["over_allotment"]["sold"] == other["over_allotment"]["sold"]
    assert one["over_allotment"]["exercised"] == pytest.approx(
        other["over_allotment"]["exercised"], rel=1e-4
    )
    assert summarise(model)["peak_close"] == pytest.approx(summarise(plain)["peak_close"])


def test_a_syndicate_that_supports_the_price_goes_on_in_new_shares():
    plain = trade(build(listing(**BAD_NEWS), 1), 12)
    model = build(listing(split(4.0, 1, company="SPCX"), **BAD_NEWS), 1)
    trade(model, 1)
    assert 0 < model.listing.stabilisation.covered < 0.9 * model.listing.stabilisation.sold
    trade(model, 12)
    before, after = plain.listing.stabilisation, model.listing.stabilisation
    assert after.covered == pytest.approx(before.covered, rel=1e-6)
    assert after.covering_profit == pytest.approx(before.covering_profit, rel=1e-5)
    np.testing.assert_allclose(
        model.recorder.comparable_close(), plain.recorder.close[:12], rtol=1e-6
    )


def test_around_a_company_of_the_pipeline_nothing_economic_changes():
    fine = {"market.tick": 1e-7, "days": 100}
    plain = run_days(panel(fine), 3)
    young = next(li for li in plain.listings if 30 < li.first_session < 60 and li.offer_price)
    day = young.first_session - plain.first_session + 8
    action = split(2.5, day, company=young.terms.symbol)
    model = run_days(panel(fine, {"corporate_actions": [action]}), 3)
    assert model.listings[plain.listings.index(young)].split_factor == 2.5
    np.testing.assert_allclose(
        model.recorder.comparable_close(), plain.recorder.close[: plain.recorder.days], rtol=1e-5
    )


@pytest.mark.parametrize("ratio", [0.2, 3.0])
def test_levels_do_not_move_on_the_morning(ratio):
    model = acting(split(ratio, 20), days=20)
    before, held = levels(model), worth(model)
    morning(model)
    assert model.actions.done
    np.testing.assert_allclose(levels(model), before, rtol=1e-12)
    np.testing.assert_allclose(worth(model), held, rtol=1e-12, atol=1e-3)


def test_only_a_price_weighted_index_weighs_the_company_differently():
    model = acting(split(4.0, 20), days=20)
    before = {n: i.level.weights()[COLUMN] for n, i in model.indices.items()}
    morning(model)
    after = {n: i.level.weights()[COLUMN] for n, i in model.indices.items()}
    changed = {n for n in before if abs(after[n] / before[n] - 1) > 1e-9}
    assert changed == {"price-weight-30"}
    assert after["price-weight-30"] < before["price-weight-30"] / 3


def test_funds_on_a_price_weighted_index_sell_what_they_hold_too_much_of():
    money = {"population.passive.assets": {"price-weight-30": 0.1, "sp500": 1.0}}
    model = acting(split(4.0, 20), days=20, **money)
    fund = next(each for each in model.trackers if each.index.name == "price-weight-30")
    held = float(fund.holdings[COLUMN])
    model.step()
    # four new shares for one came in; it counts one of each company
    part = fund.holdings / np.where(fund.index.shares > 0, fund.index.shares, np.inf)
    assert float(fund.holdings[COLUMN]) < 1.5 * held
    assert part[COLUMN] == pytest.approx(np.median(part[part > 0]), rel=0.05)


def test_the_days_before_are_the_same_to_the_bit():
    plain, model = quiet(DAYS), acting(split(3.0, 25), days=DAYS)
    assert (model.recorder.close[:25] == plain.recorder.close[:25]).all()
    assert not (model.recorder.close[25] == plain.recorder.close[25]).all()


def test_adjusted_closes_are_in_the_panels():
    model = acting(split(3.0, 25), days=DAYS)
    table = panels(model)["adjusted_prices"]
    assert set(table["symbol"]) == {SYMBOL} and len(table) == DAYS
    change = table["split_adjusted"].pct_change().abs().max()
    assert change < 0.2 < table["close"].pct_change().abs().max()
    assert "adjusted_prices" not in panels(quiet(DAYS))
    # what the figures draw
    result = collect(model, market(split(3.0, 25)), 1)
    drawn = in_first_shares(result.prices, result.panels, SYMBOL, ["close"], ["volume"])
    np.testing.assert_allclose(drawn["close"], table["split_adjusted"])
    before = quiet(DAYS).recorder.volume[:DAYS, COLUMN]
    np.testing.assert_allclose(drawn["volume"], before, rtol=1e-4)
    assert in_first_shares(result.prices, result.panels, "S0007", ["close"]) is result.prices


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100))
def test_the_ledger_counts_everything_in_new_shares(seed, ratio):
    rng = np.random.default_rng(seed)
    ledger = Ledger.of(rng.uniform(1, 1e6, (5, 3)), rng.normal(0, 1e9, 5))
    ledger.may_short[0] = True
    ledger.lock(1, 1, 0.5 * ledger.holdings[1, 1])
    ledger.transfer(0, 2, 1, 1.5 * ledger.holdings[0, 1])
    before = ledger.holdings.copy()
    ledger.split(1, ratio)
    ledger.check()
    np.testing.assert_allclose(ledger.holdings, before * np.array([1.0, ratio, 1.0]))
    assert ledger.locked_shares[1] == pytest.approx(0.5 * ledger.holdings[1, 1])
    with pytest.raises(LedgerError, match="above 0, got -1"):
        ledger.split(1, -1.0)


def test_unequal_votes_are_seen_by_index_rules():
    rules = load_rulebook("sp500", {"eligibility.exclude_dual_class": True})
    model = build(listing(), 1)
    column = model.listing.column
    assert rules.eligibility.exclude_dual_class
    assert model.public_record.snapshot().dual_class[column]
    equal = build(listing(**{"offering.share_classes.1.votes": 1}), 1)
    assert not equal.public_record.snapshot().dual_class[column]


def test_orders_in_waiting_are_counted_in_new_shares():
    model = build(market(split(5.0, 3)), 1)
    trade(model, 3)
    model.lending.buy_ins[4, COLUMN] = 10.0
    morning(model)
    assert model.lending.buy_ins[4, COLUMN] == 50.0
