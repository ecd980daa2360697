"""One index through time: who enters and leaves why, and that nothing moves the level."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.index import Index, load_rulebook
from sim.index.selection import pick, ranked_members
from sim.inputs import InputError
from sim.streams import Streams
from tests.index.markets import CALENDAR, DEBUT, Market, book, day, index, live, session

START = session(date(2026, 5, 1))
JUNE = session(date(2026, 6, 18))  # reviews take effect; announced on the 4th
SEPTEMBER = session(date(2026, 9, 18))


def test_shares_are_known_from_the_announcement_and_counted_after_the_close():
    market = Market(130, DEBUT, nasdaq=True)
    market.floating[-1] *= 0.05
    tested = Index(load_rulebook("nasdaq100"), CALENDAR, Streams(0)("x"))
    tested.start(market.at(START), START)
    announced, effective = session(date(2026, 6, 26)), session(date(2026, 7, 6))
    live(tested, market, START, announced)
    [change] = tested.pending
    assert (change.kind, change.announced, change.effective) == ("add", announced, effective)
    assert change.shares == pytest.approx(0.15 * market.shares[-1])
    live(tested, market, announced, effective - 1)
    seen = market.at(effective)
    assert tested.shares_after(seen, effective - 1)[-1] == 0 == tested.shares[-1]
    promised = tested.shares_after(seen, effective)
    assert promised[-1] == change.shares and not tested.members[-1]
    assert tested.apply(seen, effective) == [change]
    assert (tested.shares == promised).all() and tested.members[-1] and not tested.pending


def test_merger_with_notice_and_vacancy():
    market = Market(10)
    tested = index(book())
    tested.start(market.at(START), START)
    assert np.flatnonzero(tested.members).tolist() == [0, 1, 2, 3, 4]
    market.leaving[2] = True
    now = START + 1
    tested.apply(market.at(now), now)
    gone, comes = tested.review(market.at(now), now)
    assert (gone.kind, gone.column, gone.effective) == ("delete", 2, now + 5)
    assert (comes.kind, comes.column, comes.effective) == ("add", 5, now + 5)
    live(tested, market, now, now + 5)
    assert np.flatnonzero(tested.members).tolist() == [0, 1, 3, 4, 5]


def test_merger_without_notice_leaves_at_its_last_price():
    market = Market(10)
    tested = index(book())
    tested.start(market.at(START), START)
    market.price[1] = 250.0
    live(tested, market, START, START + 1)
    level = tested.level.level
    market.listed[1] = False
    now = START + 2
    tested.apply(market.at(now), now)
    assert tested.level.level == pytest.approx(level, rel=1e-12)
    gone, comes = tested.review(market.at(now), now)
    assert (gone.column, gone.announced, gone.effective) == (1, now, now)
    assert not tested.members[1] and tested.shares[1] == 0 and gone in tested.history
    assert tested.level.level == pytest.approx(level, rel=1e-12)
    assert (comes.column, comes.effective) == (5, now + 5)
    assert tested.members.sum() == 4 and tested.expected.sum() == 5


def test_merger_that_closes_before_its_announced_deletion():
    market = Market(10)
    tested = index(book())
    tested.start(market.at(START), START)
    market.leaving[2] = True
    live(tested, market, START, START + 2)
    market.listed[2] = False
    assert tested.shares_after(market.at(START + 3), START + 3)[2] == 0
    told = live(tested, market, START + 2, START + 10)
    assert [(c.kind, c.column, c.effective) for c in told] == [("delete", 2, START + 3)]
    assert np.flatnonzero(tested.members).tolist() == [0, 1, 3, 4, 5]
    assert tested.history[-1].effective == START + 6  # the replacement, as announced


def test_a_company_announced_to_enter_may_be_taken_over_first():
    market = Market(10)
    tested = index(book())
    tested.start(market.at(START), START)
    market.listed[0] = False
    live(tested, market, START, START + 1)
    assert tested.expected[5]
    market.listed[5] = False
    told = live(tested, market, START + 1, START + 2)
    assert [(c.kind, c.column, c.effective) for c in told] == [("add", 6, START + 7)]
    live(tested, market, START + 2, START + 7)
    assert np.flatnonzero(tested.members).tolist() == [1, 2, 3, 4, 6]


def test_committee_drops_beyond_the_buffer_only_and_only_at_reviews():
    def after(rank: int) -> np.ndarray:
        market = Market(20)
        tested = index(book(count=10, buffer=0.2))
        tested.start(market.at(START), START)
        # the tenth company shrinks to rank 12 or 13
        market.price[9] *= 0.999 * market.shares[rank - 1] / market.shares[9]
        told = live(tested, market, START, JUNE - 1)
        assert all(c.announced == JUNE - 10 and c.effective == JUNE for c in told)
        live(tested, market, JUNE - 1, JUNE)
        return np.flatnonzero(tested.members)

    assert 9 in after(12)
    assert after(13).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 10]


def test_committee_makes_room_for_a_giant():
    market = Market(20)
    tested = index(book(count=10, buffer=0.9, make_room_rank=3))
    tested.start(market.at(START), START)
    market.price[15] *= 1.001 * market.shares[3] / market.shares[15]
    assert live(tested, market, START, JUNE) == []  # fourth largest: no vacancy, no entry
    market.price[15] *= 2
    live(tested, market, JUNE, SEPTEMBER)
    assert np.flatnonzero(tested.members).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 15]


def test_ranked_review_goes_by_the_rank_day():
    rules = book(
        count=4,
        replacement="ranked",
        reviews={"months": [6], "rank": "month_end", "rank_months_before": 1},
    )
    market, tested = Market(8), index(rules)
    tested.start(market.at(START), START)
    live(tested, market, START, session(date(2026, 5, 29)))
    market.price[6] *= 100  # too late by one evening
    live(tested, market, session(date(2026, 5, 29)), JUNE)
    assert np.flatnonzero(tested.members).tolist() == [0, 1, 2, 3]
    live(tested, market, JUNE, session(date(2027, 6, 17)))
    assert np.flatnonzero(tested.members).tolist() == [0, 1, 2, 6]


def test_a_ranked_index_drops_a_member_that_changed_exchange():
    market = Market(130, nasdaq=True)
    tested = Index(load_rulebook("nasdaq100"), CALENDAR, Streams(0)("x"))
    tested.start(market.at(START), START)
    market.known["nasdaq"][3] = False
    live(tested, market, START, session(date(2026, 12, 18)))
    assert not tested.members[3] and tested.members[100] and tested.members.sum() == 100


def test_float_update_after_an_unlock():
    def floats(update: str, threshold: float = 0.0, factor: float = 2.0) -> list:
        market = Market(6)
        market.floating[1] *= 0.25
        tested = index(book(count=5, float_update=update, float_threshold=threshold))
        tested.start(market.at(START), START)
        live(tested, market, START, session(date(2026, 8, 10)))
        market.floating[1] *= factor  # the lock-up ends
        told = live(tested, market, session(date(2026, 8, 10)), session(date(2026, 12, 30)))
        if told:
            assert tested.shares[1] == pytest.approx(market.floating[1])
        return [(c.kind, c.column, day(c.announced), day(c.effective)) for c in told]

    event = ("float", 1, date(2026, 8, 11), date(2026, 8, 18))
    assert floats("event") == [event]
    assert floats("event", threshold=0.05, factor=1.04) == []
    assert floats("event", threshold=0.05, factor=1.06) == [event]
    assert floats("quarterly") == [("float", 1, date(2026, 9, 3), date(2026, 9, 18))]
    assert floats("annual") == [("float", 1, date(2026, 12, 4), date(2026, 12, 18))]


def test_low_float_multiple_rises_with_the_float_at_the_next_quarter():
    market = Market(130, nasdaq=True)
    market.floating[0] *= 0.05
    tested = Index(load_rulebook("nasdaq100", {"max_weight": 0.9}), CALENDAR, Streams(0)("x"))
    tested.start(market.at(START), START)
    assert tested.shares[0] == pytest.approx(0.15 * market.shares[0])
    market.floating[0] *= 4
    live(tested, market, START, JUNE)
    assert tested.shares[0] == pytest.approx(0.60 * market.shares[0])


def test_equal_weights_drift_and_are_reset_without_moving_the_divisor():
    market = Market(6)
    tested = index(book(weighting="equal"))
    tested.start(market.at(START), START)
    divisor = tested.level.divisor
    market.price[0] = 300.0
    live(tested, market, START, JUNE - 1)
    assert tested.level.weights()[:5] == pytest.approx(np.array([3, 1, 1, 1, 1]) / 7)
    live(tested, market, JUNE - 1, JUNE)
    assert tested.level.weights()[:5] == pytest.approx([0.2] * 5)
    assert tested.level.divisor == pytest.approx(divisor, rel=1e-12)
    market.listed[1] = False
    live(tested, market, JUNE, JUNE + 6)
    assert tested.level.weights() == pytest.approx([0.2, 0, 0.2, 0.2, 0.2, 0.2])


def test_split_of_a_member_and_of_a_company_about_to_enter():
    for kind, counted in (("float_cap", 30.0), ("price", 10.0)):
        market = Market(6)
        market.shares[:] = market.floating[:] = np.arange(60, 0, -10.0)
        tested = index(book(weighting=kind, count=5))
        tested.start(market.at(START), START)
        market.listed[0] = False
        live(tested, market, START, START + 1)
        before, promised = tested.level.level, tested.pending[-1].shares
        assert tested.pending[-1].column == 5
        for column in (1, 5):
            market.shares[column] *= 3
            market.floating[column] *= 3
            market.price[column] /= 3
            tested.split(column, 3.0)
        live(tested, market, START + 1, START + 1 + 5)
        assert tested.level.level == pytest.approx(before, rel=1e-12)
        assert tested.shares[5] == (promised if kind == "price" else counted)


def test_discretion_picks_with_the_logit_odds():
    size, able = np.array([9.0, 3.0, 1.0, 50.0]), np.array([True, True, True, False])
    rng = np.random.default_rng(5)
    n, discretion = 20_000, 0.5
    counts = np.zeros(4)
    for _ in range(n):
        counts[pick(size, able, 1, discretion, rng.gumbel(size=4))] += 1
    odds = np.where(able, size ** (1 / discretion), 0)
    odds /= odds.sum()
    assert np.abs(counts / n - odds).max() < 4 * 0.5 / np.sqrt(n)
    assert pick(size, able, 2, 0.0, None).tolist() == [0, 1]
    assert pick(size, able, 5, 0.5, rng.gumbel(size=4)).size == 3


def test_the_committees_draws_are_its_own_and_only_made_when_it_chooses():
    def history(seed: int) -> list[int]:
        market = Market(60)
        tested = index(book(discretion=1.0), seed)
        tested.start(market.at(START), START)
        state = tested._rng.bit_generator.state
        live(tested, market, START, START + 5)
        assert tested._rng.bit_generator.state == state
        market.listed[:3] = False
        told = live(tested, market, START + 5, START + 6)
        return [c.column for c in told if c.kind == "add"]

    assert history(1) == history(1)
    assert len({tuple(history(seed)) for seed in range(5)}) > 1


def test_starting_with_nobody_is_refused():
    tested = index(book(eligibility={"nasdaq_only": True}))
    with pytest.raises(InputError, match="test: no listed company is eligible"):
        tested.start(Market(3).at(START), START)


def test_start_ignores_seasoning_and_takes_given_members_and_level():
    market = Market(8, date(2026, 4, 29))
    tested = index(book(count=2, eligibility={"seasoning_sessions": 252}))
    tested.start(market.at(START), START)
    assert np.flatnonzero(tested.members).tolist() == [0, 1]
    market.shares[-1] = market.floating[-1] = market.shares[0] * 2
    tested.start(market.at(START), START, level=50.0)
    assert np.flatnonzero(tested.members).tolist() == [0, 7]
    assert (tested.level.level, tested.level.total_return) == (50.0, 50.0)
    tested.start(market.at(START), START, members=np.arange(8) > 5)
    assert np.flatnonzero(tested.members).tolist() == [6, 7]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_ranked_members_invariants(data):
    n = data.draw(st.integers(1, 25))
    count = data.draw(st.integers(1, 12))
    entry, exit = data.draw(st.integers(1, count)), count + data.draw(st.integers(0, 6))
    flags = st.lists(st.booleans(), min_size=n, max_size=n)
    pool, members = np.array(data.draw(flags)), np.array(data.draw(flags))
    size = np.array(data.draw(st.lists(st.floats(0, 1e3), min_size=n, max_size=n)))
    chosen = ranked_members(size, pool, members, count, entry, exit)
    order = np.flatnonzero(pool)[np.argsort(-size[pool], kind="stable")]
    rank = np.full(n, 10**6)
    rank[order] = np.arange(1, order.size + 1)
    assert not chosen[~pool].any() and chosen[rank <= entry].all()
    outside = int((pool & ~(members & (rank > exit))).sum())  # who may be in at all
    assert chosen.sum() == min(count, outside)
    assert not (chosen & members & (rank > exit)).any()
    stayed, left = rank[chosen & members], rank[pool & members & ~chosen]
    assert not stayed.size or not left.size or stayed.max() < left.min()


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["float_cap", "cap", "equal", "price"]),
    st.sampled_from(["committee", "ranked"]),
    st.sampled_from([None, 0.3]),
    st.integers(0, 2**31),
)
def test_the_level_never_moves_when_the_basket_does(weighting, replacement, cap, seed):
    rng = np.random.default_rng(seed)
    rules = book(
        count=6,
        weighting=weighting,
        replacement=replacement,
        fill_vacancies=True,
        max_weight=cap if weighting in ("float_cap", "cap") else None,
        discretion=0.5 if replacement == "committee" else 0.0,
        buffer=0.2,
    )
    market, tested = Market(15), index(rules, seed)
    tested.start(market.at(START), START)
    for now in range(START + 1, START + 100):
        market.price *= np.exp(rng.normal(0, 0.05, 15))
        market.floating = np.minimum(
            market.floating * np.exp(rng.normal(0, 0.02, 15)), market.shares
        )
        if rng.random() < 0.03 and market.listed.sum() > 8:
            fate = market.leaving if rng.random() < 0.5 else market.listed
            fate[rng.choice(np.flatnonzero(market.listed))] ^= True
        seen = market.at(now)
        price = np.where(seen.listed, seen.price, tested.level.price)
        marked = float(tested.shares @ price) / tested.level.divisor
        promised = tested.shares_after(seen, now)
        tested.apply(seen, now)
        assert tested.level.level == pytest.approx(marked, rel=1e-12)
        tested.review(seen, now)
        assert tested.level.level == pytest.approx(marked, rel=1e-12)
        # trackers that held what was promised hold the index, but for the stocks that are gone
        assert (tested.shares * seen.listed == promised).all()
        assert ((tested.shares > 0) == tested.members).all()
        assert tested.expected.sum() <= 6
        if (market.listed & ~market.leaving).sum() >= 6:
            assert tested.expected.sum() == 6


def test_a_vacancy_never_goes_to_a_company_beyond_the_exit_rank():
    entered = set()
    for seed in range(30):
        market = Market(60)
        tested = index(book(count=10, buffer=0.5, discretion=5.0), seed)
        tested.start(market.at(START), START)
        market.listed[:2] = False
        live(tested, market, START, START + 6)
        entered |= set(np.flatnonzero(tested.members)) - set(range(10))
    # ranks 9 to 15 once two of the ten are gone
    assert entered == set(range(10, 17))


def test_a_company_gone_on_the_day_of_its_entry_never_enters():
    market = Market(10)
    tested = index(book())
    tested.start(market.at(START), START)
    market.listed[0] = False
    live(tested, market, START, START + 5)
    assert [c.column for c in tested.pending] == [5]
    market.listed[5] = False
    level = tested.level.level
    live(tested, market, START + 5, START + 6)
    assert all(c.column != 5 for c in tested.history) and not tested.members[5]
    assert tested.level.level == pytest.approx(level, rel=1e-12)
