"""Corporate actions: splits, special dividends, share issues, buy-backs, mergers, takeovers."""

from sim.actions.desk import ActionsDesk
from sim.actions.plan import Planned, plan
from sim.actions.rules import CorporateAction
from sim.actions.tenders import TenderOffers

__all__ = ["ActionsDesk", "CorporateAction", "Planned", "TenderOffers", "plan"]
