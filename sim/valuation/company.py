"""A company as the inputs of its valuation: one TOML file a company, checked field by field.

In the files money is in USD bn, shares in bn and rates are annual fractions; the valuation code
(``sim.valuation.dcf``) turns them into USD and shares. Keys are those of the published segment
valuation (Damodaran 2026): base-year and year-10 revenue and margin of each segment, revenue
gained per dollar reinvested, tax and cost of capital at the start and in stable growth.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from sim.inputs import Settings, locate, override, parse, read_toml, shipped
from sim.valuation.research import ResearchHistory
from sim.valuation.story_rules import StoryRules

FOLDER = Path(__file__).parent / "companies"

Money = Annotated[float, Field(ge=0, le=1e5)]  # USD bn; world output is about 1.2e5
Margin = Annotated[float, Field(ge=-10, le=1)]
Rate = Annotated[float, Field(ge=0, le=0.5)]
SalesToCapital = Annotated[float, Field(gt=0, le=100)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Segment(Settings):
    """One business: where it starts, where it is in year 10, and what getting there costs."""

    base_revenue: Money
    target_revenue: Money
    base_margin: Margin
    target_margin: Margin
    sales_to_capital: SalesToCapital | tuple[SalesToCapital, SalesToCapital]  # years 1-5, 6-10
    waypoint: float = Field(default=1 / 3, ge=0, le=1)  # share of the gap closed by year 5
    starts_after: int = Field(default=0, ge=0, le=9)  # year; then linear to the year-10 target

    @property
    def sales_to_capital_pair(self) -> tuple[float, float]:
        """Revenue gained per dollar reinvested, years 1-5 and years 6-10."""
        given = self.sales_to_capital
        return given if isinstance(given, tuple) else (given, given)


class StartAndStable(Settings):
    """A rate of years 1-5 that moves in equal steps to its stable level in year 10."""

    initial: Rate
    stable: Rate


class Company(Settings):
    """Everything the valuation of one company needs. Money in USD bn, shares in bn."""

    name: Name
    symbol: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9.\-]{0,9}$")]
    as_of: date
    source: Name
    segments: Annotated[dict[str, Segment], Field(min_length=1)]
    cost_of_capital: StartAndStable
    tax: StartAndStable
    risk_free: Rate  # also the growth rate of stable growth
    terminal_roic: Annotated[float, Field(gt=0, le=2)]
    failure_probability: Annotated[float, Field(ge=0, lt=1)] = 0.0
    failure_recovery: Annotated[float, Field(ge=0, le=1)] = 0.0  # of operating value, if it fails
    cash: Money = 0.0
    debt: Money = 0.0
    proceeds: Money = 0.0
    shares: Annotated[float, Field(gt=0, le=1e4)]  # before the offering
    later_split: Annotated[float, Field(gt=0, le=1e4)] = 1.0  # new shares per share since `as_of`
    issue_price: Annotated[float, Field(gt=0, le=1e7)] | None = None  # USD; None: at value
    stories: StoryRules = StoryRules()
    research: ResearchHistory | None = None

    @model_validator(mode="after")
    def _values_exist(self) -> Company:
        if self.cost_of_capital.stable <= self.risk_free:
            raise ValueError(
                f"cost_of_capital.stable: got {self.cost_of_capital.stable}, expected more than "
                f"the stable growth rate, risk_free = {self.risk_free}"
            )
        if self.terminal_roic <= self.risk_free:
            raise ValueError(
                f"terminal_roic: got {self.terminal_roic}, expected more than the stable growth "
                f"rate, risk_free = {self.risk_free} (growth would cost more than is earned)"
            )
        self.stories.check(self.segments)
        return self


def company_names() -> list[str]:
    """Names of the shipped companies, without the template."""
    return [name for name in shipped(FOLDER) if name != "template"]


def load_company(name: str, assignments: Mapping[str, Any] | None = None) -> Company:
    """Read a shipped company or a path to a file, apply dotted assignments, check everything.

    Raises InputError: unknown company, broken file, refused value, unknown path.
    """
    path = locate(name, FOLDER, "company")
    source = path.name if path.parent == FOLDER else str(path)
    company = parse(Company, read_toml(path), source)
    return override(company, assignments or {}, source)


def with_values(company: Company, assignments: Mapping[str, Any]) -> Company:
    """The company with some inputs changed; InputError as for `load_company`."""
    return override(company, assignments, company.name)
