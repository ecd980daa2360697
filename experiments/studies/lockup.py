"""What happens when locked-up holders may sell: a ladder, one cliff, or no lock-up at all.

The claim (Damodaran 2026): locked-up holders cash out when the lock-up ends. Four worlds share
every random number: the scenario's ladder of releases; one release of everybody's shares 180 days
after the offering, the customary term (Field and Hanka 2001); none at all; and, as the yardstick,
one in which nothing is ever released. Around the first large release (the float rises by at least
`LARGE` of all shares in a day) four things are measured.

* Abnormal return over days −5 … +5, as an econometrician would measure it: the growth of the price
  over that of the market, less one. It contains whatever news fell into these days.
* The effect itself: the growth of P / P° over the same days, less one, P° the price in the world of
  the same seed in which nothing is released. Before the release the two are the same.
* Shares sold by insiders within `SOLD_WITHIN` sessions, as a fraction of those released.
* Volume a day in the ten sessions from the release on, over that of days −20 … −6.

The claim is *supported* if insiders sell and the release lowers the price in both worlds with one,
*in part* if in one of the two, *contradicted* if in neither by more than `NEGLIGIBLE`, otherwise
*undecided*. How much insiders sell is set in the scenario (20–40 % of a tranche in its first month;
Field and Hanka 2001); how far the price gives way is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.results import Result
from experiments.scenario import Scenario, load_scenario
from experiments.studies.comparison import Measure, compare, difference, estimate
from experiments.studies.paths import (
    at,
    float_path,
    held,
    market,
    series,
    stacked,
    volatility,
)
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict, vary
from experiments.studies.wording import compared, joined, told
from sim.inputs import InputError

Array = NDArray[np.float64]
LADDER, CLIFF, NONE, NEVER = "ladder", "cliff", "no lock-up", "never released"
TERM = 180  # calendar days; the modal lock-up of US offerings (Field and Hanka 2001)
YEAR, DAYS = 252, 258
LARGE = 0.05
NEGLIGIBLE = 0.01  # of the price
WINDOW, SOLD_WITHIN, BEFORE = 5, 10, 20
MEASURES = (
    Measure("release_day", "First large release, day", "number"),
    Measure("released", "Shares released then, of all", "fraction"),
    Measure("sold", "Released shares sold by insiders in ten sessions", "fraction"),
    Measure("abnormal", "Abnormal return, days -5 to +5", "fraction"),
    Measure("effect", "Effect of the release, days -5 to +5", "fraction"),
    Measure("volume_ratio", "Volume after over before the release", "times"),
    Measure("volatility", "Annualised volatility of the first year", "fraction"),
    Measure("highest", "Highest close in the year", "usd"),
    Measure("close_63", "Close on day 63", "usd"),
    Measure("close_252", "Close on day 252", "usd"),
    Measure("over_value", "Close on day 252 over consensus value", "times"),
    Measure("float_63", "Float on day 63", "fraction"),
    Measure("float_252", "Float on day 252", "fraction"),
)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """SpaceX for a year with each lock-up; raises InputError if the offering has none."""
    given = {key: value for key, value in assignments.items() if "offering.lockup" not in key}
    terms = load_scenario("spacex", given).offering
    if terms is None or terms.lockup is None:
        raise InputError("offering.lockup: got none, expected one to compare with others")
    anchor, holders = terms.lockup.anchor, list(terms.stakes())
    once = {"name": "all", "holders": holders, "remaining": True}
    variants: dict[str, dict[str, Any]] = {
        LADDER: {},
        CLIFF: {"offering.lockup": {"anchor": anchor, "tranches": [{**once, "day": TERM}]}},
        NONE: {"offering.lockup": None},
        NEVER: {"offering.lockup": {"anchor": anchor, "tranches": []}},
    }
    return vary("spacex", variants, assignments, {"days": DAYS})


def measure(result: Result) -> Row:
    """Paths of one run; `analyse` measures releases, for which it needs the yardstick."""
    closes, values = series(result, "close"), series(result, "value_per_share")
    floats, terms = float_path(result), result.scenario.offering
    insiders = list(terms.stakes())
    return {
        "volatility": volatility(closes, 0, YEAR),
        "highest": float(np.max(closes[: YEAR + 1])),
        "close_63": at(closes, 63),
        "close_252": at(closes, YEAR),
        "over_value": at(closes, YEAR) / at(values, YEAR),
        "float_63": at(floats, 63),
        "float_252": at(floats, YEAR),
        "close": closes,
        "market": market(result),
        "float": floats,
        "volume": series(result, "volume"),
        "insiders": held(result, insiders),
        "shares": held(result),
    }


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Measure the releases against the yardstick; table, verdict, reading."""
    from experiments.show.study_figures import measures_figure, paths_figure, window_figure

    yardstick = rows[rows["condition"] == NEVER].set_index("seed")["close"]
    around = [around_release(row, yardstick[row["seed"]]) for _, row in rows.iterrows()]
    measured = pd.concat([rows, pd.DataFrame(around, index=rows.index)], axis=1)
    table = compare(measured, MEASURES)
    labels = list(dict.fromkeys(rows["condition"]))
    windows = {label: stacked(measured, label, "window") for label in (LADDER, CLIFF)}
    closes = {label: stacked(rows, label, "close") for label in labels}
    floats = {label: stacked(rows, label, "float") for label in labels}
    shown = ("sold", "effect", "volume_ratio", "volatility", "close_63", "close_252")
    figures = {
        "paths": paths_figure(closes, "Price and float under four lock-ups", floats),
        "release": window_figure(windows, "What the first large release does to the price"),
        "lockup": measures_figure(table, shown, "Four lock-ups side by side"),
    }
    return Finding(table, read(table), judge(table), figures)


def release_day(floats: Array) -> int | None:
    """First day after day 0 on which the float rises by `LARGE` of all shares; None without."""
    large = np.flatnonzero(np.diff(floats) >= LARGE)
    return int(large[0]) + 1 if large.size else None


def around_release(row: pd.Series, yardstick: Array) -> dict[str, float | Array]:
    """Figures of the first large release of one run; NaN without one, or too close to the ends.

    `yardstick` are the closes (days,) USD of the world of the same seed without releases.
    """
    names = ("release_day", "released", "sold", "abnormal", "effect", "volume_ratio")
    found: dict[str, float | Array] = dict.fromkeys(names, float("nan"))
    found["window"] = np.full(2 * WINDOW + 2, np.nan)
    day = release_day(row["float"])
    if day is None or day <= BEFORE or day + SOLD_WITHIN > len(row["close"]):
        return found
    prices, levels = np.log(row["close"]), np.log(row["market"])
    before, last = day - WINDOW - 1, day + WINDOW
    gap = prices - np.log(yardstick)
    freed = (row["float"][day] - row["float"][day - 1]) * row["shares"][day]
    gone = row["insiders"][day - 1] - row["insiders"][day + SOLD_WITHIN - 1]
    usual = row["volume"][day - BEFORE : day - WINDOW].mean()
    beyond = prices - levels
    found |= {
        "release_day": float(day),
        "released": float(row["float"][day] - row["float"][day - 1]),
        "sold": float(gone / freed),
        "abnormal": float(np.expm1(beyond[last] - beyond[before])),
        "effect": float(np.expm1(gap[last] - gap[before])),
        "volume_ratio": float(row["volume"][day : day + SOLD_WITHIN].mean() / usual),
        "window": gap[before : last + 1] - gap[before],
    }
    return found


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    falls = 0
    effects = [estimate(table, "effect", label) for label in (LADDER, CLIFF)]
    for label, effect in zip((LADDER, CLIFF), effects, strict=True):
        falls += effect.sign < 0 and estimate(table, "sold", label).sign > 0
    if falls:
        return "supported" if falls == len(effects) else "in part"
    return "contradicted" if all(e.low > -NEGLIGIBLE for e in effects) else "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    releases = " ".join(_release(table, label) for label in (LADDER, CLIFF))
    levels = []
    for day in (63, YEAR):
        cliff, none = (difference(table, f"close_{day}", label) for label in (CLIFF, NONE))
        levels.append(
            f"on day {day} the close is {compared(cliff, 'usd')} with the cliff and "
            f"{compared(none, 'usd')} without a lock-up"
        )
    rough = [
        f"{compared(difference(table, 'volatility', label), 'fraction')} {where}"
        for label, where in ((CLIFF, "with the cliff"), (NONE, "without a lock-up"))
    ]
    return (
        f"{releases} Against the ladder, {'; '.join(levels)}; volatility over the year is "
        f"{joined(rough)}."
    )


def _release(table: pd.DataFrame, label: str) -> str:
    day = estimate(table, "release_day", label)
    if not day.n:
        return f"With the {label} there is no large release in the time simulated."
    effect, seen = estimate(table, "effect", label), estimate(table, "abnormal", label)
    word = {1: "raises", -1: "lowers", 0: "does not measurably move"}[effect.sign]
    size = f"{told(effect, 'fraction')} against the world in which nothing is released"
    return (
        f"With the {label}, {told(estimate(table, 'released', label), 'fraction')} of all shares "
        f"come free on day {day.value:.0f}; insiders sell "
        f"{told(estimate(table, 'sold', label), 'fraction')} of them in ten sessions. The release "
        f"{word} the price: {size}, days -5 to +5; measured against the market the abnormal return "
        f"of these days is {told(seen, 'fraction')}."
    )


STUDY = Study(
    name="lockup",
    claim="Locked-up holders cash out when the lock-up ends (Damodaran 2026)",
    question="What does the end of a lock-up do: a ladder, one cliff, no lock-up?",
    replicates=24,
    hangs_on="population.insiders.*.sell: insiders who keep their shares move nothing",
    flip={
        f"population.insiders.{holder}.sell": 0.0
        for holder in ("employees", "venture_funds", "executives", "extended_holders")
    },
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)
