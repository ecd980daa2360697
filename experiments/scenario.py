"""Scenarios: a question's facts, composed of the settings of every mechanism.

A scenario is a TOML file with the tables ``universe``, ``market``, ``lending``, ``news``,
``offering`` and ``population``; each is checked by the module that uses it.  ``extends`` names
a scenario to start from.  The company's own file (``sim/valuation/companies``) is loaded under
``companies.<name>``, and a scenario may change its inputs there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from agents.population import PopulationRules
from sim.inputs import InputError, Settings, locate, override, parse, read_toml, shipped
from sim.market.borrowing import LendingRules
from sim.market.exchange import MarketRules
from sim.model import World
from sim.news import NewsRules
from sim.offering.terms import OfferingTerms
from sim.offering.timetable import MILESTONES, check_sessions
from sim.universe import MARKET, UniverseRules
from sim.valuation.company import Company, load_company

FOLDER = Path(__file__).parent / "scenarios"


class Scenario(Settings):
    """One fully resolved scenario.

    ``days`` counts trading days from the first trade on, that day included.
    """

    name: str
    description: str = ""
    days: int = Field(default=504, ge=1, le=20_000)
    start: date = date(2026, 6, 12)
    companies: dict[str, Company] = {}
    universe: UniverseRules = UniverseRules()
    market: MarketRules = MarketRules()
    lending: LendingRules = LendingRules()
    news: NewsRules = NewsRules()
    offering: OfferingTerms | None = None
    population: PopulationRules = PopulationRules()

    @model_validator(mode="after")
    def _parts_fit(self) -> Scenario:
        if self.offering is None:
            return self
        company = self.companies.get(self.offering.company)
        if company is None:
            raise ValueError(
                f"offering.company: got {self.offering.company!r}, expected one of "
                f"{', '.join(self.companies) or 'the tables under companies'}"
            )
        for source in self.news.sources:
            for effect in source.effects:
                if effect.segment not in company.segments:
                    raise ValueError(
                        f"news.sources: {source.name}: got segment {effect.segment!r}, "
                        f"expected one of {', '.join(company.segments)}"
                    )
        for shock in self.news.shocks:
            if shock.segment is not None and shock.segment not in company.segments:
                raise ValueError(
                    f"news.shocks: got segment {shock.segment!r}, "
                    f"expected one of {', '.join(company.segments)}"
                )
        if self.offering.symbol == MARKET:
            raise ValueError(f"offering.symbol: got {MARKET}, expected another: it is the market's")
        missing = [h for h in self.offering.stakes() if h not in self.population.insiders]
        if missing:
            raise ValueError(f"population.insiders: no behaviour given for {', '.join(missing)}")
        return self

    def world(self) -> World:
        """What the model is built from."""
        offering = self.offering
        insiders = offering.stakes() if offering else {}
        return World(
            start=offering.dates.public_filing if offering else self.start,
            days=self.days,
            universe=self.universe,
            market=self.market,
            lending=self.lending,
            news=self.news,
            company=self.companies[offering.company] if offering else None,
            offering=offering,
            accounts=self.population.accounts(insiders),
            stories=self.population.stories,
            interpretation=self.population.interpretation,
        )


def scenario_names() -> list[str]:
    """Names of the scenarios that ship with the project."""
    return shipped(FOLDER)


def load_scenario(
    name_or_path: str | Path, assignments: Mapping[str, Any] | None = None
) -> Scenario:
    """Load a scenario by name or path and apply dotted assignments.

    Raises
    ------
    InputError
        One line that names the file, the field, the value and what was expected.
    """
    path = locate(str(name_or_path), FOLDER, "scenario")
    data = _with_parents(path, seen=())
    data.setdefault("name", path.stem)
    companies = data.get("companies", {})
    if not isinstance(companies, dict) or not all(isinstance(c, dict) for c in companies.values()):
        raise InputError(f"{path.name}: companies: got {companies!r}, expected tables of inputs")
    offering = data.get("offering")
    if isinstance(offering, dict) and isinstance(offering.get("company"), str):
        name = offering["company"]
        try:
            base = load_company(name).model_dump()
        except InputError as error:
            raise InputError(f"{path.name}: offering.company: {error}") from None
        changes = data.setdefault("companies", {}).get(name, {})
        data["companies"][name] = _merge(base, changes)
    scenario = override(parse(Scenario, data, path.name), assignments or {}, path.name)
    _check_dates(scenario, path.name)
    return scenario


def _with_parents(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    if path in seen:
        raise InputError(f"{path.name}: extends: {path.stem!r} extends itself")
    data = read_toml(path)
    parent = data.pop("extends", None)
    if parent is None:
        return data
    if not isinstance(parent, str):
        raise InputError(f"{path.name}: extends: got {parent!r}, expected a scenario's name")
    beside = path.parent / parent
    source = str(beside) if parent.endswith(".toml") and beside.is_file() else parent
    try:
        found = locate(source, FOLDER, "scenario")
    except InputError as error:
        raise InputError(f"{path.name}: extends: {error}") from None
    base = _with_parents(found, (*seen, path))
    base.pop("name", None)
    return _merge(base, data)


def _merge(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; everything else is replaced whole."""
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, Mapping)
        merged[key] = _merge(old, value) if both and isinstance(old, dict) else value
    return merged


def _check_dates(scenario: Scenario, source: str) -> None:
    """Dates of the offering and of the reports must be trading days, and in order."""
    from sim.calendar import TradingCalendar

    if scenario.offering is None:
        return
    dates = [getattr(scenario.offering.dates, name) for name in MILESTONES]
    dates += [report.date for report in scenario.news.reports]
    margin = timedelta(days=30)
    calendar = TradingCalendar(min(dates) - margin, max(dates) + margin, scenario.market.exchange)
    check_sessions(scenario.offering.dates, calendar, f"{source}: offering.dates")
    for report in scenario.news.reports:
        if not calendar.is_session(report.date):
            raise InputError(
                f"{source}: news.reports: {report.quarter}: got {report.date}, expected a trading "
                f"day such as {calendar.on_or_after(report.date)}"
            )
