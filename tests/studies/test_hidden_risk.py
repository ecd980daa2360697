from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import build, load_scenario
from experiments.studies import hidden_risk
from experiments.studies.comparison import NUMBERS, difference, estimate
from experiments.studies.conduct import conduct
from experiments.studies.hidden_risk import (
    BETS,
    FUND,
    MULTIPLES,
    OUT,
    START,
    STUDY,
    THRICE,
    TWICE,
    analyse,
    grown,
    judge,
    portfolios,
    read,
    spread,
)
from sim.inputs import InputError
from tests.runs import SMALL, trade

TINY = {**SMALL, "universe.kind": "stocks", "universe.stocks": 20, "days": 45}


@pytest.fixture(scope="module")
def paths() -> dict[str, np.ndarray]:
    model = trade(build(load_scenario("spacex", TINY), 1), 45)
    return {**portfolios(model), "price": model.recorder.close[START:45, model.listing.column]}


def test_portfolios_of_one_market(paths) -> None:
    whole, out, twice = (paths[label] for label in ("its whole worth", OUT, TWICE))
    assert all(paths[label][0] == 1.0 for label in (FUND, *MULTIPLES, "benchmark"))
    assert twice - out == pytest.approx(2 * (whole - out)), "bets are proportional"
    assert paths[THRICE] - out == pytest.approx(3 * (whole - out))
    assert ((paths["weight"] > 0) & (paths["weight"] < 0.01)).all(), "a twentieth floats"
    own = paths["price"] / paths["price"][0]
    weight = (whole[-1] - out[-1]) / (own[-1] - out[-1])
    assert 0.01 < weight < 0.06, "all shares counted it is among the largest"
    apart = np.abs(paths[FUND] / paths["benchmark"] - 1).max()
    assert apart < 0.01, "the fund follows the market that can be bought"


def test_an_index_that_lets_spacex_wait_is_a_bet_against_it(monkeypatch) -> None:
    """Short spells, so that few days are enough."""
    monkeypatch.setattr(hidden_risk, "TRADING_DAYS", 30)
    monkeypatch.setattr(hidden_risk, "HORIZONS", (1,))
    short = {**TINY, "days": START + 31}
    own, flipped = (
        conduct(STUDY, 8, assignments={**short, **flip}, workers=1).finding
        for flip in ({}, STUDY.flip)
    )
    ratio = estimate(flipped.table, "ratio_1", OUT)
    assert ratio.value > 0.9 > estimate(own.table, "ratio_1", OUT).low
    assert flipped.verdict == "contradicted" != own.verdict
    assert set(own.figures) == {"outcomes"}


def test_without_an_offering_nothing_is_known() -> None:
    gone = {**TINY, "offering.minimum_raise": 1e12}
    found = conduct(STUDY, 2, assignments=gone, workers=1).finding
    assert found.verdict == "undecided" and "In no history" in found.reading
    numbers = found.table[list(NUMBERS)].dtypes
    assert {str(kind) for kind in numbers} == {"float64", "int64"}, "as a table of Parquet needs"


def test_a_market_without_the_fund_is_refused() -> None:
    nobody = {**TINY, "population.passive_share": 0.0, "days": 8}
    with pytest.raises(InputError, match="got no fund on crsp-total-market"):
        conduct(STUDY, 2, assignments=nobody, workers=1)


@given(
    values=st.lists(st.floats(-1, 1), min_size=3, max_size=12),
    counts=st.lists(st.integers(0, 3), min_size=12, max_size=12),
)
def test_spread_is_that_of_the_counted_histories(values: list[float], counts: list[int]) -> None:
    own = np.array(values)
    often = np.array(counts[: own.size])
    whole = spread(own, np.ones((1, own.size)))[0]
    assert whole == pytest.approx(own.std(ddof=1), abs=1e-7)
    if often.sum() > 1:
        expected = np.repeat(own, often).std(ddof=1)
        assert spread(own, often[None, :].astype(float))[0] == pytest.approx(expected, abs=1e-7)


def test_growth() -> None:
    assert grown(np.array([1.1, 0.5])) == pytest.approx([1, 1.1, 0.55])


def found(fund: float, out: float = 0.01):
    """A finding in which the index fund strays by so much, and those who stay out."""
    rng = np.random.default_rng(0)
    size = {FUND: fund, OUT: out, "its whole worth": 0.01, TWICE: 0.03, THRICE: 0.05}
    rows = [
        {
            "condition": "market",
            "portfolio": label,
            "seed": seed,
            **{f"{name}_{h}": s * rng.normal() for name in ("relative", "swing") for h in (1, 2)},
            "weight_start": 0.002,
            "weight_end": 0.03,
        }
        for label, s in size.items()
        for seed in range(40)
    ]
    return analyse(pd.DataFrame(rows), rng)


def test_the_verdict_follows_the_rule() -> None:
    assert found(0.001).verdict == judge(found(0.001).table) == "supported"
    assert found(0.005).verdict == "in part"
    assert found(0.012).verdict == "contradicted"
    assert found(0.05).verdict == "contradicted"


def test_the_reading_follows_the_numbers() -> None:
    table = found(0.001).table
    assert all(label in read(table) for label in BETS)
    assert "0.2 %" in read(table) and "3.0 %" in read(table)
    assert np.isfinite(difference(table, "relative_2", TWICE).value)
