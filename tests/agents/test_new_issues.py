"""Those who are there because private companies come to market."""

import math
from types import SimpleNamespace

import mesa
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.banker import Banker, BankerRules
from agents.book_reading import MARGIN, BookReader, BookReadingRules
from agents.comparables import ComparablesRules, expected_log_value
from agents.flipper import Flipper
from agents.fund_family import FundFamily
from agents.ipo_window import FILED, GONE, PREPARING, WAITING
from agents.issue_traders import IssueTraders
from agents.market_maker import MarketMakerCrew
from agents.new_issues import NewIssues
from agents.seasoning import MOST, Seasoning
from experiments import build
from experiments.panels import ipo_table
from sim.offering.book import RETAIL, Book
from tests.panels.worlds import MANY, NO_CROWD, actor, panel, run_days, usual, window_of

#: Companies that withdraw easily and soon try again.
HARD = {
    "pipeline.patience_low": 0.0,
    "pipeline.patience_high": 0.02,
    "population.issuance.window.retry_after": 5,
    "population.issuance.window.comparables.error": 0.4,
    "population.issuance.window.prepare_low": 0,
    "population.issuance.window.prepare_high": 5,
    "population.issuance.window.wait": 2,
}


# -- newcomers ---------------------------------------------------------------------------------
def test_newcomers_open_at_what_is_known_of_them():
    """Market makers and uninformed funds start from the offer."""
    model = build(panel(MANY), 4)
    makers, funds = actor(model, MarketMakerCrew), actor(model, FundFamily)
    while not any(li.offer_price and li.first_session > model.session for li in model.listings):
        model.step()
    listing = next(li for li in model.listings if li.offer_price)
    model._open_day()
    for each in model._actors:
        each.start_day()
    model._publish(0)
    makers.before_auction(0)
    offer = math.log(listing.offer_price)
    assert makers._fair[listing.column] == pytest.approx(offer, abs=1e-9)
    assert funds.learned[listing.column] == pytest.approx(offer, abs=1e-9)


def test_what_has_been_heard_before_the_filing_is_in_the_range():
    model, filed = build(panel(MANY), 4), 0
    while filed < 10:
        model.step()
        new = model.listings[filed:]
        filed += len(new)
        assert not model.universe.news_shift[[li.column for li in new]].any()


def test_the_company_has_what_the_banks_leave_it():
    model = usual()
    sold = [li for li in model.listings if li.offer_price and li.stabilisation]
    for listing in sold:
        exercised = listing.stabilisation.exercised
        usd, shares = model.universe._raised[listing.column]
        gross = (listing.new_shares + exercised) * listing.offer_price
        assert shares == pytest.approx(listing.new_shares + exercised)
        assert usd == pytest.approx((1 - listing.terms.gross_spread) * gross)
    assert sold


# -- the window -------------------------------------------------------------------------------
def opened(**signals):
    window = window_of(build(panel(), 1))
    values = {"heat": 0.0, "dearness": 0.0, "market": 0.0} | signals
    window._issues = SimpleNamespace(
        heat=values["heat"], dearness=values["dearness"], market_return=lambda _: values["market"]
    )
    return window.openness


def test_the_window_opens_with_every_signal_and_only_so_far():
    assert opened() == 1
    for name in ("heat", "dearness", "market"):
        assert opened(**{name: -0.1}) < 1 < opened(**{name: 0.1})
    assert opened(heat=100.0) == pytest.approx(math.exp(2.0))
    assert opened(dearness=-100.0) == pytest.approx(math.exp(-2.0))


def test_more_companies_come_when_recent_issues_did_well():
    filed = []
    for heat in (-0.4, 0.4):
        model = build(panel(MANY), 6)
        issues = actor(model, NewIssues)
        for _ in range(40):
            issues.recent, issues.usual = heat, 0.0
            model.step()
        filed.append(len(model.listings))
    assert filed[1] > 1.3 * filed[0]


def test_nothing_is_filed_before_it_is_prepared():
    window = window_of(usual())
    first = {}
    for number, listing in window.listings:
        first.setdefault(number, listing)
    for number, listing in first.items():
        ready = window.companies[number].ready
        filed = listing.model.calendar.index(listing.terms.dates.public_filing)
        if ready >= 0:
            assert filed > ready + window.rules.prepare_low
    assert set(np.unique(window.stage)) <= {WAITING, PREPARING, FILED, GONE}


def test_who_withdraws_tries_once_more_and_holds_its_shares_once():
    model = run_days(panel(HARD), 5, 150)
    window = window_of(model)
    assert (window.tries == 2).any()
    assert window.tries.max() == 2
    assert (window.stage == GONE).any()
    for number in np.flatnonzero(window.stage == GONE):
        column = window.first_column + int(number)
        terms = [li.terms for k, li in window.listings if k == number]
        assert model.ledger.outstanding[column] == pytest.approx(terms[-1].shares_outstanding)
        assert model.ledger.outstanding[column] == pytest.approx(model.universe.shares[column])
    model.ledger.check()


def test_ranges_lie_where_companies_aim():
    """At the second try as well, however far the value has gone: shares are split."""
    window = window_of(run_days(panel(HARD), 5, 150))
    for number, listing in window.listings:
        middle = sum(listing.terms.range) / 2
        assert middle == pytest.approx(window.companies[number].price, abs=0.01)
    assert (window.tries == 2).any()


def test_companies_of_later_years_are_of_the_same_sizes():
    """News of years before a company is ready would spread sizes ever wider."""
    rough = {"days": 756, "pipeline.per_year": 100, "pipeline.volatility": 0.1}
    table = ipo_table(run_days(panel(MANY, NO_CROWD, rough), 1))
    size = np.log(table["proceeds_filed"].to_numpy(float))
    third = len(size) // 3
    assert third > 40
    assert size[-third:].std() < 1.25 * size[:third].std()


def test_a_company_too_small_to_be_listed_waits():
    window = window_of(run_days(panel(MANY, {"population.issuance.window.smallest": 100e6}), 2, 90))
    raised = [li.terms.shares * sum(li.terms.range) / 2 for _, li in window.listings]
    assert len(raised) > 10
    assert min(raised) > 30e6  # ranges miss value, but not by that much
    small = [k for k in range(len(window.companies)) if window._would_raise(k) < 30e6]
    assert small and not window.tries[small].any()


# -- the banks --------------------------------------------------------------------------------
def test_comparables_without_error_say_value_and_the_sector_gap():
    model = build(panel(), 1)
    column = model.n_market
    rng = np.random.default_rng(1)
    exact = ComparablesRules(peers=100, error=0.0)
    model.universe.sector[:] = 0
    gap = model.exchange.last_log_price - model.universe.log_value
    usual_gap = float(gap[model.universe.listed].mean())
    value = float(model.universe.log_value[column])
    assert expected_log_value(model, exact, column, rng) == pytest.approx(value + usual_gap)
    model.exchange.last_log_price[model.universe.listed] += 0.2
    assert expected_log_value(model, exact, column, rng) == pytest.approx(value + usual_gap + 0.2)
    noisy = ComparablesRules(peers=0, error=0.3)
    draws = [math.exp(expected_log_value(model, noisy, column, rng) - value) for _ in range(4000)]
    assert np.mean(draws) == pytest.approx(1, abs=0.03)


GRID = np.geomspace(2, 50, 80)


def book(scale=1.0, retail=0.0):
    funds = scale * np.array([1000 * (20 / GRID), 600 * (15 / GRID)])
    return Book.of(GRID, [*funds, retail / GRID], ["long_only", "hedge", RETAIL])


def offering(coverage, shares=1500.0, quota=0.2):
    terms = SimpleNamespace(retail_share=quota, range=(9.0, 11.0))
    return SimpleNamespace(terms=terms, indicated_coverage=coverage, shares_on_offer=shares)


def reader(experience=1.0, bargaining=0.0):
    banker = Banker(mesa.Model(), BankerRules(bargaining=bargaining))
    return BookReader(BookReadingRules(), SimpleNamespace(reading=experience), banker)


def test_a_padded_book_is_read_like_an_honest_one():
    honest = reader().honest_price(offering(1.0), book())
    assert reader().honest_price(offering(2.0), book(2.0)) == pytest.approx(honest)
    assert reader().reading(offering(2.0), book(2.0)) < 0.8


def test_experience_moves_the_reading_but_never_beyond_what_the_book_carries():
    assert reader(0.8).reading(offering(1.0), book()) == pytest.approx(0.8)
    assert reader(3.0).reading(offering(1.0), book()) == pytest.approx((1 - MARGIN) / 0.9)


@given(st.floats(0.2, 3), st.floats(0.3, 3), st.floats(0, 20))
def test_no_deal_is_priced_above_what_its_book_carries(scale, experience, bargaining):
    bank = reader(experience, bargaining)
    stated = book(scale).clearing_price(1500.0)
    value = stated * bank.reading(offering(1.0), book(scale))
    discount = bank._banker.discount_at(10.0 / 0.9, value)
    assert (1 - discount) * value <= stated * (1 - 0.5 * MARGIN)


def test_retail_orders_count_up_to_their_quota():
    counted = reader().counted(offering(1.0), book(retail=1e6))
    assert counted.demand[2].max() == pytest.approx(BookReadingRules().retail * 0.2 * 1500)
    np.testing.assert_array_equal(counted.demand[:2], book().demand[:2])
    few = reader().counted(offering(1.0), book(retail=10.0))
    np.testing.assert_array_equal(few.demand, book(retail=10.0).demand)


def test_institutions_get_more_of_what_they_want_more():
    lukewarm, keen = (reader().retail_share(offering(1.0), book(s)) for s in (0.4, 2.0))
    assert keen < 0.2 < lukewarm


def test_banks_learn_what_books_and_comparables_miss():
    issues = actor(usual(), NewIssues)
    assert 0.3 < issues.reading < 3 and issues.reading != 1
    assert 0.3 < issues.premium < 3 and issues.premium != 1
    assert issues.recent != 0


# -- the others -------------------------------------------------------------------------------
def test_flippers_are_out_after_a_few_days():
    model = usual()
    flipper = actor(model, Flipper)
    table = ipo_table(model)
    assert (table["allocation_flippers"] > 0).any()
    old = [li.column for li in model.listings if li.offer_price and li.day > 20]
    young = [li.column for li in model.listings if li.offer_price and li.day == 0]
    assert (flipper.holdings[old] < 0.01 * model.ledger.outstanding[old]).all()
    assert old or young


def test_investors_come_to_agree():
    model = run_days(panel({"population.issuance.seasoning.half_life": 20.0}), 3, 100)
    listing = next(li for li in model.listings if li.offer_price and li.day > 40)
    start = {c.newcomer.symbol: c.newcomer.disagreement for c in window_of(model).companies}
    extra = start[listing.terms.symbol] - 1
    expected = 1 + extra * 0.5 ** ((listing.day + 1) / 20)
    assert model.universe.disagreement[listing.column] == pytest.approx(expected)
    unlisted = next(li for li in model.listings if li.day < 0)
    assert model.universe.disagreement[unlisted.column] == start[unlisted.terms.symbol]


def test_funds_learn_how_much_others_hold():
    model = usual()
    seasoning = actor(model, Seasoning)
    assert seasoning.usual != seasoning.rules.usual
    claims = model.scales.claims[model.n_market :]
    others = np.clip(seasoning.usual + seasoning._unusual, 0, MOST)
    np.testing.assert_allclose(claims, 1 - others)
    assert np.ptp(seasoning._unusual) > 0.1
    assert (model.scales.claims[: model.n_market] == 1).all()


def test_a_deal_placed_with_customers_leaves_less_to_funds():
    told = actor(usual(), Seasoning)
    deaf = actor(run_days(panel({"population.issuance.seasoning.told": 0.0}), 3, 60), Seasoning)
    assert not deaf._unusual.any()
    first, second = told.columns.start, told.columns.start + 1
    told.allotted(first, 0.1)
    told.allotted(second, 0.7)
    claims = told.model.scales.claims
    assert claims[first] - claims[second] == pytest.approx(0.6, abs=0.03)
    told.allotted(second, 5.0)
    assert claims[second] == pytest.approx(0.1)


def test_day_traders_come_to_hot_deals():
    """h = coverage / (coverage + half), from half covered to many times; 1 for all without it."""
    hot = actor(usual(), IssueTraders)
    half = hot.rules.half
    heat = hot._heat[hot.model.universe.listed[hot.columns]]
    assert 0.5 / (0.5 + half) < heat.min() < 1 / (1 + half) + 0.2
    assert 4 / (4 + half) < heat.max() < 1
    alike = {"population.issuance.day_traders.half": 0.0}
    assert (actor(run_days(panel(alike), 3, 60), IssueTraders)._heat == 1).all()


def test_day_traders_who_look_more_often_trade_more_but_hold_no_more():
    volume, held = [], []
    for rounds in (2, 20):
        model = run_days(panel(MANY, {"population.issuance.day_traders.rounds": rounds}), 2, 60)
        table = ipo_table(model).dropna(subset=["volume_1"])
        volume.append(((table["volume_0"] + table["volume_1"]) / table["shares"]).mean())
        traders = actor(model, IssueTraders)
        c = traders.columns
        held.append(
            model.ledger.holdings[traders.rows, c].sum() / model.scales.circulation[c].sum()
        )
    assert volume[1] > 1.3 * volume[0]
    assert held[1] == pytest.approx(held[0], rel=0.3)


# -- what banks do ----------------------------------------------------------------------------
#: Ranges that miss by much, so that many deals end below them.
MISSED = MANY | {"population.issuance.window.comparables.error": 0.4}


def missed(changes, seed=2):
    """The table of a run in which ranges miss by much, and which deals ended below their range."""
    table = ipo_table(run_days(panel(MISSED, changes), seed, 150)).dropna(subset=["close_0"])
    below = table["offer"] < table["range_low"]
    assert below.sum() > 5
    return table, below


def test_companies_that_are_told_of_less_bargain():
    """Loughran and Ritter (2002): little is left on the table in deals below their range."""
    left = []
    for bargaining in (5.0, 0.0):
        table, below = missed({"population.banker.bargaining": bargaining})
        left.append(np.log(table["book_clearing"] / table["offer"])[below].mean())
    assert 0 < left[0] < left[1] - 0.03


def test_institutions_get_less_of_what_the_book_likes_less():
    """Aggarwal, Prabhala and Puri (2002); less so without customers who take any deal."""

    def to_institutions(table):
        part = 1 - table["allocation_retail"] / table.filter(like="allocation_").sum(axis=1)
        return [
            part[where].mean()
            for where in (table["offer"] < table["range_low"], table["offer"] > table["range_high"])
        ]

    def of_three(changes):
        return to_institutions(pd.concat([missed(changes, seed)[0] for seed in (2, 3, 4)]))

    with_them = of_three({})
    without = of_three({"population.issuance.crowd.subscribers": 0.0})
    assert with_them[1] - with_them[0] > 0.2
    assert with_them[1] - with_them[0] > without[1] - without[0] + 0.1


def test_known_flippers_get_less():
    parts = []
    for fraction in (1.0, 0.1):
        changes = {"population.banker.allocation.flippers": fraction}
        table = missed(changes)[0]
        parts.append((table["allocation_flippers"] / table["shares"]).mean())
    assert 0 < parts[1] < 0.8 * parts[0]
