"""P7 and P8: what traders and short sellers make of the first year, on the same runs.

Traders (P7) buy at the offer, at the first trade, or at the close of day 0, 5, 21 or 63, and sell
at a later close; their gain is the ratio of the prices less one. The largest fall from a peak
within the year is measured beside it.

A short seller (P8) sells a share at every fifth close up to day `LAST_ENTRY`, pays the fee for
the loan, and buys back after `HOLD` sessions. With P_e the price at entry and the margins m₀, m₁
of `sim.market.borrowing` his equity is

    E_t = m₀ P_e + (P_e − P_t) − Σ fee_s P_s / 252.

He is *called* when E_t < m₁ P_t and buys back at that close; his loss is counted then.
Overvaluation at entry is P_e over the consensus value, less one. "At $2T" are entries when all
shares together are worth that much.

P7 is *supported* if buyers at the offer and at the first trade gain until day 21 and buyers of
day 21 lose until day 252, all measurably; *contradicted* if buyers at the offer measurably lose
until day 21; *in part* if buyers at the offer gain but not the rest; otherwise *undecided*.

P8 is *supported* if shorts at $2T do not gain measurably and are called in more than `OFTEN` of
entries; *contradicted* if they gain measurably and are called in measurably fewer; *in part* if
they gain measurably but may be called as often; otherwise *undecided*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.evidence.claims.claim import POST_VALUE, Answer, Evidence, Measure, studied
from experiments.results import Result
from experiments.scenario import Scenario
from experiments.studies.comparison import as_table, estimate, line
from experiments.studies.intervals import mean_interval, share_interval
from experiments.studies.paths import series
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict, vary
from experiments.studies.wording import joined, told
from experiments.summary import drawdown
from sim.calendar import TRADING_DAYS

Array = NDArray[np.float64]
DAYS, YEAR = 253, 252
EXITS = (0, 5, 21, 63, 126, YEAR)
OFFER, OPEN = "offer", "first trade"
LATER = {"day 0": 0, "day 5": 5, "day 21": 21, "day 63": 63}
ENTRIES = (OFFER, OPEN, *LATER)
EARLY_EXIT, TURN = 21, "day 21"
LAST_ENTRY, STEP, HOLD = 63, 5, 126
LARGE = 2.0e12
OFTEN = 0.25
AT_LARGE = "at $2T or more"
#: Label of a range of overvaluation -> its ends.
RANGES = {
    "below 50 %": (-np.inf, 0.5),
    "50 to 100 %": (0.5, 1.0),
    "100 to 150 %": (1.0, 1.5),
    "above 150 %": (1.5, np.inf),
}
SHORT = {
    "short_gain": Measure("short_gain", "Gain of shorts with margin, of the price", "fraction"),
    "patient": Measure("patient", "Gain of shorts who are never called", "fraction"),
    "called": Measure("called", "Shorts called within six months", "fraction"),
    "entries": Measure("entries", "Entries in a history", "number"),
}


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """SpaceX for a year."""
    return vary("spacex", {"spacex": {}}, assignments, {"days": DAYS})


def measure(result: Result) -> Row:
    """Gains by entry and exit, the largest fall, and shorts by overvaluation; NaN if withdrawn."""
    closes = series(result, "close")
    price = result.summary.get("offer_price")
    row: dict[str, float] = {}
    if not np.isfinite(closes).all():
        return row
    prices = {OFFER: float(price) if price else np.nan, OPEN: float(result.summary["open_price"])}
    prices |= {label: float(closes[day]) for label, day in LATER.items() if day < closes.size}
    for label, paid in prices.items():
        for day in EXITS:
            if LATER.get(label, -1) < day < closes.size:
                row[_gain(label, day)] = float(closes[day]) / paid - 1
    fall = drawdown(closes)
    row |= {"fall": fall, "halved": float(fall >= 0.5)}
    fees = result.diagnostics["shorts"]["fee"].to_numpy(float)
    values = series(result, "value_per_share")
    shares = float(result.model.ledger.outstanding[result.model.listing.column])
    margins = result.scenario.lending
    shorts = short_sales(closes, fees, margins.initial_margin, margins.maintenance_margin)
    entry = shorts["entry"].astype(int)
    over = closes[entry] / values[entry] - 1
    groups = {name: (over >= low) & (over < high) for name, (low, high) in RANGES.items()}
    groups[AT_LARGE] = closes[entry] * shares >= LARGE
    for label, chosen in groups.items():
        row[f"entries {label}"] = float(chosen.sum())
        for name in ("short_gain", "patient", "called"):
            own = shorts[name][chosen]
            row[f"{name} {label}"] = float(own.mean()) if own.size else float("nan")
    return row


def _gain(label: str, day: int) -> str:
    return f"gain {label} to {day}"


def short_sales(closes: Array, fees: Array, initial: float, least: float) -> dict[str, Array]:
    """Short sales at every `STEP`-th close: entry day, gains as part of the price, called or not.

    ``closes`` and ``fees`` (a year) have shape (days,).
    """
    entries = np.arange(0, min(LAST_ENTRY, closes.size - 2) + 1, STEP)
    found: dict[str, list[float]] = {
        name: [] for name in ("entry", "short_gain", "patient", "called")
    }
    for day in entries:
        held = closes[day : day + HOLD + 1]
        cost = np.concatenate(([0.0], np.cumsum(fees[day : day + held.size - 1] * held[:-1])))
        profit = held[0] - held - cost / TRADING_DAYS
        called = np.flatnonzero(initial * held[0] + profit < least * held)
        out = int(called[0]) if called.size else held.size - 1
        found["entry"].append(float(day))
        found["short_gain"].append(float(profit[out] / held[0]))
        found["patient"].append(float(profit[-1] / held[0]))
        found["called"].append(float(called.size > 0))
    return {name: np.array(values) for name, values in found.items()}


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Means over histories; the verdict is P7's, `judge_short` gives that of P8."""
    unknown = pd.Series(np.nan, index=rows.index)  # of runs too short for it, or withdrawn

    def told_as(
        name: str, label: str, unit: str, columns: Mapping[str, str]
    ) -> list[dict[str, object]]:
        part = Measure(name, label, unit)
        return [
            line(part, condition, mean_interval(rows.get(column, unknown)))
            for condition, column in columns.items()
        ]

    lines: list[dict[str, object]] = []
    for label in ENTRIES:
        when = f"at the {label}" if label in (OFFER, OPEN) else f"at the close of {label}"
        first = LATER.get(label, -1)
        columns = {f"sold day {day}": _gain(label, day) for day in EXITS if day > first}
        lines += told_as(f"gain_{label}", f"Gain of those who buy {when}", "fraction", columns)
    lines += told_as("fall", "Largest fall from a peak in the year", "fraction", {"mean": "fall"})
    known = rows.get("halved", unknown).dropna()
    halved = Measure("halved", "Histories that halve from a peak", "fraction")
    lines.append(line(halved, "share", share_interval(int(known.sum()), len(known))))
    groups = (*RANGES, AT_LARGE)
    for name, part in SHORT.items():
        columns = {label: f"{name} {label}" for label in groups}
        lines += told_as(name, part.label, part.unit, columns)
    table = as_table(lines)
    return Finding(table, read(table), judge(table))


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict on P7 by the rule above."""
    early = [estimate(table, f"gain_{label}", f"sold day {EARLY_EXIT}") for label in (OFFER, OPEN)]
    late = estimate(table, f"gain_{TURN}", f"sold day {YEAR}")
    if early[0].sign < 0:
        return "contradicted"
    if early[0].sign == 0:
        return "undecided"
    return "supported" if early[1].sign > 0 and late.sign < 0 else "in part"


def judge_short(table: pd.DataFrame) -> Verdict:
    """The verdict on P8 by the rule above."""
    gain, called = (estimate(table, name, AT_LARGE) for name in ("short_gain", "called"))
    if not gain.n:
        return "undecided"
    if gain.sign > 0:
        return "contradicted" if called.high < OFTEN else "in part"
    return "supported" if called.value > OFTEN else "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers on traders in a paragraph."""
    parts = [
        f"at the {label} {_exits(table, label, (0, EARLY_EXIT, YEAR))}" for label in (OFFER, OPEN)
    ]
    parts.append(f"at the close of {TURN} {_exits(table, TURN, (63, YEAR))}")
    return (
        f"Who buys gains: {'; '.join(parts)}. Within the year the price falls by "
        f"{told(estimate(table, 'fall', 'mean'), 'fraction')} from a peak, and halves in "
        f"{told(estimate(table, 'halved', 'share'), 'fraction')} of histories."
    )


def _exits(table: pd.DataFrame, label: str, days: Sequence[int]) -> str:
    return joined([
        f"{told(estimate(table, f'gain_{label}', f'sold day {day}'), 'fraction')} to day {day}"
        for day in days
    ])  # fmt: skip


def read_short(table: pd.DataFrame) -> str:
    """The numbers on short sellers in a paragraph."""
    known = [label for label in (AT_LARGE, *RANGES) if estimate(table, "short_gain", label).n]
    parts = [
        f"{label}: {told(estimate(table, 'short_gain', label), 'fraction')} with margin, "
        f"{told(estimate(table, 'patient', label), 'fraction')} for one never called, called "
        f"{told(estimate(table, 'called', label), 'fraction')}"
        for label in known
    ]
    return (
        "Short sales of the first quarter within six months, fees paid, by value of all shares and "
        f"by overvaluation at entry: {'; '.join(parts)}."
        if parts
        else "No short sale was possible."
    )


STUDY = Study(
    name="first-year",
    claim="Traders who get shares at the offer or in the first hours win, until momentum shifts",
    question="What do traders and short sellers make, by the day they enter and leave?",
    replicates=32,
    hangs_on="offering.price, set below the book, and the lock-up ladder that ends the scarcity",
    flip={"offering.price": 240.0, "offering.reservation_price": 200.0},
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)


def traders(evidence: Evidence) -> Answer:
    """What buyers at the offer have gained by day 21."""
    shown = (f"gain_{OFFER}", f"gain_{OPEN}", f"gain_{TURN}", "halved")
    return evidence.answer(
        f"gain_{OFFER}", f"sold day {EARLY_EXIT}", shown,
        "getting shares at the offer: who buys at the first trade does not win measurably, or who "
        "buys later does not lose",
    )  # fmt: skip


def shorts(evidence: Evidence) -> Answer:
    """What shorts at two trillion gain."""
    return evidence.answer(
        "short_gain", AT_LARGE, ("short_gain", "patient", "called"),
        "staying power: shorts at $2T gain on average, but not few are called before",
        verdict=judge_short(evidence.table), reading=read_short(evidence.table),
    )  # fmt: skip


P7 = studied(
    STUDY,
    id="P7",
    words="Traders who get shares at the offer or in the first hours win, until momentum shifts",
    source=POST_VALUE,
    quick=16,
    read=traders,
)
P8 = studied(
    STUDY,
    id="P8",
    words="Do not short even at $2T: mood can outlast you",
    source=POST_VALUE,
    question="What do short sellers gain, and how often are they called, by overvaluation?",
    hangs_on="the capital behind a short (lending.*_margin): who has twice the price to lose and "
    "is never called can wait until the lock-up releases shares",
    flip={"lending.maintenance_margin": 0.0, "lending.initial_margin": 2.0},
    quick=16,
    read=shorts,
)
