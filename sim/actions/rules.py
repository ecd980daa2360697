"""Corporate actions as data: what a company does to its shares, and when.

A scenario lists them::

    [[corporate_actions]]
    kind = "split"
    company = "SPCX"
    date = 2026-09-15
    ratio = 5.0

Every action takes place before the open of its day, but for a merger, which is announced then and
carried out once its last day of trading, the same day, is over.  What each one does is described in
`sim.actions.desk`.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.inputs import Settings

Kind = Literal["split", "special_dividend", "share_issue", "buyback", "merger"]
#: Numbers that each kind asks for, with what they are, and those that it may be given.
NEEDED: dict[str, dict[str, str]] = {
    "split": {"ratio": "new shares for one old"},
    "special_dividend": {"amount": "USD a share"},
    "share_issue": {"fraction": "a part of the shares outstanding"},
    "buyback": {"fraction": "a part of the shares outstanding"},
    "merger": {"target": "the symbol of the company that is taken over"},
}
ALLOWED: dict[str, tuple[str, ...]] = {
    "share_issue": ("days",),
    "buyback": ("days",),
    "merger": ("ratio", "cash"),
}
TERMS = ("ratio", "amount", "fraction", "days", "target", "cash")


class CorporateAction(Settings):
    """One action of one company; facts of a case, none of them has a default.

    ``kind`` says what happens; ``company`` is the symbol of who acts, or ``rank`` its place by
    value at the start (1 the largest); ``date`` a trading day, or ``day`` counted from day 0.

    ``ratio``: new shares for one old of a split (below 1 for a reverse split), or the acquirer's
    shares for one of the target's in a merger.  ``amount``: USD a share of a special dividend.
    ``fraction``: shares issued or bought back, as a part of those outstanding, spread evenly over
    the auctions of ``days`` sessions (one if left out).  ``target`` and ``cash``: in a merger, the
    company that ceases to exist, and USD paid for each of its shares beside or instead of shares.
    """

    kind: Kind
    company: str | None = None
    rank: Annotated[int, Field(ge=1, le=100_000)] | None = None
    date: datetime.date | None = None
    day: Annotated[int, Field(ge=0, le=20_000)] | None = None
    ratio: Annotated[float, Field(gt=0, le=1000)] | None = None
    amount: Annotated[float, Field(gt=0, le=1e6)] | None = None
    fraction: Annotated[float, Field(gt=0, lt=1)] | None = None
    days: Annotated[int, Field(ge=1, le=252)] | None = None
    target: str | None = None
    cash: Annotated[float, Field(gt=0, le=1e6)] | None = None

    @model_validator(mode="after")
    def _terms_fit(self) -> CorporateAction:
        for one, other in (("company", "rank"), ("date", "day")):
            if (getattr(self, one) is None) == (getattr(self, other) is None):
                given = "both" if getattr(self, one) is not None else "neither"
                raise ValueError(f"{one}: got {given} of {one} and {other}, expected one of them")
        for name, what in NEEDED[self.kind].items():
            if getattr(self, name) is None:
                raise ValueError(f"{name}: missing, expected {what} for a {self.words}")
        fitting = (*NEEDED[self.kind], *ALLOWED.get(self.kind, ()))
        for name in TERMS:
            if getattr(self, name) is not None and name not in fitting:
                raise ValueError(
                    f"{name}: got {getattr(self, name)}, expected none for a {self.words}, which "
                    f"takes {', '.join(fitting)}"
                )
        if self.kind == "merger" and self.ratio is None and self.cash is None:
            raise ValueError("ratio: missing, expected ratio, cash or both for a merger")
        if self.kind == "merger" and self.target == self.company:
            raise ValueError(f"target: got {self.target}, expected another company than its buyer")
        return self

    @property
    def words(self) -> str:
        """The kind in words."""
        return self.kind.replace("_", " ")

    @property
    def sessions(self) -> int:
        """Sessions on which something is done."""
        return 2 if self.kind == "merger" else self.days or 1
