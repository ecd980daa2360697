"""A target: what is measured, the band that the literature reports, and how a row is judged.

A target has one or more parts, each a figure of every run of a source (`sources`) with a band
[low, high]. With m the mean of the figure over seeds (Monte Carlo) a part is

    pass    m in [low, high], and the figure has the band's sign in at least 80 % of the seeds
            (asked only where the whole band has one sign);
    near    m in the band widened by half about its centre, or m in the band and the sign too rare;
    fail    otherwise, and where no run gives the figure.

A band with one end has no centre: its bound b is moved outwards by |b| / 2. A row is as good as its
worst part. The 95 % interval is that of the mean over seeds (`experiments.studies.intervals`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from experiments.studies.intervals import Interval, mean_interval

Verdict = Literal["pass", "near", "fail"]
#: Best first.
VERDICTS: tuple[Verdict, ...] = ("pass", "near", "fail")
#: Share of seeds in which a figure must have the band's sign.
SIGN_SHARE = 0.8
#: How much wider than the band a mean may lie and still be near.
WIDER = 1.5

#: Figures of runs: (source, name) -> one value a seed.
Figures = Mapping[tuple[str, str], Sequence[float]]


@dataclass(frozen=True)
class Part:
    """One figure of a target.

    Attributes
    ----------
    run : name of the source whose runs give it
    figure : its name among the figures of such a run
    what : how it reads
    low, high : the band, both included; infinite where there is no bound
    unit : ``fraction`` (shown in per cent), ``number`` or ``times``
    given : True where an input of the scenario sets the figure, so that it cannot be a success
    """

    run: str
    figure: str
    what: str
    low: float
    high: float
    unit: str = "fraction"
    given: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"{self.figure}: got band {self.low} to {self.high}, expected to rise")

    @property
    def sign(self) -> int:
        """1 or −1 if the whole band has that sign, else 0."""
        return int(self.low >= 0) - int(self.high <= 0)

    @property
    def wider(self) -> tuple[float, float]:
        """The band in which a mean is near."""
        if math.isfinite(self.low) and math.isfinite(self.high):
            centre, half = (self.low + self.high) / 2, WIDER * (self.high - self.low) / 2
            return centre - half, centre + half
        return self.low - abs(self.low) / 2, self.high + abs(self.high) / 2

    def judge(self, values: ArrayLike) -> Verdict:
        """The verdict on the figure of several seeds (seeds,); NaN counts as not measured."""
        known = np.asarray(values, dtype=np.float64)
        known = known[np.isfinite(known)]
        if not known.size:
            return "fail"
        mean, (low, high) = float(known.mean()), self.wider
        common = not self.sign or float((known * self.sign > 0).mean()) >= SIGN_SHARE
        if self.low <= mean <= self.high and common:
            return "pass"
        return "near" if low <= mean <= high else "fail"


@dataclass(frozen=True)
class Target:
    """A row of the scorecard: an identifier, what it is about, its source, and its parts.

    ``note`` says what a reader of the figure should know; ``source`` is author and year.
    """

    id: str
    what: str
    source: str
    parts: tuple[Part, ...]
    note: str = ""


@dataclass(frozen=True)
class JudgedPart:
    """A part with its mean over seeds, its interval and its verdict."""

    part: Part
    estimate: Interval
    verdict: Verdict


@dataclass(frozen=True)
class Row:
    """A target judged: its parts, the verdict of the worst, and the seconds its runs took."""

    target: Target
    parts: tuple[JudgedPart, ...]
    verdict: Verdict
    seconds: float = math.nan

    @property
    def value(self) -> float:
        """The figure of the first part."""
        return self.parts[0].estimate.value

    def record(self) -> dict[str, Any]:
        """The row for ``scorecard.json``; an end that a band does not have is null."""
        first = self.parts[0]
        return {
            "id": self.target.id,
            "target": self.target.what,
            "value": first.estimate.value,
            "interval": [first.estimate.low, first.estimate.high],
            "band": [first.part.low, first.part.high],
            "unit": first.part.unit,
            "source": self.target.source,
            "verdict": self.verdict,
            "seeds": first.estimate.n,
            "seconds": self.seconds,
            "note": self.target.note,
            "parts": [
                {
                    "what": judged.part.what,
                    "value": judged.estimate.value,
                    "interval": [judged.estimate.low, judged.estimate.high],
                    "band": [judged.part.low, judged.part.high],
                    "unit": judged.part.unit,
                    "verdict": judged.verdict,
                    "given": judged.part.given,
                    "run": judged.part.run,
                    "seeds": judged.estimate.n,
                }
                for judged in self.parts
            ],
        }


def judge(target: Target, figures: Figures, seconds: Mapping[str, float] | None = None) -> Row:
    """Judge a target by the figures of all seeds; `seconds` that each source's runs took."""
    parts = []
    for part in target.parts:
        values = np.asarray(figures.get((part.run, part.figure), ()), dtype=np.float64)
        parts.append(JudgedPart(part, mean_interval(values), part.judge(values)))
    worst = max((judged.verdict for judged in parts), key=VERDICTS.index)
    took = seconds or {}
    runs = {part.run for part in target.parts}
    return Row(target, tuple(parts), worst, sum(took.get(run, 0.0) for run in sorted(runs)))
