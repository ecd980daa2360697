"""Draws a census of companies whose totals are those of an index on a date.

Sizes follow a power law by rank (see `UniverseRules`), continued below the large companies by
mid-caps and small caps.  Everything else depends on sector and size: small companies are more
volatile and lose money more often, young ones pay no dividends and live further in the future.
Three totals of the large companies are exact: float capitalisation, dividends (on the float, as an
index counts them) and earnings; their betas and rate durations average, weighted by float cap, to
1 and to the market's.

Every attribute has a stream of its own, drawn in the order of size, so adding smaller companies
leaves what was drawn for the larger ones as it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.streams import Streams
from sim.universe.census import SECTORS, Array, BoolArray, Census, IntArray
from sim.universe.rules import UniverseRules

#: By sector, in the order of `SECTORS`. Companies of 500 in it, close to the S&P 500 of 2025; odds
#: of a Nasdaq listing; beta less 1; earnings and dividend yields and relative to the average. The
#: last four are assumptions in line with the usual tables of sectors.
TRAITS = np.array([
    # number  nasdaq  beta  earnings  dividends
    [69, 0.65, +0.20, 0.75, 0.5],  # Information Technology
    [22, 0.55, +0.00, 0.90, 0.5],  # Communication Services
    [50, 0.35, +0.15, 0.85, 0.6],  # Consumer Discretionary
    [60, 0.35, -0.20, 1.00, 1.1],  # Health Care
    [75, 0.10, +0.05, 1.60, 1.3],  # Financials
    [79, 0.20, +0.05, 0.95, 0.9],  # Industrials
    [37, 0.25, -0.35, 1.05, 1.8],  # Consumer Staples
    [22, 0.10, -0.05, 1.60, 2.2],  # Energy
    [31, 0.20, -0.40, 1.30, 2.3],  # Utilities
    [25, 0.10, +0.00, 1.10, 1.3],  # Materials
    [30, 0.10, -0.05, 0.60, 2.8],  # Real Estate
])  # fmt: skip
NUMBER, NASDAQ, BETA, EARNINGS, DIVIDENDS = TRAITS.T
#: The giants are technology, communication and consumer companies in these parts (2026, rounded).
GIANTS, GIANT_SECTORS = 10, np.array([0.6, 0.2, 0.2])
#: One large company, as Walmart in 2026, is closely held without a second share class.
FAMILY_RANK, FAMILY_FLOAT = 12, 0.55
#: Part of the companies with several share classes, and with every share afloat (assumptions).
DUAL_CLASS, ALL_AFLOAT = 0.07, 0.6
#: Odds of a loss for a large company of middling size, and how they grow as size falls: about 30 %
#: where small caps are a twentieth as large (assumption).
LOSS, LOSS_SLOPE, HIGHEST_LOSS = 0.05, 0.6, 0.45
#: Odds that a profitable company still grows into its normal earnings (assumption).
GROWTH = 0.2
#: Odds of paying dividends, mature and growing (assumption); losers pay none.
PAYS, GROWING_PAYS = 0.85, 0.4
#: Spreads (standard deviation of logs) of prices, yields, volatilities, durations (assumptions).
PRICE, YIELD, VOLATILITY, DURATION = 0.6, 0.3, 0.12, 0.3
#: Sessions of the quarter on which companies report: two to eight weeks after its start.
FIRST_REPORT, LAST_REPORT = 8, 38


def draw(rules: UniverseRules, streams: Streams) -> Census:
    """Draw the companies of kind ``stocks``, largest first.

    Parameters
    ----------
    rules : UniverseRules
    streams : Streams
        Uses streams ``universe.<attribute>``.
    """
    large = rules.stocks
    n = large + rules.mid_caps + rules.small_caps

    def uniform(name: str) -> Array:
        return streams(f"universe.{name}").random(n)

    def normal(name: str) -> Array:
        return streams(f"universe.{name}").standard_normal(n)

    float_cap = _sizes(rules, n)
    weight = np.where(np.arange(n) < large, float_cap, 0.0) / (rules.float_cap_bn * 1e9)
    relative = float_cap / np.median(float_cap[:large])
    sector = _sectors(uniform("sectors"))
    dual = uniform("share_classes") < DUAL_CLASS
    factor = _float_factors(dual, uniform("float"))
    cap = float_cap / factor
    price = 100 * np.exp(PRICE * normal("prices"))
    maturity = _maturities(relative, uniform("losses"), uniform("maturity"))
    yields = rules.earnings_yield * EARNINGS[sector] * np.exp(YIELD * normal("earnings"))
    yields = _scaled(maturity * yields, cap * (weight > 0), rules.earnings_yield)
    beta = 1 + BETA[sector] + _rest(rules.beta_spread) * normal("beta")
    duration = (2 - maturity) * np.exp(DURATION * normal("duration"))
    own = rules.idiosyncratic_volatility * relative**-rules.volatility_slope
    odds = NASDAQ[sector] + 0.2 * (weight == 0)  # smaller companies list there more often
    return Census(
        symbol=[f"S{i:04d}" for i in range(n)],
        sector=sector,
        price=price,
        shares=cap / price,
        float_factor=factor,
        dual_class=dual,
        nasdaq=uniform("nasdaq") < odds,
        financial=sector == SECTORS.index("Financials"),
        domestic=np.ones(n, dtype=bool),
        beta=_scaled(np.clip(beta, 0.2, 2.5), weight, 1.0),
        volatility=own * np.exp(VOLATILITY * normal("volatility")),
        earnings_yield=yields,
        maturity=maturity,
        dividend_yield=_dividends(rules, sector, maturity, weight, streams),
        rate_duration=_scaled(duration, weight, rules.rate_duration),
        report_day=_report_days(uniform("report_days"), uniform("report_days.second")),
    )


def _sizes(rules: UniverseRules, n: int) -> Array:
    """Float caps, USD, in falling order; the large ones add up to the stated total."""
    size = (np.arange(1, n + 1) + rules.size_shift) ** (-1 / rules.size_exponent)
    return np.asarray(rules.float_cap_bn * 1e9 * size / size[: rules.stocks].sum())


def _sectors(uniform: Array) -> IntArray:
    sector = np.searchsorted(np.cumsum(NUMBER) / NUMBER.sum(), uniform, side="right")
    sector[:GIANTS] = np.searchsorted(np.cumsum(GIANT_SECTORS), uniform[:GIANTS], side="right")
    return np.minimum(sector, len(SECTORS) - 1)


def _float_factors(dual: BoolArray, uniform: Array) -> Array:
    """All shares, or 90-100 %; 50-90 % where a second class is closely held."""
    factor = 0.9 + 0.1 * (uniform - ALL_AFLOAT) / (1 - ALL_AFLOAT)
    factor = np.where(uniform < ALL_AFLOAT, 1.0, factor)
    factor = np.where(dual, 0.5 + 0.4 * uniform, factor)
    if len(factor) > FAMILY_RANK:
        factor[FAMILY_RANK] = FAMILY_FLOAT
    return factor


def _maturities(relative: Array, losses: Array, uniform: Array) -> Array:
    odds = np.minimum(LOSS * relative**-LOSS_SLOPE, HIGHEST_LOSS)
    grown = np.where(uniform < GROWTH, 0.4 + 0.5 * uniform / GROWTH, 1.0)
    return np.where(losses < odds, -0.1 - 1.4 * uniform, grown)


def _dividends(
    rules: UniverseRules, sector: IntArray, maturity: Array, weight: Array, streams: Streams
) -> Array:
    n = len(sector)
    odds = np.where(maturity < 1, GROWING_PAYS, PAYS) * (maturity > 0)
    pays = streams("universe.payers").random(n) < odds
    spread = np.exp(YIELD * streams("universe.dividends").standard_normal(n))
    relative = pays * DIVIDENDS[sector] * spread * maturity
    if not (relative * weight).any():  # a handful of companies none of which would pay
        relative = np.ones(n)
    return _scaled(relative, weight, rules.dividends_bn / rules.float_cap_bn)


def _report_days(first: Array, second: Array) -> IntArray:
    """More companies in the middle of the season than at its ends: the mean of two uniforms."""
    sessions = LAST_REPORT - FIRST_REPORT + 1
    return np.asarray(FIRST_REPORT + (first + second) / 2 * sessions, dtype=np.int64)


def _rest(spread: float) -> float:
    """Spread of betas within sectors that leaves the stated one over all companies."""
    share = NUMBER / NUMBER.sum()
    between = share @ BETA**2 - (share @ BETA) ** 2
    return float(np.sqrt(max(spread**2 - between, 0.0)))


def _scaled(values: Array, weight: NDArray[np.float64], target: float) -> Array:
    """Values scaled to a weighted mean of ``target``; as they are if theirs is not above 0."""
    mean = float(values @ weight) / float(weight.sum())
    return values * (target / mean) if mean > 0 else values
