"""What a run is given: rules of the world, companies that come to market, how long to trade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sim.actions import CorporateAction
from sim.index import Rulebook
from sim.market.borrowing import LendingRules
from sim.market.exchange import MarketRules
from sim.news import CompanyNewsRules, NewsRules
from sim.offering.terms import OfferingTerms
from sim.risk_premium import RiskPremiumRules
from sim.universe import Newcomer, UniverseRules
from sim.valuation.company import Company


@dataclass(frozen=True)
class Debut:
    """A company that comes to market during a run: what it is, on what terms, its news."""

    terms: OfferingTerms
    company: Company
    news: CompanyNewsRules = field(default_factory=CompanyNewsRules)


@dataclass(frozen=True)
class World:
    """Everything that is given: rules, the companies that come to market, and how long to trade.

    The first of ``debuts`` is the one the run is about: its first trade is day 0.  ``pipeline``
    are private companies in reduced form that may come to market when somebody opens a listing for
    them.  ``accounts`` sizes the arrays; ``stories`` counts the investors with a story of their
    own, by class;
    ``interpretation`` is κ of `sim.beliefs`.
    """

    start: date
    days: int
    universe: UniverseRules
    market: MarketRules
    lending: LendingRules
    news: NewsRules
    risk_premium: RiskPremiumRules
    debuts: tuple[Debut, ...]
    pipeline: tuple[Newcomer, ...]
    accounts: int
    stories: Mapping[str, int]
    interpretation: float
    rulebooks: tuple[Rulebook, ...]
    outsiders: tuple[str, ...]
    macro_elasticity: float
    strategic_response: float
    corporate_actions: tuple[CorporateAction, ...] = ()
