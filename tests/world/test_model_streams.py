"""Removing a class of agents leaves all other random draws as they were (MODEL §7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from experiments import build
from sim.model import MarketModel
from tests.runs import (
    NO_CROWD,
    NO_DAY_TRADERS,
    NO_MAKERS,
    NO_MOMENTUM,
    NO_SHORTS,
    SMALL,
    scenario,
    trade,
)

DAYS = 25
#: The price is the announced one and no option is exercised, so that the company raises the same
#: money in every run: its value then depends on news and the calendar alone.
SAME_MONEY = {
    "offering.over_allotment": 0.0,
    "offering.price": 60.0,
    "offering.reservation_price": 0.0,
    "offering.minimum_raise": 0.0,
    # attention follows prices, and opinions move with it: the draws are the same, opinions not
    "population.attention.quiet": 1.0,
    "population.long_only.informed_share": 1.0,  # who is uninformed depends on how many there are
}
ABSENT = {
    "crowd": NO_CROWD,
    "momentum": NO_MOMENTUM,
    "shorts": NO_SHORTS,
    "market makers": NO_MAKERS,
    "day traders": NO_DAY_TRADERS,
    "long-only funds": {"population.long_only.count": 0},
    "hedge funds": {"population.hedge.count": 0},
}
#: Streams from which nobody but their owner draws, and how to find the owner.
STREAMS = {
    "news.macro": "",
    "news.volatility": "",
    "news.SPCX.launch": "",
    "news.SPCX.ai": "",
    "news.SPCX.results": "",
    "news.stocks": "",
    "stories.long_only": "long-only funds",
    "stories.hedge": "hedge funds",
    "stories.short_sellers": "shorts",
    "interpretation.long_only": "long-only funds",
    "interpretation.hedge": "hedge funds",
    "interpretation.short_sellers": "shorts",
    "sizes.long_only": "long-only funds",
    "sizes.hedge": "hedge funds",
    "client.long_only.0": "long-only funds",
    "client.hedge.1": "hedge funds",
    "opinion.long_only.0": "long-only funds",
    "opinion.long_only.7": "long-only funds",
    "opinion.hedge.1": "hedge funds",
    "retail.network.SPCX": "crowd",
    "retail.people.SPCX": "crowd",
    "retail.contagion.SPCX": "crowd",
}


def run_of(changes: dict[str, Any]) -> MarketModel:
    return trade(build(scenario(SMALL, SAME_MONEY, changes), 11), DAYS)


@pytest.fixture(scope="module")
def everybody() -> MarketModel:
    return run_of({})


@pytest.fixture(scope="module")
def without() -> Callable[[str], MarketModel]:
    made: dict[str, MarketModel] = {}

    def get(absent: str) -> MarketModel:
        if absent not in made:
            made[absent] = run_of(ABSENT[absent])
        return made[absent]

    return get


@pytest.mark.parametrize("absent", ABSENT)
def test_fundamental_news_is_the_same(
    everybody: MarketModel, without: Callable[[str], MarketModel], absent: str
) -> None:
    """Values per share of the market and of the base case agree to the byte."""
    model = without(absent)
    assert model.listing is not None and everybody.listing is not None
    assert model.listing.decision == everybody.listing.decision == "priced"
    values = [m.recorder.value[:DAYS].tobytes() for m in (everybody, model)]
    assert values[0] == values[1]
    assert not np.array_equal(everybody.recorder.close[:DAYS, 1], model.recorder.close[:DAYS, 1])


@pytest.mark.parametrize("absent", ABSENT)
def test_stories_of_those_who_stay_are_the_same(
    everybody: MarketModel, without: Callable[[str], MarketModel], absent: str
) -> None:
    """Every input of every story, and what weeks of differently read news have made of it."""
    model = without(absent)
    ours, theirs = everybody.focus.beliefs[1], model.focus.beliefs[1]
    compared = 0
    for holder, count in model.world.stories.items():
        if not count:
            continue
        mine = slice(ours.first_row[holder], ours.first_row[holder] + count)
        yours = slice(theirs.first_row[holder], theirs.first_row[holder] + count)
        assert ours.log_values[mine].tobytes() == theirs.log_values[yours].tobytes()
        for name, column in vars(ours.inputs).items():
            if isinstance(column, np.ndarray) and len(column) == len(ours.log_values):
                twin = getattr(theirs.inputs, name)
                assert column[mine].tobytes() == twin[yours].tobytes(), name
        compared += count
    assert compared


@pytest.mark.parametrize("absent", ABSENT)
def test_every_stream_stands_where_it_stood(
    everybody: MarketModel, without: Callable[[str], MarketModel], absent: str
) -> None:
    """As many numbers were drawn from every stream; so the next one is the same."""
    for name, owner in STREAMS.items():
        if owner == absent:
            continue
        states = [m.streams(name).bit_generator.state for m in (everybody, without(absent))]
        assert states[0] == states[1], name


@pytest.mark.parametrize("absent", ["momentum", "shorts", "market makers", "day traders"])
def test_opinions_are_the_same(
    everybody: MarketModel, without: Callable[[str], MarketModel], absent: str
) -> None:
    """Private opinions about every stock agree.

    Without the crowd they do not: media attention, which the crowd carries, moves opinions about
    the company in focus faster.  Their draws are those of the test above.
    """
    for holder in ("long_only", "hedge"):
        ours, theirs = (family_of(m, holder) for m in (everybody, without(absent)))
        assert ours.opinion.tobytes() == theirs.opinion.tobytes()
        assert ours.focus_opinion[1].tobytes() == theirs.focus_opinion[1].tobytes()


def family_of(model: MarketModel, holder: str) -> Any:
    fund: Any = next(p for p in model.participants if p.holder == holder)
    return fund.family


def test_adding_a_fund_changes_no_other_fund(everybody: MarketModel) -> None:
    """Funds already there keep their stories, opinions and ties to the banks."""
    more = run_of({"population.long_only.count": SMALL["population.long_only.count"] + 1})
    ours, theirs = family_of(everybody, "long_only"), family_of(more, "long_only")
    count = len(ours.opinion)
    assert ours.opinion.tobytes() == theirs.opinion[:count].tobytes()
    first = everybody.focus.beliefs[1].first_row["long_only"]
    stories = [m.focus.beliefs[1].log_values[first : first + count] for m in (everybody, more)]
    close = [
        [p.relationship for p in m.participants if p.holder == "long_only"]
        for m in (everybody, more)
    ]
    assert close[0] == close[1][:count]
    # The readings of news are drawn for the class as a whole, fund by fund: the first ones agree.
    drawn = [build(scenario(SMALL, changes), 11).focus.beliefs[1].log_values[1 : count + 1]
             for changes in ({}, {"population.long_only.count": count + 1})]  # fmt: skip
    assert drawn[0].tobytes() == drawn[1].tobytes()
    assert stories[0].shape == stories[1].shape
