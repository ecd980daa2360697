"""Attention to single stocks: what has moved is talked about, and views of it move more.

Attention to a stock follows the size of its returns, a fall counting more than a rise,

    a ← a + (1 − ρ)·(|r|·(1 + λ·[r < 0]) / (σ̄·(1 + λ/2)) − a),      σ̄ ← σ̄ + (|r| − σ̄)/T,

r the day's log return and σ̄ what returns of this stock usually amount to, so that a is one on
average.  Private opinions about it move at the speed q + (1 − q)·a of their usual one: without
attention only the part q of the reviewing goes on.  So disagreement, and with it volume, comes in
bursts that outlast what set them off (Hong and Stein 2007; Barber and Odean 2008 find that
individuals trade what has moved; Kandel and Pearson 1995 volume without price change).  That falls
draw more attention than rises is loss aversion's footprint (Kahneman and Tversky 1979; volatility
rises more after falls than after rises: Black 1976, Bouchaud, Matacz and Potters 2001).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray
from pydantic import Field

from agents.market_agent import MarketAgent
from sim.inputs import Settings

if TYPE_CHECKING:
    from sim.model import MarketModel

Array = NDArray[np.float64]
#: Sessions over which the usual size of returns is learned, and the size to start from.
USUAL_MEMORY, USUAL_RETURN = 250.0, 0.015
#: Largest day's return that counts, in usual sizes.
MOST = 10.0


@njit(cache=True, nogil=True, error_model="numpy")
def notice(price, before, listed, fall_weight, fade, level, usual):  # type: ignore[no-untyped-def]
    """Move attention ``level`` and the ``usual`` size of returns on by a day, all (stocks,)."""
    for j in range(level.size):
        if not listed[j]:
            level[j] = 1.0
            continue
        change = math.log(price[j] / before[j])
        size = abs(change)
        weight = (1.0 + fall_weight * (change < 0)) / (1.0 + fall_weight / 2)
        level[j] += fade * (min(size / usual[j], MOST) * weight - level[j])
        usual[j] += (size - usual[j]) / USUAL_MEMORY


class AttentionRules(Settings):
    """``half_life_days`` of attention gives ρ; ``fall_weight`` λ; ``quiet`` q (assumptions).
    With ``quiet = 1`` attention changes nothing."""

    half_life_days: float = Field(default=10.0, gt=0, le=1000)
    fall_weight: float = Field(default=1.0, ge=0, le=20)
    quiet: float = Field(default=0.2, ge=0, le=1)


class Attention(MarketAgent):
    """What investors watch.

    Attributes
    ----------
    level : Array
        a, (stocks,).
    """

    model: MarketModel

    def __init__(self, model: MarketModel, rules: AttentionRules) -> None:
        super().__init__(model)
        self.rules = rules
        self.level = np.ones(model.n_stocks)
        self._usual = np.full(model.n_stocks, USUAL_RETURN)
        self._fade = 1 - 0.5 ** (1 / rules.half_life_days)
        model.add_actor(self)

    @property
    def pace(self) -> Array:
        """Speed at which opinions about each stock move, 1 on average, (stocks,)."""
        return self.rules.quiet + (1 - self.rules.quiet) * self.level

    def start_day(self) -> None:
        """Attention is what yesterday left."""

    def before_auction(self, instant: int) -> None:
        """Attention is what yesterday left."""

    def after_close(self) -> None:
        """Notice the day's returns."""
        exchange, rules = self.model.exchange, self.rules
        notice(
            exchange.last_price, exchange.previous_close, self.model.universe.listed,
            rules.fall_weight, self._fade, self.level, self._usual,
        )  # fmt: skip
