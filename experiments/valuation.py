"""Valuation experiments: value, stories, bridge, tornado, research and story switches as dicts.

Each function returns plain dicts ready for JSON; money in USD, shares in units, shares of a
whole as fractions. `value_company` gathers what ``ipolab value`` prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.inputs import InputError
from sim.streams import Streams
from sim.valuation.bridge import value_bridge
from sim.valuation.company import Company, load_company
from sim.valuation.dcf import BN, Inputs, Valuation, inputs_of, value
from sim.valuation.research import capitalise, longest_life
from sim.valuation.sensitivity import sobol_indices, tornado
from sim.valuation.stories import (
    set_back,
    stories_at,
    story_factors,
    switch_successes,
    without_segment,
)

PERCENTILES = (5, 10, 25, 50, 75, 90, 95)
MOST_STORIES = 2_000_000
#: Sizes of the two runs behind the Sobol indices; standard error of an index is about 0.02.
SOBOL_POINTS = 4096

FloatArray = NDArray[np.float64]
Row = dict[str, Any]


def value_company(
    name: str,
    assignments: Mapping[str, Any] | None = None,
    stories: int | None = None,
    seed: int = 0,
    *,
    years: bool = False,
    bridge_from: str | None = None,
    with_tornado: bool = False,
    with_research: bool = False,
    with_switches: bool = False,
    threshold: float = 1.5e12,
    keep_draws: bool = False,
) -> Row:
    """Intrinsic value of a company and whatever else is asked for.

    Parameters
    ----------
    name : str
        Shipped company or path to a TOML file.
    assignments : mapping, optional
        Dotted paths of the company file and their new values.
    stories : int, optional
        Number of stories; adds percentiles of equity value and of value per share.
    seed : int
        Seed of the stories.
    years : bool
        Add revenue, EBIT, reinvestment and free cash flow of years 1-10, in all and by segment.
    bridge_from : str, optional
        Company whose inputs the value bridge starts from.
    threshold : float
        Equity value, USD, whose probability the stories report.
    keep_draws : bool
        Add the equity values of all stories (for a figure).

    Raises InputError for a company, path, value or number of stories that is not allowed.
    """
    company = load_company(name, assignments)
    row = base_row(company, years)
    if stories is not None:
        row |= story_rows(company, stories, seed, threshold, keep_draws)
    if bridge_from is not None:
        row["bridge"] = bridge_row(load_company(bridge_from), company)
    if with_tornado:
        row["tornado"] = [asdict(bar) | {"swing": bar.swing} for bar in tornado(company)]
        indices = sobol_indices(company, SOBOL_POINTS, Streams(seed)("valuation.sobol"))
        row["sobol"] = [asdict(index) for index in indices]
    if with_research:
        row["research"] = research_row(company)
    if with_switches:
        row["switches"] = switch_rows(company, stories or 10_000, seed, threshold)
    return row


def base_row(company: Company, years: bool = False) -> Row:
    """Values of the company's own inputs."""
    worth = value(inputs_of(company), detail=years)
    row: Row = {
        "company": company.name,
        "symbol": company.symbol,
        "as_of": company.as_of.isoformat(),
        "source": company.source,
        "enterprise_value": float(worth.enterprise_value[0]),
        "equity_value": float(worth.equity_value[0]),
        "shares": float(worth.shares[0]),
        "value_per_share": float(worth.value_per_share[0]),
        "present_value_of_flows": float(worth.present_value_of_flows.sum()),
        "present_value_of_terminal": float(worth.present_value_of_terminal.sum()),
        "segments": _by_segment(worth, worth.segment_value[0]),
        "cash": company.cash * BN,
        "debt": company.debt * BN,
        "proceeds": company.proceeds * BN,
    }
    if years:
        row["years"] = {
            name: {"total": rows[0].sum(axis=0).tolist()}
            | {part: rows[0, k].tolist() for k, part in enumerate(worth.segment_names)}
            for name, rows in worth.detail.items()
        }
    return row


def story_rows(
    company: Company, stories: int, seed: int, threshold: float = 1.5e12, keep_draws: bool = False
) -> Row:
    """Monte Carlo: percentiles, spread, probability above the threshold, the story of each end."""
    z = _points(company, stories, seed)
    inputs = stories_at(company, z)
    worth = value(inputs)
    equity = np.maximum(worth.equity_value, 0.0)  # limited liability
    per_share = np.maximum(worth.value_per_share, 0.0)
    row: Row = {
        "stories": stories,
        "seed": seed,
        "percentiles": _percentiles(equity),
        "per_share_percentiles": _percentiles(per_share),
        "mean_equity_value": float(equity.mean()),
        "sd_log_equity_value": _sd_log(equity),
        "threshold": threshold,
        "probability_above_threshold": float(np.mean(equity > threshold)),
        "range_95": np.percentile(equity, [2.5, 97.5]).tolist(),
        "ends": {
            "low": _typical(company, inputs, z, equity <= np.percentile(equity, 5)),
            "middle": _typical(company, inputs, z, _middle(equity)),
            "high": _typical(company, inputs, z, equity >= np.percentile(equity, 95)),
        },
    }
    if keep_draws:
        row["equity_draws"] = equity.tolist()
    return row


def bridge_row(before: Company, after: Company) -> Row:
    """Value bridge, one bar for each changed input, with the sizes in reversed order beside."""
    forward, backward = value_bridge(before, after), value_bridge(before, after, reverse=True)
    reverse = {step.label: step.equity_value for step in backward.steps}
    return {
        "from": asdict(forward.start),
        "to": asdict(forward.end),
        "steps": [
            asdict(step) | {"equity_value_reverse_order": reverse[step.label]}
            for step in forward.steps
        ],
    }


def research_row(company: Company) -> Row:
    """Operating profit with research capitalised, USD, and the same for other lives."""
    history = company.research
    if history is None:
        raise InputError(f"{company.name}: research: missing, expected a [research] table")
    lives = range(1, min(longest_life(history), 15) + 1)
    # any life the history covers is valid, so a copy needs no second check
    by_life = {life: capitalise(history.model_copy(update={"life": life})) for life in lives}
    stated = asdict(capitalise(history))
    return {
        key: amount if key in ("year", "life") else amount * BN for key, amount in stated.items()
    } | {
        "assumption": history.assumption,
        "adjusted_operating_income_by_life": {
            str(life): result.adjusted_operating_income * BN for life, result in by_life.items()
        },
    }


def switch_rows(company: Company, stories: int, seed: int, threshold: float = 1.5e12) -> Row:
    """The segment that hinges on switches off, base, failed, with its advantage earned.

    Every case values the same stories (common random numbers). `point` is the published case
    with only the case's change made.
    """
    rules = company.stories
    if not rules.switches or rules.setback is None:
        raise InputError(
            f"{company.name}: stories: got no switches or no setback, expected "
            "[stories.switches.<name>] and [stories.setback] tables"
        )
    setback, segment = rules.setback, rules.setback.segment
    others = [name for name in company.segments if name != segment]
    z = _points(company, stories, seed)
    point = np.zeros((1, z.shape[1]))
    every = {won: dict.fromkeys(rules.switches, won) for won in (False, True)}

    def alone(inputs: Inputs, keep: str) -> Inputs:
        for name in company.segments:
            inputs = inputs if name == keep else without_segment(inputs, name)
        return inputs

    drawn, own = stories_at(company, z), inputs_of(company)
    worth = value(own).segment_value[0]
    main = max(others or [segment], key=lambda name: worth[own.segment_names.index(name)])
    cases = {
        "off": (without_segment(drawn, segment), without_segment(own, segment)),
        "base": (drawn, own),
        "failed": (
            set_back(stories_at(company, z, every[False]), setback),
            set_back(stories_at(company, point, every[False]), setback),
        ),
        "earned": (
            stories_at(company, z, every[True]),
            stories_at(company, point, every[True]),
        ),
        f"{main}_alone": (alone(drawn, main), alone(own, main)),
    }
    return {
        "segment": segment,
        "threshold": threshold,
        "stories": stories,
        "margin_gain": {
            name: switch.margin_gain(company.segments[switch.segment].target_margin)
            for name, switch in rules.switches.items()
        },
        "probability": {name: switch.probability for name, switch in rules.switches.items()},
        "cases": {
            label: _case(inputs, single, segment, threshold)
            for label, (inputs, single) in cases.items()
        },
    }


def _case(inputs: Inputs, single: Inputs, segment: str, threshold: float) -> Row:
    equity, point = value(inputs).equity_value, value(single)
    above = float(np.mean(equity > threshold))
    k = point.segment_names.index(segment)
    return {
        "point": float(point.equity_value[0]),
        "segment_value": float(point.segment_value[0, k]),
        "mean": float(equity.mean()),
        "percentiles": _percentiles(equity),
        "probability_above_threshold": above,
        "standard_error": float(np.sqrt(above * (1 - above) / len(equity))),
    }


def _points(company: Company, stories: int, seed: int) -> FloatArray:
    if isinstance(stories, bool) or not isinstance(stories, int):
        raise InputError(f"stories: got {stories!r}, expected a whole number")
    if not 1 <= stories <= MOST_STORIES:
        raise InputError(f"stories: got {stories}, expected 1 to {MOST_STORIES}")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError(f"seed: got {seed!r}, expected a non-negative whole number")
    rng = Streams(seed)("valuation.stories")
    return rng.standard_normal((stories, len(story_factors(company))))


def _percentiles(values: FloatArray) -> dict[str, float]:
    levels = np.percentile(values, PERCENTILES)
    return {f"p{p}": float(level) for p, level in zip(PERCENTILES, levels, strict=True)}


def _sd_log(equity: FloatArray) -> float | None:
    """Standard deviation of log equity; None if some story leaves nothing."""
    return float(np.log(equity).std()) if (equity > 0).all() else None


def _middle(equity: FloatArray) -> NDArray[np.bool_]:
    low, high = np.percentile(equity, [45, 55])
    return (equity >= low) & (equity <= high)


def _typical(company: Company, inputs: Inputs, z: FloatArray, chosen: NDArray[np.bool_]) -> Row:
    """Mean inputs of some stories: what one must believe to arrive at these values."""
    part = {
        name: {
            "target_revenue": float(inputs.target_revenue[chosen, k].mean()),
            "target_margin": float(inputs.target_margin[chosen, k].mean()),
        }
        for k, name in enumerate(inputs.segment_names)
    }
    wins = {name: float(won[chosen].mean()) for name, won in switch_successes(company, z).items()}
    return {
        "stories": int(chosen.sum()),
        "cost_of_capital": float(inputs.cost_of_capital_initial[chosen].mean()),
        "segments": part,
        "switches": wins,
    }


def _by_segment(worth: Valuation, values: FloatArray) -> dict[str, float]:
    return dict(zip(worth.segment_names, map(float, values), strict=True))
