"""Coverage, scaled: every stock is held once, every fund can pay for its part."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from agents.coverage import SLACK, balance, even


@settings(max_examples=30, deadline=None)
@given(
    arrays(float, (5, 4), elements=st.sampled_from([0.0, 2.0])),
    arrays(float, 5, elements=st.floats(0.1, 10)),
)
def test_what_some_do_not_cover_the_others_hold(cover, wealth):
    evened = even(cover, wealth)
    np.testing.assert_allclose(wealth @ evened, wealth.sum())
    nobody = (cover == 0).all(axis=0)
    assert (evened[:, nobody] == 1).all() and not evened[:, ~nobody][cover[:, ~nobody] == 0].any()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(20, 60), st.integers(1, 80))
def test_balanced_funds_can_pay_and_every_stock_is_held(seed, funds, stocks):
    rng = np.random.default_rng(seed)
    cover = (rng.random((funds, stocks)) < 0.8) / 0.8
    wealth, value = rng.pareto(1.5, funds) + 0.1, rng.pareto(1.5, stocks) + 0.1
    balanced = balance(cover, wealth, value)
    np.testing.assert_allclose(wealth @ balanced, wealth.sum())
    asked = balanced @ value / value.sum()
    assert np.abs(asked - 1).max() <= SLACK + 1e-9
    assert (balanced == 1).all() or not balanced[:, (cover > 0).any(axis=0)][
        cover[:, (cover > 0).any(axis=0)] == 0
    ].any()
