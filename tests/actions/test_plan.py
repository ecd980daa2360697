"""What can be asked of companies, and the one line that says why something cannot."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from experiments import build, load_scenario
from experiments.summary import summarise
from sim.actions import CorporateAction
from sim.inputs import InputError
from tests.actions.worlds import acting, listing, market, quiet
from tests.panels.worlds import panel, run_days
from tests.runs import SMALL, trade

SPLIT = {"kind": "split", "rank": 3, "day": 20, "ratio": 2.0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ratio": 0.0}, r"ratio: got 0.0, expected greater than 0"),
        ({"ratio": None}, r"ratio: missing, expected new shares for one old for a split"),
        ({"amount": 2.0}, r"amount: got 2.0, expected none for a split, which takes ratio"),
        ({"kind": "spin_off"}, r"kind: got 'spin_off', expected 'split', "),
        ({"rank": None}, r"company: got neither of company and rank, expected one"),
        ({"company": "S0001"}, r"company: got both of company and rank, expected one"),
        ({"day": None}, r"date: got neither of date and day, expected one"),
        ({"day": -1}, r"day: got -1, expected greater than or equal to 0"),
        ({"kind": "special_dividend", "ratio": None, "amount": -1.0}, r"amount: got -1.0"),
        ({"kind": "share_issue", "ratio": None, "fraction": 1.0}, r"fraction: got 1.0, .*less"),
        ({"kind": "buyback", "ratio": None}, r"fraction: missing, expected a part of the shares"),
        ({"kind": "merger", "ratio": None, "target": "S0001"}, r"ratio: missing, expected ratio,"),
        ({"kind": "merger"}, r"target: missing, expected the symbol"),
    ],
)
def test_terms_are_checked_when_the_scenario_is_read(changes, message):
    action = {k: v for k, v in (SPLIT | changes).items() if v is not None}
    with pytest.raises(InputError, match=rf"corporate_actions\.0.*{message}") as caught:
        load_scenario("spacex", SMALL | {"corporate_actions": [action]})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rank": None, "company": "S001"}, r"0: company: got 'S001', expected a company such as"),
        ({"rank": 61}, r"0: rank: got 61, expected at most the 60 companies"),
        ({"day": None, "date": date(2010, 2, 20)}, r"date: got 2010-02-20, .* as 2010-02-22"),
        ({"day": None, "date": date(2009, 2, 20)}, r"date: got 2009-02-20, expected a trading day"),
        ({"day": 19_999}, r"day: got 19999, expected a day of the run"),
        ({"kind": "merger", "target": "S0002"}, r"target: got S0002, expected another company"),
        ({"kind": "merger", "target": "X"}, r"0: target: got 'X', expected a company such as"),
    ],
)
def test_companies_and_days_are_checked_when_the_market_is_known(changes, message):
    action = {k: v for k, v in (SPLIT | changes).items() if v is not None}
    with pytest.raises(InputError, match=rf"corporate_actions\.{message}|{message}"):
        build(market(action), 1)


def test_a_company_acts_after_its_first_trade():
    for when in ({"day": 0}, {"date": date(2026, 6, 12)}):
        action = {"kind": "split", "company": "SPCX", "ratio": 2.0, **when}
        with pytest.raises(InputError, match="expected a day after the first trade of SPCX, 2026"):
            build(listing(action), 1)
    merger = {"kind": "merger", "rank": 1, "target": "SPCX", "ratio": 1.0, "day": 9}
    with pytest.raises(InputError, match="got SPCX, expected a company listed at the start"):
        build(listing(merger, **{"universe.kind": "stocks", "universe.stocks": 20}), 1)
    with pytest.raises(InputError, match="rank: got 1, expected at most the 0 companies"):
        build(listing(SPLIT | {"rank": 1}), 1)


SALE = {"kind": "share_issue", "rank": 3, "day": 18, "fraction": 0.01, "days": 5}
MERGER = {"kind": "merger", "rank": 9, "target": "S0002", "day": 19, "ratio": 0.5}


@pytest.mark.parametrize(
    "others",
    [
        [{"kind": "special_dividend", "rank": 3, "day": 20, "amount": 1.0}],
        [MERGER],
        [SALE | {"day": 20}],
    ],
)
def test_two_actions_whose_order_would_matter_are_refused(others):
    with pytest.raises(InputError, match=r"got a .* of S0002 on 2010-.*, expected another day"):
        build(market(SPLIT, *others), 1)


def test_sales_and_purchases_do_not_overlap_but_a_split_may_fall_among_them():
    buyback = SALE | {"kind": "buyback", "day": 22}
    with pytest.raises(InputError, match="got a buyback of S0002 on"):
        build(market(SALE, buyback), 1)
    with pytest.raises(InputError, match="got a merger of S0002 on"):
        build(market(SALE, MERGER), 1)
    build(market(SALE, SPLIT, buyback | {"day": 23}), 1)


def test_days_and_dates_name_the_same_morning():
    one, other = (acting(SPLIT | when, days=22) for when in ({}, {"day": None, "date": day_20()}))
    assert (one.recorder.close[:22] == other.recorder.close[:22]).all()
    assert one.actions.done[0][0].session == 20


def day_20() -> date:
    return quiet(40).sessions[20]


def test_what_is_not_listed_on_its_day_lapses():
    action = {"kind": "split", "company": "N0003", "day": 3, "ratio": 2.0}
    model = run_days(panel({"days": 5, "corporate_actions": [action]}), 3)
    (row,) = summarise(model)["corporate_actions"]
    assert row["lapsed"] == "N0003 is not listed" and "ratio" not in row
    assert "lapses: N0003 is not listed" in model.recorder.events[-1].detail or any(
        "lapses" in event.detail for event in model.recorder.events
    )


def test_an_assignment_reaches_an_action():
    plain = load_scenario("corporate-actions")
    changed = load_scenario("corporate-actions", {"corporate_actions.0.ratio": 7.0})
    assert plain.corporate_actions[0].ratio == 5.0
    assert changed.corporate_actions[0] == CorporateAction(kind="split", rank=1, day=20, ratio=7.0)


def test_the_shipped_example_does_every_kind_once():
    scenario = load_scenario("corporate-actions", {"days": 82})
    model = build(scenario, 1)
    while model.day < 81:
        model.step()
    model.ledger.check()
    rows = summarise(model)["corporate_actions"]
    assert sorted(row["kind"] for row in rows) == sorted(a.kind for a in scenario.corporate_actions)
    assert not any("lapsed" in row for row in rows)
    assert all(np.isfinite(row["return_less_market"]) for row in rows if row["kind"] != "buyback")


def test_inclusions_of_later_arrivals_are_in_the_summary():
    few = {"universe.kind": "stocks", "universe.stocks": 30, "indices.sp500.count": 30,
           "indices.sp500.make_room_rank": 10}  # fmt: skip
    model = trade(build(load_scenario("three-giants", {**SMALL, **few, "days": 180}), 1), 180)
    found = summarise(model)["inclusions_of_others"]
    others = [listing for listing in model.listings if listing is not model.listing]
    columns = {listing.column for listing in others}
    adds = {(model.universe.symbols[e.column], e.index) for e in model.recorder.index_events
            if e.kind == "add" and e.column in columns}  # fmt: skip
    assert {(symbol, row["index"]) for symbol, rows in found.items() for row in rows} == adds
    assert adds
    assert "inclusions_of_others" not in summarise(quiet(40))
