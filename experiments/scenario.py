"""Scenarios: a question's facts, composed of the settings of every mechanism.

A scenario is a TOML file with the tables ``universe``, ``indices``, ``market``, ``lending``,
``news``, ``offering``, ``arrivals``, ``pipeline`` and ``population``, and the list
``corporate_actions``; each is checked by the module that uses it.  ``extends`` names a scenario to
start from.  The company's own file (``sim/valuation/companies``) is loaded under
``companies.<name>``, and a scenario may change its inputs there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from agents.population import PopulationRules
from sim.actions import CorporateAction
from sim.index.rulebook import Rulebook, load_rulebook, reference_name
from sim.inputs import InputError, Settings, locate, override, parse, read_toml, shipped
from sim.market.borrowing import LendingRules
from sim.market.exchange import MarketRules
from sim.news import CompanyNewsRules, NewsRules
from sim.offering.pipeline import STAKES, PipelineRules
from sim.offering.terms import OfferingTerms
from sim.offering.timetable import MILESTONES, check_sessions
from sim.risk_premium import RiskPremiumRules
from sim.universe import MARKET, UniverseRules
from sim.valuation.company import Company, load_company
from sim.world import Debut, World

FOLDER = Path(__file__).parent / "scenarios"
#: Indices of a market of stocks unless a scenario adds others.
DEFAULT_INDICES = ("sp500", "nasdaq100", "russell1000", "crsp-total-market", "msci-usa")


class Arrival(Settings):
    """A company that comes to market later in the run: its terms and the news about it."""

    offering: OfferingTerms
    news: CompanyNewsRules = CompanyNewsRules()


class Scenario(Settings):
    """One fully resolved scenario.

    ``days`` counts trading days from the first trade on, that day included.  ``outsiders`` are
    companies that no index holds at the start, whatever their size.
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
    risk_premium: RiskPremiumRules = RiskPremiumRules()
    offering: OfferingTerms | None = None

    arrivals: dict[str, Arrival] = {}
    pipeline: PipelineRules | None = None
    outsiders: tuple[str, ...] = ()
    corporate_actions: tuple[CorporateAction, ...] = ()
    indices: dict[str, Rulebook] = Field(default_factory=lambda: _rulebooks(DEFAULT_INDICES))
    population: PopulationRules = PopulationRules()

    @model_validator(mode="after")
    def _indices_fit(self) -> Scenario:
        for name, rulebook in self.indices.items():
            leader = rulebook.members_of
            if leader is not None and reference_name(leader) not in self.indices:
                raise ValueError(
                    f"indices.{name}.members_of: got {leader!r}, expected one of "
                    f"{', '.join(self.indices)}"
                )
        if not self.universe.is_one_column:
            for name in self.population.tracked:
                if name not in self.indices:
                    raise ValueError(
                        f"population.passive.assets: got index {name!r}, expected one of "
                        f"{', '.join(self.indices)} (add indices.{name})"
                    )
        return self

    @model_validator(mode="after")
    def _parts_fit(self) -> Scenario:
        if self.offering is None:
            if self.arrivals:
                raise ValueError("arrivals: got some, expected an offering that comes first")
            return self
        _check_case("", self.offering, self.news, self.companies)
        for name, arrival in self.arrivals.items():
            _check_case(f"arrivals.{name}.", arrival.offering, arrival.news, self.companies)
        symbols = [terms.symbol for terms in self.offerings]
        for symbol in symbols:
            if symbol == MARKET:
                raise ValueError(f"offering.symbol: got {MARKET}, expected another: the market's")
            if symbols.count(symbol) > 1:
                raise ValueError(f"arrivals: got symbol {symbol} twice, expected different ones")
        _check_holders(set().union(*(terms.stakes() for terms in self.offerings)), self.population)
        return self

    @model_validator(mode="after")
    def _pipeline_fits(self) -> Scenario:
        if self.pipeline is not None:
            _check_holders(set(STAKES), self.population)
        return self

    @property
    def offerings(self) -> list[OfferingTerms]:
        """Terms of all offerings, that of the company in focus first."""
        later = [arrival.offering for arrival in self.arrivals.values()]
        return [self.offering, *later] if self.offering else []

    def world(self) -> World:
        """What the model is built from."""
        offering = self.offering
        news = [self.news, *(arrival.news for arrival in self.arrivals.values())]
        debuts = tuple(
            Debut(terms, self.companies[terms.company], about)
            for terms, about in zip(self.offerings, news, strict=False)
        )
        return World(
            start=offering.dates.public_filing if offering else self.start,
            days=self.days,
            universe=self.universe,
            market=self.market,
            lending=self.lending,
            news=self.news,
            risk_premium=self.risk_premium,
            debuts=debuts,
            pipeline=(),
            rulebooks=() if self.universe.is_one_column else tuple(self.indices.values()),
            outsiders=self.outsiders,
            corporate_actions=self.corporate_actions,
            macro_elasticity=self.population.macro_elasticity,
            strategic_response=self.population.strategic_response,
            accounts=self.population.accounts(
                [terms.stakes() for terms in self.offerings],
                indexed=not self.universe.is_one_column,
                pipeline=self.pipeline is not None,
            ),
            stories=self.population.stories,
            interpretation=self.population.interpretation,
        )


def _check_holders(holders: set[str], population: PopulationRules) -> None:
    """Every group of insiders has a behaviour."""
    missing = sorted(holders - set(population.insiders))
    if missing:
        raise ValueError(f"population.insiders: no behaviour given for {', '.join(missing)}")


def _check_case(
    where: str, terms: OfferingTerms, news: CompanyNewsRules, companies: Mapping[str, Company]
) -> None:
    """The company of an offering is known, and its news moves segments that it has."""
    company = companies.get(terms.company)
    if company is None:
        raise ValueError(
            f"{where}offering.company: got {terms.company!r}, expected one of "
            f"{', '.join(companies) or 'the tables under companies'}"
        )
    named = [(f"sources: {s.name}", e.segment) for s in news.sources for e in s.effects]
    named += [("shocks", shock.segment) for shock in news.shocks if shock.segment is not None]
    for field, segment in named:
        if segment not in company.segments:
            raise ValueError(
                f"{where}news.{field}: got segment {segment!r}, "
                f"expected one of {', '.join(company.segments)}"
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
    arrivals = data.get("arrivals", {})
    cases = [("", data), *((f"arrivals.{name}.", part) for name, part in arrivals.items())]
    for where, part in cases:
        terms = part.get("offering") if isinstance(part, dict) else None
        if isinstance(terms, dict) and isinstance(terms.get("company"), str):
            _add_company(data, terms["company"], f"{path.name}: {where}offering.company")
    _add_rulebooks(data, path)
    _find_census(data, path)
    _complete_funds(data)
    scenario = override(parse(Scenario, data, path.name), assignments or {}, path.name)
    _check_dates(scenario, path.name)
    return scenario


def _rulebooks(names: Iterable[str]) -> dict[str, Rulebook]:
    return {name: load_rulebook(name) for name in names}


def _add_rulebooks(data: dict[str, Any], path: Path) -> None:
    """Load the rulebooks that a scenario names; its changes to them go on top.

    A table ``indices.NAME`` changes the shipped rulebook of that name, or with
    ``rulebook = "other"`` (a name, or a path beside the scenario) another one.
    """
    tables = data.get("indices", {})
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        raise InputError(f"{path.name}: indices: got {tables!r}, expected tables of rules")
    names = dict.fromkeys([*DEFAULT_INDICES, *tables])
    data["indices"] = {}
    for name in names:
        changes = dict(tables.get(name, {}))
        source = changes.pop("rulebook", name)
        beside = path.parent / str(source)
        source = str(beside) if str(source).endswith(".toml") and beside.is_file() else str(source)
        try:
            base = load_rulebook(source).model_dump()
        except InputError as error:
            raise InputError(f"{path.name}: indices.{name}: {error}") from None
        data["indices"][name] = _merge(base, {**changes, "name": name})


def _complete_funds(data: dict[str, Any]) -> None:
    """What a scenario does not say about a kind of funds stays as it is by default."""
    population = data.get("population")
    if not isinstance(population, dict):
        return
    for kind in ("long_only", "hedge"):
        if isinstance(population.get(kind), dict):
            usual = getattr(PopulationRules(), kind).model_dump()
            population[kind] = _merge(usual, population[kind])


def _find_census(data: dict[str, Any], path: Path) -> None:
    """A file of companies is looked for beside the scenario, then where the command runs."""
    universe = data.get("universe")
    if isinstance(universe, dict) and isinstance(universe.get("file"), str) and universe["file"]:
        beside = path.parent / universe["file"]
        if beside.is_file():
            universe["file"] = str(beside)


def _add_company(data: dict[str, Any], name: str, field: str) -> None:
    """Load a company's own file under ``companies``; the scenario's changes go on top."""
    try:
        base = load_company(name).model_dump()
    except InputError as error:
        raise InputError(f"{field}: {error}") from None
    companies = data.setdefault("companies", {})
    companies[name] = _merge(base, companies.get(name, {}))


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

    cases: list[tuple[str, OfferingTerms | None, CompanyNewsRules]]
    cases = [("", scenario.offering, scenario.news)]
    cases += [(f"arrivals.{n}.", a.offering, a.news) for n, a in scenario.arrivals.items()]
    for where, terms, news in cases:
        if terms is None:
            continue
        dates = [getattr(terms.dates, name) for name in MILESTONES]
        dates += [report.date for report in news.reports]
        margin = timedelta(days=30)
        calendar = TradingCalendar(
            min(dates) - margin, max(dates) + margin, scenario.market.exchange
        )
        check_sessions(terms.dates, calendar, f"{source}: {where}offering.dates")
        for report in news.reports:
            if not calendar.is_session(report.date):
                raise InputError(
                    f"{source}: {where}news.reports: {report.quarter}: got {report.date}, expected "
                    f"a trading day such as {calendar.on_or_after(report.date)}"
                )
