"""The range comes from private marks and peers, not from a DCF."""

import math

import mesa
import pytest

from agents.banker import Banker, BankerRules
from sim.inputs import InputError, override


def test_range_of_spacex_is_between_one_and_a_half_and_two_trillion(spacex, banker):
    low, high = banker.filing_range(spacex)
    after = spacex.shares_outstanding + spacex.shares
    assert 1.5e12 < low * after < high * after < 2.0e12
    assert high / low == pytest.approx(1.09 / 0.91, rel=1e-3)


def test_equity_by_hand(spacex):
    rules = BankerRules(weight_marks=0.5, liquidity_premium=0.2, index_premium=0.05, discount=0)
    banker = Banker(mesa.Model(), rules)
    marks = 125.0 * 12_520_344_445
    peers = (852 / 13 + 965 / 14) / 2 * 18.674e9 + 1.851e9
    assert banker.expected_equity(spacex) == pytest.approx(1.25 * (marks + peers) / 2 + 75e9)
    plain = override(spacex, {"index_candidate": False}, "terms")
    assert banker.expected_equity(plain) == pytest.approx(1.2 * (marks + peers) / 2 + 75e9)


def test_the_range_follows_marks_and_multiples(spacex, banker):
    mid = sum(banker.filing_range(spacex))
    for change in ({"private_marks.4.price": 100.0}, {"peers.0.value": 400e9}):
        assert sum(banker.filing_range(override(spacex, change, "terms"))) < mid
    # an older mark is forgotten
    assert sum(banker.filing_range(override(spacex, {"private_marks.0.price": 1.0}, "t"))) == mid
    given = override(spacex, {"range": (100.0, 120.0)}, "terms")
    assert banker.filing_range(given) == (100.0, 120.0)


def test_the_discount_shrinks_with_bad_news_only():
    rules = BankerRules(discount=0.1, bargaining=5.0, least_discount=0.01)
    banker = Banker(mesa.Model(), rules)
    assert banker.discount_at(10.0, 12.0) == banker.discount_at(10.0, 10.0) == banker.discount
    assert banker.discount_at(10.0, 9.0) == pytest.approx(0.1 * (1 + 5 * math.log(0.9)))
    assert banker.discount_at(10.0, 5.0) == 0.01
    even = Banker(mesa.Model(), BankerRules(bargaining=0.0))
    assert even.discount_at(10.0, 5.0) == even.discount
    generous = Banker(mesa.Model(), BankerRules(discount=0.0))
    assert generous.discount_at(10.0, 5.0) == 0.0


def test_either_view_will_do_but_one_is_needed(spacex, banker):
    for change in ({"private_marks": []}, {"peers": []}, {"revenue": 0.0}):
        assert banker.filing_range(override(spacex, change, "terms"))[0] > 0
    with pytest.raises(InputError, match="private_marks nor peers"):
        banker.filing_range(override(spacex, {"private_marks": [], "peers": []}, "terms"))
