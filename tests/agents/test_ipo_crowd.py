"""The crowd around many new issues: whom it consists of, what it wants, and who of it sells."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.ipo_crowd import _mean_excess
from experiments import build
from experiments.panels import ipo_table
from tests.panels.worlds import MANY, NO_CROWD, crowd_of, panel, run_days, usual


@given(st.floats(-3, 3), st.floats(0.05, 2))
def test_the_mean_excess_is_that_of_a_sample(mean, spread):
    sample = mean + spread * np.random.default_rng(0).standard_normal(20_000)
    exact = float(_mean_excess(np.array(mean), spread))
    assert exact == pytest.approx(np.maximum(sample, 0).mean(), abs=0.03 * spread)


def test_the_crowd_wants_less_when_it_is_dearer_and_more_when_more_are_excited():
    crowd = crowd_of(usual())
    over = np.linspace(-1, 3, 60)
    wanted = crowd._dollars(over, 0.1)
    assert (np.diff(wanted) <= 1e-15).all()
    assert 0 <= wanted.min() and wanted.max() <= 1
    assert (crowd._dollars(over, 0.3) >= wanted).all()


def test_people_and_their_shares_add_up():
    crowd = crowd_of(usual())
    assert (crowd.excited >= 0).all() and (crowd.bored >= 0).all()
    assert (crowd.excited + crowd.bored <= 1 + 1e-12).all()
    pools = crowd.eager + crowd.tired + crowd.keeping
    np.testing.assert_allclose(pools, crowd.holdings[crowd.columns], rtol=1e-9, atol=1e-3)
    assert (pools > 0).any()


def test_nobody_is_excited_about_companies_that_have_not_filed():
    model = usual()
    crowd = crowd_of(model)
    filed = np.isin(crowd.columns, [li.column for li in model.listings])
    assert not crowd.excited[~filed].any()
    assert (crowd.excited[filed] > 0).all()


def test_without_the_crowd_young_companies_trade_nearer_to_value():
    with_crowd, without = (ipo_table(run_days(panel(MANY, part), 2, 90)) for part in ({}, NO_CROWD))
    premium = [
        np.log(table["close_10"] / table["value_at_pricing"]).dropna()
        for table in (with_crowd, without)
    ]
    assert min(map(len, premium)) > 25
    assert premium[0].std() > 1.3 * premium[1].std()
    assert premium[0].max() > premium[1].max() + 0.1
    assert (without["allocation_retail"].dropna() == 0).all()


def test_a_good_mood_spreads_stories():
    models = [build(panel(), 4) for _ in range(2)]
    moods = []
    for model, mood in zip(models, (0.0, 0.7), strict=True):
        crowd = crowd_of(model)
        for _ in range(60):
            crowd.sentiment = mood
            model.step()
        young = crowd._followed & (crowd._opens > model.session)
        moods.append(crowd.excited[young].mean())
    assert moods[1] > 1.2 * moods[0]


def test_customers_with_resolve_do_not_sell_before_they_may():
    model = run_days(panel({"population.issuance.crowd.resolve": 1000.0}), 3, 60)
    crowd = crowd_of(model)
    barred = (crowd._barred_until > model.session) & model.universe.listed[crowd.columns]
    assert barred.any()
    held = crowd.holdings[crowd.columns][barred]
    loyal = crowd._loyal[barred]
    assert (held >= loyal * (1 - 1e-9)).all()
    # Their resolve is a log gain of 1000; none has gained more than a few.
    assert (loyal >= crowd._allotted[barred] * (1 - 0.005)).all()


def test_the_more_customers_have_gained_the_more_they_part_with():
    crowd = crowd_of(build(panel(), 1))
    paid = crowd._paid = np.zeros_like(crowd._paid)
    crowd._allotted[:] = crowd._loyal[:] = 100.0
    for gain, kept in ((-0.5, 100.0), (0.0, 100.0), (0.3, 70.0), (0.1, 70.0), (2.0, 0.0)):
        crowd._part_with(paid + gain * crowd.rules.resolve)
        np.testing.assert_allclose(crowd._loyal, kept)


def supply_of_a_first_day(resolve, seed):
    """Shares allotted to the crowd of the first deal, and how many fewer it wants to have after the
    first auctions if the price is 0.3 above the offer (log) instead of at it."""
    model = build(panel(MANY, {"population.issuance.crowd.resolve": resolve}), seed)
    crowd = crowd_of(model)
    while not any(li.offer_price for li in model.listings):
        model.step()
    listing = next(li for li in model.listings if li.offer_price)  # trades tomorrow
    k = listing.column - int(crowd.columns[0])
    model._open_day()
    for each in model._actors:
        each.start_day()
    crowd.before_auction(0)
    row, c = crowd.row, listing.column

    def held(log_price):
        wanted = row.neutral[c] + row.lean[c] * (row.value[c] - log_price)
        return float(np.clip(wanted, row.floor[c], row.cap[c]))

    offer = float(crowd._paid[k])
    return float(crowd._allotted[k]), held(offer) - held(offer + 0.3)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_who_wants_shares_on_a_hot_first_day_meets_customers_who_sell(seed):
    """Without it nobody can sell in a deal that was placed with customers."""
    allotted, fewer = supply_of_a_first_day(1.0, seed)
    _, fewer_bought = supply_of_a_first_day(1000.0, seed)  # of the excited alone
    assert fewer - fewer_bought == pytest.approx(0.3 * allotted, rel=0.02)


def test_sales_come_from_those_who_sell():
    """The bored and the idle part with shares; what the excited hold grows by what they buy."""
    model = run_days(panel(), 3, 120)
    crowd = crowd_of(model)
    k = int(np.argmax(np.minimum.reduce([crowd.eager, crowd.tired, crowd.keeping])))
    pools = crowd._pools()[:, k]
    crowd._buy[:] = crowd._leaving[:] = crowd._loyal[:] = 0.0
    crowd._sold = np.zeros_like(crowd._sold)
    crowd._sold[1:, k] = 0.25 * pools[1:]
    crowd._before = crowd.holdings[crowd.columns] + crowd._sold.sum(axis=0)
    before = pools * crowd._before[k] / pools.sum()
    crowd.eager[k], crowd.tired[k], crowd.keeping[k] = before
    sold = 0.25 * pools[1:]
    crowd._share_out()
    assert crowd.eager[k] == pytest.approx(before[0])
    np.testing.assert_allclose([crowd.tired[k], crowd.keeping[k]], before[1:] - sold)
