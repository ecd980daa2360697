"""Four mechanisms on the same books."""

import mesa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.banker import Banker, BankerRules
from agents.issuer import Issuer, IssuerRules
from sim.inputs import override
from sim.offering import MECHANISMS, Option
from tests.offering.conftest import log_linear_book


def _price(terms, mechanism, book, banker, issuer, **changes):
    terms = override(terms, {"mechanism": mechanism, **changes}, "terms")
    return terms, MECHANISMS[mechanism].price(terms, book, banker, issuer)


def test_fixed_price_stands_when_covered(spacex, banker, issuer):
    book = log_linear_book(150.0, 1.5e9)
    _, pricing = _price(spacex, "fixed_price", book, banker, issuer)
    assert (pricing.decision, pricing.price, pricing.shares) == ("priced", 135.0, 555_555_555)
    assert pricing.over_allotment == pytest.approx(83_333_333.25)
    assert pricing.coverage == pytest.approx(book.total(135.0) / 555_555_555)
    assert pricing.filing_range is None


def test_a_change_of_mood_cuts_then_withdraws(spacex, banker, issuer):
    book = log_linear_book(120.0, 2e9, slope=8.0)
    decisions = []
    for mood in (1.0, 0.4, 0.25, 0.1, 0.01):
        _, pricing = _price(spacex, "fixed_price", book.scaled(mood), banker, issuer)
        decisions.append(pricing.decision)
        assert pricing.reason
        if pricing.price is not None:
            assert pricing.price >= spacex.reservation_price * (1 - 1e-9)
            assert pricing.price * pricing.shares >= spacex.minimum_raise * (1 - 1e-9)
            assert book.scaled(mood).total(pricing.price) >= pricing.shares * (1 - 1e-9)
    assert decisions[0] == "priced"
    assert decisions[-1] == "withdrawn"
    assert "cut" in decisions
    assert decisions == sorted(decisions, key=("priced", "cut", "downsized", "withdrawn").index)


def test_an_issuer_that_will_not_cut_sells_fewer_shares(spacex, banker, issuer):
    book = log_linear_book(120.0, 4e8, slope=4.0)
    _, pricing = _price(
        spacex, "fixed_price", book, banker, issuer, reservation_price=134.0, minimum_raise=1e9
    )
    assert pricing.decision == "downsized"
    assert pricing.shares < 555_555_555
    assert pricing.over_allotment == pytest.approx(0, abs=1e-3)


def test_withdrawn_below_the_minimum_raise(spacex, banker, issuer):
    book = log_linear_book(120.0, 1e8, slope=8.0)
    _, pricing = _price(spacex, "fixed_price", book, banker, issuer)
    assert (pricing.decision, pricing.price, pricing.sold) == ("withdrawn", None, 0.0)


@settings(max_examples=30, deadline=None)
@given(st.floats(60, 400), st.floats(1e8, 5e9), st.floats(0.5, 10))
def test_auction_price_clears(spacex, value, shares, slope):
    book = log_linear_book(value, shares, slope)
    model = mesa.Model()
    banker, issuer = Banker(model, BankerRules()), Issuer(model, IssuerRules())
    _, pricing = _price(
        spacex, "uniform_auction", book, banker, issuer, reservation_price=0, minimum_raise=0
    )
    if pricing.decision == "priced":
        assert book.total(pricing.price) >= spacex.shares * (1 - 1e-9)
        top = pricing.price >= book.grid[-1]
        assert top or book.total(pricing.price + 0.0101) <= spacex.shares
    assert pricing.over_allotment == 0


def test_direct_listing_sells_nothing_and_locks_nobody(spacex, banker, issuer):
    book = log_linear_book(130.0, 1e9)
    terms, pricing = _price(spacex, "direct_listing", book, banker, issuer)
    assert (pricing.decision, pricing.price, pricing.sold) == ("listed", 125.0, 0.0)
    assert terms.lockup_in_force is None and spacex.lockup_in_force is not None
    assert not MECHANISMS["direct_listing"].has_primary


def test_bookbuilding_within_the_range_leaves_the_discount(spacex, banker, issuer):
    low, high = banker.filing_range(spacex)
    prior = (low + high) / 2 / (1 - banker.discount)
    sold = spacex.shares * 1.15
    _, pricing = _price(spacex, "bookbuilding", log_linear_book(prior, sold), banker, issuer)
    assert pricing.decision == "priced"
    assert pricing.price == pytest.approx((low + high) / 2, rel=0.01)
    assert pricing.filing_range == (low, high)


def test_a_larger_discount_leaves_more_money(spacex, issuer):
    book = log_linear_book(140.0, spacex.shares * 1.15)
    prices = []
    for discount in (0.0, 0.1, 0.2):
        banker = Banker(mesa.Model(), BankerRules(discount=discount, bargaining=0))
        changes = {"range": (125.0, 150.0)}
        prices.append(_price(spacex, "bookbuilding", book, banker, issuer, **changes)[1].price)
    assert prices[0] > prices[1] > prices[2]


def test_bookbuilding_follows_bad_news_fully_and_good_news_partly(spacex, banker, issuer):
    low, high = banker.filing_range(spacex)
    mid, sold = (low + high) / 2, spacex.shares * 1.15
    prior = mid / (1 - banker.discount)
    changes = {"reservation_price": 50.0, "minimum_raise": 1e9}
    book = log_linear_book(0.8 * prior, sold)
    down = _price(spacex, "bookbuilding", book, banker, issuer, **changes)[1]
    assert down.decision == "cut" and down.price < low
    assert down.lambda_up is None
    revealed = book.clearing_price(sold)
    expected = revealed * (1 - banker.discount_at(prior, revealed))
    assert down.price == pytest.approx(expected, abs=0.02)

    stubborn = Issuer(mesa.Model(), IssuerRules(upsize_response=0))
    book = log_linear_book(1.5 * prior, sold)
    up = _price(spacex, "bookbuilding", book, banker, stubborn, **changes)[1]
    assert up.price > high
    assert up.price / mid - 1 == pytest.approx(up.lambda_up * 0.5, rel=0.02)
    assert 0 < up.lambda_up < 1


def test_an_offer_above_the_range_is_enlarged(spacex, banker, issuer):
    low, high = banker.filing_range(spacex)
    book = log_linear_book(1.6 * (low + high) / 2, spacex.shares * 1.5)
    _, pricing = _price(spacex, "bookbuilding", book, banker, issuer)
    assert pricing.decision == "upsized" and pricing.price > high
    assert spacex.shares < pricing.shares <= 1.2 * spacex.shares * (1 + 1e-12)


def test_bookbuilding_without_demand_is_withdrawn(spacex, banker, issuer):
    book = log_linear_book(130.0, 1e6)
    _, pricing = _price(spacex, "bookbuilding", book, banker, issuer)
    assert pricing.decision == "withdrawn" and pricing.filing_range is not None


def test_the_issuer_weighs_price_against_money(spacex):
    options = [Option("cut", 110.0, 5.5e8, ""), Option("downsized", 135.0, 3.0e8, "")]
    needy = Issuer(mesa.Model(), IssuerRules(funding_value=2.0))
    patient = Issuer(mesa.Model(), IssuerRules(funding_value=0.0))
    assert needy.choose(options, spacex).decision == "cut"
    assert patient.choose(options, spacex).decision == "downsized"
    assert patient.choose([Option("cut", 100.0, 5.5e8, "")], spacex) is None
    assert patient.choose([], spacex) is None
