"""The offering inside the model: every way it can go, and what it leaves in the books."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import build, read_results, run
from experiments.results import Result, write
from experiments.simulate import collect
from sim.model import MarketModel
from tests.runs import SMALL, scenario, trade

DAYS = 40  # the over-allotment option has run out by then

PATHS: dict[str, dict[str, Any]] = {
    "fixed price": {},
    "cut": {
        "offering.price": 250.0,
        "offering.reservation_price": 0.0,
        "offering.minimum_raise": 0.0,
    },
    "downsized": {
        "offering.price": 200.0,
        "offering.reservation_price": 195.0,
        "offering.minimum_raise": 0.0,
    },
    "secondary": {"offering.secondary_shares": 2e8},
    "spread on the option": {"offering.over_allotment_spread": 0.05},
    "bookbuilding": {"offering.mechanism": "bookbuilding"},
    "auction": {"offering.mechanism": "uniform_auction"},
    "direct listing": {"offering.mechanism": "direct_listing"},
}
SOLD = [name for name in PATHS if name != "direct listing"]
WITHDRAWN = {
    "offering.price": 600.0,
    "offering.reservation_price": 600.0,
    "offering.minimum_raise": 3e11,
}


@cache
def after(path: str, days: int = DAYS, seed: int = 4) -> MarketModel:
    """A model that has taken this path."""
    return trade(build(scenario(SMALL, PATHS[path], {"days": days}), seed), days)


def record(model: MarketModel) -> dict[str, Any]:
    assert model.listing is not None
    return model.listing.record()


@pytest.mark.parametrize("path", SOLD)
def test_what_is_allotted_is_what_is_sold(path: str) -> None:
    """The book is filled to the share and nobody gets more than he bid."""
    model = after(path)
    listing, told = model.listing, record(model)
    assert listing is not None and listing.book is not None and listing.allocation is not None
    sold = told["shares"] + told["over_allotment"]["sold"]
    assert listing.allocation.sum() == pytest.approx(sold, rel=1e-9)
    assert sum(told["allocation_by_class"].values()) == pytest.approx(sold, rel=1e-9)
    bids = listing.book.at(told["offer_price"])
    assert (listing.allocation <= bids * (1 + 1e-9) + 1e-6).all()
    assert sum(told["bids_by_class"].values()) == pytest.approx(
        told["oversubscription"] * told["shares"]
    )
    assert told["primary_shares"] + told["secondary_shares"] == pytest.approx(told["shares"])
    assert told["oversubscription"] >= 1 - 1e-9


@pytest.mark.parametrize("path", SOLD)
def test_the_issuer_has_the_proceeds_less_the_spread(path: str) -> None:
    """Cash of the company at the end is what ``offering.json`` says it raised, net.

    Sellers of secondary shares get the offer for theirs and bear the spread on them.
    """
    model = after(path)
    listing, told = model.listing, record(model)
    assert listing is not None
    price, primary, exercised = (
        told["offer_price"],
        told["primary_shares"],
        told["over_allotment"]["exercised"],
    )
    gross = price * (primary + exercised)
    assert told["gross_proceeds_usd"] == pytest.approx(gross)
    cash = float(model.ledger.cash[listing.issuer_account])
    assert cash == pytest.approx(told["net_proceeds_usd"], rel=1e-9)
    fee = listing.terms.gross_spread * primary + listing.terms.over_allotment_spread * exercised
    assert cash == pytest.approx(gross - price * fee, rel=1e-9)
    on_secondary = listing.terms.gross_spread * told["secondary_shares"]
    assert told["gross_spread_usd"] == pytest.approx(price * (fee + on_secondary), rel=1e-9)


@pytest.mark.parametrize("path", SOLD)
def test_the_over_allotment_is_settled(path: str) -> None:
    """After the window every share sold short was bought back or newly issued, none is owed."""
    model = after(path)
    listing, told = model.listing, record(model)
    assert listing is not None and listing.stabilisation is not None
    extra, c = told["over_allotment"], listing.column
    assert listing.stabilisation.closed
    assert told["stabilisation"]["remaining_short"] == 0
    assert extra["exercised"] + extra["covered_in_market"] == pytest.approx(extra["sold"])
    assert model.ledger.holdings[listing.syndicate.account, c] == pytest.approx(0, abs=1.0)
    assert model.ledger.outstanding[c] == pytest.approx(
        sum(listing.terms.stakes().values()) + told["primary_shares"] + extra["exercised"]
    )
    assert model.ledger.outstanding[c] == pytest.approx(told["shares_after"], rel=1e-6)
    if extra["sold"]:
        above = model.recorder.close[:DAYS, c] >= told["offer_price"]
        assert (extra["covered_in_market"] > 0) <= (not above.all())


@pytest.mark.parametrize("path", [name for name in SOLD if name != "secondary"])
def test_insiders_keep_all_and_locked_all_on_the_first_day(path: str) -> None:
    """Nothing but what was sold is free on the first day; insiders hold all of the rest."""
    model = after(path, days=1)
    listing, told = model.listing, record(model)
    assert listing is not None
    ledger, c = model.ledger, listing.column
    sold = told["shares"] + told["over_allotment"]["sold"]
    assert listing.free_shares_at_listing == pytest.approx(sold, rel=1e-9)
    lent = told["over_allotment"]["sold"] - told["over_allotment"]["covered_in_market"]
    for holder, stake in listing.terms.stakes().items():
        account = listing.insiders[holder].account
        gave = lent if holder == "founder" else 0.0
        assert ledger.holdings[account, c] == pytest.approx(stake - gave, rel=1e-6)
        assert ledger.locked[account, c] == pytest.approx(stake - gave, rel=1e-6)


def test_secondary_shares_are_paid_for_and_not_new() -> None:
    """The seller gets the offer less the spread; the count of shares does not grow by them."""
    model = after("secondary")
    listing, told = model.listing, record(model)
    assert listing is not None
    assert told["secondary_shares"] == pytest.approx(2e8)
    founder = listing.insiders["founder"].account
    net = told["offer_price"] * (1 - listing.terms.gross_spread)
    assert model.ledger.cash[founder] == pytest.approx(2e8 * net)


def test_a_price_nobody_pays_is_cut_to_one_the_book_covers() -> None:
    """An issuer without a reservation price takes what clears."""
    told = record(after("cut"))
    assert told["decision"] == "cut"
    assert told["offer_price"] < 250
    assert told["shares"] == pytest.approx(after("cut").world.debuts[0].terms.offered)
    assert "250.00" in told["reason"]


def test_an_issuer_with_a_reservation_price_sells_less() -> None:
    """Above its reservation price the book takes only part: fewer shares are sold."""
    told = record(after("downsized"))
    assert told["decision"] == "downsized"
    assert told["offer_price"] >= 195
    assert 0 < told["shares"] < after("downsized").world.debuts[0].terms.offered


def test_bookbuilding_finds_its_own_price() -> None:
    """The banks file a range and price from the book, whatever price the file names."""
    told = record(after("bookbuilding"))
    assert told["range"]["low"] < told["range"]["high"]
    other = trade(build(scenario(SMALL, PATHS["bookbuilding"], {"offering.price": 60.0}), 4), 1)
    assert record(other)["offer_price"] == told["offer_price"] != 135.0
    if told["lambda_up"] is not None:
        assert 0 <= told["lambda_up"] <= 1
    assert told["offer_price"] < told["book_clearing_price"]


def test_an_auction_leaves_little_to_the_first_day() -> None:
    """The uniform price takes exactly the shares offered and is the highest that does."""
    told = record(after("auction"))
    assert told["offer_price"] == pytest.approx(told["book_clearing_price"], abs=0.01)
    assert told["oversubscription"] == pytest.approx(1, abs=0.01)
    assert told["over_allotment"]["sold"] == 0
    assert told["offer_price"] > record(after("fixed price"))["offer_price"]


def test_a_direct_listing_raises_nothing_and_locks_nothing() -> None:
    """No new shares, no money, no spread; insiders sell to the market from the first day."""
    model = after("direct listing")
    listing, told = model.listing, record(model)
    assert listing is not None
    assert told["decision"] == "listed" and told["offer_price"] is None
    assert told["reference_price"] == listing.terms.last_mark
    assert told["gross_proceeds_usd"] == told["gross_spread_usd"] == 0
    assert model.ledger.cash[listing.issuer_account] == 0
    c = listing.column
    assert model.ledger.outstanding[c] == pytest.approx(sum(listing.terms.stakes().values()))
    assert not model.ledger.locked[:, c].any()
    assert (model.recorder.float_fraction[:DAYS] == 1).all()
    assert model.recorder.volume[0, c] > 0


@pytest.mark.parametrize("seed", [4, 5, 7])
def test_insiders_are_at_the_cross_of_a_direct_listing_in_part(seed: int) -> None:
    """Seeds in which a group as a whole would have come after the cross: nobody sold, and the first
    close was two to ten times the last private mark."""
    model = after("direct listing", days=1, seed=seed)
    listing = model.listing
    assert listing is not None and listing.opening is not None
    sellers = [each for each in listing.insiders.values() if each.rules.sell > 0]
    held = sum(listing.terms.stakes().get(each.holder, 0.0) for each in sellers)
    assert listing.opening.volume > 0.01 * held
    assert model.recorder.close[0, listing.column] < 2 * listing.terms.last_mark


def test_a_withdrawn_offering_ends_the_run(tmp_path: Path) -> None:
    """It says so and why; nothing trades, nothing was delivered, and the folder is whole."""
    result = run(scenario(SMALL, WITHDRAWN, {"days": 20}), seed=4)
    model, listing = result.model, result.model.listing
    assert listing.decision == result.summary["decision"] == "withdrawn"
    assert not model.running and model.day < 0
    assert model.date == listing.terms.dates.pricing
    assert result.offering["reason"] == listing.pricing.reason != ""
    assert result.offering["offer_price"] is None and result.summary["offer_price"] is None
    assert model.recorder.days == 0 and result.prices.empty and result.holdings.empty
    assert result.summary["first_close"] is None and result.summary["closes"]["5"] is None
    pricing = result.events[result.events["kind"] == "pricing"]["detail"].tolist()
    assert len(pricing) == 1 and pricing[0].startswith("withdrawn: ")
    c = listing.column
    assert model.ledger.outstanding[c] == pytest.approx(sum(listing.terms.stakes().values()))
    assert not model.universe.listed[c]
    back = read_results(write(result, tmp_path / "out", figures=False))
    assert back.summary["decision"] == "withdrawn" and back.prices.empty
    assert "withdrawn" in str(back)


def test_the_withdrawn_can_be_drawn(tmp_path: Path) -> None:
    """Figures of a run without a price do not stop it from being written."""
    result = run(scenario(SMALL, WITHDRAWN, {"days": 20}), seed=4)
    write(result, tmp_path / "out")
    assert (tmp_path / "out" / "summary.json").exists()


@pytest.mark.parametrize(
    ("shock", "sign"),
    [
        ({"input": "attention", "change": -3.0}, -1),
        ({"input": "attention", "change": 3.0}, 1),
        ({"input": "cost_of_capital", "change": 0.01}, -1),
    ],
    ids=["media silent", "media loud", "dearer capital"],
)
def test_a_change_of_mood_in_the_roadshow_changes_the_book(
    shock: dict[str, Any], sign: int
) -> None:
    """Bad news before pricing makes the book thinner; good mood fills it."""
    calm, moved = (
        coverage_of({}, seed=4),
        coverage_of({"news.shocks": [{"day": -4, **shock}]}, seed=4),
    )
    assert sign * (moved - calm) > 0


def coverage_of(changes: dict[str, Any], seed: int) -> float:
    """Coverage on the evening of pricing; the people are many enough for moods to differ."""
    people = {"population.retail.people": 1000}
    chosen = scenario(SMALL, people, {"offering.price": 110.0, **changes})
    model = build(chosen, seed)
    assert model.listing is not None
    while model.listing.pricing is None:
        model.step()
    assert model.listing.coverage is not None
    return model.listing.coverage


def test_the_roadshow_is_told_in_order() -> None:
    """Filing, terms, pricing, listing: each once, each on its day."""
    model = after("fixed price")
    listing = model.listing
    assert listing is not None
    dates = listing.terms.dates
    told = {e.kind: e.date for e in reversed(model.recorder.events)}
    assert [told[kind] for kind in ("filing", "terms", "pricing", "listing")] == [
        dates.public_filing,
        dates.terms_set,
        dates.pricing,
        dates.first_trade,
    ]
    assert model.recorder.dates[0] == dates.first_trade


def test_the_first_trade_is_an_auction_and_not_the_offer() -> None:
    """The opening price clears the orders of those who came, some time after the bell."""
    model = after("fixed price")
    listing = model.listing
    assert listing is not None
    opening = listing.opening
    assert opening.price == model.recorder.open[0, listing.column] != listing.offer_price
    assert opening.delay_minutes > 0 and opening.volume > 0
    assert opening.indicative[-1] == opening.price
    assert model.recorder.volume[0, listing.column] >= opening.volume


def test_unlocked_shares_are_those_of_the_ladder() -> None:
    """What the ledger has freed by each date is what the tranches due by then say."""
    model = trade(build(scenario(SMALL, {"days": 75}), 4), 75)
    listing = model.listing
    assert listing is not None and listing.locked is not None
    c, ladder = listing.column, listing.locked
    freed = sum(ladder.done.values())
    assert freed > 0
    start = sum(ladder.initial.values())
    locked = float(model.ledger.locked[:, c].sum())
    assert locked == pytest.approx(start - freed, rel=1e-9)
    assert np.diff(model.recorder.float_fraction[:75]).max() > 0.01
    unlocks = [e for e in model.recorder.events if e.kind == "unlock"]
    report = [e.date for e in model.recorder.events if e.kind == "earnings"]
    assert unlocks and min(e.date for e in unlocks) >= report[0]


def test_a_run_stopped_in_the_roadshow_can_be_told() -> None:
    """Tables of a model that has not come to pricing are empty and say 'pending'."""
    chosen = scenario(SMALL)
    model = build(chosen, 4)
    model.step()
    result: Result = collect(model, chosen, 4)
    assert result.summary["decision"] == result.offering["decision"] == "pending"
    assert result.prices.empty
