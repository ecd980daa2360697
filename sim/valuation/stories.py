"""Stories: draws of all valuation inputs at once, one for each investor or Monte Carlo run.

Every uncertain quantity is one independent standard normal, so that a story is a point z of a
named space (`story_factors`) and `stories_at` maps points to inputs without further randomness.
The distributions are those of `sim.valuation.story_rules`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri

from sim.valuation.company import Company
from sim.valuation.dcf import Inputs, inputs_of
from sim.valuation.kernel import LEAST_SPREAD
from sim.valuation.story_rules import Setback, StoryRules

FloatArray = NDArray[np.float64]

#: Margins of a story stay between these.
LOWEST_MARGIN, HIGHEST_MARGIN = -5.0, 0.95
_PER_SEGMENT = (
    "market", "share", "target_margin", "sales_to_capital", "base_revenue", "base_margin"
)  # fmt: skip


def story_factors(company: Company) -> list[str]:
    """Names of the independent sources of disagreement, in the order of the columns of z."""
    factors = ["outlook", "cost_of_capital", "failure"]
    factors += [f"{segment}.{part}" for segment in company.segments for part in _PER_SEGMENT]
    return factors + list(company.stories.switches)


def draw_stories(company: Company, n: int, rng: np.random.Generator) -> Inputs:
    """Draw n stories. Row 0 is the company's own inputs, the published base case.

    Deterministic given the generator's state; the first stories do not depend on n.
    """
    z = rng.standard_normal((max(n, 1), len(story_factors(company))))
    stories = stories_at(company, z)
    base = inputs_of(company)
    for name, column in vars(stories).items():
        if isinstance(column, np.ndarray) and name != "growth_path":
            column[0] = getattr(base, name)[0]
    return stories


def stories_at(
    company: Company, z: FloatArray, outcomes: Mapping[str, bool] | None = None
) -> Inputs:
    """Inputs at the points z, shape (n, factors); `outcomes` fixes switches for all stories."""
    rules = company.stories
    index = {name: column for column, name in enumerate(story_factors(company))}
    inputs = inputs_of(company, len(z))
    own, common = np.sqrt(1 - rules.outlook), np.sqrt(rules.outlook) * z[:, index["outlook"]]
    for k, name in enumerate(inputs.segment_names):
        spread = rules.segment(name)
        market, share, margin, turnover, revenue, profit = (
            z[:, index[f"{name}.{part}"]] for part in _PER_SEGMENT
        )
        size = spread.market_sd * (common + own * market) + spread.share_sd * share
        inputs.target_revenue[:, k] *= np.exp(size)
        inputs.base_revenue[:, k] *= np.exp(spread.base_revenue_sd * revenue)
        inputs.target_margin[:, k] += spread.margin_sd * (common + own * margin)
        inputs.base_margin[:, k] += spread.base_margin_sd * profit
        factor = np.exp(spread.sales_to_capital_sd * turnover)
        inputs.sales_to_capital_early[:, k] *= factor
        inputs.sales_to_capital_late[:, k] *= factor
    _throw_switches(company, inputs, z, outcomes or {})
    for margins in (inputs.target_margin, inputs.base_margin):
        np.clip(margins, LOWEST_MARGIN, HIGHEST_MARGIN, out=margins)
    shift = rules.cost_of_capital_sd * z[:, index["cost_of_capital"]]
    inputs.cost_of_capital_initial += shift
    inputs.cost_of_capital_stable += shift
    floor = inputs.risk_free + LEAST_SPREAD
    for rate in (inputs.cost_of_capital_initial, inputs.cost_of_capital_stable):
        np.maximum(rate, floor, out=rate)
    if company.failure_probability > 0:
        odds = logit(company.failure_probability) + rules.failure_sd * z[:, index["failure"]]
        inputs.failure_probability[:] = expit(odds)
    return inputs


def switch_successes(company: Company, z: FloatArray) -> dict[str, NDArray[np.bool_]]:
    """Which stories hold that each switch succeeds, (n,) each."""
    index = {name: column for column, name in enumerate(story_factors(company))}
    with np.errstate(divide="ignore"):  # ndtri(0) = -inf: never
        return {
            name: z[:, index[name]] < ndtri(switch.probability)
            for name, switch in company.stories.switches.items()
        }


def without_segment(inputs: Inputs, segment: str) -> Inputs:
    """The same stories without one segment: no revenue, no reinvestment, no losses."""
    k = inputs.segment_names.index(segment)
    changed = inputs.copy()
    changed.base_revenue[:, k] = 0.0
    changed.target_revenue[:, k] = 0.0
    return changed


def set_back(inputs: Inputs, setback: Setback) -> Inputs:
    """The same stories with one segment failing: the sales are missed, the capital is spent."""
    k = inputs.segment_names.index(setback.segment)
    changed = inputs.copy()
    changed.target_revenue[:, k] *= setback.revenue_factor
    changed.target_margin[:, k] = setback.target_margin
    changed.sales_to_capital_early[:, k] *= setback.sales_to_capital_factor
    changed.sales_to_capital_late[:, k] *= setback.sales_to_capital_factor
    return changed


def _throw_switches(
    company: Company,
    inputs: Inputs,
    z: FloatArray,
    outcomes: Mapping[str, bool],
) -> None:
    drawn = switch_successes(company, z)
    for name, switch in company.stories.switches.items():
        k = inputs.segment_names.index(switch.segment)
        p = switch.probability
        success = np.full(len(z), outcomes[name]) if name in outcomes else drawn[name]
        gain = switch.margin_gain(company.segments[switch.segment].target_margin)
        inputs.target_margin[:, k] += gain * (success - p)
        mean_factor = 1 + p * (switch.share_factor - 1)
        inputs.target_revenue[:, k] *= np.where(success, switch.share_factor, 1.0) / mean_factor


__all__ = [
    "Setback",
    "StoryRules",
    "draw_stories",
    "set_back",
    "stories_at",
    "story_factors",
    "switch_successes",
    "without_segment",
]
