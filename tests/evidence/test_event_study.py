from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from experiments.evidence.event_study import (
    bhar,
    car,
    counterfactual,
    cumulative,
    market_adjusted,
    market_model,
)
from experiments.evidence.inference import cross_section
from tests.evidence.synthetic import DAYS, ORIGIN, panel

SIZES = st.floats(-0.2, 0.2, allow_subnormal=False)
SMALL_PANEL = arrays(np.float64, (3, 12), elements=SIZES)


def test_alpha_and_beta_are_exact_without_noise() -> None:
    made = panel(np.random.default_rng(1), noise=0.0)
    fit = market_model(made.returns, made.market, ORIGIN)
    np.testing.assert_allclose(fit.alpha, made.alpha, atol=1e-15)
    np.testing.assert_allclose(fit.beta, made.beta, rtol=1e-12)
    assert (fit.sd < 1e-14).all() and (fit.n == 100).all()
    np.testing.assert_allclose(fit.abnormal(made.returns, made.market), made.effect, atol=1e-14)


def test_estimates_agree_with_a_regression_of_each_event() -> None:
    made = panel(np.random.default_rng(2), events=5)
    made.returns[1, ORIGIN - 60 : ORIGIN - 50] = np.nan
    fit = market_model(made.returns, made.market, ORIGIN, (-110, -30))
    for event in range(5):
        y, x = (a[event, ORIGIN - 110 : ORIGIN - 29] for a in (made.returns, made.market))
        y, x = y[np.isfinite(y)], x[np.isfinite(y)]
        slope, constant = np.polyfit(x, y, 1)
        residual = y - constant - slope * x
        expected = [constant, slope, np.sqrt(residual @ residual / (y.size - 2)), y.size]
        got = [fit.alpha[event], fit.beta[event], fit.sd[event], fit.n[event]]
        np.testing.assert_allclose(got, expected, rtol=1e-10)


def test_planted_returns_are_found_in_noise() -> None:
    made = panel(np.random.default_rng(3), events=400)
    fit = market_model(made.returns, made.market, ORIGIN)
    abnormal = fit.abnormal(made.returns, made.market)
    for first, last, effect in ((-5, -5, 0.03), (-5, 0, 0.07), (1, 10, -0.02), (-20, -6, 0.0)):
        estimate = cross_section(car(abnormal, ORIGIN, first, last))
        error = estimate.sd / np.sqrt(400)
        assert abs(estimate.value - effect) < 3 * error
        assert error < 0.006


def test_market_model_is_sharper_than_market_adjustment_at_a_beta_of_two() -> None:
    made = panel(np.random.default_rng(4), events=300, noise=0.005, beta=2.0)
    fit = market_model(made.returns, made.market, ORIGIN)
    modelled = car(fit.abnormal(made.returns, made.market), ORIGIN, -5, 0)
    adjusted = car(market_adjusted(made.returns, made.market), ORIGIN, -5, 0)
    errors = [np.sqrt(np.mean((cars - 0.07) ** 2)) for cars in (modelled, adjusted)]
    # what the market leaves in six adjusted days is √6 · 1 %, besides the stock's own √6 · 0.5 %
    assert errors[0] < 0.6 * errors[1]
    assert errors[1] == pytest.approx(np.sqrt(6 * (0.01**2 + 0.005**2)), rel=0.15)


def test_a_rise_of_the_market_biases_market_adjustment_only() -> None:
    made = panel(np.random.default_rng(5), events=50, noise=0.0, beta=2.0)
    boom = np.zeros(DAYS)
    boom[ORIGIN] = 0.05
    returns, market = made.returns + 2 * boom, made.market + boom
    fit = market_model(returns, market, ORIGIN)
    modelled = car(fit.abnormal(returns, market), ORIGIN, 0, 0)
    np.testing.assert_allclose(modelled, 0.008, atol=1e-12)
    adjusted = car(market_adjusted(returns, market), ORIGIN, 0, 0)
    assert adjusted.mean() > 0.05


def test_market_of_all_events_or_of_each() -> None:
    made = panel(np.random.default_rng(6), events=4)
    one = np.broadcast_to(made.market[0], made.market.shape)
    np.testing.assert_array_equal(
        market_adjusted(made.returns, made.market[0]), market_adjusted(made.returns, one)
    )
    alike = [market_model(made.returns, m, ORIGIN) for m in (made.market[0], one)]
    np.testing.assert_array_equal(alike[0].beta, alike[1].beta)
    np.testing.assert_array_equal(
        alike[0].abnormal(made.returns, made.market[0]), alike[1].abnormal(made.returns, one)
    )
    with pytest.raises(ValueError, match="market: got shape"):
        market_adjusted(made.returns, made.market[0, :-1])
    with pytest.raises(ValueError, match="market: got shape"):
        alike[0].normal(made.market[:2])


def test_too_few_days_or_a_still_market_leave_an_event_out() -> None:
    made = panel(np.random.default_rng(7), events=3)
    made.returns[0, : ORIGIN - 40] = np.nan  # 20 days are left
    market = made.market.copy()
    market[1] = 0.0001
    fit = market_model(made.returns, market, ORIGIN)
    assert np.isfinite(fit.beta).tolist() == [False, False, True]
    assert np.isfinite(fit.alpha).tolist() == [False, False, True]
    assert np.isfinite(fit.sd).tolist() == [False, False, True]
    assert fit.n.tolist() == [20, 100, 100]
    fewer = market_model(made.returns, market, ORIGIN, minimum=10)
    assert np.isfinite(fewer.beta).tolist() == [True, False, True]


def test_an_estimation_window_before_the_data_is_refused() -> None:
    made = panel(np.random.default_rng(8), events=2)
    with pytest.raises(ValueError, match="got days -131 to -21, expected within -130 to 29"):
        market_model(made.returns, made.market, ORIGIN, (-131, -21))
    with pytest.raises(ValueError, match="got days 0 to 30, expected within -130 to 29"):
        car(made.returns, ORIGIN, 0, 30)
    with pytest.raises(ValueError, match="expected within"):
        bhar(made.returns, made.market, ORIGIN, 0, 30)
    with pytest.raises(ValueError, match="expected within"):
        cumulative(made.returns, ORIGIN, 0, 30)


def test_a_stock_that_stops_trading() -> None:
    """Three days of 1 %, the second stock ends after the first, the third before."""
    abnormal = np.full((3, 5), 0.01)
    abnormal[1, 3:] = np.nan
    abnormal[2, 1:] = np.nan
    np.testing.assert_allclose(car(abnormal, 2, 0, 2), [0.03, np.nan, np.nan])
    np.testing.assert_allclose(car(abnormal, 2, 0, 2, partial=True), [0.03, 0.01, np.nan])
    np.testing.assert_allclose(car(abnormal, 2, 0, 0), [0.01, 0.01, np.nan])
    path = cumulative(abnormal, 2, 0, 2)
    np.testing.assert_allclose(path[1], [0.01, np.nan, np.nan])
    path = cumulative(abnormal, 2, 0, 2, partial=True)
    np.testing.assert_allclose(path, [[0.01, 0.02, 0.03], [0.01, 0.01, 0.01], [np.nan] * 3])
    still = np.zeros(5)
    np.testing.assert_allclose(bhar(abnormal, still, 2, 0, 2), [1.01**3 - 1, np.nan, np.nan])
    np.testing.assert_allclose(
        bhar(abnormal, still, 2, 0, 2, partial=True), [1.01**3 - 1, 0.01, np.nan]
    )


def test_a_partial_benchmark_is_held_as_long_as_the_stock() -> None:
    returns = np.array([[0.1, np.nan]])
    got = bhar(returns, np.array([0.05, 0.5]), 0, 0, 1, partial=True)
    np.testing.assert_allclose(got, [0.05])


def test_buy_and_hold_compounds() -> None:
    returns = np.array([[0.5, -0.5, 0.2]])
    market = np.array([0.1, 0.1, 0.1])
    got = bhar(returns, market, 0, 0, 2)
    np.testing.assert_allclose(got, [1.5 * 0.5 * 1.2 - 1.1**3])
    ruin = np.array([[-1.0, 0.3]])
    np.testing.assert_allclose(bhar(ruin, np.zeros(2), 0, 0, 1), [-1.0])
    with pytest.raises(ValueError, match=r"returns: got -1\.5"):
        bhar(np.array([[-1.5]]), np.zeros(1), 0, 0, 0)


def test_windows_from_announcement_to_effective_day() -> None:
    made = panel(np.random.default_rng(9), events=3, noise=0.0)
    got = car(made.effect, ORIGIN, first=np.array([-5, -4, 0]), last=0)
    np.testing.assert_allclose(got, [0.07, 0.04, 0.008])


def test_the_counterfactual_is_the_difference_of_log_prices() -> None:
    rng = np.random.default_rng(10)
    returns = rng.normal(0, 0.02, (3, 20))
    effect = np.zeros((3, 20))
    effect[:, 12] = 0.05
    abnormal = counterfactual(returns + effect, returns)
    gaps = np.cumsum(returns + effect, axis=1) - np.cumsum(returns, axis=1)
    np.testing.assert_allclose(cumulative(abnormal, 10, -10, 9), gaps, atol=1e-14)
    np.testing.assert_allclose(car(abnormal, 10, 2, 2), 0.05, atol=1e-14)
    with pytest.raises(ValueError, match="twin: got shape"):
        counterfactual(returns, returns[:, 1:])


@given(SMALL_PANEL, st.integers(0, 10))
def test_cars_of_adjacent_windows_add_up(abnormal: np.ndarray, cut: int) -> None:
    whole = car(abnormal, 0, 0, 11)
    parts = car(abnormal, 0, 0, cut) + car(abnormal, 0, cut + 1, 11)
    np.testing.assert_allclose(parts, whole, atol=1e-14)
    np.testing.assert_allclose(cumulative(abnormal, 0, 0, 11)[:, -1], whole, atol=1e-14)


@given(SMALL_PANEL, SMALL_PANEL, SMALL_PANEL)
def test_what_moves_all_stocks_alike_is_not_abnormal(
    returns: np.ndarray, market: np.ndarray, common: np.ndarray
) -> None:
    one = market_adjusted(returns, market)
    np.testing.assert_allclose(market_adjusted(returns + common, market + common), one, atol=1e-14)


@given(arrays(np.float64, (2, 60), elements=SIZES), st.floats(-3, 3), st.floats(-0.01, 0.01))
def test_adding_the_market_adds_to_beta_and_leaves_the_abnormal(
    noise: np.ndarray, beta: float, alpha: float
) -> None:
    market = np.sin(np.arange(60.0)) / 50
    one = market_model(noise, market, 50, (-50, -1))
    moved = noise + alpha + beta * market
    two = market_model(moved, market, 50, (-50, -1))
    np.testing.assert_allclose(two.beta, one.beta + beta, atol=1e-10)
    np.testing.assert_allclose(two.alpha, one.alpha + alpha, atol=1e-12)
    np.testing.assert_allclose(two.abnormal(moved, market), one.abnormal(noise, market), atol=1e-12)


@given(SMALL_PANEL)
def test_a_stock_held_against_itself_earns_nothing(returns: np.ndarray) -> None:
    np.testing.assert_array_equal(bhar(returns, returns, 0, 0, 11), 0.0)
    np.testing.assert_array_equal(car(market_adjusted(returns, returns), 0, 0, 11), 0.0)


@given(SMALL_PANEL, st.permutations(range(3)))
def test_events_do_not_see_each_other(abnormal: np.ndarray, order: list[int]) -> None:
    np.testing.assert_array_equal(car(abnormal[order], 4, -4, 7), car(abnormal, 4, -4, 7)[order])
