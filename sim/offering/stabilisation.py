"""Over-allotment and stabilisation after the first trade.

The syndicate sells more shares than the base deal and is short the difference until it covers.
Below the offer P0 it buys in the market (never above the offer: SEC Regulation M, Rule 104) and
gains ``(P0 - price)`` a share; above it, it exercises the over-allotment option and takes new
shares from the issuer at the offer (Aggarwal 2000).  Its demand in an auction, with a position of
minus the remaining short, is the row ::

    Q(x) = clip(-short + lean (log P0 - x), -short, support),  lean = (short + support) / width

so that it buys nothing at the offer and all it may at `width` (log price) below.  `support` are
shares bought with the syndicate's own money, beyond the short.  The option runs for a number of
calendar days; what is uncovered in its last session is exercised.  It is exercised in full before
that when the stock has closed well above the offer for some sessions.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import NamedTuple

from pydantic import Field

from sim.inputs import Settings


class StabilisationRules(Settings):
    """How the syndicate stabilises; all assumptions but the zero of `support_capital`.

    `support_capital` [USD] is zero because no bank has the capital to carry a very large company.
    """

    bid_width: float = Field(0.005, gt=0, le=0.5)
    support_capital: float = Field(0.0, ge=0)
    early_exercise_premium: float | None = Field(0.10, ge=0)
    early_exercise_sessions: int = Field(5, ge=1)


class DemandRow(NamedTuple):
    """Parameters of ``clip(neutral + lean (value - x), floor, cap)`` [shares; x log price]."""

    neutral: float
    lean: float
    value: float
    floor: float
    cap: float


class Stabilisation:
    """State of the syndicate's short.

    Parameters
    ----------
    offer : USD a share. short : shares over-allotted. pricing : day of pricing. days : calendar
    days the option runs from then.
    """

    def __init__(
        self, offer: float, short: float, pricing: date, days: int, rules: StabilisationRules
    ) -> None:
        if offer <= 0 or short < 0:
            raise ValueError(f"stabilisation: offer {offer}, short {short}: expected > 0 and >= 0")
        self.offer, self.sold, self.rules = offer, short, rules
        self.last_day = pricing + timedelta(days=days)
        self.remaining = short
        self.covered = self.exercised = self.inventory = 0.0
        self.covering_profit = 0.0
        self.support_spent = 0.0
        self.exercised_on: date | None = None
        self.closed = False
        self._sessions_above = 0

    @property
    def position(self) -> float:
        """Shares the syndicate's account holds; negative while it is short."""
        return self.inventory - self.remaining

    def bid(self, offer: float | None = None) -> DemandRow:
        """The syndicate's row for the next auction; `offer` [USD] defaults to the offer price.

        Once the window is closed the row sells what inventory support has left.
        """
        top = self.offer if offer is None else offer
        if top > self.offer * (1 + 1e-12):
            raise ValueError(f"stabilising bid {top}: expected at most the offer {self.offer}")
        if self.closed:
            return DemandRow(0.0, 0.0, math.log(top), 0.0, 0.0)
        low = self.position
        high = self.inventory + max(self.rules.support_capital - self.support_spent, 0.0) / top
        return DemandRow(low, (high - low) / self.rules.bid_width, math.log(top), low, high)

    def record_fill(self, shares: float, price: float) -> None:
        """Book shares bought (negative: sold) at a price [USD]; the short is covered first.

        Raises ValueError on a purchase above the offer and on a sale of shares it does not hold.
        """
        if shares < 0:
            if -shares > self.inventory * (1 + 1e-9):
                raise ValueError(f"stabilisation: sold {-shares}, held {self.inventory}")
            self.inventory = max(self.inventory + shares, 0.0)
            return
        if shares > 0 and price > self.offer * (1 + 1e-9):
            raise ValueError(f"stabilisation: bought at {price}, above the offer {self.offer}")
        cover = min(shares, self.remaining)
        self.remaining -= cover
        self.covered += cover
        self.covering_profit += cover * (self.offer - price)
        self.inventory += shares - cover
        self.support_spent += (shares - cover) * price

    def exercise(self, day: date, shares: float | None = None) -> float:
        """Exercise the option for the remaining short or a part of it; returns new shares.

        The issuer gets the offer for them. Raises ValueError beyond the remaining short.
        """
        wanted = self.remaining if shares is None else shares
        if wanted < 0 or wanted > self.remaining * (1 + 1e-9):
            raise ValueError(f"exercise: got {wanted}, expected at most {self.remaining}")
        self.remaining = max(self.remaining - wanted, 0.0)
        self.exercised += wanted
        if wanted > 0:
            self.exercised_on = day
        return wanted

    def after_close(self, day: date, close: float, next_session: date) -> float:
        """Apply the rules of exercise after a close [USD]; returns new shares to issue (or 0)."""
        if self.closed:
            return 0.0
        premium = self.rules.early_exercise_premium
        high = premium is not None and close >= self.offer * (1 + premium)
        self._sessions_above = self._sessions_above + 1 if high else 0
        self.closed = next_session > self.last_day
        if self.closed or self._sessions_above >= self.rules.early_exercise_sessions:
            return self.exercise(day)
        return 0.0
