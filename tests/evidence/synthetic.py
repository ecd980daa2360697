"""Made-up panels of returns with known effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ORIGIN, DAYS = 130, 160  # event days −130 to 29


@dataclass(frozen=True)
class Panel:
    """Returns (events, days) of stocks with known alpha, beta and abnormal returns."""

    returns: Array
    market: Array
    alpha: Array
    beta: Array
    effect: Array


def panel(
    rng: np.random.Generator, events: int = 40, noise: float = 0.02, beta: float | None = None
) -> Panel:
    """Stocks that gain 3 % on day −5, when it is announced, 4 % until day 0, −2 % by day 10."""
    market = rng.normal(0.0004, 0.01, (events, DAYS))
    alphas = rng.normal(0.0, 0.0005, events)
    betas = rng.uniform(0.5, 2.0, events) if beta is None else np.full(events, beta)
    effect = np.zeros((events, DAYS))
    effect[:, ORIGIN - 5] = 0.03
    effect[:, ORIGIN - 4 : ORIGIN + 1] = 0.04 / 5
    effect[:, ORIGIN + 1 : ORIGIN + 11] = -0.02 / 10
    own = rng.normal(0.0, noise, (events, DAYS)) if noise else 0.0
    returns = alphas[:, None] + betas[:, None] * market + effect + own
    return Panel(returns, market, alphas, betas, effect)
