"""The SpaceX offering as shipped, books to try it on, and the two who decide."""

import tomllib
from pathlib import Path

import mesa
import numpy as np
import pytest
from hypothesis import strategies as st

from agents.banker import Banker, BankerRules
from agents.issuer import Issuer, IssuerRules
from sim.inputs import parse
from sim.offering import Book, OfferingTerms

SCENARIOS = Path(__file__).parents[2] / "experiments" / "scenarios"
CLASSES = ("retail", "directed", "long_only", "hedge")


@pytest.fixture(scope="session")
def spacex() -> OfferingTerms:
    for path in sorted(SCENARIOS.glob("spacex*.toml")):
        table = tomllib.loads(path.read_text()).get("offering", {})
        if "lockup" in table:
            return parse(OfferingTerms, table, f"{path.name}: offering")
    raise AssertionError("no scenario file with the SpaceX offering")


@pytest.fixture
def banker() -> Banker:
    return Banker(mesa.Model(), BankerRules())


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(mesa.Model(), IssuerRules())


def log_linear_book(
    value: float, shares: float, slope: float = 3.0, bids: int = 40, spread: float = 0.4
) -> Book:
    """Bids linear in the log price around spread-out values; `shares` are wanted at `value`."""
    grid = np.geomspace(value / 8, value * 8, 200)
    values = np.log(value) + np.linspace(-spread, spread, bids)[:, None]
    demand = np.clip(1 + slope * (values - np.log(grid)), 0, 4)
    holders = ["retail" if i % 5 == 0 else "long_only" if i % 2 else "hedge" for i in range(bids)]
    at_value = np.clip(1 + slope * (values - np.log(value)), 0, 4).sum()
    return Book.of(grid, demand * shares / at_value, holders, relationship=np.linspace(0, 1, bids))


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Random books: any number of bids of any class, schedules that never rise."""
    bids, points = draw(st.integers(1, 12)), draw(st.integers(2, 8))
    amounts = st.floats(0, 1e9, allow_subnormal=False)
    row = st.lists(amounts, min_size=points, max_size=points).map(lambda q: sorted(q, reverse=True))
    many = {"min_size": bids, "max_size": bids}
    return Book.of(
        grid=np.cumsum(draw(st.lists(st.floats(0.5, 50), min_size=points, max_size=points))),
        demand=draw(st.lists(row, **many)),
        holders=draw(st.lists(st.sampled_from(CLASSES), **many)),
        relationship=draw(st.lists(st.floats(0, 1), **many)),
        long_only=draw(st.lists(st.floats(0, 1), **many)),
    )
