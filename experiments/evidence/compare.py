"""A real price series against the predictive fan.

Everything is scored on the log of the close, so that an error of 10 % counts the same on every day,
from day 1 on, the first that nobody who forecasts knows. Beside the fan as it was made stand

* the fan *from the first close*: every run shifted to the actual first close;
* a *random walk* from there: log P_t normal with mean log P_0 − σ²t/2 and variance σ²t, so that the
  price is a martingale; σ is the standard deviation of daily log returns in the first month of the
  median run of the fan. Nothing of the series after its first close enters;
* a *constant*: the first close on every day, a forecast without a band.

The last three know the first close, which the fan does not. Figures of the path (first-day return,
peak, largest fall, volatility and turnover by phase) are given as percentiles of the same figures
of the runs, over the same days. Days of one path are not independent: that 60 % of days lie in the
50 % band says little, that a path leaves the 90 % band for good says much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.evidence.actual import Actual
from experiments.evidence.fan import FEWEST_RUNS, Fan
from experiments.evidence.forecast import band, crps, crps_normal, inside, ranks
from experiments.studies.paths import volatility
from experiments.summary import drawdown
from sim.inputs import InputError

Array = NDArray[np.float64]
MONTH, YEAR = 21, 252
BANDS = (0.5, 0.9)
LEVELS = (5, 25, 50, 75, 95)


@dataclass(frozen=True)
class Comparison:
    """What `compare` finds.

    Attributes
    ----------
    closes : (runs, days) USD, the runs over the days compared
    actual : (days,) USD
    ranks : (days,), of the actual close among the runs
    scores : one row a forecast: coverage of the bands, CRPS over all days and by phase
    figures : one row a figure: actual, percentiles of the runs, percentile of the actual
    phases : name -> first and last day (changes from the one to the other)
    notes : what was cut or left out
    """

    closes: Array
    actual: Array
    ranks: Array
    scores: pd.DataFrame
    figures: pd.DataFrame
    phases: dict[str, tuple[int, int]]
    notes: tuple[str, ...] = ()

    def reading(self) -> str:
        """The scores in two sentences, computed."""
        score = self.scores.set_index("forecast").to_dict("index")
        own = score["fan"]
        walk, hold = score["random walk"]["crps"], score["constant"]["crps"]
        beaten = [
            name
            for name, value in (("the random walk", walk), ("the constant", hold))
            if own["crps"] < value
        ]
        verdict = " and ".join(beaten) or "neither reference"
        return (
            f"Over {self.actual.size - 1} days after the first, {own['coverage_50']:.0%} of closes "
            f"lie in the 50 % band of the runs and {own['coverage_90']:.0%} in the 90 % band. The "
            f"fan's mean CRPS is {own['crps']:.3f} in logs, against {walk:.3f} for the random walk "
            f"and {hold:.3f} for the constant: it beats {verdict}."
        )


def compare(fan: Fan, actual: Actual, offer: float | None = None) -> Comparison:
    """Score a series against a fan.

    `offer` is the actual offer price [USD], that of the terms by default; without either the
    first-day return is left out.

    Raises InputError if fewer than 20 runs last as long as the series.
    """
    notes = [f"{fan.untraded} runs without a first trade are left out"] if fan.untraded else []
    days = min(actual.close.size, fan.closes.shape[1])
    if days < actual.close.size:
        notes.append(f"the series is cut at {days} days, the length of the runs")
    whole = np.isfinite(fan.closes[:, :days]).all(axis=1)
    if not whole.all():
        notes.append(f"{(~whole).sum()} runs that end earlier are left out")
    if whole.sum() < FEWEST_RUNS or days < 2:
        raise InputError(
            f"results: got {whole.sum()} runs over {days} days, expected at least {FEWEST_RUNS} "
            "over 2"
        )
    closes, close = fan.closes[whole, :days], actual.close[:days]
    phases = phases_of(days, fan.unlock)
    volumes = fan.volumes[whole, :days] if fan.volumes is not None else None
    price = offer if offer is not None else fan.offer
    own = path_figures(
        close, close[0] / price - 1 if price else np.nan,
        actual.volume[:days] if volumes is not None else None, fan.offered, phases,
    )  # fmt: skip
    runs = [
        path_figures(path, first, None if volumes is None else volumes[n], fan.offered, phases)
        for n, (path, first) in enumerate(zip(closes, fan.first_day_returns[whole], strict=True))
    ]
    return Comparison(
        closes=closes,
        actual=close,
        ranks=ranks(closes, close),
        scores=score(closes, close, phases),
        figures=percentiles(own, pd.DataFrame(runs)),
        phases=phases,
        notes=tuple(notes),
    )


def phases_of(days: int, unlock: int | None) -> dict[str, tuple[int, int]]:
    """First month, from there to the first unlock, from there to the end of the year."""
    ends = {"first month": MONTH - 1}
    if unlock is not None and unlock > MONTH:
        ends["to the first unlock"] = unlock - 1
    ends["to the year's end"] = YEAR - 1
    phases, first = {}, 0
    for name, last in ends.items():
        if first < last < days:
            phases[name] = (first, last)
        first = max(first, last)
    return phases


def score(closes: Array, actual: Array, phases: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Coverage and CRPS of the fan (runs, days) and the references on the log closes."""
    members, y = np.log(closes[:, 1:]), np.log(actual[1:])
    start = np.log(actual[0])
    shifted = members - np.log(closes[:, :1]) + start
    ahead = np.arange(1, actual.size)
    sigma = first_month_volatility(closes)
    mean, sd = start - sigma**2 * ahead / 2, sigma * np.sqrt(ahead)
    lines = []
    for name, ensemble in (("fan", members), ("fan from the first close", shifted)):
        bands = {width: inside(*band(ensemble, width), y) for width in BANDS}
        lines.append(_line(name, bands, crps(ensemble, y), phases))
    z = {0.5: 0.6744897501960817, 0.9: 1.6448536269514722}  # normal quantiles at 75 and 95 %
    walk = {width: inside(mean - z[width] * sd, mean + z[width] * sd, y) for width in BANDS}
    lines.append(_line("random walk", walk, crps_normal(mean, sd, y), phases))
    lines.append(_line("constant", {}, np.abs(y - start), phases))
    return pd.DataFrame(lines)


def first_month_volatility(closes: Array) -> float:
    """Standard deviation of daily log returns in the first month of the median run (runs, days)."""
    returns = np.diff(np.log(closes[:, : MONTH + 1]), axis=1)
    if returns.shape[1] < 2:
        return float(returns.std())  # one return a run: their spread over runs
    return float(np.median(returns.std(axis=1, ddof=1)))


def path_figures(
    close: Array,
    first_day_return: float,
    volume: Array | None,
    offered: float,
    phases: dict[str, tuple[int, int]],
) -> dict[str, float]:
    """Figures of one path; turnover is mean volume a day over the shares offered."""
    figures = {
        "first-day return": float(first_day_return),
        "peak close, USD": float(close.max()),
        "day of the peak": float(close.argmax()),
        "largest fall from a peak": drawdown(close),
    }
    for name, (first, last) in phases.items():
        figures[f"volatility a year, {name}"] = volatility(close, first, last)
    if volume is not None:
        figures["turnover on the first day"] = float(volume[0]) / offered
        for name, (first, last) in phases.items():
            figures[f"turnover a day, {name}"] = (
                float(volume[first + 1 : last + 1].mean()) / offered
            )
    return figures


def percentiles(own: dict[str, float], runs: pd.DataFrame) -> pd.DataFrame:
    """One row a figure known of the series and of runs: where the one stands among the others."""
    lines = []
    for name, value in own.items():
        known = runs[name].dropna().to_numpy(np.float64)
        if not np.isfinite(value) or not known.size:
            continue
        rank = float(ranks(known[:, None], np.array([value]))[0])
        spread = dict(zip((f"p{q}" for q in LEVELS), np.percentile(known, LEVELS), strict=True))
        lines.append({"figure": name, "actual": value, **spread, "percentile": 100 * rank})
    return pd.DataFrame(lines)


def _line(
    name: str,
    bands: dict[float, NDArray[np.bool_]],
    scores: Array,
    phases: dict[str, tuple[int, int]],
) -> dict[str, object]:
    covered = {
        f"coverage_{width:.0%}"[:-1]: float(bands[width].mean()) if bands else np.nan
        for width in BANDS
    }
    by_phase = {
        f"crps, {phase}": float(scores[first:last].mean())
        for phase, (first, last) in phases.items()
    }
    return {"forecast": name, **covered, "crps": float(scores.mean()), **by_phase}
