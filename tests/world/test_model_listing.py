"""Corners of an offering that are easy to get wrong: no lock-up, arrivals, limits, shocks."""

import numpy as np
import pytest

from experiments import build, load_scenario
from sim.inputs import InputError
from tests.runs import NO_MAKERS, NO_MOMENTUM, NO_SHORTS, SMALL, scenario, trade

FREE = {"offering.lockup": None}


def test_without_a_lockup_insiders_sell_from_the_first_day():
    model = trade(build(scenario(SMALL, FREE), 4), 10)
    listing = model.listing
    holder = "venture_funds"
    held = model.ledger.holdings[listing.insiders[holder].account, listing.column]
    assert held < 0.95 * listing.terms.stakes()[holder]


def test_lent_shares_come_back_unlocked_where_nothing_is_locked():
    model = trade(build(scenario(SMALL, FREE), 4), 40)
    assert not model.ledger.locked[:, model.listing.column].any()


def arrivals(model):
    """Arrived at the opening cross by class of holder, in two rounds."""
    seen = {}
    real = model.exchange.opening_cross

    def watched(column, reference, arrival):
        for number in (0, 5):
            for participant, part in zip(model.participants, arrival(number), strict=True):
                seen.setdefault(participant.holder, []).append(part)
        return real(column, reference, arrival)

    model.exchange.opening_cross = watched
    trade(model, 1)
    return seen


@pytest.mark.parametrize("absent", [NO_SHORTS, NO_MOMENTUM, NO_MAKERS])
def test_arrival_at_the_opening_does_not_depend_on_who_else_is_there(absent):
    everybody = arrivals(build(scenario(SMALL), 3))
    fewer = arrivals(build(scenario(SMALL, absent), 3))
    assert fewer
    for holder in fewer:
        assert fewer[holder] == everybody[holder], holder


def test_a_daily_limit_counts_from_the_first_trade_and_not_from_the_offer():
    cheap = {
        "offering.price": 60.0,
        "offering.reservation_price": 0.0,
        "offering.minimum_raise": 0.0,
    }
    model = trade(build(scenario(SMALL, cheap, {"market.daily_limit": 0.05}), 3), 1)
    first, close = (series[0, model.listing.column] for series in
                    (model.recorder.open, model.recorder.close))  # fmt: skip
    assert close > 60 * 1.06
    assert abs(close / first - 1) < 0.051


def test_a_shock_leaves_the_readings_of_other_news_as_they_were():
    shock = {"day": 3, "input": "target_margin", "segment": "ai", "change": 0.001}
    models = [
        trade(build(scenario(SMALL, changes), 3), 20)
        for changes in ({}, {"news.shocks": [shock]})
    ]  # fmt: skip
    states = [m.streams("interpretation.long_only").bit_generator.state for m in models]
    assert states[0] == states[1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"population.retail.people": 4}, "people: got 4"),
        ({"population.retail.people": 8, "population.retail.links": 4}, "people: got 8"),
        (
            {"offering.mechanism": "direct_listing", "offering.private_marks": []},
            "private_marks: got none",
        ),
        ({"offering.symbol": "MKT"}, "offering.symbol: got MKT"),
        ({"offering.insiders": [], "offering.lockup": None}, "insiders: got none"),
        ({"offering.company": "openai"}, "expected one of spacex"),
    ],
)
def test_worlds_that_cannot_be_are_refused_before_anything_runs(changes, said):
    with pytest.raises(InputError) as error:
        load_scenario("spacex", changes)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["companies = 3", "[companies]\nspacex = 3"])
def test_companies_must_be_tables(tmp_path, text):
    file = tmp_path / "mine.toml"
    file.write_text(f'extends = "spacex"\n{text}\n')
    with pytest.raises(InputError, match="companies"):
        load_scenario(file)


def test_an_offering_after_the_last_report_is_no_error(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'extends = "spacex"\n[offering.dates]\npublic_filing = 2040-05-21\n'
        "terms_set = 2040-06-04\npricing = 2040-06-12\nfirst_trade = 2040-06-13\n"
    )
    assert load_scenario(file).offering.dates.first_trade.year == 2040


def test_the_smallest_purchase_of_the_syndicate_covers_its_short():
    """Left out day by day, small ones would add up to shares that nobody has booked."""
    model = trade(build(scenario(SMALL), 4), 1)
    listing, ledger = model.listing, model.ledger
    short = listing.stabilisation.remaining
    assert short > 0
    free = ledger.holdings[:, listing.column] - ledger.locked[:, listing.column]
    seller = int(np.argmax(free))
    syndicate = listing.syndicate
    ledger.transfer(seller, syndicate.account, listing.column, 5.0, listing.offer_price)
    syndicate.bought, syndicate.spent = 5.0, 5.0 * listing.offer_price
    syndicate.after_close()
    assert listing.stabilisation.remaining == pytest.approx(short - 5.0, abs=1e-6)
    syndicate.bought = -1e-7  # rounding of an auction is no sale
    syndicate.after_close()
    assert listing.stabilisation.remaining == pytest.approx(short - 5.0, abs=1e-6)
    ledger.check()


def test_what_the_crowd_was_allotted_belongs_to_its_people_whatever_they_think_by_then():
    model = build(scenario(SMALL), 4)
    while model.day < -1:
        model.step()
    column = model.listing.column
    crowd = model.focus.crowds[column]
    crowd.leaning[:] = -5.0  # since the pricing everybody has lost faith
    trade(model, 1)
    held = float(model.ledger.holdings[crowd.account, column])
    assert held > 0
    assert crowd.shares.sum() == pytest.approx(held)
