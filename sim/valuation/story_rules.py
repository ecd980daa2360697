"""How far reasonable people differ about a company: the spread of each valuation input.

The company's own inputs are the median story. Around them, with z standard normal:

* target revenue = market × share, each log-normal: median · exp(sd z);
* target and base margins normal, revenue per dollar reinvested log-normal;
* cost of capital normal, the same shift at the start and in stable growth;
* failure probability normal in log-odds;
* an *outlook* shared by all of one investor's segments: the z of markets and target margins have
  pairwise correlation `outlook`;
* switches: projects that succeed or fail outright, as orbital data centres or own chips.
  Success lowers the cost of computing, part of which is kept as margin and the rest passed on
  in price, which raises the share. The base case holds the project at its probability p, so
  margins move by (1 − p)·gain on success and −p·gain on failure (mean as published).

Disagreement of this kind is what "different priors about the same facts" means in Morris (1996).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from sim.inputs import Settings

LogSd = Annotated[float, Field(ge=0, le=2)]
Share = Annotated[float, Field(ge=0, le=1)]


class SegmentStory(Settings):
    """Spread of one segment's inputs: log standard deviations, for margins plain ones."""

    market_sd: LogSd = 0.3
    share_sd: LogSd = 0.2
    margin_sd: Annotated[float, Field(ge=0, le=0.5)] = 0.08
    sales_to_capital_sd: LogSd = 0.25
    base_revenue_sd: LogSd = 0.0
    base_margin_sd: Annotated[float, Field(ge=0, le=1)] = 0.1


class Switch(Settings):
    """A project that succeeds or fails, and the cost advantage it earns for a segment.

    gain in cost, as a share of revenue
      = (1 − target margin) · computing_cost · cost_item · saving
    of which `kept` is margin; prices fall by the rest and sales rise by `share_factor`.
    """

    segment: Annotated[str, Field(min_length=1)]
    probability: Share
    computing_cost: Share  # computing, as a share of the segment's costs at maturity
    cost_item: Share  # the item saved on (energy, chips), as a share of the cost of computing
    saving: Share  # part of that item which success saves
    kept: Share  # part of the saving kept as margin
    share_factor: Annotated[float, Field(ge=1, le=10)]  # sales on success, relative to failure

    def margin_gain(self, target_margin: float) -> float:
        """Margin earned by success over failure, as a fraction of revenue."""
        cost = max(1 - target_margin, 0.0)
        return cost * self.computing_cost * self.cost_item * self.saving * self.kept


class Setback(Settings):
    """What is left of a segment when its story fails: factors on its inputs and its margin."""

    segment: Annotated[str, Field(min_length=1)]
    revenue_factor: Share
    target_margin: Annotated[float, Field(ge=-1, le=1)]
    sales_to_capital_factor: Annotated[float, Field(gt=0, le=1)]  # capital is spent all the same


class StoryRules(Settings):
    """The `[stories]` table of a company file."""

    outlook: Share = 0.3
    cost_of_capital_sd: Annotated[float, Field(ge=0, le=0.03)] = 0.005
    failure_sd: LogSd = 0.5
    segments: dict[str, SegmentStory] = Field(default_factory=dict)
    switches: dict[str, Switch] = Field(default_factory=dict)
    setback: Setback | None = None

    def segment(self, name: str) -> SegmentStory:
        """Spread of a segment, the default one if the file gives none."""
        return self.segments.get(name) or SegmentStory()

    def check(self, names: Iterable[str]) -> None:
        """Raise ValueError if the rules speak of a segment that the company has not."""
        known = list(names)
        named = {f"stories.segments.{name}": name for name in self.segments}
        for name, switch in self.switches.items():
            named[f"stories.switches.{name}.segment"] = switch.segment
        if self.setback:
            named["stories.setback.segment"] = self.setback.segment
        for path, segment in named.items():
            if segment not in known:
                raise ValueError(f"{path}: got {segment!r}, expected one of {', '.join(known)}")
