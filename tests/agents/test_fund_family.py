"""The compiled pass over a family of funds says what the equations say."""

import numpy as np
import pytest

from agents.coverage import even
from agents.fund_family import FundFamily, read_news, write_schedules
from experiments import build
from sim.index import Change
from tests.panels.worlds import actor, panel
from tests.runs import SMALL, scenario, trade


@pytest.mark.parametrize("kernel", [write_schedules, write_schedules.py_func])
def test_schedules_are_the_equations(kernel):
    rng = np.random.default_rng(0)
    funds, ordinary, stocks = 4, 6, 7
    opinion = rng.normal(0, 0.2, (funds, ordinary))
    noise = rng.standard_normal((funds, ordinary)).astype(np.float32)
    due = np.array([True, False, True, True])
    keep, size = rng.random(ordinary), rng.random(ordinary)
    cover = even(rng.random((funds, stocks)) + 0.1, np.ones(funds))
    log_value, disagreement = rng.normal(4, 1, stocks), rng.random(stocks)
    circulation, per_dollar = rng.random(stocks) * 1e9, rng.random(stocks) * 1e-4
    a_dollar = rng.random(stocks)
    wealth, total, money = rng.random(funds) * 1e9, 5e9, rng.random(funds) * 1e7
    held = rng.random((funds, stocks)) * 1e6
    learned, informed = rng.normal(4, 1, stocks), 3
    membership, tilt = rng.normal(0, 0.3, stocks), np.array([0.0, 0.2, 0.0, 1.0])
    elasticity = np.array([1.5, 1.5, 1.5, 0.4])
    usual, last = np.full(stocks, 0.1), np.full(stocks, 4.0)
    neutral, lean, value, cap, speed = (np.zeros((funds, stocks)) for _ in range(5))
    after = np.where(due[:, None], keep * opinion + size * noise, opinion)
    kernel(
        opinion, noise, due, keep, size, log_value, learned, informed, disagreement, circulation,
        membership, tilt, cover, per_dollar, a_dollar, wealth, total, money, elasticity, held,
        usual, last, 0.7, 1.7, neutral, lean, value, cap, speed,
    )  # fmt: skip
    np.testing.assert_allclose(opinion, after, rtol=1e-12)
    benchmarked = 1 + np.outer(tilt, membership)
    np.testing.assert_allclose(neutral, cover * np.outer(wealth / total, circulation) * benchmarked)
    np.testing.assert_allclose(lean, cover * np.outer(elasticity * wealth, per_dollar))
    np.testing.assert_allclose(cap, held + np.outer(money, a_dollar))
    seen = np.where(np.arange(funds)[:, None] < informed, log_value, learned)[:, :ordinary]
    np.testing.assert_allclose(value[:, :ordinary], seen + disagreement[:ordinary] * after)
    haste = np.clip(np.abs(value[:, :ordinary] - 4.0) - 0.7, 0.0, 1.0)
    np.testing.assert_allclose(speed[:, :ordinary], 0.1 + 0.9 * haste)


@pytest.mark.parametrize("kernel", [read_news, read_news.py_func])
def test_everybody_reads_the_news_his_own_way(kernel):
    rng = np.random.default_rng(1)
    news, disagreement = rng.normal(0, 0.02, 5), rng.random(5)
    noise, opinion = rng.standard_normal((3, 5)), rng.normal(0, 0.2, (3, 5))
    value, before = np.full((3, 6), 4.0), opinion.copy()
    kernel(news, 0.01, 0.5, disagreement, noise, opinion, value)
    read = 0.5 * news * noise
    np.testing.assert_allclose(opinion, before + read)
    np.testing.assert_allclose(value[:, :5], 4.0 + news + 0.01 + disagreement * read)
    assert (value[:, 5] == 4.0).all()


@pytest.mark.parametrize(("half_life", "opens"), [(5.0, True), (10_000.0, False)])
def test_mandates_open_once_a_giant_is_in_the_benchmark(half_life, opens):
    """Only then, and with the stated half-life; what all lean with grows with it."""
    changes = {
        "universe.kind": "stocks", "universe.stocks": 60, "indices.sp500.count": 60,
        "indices.sp500.make_room_rank": 10, "indices.sp500.eligibility": {},
        "indices.sp500.fast_entry": {"sessions": 10, "notice_sessions": 4, "no_deletion": False},
        "population.long_only.coverage": 1.0, "population.passive.assets": {"sp500": 1.0},
        "population.long_only.mandate_half_life": half_life,
        "population.hedge.mandate_half_life": half_life,
    }  # fmt: skip
    model = trade(build(scenario(SMALL, changes), 5), 9)
    column = model.listing.column
    family = next(p.family for p in model.participants if p.holder == "long_only")
    assert not model.indices["sp500"].members[column]
    assert family.mandate[column] == family.rules.mandate
    trade(model, 20)
    assert model.indices["sp500"].members[column]
    assert (family.mandate[column] > 0.5) == opens
    seasoned = model.scales.depth[column] / model.scales.lean_per_dollar[column]
    usual = model.scales.depth[0] / model.scales.lean_per_dollar[0]
    assert seasoned / usual == pytest.approx(family.mandate[column], rel=0.1)


def test_the_limit_of_weight_never_forces_a_sale():
    """Tested at purchase (Investment Company Act of 1940): risen shares may be kept."""
    model = trade(build(scenario(SMALL), 5), 5)
    column, rows = model.listing.column, [p.account for p in model.participants
                                          if p.holder == "long_only"]  # fmt: skip
    model.exchange.set_reference(column, 50 * model.exchange.last_price[column])
    held = model.ledger.holdings[rows, column].copy()
    model._open_day()
    for each in model._actors:
        each.start_day()
    assert (model.book.cap[rows, column] >= held - 1e-6).all()


def test_bids_are_the_equation_fund_by_fund(monkeypatch):
    """Q with the shares on offer for the circulation, padded, within what the fund can pay."""
    model = build(scenario(SMALL), 5)
    monkeypatch.setattr(model.scales, "response", lambda: 0.8)  # as where few are active
    listing, grid = model.listing, np.geomspace(20.0, 600.0, 40)
    model._open_day()
    for each in model._actors:
        each.start_day()
    listing.indicated_coverage = 2.5
    asked = [p for p in model.participants if p.holder in ("long_only", "hedge")]
    assert len({p.rules.padding > 2.5 for p in asked}) == 2
    for fund in asked:
        rules, c = fund.rules, listing.column
        story = model.focus.beliefs[c].log_values[fund.story[c]]
        value = story + fund.family.focus_opinion[c][fund.number] + model.scales.anchor
        lean = 0.8 * rules.mandate * rules.elasticity * fund.wealth * listing.shares_after
        wish = listing.shares_on_offer * fund.wealth / model.scales.neutral_wealth
        wish = wish + lean / listing.market_value * (value - np.log(grid))
        money = min(rules.max_weight * fund.wealth, fund.cash + rules.leverage * fund.wealth)
        wish = np.clip(wish, 0.0, money / grid) * min(2.5, rules.padding)
        expected = np.minimum(wish, money / grid)
        np.testing.assert_allclose(fund.bid(listing, grid), expected, rtol=1e-9)
    other = fund.bid(listing, 2 * grid)
    assert (other < fund.bid(listing, grid)).any()


@pytest.mark.parametrize("passive_share", [0.18, 0.0])
def test_an_index_change_is_an_event_only_where_money_follows(passive_share):
    model = build(panel({"population.passive_share": passive_share}), 1)
    funds = actor(model, FundFamily)
    model.step()
    index = model.indices["crsp-total-market"]
    column, today = int(np.flatnonzero(index.members)[0]), model.session
    shares = float(index.shares[column])
    index.pending.append(Change(index.name, "float", column, today, today + 1, "", shares=shares))
    model.step()
    hurried = model.book.speed[funds.rows, column] >= funds.rules.event_speed
    assert hurried.all() == (passive_share > 0)
    assert (column in model.changing_at_close()) == (passive_share > 0)
