"""What is listed besides the companies that come to market, and how its fundamentals move."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.calendar import TRADING_DAYS
from sim.inputs import Settings

QUARTER = TRADING_DAYS // 4
#: Symbol of the one column that stands for the whole market.
MARKET = "MKT"


class UniverseRules(Settings):
    """Settings of the listed universe.

    **What is listed.**  ``kind`` is ``market`` (one column, the market portfolio), ``stocks``
    (companies drawn by `sim.universe.drawing`) or ``csv`` (those of ``file``, a path;
    `sim.universe.reading`).  ``stocks`` large companies have a float-adjusted capitalisation of
    ``float_cap_bn`` and pay ``dividends_bn`` a year; ``level`` is the index level: S&P 500 of 15
    June 2026 and its dividends of 2025 (Damodaran, post of 18 June 2026).  ``mid_caps`` and
    ``small_caps`` companies continue the law of sizes below them.

    **Sizes.**  Float cap of the company of rank k ∝ (k + size_shift)^(−1/size_exponent), a power
    law (Axtell 2001 finds 1.06 for firms) with the flat top of Mandelbrot (1953).  0.83 and 3.5 are
    assumptions that give the largest of 500 companies 7 % of the whole and the ten largest 36 %,
    about what the S&P 500 had.

    **Value.**  ``expected_return`` a year; ``rate_duration`` and ``premium_duration`` are
    −d log value / d rate: 25 is the inverse of a dividend-and-buy-back yield of 4 % (Gordon
    growth), and a rate that rises with growth hurts less: 5 (assumption).  ``market_elasticity`` is
    the demand elasticity of the one-column market, 0.2 (Gabaix and Koijen 2021);
    ``market_disagreement`` how much private opinions differ about it, relative to a single stock
    (assumption).  ``beta_spread`` is the standard deviation of betas over companies (assumption).

    **News of single companies.**  ``idiosyncratic_volatility`` is the daily standard deviation of a
    large company of middling size, jumps and reports included; it falls with size to the power
    ``volatility_slope``.  With ``sector_volatility`` (daily) it gives large companies 25-40 % a
    year and correlations of 0.2-0.4 (usual for large US stocks; the split is an assumption).
    ``tail_degrees`` of the Student t of a day's news (Blattberg and Gonedes 1974 find 4-5); the
    rate at which news of a company arrives is log-normal AR(1) with ``volatility_persistence`` a
    day and standard deviation ``volatility_of_volatility`` of its log (form: Clark 1973, Andersen
    1996; numbers are assumptions).  ``fixed_claims`` is φ, the part of a firm's usual value that
    debts, leases and fixed costs take before its owners: a half is a degree of total leverage of
    two (assumption; Christie 1982 finds that volatility rises by a quarter of what shares lose from
    debt alone, Mandelker and Rhee 1984 add fixed costs); 0 switches it off.  ``claims_half_life``
    in years: firms close a third of the gap to their usual leverage a year (Flannery and Rangan
    2006).  ``jumps_per_year``, each of ``jump_size`` daily standard
    deviations: 2-6 jumps of 4-8 % a year (assumption); ``report_share`` of a company's own
    variance falls on the four mornings after its reports (Sammon 2018: 3-17 %).

    **Earnings.**  ``earnings_yield`` of the large companies together, trailing (assumption: price
    over earnings of 28.6).  ``earnings_noise`` is the transitory part of a quarter's result in
    units of normal earnings, ``maturing_years`` the time constant with which young companies reach
    normal earnings (assumptions).

    **Takeovers.**  ``takeovers_per_year`` per company (2-3 % suit long panels: assumption), none of
    companies worth more than ``takeover_largest_bn`` USD bn (about the largest deals on record);
    ``takeover_sessions`` from announcement to closing (assumption).
    """

    kind: Literal["market", "stocks", "csv"] = "market"
    file: str = ""
    stocks: int = Field(default=500, ge=1, le=20_000)
    mid_caps: int = Field(default=0, ge=0, le=20_000)
    small_caps: int = Field(default=0, ge=0, le=20_000)
    float_cap_bn: float = Field(default=63_498.44, gt=0)
    level: float = Field(default=7554.29, gt=0)
    dividends_bn: float = Field(default=664.90, ge=0)
    size_exponent: float = Field(default=0.83, gt=0.5, le=5)
    size_shift: float = Field(default=3.5, ge=0, le=1000)
    expected_return: float = Field(default=0.08, ge=-0.5, le=1)
    rate_duration: float = Field(default=5.0, ge=0, le=100)
    premium_duration: float = Field(default=25.0, ge=0, le=100)
    market_elasticity: float = Field(default=0.2, gt=0, le=100)
    market_disagreement: float = Field(default=0.25, ge=0, le=1)
    beta_spread: float = Field(default=0.3, ge=0, le=1)
    idiosyncratic_volatility: float = Field(default=0.0165, ge=0, le=0.5)
    volatility_slope: float = Field(default=0.08, ge=0, le=0.5)
    sector_volatility: float = Field(default=0.006, ge=0, le=0.1)
    tail_degrees: float = Field(default=5.0, gt=2, le=100)
    volatility_persistence: float = Field(default=0.98, ge=0, lt=1)
    volatility_of_volatility: float = Field(default=0.45, ge=0, le=2)
    fixed_claims: float = Field(default=0.5, ge=0, lt=1)
    claims_half_life: float = Field(default=1.7, gt=0, le=100)
    jumps_per_year: float = Field(default=4.0, ge=0, le=50)
    jump_size: float = Field(default=3.5, ge=0, le=20)
    report_share: float = Field(default=0.12, ge=0, le=0.9)
    earnings_yield: float = Field(default=0.035, gt=0, le=0.5)
    earnings_noise: float = Field(default=0.2, ge=0, le=5)
    maturing_years: float = Field(default=6.0, gt=0, le=100)
    takeovers_per_year: float = Field(default=0.0, ge=0, le=1)
    takeover_sessions: int = Field(default=60, ge=1, le=1000)
    takeover_largest_bn: float = Field(default=200.0, gt=0)

    @model_validator(mode="after")
    def _parts_fit(self) -> UniverseRules:
        if (self.kind == "csv") != bool(self.file):
            expected = "the path of a CSV file" if self.kind == "csv" else "none"
            raise ValueError(f"file: got {self.file!r}, expected {expected} for kind {self.kind}")
        if self.steady_share <= 0:
            raise ValueError(
                f"report_share: got {self.report_share:g}, expected less: with "
                f"{self.jumps_per_year:g} jumps a year of {self.jump_size:g} daily standard "
                "deviations no variance is left for ordinary days"
            )
        return self

    @property
    def is_one_column(self) -> bool:
        """Whether one column stands for the whole market."""
        return self.kind == "market"

    @property
    def steady_share(self) -> float:
        """Part of a company's own variance that comes neither by jumps nor by reports."""
        return 1 - self.jumps_per_year * self.jump_size**2 / TRADING_DAYS - self.report_share
