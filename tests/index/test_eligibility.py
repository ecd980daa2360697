"""Tests for entering: each on both sides of its limit, in numbers and in words."""

from __future__ import annotations

import numpy as np
import pytest

from sim.index import Snapshot, eligible, load_rulebook, reasons
from sim.index.eligibility import may_stay, size_at_rank
from sim.inputs import InputError
from tests.index.markets import book

PLAIN = {"price": [100.0], "shares": [3e8]}  # $30bn


def one(**known) -> Snapshot:
    return Snapshot.of(**(PLAIN | known))


@pytest.mark.parametrize(
    ("known", "starts"),
    [
        ({"sessions_listed": 251}, "seasoning: listed for 251 sessions, expected 252"),
        ({"price": [75.0]}, "size: cap $22.5bn, float cap $22.5bn, expected at least $22.7bn"),
        ({"float_shares": [1.1e8]}, "size: cap $30.0bn, float cap $11.0bn"),
        ({"price": [2000.0], "float_shares": [2.9e7]}, "float: 9.7% of shares, expected 10%"),
        ({"dollar_volume": 1e6}, "liquidity: $1,000,000 a day, 0.01 of float cap a year"),
        ({"profit_quarter": -1.0}, "profit: $-0.00bn in the latest quarter"),
        ({"profit_year": 0.0}, "profit:"),
        ({"domestic": False}, "domicile: not a US company"),
        ({"listed": False}, "listing: does not trade"),
        ({"leaving": True}, "listing: about to leave"),
    ],
)
def test_sp500_refuses_and_says_why(known, starts):
    rules = load_rulebook("sp500")
    assert eligible(rules, one()).all() and reasons(rules, one(), 0) == []
    refused = one(**known)
    assert not eligible(rules, refused).any()
    [reason] = reasons(rules, refused, 0)
    assert reason.startswith(starts)


def test_last_accepted_values():
    rules = load_rulebook("sp500")
    assert eligible(rules, one(sessions_listed=252)).all()
    assert eligible(rules, one(price=[22.7e9 / 3e8])).all()
    assert eligible(rules, one(price=[2000.0], float_shares=[3e7])).all()


def test_nasdaq_wants_its_own_listing_and_no_financials():
    rules = load_rulebook("nasdaq100")
    market = Snapshot.of([10.0] * 3, 1e9, nasdaq=[True, False, True], financial=[0, 0, 1])
    assert eligible(rules, market).tolist() == [True, False, False]
    assert reasons(rules, market, 1) == ["exchange: not listed on Nasdaq"]
    assert reasons(rules, market, 2) == ["sector: a financial company"]
    assert may_stay(rules, market).tolist() == [True, False, False]


def test_dual_classes_and_size_band():
    rules = book(eligibility={"exclude_dual_class": True, "max_cap_bn": 20.0})
    market = Snapshot.of([10.0, 10.0, 10.0], [1e9, 1e9, 2e9], dual_class=[False, True, False])
    assert eligible(rules, market).tolist() == [True, False, False]
    assert reasons(rules, market, 1) == ["classes: several share classes, expected one"]
    assert reasons(rules, market, 2)[0].endswith("expected below $20bn and at least $0bn and $0bn")


def test_crsp_takes_a_low_float_if_it_is_large():
    rules = load_rulebook("crsp-total-market")
    market = Snapshot.of([10.0, 10.0], [4e9, 9e9], float_shares=[3.2e8, 3.4e8])
    assert eligible(rules, market).tolist() == [False, True]
    assert "or a float cap of $3.3bn" in reasons(rules, market, 0)[0]


def test_the_waiver_excuses_mega_caps_from_profit_only():
    rules = load_rulebook("sp500-waiver", {"eligibility.waiver_rank": 2})
    market = Snapshot.of([900.0, 500.0, 400.0], 1e9, profit_quarter=-1e9, sessions_listed=126)
    assert eligible(rules, market).tolist() == [True, True, False]
    assert reasons(rules, market, 0) == [] and len(reasons(rules, market, 2)) == 1
    young = Snapshot.of([900.0], 1e9, profit_quarter=-1e9, sessions_listed=125)
    assert reasons(rules, young, 0) == ["seasoning: listed for 125 sessions, expected 126"]


def test_size_at_rank():
    size, pool = np.array([5.0, 9.0, 7.0, 1.0]), np.array([True, True, False, True])
    assert [size_at_rank(size, pool, r) for r in (1, 2, 3, 4)] == [9, 5, 1, 0]


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"listed": [True, False]}, None),
        ({"price": [float("nan")]}, "snapshot.price: got nan, expected finite"),
        ({"shares": [-1.0]}, "snapshot.shares: got -1.0"),
        ({"float_shares": [4e8]}, "snapshot.float_shares: got 4e[+]08 of S0000, expected at most"),
        ({"profit_year": float("inf")}, "snapshot.profit_year: got inf, expected finite numbers$"),
        ({"symbols": ["A", "B"]}, "snapshot.symbols: got 2, expected 1"),
        ({"colour": 3}, "snapshot.colour: unknown"),
    ],
)
def test_a_bad_snapshot_is_refused(known, message):
    with pytest.raises(ValueError if message is None else InputError, match=message):
        one(**known)


def test_a_field_of_the_wrong_length_is_named():
    good = one()
    fields = {name: getattr(good, name) for name in good.__dataclass_fields__}
    with pytest.raises(InputError, match=r"snapshot.sector: got shape \(2,\), expected \(1,\)"):
        Snapshot(**(fields | {"sector": np.zeros(2, dtype=np.int64)}))
