"""What everybody sizes demand with: wealth, shares in circulation, and how much they can absorb.

Taken stock of every morning.  Investors *by value* (active funds) share between them what index
funds and other owners leave: their neutral holding of a stock is their part of the *claim*

    C = c · c_j · (shares outstanding − shares of strategic owners),

c the part of the shares for sale that investors by value hold when prices equal values; savers who
move to index funds lower it, and c_j is below 1 for companies that only some may buy.  For a price
higher by a log unit they give up the *depth*

    Λ_j = Σ_i ε_i W_i m_ij · r / M · S_j,

ε_i their elasticity, W_i wealth, m_ij the part of it that may tilt towards the stock, S_j shares, M
the value of all listed companies, r the strategic response.  So a purchase of D shares that is
never sold moves the log price by D / Λ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.market.exchange import Exchange
from sim.market.ledger import Ledger

if TYPE_CHECKING:
    from sim.universe import Universe

Array = NDArray[np.float64]
#: Share of the market held by active investors when their elasticity was measured: 55 % in 2019
#: (Bank of America, via UCLA), the period of Koijen and Yogo (2019) and Gabaix and Koijen (2021).
REFERENCE_SHARE = 0.55


class Scales:
    """Scales of a market.

    Parameters
    ----------
    universe, ledger, exchange
    macro_elasticity : float
        η = 1 − θ + κδ, elasticity of demand for the market as a whole (Gabaix and Koijen 2021).
    strategic_response : float
        χ of Haddad, Huebner and Loualiche (2025).

    Attributes
    ----------
    wealth : Array
        Cash and holdings at the last prices, USD, (accounts,).
    circulation : Array
        C, shares (stocks,).
    lean_per_dollar : Array
        r S / M: shares per log unit and USD of wealth at elasticity 1, (stocks,).
    shares_per_dollar, market_weight : Array
        1 / price, and part of the market's value; 0 where nothing is listed, (stocks,).
    claims : Array
        c_j, (stocks,).
    depth : Array
        Λ: shares that investors by value give up for a price higher by a log unit, (stocks,).
    claim, neutral_wealth, active_share, market_gap : float
        c; USD of investors by value; their share of the market; log price over value of the whole
        market as of the last auction.
    """

    def __init__(
        self,
        universe: Universe,
        ledger: Ledger,
        exchange: Exchange,
        macro_elasticity: float,
        strategic_response: float,
    ) -> None:
        self.universe, self.ledger, self.exchange = universe, ledger, exchange
        self.macro_elasticity, self.strategic_response = macro_elasticity, strategic_response
        accounts, stocks = ledger.holdings.shape
        self.strategic = self.neutral = self.indexed = np.zeros(0, dtype=np.int64)
        self._leaners: list[tuple[slice, Array, Array]] = []
        self.wealth = np.zeros(accounts)
        self.circulation = np.zeros(stocks)
        self.lean_per_dollar = np.zeros(stocks)
        self.shares_per_dollar = np.zeros(stocks)
        self.market_weight = np.zeros(stocks)
        self.claims = np.ones(stocks)
        self.claim = self.active_share = self.offered_value = self.neutral_wealth = 1.0
        self.market_gap = 0.0
        self.depth = np.zeros(stocks)

    def count(self, account: int, *, strategic: bool, neutral: bool, indexed: bool) -> None:
        """Say what kind of holder the owner of an account is."""
        if strategic:
            self.strategic = np.append(self.strategic, account)
        if neutral:
            self.neutral = np.append(self.neutral, account)
        if indexed:
            self.indexed = np.append(self.indexed, account)

    def lean_on_value(self, rows: slice, elasticity: Array, mandate: Array) -> None:
        """The owners of these accounts trade on value with these elasticities, (accounts,).

        ``mandate`` (stocks,) is the part of their wealth that may tilt towards a stock.
        """
        self._leaners.append((rows, elasticity, mandate))

    def take_stock(self) -> None:
        """Count again at the last prices."""
        universe, ledger = self.universe, self.ledger
        price = np.where(universe.listed, self.exchange.last_price, 0.0)
        np.dot(ledger.holdings, price, out=self.wealth)
        self.wealth += ledger.cash
        self.neutral_wealth = max(float(np.maximum(self.wealth[self.neutral], 0.0).sum()), 1.0)
        np.subtract(
            ledger.outstanding, ledger.holdings[self.strategic].sum(axis=0), out=self.circulation
        )
        self.offered_value = float(self.circulation @ price)
        self.circulation *= self.claim
        self.circulation *= self.claims
        listed = universe.listed
        shares = np.where(listed, ledger.outstanding, 0.0)
        np.multiply(price, shares, out=self.market_weight)
        total = float(self.market_weight.sum())
        self.market_weight /= total
        self.active_share = self.neutral_wealth / total
        response = self.response()
        np.multiply(
            shares, response * universe.elasticity / universe.market_value, out=self.lean_per_dollar
        )
        self.depth[:] = 0.0
        for rows, elasticity, mandate in self._leaners:
            self.depth += float(elasticity @ np.maximum(self.wealth[rows], 0.0)) * mandate
        self.depth *= self.lean_per_dollar
        self.shares_per_dollar[:] = 0.0
        np.divide(1.0, price, out=self.shares_per_dollar, where=listed)

    def response(self) -> float:
        """r: how much harder investors by value lean because there are fewer of them.

        With own elasticity E and strategic response χ an investor leans E − χ·(elasticity of all),
        so that a share a of such investors gives each E / (1 + aχ) (Haddad, Huebner and Loualiche
        2025).  The elasticities of the funds are those seen at a = `REFERENCE_SHARE`.
        """
        chi = self.strategic_response
        return (1 + REFERENCE_SHARE * chi) / (1 + min(self.active_share, 1.0) * chi)

    @property
    def anchor(self) -> float:
        """What the market's gap from value adds to what investors think a stock is worth.

        They choose among stocks and are slow to leave the market: their demand answers a stock's
        own mispricing with elasticity ε, that of the whole market with ε·η only.
        """
        return (1 - self.macro_elasticity) * self.market_gap

    def observe_gap(self, cap: Array) -> None:
        """Measure how far the market stands above value; ``cap`` weighs the first columns.

        A market that is a single column has its elasticity itself.
        """
        n = cap.size
        if n > 1:
            gap = self.exchange.last_log_price[:n] + self.universe.news_shift[:n]
            gap -= self.universe.log_value[:n]
            self.market_gap = float(np.dot(gap, cap)) / float(cap.sum())

    def shift_claim(self, usd: float) -> None:
        """Savers moved so many USD from investors by value to index funds (< 0: back)."""
        self.claim = min(max(self.claim - usd / self.offered_value, 0.0), 1.0)

    def start_in_equilibrium(self, pull: Callable[[], Array]) -> None:
        """Take the first prices for those at which everybody is content, and set values to match.

        Where index funds hold much of a stock the others hold less than their share of it; they do
        because it is dear.  With claim c, shares for sale A and a held by investors by value, the
        price stands (c·A·(1 + t) − a) / Λ above value, and c is such that this is nothing on
        average.  ``pull`` gives t (stocks,): how much more or less than their share of a stock
        these investors hold together because of the indices they are measured against.
        """
        universe, base = self.universe, self.universe.base
        price = self.exchange.last_price[base]
        held = self.ledger.holdings
        indexed = held[self.indexed][:, base].sum(axis=0)
        offered = self.ledger.outstanding[base] - held[self.strategic][:, base].sum(axis=0)
        if not indexed.any():
            return
        self.claim = 1 - float(price @ indexed) / float(price @ offered)
        for _ in range(3):  # the depth depends a little on the values
            self.take_stock()
            wanted = self.claim * offered * (1 + pull()[base])
            premium = (wanted - (offered - indexed)) / self.depth[base]
            universe.log_value[base] = self.exchange.last_log_price[base] - premium
