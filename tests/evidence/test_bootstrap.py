from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from experiments.evidence.bootstrap import Kind, bootstrap_mean, bootstrap_statistic
from experiments.evidence.inference import cross_section

KINDS: tuple[Kind, ...] = get_args(Kind)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("kind", KINDS)
def test_intervals_cover_about_as_often_as_they_say(kind: Kind) -> None:
    """Normal events: 95 % intervals miss the truth in about one case of twenty."""
    source, runs, covered = rng(1), 500, 0
    for _ in range(runs):
        got = bootstrap_mean(source.normal(0.03, 0.1, 40), source, kind, resamples=400)
        covered += got.low <= 0.03 <= got.high
    assert covered / runs == pytest.approx(0.94, abs=0.03)


def test_studentised_is_truer_for_skewed_events() -> None:
    source, runs = rng(2), 500
    covered = dict.fromkeys(KINDS, 0)
    truth = np.exp(0.5)
    for _ in range(runs):
        values = source.lognormal(0.0, 1.0, 20)
        for kind in KINDS:
            got = bootstrap_mean(values, source, kind, resamples=400)
            covered[kind] += got.low <= truth <= got.high
    assert covered["percentile"] / runs < 0.9
    assert covered["studentised"] > covered["percentile"] + 0.03 * runs


def test_clusters_widen_the_interval_to_cover() -> None:
    """Twenty dates of ten events each, which share half of their variance."""
    source, runs = rng(3), 300
    dates = np.repeat(np.arange(20), 10)
    covered = {"alone": 0, "percentile": 0, "studentised": 0}
    for _ in range(runs):
        values = source.normal(size=20)[dates] + source.normal(size=200)
        got = {
            "alone": bootstrap_mean(values, source, resamples=300),
            **{k: bootstrap_mean(values, source, k, dates, resamples=300) for k in KINDS},
        }
        for name, estimate in got.items():
            covered[name] += estimate.low <= 0 <= estimate.high
    assert covered["alone"] / runs < 0.75
    assert covered["percentile"] / runs == pytest.approx(0.93, abs=0.04)
    assert covered["studentised"] / runs == pytest.approx(0.95, abs=0.04)


@pytest.mark.parametrize("kind", KINDS)
def test_close_to_the_t_interval_for_many_normal_events(kind: Kind) -> None:
    values = rng(4).normal(0.02, 0.1, 300)
    got, exact = bootstrap_mean(values, rng(5), kind, resamples=20_000), cross_section(values)
    assert (got.value, got.n, got.sd) == (exact.value, exact.n, exact.sd)
    width = exact.high - exact.low
    assert got.low == pytest.approx(exact.low, abs=0.03 * width)
    assert got.high == pytest.approx(exact.high, abs=0.03 * width)


@pytest.mark.parametrize("clusters", [None, np.repeat(np.arange(6), 5)])
def test_studentised_by_hand(clusters: np.ndarray | None) -> None:
    """The same resamples, one after the other, with the standard error of each."""
    values = rng(6).exponential(0.1, 30)
    labels = np.arange(30) if clusters is None else clusters
    groups = int(labels.max()) + 1
    mean, pivots = values.mean(), []

    def error(values: np.ndarray, drawn: np.ndarray) -> float:
        sums = np.bincount(drawn, values - values.mean(), groups)
        return float(np.sqrt(groups / (groups - 1) * (sums @ sums)) / values.size)

    for times in rng(7).multinomial(groups, np.full(groups, 1 / groups), size=500):
        # a cluster drawn twice is two clusters
        drawn = np.repeat(np.arange(groups), times)
        chosen = [np.flatnonzero(labels == g) for g in drawn]
        resample = values[np.concatenate(chosen)]
        numbers = np.repeat(np.arange(groups), [len(c) for c in chosen])
        pivots.append((resample.mean() - mean) / error(resample, numbers))
    high, low = mean - error(values, labels) * np.quantile(pivots, (0.025, 0.975))
    got = bootstrap_mean(values, rng(7), "studentised", clusters, resamples=500)
    assert (got.low, got.high) == pytest.approx((low, high), rel=1e-9)


def test_one_generator_state_one_interval() -> None:
    values = rng(8).normal(size=25)
    one, same, other = (bootstrap_mean(values, rng(seed)) for seed in (1, 1, 2))
    assert one == same and one != other


def test_median_has_a_percentile_interval() -> None:
    values = np.r_[rng(9).normal(0.05, 0.1, 200), np.nan]
    got = bootstrap_statistic(values, np.median, rng(10))
    assert got.value == np.median(values[:-1]) and got.n == 200
    oracle = stats.bootstrap(
        (values[:-1],), np.median, method="percentile", rng=rng(11), n_resamples=2000
    ).confidence_interval
    assert (got.low, got.high) == pytest.approx((oracle.low, oracle.high), abs=0.004)


def test_statistic_resamples_whole_clusters() -> None:
    values, labels = np.array([1.0, 3.0, 5.0, 7.0]), np.array(["a", "b", "a", "b"])
    seen: list[tuple[float, ...]] = []

    def mean(drawn: np.ndarray) -> float:
        seen.append(tuple(drawn))
        return float(drawn.mean())

    bootstrap_statistic(values, mean, rng(), labels, resamples=200)
    pairs = {(1.0, 5.0), (3.0, 7.0)}
    assert set(seen[1:]) == {a + b for a in pairs for b in pairs}


@pytest.mark.parametrize("kind", KINDS)
def test_events_without_spread_have_a_point(kind: Kind) -> None:
    got = bootstrap_mean(np.full(9, 0.1), rng(), kind)
    assert (got.low, got.high) == pytest.approx((0.1, 0.1))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [0.1]])
def test_too_few_events_have_no_interval(kind: Kind, values: list[float]) -> None:
    for got in (
        bootstrap_mean(values, rng(), kind),
        bootstrap_statistic(values, np.median, rng()),
    ):
        assert got.n == np.isfinite(values).sum() and np.isnan(got.low) and np.isnan(got.high)


def test_one_event_that_differs_has_no_studentised_interval() -> None:
    """A third of the resamples hold the same value five times."""
    got = bootstrap_mean([1.0, 0.0, 0.0, 0.0, 0.0], rng(), "studentised")
    assert got.value == 0.2 and np.isnan(got.low) and np.isnan(got.high)
    distinct = bootstrap_mean([1.0, 0.1, 0.3, 0.2, 0.0], rng(), "studentised")
    assert distinct.low < distinct.value < distinct.high


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="kind: got 'bca', expected percentile or studentised"):
        bootstrap_mean([0.1, 0.2], rng(), "bca")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"level: got 1\.0"):
        bootstrap_mean([0.1, 0.2], rng(), level=1.0)
    with pytest.raises(ValueError, match="resamples: got 10, expected 100 or more"):
        bootstrap_statistic([0.1, 0.2], np.median, rng(), resamples=10)
    with pytest.raises(ValueError, match=r"clusters: got shape \(1,\)"):
        bootstrap_mean([0.1, 0.2], rng(), clusters=[1])


@given(
    arrays(np.float64, st.integers(5, 20), elements=st.floats(-1, 1, allow_subnormal=False)),
    st.sampled_from(KINDS),
    st.integers(0, 1000),
)
def test_interval_moves_with_the_values(values: np.ndarray, kind: Kind, seed: int) -> None:
    """Shifted events shift the interval; mirrored resamples of the percentile mirror it."""
    values = np.round(values, 3)
    one, two = (bootstrap_mean(v, rng(seed), kind, resamples=200) for v in (values, values + 0.5))
    assert two.low == pytest.approx(one.low + 0.5, abs=1e-6, nan_ok=True)
    assert two.high == pytest.approx(one.high + 0.5, abs=1e-6, nan_ok=True)
    assert not one.low > one.high
    if kind == "percentile":
        assert values.min() - 1e-9 <= one.low and one.high <= values.max() + 1e-9
        mirrored = bootstrap_mean(-values, rng(seed), kind, resamples=200)
        assert (-mirrored.high, -mirrored.low) == pytest.approx((one.low, one.high), abs=1e-9)
