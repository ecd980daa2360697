"""News of sectors and of single companies: how a company's value moves beside the market.

Own news of company i with daily standard deviation σ_i has three parts, in shares of its variance:

    ordinary days   d = 1 − λk²/252 − f     σ_i √d · s_t · a_it · √g_it · z
    jumps           λk²/252                 λ a year, before the open, normal of size kσ_i
    reports         f                       four mornings a year (`sim.universe.earnings`)

z is standard normal at every instant, g_it drawn once a day and company so that the day's sum is
Student t, s_t the uncertainty that scales all news (`sim.news`), and a_it the rate at which news of
this company arrives: a log-normal AR(1) with mean square 1, as news comes in spells (Clark 1973;
Andersen 1996).  A sector's news moves all its companies; it is counted from the market's average,
which is macro news alone.

Macro news has mean zero in logs, as everywhere in the model.  Sector and company news has
E[exp(news)] = 1 (half the conditional variance is taken off): it diversifies away, and a portfolio
of many companies drifts as the one-column market does.

All numbers are drawn in blocks of a quarter.  Companies listed at the start share streams by
source; every newcomer has streams of its own, so adding one leaves all other draws as they were.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.calendar import TRADING_DAYS
from sim.streams import Streams
from sim.universe.census import SECTORS, Array, IntArray
from sim.universe.rules import QUARTER, UniverseRules

Single = NDArray[np.float32]
INSTANTS = 2 * QUARTER  # rows of a block of news drawn at every instant


@njit(cache=True, nogil=True, error_model="numpy")
def _news(sd, draws, root, moves, sector, gearing, share, half_variance):  # type: ignore[no-untyped-def]
    """Own and sector news of one instant; ``moves`` (sectors,), the other arrays (companies,)."""
    news = np.empty(sd.size)
    for i in range(sd.size):
        own = sd[i] * np.float64(draws[i]) * root + moves[sector[i]]
        news[i] = own * gearing[i] - share * half_variance[i] * gearing[i] * gearing[i]
    return news


class OwnNews:
    """Draws sector and company news.

    Parameters
    ----------
    rules : UniverseRules
    volatility : Array
        Daily standard deviations σ, shape (companies,).
    sector : IntArray
        Places in `SECTORS`, shape (companies,); −1 for the market, which is in none.
    float_cap : Array
        Shape (companies,); gives the market whose average sector news is counted from.
    newcomers : sequence of str
        Symbols of the last companies, those not listed at the start.
    begins : IntArray
        Session of their first own news, shape (newcomers,).
    streams : Streams
        Uses ``news.stocks`` (instants), ``news.tails`` and ``news.spells`` (days), ``news.jumps``
        and ``news.sectors``, all but the last also with ``.<symbol>`` for every newcomer.
    """

    def __init__(
        self,
        rules: UniverseRules,
        volatility: Array,
        sector: IntArray,
        float_cap: Array,
        newcomers: Sequence[str],
        begins: IntArray,
        streams: Streams,
    ) -> None:
        self.rules = rules
        self._base = len(volatility) - len(newcomers)
        self._begins, self._days_drawn = begins, 0
        self._newcomers, self._streams = list(newcomers), streams
        self._steady = volatility * math.sqrt(rules.steady_share)
        self._jump = rules.jump_size * volatility
        self._sector = np.where(sector < 0, len(SECTORS), sector)
        caps = np.bincount(self._sector, float_cap, len(SECTORS) + 1)[:-1].astype(np.float64)
        self._weights: Array = caps / max(float(caps.sum()), 1.0)
        relative = np.eye(len(SECTORS)) - self._weights
        half_sector = 0.5 * rules.sector_volatility**2 * (relative**2).sum(axis=1)
        self._half_sector: Array = np.append(half_sector, 0.0)[self._sector]
        self._spell: Array = np.zeros(len(volatility))
        self.scale = 1.0
        self._day = self._row = -1
        self._tails = self._draws = np.zeros((0, len(volatility)), dtype=np.float32)
        self._jumps: Array = np.zeros((0, len(volatility)))
        self._sector_draws = np.zeros((0, len(SECTORS) + 1))
        self._sd: Array = self._steady.copy()
        self._half_variance: Array = 0.5 * self._sd**2 + self._half_sector

    def start_day(self, uncertainty: float) -> Array:
        """Set the day's volatility; returns the jumps since last evening, log, (companies,)."""
        self._day += 1
        if self._day == len(self._tails):
            self._draw_days()
            self._day = 0
        self.scale = uncertainty
        np.multiply(self._steady, self._tails[self._day], out=self._sd)
        self._sd *= uncertainty
        np.multiply(self._sd, self._sd, out=self._half_variance)
        self._half_variance *= 0.5
        self._half_variance += self.scale**2 * self._half_sector
        return self._jumps[self._day].copy()

    def instant(self, variance_share: float, gearing: Array) -> Array:
        """News of one instant that carries this share of the day's variance, log, (companies,).

        ``gearing`` (companies,) multiplies it.
        """
        self._row += 1
        if self._row >= len(self._draws):
            self._draw_instants()
            self._row = 0
        root = math.sqrt(variance_share)
        moves = self._sector_draws[self._row] * (self.scale * root)
        return np.asarray(
            _news(
                self._sd, self._draws[self._row], root, moves, self._sector, gearing,
                variance_share, self._half_variance,
            )
        )  # fmt: skip

    # -- blocks -------------------------------------------------------------------------------

    def _each(self, name: str) -> list[tuple[slice, np.random.Generator]]:
        """Columns and the generator that draws them: those of the start together, others alone."""
        own = [self._streams(f"{name}.{symbol}") for symbol in self._newcomers]
        columns = [slice(self._base + i, self._base + i + 1) for i in range(len(own))]
        return [(slice(0, self._base), self._streams(name)), *zip(columns, own, strict=True)]

    def _draw_instants(self) -> None:
        shape = (INSTANTS, len(self._steady))
        self._draws = np.empty(shape, dtype=np.float32)
        for columns, rng in self._each("news.stocks"):
            size = (INSTANTS, columns.stop - columns.start)
            self._draws[:, columns] = rng.standard_normal(size, dtype=np.float32)
        shocks = self._streams("news.sectors").standard_normal((INSTANTS, len(SECTORS)))
        shocks -= (shocks @ self._weights)[:, None]
        self._sector_draws = self.rules.sector_volatility * np.pad(shocks, ((0, 0), (0, 1)))

    def _draw_days(self) -> None:
        rules, shape = self.rules, (QUARTER, len(self._steady))
        self._tails = np.empty(shape, dtype=np.float32)
        half = rules.tail_degrees / 2
        for columns, rng in self._each("news.tails"):
            size = (QUARTER, columns.stop - columns.start)
            # Student t with variance 1 is a normal over √(gamma/(half − 1))
            gamma: Single = rng.standard_gamma(half, size, dtype=np.float32)
            self._tails[:, columns] = np.sqrt((half - 1) / np.maximum(gamma, 1e-6))
        self._tails *= self._draw_spells()
        self._jumps = np.zeros(shape)
        if rules.jumps_per_year > 0 and rules.jump_size > 0:
            for columns, rng in self._each("news.jumps"):
                size = (QUARTER, columns.stop - columns.start)
                hit = rng.random(size, dtype=np.float32) < rules.jumps_per_year / TRADING_DAYS
                day, column = np.nonzero(hit)
                sd = self._jump[columns][column]
                draw = sd * rng.standard_normal(len(day)) - 0.5 * sd**2
                self._jumps[day, columns.start + column] = draw
        sessions = self._days_drawn + np.arange(QUARTER)
        too_early = sessions[:, None] < self._begins
        self._tails[:, self._base :][too_early] = 0.0
        self._jumps[:, self._base :][too_early] = 0.0
        self._days_drawn += QUARTER

    def _draw_spells(self) -> Single:
        """a of the next quarter, (days, companies)."""
        rules = self.rules
        keep, spread = rules.volatility_persistence, rules.volatility_of_volatility
        rates = np.empty((QUARTER, len(self._steady)), dtype=np.float32)
        for columns, rng in self._each("news.spells"):
            size = (QUARTER, columns.stop - columns.start)
            rates[:, columns] = rng.standard_normal(size, dtype=np.float32)
        rates *= math.sqrt(1 - keep**2) * spread
        for day in range(QUARTER):
            self._spell = keep * self._spell + rates[day]
            rates[day] = self._spell
        return np.exp(rates - spread**2)
