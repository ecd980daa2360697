from __future__ import annotations

import numpy as np
import pytest

from experiments.evidence.risk_and_volume import beta_change, volatility_change, volume_ratio

ORIGIN, DAYS = 130, 260
RNG = np.random.default_rng(11)


def test_volume_of_the_event_over_normal() -> None:
    volume = np.full((3, DAYS), 2.0)
    volume[:, ORIGIN] = 20.0
    volume[1, : ORIGIN - 10] = 0.0  # never traded before
    volume[2, ORIGIN - 60 : ORIGIN - 30] = np.nan
    np.testing.assert_allclose(volume_ratio(volume, ORIGIN), [10, np.nan, 10])
    np.testing.assert_allclose(volume_ratio(volume, ORIGIN, event=(0, 1)), [5.5, np.nan, 5.5])


def test_volume_of_a_busy_market_is_taken_out() -> None:
    volume = np.full((2, DAYS), 3.0)
    market = np.full(DAYS, 500.0)
    volume[:, ORIGIN], market[ORIGIN] = 24.0, 1000.0
    np.testing.assert_allclose(volume_ratio(volume, ORIGIN, market=market), [4, 4])
    np.testing.assert_allclose(volume_ratio(volume, ORIGIN), [8, 8])


def test_volatility_change_is_the_log_of_the_ratio() -> None:
    returns = RNG.normal(0, 0.02, (200, DAYS))
    returns[:, ORIGIN + 1 :] *= 1.5
    got = volatility_change(returns, ORIGIN, (-120, -21), (5, 104))
    # a log standard deviation from 100 days has error 1/√200, the difference of two 0.1
    assert got.mean() == pytest.approx(np.log(1.5), abs=3 * 0.1 / np.sqrt(200))
    assert got.std() == pytest.approx(0.1, rel=0.2)
    shifted = volatility_change(4 * returns + 0.3, ORIGIN, (-120, -21), (5, 104))
    np.testing.assert_allclose(shifted, got, atol=1e-12)


def test_volatility_needs_days() -> None:
    returns = RNG.normal(0, 0.02, (2, DAYS))
    returns[0, ORIGIN + 10 :] = np.nan
    got = volatility_change(returns, ORIGIN, (-120, -21), (1, 100))
    assert np.isfinite(got).tolist() == [False, True]


def test_beta_change_is_exact_without_noise() -> None:
    market = RNG.normal(0, 0.01, DAYS)
    before, after = np.array([0.8, 1.5]), np.array([1.3, 1.2])
    returns = before[:, None] * market
    returns[:, ORIGIN + 1 :] = after[:, None] * market[ORIGIN + 1 :]
    np.testing.assert_allclose(beta_change(returns, market, ORIGIN), after - before, atol=1e-12)


def test_two_factors_tell_the_index_from_the_rest() -> None:
    """The stock moves from the rest to the index, and both move with the market."""
    common = RNG.normal(0, 0.01, DAYS)
    index, rest = (common + RNG.normal(0, 0.004, DAYS) for _ in range(2))
    returns = np.broadcast_to(0.2 * index + 0.9 * rest, (1, DAYS)).copy()
    returns[0, ORIGIN + 1 :] = (0.8 * index + 0.3 * rest)[ORIGIN + 1 :]
    both = beta_change(returns, index, ORIGIN, rest=rest)
    np.testing.assert_allclose(both, 0.6, atol=1e-10)
    alone = beta_change(returns, index, ORIGIN)
    assert 0 < alone[0] < 0.3  # one factor alone hides most of it
    assert np.isnan(beta_change(returns, index, ORIGIN, rest=2 * index)).all()  # collinear


def test_windows_outside_the_data_are_refused() -> None:
    flat = np.ones((1, 50))
    with pytest.raises(ValueError, match="got days -120 to -21, expected within -25 to 24"):
        volume_ratio(flat, 25)
    with pytest.raises(ValueError, match="expected within"):
        volatility_change(flat, 25, (-20, -1), (1, 30))
    with pytest.raises(ValueError, match="expected within"):
        beta_change(flat, np.ones(50), 25, before=(-20, -1), after=(1, 30))
