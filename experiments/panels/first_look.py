"""A first look at a population of offerings: the figures that the literature reports.

First-day return: first close over offer, less one, of offerings that were priced; each counts the
same.  *Institutions* are all but retail customers.  *Buy-and-hold abnormal return*: from the
first close to day 756, that of the stock less that of the market (Ritter 1991).  *Persistence*:
correlation of the mean first-day returns of neighbouring months of 21 sessions with at least two
issues each (Ibbotson and Jaffe 1975).  *Partial adjustment*: offers above their range still rise
more than those below (Hanley 1993; means by Loughran and Ritter 2002, from memory), and offers
follow what the market did since filing too little (slope: the same).  *Turnover* is
the first day's volume over the shares sold (Ellis, Michaely and O'Hara 2000; Ritter's Table 3, from
memory), *volatility* the median over issues of the absolute log return of days 1 to 10 over
0.6745, what a normal law has as its standard deviation.

    python -m experiments.panels.first_look results/ipo-panel
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

MONTH = 21
#: Proceeds [USD] from which a deal counts as one of the largest.
LARGEST = 5e9
#: First-day returns between which turnover is told apart.
COLD, WARM, HOT = 0.0, 0.1, 0.6
#: Mean first-day return of offers below, within and above their range, 1990-1998.
ADJUSTED = {"below": "0.04", "within": "0.11", "above": "0.32"}


class Figure(NamedTuple):
    """One figure: what it is, its value (NaN if the panel does not give it), what is reported."""

    what: str
    value: float
    reported: str


def first_look(ipos: pd.DataFrame) -> list[Figure]:
    """Figures of a table of offerings (`experiments.panels.ipos`), in a fixed order."""
    done = ipos[ipos["close_0"].notna()]
    if len(done) < 2:
        return [Figure("offerings priced and traded", float(len(done)), "")]
    gain = done["close_0"] / done["offer"] - 1
    return [
        Figure("offerings filed", float(len(ipos)), ""),
        Figure("withdrawn, share of those decided", _withdrawn(ipos), "0.15-0.20"),
        *_first_days(done, gain),
        *_prices(done, gain),
        *_holders(done, gain),
        *_later(done, gain),
    ]


def _withdrawn(ipos: pd.DataFrame) -> float:
    decided = ipos[ipos["decision"] != "pending"]
    return float((decided["decision"] == "withdrawn").mean())


def _first_days(done: pd.DataFrame, gain: pd.Series) -> list[Figure]:
    large = done["proceeds"] >= LARGEST
    return [
        Figure("first-day return: mean", _mean(gain), "0.10-0.23"),
        Figure("first-day return: median", float(gain.median()), "below the mean"),
        Figure("first-day return: standard deviation", float(gain.std()), "0.20-0.45"),
        Figure("first-day return: skewness", _skew(gain), "above 1"),
        Figure("first-day return: share at 0 or below", _mean(gain <= 1e-9), "0.20-0.38"),
        Figure("first-day return: share within 0.5 % of 0", _mean(gain.abs() < 0.005), "a spike"),
        Figure("first-day return: deals of $5bn and more", _mean(gain[large]), "0.05-0.22"),
        Figure("gross spread: deals of $5bn and more", _mean(done["gross_spread"][large]),
               "0.003-0.04"),
    ]  # fmt: skip


def _prices(done: pd.DataFrame, gain: pd.Series) -> list[Figure]:
    below, above = done["offer"] < done["range_low"], done["offer"] > done["range_high"]
    figures = []
    places = (("below", below, "0.30"), ("within", ~(below | above), "0.45"),
              ("above", above, "0.25"))  # fmt: skip
    for name, where, reported in places:
        figures.append(Figure(f"offer {name} the range", _mean(where), f"{reported} ± 0.10"))
        reported = f"about {ADJUSTED[name]}"
        figures.append(
            Figure(f"offer {name} the range: first-day return", _mean(gain[where]), reported)
        )
    market = done["market_at_pricing"] / done["market_at_filing"] - 1
    slope = market.cov(gain) / market.var() if len(done) > 2 else float("nan")
    figures.append(
        Figure("first-day return, a unit of market return since filing", slope, "1.0-1.3")
    )
    return figures


def _holders(done: pd.DataFrame, gain: pd.Series) -> list[Figure]:
    parts = done.filter(like="allocation_")
    institutions = 1 - parts["allocation_retail"] / parts.sum(axis=1)
    volume = (done["volume_0"] + done["volume_1"]) / done["shares"]
    covered = done["over_allotment_covered"] / done["shares"]
    hot, cold = gain > COLD, gain <= COLD
    return [
        Figure("institutions' allocation, return above 0", _mean(institutions[hot]), "0.75"),
        Figure("institutions' allocation, return at 0 or below", _mean(institutions[cold]),
               "below 0.60"),
        Figure("volume of two days over the deal", _mean(volume), "0.5-1.2"),
        *_turnover(done, gain),
        Figure("flipped in two days, part of the deal", _mean(done["flipped_of_deal"]), "0.15"),
        Figure("flipped in two days, part of the volume", _mean(done["flipped_of_volume"]),
               "0.10-0.30"),
        Figure("short covered in the market, return at 0 or below", _mean(covered[cold]),
               "0.06-0.15"),
    ]  # fmt: skip


def _turnover(done: pd.DataFrame, gain: pd.Series) -> list[Figure]:
    """First days are the busier the hotter the deal; how much prices move in the days after."""
    sold = done["shares"] + done["over_allotment_sold"]
    turnover = done["volume_0"] / sold
    closes = np.log(done[[f"close_{day}" for day in range(11)]].to_numpy(float))
    moves = np.abs(np.diff(closes, axis=1))
    moves = moves[np.isfinite(moves)]
    groups = (
        ("cold", gain <= COLD, "0.3-0.4"),
        ("hot", gain.between(WARM, HOT), "about 0.8"),
        ("very hot", gain > HOT, "1.5-2.0"),
    )
    return [
        *(Figure(f"turnover of the first day, {name}", _mean(turnover[chosen]), reported)
          for name, chosen, reported in groups),
        Figure("volatility a day, days 1 to 10",
               float(np.median(moves)) / 0.6745 if moves.size else float("nan"), "0.035-0.06"),
    ]  # fmt: skip


def _later(done: pd.DataFrame, gain: pd.Series) -> list[Figure]:
    figures = []
    for day in (21, 126, 252, 756):
        stock = done[f"close_{day}"] / done["close_0"]
        excess = (stock - done[f"market_{day}"] / done["market_0"]).dropna()
        reported = "-0.32 to -0.08" if day == 756 else ""
        figures.append(Figure(f"abnormal return to day {day}: mean", _mean(excess), reported))
        figures.append(Figure(f"abnormal return to day {day}: median", float(excess.median()), ""))
    sessions = np.busday_count(
        done["first_trade"].min().date(),
        done["first_trade"].to_numpy("datetime64[D]"),  # type: ignore[arg-type]
    )
    months = gain.groupby(sessions // MONTH).agg(["mean", "std", "count"])
    months = months[months["count"] >= 2]
    pairs = pd.concat([months["mean"], months["mean"].set_axis(months.index + 1)], axis=1).dropna()
    figures += [
        Figure("persistence of monthly means", _correlation(pairs), "0.3-0.8"),
        Figure("correlation of monthly means and spreads", _correlation(months[["mean", "std"]]),
               "above 0.4"),
    ]  # fmt: skip
    return figures


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _skew(values: pd.Series) -> float:
    spread = values.to_numpy() - values.mean()
    return float((spread**3).mean() / (spread**2).mean() ** 1.5)


def _correlation(pairs: pd.DataFrame) -> float:
    return float(np.corrcoef(pairs.to_numpy().T)[0, 1]) if len(pairs) > 2 else float("nan")


def as_text(figures: Sequence[Figure]) -> str:
    """A plain table: figure, value, what is reported of US offerings."""
    wide = max(len(figure.what) for figure in figures)
    lines = [f"{'':{wide}}  {'panel':>8}  reported"]
    for what, value, reported in figures:
        shown = "–" if np.isnan(value) else f"{value:.0f}" if value >= 10 else f"{value:.3f}"
        lines.append(f"{what:{wide}}  {shown:>8}  {reported}".rstrip())
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Command line: print the first look at the panel in a results folder."""
    from experiments.formats import read_table

    parser = argparse.ArgumentParser(
        prog="python -m experiments.panels.first_look", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("folder", type=Path, help="results of ipolab run, such as of ipo-panel")
    path = parser.parse_args(arguments).folder / "panels" / "ipos.parquet"
    try:
        ipos = read_table(path)
    except (OSError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or "no table of offerings"
        print(f"first_look: {path} cannot be read ({reason})", file=sys.stderr)
        return 2
    print(as_text(first_look(ipos)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
