"""How values move: size of the market's and of stocks' news, tails, reports, independence."""

import math

import numpy as np
import pytest

from sim.news import MacroNews, NewsFlow, NewsRules
from sim.streams import Streams
from sim.universe import Newcomer, Universe, UniverseRules

DAYS = 1260
QUIET = MacroNews(0.0, 0.0, 0.0)
#: The law by which news arrives, seen through firms without debt.
STOCKS = UniverseRules(kind="stocks", fixed_claims=0.0)
NEW = Newcomer(symbol="NEW", value_per_share=20.0, shares=1e8, volatility=0.035)


class Run:
    """Daily log values of a universe, and who reported when."""

    def __init__(self, rules=STOCKS, newcomers=(), days=DAYS, seed=3, macro=True, waves=True):
        streams = Streams(seed)
        self.universe = universe = Universe(rules, newcomers, streams)
        news = NewsFlow(NewsRules(), streams)
        self.value = np.empty((days + 1, len(universe.symbols)))
        self.value[0] = universe.log_value
        self.reported = np.zeros((days, len(universe.symbols)), dtype=bool)
        for day in range(days):
            news.start_day()
            universe.start_day(day, news.scale if waves else 1.0)
            self.reported[day, universe.reported] = True
            for share, passed in ((0.3, 1.0), (0.7, 0.0)):
                universe.receive(news.macro(share) if macro else QUIET, share, passed)
            self.value[day + 1] = universe.log_value

    @property
    def returns(self):
        return np.diff(self.value, axis=0)

    @property
    def market(self):
        universe = self.universe
        cap = np.exp(self.value[:-1]) * universe.shares * universe.float_factor
        return np.log((np.exp(self.returns) * cap).sum(axis=1) / cap.sum(axis=1))


@pytest.fixture(scope="module")
def run():
    return Run()


@pytest.fixture(scope="module")
def quiet():
    return Run(macro=False, days=504)


def yearly(returns):
    return returns.std(axis=0) * math.sqrt(252)


def kurtosis(returns):
    away = returns - returns.mean(axis=0)
    return (away**4).mean(axis=0) / (away**2).mean(axis=0) ** 2


def test_the_market_of_stocks_moves_as_the_one_column_market(run):
    one = Run(UniverseRules(fixed_claims=0.0)).returns[:, 0]
    assert yearly(run.market) == pytest.approx(0.15, abs=0.02)
    assert yearly(run.market) == pytest.approx(yearly(one), rel=0.06)
    assert np.corrcoef(run.market, one)[0, 1] > 0.95
    assert run.market.mean() * 252 == pytest.approx(one.mean() * 252, abs=0.03)


def test_large_stocks_move_25_to_40_percent_a_year(run):
    volatility = yearly(run.returns)
    assert 0.25 < np.median(volatility) < 0.35
    assert (volatility < 0.55).all() and (volatility > 0.18).all()
    assert np.mean((volatility > 0.23) & (volatility < 0.4)) > 0.9


def test_stocks_are_correlated_more_so_within_sectors(run):
    correlation = np.corrcoef(run.returns.T)
    sector = run.universe.sector
    same = sector[:, None] == sector
    above = np.triu(np.ones_like(same), 1)
    assert 0.2 < correlation[above > 0].mean() < 0.4
    assert correlation[(above > 0) & same].mean() > correlation[(above > 0) & ~same].mean() + 0.04


def test_tails_are_fat_and_thin_out_with_the_horizon(run):
    monthly = run.returns[:1260].reshape(60, 21, -1).sum(axis=1)
    assert np.median(kurtosis(run.returns)) > 6
    assert (kurtosis(run.returns) > 3).all()
    assert np.median(kurtosis(monthly)) - 3 < 0.5 * (np.median(kurtosis(run.returns)) - 3)


def lagged(x, y, most=10):
    """Mean correlation of x with y one to ``most`` days later."""
    return np.mean([np.corrcoef(x[:-k], y[k:])[0, 1] for k in range(1, most + 1)])


def test_all_companies_have_rough_days_together(quiet):
    """Uncertainty is common: with it, the companies' own moves grow and shrink together."""
    own = np.abs(quiet.returns).mean(axis=1)
    assert np.corrcoef(own[1:], own[:-1])[0, 1] > 0.5
    steady = np.abs(Run(macro=False, days=252, waves=False).returns).mean(axis=1)
    assert np.corrcoef(steady[1:], steady[:-1])[0, 1] < 0.3


@pytest.mark.parametrize(("spread", "low", "high"), [(0.45, 0.02, 0.2), (0.0, -0.01, 0.01)])
def test_news_of_a_company_comes_in_spells(spread, low, high):
    rules = STOCKS.model_copy(update={"volatility_of_volatility": spread, "jumps_per_year": 0.0,
                                      "report_share": 0.0})  # fmt: skip
    size = np.abs(Run(rules, macro=False, days=504, waves=False).returns)
    assert low < np.median([lagged(one, one) for one in size.T[:200]]) < high


# -- gearing --------------------------------------------------------------------------------------


STILL = {"expected_return": 0.0, "dividends_bn": 0.0, "jumps_per_year": 0.0, "report_share": 0.0}


def geared(fixed=0.5, **rules):
    return UniverseRules(kind="stocks", stocks=40, fixed_claims=fixed, **rules)


def test_news_weighs_more_after_a_fall_and_as_much_again_once_debts_have_followed():
    effects = []
    for years in (0.0, 20.0):
        universe = Universe(geared(**STILL), [], Streams(1))
        universe.start_day(0)
        universe.log_value -= math.log(1.5)
        for session in range(1, 2 + round(252 * years)):
            universe.start_day(session)
        before = universe.log_value.copy()
        universe.receive(MacroNews(0.0, 0.0, 0.01), 0.0, 0.0)
        effects.append((universe.log_value - before) / (0.01 * universe.beta))
    assert effects[0] == pytest.approx(1.25, abs=0.01)
    assert effects[1] == pytest.approx(1.0, abs=0.01)


def test_gearing_is_bounded_however_far_a_value_falls():
    universe = Universe(geared(), [], Streams(1))
    universe.log_value -= 50.0
    universe.start_day(0)
    before = universe.log_value.copy()
    universe.receive(MacroNews(0.0, 0.0, 0.01), 0.0, 0.0)
    assert (universe.log_value - before) / (0.01 * universe.beta) == pytest.approx(2.0)


def test_a_split_gears_nobody():
    universe, other = (Universe(geared(), [], Streams(1)) for _ in range(2))
    universe.split(3, 10.0)
    for each in (universe, other):
        each.start_day(0)
        each.receive(MacroNews(0.0, 0.0, 0.01), 1.0, 1.0)
    assert universe.log_value[3] == pytest.approx(other.log_value[3] - math.log(10.0))


def test_volatility_rises_after_falls_where_claims_are_fixed():
    """The leverage effect of values, with and without claims on the same news."""
    effect = {}
    for fixed in (0.0, 0.5):
        returns = Run(UniverseRules(kind="stocks", stocks=200, fixed_claims=fixed)).returns
        effect[fixed] = np.median([lagged(one, one**2) for one in returns.T])
    assert effect[0.5] < effect[0.0] - 0.002


def test_geared_values_keep_their_mean():
    rules = geared(**STILL)
    runs = [Run(rules, days=252, macro=False, seed=seed) for seed in range(1, 9)]
    growth = np.array([np.exp(run.value[-1] - run.value[0]) for run in runs])
    assert growth.mean() == pytest.approx(1.0, abs=3 * growth.std() / math.sqrt(growth.size))


def test_every_company_reports_four_times_a_year_on_its_own_day(run):
    assert (run.reported.sum(axis=0) == 4 * DAYS / 252).all()
    first = np.argmax(run.reported, axis=0)
    assert (np.argmax(run.reported[63:], axis=0) == first).all()
    slot = (run.universe.census.report_day + 1) % 63  # the quarter starts with the run
    assert np.array_equal(first, slot)


def test_reports_carry_their_share_of_the_variance(run):
    variance = (run.returns - run.returns.mean(axis=0)) ** 2
    share = (variance * run.reported).sum() / variance.sum()
    assert 0.05 < share < 0.17
    own = (run.returns - run.market[:, None] * run.universe.beta) ** 2
    assert 0.10 < (own * run.reported).sum() / own.sum() < 0.15


def test_own_volatility_is_the_stated_one(quiet):
    own = np.delete(quiet.returns, 0, axis=1)
    sector = 0.006**2
    stated = np.sqrt(np.delete(quiet.universe.volatility, 0) ** 2 + sector)
    assert np.mean(own.std(axis=0) / stated) == pytest.approx(1.0, abs=0.06)


def test_own_news_has_mean_one():
    rules = UniverseRules(kind="stocks", idiosyncratic_volatility=0.06, expected_return=0.0,
                          dividends_bn=0.0, fixed_claims=0.0)  # fmt: skip
    growth = np.exp(Run(rules, days=504, macro=False).returns)
    uncorrected = 0.5 * 0.06**2
    assert abs(growth.mean() - 1) < 0.25 * uncorrected


def test_sector_news_leaves_the_market_alone():
    rules = UniverseRules(kind="stocks", idiosyncratic_volatility=0.0, sector_volatility=0.02)
    run = Run(rules, days=126, macro=False)
    assert yearly(run.market) < 0.02
    assert yearly(run.returns).min() > 0.1


def test_higher_beta_and_duration_move_more():
    universe = Universe(STOCKS, [], Streams(1))
    before = universe.log_value.copy()
    universe.receive(MacroNews(0.0, 0.001, 0.0), 0.0, 0.0)
    assert universe.log_value - before == pytest.approx(-universe.beta * 0.025)
    before = universe.log_value.copy()
    universe.receive(MacroNews(0.001, 0.0, 0.0), 0.0, 0.0)
    assert universe.log_value - before == pytest.approx(-universe.rate_duration * 0.001)
    before = universe.log_value.copy()
    universe.receive(QUIET, 0.0, 252.0)
    growth = math.log(1.08) - universe.dividend_yield
    assert universe.log_value - before == pytest.approx(growth)


# -- common random numbers -----------------------------------------------------------------------


def test_newcomers_change_nothing_for_the_others():
    alone, other = Run(days=150), Newcomer(symbol="OTHER", value_per_share=9.0, shares=1e7)
    with_one = Run(days=150, newcomers=[NEW, "FOCUS"])
    with_two = Run(days=150, newcomers=[other, NEW])
    assert alone.value.tobytes() == with_one.value[:, :500].tobytes()
    assert alone.value.tobytes() == with_two.value[:, :500].tobytes()
    assert with_one.value[:, 500].tobytes() == with_two.value[:, 501].tobytes()
    assert yearly(with_one.returns)[500] > 0.3
    assert not with_one.returns[:, 501].any()


def test_a_company_has_no_news_of_its_own_before_its_day():
    """Until then it moves with market and sector; what others draw stays as it was."""
    late = Newcomer(symbol="NEW", value_per_share=20.0, shares=1e8, volatility=0.035,
                    own_news_from=100)  # fmt: skip
    never = Newcomer(symbol="NEW", value_per_share=20.0, shares=1e8, volatility=0.0)
    runs = [Run(days=200, newcomers=[each]) for each in (NEW, late, never)]
    early, later, still = (run.returns[:, 500] for run in runs)
    np.testing.assert_allclose(later[:100], still[:100], atol=1e-12)
    np.testing.assert_allclose(later[100:], early[100:], atol=1e-12)
    assert early[:100].std() > 1.3 * still[:100].std() > 0
    assert runs[0].value[:, :500].tobytes() == runs[1].value[:, :500].tobytes()


@pytest.mark.parametrize(
    ("off", "source"),
    [
        ({"jumps_per_year": 0.0}, "jumps"),
        ({"report_share": 0.0}, "reports"),
        ({"sector_volatility": 0.0}, "sectors"),
        ({"earnings_noise": 0.0}, "earnings"),
        ({"volatility_of_volatility": 0.0}, "spells"),
    ],
)
def test_switching_a_source_off_leaves_the_other_draws(off, source):
    """Every other stream stands where it stood, so its next number is the same."""
    names = ("stocks", "tails", "jumps", "sectors", "reports", "spells")
    streams = []
    for rules in ({}, off):
        streams.append(Streams(5))
        universe = Universe(UniverseRules(kind="stocks", stocks=20, **rules), [], streams[-1])
        for day in range(130):
            universe.start_day(day)
            universe.receive(QUIET, 1.0, 1.0)
    for name in names:
        if name != source:
            assert streams[0](f"news.{name}").random() == streams[1](f"news.{name}").random(), name


def test_the_order_of_an_instant_does_not_matter_for_the_day():
    """All the day's shares make up one day: half and half has the variance of a whole."""
    rules = UniverseRules(kind="stocks", jumps_per_year=0.0, report_share=0.0, fixed_claims=0.0)
    sizes = []
    for shares in ((1.0,), (0.5, 0.5), (0.3, 0.14, 0.14, 0.14, 0.14, 0.14)):
        universe = Universe(rules, [], Streams(2))
        start = universe.log_value.copy()
        for day in range(126):
            universe.start_day(day)
            for share in shares:
                universe.receive(QUIET, share, 0.0)
        sizes.append(float(np.std(universe.log_value - start)))
    assert sizes == pytest.approx([sizes[0]] * 3, rel=0.12)
