"""The premium that investors ask for bearing the market's variance, as news tells them of it.

Whoever bears variance is paid for it, λσ̂²/σ̄² a year (Merton 1980), so when expected variance rises
the market loses at once what it will pay out later:

    dU = −λ/252·dH,      H = Σ_k (E[σ²_{t+k}] − σ̄²)/σ̄² = (σ̂²_t/σ̄² − 1)/(1 − ρ),

the volatility feedback of French, Schwert and Stambaugh (1987) and Campbell and Hentschel (1992).
Nobody sees the variance of news; investors learn it from the news of the market itself,

    σ̂² ← σ̂² + (1 − δ)(n² − σ̂²),                    σ̄² the same over years,

n the news of a day, log (RiskMetrics 1996), and ρ is how long they think a change lasts.  During a
day they put the news so far, and what usually comes in the rest, for n².  Large news of either sign
raises the premium and so lowers prices: bad news moves them more than good, and the rough days that
come after either follow a fall more than a rise.
"""

from __future__ import annotations

from pydantic import Field

from sim.calendar import TRADING_DAYS
from sim.inputs import Settings
from sim.news import MacroNews

#: Sessions over which the usual variance is learned (assumption: five years).
USUAL_MEMORY = 1250.0
#: Largest multiple of the usual variance that a day's news is taken for (assumption: five standard
#: deviations).
MOST = 25.0


class RiskPremiumRules(Settings):
    """``premium`` is λ, a year at usual variance: the implied premium of US stocks was 4-5 % in
    2024-2026 (Damodaran); 0 switches the feedback off.  ``half_life_days`` gives δ (RiskMetrics
    1996: δ 0.94, eleven sessions) and ``persistence`` is ρ a session (GARCH models of indices find
    0.97-0.99: Engle and Patton 2001).  ``usual_volatility`` a day is what σ̄ starts from."""

    premium: float = Field(default=0.045, ge=0, le=1)
    half_life_days: float = Field(default=11.0, gt=0, le=1000)
    persistence: float = Field(default=0.98, ge=0, lt=1)
    usual_volatility: float = Field(default=0.01, gt=0, le=0.2)


class RiskPremium:
    """What investors make of the market's variance.

    Attributes
    ----------
    discount : float
        λH/252, what present variance takes off the market's log value.
    """

    def __init__(self, rules: RiskPremiumRules) -> None:
        self.rules = rules
        self._fade = 1 - 0.5 ** (1 / rules.half_life_days)
        self._usual = self._variance = rules.usual_volatility**2
        self._news = self._heard = self.discount = 0.0

    def start_day(self) -> None:
        """Take yesterday's news into the estimates."""
        square = min(self._news**2, MOST * self._usual)
        self._variance += self._fade * (square - self._variance) * (self._heard > 0)
        self._usual += (square - self._usual) / USUAL_MEMORY * (self._heard > 0)
        self._news = self._heard = 0.0

    def price(self, macro: MacroNews, market_news: float, variance_share: float) -> MacroNews:
        """The same news with what it does to the premium.

        ``market_news`` is the news in the market's log value, ``variance_share`` the part of the
        day's variance that it carries.
        """
        rules, before = self.rules, self.discount
        self._news += market_news
        self._heard += variance_share
        day = min(self._news**2, MOST * self._usual) + (1 - self._heard) * self._variance
        expected = self._variance + self._fade * (day - self._variance)
        excess = (expected / self._usual - 1) / (1 - rules.persistence)
        self.discount = rules.premium / TRADING_DAYS * excess
        return MacroNews(macro.rate, macro.premium, macro.earnings, before - self.discount)
