"""What prices know, from one where they follow values to nought where they do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import load_scenario, run
from experiments.informativeness import informativeness
from tests.runs import SMALL, index_world


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 5.0))
def test_noise_takes_what_its_variance_says(seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    value = rng.standard_normal((4, 3000))
    price = value + size * rng.standard_normal(value.shape)
    assert informativeness(price, value) == pytest.approx(1 / (1 + size**2), abs=0.05)
    assert informativeness(-price, price) == pytest.approx(1.0)


def test_a_run_that_is_too_short_or_has_one_column_says_nothing() -> None:
    assert np.isnan(informativeness(np.zeros((0, 5)), np.zeros((0, 5))))
    assert np.isnan(informativeness(np.zeros((1, 5)), np.ones((1, 5))))
    short = run(index_world(days=3), seed=1)
    assert short.summary["price_informativeness"] is None
    market = run(load_scenario("spacex", {**SMALL, "days": 25}), seed=1)
    assert market.summary["price_informativeness"] is None


def test_prices_know_less_where_few_are_informed() -> None:
    few = {f"population.{kind}.informed_share": 0.1 for kind in ("long_only", "hedge")}
    usual, dull = (
        run(index_world(change, days=90), seed=2).summary["price_informativeness"]
        for change in ({}, few)
    )
    assert 0.0 <= dull < usual - 0.05 < 1.0
