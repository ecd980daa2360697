from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.studies.intervals import (
    Interval,
    mean_interval,
    paired_interval,
    percentile_interval,
    resamples,
    share_interval,
)

numbers = st.floats(-1e6, 1e6)
samples = st.lists(numbers, min_size=2, max_size=20).map(np.array)


def test_the_t_interval_of_known_data() -> None:
    # mean 3, s = sqrt(2.5), t(4, 0.975) = 2.776445: half width 2.776445 * sqrt(2.5 / 5)
    found = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (found.value, found.n) == (3.0, 5)
    assert found.high - 3 == pytest.approx(1.963243, abs=1e-6)
    assert 3 - found.low == pytest.approx(1.963243, abs=1e-6)


def test_missing_values_are_left_out_and_one_seed_has_no_bounds() -> None:
    assert mean_interval([1.0, np.nan, 3.0]).n == 2
    one = mean_interval([np.nan, 7.0])
    assert one.value == 7.0 and one.n == 1 and np.isnan(one.low) and one.sign == 0
    assert mean_interval([np.nan]).n == 0 and np.isnan(mean_interval([]).value)


@pytest.mark.parametrize(("low", "high", "sign"), [(1, 2, 1), (-2, -1, -1), (-1, 1, 0), (0, 0, 0)])
def test_sign(low: float, high: float, sign: int) -> None:
    assert Interval((low + high) / 2, low, high, 9).sign == sign


@given(samples, numbers)
def test_the_interval_holds_the_mean_and_shifts_with_the_data(values, shift) -> None:
    one, other = mean_interval(values), mean_interval(values + shift)
    assert one.low <= one.value <= one.high
    assert other.low - shift == pytest.approx(one.low, abs=1e-6 + 1e-9 * abs(shift))


@given(samples)
def test_pairing_takes_out_what_both_share(values) -> None:
    found = paired_interval(values + 1.0, values)
    assert found.value == pytest.approx(1.0, abs=1e-8)
    assert found.high - found.low == pytest.approx(0.0, abs=1e-7)


def test_a_seed_that_lacks_one_of_the_pair_is_left_out() -> None:
    found = paired_interval([1.0, np.nan, 3.0], [0.0, 5.0, 1.0])
    assert (found.value, found.n) == (1.5, 2)
    with pytest.raises(ValueError, match="expected"):
        paired_interval([1.0, 2.0], [1.0])


def test_coverage_of_both_intervals_is_near_nominal() -> None:
    rng = np.random.default_rng(4)
    hits = {"t": 0, "bootstrap": 0}
    for _ in range(400):
        values = rng.normal(2.0, 1.0, 24)
        by = {
            "t": mean_interval(values),
            "bootstrap": percentile_interval(resamples(24, rng, 200) @ values / 24, 24),
        }
        for name, found in by.items():
            hits[name] += found.low <= 2.0 <= found.high
    assert 0.92 < hits["t"] / 400 < 0.98
    assert 0.89 < hits["bootstrap"] / 400 < 0.97


def test_resamples_are_seeded_and_start_with_the_sample() -> None:
    one, same, other = (resamples(6, np.random.default_rng(seed), 50) for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)
    assert np.array_equal(one[0], np.ones(6)) and (one.sum(axis=1) == 6).all()


def test_a_figure_that_cannot_be_computed_has_no_interval() -> None:
    assert percentile_interval([1.0, np.nan, 2.0, 4.0], 3).low == pytest.approx(2.05)
    assert np.isnan(percentile_interval([1.0, np.nan], 3).low)
    assert np.isnan(percentile_interval([1.0, 2.0, 3.0], 1).low)


@given(count=st.integers(0, 500), n=st.integers(1, 500))
def test_a_share_lies_in_its_interval_and_its_opposite_mirrors_it(count: int, n: int) -> None:
    count = min(count, n)
    share, rest = share_interval(count, n), share_interval(n - count, n)
    assert 0 <= share.low <= share.value <= share.high <= 1
    assert share.low == pytest.approx(1 - rest.high, abs=1e-12)


def test_wilsons_interval_of_known_data() -> None:
    # 15 of 20 by hand with z = 1.959964: 0.709719 -+ 0.178420
    found = share_interval(15, 20)
    assert (found.low, found.high) == pytest.approx((0.531299, 0.888138), abs=1e-6)
    assert np.isnan(share_interval(0, 0).value) and share_interval(0, 9).low == 0.0
