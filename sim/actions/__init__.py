"""Corporate actions: splits, special dividends, share issues, buy-backs and mergers."""

from sim.actions.desk import ActionsDesk
from sim.actions.plan import Planned, plan
from sim.actions.rules import CorporateAction

__all__ = ["ActionsDesk", "CorporateAction", "Planned", "plan"]
