"""Special dividends, share issues and buy-backs: who pays whom, and what a share is worth then."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import build
from experiments.summary import summarise
from sim.inputs import InputError
from tests.actions.worlds import (
    BAD_NEWS,
    COLUMN,
    RANK,
    SYMBOL,
    acting,
    levels,
    listing,
    morning,
    quiet,
    worth,
)
from tests.runs import trade


def dividend(amount: float, day: int = 20, **who: object) -> dict:
    return {"kind": "special_dividend", "day": day, "amount": amount, **(who or {"rank": RANK})}


def programme(kind: str, fraction: float = 0.05, day: int = 20, **more: object) -> dict:
    return {"kind": kind, "rank": RANK, "day": day, "fraction": fraction, **more}


# -- special dividends ----------------------------------------------------------------------------


@settings(max_examples=5, deadline=None)
@given(st.floats(0.01, 25.0))
def test_on_the_morning_nobody_is_richer_and_no_index_moves(amount):
    model = acting(dividend(amount), days=20)
    held, before = worth(model), levels(model)
    cash, price = float(model.ledger.cash.sum()), float(model.exchange.last_price[COLUMN])
    value = np.exp(model.universe.log_value[COLUMN])
    morning(model)
    paid = amount * float(model.ledger.outstanding[COLUMN])
    company = model.companies
    gained = worth(model) - held
    assert gained[company] == pytest.approx(-paid, rel=1e-9)
    np.testing.assert_allclose(np.delete(gained, company), 0.0, atol=1e-9 * np.abs(held).max())
    np.testing.assert_allclose(levels(model), before, rtol=1e-12)
    assert float(model.ledger.cash.sum()) == pytest.approx(cash, abs=1e-9 * paid + 1.0)
    assert model.exchange.last_price[COLUMN] == pytest.approx(price - amount)
    assert np.exp(model.universe.log_value[COLUMN]) == pytest.approx(value - amount)


def test_the_stock_opens_lower_by_about_what_was_paid_and_no_trend_is_seen():
    amount, plain = 4.0, quiet(60)
    model = acting(dividend(amount), days=60)
    model.ledger.check()
    gap = plain.recorder.open[20, COLUMN] - model.recorder.open[20, COLUMN]
    assert 0.7 * amount < gap < 1.3 * amount
    one = np.diff(np.log(model.recorder.comparable_close(returns=True)[:21, COLUMN]))
    other = np.diff(np.log(plain.recorder.close[:21, COLUMN]))
    assert abs(one[-1] - other[-1]) < 0.02 < amount / plain.recorder.close[19, COLUMN]
    assert model.recent_return(COLUMN, 60) == pytest.approx(
        plain.recent_return(COLUMN, 60), abs=0.1
    )


def test_every_story_falls_by_the_amount_and_shorts_pay_it():
    model = trade(build(listing(dividend(10.0, 30, company="SPCX")), 2), 30)
    column = model.listing.column
    stories = np.exp(model.focus.beliefs[column].log_values)
    owing = np.flatnonzero(model.ledger.holdings[:, column] < 0)
    assert owing.size
    cash, owed = model.ledger.cash[owing].copy(), model.ledger.holdings[owing, column].copy()
    held = worth(model)
    morning(model)
    after = np.exp(model.focus.beliefs[column].log_values)
    np.testing.assert_allclose(after, stories - 10.0, rtol=1e-9)
    np.testing.assert_allclose(model.ledger.cash[owing], cash + 10.0 * owed, rtol=1e-9)
    gained = np.delete(worth(model) - held, model.companies)
    np.testing.assert_allclose(gained, 0.0, atol=1e-9 * np.abs(held).max())


def test_a_syndicate_pays_its_lender_for_the_shares_it_has_borrowed():
    model = trade(build(listing(dividend(1.0, 1, company="SPCX"), **BAD_NEWS), 1), 1)
    desk, ledger, column = model.listing.stabilisation, model.ledger, model.listing.column
    lender, syndicate = model.listing.syndicate.lender, model.listing.syndicate.account
    assert desk.remaining > 0
    before = ledger.cash[[lender, syndicate]].copy()
    entitled = ledger.holdings[[lender, syndicate], column] + [desk.remaining, -desk.remaining]
    morning(model)
    np.testing.assert_allclose(ledger.cash[[lender, syndicate]], before + entitled, rtol=1e-9)


def test_no_more_can_be_paid_than_a_share_is_worth():
    with pytest.raises(InputError, match=r"amount: got 900 USD .*less than its price and value on"):
        acting(dividend(900.0), days=25)


# -- issues and buy-backs -----------------------------------------------------------------------


@settings(max_examples=4, deadline=None)
@given(st.sampled_from(["share_issue", "buyback"]), st.sampled_from([0.01, 0.08]),
       st.integers(1, 6))  # fmt: skip
def test_value_a_share_follows_from_what_was_sold_and_for_how_much(kind, fraction, days):
    plain, model = quiet(40), acting(programme(kind, fraction, days=days), days=40)
    model.ledger.check()
    (done,) = summarise(model)["corporate_actions"]
    sign = 1 if kind == "share_issue" else -1
    old = float(plain.ledger.outstanding[COLUMN])
    new = float(model.ledger.outstanding[COLUMN])
    assert new == pytest.approx(old + sign * done["shares"], rel=1e-9)
    assert done["shares"] + done["left"] == pytest.approx(fraction * old, rel=1e-9)
    assert done["shares"] > 0.8 * fraction * old
    assert model.universe.shares[COLUMN] == new
    assert model.ledger.holdings[model.companies, COLUMN] == 0.0
    cash = float(model.ledger.cash[model.companies] - plain.ledger.cash[plain.companies])
    assert cash == pytest.approx(sign * done["usd"], rel=1e-9)
    if days == 1:
        before = float(plain.recorder.value[20, COLUMN])
        grown = float(plain.recorder.value[39, COLUMN]) / before
        expected = (old * before + cash) / new * grown
        assert model.recorder.value[39, COLUMN] == pytest.approx(expected, rel=1e-9)


def test_the_company_in_focus_is_worth_its_cash_more_in_every_story():
    action = programme("share_issue", 0.02, 10, rank=None, company="SPCX")
    plain, model = build(listing(), 2), build(listing(action), 2)
    trade(plain, 11), trade(model, 11)
    model.ledger.check()
    column = model.listing.column
    shares = plain.focus.beliefs[column].shares
    new = model.focus.beliefs[column].shares - shares
    cash = float(model.ledger.cash[model.companies] - plain.ledger.cash[plain.companies])
    assert new == pytest.approx(0.02 * float(plain.ledger.outstanding[column]), rel=0.02)
    expected = (np.exp(plain.focus.beliefs[column].log_values) * shares + cash) / (shares + new)
    np.testing.assert_allclose(np.exp(model.focus.beliefs[column].log_values), expected, rtol=1e-9)


def test_sales_press_on_the_price_and_purchases_lift_it():
    plain = quiet(40)
    sold = acting(programme("share_issue", days=3), days=40)
    bought = acting(programme("buyback", days=3), days=40)
    one, other = (m.recorder.close[22, COLUMN] / plain.recorder.close[22, COLUMN]
                  for m in (sold, bought))  # fmt: skip
    assert one < 0.995 and other > 1.005


def test_indices_count_new_shares_when_their_rules_say_so():
    days = 75  # to the review of March
    plain, model = quiet(days), acting(programme("share_issue", 0.1), days=days)
    part = {name: index.shares[COLUMN] / plain.indices[name].shares[COLUMN]
            for name, index in model.indices.items()}  # fmt: skip
    after, before = (m.public_record.snapshot().float_shares[COLUMN] for m in (model, plain))
    floats = after / before
    assert part["sp500"] == pytest.approx(floats, rel=1e-9) and floats > 1.09
    assert part["price-weight-30"] == 1.0
    early = acting(programme("share_issue", 0.1), days=30)
    assert early.indices["sp500"].shares[COLUMN] == quiet(30).indices["sp500"].shares[COLUMN]
    at_once = early.indices["total-market"].shares[COLUMN]
    assert at_once > 1.09 * quiet(30).indices["total-market"].shares[COLUMN]


def test_a_split_in_the_middle_of_a_programme_counts_it_in_new_shares():
    sale = programme("share_issue", days=6)
    plain = acting(sale, days=40)
    model = acting(sale, {"kind": "split", "rank": RANK, "day": 23, "ratio": 4.0}, days=40)
    model.ledger.check()
    np.testing.assert_allclose(
        model.recorder.comparable_close(), plain.recorder.comparable_close(), rtol=1e-6
    )
    (_, done) = summarise(model)["corporate_actions"]
    (alone,) = summarise(plain)["corporate_actions"]
    assert done["symbol"] == SYMBOL and done["kind"] == "share_issue"
    assert done["usd"] == pytest.approx(alone["usd"], rel=1e-6)
    assert done["shares"] == pytest.approx(4 * alone["shares"], rel=1e-6)
