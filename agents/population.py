"""Who takes part: builds the agents of a scenario and gives them their starting wealth.

The value of the market is split by who decides about it: ``passive_share`` is held by index
funds, ``other_share`` by owners who do not trade on value (direct household holdings, closely
held blocks, strategic stakes), the rest by active funds.  The first two hold their part of the
market portfolio in one inert account as long as no index agent is in the scenario.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from agents.active_fund import ActiveFund, ActiveFundRules, fund_sizes
from agents.banker import Banker, BankerRules
from agents.day_trader import DayTrader, DayTraderRules
from agents.fund_family import FundFamily
from agents.insider import Insider, InsiderRules
from agents.issuer import Issuer, IssuerRules
from agents.market_maker import MarketMaker, MarketMakerRules
from agents.momentum_trader import MomentumRules, MomentumTrader
from agents.outsider import Outsider
from agents.retail_crowd import RetailCrowd, RetailRules
from agents.short_seller import ShortSeller, ShortSellerRules
from sim.inputs import Settings

if TYPE_CHECKING:
    from sim.model import MarketModel


class PopulationRules(Settings):
    """Numbers, wealth and behaviour of all agents.

    ``passive_share`` 0.18: index funds' share of US market value in 2024 (ICI Fact Book);
    ``other_share`` 0.27 leaves active money the 55 % of 2019 (Bank of America, via UCLA).
    ``interpretation`` is how differently investors read the same event (Kandel and Pearson
    1995; size assumed).
    """

    passive_share: float = Field(default=0.18, ge=0, lt=1)
    other_share: float = Field(default=0.27, ge=0, lt=1)
    interpretation: float = Field(default=0.5, ge=0, le=5)
    long_only: ActiveFundRules = ActiveFundRules(
        count=48,
        wealth_share=0.92,
        elasticity=1.0,
        half_life_days=10.0,
        max_weight=0.05,
        review_days=5,
    )
    hedge: ActiveFundRules = ActiveFundRules(
        count=24, wealth_share=0.08, elasticity=12.0, half_life_days=1.0, max_weight=0.1,
        leverage=0.5, padding=3.0, opinion_volatility=0.06, opinion_half_life=3.0,
    )  # fmt: skip
    momentum: MomentumRules = MomentumRules()
    retail: RetailRules = RetailRules()
    short_sellers: ShortSellerRules = ShortSellerRules()
    market_makers: MarketMakerRules = MarketMakerRules()
    day_traders: DayTraderRules = DayTraderRules()
    banker: BankerRules = BankerRules()
    issuer: IssuerRules = IssuerRules()
    insiders: dict[str, InsiderRules] = {}

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

    def accounts(self, stakes: Sequence[Collection[str]]) -> int:
        """Accounts needed, those of the issuers, the syndicate and the outside owners included.

        ``stakes`` names, for each company that comes to market, the groups that hold its shares.
        """
        traders = self.long_only.count + self.hedge.count + self.short_sellers.count
        traders += len(self.momentum.horizons) if self.momentum.capital_usd > 0 else 0
        traders += self.market_makers.count
        if not stakes:
            return traders + 3
        traders += self.day_traders.count + len(self.insider_groups(stakes))
        traders += len(stakes) if self.retail.people > 0 else 0
        return traders + 3

    def insider_groups(self, stakes: Sequence[Collection[str]]) -> list[str]:
        """Groups that hold shares before an offering, or have money for shares directed to them."""
        holders = set().union(*stakes)
        return [h for h, b in self.insiders.items() if h in holders or b.budget_usd > 0]


def populate(model: MarketModel, rules: PopulationRules) -> None:
    """Create the agents in a fixed order and endow them.

    Parameters
    ----------
    model : MarketModel
        A model with no agents yet.
    rules : PopulationRules
    """
    outside = Outsider(model, "outside")
    for holder, kind in (("long_only", rules.long_only), ("hedge", rules.hedge)):
        wealth = rules.active_share * kind.wealth_share * model.initial_market_value
        sizes = fund_sizes(kind.count, kind.size_exponent, model.streams(f"sizes.{holder}"))
        funds = [ActiveFund(model, kind, holder, number) for number in range(kind.count)]
        for fund, size in zip(funds, sizes, strict=True):
            model.endow_market(fund.account, wealth * size, kind.cash_share)
        if funds:
            family = FundFamily(model, kind, funds)
            for fund in funds:
                fund.join(family)
    model.endow_rest(outside.account)
    for number in range(rules.short_sellers.count):
        seller = ShortSeller(model, rules.short_sellers, number)
        capital = rules.short_sellers.capital_usd / rules.short_sellers.count
        model.endow_cash(seller.account, capital)
    if rules.momentum.capital_usd > 0:
        for horizon in rules.momentum.horizons:
            trader = MomentumTrader(model, rules.momentum, horizon)
            capital = rules.momentum.capital_usd / len(rules.momentum.horizons)
            model.endow_cash(trader.account, capital)
    for _ in range(rules.market_makers.count):
        maker = MarketMaker(model, rules.market_makers)
        capital = rules.market_makers.capital_usd / rules.market_makers.count
        model.endow_cash(maker.account, capital)
    _populate_offerings(model, rules)


def _populate_offerings(model: MarketModel, rules: PopulationRules) -> None:
    """The crowds around the companies in focus, insiders, banks and the companies themselves."""
    issuer_account, syndicate = Outsider(model, "issuer"), Outsider(model, "syndicate")
    if not model.listings:
        return
    if rules.retail.people > 0:
        for listing in model.listings:
            crowd = RetailCrowd(model, rules.retail, listing)
            model.endow_cash(crowd.account, rules.retail.wealth_usd)
            model.crowds[listing.column] = crowd
    for number in range(rules.day_traders.count):
        trader = DayTrader(model, rules.day_traders, number)
        model.endow_cash(trader.account, rules.day_traders.capital_usd / rules.day_traders.count)
    stakes = [listing.terms.stakes() for listing in model.listings]
    for holder in rules.insider_groups(stakes):
        behaviour = rules.insiders[holder]
        insider = Insider(model, behaviour, holder)
        model.endow_cash(insider.account, behaviour.budget_usd)
        for listing, stake in zip(model.listings, stakes, strict=True):
            if holder in stake or behaviour.budget_usd > 0:
                listing.register_insider(insider, stake.get(holder, 0.0))
    for listing in model.listings:
        listing.appoint(
            Banker(model, rules.banker),
            Issuer(model, rules.issuer),
            issuer_account.account,
            syndicate.account,
        )
