"""Odds of entering and leaving: extremes, monotonicity, and agreement with the committee."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.index import Index, deletion_odds, inclusion_odds, load_rulebook
from sim.index.odds import _Picks
from sim.index.selection import pick
from sim.streams import Streams
from tests.index.markets import CALENDAR, DEBUT, Market, book, index, live, session, sizes

START = session(date(2026, 5, 1))


def begun(rules, market) -> Index:
    tested = index(rules)
    tested.start(market.at(START), START)
    return tested


def test_committee_odds_rise_with_size_and_with_the_horizon():
    market = Market(40)
    tested = begun(book(discretion=0.5, buffer=10.0), market)
    near = inclusion_odds(tested, market.at(START), START, 21)
    far = inclusion_odds(tested, market.at(START), START, 126)
    assert (near[:5] == 0).all() and (np.diff(near[5:]) < 0).all() and (near[5:] > 0).all()
    assert (far[5:] > near[5:]).all() and far.max() < 1
    # additions cannot outnumber the vacancies expected
    assert near.sum() == pytest.approx(22 * 21 / 252, rel=1e-6)
    assert far.sum() == pytest.approx(22 * 126 / 252, rel=2e-2)


def test_without_discretion_the_largest_enters_with_the_first_vacancy():
    market = Market(40)
    tested = begun(book(), market)
    odds = inclusion_odds(tested, market.at(START), START, 126, vacancies_per_year=2.0)
    assert odds[5] == pytest.approx(1 - np.exp(-1.0))
    assert odds[6] == pytest.approx(1 - 2 * np.exp(-1.0))


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_odds_of_k_picks_match_the_committees_frequencies(k):
    size, discretion = sizes(12), 0.6
    rng, n = np.random.default_rng(k), 4000
    counts = np.zeros(12)
    for _ in range(n):
        counts[pick(size, np.ones(12, dtype=bool), k, discretion, rng.gumbel(size=12))] += 1
    picks = _Picks(np.log(size), discretion)
    assert np.abs(picks.of(k) - counts / n).max() < (0.03 if k == 1 else 0.06)
    if k == 1:  # exactly the logit
        logit = size ** (1 / discretion)
        assert picks.of(1) == pytest.approx(logit / logit.sum(), rel=1e-12)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-12, 12), min_size=1, max_size=20), st.floats(0.05, 3))
def test_picks_are_probabilities_that_add_up(log_size, discretion):
    picks, n = _Picks(np.array(log_size), discretion), len(log_size)
    before = picks.of(0)
    for k in range(1, n + 1):
        odds = picks.of(k)
        assert (odds >= before - 1e-9).all() and (odds <= 1 + 1e-12).all()
        order = np.argsort(log_size, kind="stable")
        assert (np.diff(odds[order]) >= -1e-9).all()
        if k in (1, n):
            assert odds.sum() == pytest.approx(k)
        before = odds


def test_seasoning_counts_forward_and_profit_does_not():
    market = Market(40, date(2026, 3, 2))
    rules = book(eligibility={"seasoning_sessions": 63, "profit": "quarter_and_year"})
    tested = begun(rules, market)
    tested.start(market.at(START), START, members=np.arange(40) < 5)
    seasoned_in = 63 - (START - session(date(2026, 3, 2)) + 1)
    seen = market.at(START)
    assert 0 < seasoned_in < 21
    assert inclusion_odds(tested, seen, START, seasoned_in - 1)[-1] == 0
    soon = inclusion_odds(tested, seen, START, seasoned_in + 5)[-1]
    later = inclusion_odds(tested, seen, START, seasoned_in + 50)[-1]
    assert 0 < soon < later < 1
    market.known["profit_quarter"] = np.r_[np.ones(39), -1.0]
    assert inclusion_odds(tested, market.at(START), START, 200)[-1] == 0


def test_making_room_is_certain_for_a_giant_and_unlikely_for_a_dwarf():
    market = Market(40, date(2026, 3, 2), cap_bn=9000.0)
    tested = begun(book(make_room_rank=3), market)
    tested.start(market.at(START), START, members=np.arange(40) < 5)
    review = session(date(2026, 6, 4))
    odds = inclusion_odds(
        tested, market.at(START), START, review - START, vacancies_per_year=0.0, volatility=0.2
    )
    assert odds[-1] > 0.999 and odds[20] < 1e-6
    short = inclusion_odds(tested, market.at(START), START, review - START - 1, 0.0)
    assert (short == 0).all()


def test_fast_entry_odds():
    market = Market(200, DEBUT, nasdaq=True)
    tested = begun(load_rulebook("nasdaq100"), market)
    first = session(DEBUT)
    live(tested, market, START, first)

    def odds(cap_bn: float, horizon: int = 20, volatility: float = 0.6) -> float:
        market.shares[-1] = market.floating[-1] = cap_bn * 1e7
        return float(inclusion_odds(tested, market.at(first), first, horizon, 0.0, volatility)[-1])

    limit = tested.fast_entry_size(market.at(first)) / 1e9
    assert odds(20 * limit) == pytest.approx(1) and odds(limit / 20) == pytest.approx(0)
    assert odds(limit) == pytest.approx(0.5)
    values = [odds(limit * x) for x in (0.8, 0.9, 1.0, 1.1, 1.2)]
    assert values == sorted(values) and values[0] < values[-1]
    assert odds(limit * 1.01, volatility=0.0) == 1 and odds(limit * 0.99, volatility=0.0) == 0
    assert odds(20 * limit, horizon=8) == 0 and odds(20 * limit, horizon=9) > 0.999
    # announced: certain, until it is a member
    live(tested, market, first, session(date(2026, 6, 26)))
    seen, now = market.at(session(date(2026, 6, 26))), session(date(2026, 6, 26))
    assert tested.expected[-1] and inclusion_odds(tested, seen, now, 1)[-1] == 1
    live(tested, market, now, session(date(2026, 7, 6)))
    assert inclusion_odds(tested, market.at(now + 6), now + 6, 60)[-1] == 0


def ranked(buffer: float = 0.25):
    return book(
        count=20,
        replacement="ranked",
        buffer=buffer,
        reviews={"months": [6], "rank": "month_end", "rank_months_before": 1},
    )


def test_ranked_odds_around_the_cutoffs():
    market = Market(40)
    tested = begun(ranked(), market)
    far = session(date(2026, 6, 4)) - START
    seen = market.at(START)
    enter, leave = inclusion_odds(tested, seen, START, far), deletion_odds(tested, seen, START, far)
    assert (enter[:20] == 0).all() and (np.diff(enter[20:]) < 0).all() and enter[20] < 0.5
    assert (leave[20:] == 0).all() and (np.diff(leave[8:20]) > 0).all() and leave[19] < 0.5
    assert leave[0] < 1e-9
    assert (inclusion_odds(tested, seen, START, far - 1) == 0).all()
    assert (deletion_odds(tested, seen, START, far - 1) == 0).all()
    market.price[25] *= 10  # ninth largest by far
    market.price[19] /= 50  # last of all
    seen = market.at(START)
    assert inclusion_odds(tested, seen, START, far)[25] > 0.99
    assert deletion_odds(tested, seen, START, far)[19] > 0.99


def test_after_the_rank_day_odds_say_what_the_review_will_do():
    market = Market(40)
    tested = begun(ranked(0.0), market)
    market.price[25] *= 10
    market.price[19] /= 50
    ranking = session(date(2026, 5, 29))
    live(tested, market, START, ranking)
    market.price[30] *= 100  # too late
    seen = market.at(ranking)
    enter = inclusion_odds(tested, seen, ranking, 10)
    leave = deletion_odds(tested, seen, ranking, 10)
    assert set(enter) | set(leave) == {0.0, 1.0}
    told = live(tested, market, ranking, session(date(2026, 6, 4)))
    assert {c.column for c in told if c.kind == "add"} == set(np.flatnonzero(enter))
    assert {c.column for c in told if c.kind == "delete"} == set(np.flatnonzero(leave))
    now = session(date(2026, 6, 4))
    assert (deletion_odds(tested, market.at(now), now, 1)[np.flatnonzero(leave)] == 1).all()


def test_members_about_to_be_taken_over_leave_for_certain():
    market = Market(40)
    tested = begun(book(), market)
    market.leaving[2] = True
    odds = deletion_odds(tested, market.at(START), START, 1)
    assert odds[2] == 1 and odds.sum() == 1


def test_a_follower_has_its_leaders_odds():
    market = Market(40)
    leader = begun(book(name="lead", discretion=0.5), market)
    follower = Index(
        book(name="f", members_of="lead", count=None, replacement="ranked"),
        CALENDAR,
        Streams(0)("f"),
        leader=leader,
    )
    follower.start(market.at(START), START)
    seen = market.at(START)
    for odds in (inclusion_odds, deletion_odds):
        assert (odds(follower, seen, START, 63) == odds(leader, seen, START, 63)).all()


def test_an_open_place_goes_to_the_next_company_that_is_eligible_and_a_surplus_comes_first():
    market = Market(6, date(2026, 4, 1), cap_bn=500.0)
    tested = begun(book(count=6, eligibility={"seasoning_sessions": 63}), market)
    tested.start(market.at(START), START, members=np.arange(6) < 5)
    wait = 63 - (START - session(date(2026, 4, 1)) + 1)
    odds = [inclusion_odds(tested, market.at(START), START, wait + k, 0.0)[-1] for k in (-1, 0)]
    assert odds == [0, 1]
    full = begun(book(count=3), Market(10))
    full.start(Market(10).at(START), START, members=np.arange(10) < 4)  # one too many
    odds = inclusion_odds(full, Market(10).at(START), START, 126, vacancies_per_year=2.0)
    assert odds[4] == pytest.approx(1 - 2 * np.exp(-1.0))  # two must leave
