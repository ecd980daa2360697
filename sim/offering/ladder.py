"""The ladder of a lock-up: which insiders may sell how many shares from when.

A lock-up is a list of tranches.  Each frees up to a number of shares of some holders, split pro
rata to what they had locked at first, on the first session on or after

* a `date`, or `day` N: N calendar days after the anchor, or
* the n-th session (`sessions_after`) after the `results` of a quarter,

the last optionally only `if_close` stood at or above a price on enough of the sessions up to and
including that of the results.  A tranche may be `reduced` once such a conditional tranche was
freed.  A tranche with `remaining = true` frees all that its holders still have locked.  Each
tranche acts once; a condition that is not met when its day comes is lost.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import product

from pydantic import Field, model_validator

from sim.inputs import Settings

ROUNDING = 1e-9  # relative; sums of decimal share counts


class PriceCondition(Settings):
    """Closes at or above `price` [USD], or `times_offer`, on `sessions` of the last `of`."""

    price: float | None = Field(None, gt=0)
    times_offer: float | None = Field(None, gt=0)
    sessions: int = Field(ge=1)
    of: int = Field(ge=1, le=252)

    @model_validator(mode="after")
    def _one_price(self) -> PriceCondition:
        if (self.price is None) == (self.times_offer is None):
            raise ValueError("if_close: expected either price or times_offer")
        if self.sessions > self.of:
            raise ValueError(f"sessions: got {self.sessions}, expected at most of = {self.of}")
        return self

    def met(self, closes: Sequence[float], offer_price: float) -> bool:
        """Whether the last closes [USD], oldest first, fulfil the condition."""
        level = self.price if self.price is not None else (self.times_offer or 0.0) * offer_price
        return sum(close >= level for close in closes[-self.of :]) >= self.sessions


class Reduction(Settings):
    """A tranche frees only `shares` if the tranche `after` was freed before."""

    after: str
    shares: float = Field(ge=0)


class Tranche(Settings):
    """One rung of the ladder; exactly one of date, day, results, and of shares, remaining."""

    name: str
    holders: tuple[str, ...] = Field(min_length=1)
    shares: float | None = Field(None, gt=0)
    remaining: bool = False
    date: datetime.date | None = None
    day: int | None = Field(None, ge=0)
    results: str | None = None
    sessions_after: int = Field(2, ge=1)
    if_close: PriceCondition | None = None
    reduced: Reduction | None = None

    @model_validator(mode="after")
    def _one_trigger(self) -> Tranche:
        if sum(t is not None for t in (self.date, self.day, self.results)) != 1:
            raise ValueError(f"tranche {self.name}: expected exactly one of date, day and results")
        if (self.shares is not None) == self.remaining:
            raise ValueError(f"tranche {self.name}: expected either shares or remaining = true")
        if self.if_close and self.results is None:
            raise ValueError(f"tranche {self.name}: if_close needs results")
        if self.remaining and self.reduced:
            raise ValueError(f"tranche {self.name}: remaining = true cannot be reduced")
        return self


class Lockup(Settings):
    """The ladder: `anchor`, from which days are counted, and the tranches in order."""

    anchor: date
    tranches: tuple[Tranche, ...] = ()

    @model_validator(mode="after")
    def _names(self) -> Lockup:
        seen: dict[str, Tranche] = {}
        for tranche in self.tranches:
            if tranche.name in seen:
                raise ValueError(f"tranches: {tranche.name} appears twice, expected one of a name")
            if tranche.reduced:
                cause = seen.get(tranche.reduced.after)
                if cause is None or cause.if_close is None:
                    raise ValueError(
                        f"tranche {tranche.name}: reduced.after: got {tranche.reduced.after!r}, "
                        "expected an earlier tranche with if_close"
                    )
            seen[tranche.name] = tranche
        return self

    def due(self, tranche: Tranche) -> date | None:
        """Calendar day from which a dated tranche is free; None if it waits for results."""
        if tranche.day is not None:
            return self.anchor + timedelta(days=tranche.day)
        return tranche.date

    def check(self, locked: Mapping[str, float]) -> None:
        """Raise ValueError if a tranche names nobody, or if tranches free more than is locked."""
        for tranche in self.tranches:
            unknown = [holder for holder in tranche.holders if holder not in locked]
            if unknown:
                raise ValueError(
                    f"lockup.tranches: {tranche.name}: unknown holder {unknown[0]!r}, "
                    f"expected one of {', '.join(locked)}"
                )
        for freed in self._outcomes(locked):
            excess, total = sum(freed.values()), sum(locked.values())
            if excess > total * (1 + ROUNDING):
                raise ValueError(
                    f"lockup.tranches: got {excess:,.0f} shares to unlock, "
                    f"expected at most the {total:,.0f} locked"
                )
            for holder, amount in freed.items():
                if amount > locked[holder] * (1 + ROUNDING):
                    raise ValueError(
                        f"lockup.tranches: got {amount:,.0f} shares of {holder} to unlock, "
                        f"expected at most the {locked[holder]:,.0f} locked"
                    )

    def _outcomes(self, locked: Mapping[str, float]) -> Iterator[dict[str, float]]:
        """Shares freed by the fixed tranches, by holder, for every way conditions may go."""
        causes = sorted({t.reduced.after for t in self.tranches if t.reduced})
        for met in product((True, False), repeat=len(causes)):
            happened = dict(zip(causes, met, strict=True))
            freed = dict.fromkeys(locked, 0.0)
            for tranche in self.tranches:
                if tranche.shares is None or not happened.get(tranche.name, True):
                    continue
                shares = tranche.shares
                if tranche.reduced and happened[tranche.reduced.after]:
                    shares = tranche.reduced.shares
                for holder, part in split(tranche.holders, locked, shares).items():
                    freed[holder] += part
            yield freed


def split(holders: Sequence[str], locked: Mapping[str, float], shares: float) -> dict[str, float]:
    """Divide shares among holders pro rata to what each has locked."""
    total = sum(locked[holder] for holder in holders)
    return {h: shares * locked[h] / total if total > 0 else 0.0 for h in holders}
