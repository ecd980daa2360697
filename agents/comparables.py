"""What a bank thinks a private company would trade at: comparable companies, with error.

The bank takes a handful of listed companies of the same sector, sees by how much they trade above
or below their public value, and carries this over:

    log V̂ = v + mean over peers of (log price − log value) + error,

v the public log value of the company.  Young companies are peers too, so a bank follows the mood of
the market for new issues as far as that is in their prices.  Peers differ, and no peer is
the company: prices of offerings lie 25 % and more from what multiples of peers say (Kim and
Ritter 1999).  This is why filing ranges err.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from sim.inputs import Settings

if TYPE_CHECKING:
    from sim.model import MarketModel


class ComparablesRules(Settings):
    """``peers`` looked at, and the standard deviation ``error`` of log value by which multiples of
    peers miss (calibrated; Kim and Ritter 1999 find 25 % and more, even with forecast earnings)."""

    peers: int = Field(default=6, ge=0, le=100)
    error: float = Field(default=0.3511, ge=0, le=2)


def expected_log_value(
    model: MarketModel, rules: ComparablesRules, column: int, rng: np.random.Generator
) -> float:
    """Log USD a share that the bank expects the market to pay for the company in this column."""
    universe = model.universe
    alike = np.flatnonzero(universe.listed & (universe.sector == universe.sector[column]))
    gap = 0.0
    if rules.peers and alike.size:
        chosen = rng.choice(alike, size=min(rules.peers, alike.size), replace=False)
        gaps = model.exchange.last_log_price[chosen] - universe.log_value[chosen]
        gap = float(gaps.mean())
    error = rules.error * rng.standard_normal() - 0.5 * rules.error**2
    return float(universe.log_value[column]) + gap + error
