"""The terms of an offering: the facts of one case, as data.

Shares are units, money is USD.  Shares outstanding before the offering S, primary shares n (new),
secondary shares m (sold by insiders): the float at first is n + m plus what the over-allotment
adds, and ``S - m`` shares stay with insiders, locked unless the mechanism has no lock-up.
"""

from __future__ import annotations

import datetime

from pydantic import Field, field_validator, model_validator

from sim.inputs import Settings
from sim.offering.ladder import ROUNDING, Lockup
from sim.offering.mechanisms import MECHANISMS
from sim.offering.timetable import Timetable
from sim.offering.votes import ShareClass, Votes, votes


class PrivateMark(Settings):
    """A price paid in private: USD a share, or USD for the company as it then stood."""

    date: datetime.date
    price: float | None = Field(None, gt=0)
    valuation: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _one(self) -> PrivateMark:
        if (self.price is None) == (self.valuation is None):
            raise ValueError("private_marks: expected either price or valuation")
        return self


class Peer(Settings):
    """A comparable company: enterprise value [USD] and revenue of the year past [USD]."""

    name: str
    value: float = Field(gt=0)
    revenue: float = Field(gt=0)


class Insider(Settings):
    """A holder before the offering; without `shares` it holds what the others leave."""

    holder: str
    shares: float | None = Field(None, ge=0)


class OfferingTerms(Settings):
    """Everything that is given about an offering before it is priced."""

    company: str
    symbol: str
    mechanism: str
    price: float | None = Field(None, gt=0)
    range: tuple[float, float] | None = None
    shares: float = Field(gt=0)
    secondary_shares: float = Field(0.0, ge=0)
    over_allotment: float = Field(0.15, ge=0, le=0.15)  # FINRA Rule 5110 allows at most 15 %
    stabilisation_days: int = Field(30, ge=0, le=90)
    gross_spread: float = Field(ge=0, le=0.15)
    over_allotment_spread: float = Field(ge=0, le=0.15)
    retail_share: float = Field(0.0, ge=0, le=1)
    directed_share: float = Field(0.0, ge=0, le=1)
    retail_flip_days: int = Field(0, ge=0, le=365)
    dates: Timetable
    shares_outstanding: float = Field(gt=0)
    share_classes: tuple[ShareClass, ...] = ()
    private_marks: tuple[PrivateMark, ...] = ()
    peers: tuple[Peer, ...] = ()
    revenue: float = Field(0.0, ge=0)
    net_cash: float = 0.0
    index_candidate: bool = True
    raise_target: float = Field(0.0, ge=0)
    minimum_raise: float = Field(0.0, ge=0)
    reservation_price: float = Field(0.0, ge=0)
    insiders: tuple[Insider, ...] = ()
    lockup: Lockup | None = None

    @field_validator("mechanism")
    @classmethod
    def _known_mechanism(cls, name: str) -> str:
        if name not in MECHANISMS:
            raise ValueError(f"one of {', '.join(MECHANISMS)}")
        return name

    @model_validator(mode="after")
    def _consistent(self) -> OfferingTerms:
        if self.mechanism == "fixed_price" and self.price is None:
            raise ValueError("price: missing, expected a price in USD for mechanism fixed_price")
        if self.range is not None and not 0 < self.range[0] <= self.range[1]:
            raise ValueError(f"range: got {self.range}, expected (low, high) with 0 < low <= high")
        quotas = self.retail_share + self.directed_share
        if quotas > 1:
            raise ValueError(f"retail_share + directed_share: got {quotas:g}, expected at most 1")
        if self.secondary_shares > self.shares_outstanding:
            raise ValueError(
                f"secondary_shares: got {self.secondary_shares:,.0f}, expected at most the "
                f"{self.shares_outstanding:,.0f} outstanding"
            )
        days = [mark.date for mark in self.private_marks]
        if days != sorted(days):
            raise ValueError("private_marks: dates out of order, expected oldest first")
        if days and days[-1] > self.dates.pricing:
            raise ValueError(f"private_marks: got {days[-1]}, expected a day before pricing")
        issued = sum(c.shares for c in self.share_classes)
        # classes and total may come from different counts of the same filing
        if issued and abs(issued / self.shares_outstanding - 1) > 0.01:
            raise ValueError(
                f"share_classes: got {issued:,.0f} shares, expected the "
                f"{self.shares_outstanding:,.0f} outstanding within 1 %"
            )
        locked = self.locked()
        if self.lockup_in_force is not None:
            self.lockup_in_force.check(locked)
        return self

    @property
    def offered(self) -> float:
        """Shares of the base deal, primary and secondary."""
        return self.shares + self.secondary_shares

    @property
    def lockup_in_force(self) -> Lockup | None:
        """The lock-up, or None if all insiders are free to sell from the first trade."""
        return self.lockup if MECHANISMS[self.mechanism].has_lockup else None

    @property
    def last_mark(self) -> float | None:
        """Last private price [USD a share of today's count]; None without marks."""
        if not self.private_marks:
            return None
        mark = self.private_marks[-1]
        return mark.price if mark.price else (mark.valuation or 0.0) / self.shares_outstanding

    def stakes(self) -> dict[str, float]:
        """Shares by insider before the offering; they sum to the shares outstanding."""
        names = [insider.holder for insider in self.insiders]
        if len(set(names)) != len(names):
            raise ValueError("insiders: a holder appears twice, expected each once")
        given = sum(i.shares for i in self.insiders if i.shares is not None)
        open_ended = [i.holder for i in self.insiders if i.shares is None]
        left = self.shares_outstanding - given
        slack = ROUNDING * self.shares_outstanding
        if len(open_ended) > 1:
            raise ValueError(f"insiders: {', '.join(open_ended)} lack shares, expected at most one")
        if left < -slack or (self.insiders and not open_ended and left > slack):
            raise ValueError(
                f"insiders: got {given:,.0f} shares, expected the "
                f"{self.shares_outstanding:,.0f} outstanding"
            )
        remainder = max(left, 0.0)
        return {i.holder: remainder if i.shares is None else i.shares for i in self.insiders}

    def locked(self, secondary_sold: float | None = None) -> dict[str, float]:
        """Shares by insider after the sale of secondary shares (default: all that are offered).

        The holder whose stake the terms leave open sells; without one all sell pro rata.
        """
        sold = self.secondary_shares if secondary_sold is None else secondary_sold
        if self.mechanism == "direct_listing" and not self.private_marks:
            raise ValueError(
                "private_marks: got none, expected one, the reference price of a direct_listing"
            )
        if not self.insiders:
            raise ValueError("insiders: got none, expected at least one holder of the shares")
        stakes = self.stakes()
        sellers = [i.holder for i in self.insiders if i.shares is None] or list(stakes)
        total = sum(stakes[seller] for seller in sellers)
        if stakes and sold > total * (1 + ROUNDING):
            raise ValueError(
                f"secondary_shares: got {sold:,.0f}, expected at most the {total:,.0f} "
                f"held by {', '.join(sellers)}"
            )
        kept = 1 - sold / total if total > 0 else 1.0
        return {h: s * kept if h in sellers else s for h, s in stakes.items()}

    @property
    def unequal_votes(self) -> bool:
        """Whether its share classes differ in their votes."""
        return len({each.votes for each in self.share_classes}) > 1

    def votes(self, holder: str = "founder", new_shares: float | None = None) -> Votes:
        """A holder's share of the votes before and after the primary shares (or `new_shares`)."""
        return votes(self.share_classes, holder, self.shares if new_shares is None else new_shares)
