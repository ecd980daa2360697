"""Facts of the case, and messages for what cannot be."""

from datetime import date

import pytest

from sim.calendar import TradingCalendar
from sim.inputs import InputError, override
from sim.offering import ShareClass, check_sessions, votes


def test_spacex_as_published(spacex):
    assert spacex.price * spacex.shares == pytest.approx(75.0e9, rel=1e-8)
    after = spacex.shares_outstanding + spacex.shares
    assert after == 13_075_900_000
    assert spacex.price * after == pytest.approx(1.77e12, rel=0.005)
    assert spacex.shares / after == pytest.approx(0.0425, abs=5e-5)
    shoe = spacex.over_allotment * spacex.shares
    assert (spacex.shares + shoe) / (after + shoe) == pytest.approx(0.0486, abs=5e-5)
    assert spacex.last_mark == 125.0


def test_a_valuation_is_a_mark_too(spacex):
    terms = override(spacex, {"private_marks": spacex.model_dump()["private_marks"][:4]}, "t")
    assert terms.last_mark == pytest.approx(1.5e12 / 12_520_344_445)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mechanism": "dutch"}, "offering: mechanism: got 'dutch', expected one of fixed_price"),
        ({"mechanism": "fixed_price", "price": None}, "price: missing"),
        ({"shares": -1}, "offering: shares: got -1, expected greater than 0"),
        ({"range": (150.0, 120.0)}, r"range: got \(150.0, 120.0\), expected \(low, high\)"),
        ({"retail_share": 0.99}, "got 1.04, expected at most 1"),
        ({"over_allotment": 0.3}, "over_allotment: got 0.3, expected less than or equal to 0.15"),
        ({"dates.pricing": date(2026, 6, 2)}, "pricing: got 2026-06-02, expected a day after"),
        ({"private_marks.4.date": date(2026, 6, 30)}, "private_marks: got 2026-06-30"),
        ({"private_marks.4.date": date(2024, 6, 30)}, "private_marks: dates out of order"),
        ({"insiders.0.shares": 2e10}, "insiders: got 24,829,695,000 shares, expected"),
        ({"secondary_shares": 7e9}, "secondary_shares: got 7,000,000,000, expected at most"),
        ({"share_classes.0.shares": 1e9}, "share_classes: got 6,602,000,000 shares, expected"),
        ({"lockup.tranches.0.holders": ["friends"]}, "unknown holder 'friends', expected one of"),
    ],
)
def test_bad_terms_are_refused_in_one_line(spacex, change, message):
    with pytest.raises(InputError, match=message) as refusal:
        override(spacex, change, "offering")
    assert "\n" not in str(refusal.value)


def test_dates_must_be_sessions(spacex):
    calendar = TradingCalendar(date(2026, 5, 1), date(2026, 12, 31))
    check_sessions(spacex.dates, calendar)
    saturday = override(spacex, {"dates.first_trade": date(2026, 6, 13)}, "offering")
    with pytest.raises(InputError) as refusal:
        check_sessions(saturday.dates, calendar)
    assert str(refusal.value) == (
        "offering.dates.first_trade: got 2026-06-13, expected a trading day (nearest 2026-06-12)"
    )


def test_secondary_shares_come_from_the_holder_with_the_rest(spacex):
    terms = override(spacex, {"secondary_shares": 1e8}, "offering")
    assert terms.offered == spacex.shares + 1e8
    assert terms.locked()["founder"] == pytest.approx(spacex.locked()["founder"] - 1e8)
    assert terms.locked()["employees"] == spacex.locked()["employees"]


def test_votes_of_one_class_are_shares():
    one = [ShareClass(name="A", shares=100, votes=1, holder="founder", offered=True)]
    assert votes(one, "founder", 25) == (1.0, 1.0)
    two = [*one, ShareClass(name="B", shares=100, votes=0)]
    assert votes(two, "nobody") == (0.0, 0.0)
    with pytest.raises(ValueError, match="expected one"):
        votes([ShareClass(name="A", shares=1, votes=1)], "founder", 1)
