from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from experiments.evidence.estimate import Estimate, as_table
from experiments.evidence.inference import (
    correlation_adjusted_t,
    cross_section,
    mean_correlation,
    sign_share,
    t_statistic,
)

VALUES = arrays(np.float64, st.integers(2, 30), elements=st.floats(-1, 1, allow_subnormal=False))


def test_t_and_interval_are_the_textbook_ones() -> None:
    values = np.random.default_rng(1).normal(0.02, 0.1, 25)
    oracle = stats.ttest_1samp(values, 0.0)
    assert t_statistic(values) == pytest.approx(oracle.statistic)
    got = cross_section(values, level=0.9)
    low, high = oracle.confidence_interval(0.9)
    assert (got.value, got.low, got.high) == pytest.approx((values.mean(), low, high))
    assert (got.n, got.sd) == (25, pytest.approx(values.std(ddof=1)))


def test_missing_events_are_left_out_with_their_cluster() -> None:
    values = [0.1, np.nan, 0.3, 0.2, np.nan]
    assert cross_section(values) == cross_section([0.1, 0.3, 0.2])
    labels = ["a", "b", "a", "c", "d"]
    assert cross_section(values, labels) == cross_section([0.1, 0.3, 0.2], ["a", "a", "c"])


@pytest.mark.parametrize(("values", "n"), [([], 0), ([np.nan], 0), ([0.1], 1)])
def test_too_few_events_have_no_interval(values: list[float], n: int) -> None:
    for got in (cross_section(values), cross_section(values, [1] * len(values))):
        assert got.n == n and np.isnan(got.low) and np.isnan(got.sd)
    assert np.isnan(t_statistic(values))
    assert np.isnan(t_statistic([0.809] * 5))  # no variation
    one = cross_section([0.1, 0.3], ["same", "same"])
    assert one.value == pytest.approx(0.2) and np.isnan(one.low)


def test_copies_of_an_event_are_no_evidence_when_clustered() -> None:
    values = np.random.default_rng(2).normal(0.02, 0.1, 20)
    copies, labels = np.repeat(values, 7), np.repeat(np.arange(20), 7)
    assert t_statistic(copies, labels) == pytest.approx(t_statistic(values))
    assert t_statistic(copies) > 2.5 * t_statistic(values)
    clustered, plain = cross_section(copies, labels), cross_section(values)
    assert (clustered.low, clustered.high) == pytest.approx((plain.low, plain.high))


@given(VALUES, st.floats(0.01, 5), st.floats(-1, 1))
def test_interval_moves_and_stretches_with_the_values(
    values: np.ndarray, scale: float, shift: float
) -> None:
    one, two = cross_section(values), cross_section(scale * values + shift)
    for name in ("value", "low", "high"):
        assert getattr(two, name) == pytest.approx(scale * getattr(one, name) + shift, abs=1e-9)
    assert two.sd == pytest.approx(scale * one.sd, abs=1e-9)
    assert one.low <= one.value <= one.high


@given(VALUES)
def test_sign_share_and_its_opposite(values: np.ndarray) -> None:
    nonzero = values[values != 0]
    up, down = sign_share(nonzero), sign_share(-nonzero)
    if nonzero.size:
        assert up.value + down.value == pytest.approx(1)
        assert up.low + down.high == pytest.approx(1)
        assert 0 <= up.low <= up.value <= up.high <= 1


def test_sign_share_has_wilsons_interval() -> None:
    values = np.r_[np.ones(16), -np.ones(4), np.nan]
    got = sign_share(values)
    oracle = stats.binomtest(16, 20).proportion_ci(method="wilson")
    assert (got.value, got.low, got.high) == pytest.approx((0.8, oracle.low, oracle.high))
    assert got.n == 20
    assert sign_share([]).n == 0 and np.isnan(sign_share([np.nan]).value)


def test_events_on_one_date_reject_too_often_unless_corrected() -> None:
    """Thirty events of one day share a fifth of their variance; nothing happened."""
    rng, n, runs, share = np.random.default_rng(3), 30, 600, 0.2
    naive = corrected = 0
    estimated = []
    for _ in range(runs):
        both = np.sqrt(share) * rng.normal(size=(1, 121))
        abnormal = both + np.sqrt(1 - share) * rng.normal(size=(n, 121))
        r = mean_correlation(abnormal[:, :-1])
        estimated.append(r)
        event = abnormal[:, -1]
        naive += abs(t_statistic(event)) > 2.045
        corrected += abs(correlation_adjusted_t(event, r)) > 2.045
    assert np.mean(estimated) == pytest.approx(share, abs=0.01)
    assert naive / runs > 0.35
    assert corrected / runs == pytest.approx(0.05, abs=0.03)


def test_mean_correlation_of_known_pairs() -> None:
    rng = np.random.default_rng(4)
    day = rng.normal(size=50)
    same = np.stack([day, 2 * day + 1, -day])
    assert mean_correlation(same) == pytest.approx(-1 / 3)  # pairs: +1, −1, −1
    apart = np.full((2, 50), np.nan)
    apart[0, :25], apart[1, 25:] = day[:25], day[25:]
    assert np.isnan(mean_correlation(apart))
    assert np.isnan(mean_correlation(same[:1]))


def test_correction_by_hand() -> None:
    values = np.random.default_rng(5).normal(0.1, 1, 12)
    assert correlation_adjusted_t(values, 0.0) == t_statistic(values)
    # four events correlated by 0.2: s² is 0.8 and n times the variance of the mean 1.6 of σ²
    four = correlation_adjusted_t(values[:4], 0.2)
    assert four == pytest.approx(t_statistic(values[:4]) * np.sqrt(0.8 / 1.6))
    for wrong in (1.0, -0.2, float("nan")):
        with pytest.raises(ValueError, match="correlation: got"):
            correlation_adjusted_t(values, wrong)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="level: got 95"):
        cross_section([0.1, 0.2], level=95)
    with pytest.raises(ValueError, match=r"clusters: got shape \(3,\)"):
        cross_section([0.1, 0.2], [1, 2, 3])
    with pytest.raises(ValueError, match=r"values: got shape \(1, 2\)"):
        cross_section([[0.1, 0.2]])


def test_an_estimate_reads_as_a_line_and_many_as_a_table() -> None:
    estimate = Estimate(0.0712, 0.0534, 0.089, 25, 0.043)
    assert f"{estimate:.1%}" == "7.1% [5.3%, 8.9%], n = 25"
    assert str(estimate) == "0.0712 [0.0534, 0.089], n = 25, sd 0.043"
    table = as_table({"announcement": estimate, "none": cross_section([])})
    assert table.loc["announcement"].tolist() == [0.0712, 0.0534, 0.089, 25, 0.043]
    assert table["n"].tolist() == [25, 0]
    assert "announcement  0.0712" in table.to_string()
    assert list(as_table({}).columns) == ["value", "low", "high", "n", "sd"]
