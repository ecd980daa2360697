"""Research spending as an investment: capitalised over a life, amortised in a straight line.

Research pays over years, so accounting it as an expense of one year understates the profit and
the capital of a company that grows (Damodaran 1999, "Research and Development Expenses"). With
spending R_y, life L and present year T

    amortisation   A = Σ_{a=1..L} R_{T−a} / L
    research asset   = Σ_{a=0..L−1} R_{T−a} (1 − a / L)
    operating profit with research capitalised = reported profit + R_T − A.

Spending of years before the prospectus is not public; the company file must give every year of
the life and say in words what it assumes, so that no unknown year counts as a silent zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, model_validator

from sim.inputs import Settings

Year = Annotated[str, Field(pattern=r"^(19|20)\d\d$")]
Spending = Annotated[float, Field(ge=0, le=1e4)]


class ResearchHistory(Settings):
    """Reported operating profit of a year and the research spending up to it, USD bn."""

    year: Annotated[int, Field(ge=1950, le=2100)]
    operating_income: Annotated[float, Field(ge=-1e4, le=1e4)]  # as reported, research expensed
    life: Annotated[int, Field(ge=1, le=15)]  # years over which research pays
    spending: dict[Year, Spending]
    assumption: Annotated[str, Field(min_length=1)]  # which years are assumed, and from what

    @model_validator(mode="after")
    def _no_silent_zero(self) -> ResearchHistory:
        needed = [str(self.year - age) for age in range(self.life + 1)]
        missing = [year for year in needed if year not in self.spending]
        if missing:
            raise ValueError(
                f"spending: got no value for {', '.join(missing)}, expected one for the year and "
                f"each of the {self.life} before it (life = {self.life})"
            )
        return self


@dataclass(frozen=True)
class CapitalisedResearch:
    """Result of `capitalise`, USD bn."""

    year: int
    life: int
    reported_operating_income: float
    research_expense: float
    amortisation: float
    adjusted_operating_income: float
    research_asset: float


def capitalise(history: ResearchHistory) -> CapitalisedResearch:
    """Operating profit with research capitalised instead of expensed, USD bn."""
    life = history.life
    by_age = [history.spending[str(history.year - age)] for age in range(life + 1)]
    amortisation = sum(by_age[1:]) / life
    return CapitalisedResearch(
        year=history.year,
        life=life,
        reported_operating_income=history.operating_income,
        research_expense=by_age[0],
        amortisation=amortisation,
        adjusted_operating_income=history.operating_income + by_age[0] - amortisation,
        research_asset=sum(spent * (1 - age / life) for age, spent in enumerate(by_age[:-1])),
    )


def longest_life(history: ResearchHistory) -> int:
    """The longest life for which the history has every year."""
    life = 0
    while str(history.year - life - 1) in history.spending:
        life += 1
    return life
