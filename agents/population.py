"""Who takes part: builds the agents of a scenario and gives them their starting wealth.

The value of the market is split by who decides about it: ``passive_share`` is held by index
funds, ``other_share`` by owners who do not trade on value (direct household holdings, closely
held blocks, strategic stakes), the rest by active funds.  The first two hold their part of the
market portfolio in one inert account as long as no index agent is in the scenario.  Who is there
because companies come to market is in `agents.offering_parties`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from agents.active_fund import (
    ActiveFund,
    ActiveFundRules,
    HedgeFundRules,
    LongOnlyRules,
    fund_sizes,
)
from agents.attention import Attention, AttentionRules
from agents.banker import BankerRules
from agents.coverage import balance
from agents.day_trader import DayTraderRules
from agents.fund_family import FundFamily
from agents.household import Household, HouseholdRules
from agents.index_arbitrageur import (
    IndexArbitrageDesk,
    IndexArbitrageur,
    IndexArbitrageurRules,
)
from agents.index_demand import IndexDemand
from agents.index_provider import IndexProvider
from agents.insider import InsiderRules
from agents.issuance import IssuanceRules
from agents.issuer import IssuerRules
from agents.market_maker import MarketMaker, MarketMakerCrew, MarketMakerRules
from agents.momentum_trader import MomentumCrew, MomentumRules, MomentumTrader
from agents.offering_parties import populate_offerings
from agents.outsider import Outsider
from agents.passive_fund import PassiveFund, PassiveFundRules
from agents.retail_crowd import RetailRules
from agents.short_seller import ShortSeller, ShortSellerCrew, ShortSellerRules
from agents.trader import share_cash
from sim.inputs import InputError, Settings
from sim.market.ledger import TOLERANCE
from sim.offering.pipeline import STAKES, Pipeline

if TYPE_CHECKING:
    from sim.model import MarketModel


Array = NDArray[np.float64]
#: Accounts of owners who do not trade on views: outside, closely held, acquirers, issuers,
#: syndicate.
OUTSIDERS = 5


class PopulationRules(Settings):
    """Numbers, wealth and behaviour of all agents.

    ``passive_share`` 0.18: index funds' share of US market value in 2024 (ICI Fact Book);
    ``other_share`` 0.27 leaves active money the 55 % of 2019 (Bank of America, via UCLA).
    Of a market that is one column nothing is indexed: index funds are inert there as well.
    ``equity_mandate`` θ and ``premium_response`` κδ set the elasticity of the whole market's
    demand,
    1 − θ + κδ = 0.19: funds that must hold 85 % in shares, and answer the market's expected return
    a little (Gabaix and Koijen 2021).  ``strategic_response`` χ is how much harder active investors
    lean when there are fewer of them (Haddad, Huebner and Loualiche 2025: about 2; 0 switches off).
    ``interpretation`` is how differently investors read the same event (Kandel and Pearson
    1995; size assumed).
    """

    passive_share: float = Field(default=0.18, ge=0, lt=1)
    other_share: float = Field(default=0.27, ge=0, lt=1)
    interpretation: float = Field(default=0.75, ge=0, le=5)
    attention: AttentionRules = AttentionRules()
    long_only: LongOnlyRules = LongOnlyRules()
    hedge: HedgeFundRules = HedgeFundRules()
    equity_mandate: float = Field(default=0.85, ge=0, le=1)
    premium_response: float = Field(default=0.04, ge=0, le=10)
    strategic_response: float = Field(default=2.0, ge=0, le=20)
    passive: PassiveFundRules = PassiveFundRules()
    households: HouseholdRules = HouseholdRules()
    index_arbitrageurs: IndexArbitrageurRules = IndexArbitrageurRules()
    momentum: MomentumRules = MomentumRules()
    retail: RetailRules = RetailRules()
    short_sellers: ShortSellerRules = ShortSellerRules()
    market_makers: MarketMakerRules = MarketMakerRules()
    day_traders: DayTraderRules = DayTraderRules()
    banker: BankerRules = BankerRules()
    issuer: IssuerRules = IssuerRules()
    insiders: dict[str, InsiderRules] = {}
    issuance: IssuanceRules | None = None

    @model_validator(mode="after")
    def _shares_add_up(self) -> PopulationRules:
        if self.passive_share + self.other_share >= 1:
            total = self.passive_share + self.other_share
            raise ValueError(f"passive_share + other_share: got {total:g}, expected a sum below 1")
        active = self.long_only.wealth_share + self.hedge.wealth_share
        if abs(active - 1) > 1e-9:
            raise ValueError(
                f"long_only.wealth_share + hedge.wealth_share: got {active:g}, expected a sum of 1"
            )
        return self

    @property
    def active_share(self) -> float:
        """Share of market value that active funds decide about."""
        return 1 - self.passive_share - self.other_share

    @property
    def stories(self) -> dict[str, int]:
        """Investors with a story of their own, by class."""
        return {
            "long_only": self.long_only.count,
            "hedge": self.hedge.count,
            "short_sellers": self.short_sellers.count,
        }

    @property
    def macro_elasticity(self) -> float:
        """Elasticity of demand for the market as a whole, η = 1 − θ + κδ."""
        return 1 - self.equity_mandate + self.premium_response

    @property
    def tracked(self) -> dict[str, float]:
        """Indices with money on them and their shares of it; none without index funds."""
        return self.passive.shares() if self.passive_share > 0 else {}

    def accounts(
        self, stakes: Sequence[Collection[str]], indexed: bool, pipeline: bool = False
    ) -> int:
        """Accounts needed, those of the issuers, the syndicate and the outside owners included.

        ``stakes`` names, for each company that comes to market, the groups that hold its shares;
        ``indexed`` says whether the market is made of stocks that indices can hold, ``pipeline``
        whether private companies may come besides.
        """
        traders = OUTSIDERS
        if indexed:
            traders += len(self.tracked)
            traders += self.index_arbitrageurs.count if self.tracked else 0
        traders += self.long_only.count + self.hedge.count + self.short_sellers.count
        traders += len(self.momentum.horizons) if self.momentum.capital_usd > 0 else 0
        traders += self.market_makers.count
        if stakes:
            traders += self.day_traders.count
        if stakes or pipeline:
            traders += len(self.insider_groups([*stakes, *([STAKES] if pipeline else [])]))
        if self.retail.people > 0:
            traders += len(stakes) + pipeline
        if pipeline:  # those who flip, and day traders
            traders += 1 + (self.issuance or IssuanceRules()).day_traders.count
        return traders

    def insider_groups(self, stakes: Sequence[Collection[str]]) -> list[str]:
        """Groups that hold shares before an offering, or have money for shares directed to them."""
        holders = set().union(*stakes)
        return [h for h, b in self.insiders.items() if h in holders or b.budget_usd > 0]


def populate(model: MarketModel, rules: PopulationRules, pipeline: Pipeline | None = None) -> None:
    """Create the agents in a fixed order and endow them.

    Parameters
    ----------
    model : MarketModel
        A model with no agents yet.
    rules : PopulationRules
    pipeline : Pipeline, optional
        Private companies that may come to market when they see fit.
    """
    household = _populate_owners(model, rules)
    _populate_traders(model, rules)
    insiders = populate_offerings(model, rules, pipeline)
    if household is not None:
        household.adopt(insiders)


def _populate_owners(model: MarketModel, rules: PopulationRules) -> Household | None:
    """Owners of the listed companies: closely held blocks, index funds, active funds, the rest.

    Index funds hold their index.  Active funds hold, each in proportion to its wealth, what is left
    of every company's float when index funds and a uniform part for the other owners are taken off.
    """
    outside = Outsider(model, "outside")
    closely_held = Outsider(model, "closely_held")
    model.appoint_owners(outside.account, Outsider(model, "acquirers").account)
    price, shares = model.exchange.last_price, model.universe.shares
    block = np.where(model.universe.listed, (1 - model.universe.float_factor) * shares, 0.0)
    model.endow_shares(closely_held.account, block, locked=True)
    offered = np.where(model.universe.listed, shares, 0.0) - block
    if model.indices:
        IndexProvider(model, rules.tracked)
    trackers = _populate_trackers(model, rules)
    indexed = sum((tracker.holdings for tracker in trackers), np.zeros(model.n_stocks))
    kinds = (("long_only", rules.long_only), ("hedge", rules.hedge))
    equity = rules.active_share * model.initial_market_value
    equity *= sum(kind.wealth_share * (1 - kind.cash_share) for _, kind in kinds if kind.count)
    others = 1 - (float(price @ indexed) + equity) / float(price @ offered)
    active = (1 - others) * offered - indexed
    if others < 0 or (active < -TOLERANCE * shares).any():
        raise InputError(
            f"population.passive_share: got {rules.passive_share:g}, expected less: with closely "
            "held blocks and active funds the indexed stocks would be held more than once"
        )
    np.maximum(active, 0.0, out=active)
    model.endow_shares(outside.account, offered - indexed - active)
    attention = Attention(model, rules.attention)
    families = [
        _populate_funds(model, rules, name, kind, active, equity, attention) for name, kind in kinds
    ]
    model.scales.start_in_equilibrium(lambda: _pull_of_benchmarks(model, families))
    return _populate_savers(model, rules, trackers, families) if model.indices else None


def _populate_traders(model: MarketModel, rules: PopulationRules) -> None:
    """Short sellers, trend followers and market makers, each kind with its capital."""
    sellers = [ShortSeller(model, number) for number in range(rules.short_sellers.count)]
    if sellers:
        ShortSellerCrew(model, rules.short_sellers, sellers)
    share_cash(sellers, rules.short_sellers.capital_usd)
    horizons = rules.momentum.horizons if rules.momentum.capital_usd > 0 else ()
    followers = [MomentumTrader(model, rules.momentum, horizon) for horizon in horizons]
    if followers:
        MomentumCrew(model, rules.momentum, followers)
    share_cash(followers, rules.momentum.capital_usd)
    makers = [MarketMaker(model) for _ in range(rules.market_makers.count)]
    if makers:
        MarketMakerCrew(model, rules.market_makers, makers)
    share_cash(makers, rules.market_makers.capital_usd)


def _pull_of_benchmarks(model: MarketModel, families: list[FundFamily | None]) -> Array:
    """Part of its share by which funds together hold more (> 0) or less of every stock."""
    pull = np.zeros(model.n_stocks)
    for family in families:
        if family is not None:
            family.compare_with_benchmark()
            wealth = model.scales.wealth[family.rows].clip(min=0)
            pull += float(family.tilt @ wealth) / model.scales.neutral_wealth * family.membership
    return pull


def _populate_trackers(model: MarketModel, rules: PopulationRules) -> list[PassiveFund]:
    """One fund for all the money on each index."""
    trackers = []
    for name, part in rules.tracked.items() if model.indices else ():
        tracker = PassiveFund(model, rules.passive, model.indices[name])
        tracker.start(part * rules.passive_share * model.initial_market_value)
        trackers.append(tracker)
    model.trackers = trackers
    return trackers


def _populate_funds(
    model: MarketModel,
    rules: PopulationRules,
    holder: str,
    kind: ActiveFundRules,
    active: Array,
    equity: float,
    attention: Attention,
) -> FundFamily | None:
    """Active funds of one kind; ``active`` are the shares, ``equity`` the USD of all kinds."""
    wealth = rules.active_share * kind.wealth_share * model.initial_market_value
    sizes = fund_sizes(kind.count, kind.size_exponent, model.streams(f"sizes.{holder}"))
    funds = [ActiveFund(model, kind, holder, number) for number in range(kind.count)]
    if not funds:
        return None
    value = active * model.exchange.last_price
    covers = balance(np.array([fund.cover for fund in funds]), sizes, value)
    for fund, size, cover in zip(funds, sizes, covers, strict=True):
        own = wealth * size
        model.endow_cash(fund.account, own * kind.cash_share)
        model.endow_shares(fund.account, active * cover * (own * (1 - kind.cash_share) / equity))
    family = FundFamily(model, kind, funds, attention)
    for fund in funds:
        fund.join(family)
    return family


def _populate_savers(
    model: MarketModel,
    rules: PopulationRules,
    trackers: list[PassiveFund],
    families: list[FundFamily | None],
) -> Household | None:
    """Books of the funds, households, and those who trade ahead of index funds."""
    prices = model.exchange.last_price
    active = [
        model.funds.register(
            np.arange(family.rows.start, family.rows.stop), kind.fee, kind.cash_share, prices
        )
        for family, kind in zip(families, (rules.long_only, rules.hedge), strict=True)
        if family is not None
    ]
    accounts = np.array([tracker.account for tracker in trackers], dtype=np.int64)
    passive = model.funds.register(accounts, rules.passive.fee, rules.passive.cash_share, prices)
    household = None
    if active and trackers:
        household = Household(model, rules.households, active, passive)
    if trackers and rules.index_arbitrageurs.count > 0:
        _populate_index_traders(model, rules, trackers)
    return household


def _populate_index_traders(
    model: MarketModel, rules: PopulationRules, trackers: list[PassiveFund]
) -> None:
    """Those who trade ahead of index funds."""
    demand = IndexDemand(model, trackers, rules.index_arbitrageurs.horizon)
    hedge = rules.active_share * rules.hedge.wealth_share * model.initial_market_value
    capital = hedge * rules.index_arbitrageurs.capital_share
    traders = [
        IndexArbitrageur(model, rules.index_arbitrageurs, number)
        for number in range(rules.index_arbitrageurs.count)
    ]
    IndexArbitrageDesk(model, rules.index_arbitrageurs, demand, traders)
    share_cash(traders, capital)
