"""Three naive references, judged by the same bands as the model.

*Constant*: every quantity is its long-run historical mean, always and for everybody; nothing varies
over offerings, events, days or eras. So every spread, autocorrelation and difference between groups
is nothing, and the stylised facts of a constant return do not exist. `CONSTANT` has the means and
where they are from. A row that asks for nothing but a mean is passed by knowing it.

*Static formula*: an inclusion moves the price by multiplier × demand / float, with multiplier 1
(Gabaix and Koijen 2021) and the demand of the same events that the model meets. It says the same of
a purchase of 1 % of one stock's float, and of 1 % of everything, and nothing else.

*Franke and Westerhoff (2012)*, Journal of Economic Dynamics and Control 36, model DCA-HPM with its
published parameters: p log price, p* = 0 log value, n_f and n_c = 1 − n_f shares of fundamentalists
and chartists,

    p_{t+1} = p_t + μ [n_f φ (p* − p_t) + n_c χ (p_t − p_{t−1}) + ε_t]
    ε_t ~ N(0, n_f² σ_f² + n_c² σ_c²)
    n_f = 1 / (1 + exp(−β a_t)),      a_{t+1} = α_0 + α_n (n_f − n_c) + α_p (p_t − p*)²

It is a model of one price: the index is one path, the "stocks" are independent ones, and it has no
volume, offerings, indices or funds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.evidence.stylised_facts import History, facts
from experiments.evidence.targets.inclusions import EARLY, LATER, LATEST, MULTIPLIER
from experiments.evidence.targets.target import Figures
from sim.streams import Streams

Array = NDArray[np.float64]
NAMES = ("constant", "static formula", "Franke-Westerhoff")

#: Means of all decades: additions and deletions of the 1980s to 2010s (Greenwood and Sammon 2025).
ADDITION = (0.034 + 0.074 + 0.052 + 0.010) / 4
DELETION = -(0.046 + 0.161 + 0.124 + 0.006) / 4
#: Closing auction 2010, 2018, 2024 (Bogousslavsky and Muravyev 2023; BMLL 2025).
CLOSING = (0.031 + 0.075 + 0.09) / 3

#: Figure -> historical mean, by name of the source of runs.
CONSTANT: dict[tuple[str, str], float] = {
    ("offerings", "gain"): 0.19,  # 1980-2025 (Ritter)
    ("offerings", "gain_large"): 0.19,
    ("offerings", "gain_sd"): 0.0,
    ("offerings", "gain_down"): 0.0,
    ("offerings", "mean_less_median"): 0.0,
    ("offerings", "spread_large"): 0.07,  # the custom (Chen and Ritter 2000)
    ("offerings", "seven_percent"): 1.0,
    ("offerings", "within"): 1.0,  # nothing is ever learned from a book
    ("offerings", "below"): 0.0,
    ("offerings", "above"): 0.0,
    ("offerings", "tilt"): 0.0,
    ("offerings", "two_day_volume"): 0.79,  # 15 % over 19 % (Aggarwal 2003)
    ("offerings", "flipped"): 0.19,  # Aggarwal (2003)
    ("offerings", "covered"): 0.1075,  # Aggarwal (2000)
    ("offerings", "spike"): 0.0,  # all returns are 19 %
    ("offerings", "three_years"): -0.197,  # 1975-2021, from Ritter's dates
    ("offerings", "three_years_skew"): 0.0,
    (EARLY, "add"): ADDITION,
    (LATER, "add"): ADDITION,
    (EARLY, "delete"): DELETION,
    (LATER, "delete"): DELETION,
    (LATER, "closing"): CLOSING,
    (LATEST, "closing"): CLOSING,
    ("today", "closing"): CLOSING,
    ("today", "rebalance"): CLOSING,
    ("purchase", "micro"): 1.0,  # Gabaix and Koijen (2021)
    ("purchase", "macro"): 5.0,
    ("market", "behind"): 0.64,  # SPIVA, mean of 24 years
    ("market", "best_year"): 0.64,
    ("market", "worst_year"): 0.64,
}


class FrankeWesterhoff(NamedTuple):
    """Published parameters of DCA-HPM."""

    phi: float = 0.12
    chi: float = 1.50
    sigma_f: float = 0.758
    sigma_c: float = 2.087
    alpha_0: float = -0.327
    alpha_n: float = 1.79
    alpha_p: float = 18.43
    mu: float = 0.01
    beta: float = 1.0


def franke_westerhoff(
    days: int, paths: int, rng: np.random.Generator, model: FrankeWesterhoff | None = None
) -> Array:
    """Daily log returns of independent prices, (days, paths), after a start-up of a year."""
    m, start = model or FrankeWesterhoff(), 252
    noise = rng.standard_normal((days + start, paths))
    before, price, attraction = np.zeros(paths), np.zeros(paths), np.zeros(paths)
    returns = np.empty((days + start, paths))
    for t in range(days + start):
        fundamental = 1 / (1 + np.exp(-m.beta * attraction))
        chartist = 1 - fundamental
        sd = np.sqrt((fundamental * m.sigma_f) ** 2 + (chartist * m.sigma_c) ** 2)
        demand = chartist * m.chi * (price - before) - fundamental * m.phi * price
        attraction = m.alpha_0 + m.alpha_n * (fundamental - chartist) + m.alpha_p * price**2
        returns[t] = m.mu * (demand + sd * noise[t])
        before, price = price, price + returns[t]
    return returns[start:]


def references(
    figures: Figures, seeds: Sequence[int], days: int, stocks: int
) -> dict[str, dict[tuple[str, str], list[float]]]:
    """What each reference says where the model has `figures`: name -> figures of the same form.

    The Franke-Westerhoff model is run for `days` days, with `stocks` paths and the index's, once
    for every one of `seeds`; the static formula meets the demand of the model's events.
    """
    constant = {key: [value] for key, value in CONSTANT.items()}
    static = {
        (run, kind): list(figures.get((run, f"{kind}_static"), ()))
        for run in (EARLY, LATER)
        for kind in ("add", "delete")
    }
    static |= {("purchase", "micro"): [MULTIPLIER], ("purchase", "macro"): [MULTIPLIER]}
    held = [_facts_of_benchmark(seed, days, stocks) for seed in seeds]
    benchmark = {("market", name): [each[name] for each in held] for name in held[0]}
    return dict(zip(NAMES, (constant, static, benchmark), strict=True))


def _facts_of_benchmark(seed: int, days: int, stocks: int) -> Mapping[str, float]:
    returns = franke_westerhoff(days, stocks + 1, Streams(seed)("franke_westerhoff"))
    return facts(History(index=returns[:, 0], stocks=returns[:, 1:]))
