"""The columns: the market as it was, newcomers, earnings, offerings, splits, takeovers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.inputs import InputError
from sim.news import MacroNews, NewsFlow, NewsRules
from sim.streams import Streams
from sim.universe import MARKET, Newcomer, Universe, UniverseRules

QUIET = MacroNews(0.0, 0.0, 0.0)
FEW = UniverseRules(kind="stocks", stocks=30)


def young(symbol="NEW", **fields):
    return Newcomer(**{"symbol": symbol, "value_per_share": 20.0, "shares": 1e8, **fields})


def universe(rules=FEW, newcomers=(), seed=1):
    return Universe(rules, list(newcomers), Streams(seed))


def live(world, sessions):
    for session in sessions:
        world.start_day(session)
        world.receive(QUIET, 1.0, 1.0)


# -- the one-column market -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seed", "log_value", "shift"),
    [
        (1, 8.915175093602576, -0.014695799189751755),
        (7, 8.891245292433128, -0.03862560035920914),
    ],
)
@pytest.mark.parametrize("newcomers", [[], ["AAA"], [young(), "AAA"]])
def test_the_market_moves_as_it_always_did(seed, log_value, shift, newcomers):
    """Numbers of the version before companies were told apart, whose firms had no debts."""
    streams = Streams(seed)
    world = Universe(UniverseRules(fixed_claims=0.0), newcomers, streams)
    news = NewsFlow(NewsRules(volatility_of_volatility=0.35), streams)
    for session in range(30):
        news.start_day()
        world.start_day(session)
        for share, days in ((0.3, 1.0), (0.7, 0.0)):
            world.receive(news.macro(share), share, days)
    assert world.log_value[0] == pytest.approx(log_value, rel=1e-14)
    assert world.news_shift[0] == pytest.approx(shift, rel=1e-12)


def test_the_market_column():
    world = universe(UniverseRules(), ["AAA"])
    assert world.symbols == [MARKET, "AAA"]
    assert world.market_value == pytest.approx(63_498.44e9, rel=1e-12)
    assert math.exp(world.log_value[0]) == pytest.approx(7554.29)
    assert world.elasticity.tolist() == [0.2, 1.0]
    assert world.disagreement.tolist() == [0.25, 1.0]
    assert world.listed.tolist() == [True, False]
    assert world.drift.tolist() == [math.log1p(0.08) - 664.90 / 63_498.44, math.log1p(0.08)]
    assert world.reported.size == world.departing.size == 0


def test_nobody_takes_over_the_market():
    world = universe(UniverseRules(takeovers_per_year=1.0, takeover_largest_bn=1e6))
    live(world, range(600))
    assert world.listed[0] and not world.leaving.any()


# -- columns -------------------------------------------------------------------------------------


def test_columns_follow_each_other():
    world = universe(FEW, [young(disagreement=2.0, sector=4, nasdaq=False), "FOCUS"])
    assert world.symbols[-3:] == ["S0029", "NEW", "FOCUS"]
    assert world.base.tolist() == list(range(30)) and world.newcomers.tolist() == [30, 31]
    assert world.focus == [31] and world.ordinary == 31
    assert world.disagreement[30] == 2.0 and world.financial[30] and not world.nasdaq[30]
    assert world.listed.sum() == 30
    assert world.shares[30:].tolist() == [1e8, 0.0]
    assert math.exp(world.log_value[30]) == pytest.approx(20.0)
    for name in (
        "log_value", "news_shift", "elasticity", "disagreement", "shares", "listed", "drift",
        "dividend_yield", "sector", "float_factor", "beta", "nasdaq", "dual_class", "financial",
        "domestic", "volatility", "rate_duration", "earnings_quarter", "earnings_year", "leaving",
    ):  # fmt: skip
        assert getattr(world, name).shape == (32,), name


@pytest.mark.parametrize(
    ("newcomers", "message"),
    [
        (["FOCUS", young()], "got FOCUS before NEW, expected companies in focus after"),
        (["A", "A"], "got symbol 'A' twice"),
        (["S0003"], "got symbol 'S0003' twice"),
        ([young("A"), "A"], "got symbol 'A' twice"),
    ],
)
def test_confused_columns_are_refused(newcomers, message):
    with pytest.raises(InputError, match=message):
        universe(FEW, newcomers)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value_per_share", 0.0), ("shares", -1.0), ("shares", math.inf), ("float_factor", 0.0),
        ("volatility", math.nan), ("sector", 11), ("maturity", 0.5), ("report_day", 63),
    ],
)  # fmt: skip
def test_a_wrong_newcomer_is_refused_in_one_line(field, value):
    with pytest.raises(InputError, match=rf"^newcomer NEW: {field}: got .*, expected [^\n]*$"):
        young(**{field: value})


def test_a_company_in_focus_is_valued_elsewhere():
    world = universe(FEW, ["FOCUS"])
    world.set_focus_value(30, 2.0)
    live(world, range(3))
    assert world.log_value[30] == 2.0 and world.news_shift[30] == 0.0
    world.enlist(30)
    world.set_focus_value(30, 2.5)
    assert world.news_shift[30] == pytest.approx(0.5)
    world.news_taken_up(np.array([30]))
    assert world.news_shift[30] == 0.0 and world.log_value[30] == 2.5


def test_a_newcomer_moves_before_it_is_listed_and_counts_only_after():
    world = universe(FEW, [young()])
    live(world, range(5))
    assert world.log_value[30] != math.log(20.0)
    before = world.market_value
    world.enlist(30)
    company = math.exp(world.log_value[30]) * 1e8
    assert world.market_value == pytest.approx(before + company)
    assert world.news_shift[30] == 0.0


# -- earnings ------------------------------------------------------------------------------------


def test_earnings_start_from_the_yield():
    world = universe(FEW, [young(earnings_yield=-0.02), "FOCUS"])
    cap = np.exp(world.log_value[:30]) * world.shares[:30]
    assert world.earnings_year[:30] == pytest.approx(world.census.earnings_yield * cap)
    assert world.earnings_quarter == pytest.approx(world.earnings_year / 4)
    assert world.earnings_year[30] == pytest.approx(-0.02 * 2e9)
    assert world.earnings_year[31] == 0.0


def test_the_year_is_the_sum_of_the_last_four_quarters():
    world = universe()
    history = [world.earnings_quarter[0]] * 4
    for session in range(63 * 6):
        live(world, [session])
        if 0 in world.reported:
            history.append(world.earnings_quarter[0])
        assert world.earnings_year[0] == pytest.approx(sum(history[-4:]))
    assert len(history) == 10 and len(set(history)) == 7


def test_results_follow_value_and_maturity():
    rules = UniverseRules(kind="stocks", stocks=400, earnings_noise=0.0, maturing_years=4.0)
    world = universe(rules)
    live(world, range(252))
    value = np.exp(world.log_value) * world.shares
    years = (world.census.report_day + 1 + 189) / 252
    grown = 1 - (1 - world.census.maturity) * np.exp(-years / 4.0)
    expected = 0.25 * world.census.normal_yield * value * grown
    ratio = world.earnings_quarter / expected
    # values went on moving since the report, at most some weeks ago
    assert np.median(ratio) == pytest.approx(1.0, abs=0.03)
    assert np.abs(np.log(ratio)).max() < 0.6


def test_losers_reach_profit_in_time():
    world = universe(UniverseRules(kind="stocks", stocks=60, small_caps=400, earnings_noise=0.05))
    losers = world.earnings_year < 0
    live(world, range(252 * 12))
    assert losers.sum() > 20
    assert (world.earnings_year[losers] > 0).mean() > 0.8


def test_a_newcomer_matures_from_its_listing_on():
    company = young(earnings_yield=-0.02, maturity=-0.5, volatility=0.0)
    rules = FEW.model_copy(update={"earnings_noise": 0.0})
    world = universe(rules, [company])
    live(world, range(504))
    value = math.exp(world.log_value[30]) * 1e8
    assert world.earnings_year[30] == pytest.approx(-0.02 * value, rel=0.3)
    world.enlist(30)
    live(world, range(504, 504 + 252 * 8))
    assert world.earnings_year[30] > 0


def test_results_from_elsewhere():
    world = universe(FEW, ["FOCUS"])
    for quarter in (-3e9, 1e9, 2e9, 4e9, 5e9):
        world.set_earnings(30, quarter)
    assert world.earnings_quarter[30] == 5e9 and world.earnings_year[30] == 12e9
    with pytest.raises(InputError, match="earnings of FOCUS: got nan, expected USD"):
        world.set_earnings(30, math.nan)


# -- offerings and splits ------------------------------------------------------------------------


def test_new_shares_at_value_leave_the_value_per_share():
    world = universe(FEW, [young()])
    world.raise_capital(30, 4e8, 2e7)
    assert math.exp(world.log_value[30]) == pytest.approx(20.0)
    assert world.shares[30] == pytest.approx(1.2e8)


@given(
    price=st.floats(1, 100),
    first=st.floats(0, 1e10),
    more=st.floats(0, 1e9),
    ratio=st.sampled_from([1.0, 2.0, 0.1]),
)
@settings(max_examples=50, deadline=None)
def test_money_raised_is_counted_once(price, first, more, ratio):
    """Value after the offering is value before plus the money, in one step or two."""
    world = universe(UniverseRules(), [young()])
    world.raise_capital(1, first, first / price)
    world.raise_capital(1, first, first / price)
    world.split(1, ratio)
    world.raise_capital(1, first + more, (first + more) / price * ratio)
    total = math.exp(world.log_value[1]) * world.shares[1]
    assert total == pytest.approx(20.0 * 1e8 + first + more, rel=1e-9)
    assert world.shares[1] == pytest.approx((1e8 + (first + more) / price) * ratio, rel=1e-9)


def test_only_a_newcomer_in_reduced_form_raises_capital_here():
    with pytest.raises(InputError, match="offering of S0003: expected a newcomer"):
        universe().raise_capital(3, 1e9, 1e8)


@given(st.floats(1e-3, 1e3))
@settings(max_examples=30, deadline=None)
def test_a_split_leaves_the_company_worth_what_it_was(ratio):
    world = universe(UniverseRules(), [young()])
    world.enlist(1)
    before, shift = world.market_value, world.news_shift.copy()
    world.split(0, ratio)
    world.split(1, ratio)
    assert world.market_value == pytest.approx(before, rel=1e-9)
    assert world.shares[1] == pytest.approx(1e8 * ratio)
    assert np.array_equal(world.news_shift, shift)


@pytest.mark.parametrize("ratio", [0.0, -2.0, math.nan, math.inf])
def test_a_split_into_nothing_is_refused(ratio):
    with pytest.raises(InputError, match=r"^split of S0000: got .*, expected above 0$"):
        universe().split(0, ratio)


# -- takeovers -----------------------------------------------------------------------------------

MANY = UniverseRules(kind="stocks", stocks=400, takeovers_per_year=0.5, takeover_largest_bn=1e6)


def test_without_takeovers_nobody_leaves():
    world = universe()
    live(world, range(500))
    assert not world.leaving.any() and world.listed.all()


def test_takeovers_come_at_their_rate_and_close_after_their_time():
    world = universe(MANY)
    announced, closed = {}, {}
    for session in range(504):
        world.start_day(session)
        for column in np.flatnonzero(world.leaving):
            announced.setdefault(int(column), session)
        for column in world.departing:
            closed[int(column)] = session
            world.retire(int(column))
        world.receive(QUIET, 1.0, 1.0)
    expected = 400 * (1 - math.exp(-0.5 * 2))
    assert len(announced) == pytest.approx(expected, abs=4 * math.sqrt(expected * 0.37))
    assert closed and all(closed[c] == announced[c] + 60 for c in closed)
    assert not world.listed[list(closed)].any() and not world.leaving[list(closed)].any()


def test_giants_are_not_taken_over():
    rules = MANY.model_copy(update={"takeover_largest_bn": 40.0})
    world = universe(rules)
    cap = np.exp(world.log_value) * world.shares
    live(world, range(252))
    assert world.leaving.any()
    assert cap[world.leaving].max() < 80e9


def test_a_company_that_has_gone_stands_still():
    world = universe(FEW, [young()])
    world.enlist(30)
    live(world, range(10))
    world.retire(4)
    value, earnings = world.log_value.copy(), world.earnings_quarter.copy()
    total = world.market_value
    moved = world.reported
    for session in range(10, 140):
        live(world, [session])
        moved = np.union1d(moved, world.reported)
    assert world.log_value[4] == value[4] and world.news_shift[4] == 0.0
    assert world.earnings_quarter[4] == earnings[4] and 4 not in moved
    assert 30 in moved and world.log_value[30] != value[30]
    assert np.isfinite(world.log_value).all() and not world.listed[4]
    assert total < float((np.exp(value) * world.shares).sum())


def test_a_listed_newcomer_may_be_taken_over_but_not_before():
    rules = MANY.model_copy(update={"stocks": 1, "takeovers_per_year": 1.0})
    world = universe(rules, [young("A"), young("B")])
    live(world, range(50))
    world.enlist(1)
    live(world, range(50, 2000))
    assert world.leaving[1] and not world.leaving[2]


def test_newcomers_do_not_change_who_is_taken_over():
    leaving = []
    for newcomers in ((), [young()]):
        world = universe(MANY, newcomers)
        if newcomers:
            world.enlist(400)
        live(world, range(100))
        leaving.append(world.leaving[:400].tolist())
    assert leaving[0] == leaving[1] and any(leaving[0])
