"""A private company in reduced form: what is known of it before it comes to market."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.inputs import InputError
from sim.universe.census import SECTORS, implied_maturity
from sim.universe.rules import QUARTER


@dataclass(frozen=True)
class Newcomer:
    """A company that may be listed during the run.

    The defaults are assumptions about a young technology company.

    Parameters
    ----------
    symbol : str
    value_per_share : float
        Public value at the start of the run, USD, before any money from an offering.
    shares : float
        Shares outstanding before the offering.
    sector : int
        Place in `SECTORS`.
    float_factor : float
        Part that is never closely held, as index providers will count it after all lock-ups.
    beta, volatility : float
        As in `Census`; young companies move 3-3.5 % a day.
    earnings_yield : float
        Trailing earnings over value, below 0 for a loss.
    maturity : float or None
        As in `Census`; None takes what the earnings yield implies.  It begins to grow on the day
        of listing.
    dividend_yield, rate_duration : float
    disagreement : float
        Scale of investors' private opinions, 1 for an ordinary stock.
    report_day : int
        Session of the quarter after whose close it reports.
    own_news_from : int
        Session at which it begins to have news of its own; until then it moves with its market
        and its sector alone.
    dual_class, nasdaq, domestic : bool

    Raises
    ------
    InputError
        If a number is out of its range.
    """

    symbol: str
    value_per_share: float
    shares: float
    sector: int = 0
    float_factor: float = 1.0
    beta: float = 1.3
    volatility: float = 0.032
    earnings_yield: float = -0.02
    maturity: float | None = None
    dividend_yield: float = 0.0
    rate_duration: float = 10.0
    disagreement: float = 1.0
    report_day: int = 28
    own_news_from: int = 0
    dual_class: bool = False
    nasdaq: bool = True
    domestic: bool = True

    def __post_init__(self) -> None:
        for name, low, high, above in (
            ("value_per_share", 0, math.inf, True),
            ("shares", 0, math.inf, True),
            ("float_factor", 0, 1, True),
            ("beta", -10, 10, False),
            ("volatility", 0, 0.5, False),
            ("earnings_yield", -10, 10, False),
            ("start_maturity", -1000, 1, False),
            ("dividend_yield", 0, 1, False),
            ("rate_duration", -100, 100, False),
            ("disagreement", 0, 100, False),
            ("report_day", 0, QUARTER - 1, False),
            ("own_news_from", 0, math.inf, False),
        ):
            value = getattr(self, name)
            inside = math.isfinite(value) and low <= value <= high
            if not inside or (above and value == low):
                open_ = "above" if above else "from"
                raise InputError(
                    f"newcomer {self.symbol}: {name.removeprefix('start_')}: got {value!r}, "
                    f"expected a finite number {open_} {low:g} to {high:g}"
                )
        if not 0 <= self.sector < len(SECTORS):
            raise InputError(
                f"newcomer {self.symbol}: sector: got {self.sector!r}, expected a whole number "
                f"from 0 to {len(SECTORS) - 1}"
            )
        if (self.start_maturity > 0) != (self.earnings_yield > 0) or (
            (self.start_maturity < 0) != (self.earnings_yield < 0)
        ):
            raise InputError(
                f"newcomer {self.symbol}: maturity: got {self.start_maturity:g}, expected the sign "
                f"of earnings_yield = {self.earnings_yield:g}"
            )

    @property
    def start_maturity(self) -> float:
        """Maturity at listing, given or implied."""
        return implied_maturity(self.earnings_yield) if self.maturity is None else self.maturity

    @property
    def financial(self) -> bool:
        """Whether it is a financial company."""
        return SECTORS[self.sector] == "Financials"
