"""Whether a run has the figures that a design asks for, found out before the sweep starts."""

from __future__ import annotations

import difflib

from experiments.scenario import Scenario
from experiments.sweeps.assign import assign
from experiments.sweeps.plan import Plan, resolve
from experiments.sweeps.work import flatten, simulate
from sim.inputs import InputError

INCLUSION = ("announced", "effective", "demand_usd", "car_announce_to_effective")


def check_outputs(plan: Plan, source: str) -> None:
    """Run the first point for one day and compare the names.

    Raises InputError for a figure that a run cannot have. Figures that come only later in a run
    (`_later`) are not checked.
    """
    wanted = plan.design.outputs.summary
    if not wanted:
        return
    scenario = resolve(plan.base, plan.points, 0, source)
    known = _known(assign(scenario, {"days": 1}, source), int(plan.seed[0]))
    for name in wanted:
        if name.split(".")[0] in _later(scenario):
            continue
        if name not in known and not any(other.startswith(f"{name}.") for other in known):
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[:8]
            raise InputError(
                f"{source}: outputs.summary: got {name!r}, expected {' or '.join(near)}"
            )


def _later(scenario: Scenario) -> list[str]:
    """Tables of figures that one day does not fill: offerings and actions that are still to come,
    and index entries of companies that arrive."""
    found = {
        "ipos": scenario.pipeline is not None,
        "corporate_actions": bool(scenario.corporate_actions),
        "inclusions_of_others": bool(scenario.arrivals),
    }
    return [name for name, there in found.items() if there]


def _known(scenario: Scenario, seed: int) -> list[str]:
    figures, _ = simulate(scenario, seed, ())
    names = [name for name in flatten(figures) if not name.startswith("inclusions")]
    if scenario.offering is None:
        return names
    return names + [
        f"inclusions.{index}.{figure}" for index in scenario.indices for figure in INCLUSION
    ]
