"""The market for new issues as a whole: who takes part when many private companies may come.

`IssuanceRules` puts together the behaviour of companies and their banks (`agents.ipo_window`), the
crowd around them (`agents.ipo_crowd`), those who are in for the first days (`agents.flipper`,
`agents.issue_traders`) and how companies season (`agents.seasoning`); `populate_pipeline` creates
these agents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.day_trader import DayTraderRules
from agents.flipper import Flipper, FlipperRules
from agents.ipo_crowd import IpoCrowd, IpoCrowdRules
from agents.ipo_window import IpoWindow, Underwriting, WindowRules
from agents.issue_traders import IssueTraderRules, IssueTraders
from agents.new_issues import NewIssues
from agents.retail_crowd import RetailRules
from agents.seasoning import Seasoning, SeasoningRules
from sim.inputs import Settings
from sim.offering.pipeline import Pipeline

if TYPE_CHECKING:
    from sim.model import MarketModel


class IssuanceRules(Settings):
    """Behaviour of those who are there because private companies come to market.

    The people of the crowd behave as `population.retail` says; ``population.retail.people = 0``
    leaves the crowd out.
    """

    window: WindowRules = WindowRules()
    crowd: IpoCrowdRules = IpoCrowdRules()
    flippers: FlipperRules = FlipperRules()
    day_traders: IssueTraderRules = IssueTraderRules()
    seasoning: SeasoningRules = SeasoningRules()


def populate_pipeline(
    model: MarketModel,
    rules: IssuanceRules,
    people: RetailRules,
    habits: DayTraderRules,
    pipeline: Pipeline,
    underwriting: Underwriting,
) -> IpoWindow:
    """Create the agents around the pipeline, in a fixed order; returns the companies' window.

    Parameters
    ----------
    model : MarketModel
        With a column for each company of the pipeline.
    rules : IssuanceRules
    people : RetailRules
    habits : DayTraderRules
    pipeline : Pipeline
    underwriting : Underwriting
        Who takes part in every offering.
    """
    issues = NewIssues(model)
    crowd = None
    if people.people > 0:
        crowd = IpoCrowd(model, rules.crowd, people, issues)
        model.endow_cash(crowd.account, people.wealth_usd)
    flipper = Flipper(model, rules.flippers, issues)
    model.endow_cash(flipper.account, rules.flippers.capital_usd)
    others = [each.account for each in (flipper, crowd) if each is not None]
    if rules.day_traders.count > 0:
        traders = IssueTraders(model, rules.day_traders, habits, crowd)
        others += range(traders.rows.start, traders.rows.stop)
    seasoning = Seasoning(model, rules.seasoning, others)
    if crowd is not None:
        crowd.seasoning = seasoning
    return IpoWindow(model, rules.window, pipeline, issues, underwriting, crowd, flipper)
