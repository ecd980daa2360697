"""I5, I6 and I7: additions to the S&P 500, on the runs of `experiments.studies.inclusion_effect`.

One set of behaviour under the facts of three eras; see that file for effects, intervals and the
mechanisms that are switched off. A replay of Tesla's entry of December 2020 (`tesla-2020`) is run
beside it: what the price of Tesla does from announcement to effective close against the market, and
over the `HALF_YEAR` sessions after, against the market and against the company dropped for it.

I5 is judged as in the study. I6 is *supported* if additions of the latest era measurably fall
behind the market over the 12 months after, *contradicted* if they measurably get ahead, else
*undecided*; Tesla is one event and is told, not judged. I7 is *supported* if entry raises
volatility beyond that of matched controls and leaves the level, as in the study.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from experiments.evidence.claims.claim import POST_INDEX, Answer, Evidence, Measure, studied
from experiments.results import Result
from experiments.scenario import Scenario, load_scenario
from experiments.studies import inclusion_effect as study
from experiments.studies.comparison import as_table, estimate, line
from experiments.studies.inclusion_effect import LAST
from experiments.studies.intervals import mean_interval
from experiments.studies.study import Assignments, Finding, Row, Verdict
from experiments.studies.wording import told

TESLA, SCENARIO, SYMBOL = "Tesla 2020", "tesla-2020", "TSLA"
HALF_YEAR, DAYS = 126, 200
REPLAY = (
    Measure(
        "tesla_effect", "Tesla: announcement to effective close, against the market", "fraction"
    ),
    Measure("tesla_after", "Tesla: half a year after, against the market", "fraction"),
    Measure("tesla_dropped", "Tesla: half a year after, against the company dropped", "fraction"),
)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """Those of the study and the replay, to which assignments of the eras do not apply."""
    return {
        **study.conditions(assignments),
        TESLA: load_scenario(SCENARIO, {"days": DAYS}),
    }


def measure(result: Result) -> Sequence[Row]:
    """One row an event, as in the study; the replay gives a row of its own."""
    if SYMBOL not in result.model.universe.symbols:
        return study.measure(result)
    unknown = np.full(study.BEFORE + study.AFTER + 1, np.nan)
    paths = {"path_announced": unknown, "path_effective": unknown}
    return [{"kind": "replay", "migration": 0.0, **paths, **replay(result)}]


def replay(result: Result) -> dict[str, float]:
    """Log returns of Tesla around its entry; NaN where it did not enter or the run ends before."""
    found = {part.name: float("nan") for part in REPLAY}
    recorder, symbols = result.model.recorder, result.model.universe.symbols
    events = result.panels["index_events"]
    events = events[events["index"] == "sp500"]
    own = events[(events["symbol"] == SYMBOL) & (events["kind"] == "add")]
    if not len(own):
        return found
    announced, effective = (int(own[f"{name}_day"].iloc[0]) for name in ("announced", "effective"))
    log = np.log(recorder.close[: recorder.days])
    market, tesla = np.log(recorder.level[: recorder.days, 0]), log[:, symbols.index(SYMBOL)]
    found["tesla_effect"] = float(
        tesla[effective] - tesla[announced] - market[effective] + market[announced]
    )
    last = effective + HALF_YEAR
    if last < recorder.days:
        gone = tesla[last] - tesla[effective]
        found["tesla_after"] = float(gone - market[last] + market[effective])
        dropped = events[(events["kind"] == "delete") & (events["effective_day"] == effective)]
        if len(dropped):
            other = log[:, symbols.index(str(dropped["symbol"].iloc[0]))]
            found["tesla_dropped"] = float(gone - other[last] + other[effective])
    return found


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """The finding of the study, with the replay in its table."""
    found = study.analyse(rows[rows["condition"] != TESLA], rng)
    own = rows[rows["condition"] == TESLA]
    lines = [line(part, TESLA, mean_interval(own[part.name])) for part in REPLAY if len(own)]
    return replace(found, table=pd.concat([found.table, as_table(lines)], ignore_index=True))


STUDY = replace(study.STUDY, conditions=conditions, measure=measure, analyse=analyse)


def effect_answer(evidence: Evidence) -> Answer:
    """What is left of the effect in the latest era."""
    return evidence.answer(
        "add_effect", LAST, ("add_effect", "delete_effect", "add_run_up", "add_without"),
        "what counts as nothing: the effect has fallen, and some of it is left",
    )  # fmt: skip


def year_answer(evidence: Evidence) -> Answer:
    """The 12 months after entry, and Tesla."""
    parts = [told(estimate(evidence.table, part.name, TESLA), "fraction") for part in REPLAY]
    year = told(estimate(evidence.table, "add_year", LAST), "fraction")
    reading = (
        f"In the 12 months after the effective day additions of {LAST} return {year} (log) against "
        f"the market. Tesla, replayed, gains {parts[0]} from announcement to effective close, and "
        f"over the half year after {parts[1]} against the market and {parts[2]} against the "
        "company dropped for it."
    )
    return evidence.answer(
        "add_year", LAST, ("add_year", "add_after", "tesla_after", "tesla_dropped"), "",
        verdict=study.falls_behind(evidence.table), reading=reading,
    )  # fmt: skip


def rough_answer(evidence: Evidence) -> Answer:
    """Volatility after entry, beyond that of controls."""
    rise, level = (estimate(evidence.table, f"add_{n}", LAST) for n in ("volatility", "level"))
    verdict: Verdict = study.rougher_not_dearer(evidence.table)
    half = "prices stay where they were" if level.high < study.NEGLIGIBLE else "prices get rougher"
    return evidence.answer(
        "add_volatility", LAST, ("add_volatility", "add_level", "add_volume_ratio"),
        f"the half of the claim: {half}, the other half is not measurable",
        verdict=verdict,
        reading=f"After entry log volatility changes by {told(rise, 'number')} more than that of "
        f"matched controls; from announcement to 60 days after the effective day the price gains "
        f"{told(level, 'fraction')} on the market ({LAST}).",
    )  # fmt: skip


_claim = partial(studied, STUDY, source=POST_INDEX, quick=4)

I5 = _claim(
    id="I5",
    words="The inclusion bump has shrunk to nothing while passive money grew",
    read=effect_answer,
)
I6 = _claim(
    id="I6",
    words="Added companies underperform over the next 12 months; Tesla lagged the company it "
    "replaced",
    question="What do additions return in the 12 months after, and Tesla after December 2020?",
    hangs_on="population.passive_share: without index funds there is no bump to give back",
    flip={"population.passive_share": 0.0},
    read=year_answer,
)
I7 = _claim(
    id="I7",
    words="Inclusion raises intraday and short-term volatility, not price levels",
    question="What does entry do to volatility beyond that of controls, and to the level?",
    hangs_on="hedge funds' wealth and how far ahead changes are foreseen: with those of 1995-99 "
    "and the index money of today the price stays where index funds have lifted it",
    read=rough_answer,
)
