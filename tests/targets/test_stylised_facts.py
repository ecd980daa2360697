"""Stylised facts on series whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from experiments.evidence import stylised_facts as sf
from experiments.evidence.stylised_facts import FACTS, History, facts

Array = NDArray[np.float64]
DAYS, STOCKS = 5040, 20
NAMED = {fact.name: fact for fact in FACTS}


def gaussian(seed: int = 1, sd: float = 0.02, stocks: int = STOCKS) -> Array:
    return sd * np.random.default_rng(seed).standard_normal((DAYS, stocks))


def garch(seed: int = 1, skew: float = 0.0, tail: bool = True) -> Array:
    """GARCH(1,1) with slow decay; `skew` is the asymmetry of Glosten, Jagannathan, Runkle."""
    rng = np.random.default_rng(seed)
    shape = (DAYS, STOCKS)
    z = rng.standard_t(5, shape) / np.sqrt(5 / 3) if tail else rng.standard_normal(shape)
    alpha, beta = 0.06 - skew / 2, 0.93
    variance, r = np.full(STOCKS, 0.02**2), np.zeros(shape)
    for t in range(DAYS):
        r[t] = np.sqrt(variance) * z[t]
        variance = 0.01 * 0.02**2 + (alpha + skew * (r[t] < 0)) * r[t] ** 2 + beta * variance
    return r


def figures(stocks: Array, **more: Array) -> dict[str, float]:
    return facts(History(index=stocks.mean(axis=1), stocks=stocks, **more))


def test_independent_normal_returns_have_no_tails_and_no_memory() -> None:
    found = figures(gaussian())
    for name in ("kurtosis", "tail", "clustering", "leverage", "comovement"):
        assert not NAMED[name].holds(found), name
    for name in ("returns", "variance_ratio", "skewness"):
        assert NAMED[name].holds(found), name
    assert abs(found["kurtosis"]) < 0.2 and found["stock_volatility"] == pytest.approx(0.3175, 0.02)


def test_student_returns_have_the_tail_that_was_drawn() -> None:
    r = 0.01 * np.random.default_rng(2).standard_t(3, (DAYS * 10, 4))
    assert sf.hill(r[:, 0], 0.01) == pytest.approx(3, abs=0.35)
    assert NAMED["tail"].holds({"hill": sf.hill(r[:, 0])})
    assert sf.excess_kurtosis(r[:, 0]) > 3


def test_a_garch_process_clusters() -> None:
    found = figures(garch())
    for name in ("kurtosis", "tail", "clustering", "returns"):
        assert NAMED[name].holds(found), (name, found)
    assert not NAMED["leverage"].holds(found)
    # volatility that lasts: months are hardly closer to normal than days
    assert sf.excess_kurtosis(gaussian()[:, 0]) < found["kurtosis"]


def test_rare_jumps_without_memory_wear_off_with_the_horizon() -> None:
    rng = np.random.default_rng(4)
    r = gaussian(4) + 0.08 * rng.standard_normal((DAYS, STOCKS)) * (
        rng.random((DAYS, STOCKS)) < 0.02
    )
    found = figures(r)
    assert NAMED["kurtosis"].holds(found) and NAMED["aggregation"].holds(found)
    assert not NAMED["clustering"].holds(found)
    assert found["aggregation"] == pytest.approx(1 / 20, abs=0.1)


def test_falls_that_raise_volatility_show_as_leverage() -> None:
    assert NAMED["leverage"].holds(figures(garch(3, skew=0.08, tail=False)))


def test_momentum_is_seen() -> None:
    e, r = gaussian(5), np.zeros((DAYS, STOCKS))
    for t in range(1, DAYS):
        r[t] = 0.3 * r[t - 1] + e[t]
    found = figures(r)
    assert found["acf_1"] == pytest.approx(0.3, abs=0.03)
    assert not NAMED["returns"].holds(found) and not NAMED["variance_ratio"].holds(found)
    assert found["variance_ratio"] == pytest.approx(1.632, abs=0.1)  # 1 + 2 Σ (1 − k/5) 0.3^k


def test_a_common_factor_is_the_correlation_of_pairs() -> None:
    r = np.sqrt(0.3) * gaussian(6, stocks=1) + np.sqrt(0.7) * gaussian(7)
    found = figures(r)
    assert found["comovement"] == pytest.approx(0.3, abs=0.03)
    assert NAMED["comovement"].holds(found)


def test_volume_that_follows_the_size_of_returns_and_itself() -> None:
    rng = np.random.default_rng(8)
    r, shares = gaussian(8), np.full((DAYS, STOCKS), 1e9)
    memory = np.zeros((DAYS, STOCKS))
    for t in range(1, DAYS):
        memory[t] = 0.7 * memory[t - 1] + 0.3 * rng.standard_normal(STOCKS)
    trend = np.linspace(0, 1, DAYS)[:, None]
    volume = 1e9 / 252 * np.exp(memory + 10 * np.abs(r) + trend)
    found = figures(r, volume=volume, shares=shares)
    for name in ("volume", "volume_memory"):
        assert NAMED[name].holds(found), name
    noise = 1e9 / 252 * np.exp(0.3 * rng.standard_normal((DAYS, STOCKS)) + 5 * trend)
    other = figures(r, volume=noise, shares=shares)
    assert not NAMED["volume"].holds(other)
    assert not NAMED["volume_memory"].holds(other)  # a trend is no memory


def test_a_stock_that_stands_still_does_not_take_the_figures_of_volume_away() -> None:
    rng = np.random.default_rng(10)
    r, shares = gaussian(10), np.full((DAYS, STOCKS), 1e9)
    volume = 1e9 / 252 * np.exp(0.3 * rng.standard_normal((DAYS, STOCKS)) + 10 * np.abs(r))
    whole = figures(r[:, 1:], volume=volume[:, 1:], shares=shares[:, 1:])
    r[:, 0], volume[:, 0] = 0.0, 1e9 / 252
    found = figures(r, volume=volume, shares=shares)
    for name in ("volume", "volume_memory"):
        assert found[name] == whole[name] and np.isfinite(found[name])


def test_turnover_is_volume_over_shares_a_year() -> None:
    r, shares = gaussian(9), np.full((DAYS, STOCKS), 1e9)
    found = figures(r, volume=np.full((DAYS, STOCKS), 1.2e9 / 252), shares=shares)
    assert found["turnover"] == pytest.approx(1.2)
    assert NAMED["turnover"].holds(found) and np.isnan(found["volume"])


def test_a_constant_has_no_facts() -> None:
    found = figures(np.zeros((DAYS, 3)))
    assert found["held"] == 0
    assert np.isnan([found[name] for name in ("kurtosis", "hill", "acf_1", "comovement")]).all()


def test_stocks_that_are_not_traded_throughout_are_left_out() -> None:
    r = gaussian(10)
    with_gap = r.copy()
    with_gap[:5, 3] = np.nan
    assert figures(with_gap[:, [0, 1, 2, 3]])["kurtosis"] == pytest.approx(
        figures(r[:, :3])["kurtosis"]
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.floats(0.01, 100))
def test_shapes_do_not_depend_on_the_unit(seed: int, unit: float) -> None:
    r = np.random.default_rng(seed).standard_t(4, 600)
    for name, measure in sf.OF_RETURNS.items():
        assert measure(unit * r) == pytest.approx(measure(r), rel=1e-6, nan_ok=True), name
    assert sf.leverage(-r) == pytest.approx(-sf.leverage(r))


def test_a_lag_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="lag: got 0"):
        sf.autocorrelation(np.ones(5), 0)
