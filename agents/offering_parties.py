"""Who takes part because companies come to market: crowds, day traders, insiders, bank, companies.

Every company in focus has a crowd of its own.  Day traders, the groups of insiders, the lead bank
and the issuers' decision maker are the same in all offerings of a run, and two accounts, of the
issuers and of the syndicate, serve all of them.  Private companies that may come when they see fit
bring those of `agents.issuance` besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.banker import Banker
from agents.day_trader import DayTrader, DayTraderCrew
from agents.insider import Insider
from agents.ipo_window import Underwriting
from agents.issuance import IssuanceRules, populate_pipeline
from agents.issuer import Issuer
from agents.outsider import Outsider
from agents.retail_crowd import RetailCrowd
from agents.trader import share_cash
from sim.offering.pipeline import STAKES, Pipeline

if TYPE_CHECKING:
    from agents.population import PopulationRules
    from sim.model import MarketModel


def populate_offerings(
    model: MarketModel, rules: PopulationRules, pipeline: Pipeline | None
) -> list[Insider]:
    """Create the agents around offerings, in a fixed order; returns the insiders.

    Parameters
    ----------
    model : MarketModel
        With a listing for each company in focus.
    rules : PopulationRules
    pipeline : Pipeline or None
        Private companies that may come to market.
    """
    issuers, syndicate = Outsider(model, "issuer").account, Outsider(model, "syndicate").account
    model.appoint_companies(issuers)
    if not model.listings and pipeline is None:
        return []
    _populate_crowds(model, rules)
    stakes = [listing.terms.stakes() for listing in model.listings]
    insiders = {}
    for holder in rules.insider_groups([*stakes, *([STAKES] if pipeline else [])]):
        insiders[holder] = Insider(model, rules.insiders[holder], holder)
        model.endow_cash(insiders[holder].account, rules.insiders[holder].budget_usd)
    banker, issuer = Banker(model, rules.banker), Issuer(model, rules.issuer)
    for listing, stake in zip(model.listings, stakes, strict=True):
        for holder, insider in insiders.items():
            if holder in stake or rules.insiders[holder].budget_usd > 0:
                listing.register_insider(insider, stake.get(holder, 0.0))
        listing.appoint(banker, issuer, issuers, syndicate)
    if pipeline is not None:
        team = Underwriting(insiders, banker, issuer, issuers, syndicate)
        issuance = rules.issuance or IssuanceRules()
        populate_pipeline(model, issuance, rules.retail, rules.day_traders, pipeline, team)
    return list(insiders.values())


def _populate_crowds(model: MarketModel, rules: PopulationRules) -> None:
    """The crowds around the companies in focus, and those who trade their shares within a day."""
    if rules.retail.people > 0:
        for listing in model.listings:
            crowd = RetailCrowd(model, rules.retail, listing)
            model.endow_cash(crowd.account, rules.retail.wealth_usd)
            model.focus.crowds[listing.column] = crowd
    busy = rules.day_traders.count if model.listings else 0
    traders = [DayTrader(model, number) for number in range(busy)]
    if traders:
        DayTraderCrew(model, rules.day_traders, traders)
    share_cash(traders, rules.day_traders.capital_usd)
