"""What lands in offering.json."""

import json
from datetime import date

import pytest

from sim.inputs import override
from sim.offering import (
    MECHANISMS,
    Stabilisation,
    StabilisationRules,
    allocate,
    gross_spread,
    money_left_on_the_table,
    offering_record,
)
from tests.offering.conftest import log_linear_book


def test_record_of_a_priced_offering(spacex, banker, issuer):
    book = log_linear_book(150.0, 1.5e9)
    pricing = MECHANISMS["fixed_price"].price(spacex, book, banker, issuer)
    allocation = allocate(book, pricing.price, pricing.sold, banker.allocation, spacex.retail_share)
    desk = Stabilisation(135.0, pricing.over_allotment, date(2026, 6, 11), 30, StabilisationRules())
    desk.record_fill(10e6, 130.0)
    desk.exercise(date(2026, 7, 10))
    record = offering_record(spacex, pricing, book, allocation, desk, first_close=150.0)
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["offer_price"] == 135.0
    assert record["range"] is None
    assert record["gross_spread_usd"] == pytest.approx(0.0075 * 75e9, rel=1e-6)
    assert record["money_left_on_the_table_usd"] == pytest.approx(15 * 555_555_555)
    assert sum(record["allocation_by_class"].values()) == pytest.approx(pricing.sold)
    assert record["allocation_by_class"]["retail"] == pytest.approx(0.25 * pricing.sold)
    assert record["oversubscription"] == pytest.approx(
        sum(record["bids_by_class"].values()) / 555_555_555
    )
    shoe = record["over_allotment"]
    assert shoe["covered_in_market"] + shoe["exercised"] == pytest.approx(shoe["sold"])
    assert record["stabilisation"]["covering_profit_usd"] == pytest.approx(50e6)
    assert record["gross_proceeds_usd"] == pytest.approx(135 * (555_555_555 + shoe["exercised"]))
    assert record["votes"]["founder"]["after"] > 0.85
    assert len(record["book"]["price"]) == len(record["book"]["shares"]) == 200


def test_record_without_a_sale(spacex, banker, issuer):
    nobody = log_linear_book(130.0, 1.0)
    pricing = MECHANISMS["fixed_price"].price(spacex, nobody, banker, issuer)
    record = offering_record(spacex, pricing, nobody)
    assert record["decision"] == "withdrawn" and record["offer_price"] is None
    assert record["gross_proceeds_usd"] == record["gross_spread_usd"] == 0
    assert record["shares_after"] == spacex.shares_outstanding

    terms = override(spacex, {"mechanism": "direct_listing"}, "terms")
    listed = MECHANISMS["direct_listing"].price(terms, nobody, banker, issuer)
    record = offering_record(terms, listed, first_close=150.0)
    assert (record["reference_price"], record["offer_price"]) == (125.0, None)
    assert record["money_left_on_the_table_usd"] == 0
    assert gross_spread(terms, listed) == 0


def test_sellers_of_secondary_shares_get_their_part(spacex, banker, issuer):
    terms = override(spacex, {"secondary_shares": 555_555_555 / 4}, "terms")
    book = log_linear_book(150.0, 2e9)
    pricing = MECHANISMS["fixed_price"].price(terms, book, banker, issuer)
    record = offering_record(terms, pricing, book)
    assert record["primary_shares"] == pytest.approx(terms.shares)
    assert record["gross_proceeds_usd"] == pytest.approx(75e9, rel=1e-6)
    assert record["net_proceeds_usd"] == pytest.approx(75e9 * 0.9925, rel=1e-6)
    assert money_left_on_the_table(pricing, 136.0) == pytest.approx(pricing.shares)
