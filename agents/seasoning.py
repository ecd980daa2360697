"""How a young company becomes an ordinary one, and what funds know about all of them.

Opinions about a young company differ more widely than about a seasoned one, d times as much.  The
extra fades with the sessions t since the first trade,

    d(t) = 1 + (d₀ − 1) · 2^(−t/h),

as reports and results accumulate (Zhang 2006 on firm age and uncertainty).  With short sales
constrained the price comes down as opinions converge (Miller 1977).

Part of the float of young companies is with customers of brokers and day traders.  Funds know how
large it usually is, u, an average over young companies and time, and are content when they hold
1 − u of the circulation between them (`sim.scales`).  The banks say how much of a deal went
to customers: of a company whose customers got the part a, ā on average, funds expect to hold

    1 − u − ω·(a − ā)·2^(−t/h).

A deal is not dearer because the banks had to place it with customers; what others buy beyond that,
or sell, moves prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from agents.market_agent import MarketAgent
from agents.new_issues import YOUNG
from sim.inputs import Settings

if TYPE_CHECKING:
    from sim.model import MarketModel


#: Deals over which the usual part of customers is averaged, and the most of a company that funds
#: leave to others (assumptions).
DEALS, MOST = 50.0, 0.9


class SeasoningRules(Settings):
    """``half_life`` h of the extra disagreement, sessions (calibrated: a year); ``memory`` of the
    average u, sessions, which starts from ``usual``, ``told`` ω the part of an unusual allocation
    that funds allow for (assumptions; 0 leaves them with the average)."""

    half_life: float = Field(default=131.7, gt=0, le=10_000)
    memory: float = Field(default=252.0, ge=1, le=10_000)
    usual: float = Field(default=0.4, ge=0, lt=1)
    told: float = Field(default=1.0, ge=0, le=1)


class Seasoning(MarketAgent):
    """Time at work on the companies that came to market during the run.

    Parameters
    ----------
    model : MarketModel
    rules : SeasoningRules
    others : sequence of int
        Accounts of those who do not invest by value: customers, day traders, flippers.
    """

    model: MarketModel

    def __init__(self, model: MarketModel, rules: SeasoningRules, others: Sequence[int]) -> None:
        super().__init__(model)
        self.rules, self._others = rules, list(others)
        #: Part of the circulation that others usually hold, u.
        self.usual = rules.usual
        model.scales.claims[model.n_market : model.universe.ordinary] = 1 - self.usual
        self.columns = slice(model.n_market, model.universe.ordinary)
        self._fade = 0.5 ** (1 / rules.half_life)
        self._unusual = np.zeros(model.universe.ordinary - model.n_market)
        self._customers, self._deals = 0.0, 0
        model.add_actor(self)

    def allotted(self, column: int, part: float) -> None:
        """Customers got this part of a deal that starts trading."""
        self._deals += 1
        self._customers += (part - self._customers) * max(1 / DEALS, 1 / self._deals)
        self._unusual[column - self.columns.start] = self.rules.told * (part - self._customers)
        self._expect()

    def _expect(self) -> None:
        others = np.clip(self.usual + self._unusual, 0.0, MOST)
        self.model.scales.claims[self.columns] = 1 - others

    def start_day(self) -> None:
        """A day counts when it is over."""

    def before_auction(self, instant: int) -> None:
        """A day counts when it is over."""

    def after_close(self) -> None:
        """Every listed young company is a day older."""
        universe = self.model.universe
        listed = universe.listed[self.columns]
        disagreement = universe.disagreement[self.columns]
        disagreement[listed] = 1 + (disagreement[listed] - 1) * self._fade
        self._unusual[listed] *= self._fade
        self._learn_who_holds()

    def _learn_who_holds(self) -> None:
        model, c = self.model, self.columns
        age = model.session - model.public_record.listed_since[c]
        young = model.universe.listed[c] & (age < YOUNG)
        if not young.any():
            return
        in_circulation = model.scales.circulation[c] / model.scales.claims[c]
        held = model.ledger.holdings[self._others, c].sum(axis=0)
        part = float(np.mean(held[young] / np.maximum(in_circulation[young], 1.0)))
        self.usual += (min(max(part, 0.0), MOST) - self.usual) / self.rules.memory
        self._expect()
