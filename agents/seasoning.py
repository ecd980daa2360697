"""How a young company becomes an ordinary one: investors come to agree, and more may hold it.

Two things fade with the sessions t since the first trade, each with a half-life of its own:

* how much wider opinions about it differ than about a seasoned company,
  d(t) = 1 + (d₀ − 1) · 2^(−t/h).  Reports and results accumulate (Zhang 2006 on firm age
  and uncertainty); with short sales constrained the price comes down as opinions converge (Miller
  1977);
* how little of the money of funds may tilt towards it, m(t) = 1 − (1 − m₀) · 2^(−t/H), m₀ the
  ``mandate`` of funds (`agents.active_fund`): many mandates ask for index membership, profits or a
  seasoned stock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
from pydantic import Field

from sim.inputs import Settings

if TYPE_CHECKING:
    from sim.model import MarketModel


class SeasoningRules(Settings):
    """Half-lives in sessions: of the extra disagreement h, of what mandates exclude H.

    Assumptions: a year each; index committees ask for twelve months of seasoning."""

    agreement: float = Field(default=252.0, gt=0, le=10_000)
    admission: float = Field(default=252.0, gt=0, le=10_000)


class Seasoning(mesa.Agent):
    """Time at work on the companies that came to market during the run.

    Parameters
    ----------
    model : MarketModel
    rules : SeasoningRules
    mandate : float
        Part of the funds' money that may tilt towards a company on its first day, 0 to 1.
    """

    model: MarketModel

    def __init__(self, model: MarketModel, rules: SeasoningRules, mandate: float) -> None:
        super().__init__(model)
        self.columns = slice(model.n_market, model.universe.ordinary)
        self._agree = 0.5 ** (1 / rules.agreement)
        self._admit = 0.5 ** (1 / rules.admission)
        model.universe.elasticity[self.columns] = mandate
        model.add_actor(self)

    def start_day(self) -> None:
        """A day counts when it is over."""

    def before_auction(self, instant: int) -> None:
        """A day counts when it is over."""

    def after_close(self) -> None:
        """Every listed young company is a day older."""
        universe = self.model.universe
        listed = universe.listed[self.columns]
        disagreement = universe.disagreement[self.columns]
        disagreement[listed] = 1 + (disagreement[listed] - 1) * self._agree
        admitted = universe.elasticity[self.columns]
        admitted[listed] = 1 - (1 - admitted[listed]) * self._admit
