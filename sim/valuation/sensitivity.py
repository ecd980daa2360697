"""Which inputs move value: a tornado one input at a time, and Sobol indices over all stories.

*Tornado*: every source of disagreement is put at its 10th and 90th percentile, the others at their
median (z = 0; switches at their mean effect). *Sobol indices* split the variance of log equity
value over the sources: S_i = V[E(Y|z_i)] / V(Y) and the total T_i = E[V(Y|z_~i)] / V(Y), estimated
by the pick-freeze estimators of Saltelli et al. (2010, table 2 b and f).

References
----------
Saltelli, Annoni, Azzini, Campolongo, Ratto and Tarantola (2010), Computer Physics Communications.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.valuation.company import Company
from sim.valuation.dcf import Inputs, log_value_per_share, value
from sim.valuation.stories import stories_at, story_factors


@dataclass(frozen=True)
class Bar:
    """Equity value (USD) with one input low and high; `low_input` and `high_input` say how."""

    factor: str
    low_equity: float
    high_equity: float
    low_input: str
    high_input: str

    @property
    def swing(self) -> float:
        """Width of the bar, USD."""
        return abs(self.high_equity - self.low_equity)


@dataclass(frozen=True)
class Index:
    """Share of the variance of log equity value: of the factor alone, and with interactions."""

    factor: str
    first: float
    total: float


def tornado(company: Company, percentile: float = 0.9) -> list[Bar]:
    """Bars of equity value, widest first, each input at its low and high percentile."""
    factors = story_factors(company)
    switches = company.stories.switches
    reach = float(ndtri(percentile))
    bars = []
    for name in factors:
        if name in switches:
            low, high = (_median(company, {name: won}) for won in (False, True))
            low_text, high_text = "fails", "succeeds"
        else:
            low, high = (_median(company, {}, name, side) for side in (-reach, reach))
            low_text, high_text = _describe(low, name), _describe(high, name)
        worth = [float(value(case).equity_value[0]) for case in (low, high)]
        bars.append(Bar(name, worth[0], worth[1], low_text, high_text))
    return sorted((bar for bar in bars if bar.swing > 0), key=lambda bar: -bar.swing)


def sobol_indices(company: Company, n: int, rng: np.random.Generator) -> list[Index]:
    """First and total Sobol index of every factor, largest total first; n (factors + 2) stories."""
    factors = story_factors(company)
    a, b = rng.standard_normal((2, n, len(factors)))
    y_a, y_b = _log_equity(company, a), _log_equity(company, b)
    variance = np.concatenate([y_a, y_b]).var()
    indices = []
    for column, name in enumerate(factors):
        mixed = a.copy()
        mixed[:, column] = b[:, column]
        y = _log_equity(company, mixed)
        if variance == 0:
            indices.append(Index(name, 0.0, 0.0))
            continue
        first = float(np.mean((y_b - y_b.mean()) * (y - y_a)) / variance)
        total = float(np.mean((y_a - y) ** 2) / (2 * variance))
        indices.append(Index(name, first, total))
    return sorted(indices, key=lambda index: -index.total)


def _log_equity(company: Company, z: NDArray[np.float64]) -> NDArray[np.float64]:
    # equity after the offering; a constant number of shares only shifts the log
    return log_value_per_share(stories_at(company, z), shares=1.0)


def _median(
    company: Company, outcomes: dict[str, bool], factor: str | None = None, at: float = 0.0
) -> Inputs:
    """The published inputs with one factor moved; switches not named have their mean effect."""
    factors = story_factors(company)
    z = np.zeros((1, len(factors)))
    if factor is not None:
        z[0, factors.index(factor)] = at
    held = {name: s for name, s in company.stories.switches.items() if name in outcomes}
    rules = company.stories.model_copy(update={"switches": held})
    calm = company.model_copy(update={"stories": rules})
    return stories_at(calm, z[:, : len(story_factors(calm))], outcomes)


def _describe(inputs: Inputs, factor: str) -> str:
    if factor == "outlook":
        return "all markets and margins together"
    if factor == "cost_of_capital":
        return f"{inputs.cost_of_capital_initial[0]:.2%} at first"
    if factor == "failure":
        return f"{inputs.failure_probability[0]:.1%}"
    segment, part = factor.rsplit(".", 1)
    k = inputs.segment_names.index(segment)
    if part in ("target_margin", "base_margin"):
        return f"{getattr(inputs, part)[0, k]:.1%}"
    if part == "sales_to_capital":
        return f"{inputs.sales_to_capital_early[0, k]:.1f} at first"
    field = "base_revenue" if part == "base_revenue" else "target_revenue"
    return f"{getattr(inputs, field)[0, k] / 1e9:,.1f} bn revenue"
