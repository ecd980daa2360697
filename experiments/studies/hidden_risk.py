"""Who is exposed to SpaceX: an index investor, or a manager who bets for or against it?

The claim (Damodaran 2026): somebody who holds an index is far less exposed to SpaceX than an active
manager who bets for or against it. SpaceX comes to a market of stocks; from the close of day
`START` on, when whole-market indices have taken it in, five portfolios are followed. With R_s the
growth of a share of SpaceX since then, R_o that of the other companies (by float, dividends
reinvested) and W SpaceX's part of the market's value on that day, all its shares counted:

* *index fund*: the simulated fund on the index `INDEX`, after its fee, cash and trading;
* *its whole worth*, *twice*, *three times*: k W R_s + (1 − k W) R_o, bought once and held, for
  managers size a bet by what the company is worth, not by what floats of it (assumption);
* *excluded*: R_o.

The benchmark is the market that investors can buy: all companies by float, SpaceX with the shares
that its insiders do not hold on the evening before, locked or not, as indices count it,

    growth_t = (w_{t−1} r_s + (1 − w_{t−1}) r_o),     w its float-adjusted weight.

It buys what insiders sell at the price of the day. Exposure is the standard deviation over
histories of a portfolio's growth over that of the benchmark, less one. ``swing`` is the same
against the other companies alone: what SpaceX does to the investor's money, the benchmark put
aside.

The claim is *supported* if after the longest horizon the index fund's exposure is, with its
interval, below `FAR` of that of each manager who bets (twice, three times, excluded);
*contradicted* if against one of them it is above; *in part* if it is below against some and cannot
be told against the others; otherwise *undecided*. Intervals of exposures and their ratios come from
resampling histories. What exposes the index fund is that its index takes up shares that insiders
sold late, at reviews.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from experiments.results import Result
from experiments.scenario import Scenario
from experiments.studies.comparison import Measure, as_table, by_seed, compare, estimate, line
from experiments.studies.intervals import Interval, percentile_interval, resamples
from experiments.studies.portfolios import as_conditions
from experiments.studies.study import Assignments, Finding, Row, Study, Verdict, vary
from experiments.studies.wording import joined, told
from sim.calendar import TRADING_DAYS
from sim.inputs import InputError
from sim.model import MarketModel

Array = NDArray[np.float64]
FUND, WHOLE, TWICE, THRICE, OUT = (
    "index fund", "its whole worth", "twice", "three times", "excluded",
)  # fmt: skip
MULTIPLES = {WHOLE: 1.0, TWICE: 2.0, THRICE: 3.0, OUT: 0.0}
BETS = (TWICE, THRICE, OUT)
INDEX = "crsp-total-market"
START = 5
HORIZONS = (1, 2)
FAR = 0.5
TAILS = (0.05, 0.95)


def conditions(assignments: Assignments) -> Mapping[str, Scenario]:
    """SpaceX in a market of 200 stocks, for two years from its entry into the index."""
    days = START + HORIZONS[-1] * TRADING_DAYS + 1
    defaults = {"universe.kind": "stocks", "universe.stocks": 200, "days": days}
    return vary("spacex", {"market": {}}, assignments, defaults)


def measure(result: Result) -> list[Row]:
    """Relative performance of each portfolio after one and two years; NaN without an offering."""
    model = result.model
    days = model.recorder.days
    paths = portfolios(model) if days > START else {}
    rows: list[Row] = []
    for label in (FUND, *MULTIPLES):
        row: dict[str, float | str] = {"portfolio": label}
        for h in HORIZONS:
            at = h * TRADING_DAYS
            known = bool(paths) and START + at < days
            for name, against in (("relative", "benchmark"), ("swing", OUT)):
                row[f"{name}_{h}"] = (
                    float(paths[label][at] / paths[against][at] - 1) if known else float("nan")
                )
        row["weight_start"] = float(paths["weight"][0]) if paths else float("nan")
        row["weight_end"] = float(paths["weight"][-1]) if paths else float("nan")
        rows.append(row)
    return rows


def portfolios(model: MarketModel) -> dict[str, Array]:
    """Growth since day `START` of the portfolios and the benchmark, and SpaceX's float weight.

    All have shape (days − START,). Raises InputError if no fund tracks `INDEX`.
    """
    recorder, universe = model.recorder, model.universe
    assert model.listing is not None
    column, base = model.listing.column, universe.base
    span = slice(START, recorder.days)
    price = recorder.close[span, column]
    close = np.nan_to_num(recorder.close[span, base])
    shares = universe.shares[base]
    floating = shares * universe.float_factor[base]
    dividends = universe.dividend_yield[base] / TRADING_DAYS
    earned = (close[1:] * (1 + dividends)) @ floating / (close[:-1] @ floating)
    others, own = grown(earned), price / price[0]
    free = (model.ledger.outstanding[column] - closely_held(model)[span]) * price
    weight = free / (free + close @ floating)
    worth = float(model.ledger.outstanding[column]) * price[0]
    whole = worth / (worth + float(close[0] @ shares))
    mixed = weight[:-1] * price[1:] / price[:-1] + (1 - weight[:-1]) * earned
    fund = next((tracker for tracker in model.trackers if tracker.index.name == INDEX), None)
    if fund is None:
        raise InputError(f"population.passive: got no fund on {INDEX}, expected one to measure")
    place = int(np.flatnonzero(model.funds.accounts == fund.account)[0])
    nav = recorder.nav[span, place]
    held = {k: m * whole * own + (1 - m * whole) * others for k, m in MULTIPLES.items()}
    return {FUND: nav / nav[0], "benchmark": grown(mixed), "weight": weight, **held}


def closely_held(model: MarketModel) -> Array:
    """Shares of SpaceX that its insiders hold, locked or not, (days,): no index counts them."""
    recorder, listing = model.recorder, model.listing
    assert listing is not None
    classes = [recorder.holders.index(name) for name in listing.insiders]
    place = listing.column - recorder.daily.start
    return np.asarray(recorder.holdings[: recorder.days, classes, place].sum(axis=1))


def grown(daily: Array) -> Array:
    """Growth of one dollar, (days + 1,), from daily growth (days,)."""
    return np.concatenate(([1.0], np.cumprod(daily)))


def analyse(rows: pd.DataFrame, rng: np.random.Generator) -> Finding:
    """Exposures with intervals from resampled histories; table, verdict, reading."""
    rows = as_conditions(rows)
    horizons = [h for h in HORIZONS if rows[f"relative_{h}"].notna().any()]
    known = rows["relative_1"].notna() if not horizons else rows[f"relative_{horizons[-1]}"].notna()
    measures = [
        *(Measure(f"relative_{h}", f"Against the benchmark after {_years(h)}", "fraction")
          for h in horizons),
        Measure("weight_start", "Float weight of SpaceX at the start", "fraction"),
        Measure("weight_end", "Float weight of SpaceX at the end", "fraction"),
    ]  # fmt: skip
    table = compare(rows, measures)
    table = table[~(table["measure"].str.startswith("weight") & (table["condition"] != FUND))]
    lines = []
    for h in horizons:
        wide = by_seed(rows[known], f"relative_{h}")
        swing = by_seed(rows[known], f"swing_{h}")
        counts = resamples(len(wide), rng)
        lines += _exposures(wide, counts, f"Exposure after {_years(h)}", f"exposure_{h}")
        lines += _exposures(swing, counts, f"Swing by SpaceX after {_years(h)}", f"swing_{h}")
        lines += _tails(wide, h)
        lines += _ratios(wide, counts, h)
    table = pd.concat([table, as_table(lines)], ignore_index=True)
    figures = {"outcomes": outcomes_figure(rows[known], horizons)} if horizons else {}
    return Finding(table, read(table), judge(table), figures)


def spread(values: Array, counts: Array) -> Array:
    """Standard deviation over histories, (resamples,), of values (seeds,) counted so often."""
    n = counts.sum(axis=1)
    mean = counts @ values / n
    square = counts @ values**2 / n - mean**2
    return np.asarray(np.sqrt(np.maximum(square, 0.0) * n / np.maximum(n - 1, 1)))


def _exposures(wide: pd.DataFrame, counts: Array, title: str, name: str) -> list[dict[str, object]]:
    measure = Measure(name, title, "fraction")
    return [
        line(measure, label, percentile_interval(spread(wide[label].to_numpy(), counts), len(wide)))
        for label in (FUND, *MULTIPLES)
    ]


def _tails(wide: pd.DataFrame, h: int) -> list[dict[str, object]]:
    """Fifth and ninety-fifth percentile over histories, as they are."""
    found = []
    for tail, word in zip(TAILS, ("worst", "best"), strict=True):
        measure = Measure(f"{word}_{h}", f"{word.capitalize()} twentieth after {_years(h)}",
                          "fraction")  # fmt: skip
        for label in (FUND, *MULTIPLES):
            value = float(np.quantile(wide[label], tail)) if len(wide) else float("nan")
            found.append(line(measure, label, Interval(value, np.nan, np.nan, len(wide))))
    return found


def _ratios(wide: pd.DataFrame, counts: Array, h: int) -> list[dict[str, object]]:
    """Exposure of the index fund over that of each bet."""
    measure = Measure(f"ratio_{h}", f"Index fund's exposure over theirs after {_years(h)}", "times")
    fund = spread(wide[FUND].to_numpy(), counts)
    found = []
    for label in BETS:
        bet = spread(wide[label].to_numpy(), counts)
        ratio = np.divide(fund, bet, out=np.full_like(fund, np.nan), where=bet > 0)
        found.append(line(measure, label, percentile_interval(ratio, len(wide))))
    return found


def longest(table: pd.DataFrame) -> int | None:
    """The longest horizon that histories reached, None without any."""
    return max((h for h in HORIZONS if (table["measure"] == f"ratio_{h}").any()), default=None)


def judge(table: pd.DataFrame) -> Verdict:
    """The verdict by the rule above."""
    h = longest(table)
    if h is None:
        return "undecided"
    ratios = [estimate(table, f"ratio_{h}", label) for label in BETS]
    if any(ratio.low > FAR for ratio in ratios):
        return "contradicted"
    below = [ratio.high < FAR for ratio in ratios]
    if all(below):
        return "supported"
    return "in part" if any(below) else "undecided"


def read(table: pd.DataFrame) -> str:
    """The numbers in a paragraph."""
    h = longest(table)
    if h is None:
        return "In no history was SpaceX traded for a year after its entry into the index."
    exposures = [
        f"{label} {told(estimate(table, f'exposure_{h}', label), 'fraction')}"
        for label in (FUND, WHOLE, *BETS)
    ]
    swings = [
        f"{label} {told(estimate(table, f'swing_{h}', label), 'fraction')}"
        for label in (FUND, TWICE, THRICE)
    ]
    ratios = [
        f"{told(estimate(table, f'ratio_{h}', label), 'times')} that of {label}" for label in BETS
    ]
    tails = [
        f"{label} {estimate(table, f'worst_{h}', label).value:+.1%} and "
        f"{estimate(table, f'best_{h}', label).value:+.1%}"
        for label in (FUND, *BETS)
    ]
    start, end = (estimate(table, f"weight_{part}", FUND) for part in ("start", "end"))
    return (
        f"By float SpaceX weighs {told(start, 'fraction')} of the market at the start and "
        f"{told(end, 'fraction')} at the end. Over {_years(h)} the standard deviation of "
        f"performance against the market is: {joined(exposures)}. The index fund's exposure is "
        f"{joined(ratios)}. One history in twenty is worse, and one better, than: {joined(tails)}. "
        f"Against a market without SpaceX the swings are: {joined(swings)}."
    )


def _years(h: int) -> str:
    return f"{h} year{'s'[: h > 1]}"


def outcomes_figure(rows: pd.DataFrame, horizons: list[int]) -> Figure:
    """Every history's relative performance, by portfolio and horizon."""
    from experiments.show.style import GREY, INK, SERIES, panels, quiet

    caption = (
        "Growth of each portfolio over that of the market investors can buy, less one. Every dot "
        "is one history; boxes span the middle half of histories, whiskers nine in ten, and the "
        "line in a box is the median. Compare the height of the boxes: it is exposure. Staying out "
        "is a bet as well."
    )
    labels = (FUND, *MULTIPLES)
    with quiet():
        figure, axes = panels(caption, (1.0,) * len(horizons))
        for axis, h in zip(axes, horizons, strict=True):
            values = [
                rows.loc[rows["condition"] == label, f"relative_{h}"].to_numpy(float)
                for label in labels
            ]
            boxes = axis.boxplot(
                values, whis=(5, 95), showfliers=False, patch_artist=True, widths=0.5
            )
            for box, middle, colour in zip(boxes["boxes"], boxes["medians"], SERIES, strict=False):
                box.set(facecolor=colour, alpha=0.3)
                middle.set(color=INK)
            for place, own in enumerate(values, start=1):
                x = place + np.linspace(-0.12, 0.12, own.size)
                axis.plot(x, own, ".", color=SERIES[place - 1], markersize=4)
            axis.axhline(0, color=GREY, linewidth=0.8)
            axis.yaxis.set_major_formatter(PercentFormatter(1.0))
            axis.set(ylabel=f"against the market,\n{_years(h)}")
            axis.set_xticks(range(1, len(labels) + 1), labels)
        axes[0].set_title("Who is exposed to SpaceX?")
    return figure


STUDY = Study(
    name="hidden-risk",
    claim="An index investor is far less exposed to SpaceX than a manager who bets for or against "
    "it (Damodaran 2026)",
    question="How much does SpaceX move an index fund, managers who bet on it, and those without?",
    replicates=24,
    hangs_on="indices.crsp-total-market.fast_entry: an index that lets SpaceX wait has bet against "
    "it",
    flip={
        "indices.crsp-total-market.fast_entry": None,
        "indices.crsp-total-market.eligibility.seasoning_sessions": 2520,
    },
    conditions=conditions,
    measure=measure,
    analyse=analyse,
)
