"""Additions to and deletions from the S&P 500, by era: what is left of the effect, and why.

The claim (Damodaran 2026): the price jump of companies that enter the index has shrunk to nothing
while passive money grew. The scenarios `sp500-1995`, `sp500-2005` and `sp500-2016` have the same
companies, news and behaviour and differ in facts of their era only. Every addition and deletion of
every run is an event with announcement day AD and effective day ED; abnormal returns are log
returns less the market's, A. For each era

    effect       Σ A over (AD, ED]            run-up     Σ A over the 20 days up to AD
    after        Σ A over the 60 days past ED 12 months  Σ A over the 252 days past ED
    volume       volume of ED over the usual  volatility log change, less that of matched controls

means over events; companies that are deleted because they are taken over are left out, as in the
literature. Events of one seed are resampled together (cluster bootstrap, Cameron, Gelbach and
Miller 2008). Then, in the latest era and seed by seed, one mechanism at a time is switched off:

* anticipation: those who trade ahead wait for the announcement (``horizon`` 0);
* arbitrage capital: hedge funds have the money of 1995;
* migration: no money follows the MidCap 400, so a company that moves up is not sold below;
* active response: investors by value do not lean harder when there are fewer of them.

What a mechanism *takes off* is the effect without it less the effect with it.

The claim is *supported* if the effect of additions has fallen from the first era to the last and
what is left is below `NEGLIGIBLE`, *in part* if it has fallen, *contradicted* if it has not fallen
by more than that, *undecided* otherwise. Two more claims are judged in the reading, in the latest
era: that additions fall behind in the 12 months after, and that entry raises volatility (beyond
controls) and not the price (effect and the 60 days after together below `NEGLIGIBLE`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.evidence.event_study import car, cumulative
from experiments.results import Result
from experiments.scenario import Scenario, load_scenario
from experiments.studies.comparison import UNKNOWN, Measure, as_table, difference, estimate, line
from experiments.studies.intervals import Interval, percentile_interval, resamples
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict
from experiments.studies.wording import compared, joined, told
from sim.inputs import InputError, override

Array = NDArray[np.float64]
ERAS = {"1995-99": "sp500-1995", "2000-10": "sp500-2005", "2011-21": "sp500-2016"}
FIRST, LAST = "1995-99", "2011-21"
WITHOUT: dict[str, dict[str, Any]] = {
    "anticipation": {"population.index_arbitrageurs.horizon": 0},
    "arbitrage capital": {
        "population.hedge.wealth_share": 0.02,
        "population.long_only.wealth_share": 0.98,
    },
    "migration": {"population.passive.assets": {"sp500": 1.0}},
    "active response": {"population.strategic_response": 0.0},
}
DAYS = 630
BEFORE, AFTER, YEAR, RUN_UP = 20, 60, 252, 20
NEGLIGIBLE = 0.02  # of the price
KINDS = {"add": "Additions", "delete": "Deletions"}
#: Column of an event, how it reads, its unit.
PARTS = (
    ("effect", "announcement to effective day", "fraction"),
    ("run_up", "20 days up to the announcement", "fraction"),
    ("after", "60 days after the effective day", "fraction"),
    ("year", "12 months after the effective day", "fraction"),
    ("volume_ratio", "volume of the effective day over the usual", "times"),
    ("volatility", "log change of volatility, less controls", "number"),
    ("demand", "demand of index funds, of the float", "fraction"),
)
#: Name, kind, whether it moves between the S&P 500 and the MidCap 400 (None: either), how it reads.
ROUTES = (
    ("add_outside", "add", 0.0, "Effect of additions from outside both indices"),
    ("add_moved", "add", 1.0, "Effect of additions from the MidCap 400"),
    ("delete_outside", "delete", 0.0, "Effect of deletions that leave both indices"),
    ("delete_moved", "delete", 1.0, "Effect of deletions that move down"),
    ("merger", "merger", None, "Effect on companies about to be taken over (no deletions)"),
)
Events = pd.DataFrame


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """The three eras, then the latest with one mechanism less at a time."""
    given = {"days": DAYS, **assignments}
    eras = {label: load_scenario(name, given) for label, name in ERAS.items()}
    less = {
        f"no {name}": override(eras[LAST], change, f"no {name}") for name, change in WITHOUT.items()
    }
    return {**eras, **less}


def measure(result: Result) -> Sequence[Row]:
    """One row an event of the S&P 500 in a run.

    ``path_announced`` and ``path_effective`` are cumulative abnormal returns from 20 days before
    to 60 days after either day, NaN where the run does not reach.
    """
    events = result.panels.get("index_events", pd.DataFrame())
    if not len(events):
        return []
    events = events[events["index"] == "sp500"].set_index("event")
    leaving = _taken_over(result)
    returns = result.panels["index_returns"]
    abnormal = {
        day: _panel(returns[returns["around"] == day], events.index)
        for day in ("announced", "effective")
    }
    if not len(events):
        return []
    origin = BEFORE + 1
    paths = {day: cumulative(values, origin, -BEFORE, AFTER) for day, values in abnormal.items()}
    run_up = car(abnormal["announced"], origin, 1 - RUN_UP, 0)
    after = car(abnormal["effective"], origin, 1, AFTER)
    year = car(abnormal["effective"], origin, 1, YEAR)
    rows = []
    for place, (_, event) in enumerate(events.iterrows()):
        rows.append(
            {
                "kind": "merger" if event["symbol"] in leaving else str(event["kind"]),
                "migration": float(event["migration"]),
                "effect": float(event["car_announce_to_effective"]),
                "run_up": float(run_up[place]),
                "after": float(after[place]),
                "year": float(year[place]),
                "volume_ratio": float(event["volume_ratio"]),
                "volatility": _rise(event, "") - _rise(event, "control_"),
                "demand": float(event["demand_of_float"]),
                "path_announced": paths["announced"][place],
                "path_effective": paths["effective"][place],
            }
        )
    return rows


def _taken_over(result: Result) -> set[str]:
    """Symbols of companies that were taken over, or are about to be at the end of the run."""
    universe, events = result.model.universe, result.events
    gone = set(events.loc[events["kind"] == "delisting", "symbol"]) if len(events) else set()
    return gone | {universe.symbols[column] for column in np.flatnonzero(universe.leaving)}


def _panel(returns: pd.DataFrame, events: pd.Index[Any]) -> Array:
    """Abnormal returns (events, days), from day −BEFORE − 1 to YEAR, NaN where there is none."""
    abnormal = returns.assign(abnormal=returns["stock_return"] - returns["market_return"])
    wide = abnormal.pivot(index="event", columns="day", values="abnormal")
    return wide.reindex(index=events, columns=range(-BEFORE - 1, YEAR + 1)).to_numpy(float)


def _rise(event: pd.Series, prefix: str) -> float:
    before, after = (event[f"{prefix}volatility_{when}"] for when in ("before", "after"))
    return float(np.log(after / before)) if before > 0 and after > 0 else float("nan")


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Means by era, what each mechanism takes off, figures."""
    table = tabulate(rows, rng)
    return Finding(table, read(table), judge(table), _figures(rows, table))


def tabulate(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The table of the study, from one row an event. Raises InputError if there are none."""
    if not len(rows):
        raise InputError("days: no addition or deletion in any run, expected longer runs")
    labels = list(dict.fromkeys(rows["condition"]))
    seeds = np.sort(rows["seed"].unique())
    counts = resamples(seeds.size, rng)
    lines = []
    for kind, title in KINDS.items():
        own = rows[rows["kind"] == kind]
        for name, what, unit in PARTS:
            part = Measure(f"{kind}_{name}", f"{title}: {what}", unit)
            lines += _by_era(own, name, part, seeds, counts)
    for name, kind, moved, what in ROUTES:
        route = rows[rows["kind"] == kind]
        route = route if moved is None else route[route["migration"] == moved]
        lines += _by_era(route, "effect", Measure(name, what, "fraction"), seeds, counts)
    whole = rows.assign(level=rows["effect"] + rows["after"])
    for kind, title in KINDS.items():
        level = Measure(f"{kind}_level", f"{title}: announcement to 60 days after", "fraction")
        lines += _by_era(whole[whole["kind"] == kind], "level", level, seeds, counts)
    for kind, title in KINDS.items():
        lines += _taken_off(rows[rows["kind"] == kind], kind, title, labels, seeds, counts)
    return as_table(lines)


def pooled(events: Events, name: str, seeds: Array, counts: Array) -> Array:
    """Mean of a column over events, once a row of `counts` (draws, seeds); NaN without events."""
    known = events[np.isfinite(events[name].astype(float))]
    by_seed = known.groupby("seed")[name].agg(["sum", "size"]).reindex(seeds, fill_value=0.0)
    number = counts @ by_seed["size"].to_numpy(float)
    total = counts @ by_seed["sum"].to_numpy(float)
    return np.divide(total, number, out=np.full(number.size, np.nan), where=number > 0)


def _by_era(
    events: Events, name: str, part: Measure, seeds: Array, counts: Array
) -> list[dict[str, object]]:
    """A line an era, with the difference to the first."""
    figures = {era: pooled(events[events["condition"] == era], name, seeds, counts) for era in ERAS}
    numbers = events[np.isfinite(events[name].astype(float))].groupby("condition").size()
    lines = []
    for era, figure in figures.items():
        found = percentile_interval(figure, seeds.size)
        found = Interval(found.value, found.low, found.high, int(numbers.get(era, 0)))
        against = percentile_interval(figure - figures[FIRST], seeds.size)
        lines.append(line(part, era, found, UNKNOWN if era == FIRST else against))
    return lines


def _taken_off(
    events: Events, kind: str, title: str, labels: Sequence[str], seeds: Array, counts: Array
) -> list[dict[str, object]]:
    """A line a mechanism: effect without it less effect with it, in the latest era."""
    part = Measure(f"{kind}_without", f"{title}: effect {LAST} without less with it", "fraction")
    base = pooled(events[events["condition"] == LAST], "effect", seeds, counts)
    lines = []
    for name in WITHOUT:
        if f"no {name}" in labels:
            own = events[events["condition"] == f"no {name}"]
            change = pooled(own, "effect", seeds, counts) - base
            lines.append(line(part, name, percentile_interval(change, seeds.size)))
    return lines


def _figures(rows: pd.DataFrame, table: pd.DataFrame) -> dict[str, Any]:
    from experiments.show.entry_figures import Panel, bars_figure, effects_figure

    days = np.arange(-BEFORE, AFTER + 1.0)
    figures = {}
    for day, mark in (("announced", "announcement"), ("effective", "effective day")):
        parts = []
        for kind, title in KINDS.items():
            own = rows[rows["kind"] == kind]
            paths = {era: _mean_paths(own[own["condition"] == era], f"path_{day}") for era in ERAS}
            parts.append(Panel(title.lower(), paths, (0.0,)))
        figures[f"around_{day}"] = effects_figure(
            parts,
            days,
            f"Abnormal returns around the {mark}, by era",
            CAPTION,
            f"trading days from the {mark}",
        )
    figures["decomposition"] = bars_figure(
        table, "add_without", f"What keeps the effect of additions small in {LAST}", BARS_CAPTION
    )
    return figures


CAPTION = (
    "Cumulative abnormal returns, from 20 days before. Lines: means over the events of a history, "
    "then over histories; bands: 95 % intervals over histories. Watch the step between "
    "announcement and effective day, what comes before it, and what is given back."
)
BARS_CAPTION = (
    "The effect of additions from announcement to effective day with one mechanism switched off, "
    "less the effect with all of them; the same histories otherwise. Lines: 95 % intervals, "
    "histories resampled. A bar to the right is an effect that the mechanism takes off."
)


def _mean_paths(events: Events, name: str) -> Array:
    """Mean path of the events of each seed, (seeds, days)."""
    found = []
    for _, own in events.groupby("seed"):
        paths = np.stack([np.asarray(path, dtype=np.float64) for path in own[name]])
        paths = paths[np.isfinite(paths).all(axis=1)]
        if len(paths):
            found.append(paths.mean(axis=0))
    return np.stack(found) if found else np.zeros((0, BEFORE + AFTER + 1))


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    fall, left = difference(table, "add_effect", LAST), estimate(table, "add_effect", LAST)
    if fall.sign < 0:
        return "supported" if left.high < NEGLIGIBLE else "in part"
    return "contradicted" if fall.low > -NEGLIGIBLE else "undecided"


def falls_behind(table: pd.DataFrame) -> Verdict:
    """Whether additions of the latest era fall behind the market in the 12 months after."""
    return _signed(-estimate(table, "add_year", LAST).sign)


def rougher_not_dearer(table: pd.DataFrame) -> Verdict:
    """Whether entry raises volatility beyond that of controls, and not the price."""
    rise, level = estimate(table, "add_volatility", LAST), estimate(table, "add_level", LAST)
    rougher = rise.sign
    same = 1 if level.high < NEGLIGIBLE else -1 if level.low > NEGLIGIBLE else 0
    if rougher > 0 and same > 0:
        return "supported"
    if rougher < 0 or (rougher == 0 and np.isfinite(rise.value) and same < 0):
        return "contradicted" if same < 0 else "in part" if same > 0 else "undecided"
    return "in part" if 1 in (rougher, same) else "undecided"


def _signed(sign: int) -> Verdict:
    return "supported" if sign > 0 else "contradicted" if sign < 0 else "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""

    def by_era(name: str, unit: str = "fraction") -> str:
        return joined([f"{told(estimate(table, name, era), unit)} in {era}" for era in ERAS])

    fall = compared(difference(table, "add_effect", LAST), "fraction")
    taken = table[table["measure"] == "add_without"]
    off = [
        f"{compared(estimate(table, 'add_without', str(name)), 'fraction')} without {name}"
        for name in taken["condition"]
    ]
    rise = told(estimate(table, "add_volatility", LAST), "number")
    return (
        f"From announcement to effective day additions gain {by_era('add_effect')}: from first "
        f"to last the effect is {fall}. Deletions: {by_era('delete_effect')}. Ahead of the "
        f"announcement additions move by {by_era('add_run_up')}. In {LAST} the effect of "
        f"additions is {joined(off)}. In the 12 months after, additions return "
        f"{told(estimate(table, 'add_year', LAST), 'fraction')} against the market ({LAST}); that "
        f"they fall behind: {falls_behind(table)}. Their log volatility changes by {rise} more "
        f"than that of controls; that entry makes prices rougher and not higher: "
        f"{rougher_not_dearer(table)}."
    )


STUDY = Study(
    name="inclusion-effect",
    claim=(
        "The price jump on entering the index has shrunk to nothing while passive money grew "
        "(Damodaran 2026)"
    ),
    question="What happens to companies that enter or leave the S&P 500, and why less than before?",
    replicates=8,
    hangs_on=(
        "facts of the eras: hedge funds' wealth, how far ahead changes are foreseen and money on "
        "the MidCap 400; with those of 1995-99 throughout the effect grows with passive money"
    ),
    flip={
        "population.hedge.wealth_share": 0.02,
        "population.long_only.wealth_share": 0.98,
        "population.index_arbitrageurs.horizon": 0,
        "population.passive.assets": {"sp500": 1.0},
        "population.strategic_response": 0.0,
    },
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)
