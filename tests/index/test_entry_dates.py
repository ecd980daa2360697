"""When a large new issue enters each of the shipped indices."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.index import Index, load_rulebook
from sim.streams import Streams
from tests.index.markets import CALENDAR, DEBUT, Market, book, day, index, live, session

START = session(date(2026, 5, 1))


def entry(name: str, market: Market, last: date, start: int = START, **rules) -> tuple[date, date]:
    """When the company that lists late is announced and effective in a shipped index."""
    tested = Index(load_rulebook(name, rules), CALENDAR, Streams(0)("x"))
    tested.start(market.at(start), start)
    column = market.price.size - 1
    live(tested, market, start, session(last))
    [change] = [c for c in tested.history if (c.kind, c.column) == ("add", column)]
    return day(change.announced), day(change.effective)


@pytest.mark.parametrize(
    ("name", "debut", "announced", "effective"),
    [
        # 15th trading day of 12 June 2026: 19 June and 3 July are holidays
        ("nasdaq100", DEBUT, date(2026, 6, 26), date(2026, 7, 6)),
        ("crsp-total-market", DEBUT, date(2026, 6, 15), date(2026, 6, 18)),
        ("msci-usa", DEBUT, date(2026, 6, 18), date(2026, 6, 26)),
        # the 5th trading day falls into the two weeks before the reconstitution of 26 June
        ("russell1000", DEBUT, date(2026, 6, 12), date(2026, 6, 26)),
        ("russell1000", date(2026, 9, 9), date(2026, 9, 9), date(2026, 9, 15)),
    ],
)
def test_fast_entry_dates(name, debut, announced, effective):
    market = Market(130, debut, nasdaq=True)
    market.floating[-1] *= 0.0486
    assert entry(name, market, date(2026, 10, 1)) == (announced, effective)


def test_standard_and_poors_waits_twelve_months_and_for_both_profits():
    market = Market(501, DEBUT)
    # 12 months end on 14 June 2027, after the announcement of the June review
    announced, effective = entry("sp500", market, date(2027, 12, 31))
    # Labor Day lies between the two
    assert announced == date(2027, 9, 2) and effective == date(2027, 9, 17)
    assert session(announced) - session(DEBUT) + 1 >= 252

    losing = Market(501, DEBUT, profit_quarter=np.r_[np.ones(500), -1.0])
    never = Index(load_rulebook("sp500"), CALENDAR, Streams(0)("x"))
    never.start(losing.at(START), START)
    live(never, losing, START, session(date(2027, 12, 31)))
    assert not never.expected[-1]
    # six months and no profits asked of mega-caps
    waived = entry("sp500-waiver", losing, date(2027, 12, 31))
    assert waived == (date(2027, 3, 5), date(2027, 3, 19))


def test_never_and_any_day_are_rulebooks_too():
    market = Market(501, DEBUT)
    rules = {"fast_entry.sessions": 126, "eligibility.seasoning_sessions": 2520}
    announced, effective = entry("sp500", market, date(2027, 12, 31), **rules)
    assert session(effective) - session(DEBUT) + 1 == 126
    assert session(effective) - session(announced) == 1


def test_fast_entry_needs_the_size_and_makes_no_room():
    small = Market(200, DEBUT, cap_bn=100.0, nasdaq=True)  # rank 41 would need $205bn
    big = Market(200, DEBUT, nasdaq=True)
    for market, enters in ((small, False), (big, True)):
        tested = Index(load_rulebook("nasdaq100"), CALENDAR, Streams(0)("x"))
        tested.start(market.at(START), START)
        live(tested, market, START, session(date(2026, 7, 7)))
        assert tested.members[-1] == enters
        assert tested.members.sum() == 100 + enters
    # December's reconstitution restores the count
    live(tested, big, session(date(2026, 7, 7)), session(date(2026, 12, 18)))
    assert tested.members[-1] and tested.members.sum() == 100


def test_fast_entry_that_does_make_room():
    market = Market(200, DEBUT, nasdaq=True)
    rules = load_rulebook("nasdaq100", {"fast_entry.no_deletion": False})
    tested = index(rules)
    tested.start(market.at(START), START)
    smallest = int(np.flatnonzero(tested.members)[-1])
    live(tested, market, START, session(date(2026, 7, 6)))
    assert tested.members.sum() == 100 and tested.members[-1] and not tested.members[smallest]


def test_a_new_issue_that_came_after_the_rank_day_is_judged_by_its_present_size():
    rules = book(
        count=4,
        replacement="ranked",
        reviews={"months": [6], "rank": "month_end", "rank_months_before": 1},
        fast_entry={"sessions": 3, "notice_sessions": 2, "max_rank": 4, "no_deletion": False},
    )
    market, tested = Market(8, date(2026, 6, 1)), index(rules)
    tested.start(market.at(START), START)
    live(tested, market, START, session(date(2026, 6, 18)))
    assert np.flatnonzero(tested.members).tolist() == [0, 1, 2, 7]
    adds = [(day(c.announced), day(c.effective)) for c in tested.history if c.kind == "add"]
    assert adds == [(date(2026, 6, 1), date(2026, 6, 3))]
