"""A1 to A9: the population of ordinary offerings, from the scenario ``ipo-panel``.

All figures are of one run of ten years with about a thousand offerings; those that
`experiments.panels.first_look` has are taken from there. Added here: in how many deals of
$25–100m the gross spread is exactly 7 %, by how much more institutions get of offerings that rise,
and the spike of first-day returns at nought,

    spike = density of returns within 0.5 % of 0 / mean density between 0.5 % and 5 % on both sides,

which stabilisation leaves (Ruud 1993); 2 and more counts as a spike (assumption: no source gives a
number, and a smooth density has 1).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from experiments.evidence.targets.target import Part, Target
from experiments.panels.first_look import first_look

RUN = "offerings"
SEVEN = 0.07
SMALL, MIDDLE = 25e6, 100e6
#: Half widths of the spike and of its neighbourhood.
AT, BESIDE = 0.005, 0.05
INF = float("inf")

#: Name among our figures -> name in the first look at a panel.
LOOK = {
    "gain": "first-day return: mean",
    "gain_median": "first-day return: median",
    "gain_sd": "first-day return: standard deviation",
    "gain_skew": "first-day return: skewness",
    "gain_down": "first-day return: share at 0 or below",
    "gain_large": "first-day return: deals of $5bn and more",
    "spread_large": "gross spread: deals of $5bn and more",
    "below": "offer below the range",
    "within": "offer within the range",
    "above": "offer above the range",
    "persistence": "persistence of monthly means",
    "hot_and_wide": "correlation of monthly means and spreads",
    "to_institutions_up": "institutions' allocation, return above 0",
    "to_institutions_down": "institutions' allocation, return at 0 or below",
    "two_day_volume": "volume of two days over the deal",
    "flipped": "flipped in two days, part of the volume",
    "covered": "short covered in the market, return at 0 or below",
    "three_years": "abnormal return to day 756: mean",
    "three_years_median": "abnormal return to day 756: median",
}


def figures(ipos: pd.DataFrame) -> dict[str, float]:
    """Figures of the raw table of a run (`experiments.panels.ipos`); NaN for what it lacks."""
    seen = {f.what: f.value for f in first_look(ipos)} if len(ipos) else {}
    found = {name: seen.get(what, np.nan) for name, what in LOOK.items()}
    found["mean_less_median"] = found["gain"] - found["gain_median"]
    found["tilt"] = found["to_institutions_up"] - found["to_institutions_down"]
    found["three_years_skew"] = found["three_years"] - found["three_years_median"]
    done = ipos[ipos["close_0"].notna()] if len(ipos) else ipos
    found["offerings"] = float(len(done))
    found["seven_percent"] = found["spike"] = np.nan
    if len(done):
        middle = done["proceeds"].between(SMALL, MIDDLE)
        if middle.any():
            found["seven_percent"] = float((done["gross_spread"][middle] == SEVEN).mean())
        found["spike"] = spike(done["close_0"] / done["offer"] - 1)
    return found


def spike(gains: ArrayLike) -> float:
    """Density of first-day returns at nought over that beside it; NaN if none lie beside it."""
    size = np.abs(np.asarray(gains, dtype=np.float64))
    at, beside = np.mean(size <= AT), np.mean((size > AT) & (size <= BESIDE))
    return float((at / AT) / (beside / (BESIDE - AT))) if beside > 0 else float("nan")


TARGETS = (
    Target("A1", "Mean first-day return", "Ritter, IPO data (Table 1)", (
        Part(RUN, "gain", "first close over offer, equally weighted", 0.10, 0.23),
    )),
    Target("A2", "Cross-section of first-day returns", "Lowry, Officer and Schwert 2010", (
        Part(RUN, "gain_sd", "standard deviation", 0.20, 0.45),
        Part(RUN, "gain_down", "share at 0 or below", 0.20, 0.38),
        Part(RUN, "gain_skew", "skewness", 1.0, INF, "number"),
        Part(RUN, "mean_less_median", "mean less median", 0.0, INF),
    )),
    Target("A3", "Size: deals of $5bn and more", "Ritter (Table 10); prospectuses and press", (
        Part(RUN, "gain_large", "first-day return", 0.05, 0.22),
        Part(RUN, "spread_large", "gross spread", 0.003, 0.04, given=True),
        Part(RUN, "seven_percent", "deals of $25-100m that pay exactly 7 %", 0.5, INF, given=True),
    ), "The schedule of gross spreads is an input (sim.offering.pipeline); a run has a few deals "
       "of this size."),
    Target("A4", "Offer against the range", "Ritter, IPO data (Table 7)", (
        Part(RUN, "within", "within", 0.35, 0.55),
        Part(RUN, "below", "below", 0.20, 0.40),
        Part(RUN, "above", "above", 0.15, 0.35),
    )),
    Target("A5", "Hot markets persist", "Lowry, Officer and Schwert 2010", (
        Part(RUN, "persistence", "autocorrelation of monthly mean returns", 0.3, 0.8, "number"),
        Part(RUN, "hot_and_wide", "correlation of monthly mean and spread", 0.4, INF, "number"),
    ), "A hundred and twenty months a run measure an autocorrelation of 0.6 about 0.02 too low "
       "(Kendall 1954)."),
    Target("A6", "Institutions get more of what rises", "Aggarwal, Prabhala and Puri 2002", (
        Part(RUN, "tilt", "their part in hot issues less in cold ones", 0.10, INF),
    )),
    Target("A7", "Volume and flipping in two days", "Aggarwal 2003", (
        Part(RUN, "two_day_volume", "volume, of the deal", 0.5, 1.2, "times"),
        Part(RUN, "flipped", "flipped, part of the volume", 0.10, 0.30),
    )),
    Target("A8", "Stabilisation", "Aggarwal 2000; Ruud 1993", (
        Part(RUN, "covered", "short covered, of the deal, in cold issues", 0.06, 0.15),
        Part(RUN, "spike", "density of returns at 0 over that beside", 2.0, INF, "times"),
    )),
    Target("A9", "Three years after, less the market", "Ritter 1991, and later samples", (
        Part(RUN, "three_years", "mean, from the first close", -0.32, -0.08),
        Part(RUN, "three_years_skew", "mean less median", 0.15, INF),
    )),
)  # fmt: skip
