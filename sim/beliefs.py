"""The stories that investors hold about one company, and how news revalues them.

Every investor keeps a full set of valuation inputs (``sim.valuation.stories``).  Public news
changes the same input in every story (a company of average risk moves with the market
premium one for one), each investor reading it a little differently:
``change_i = change · (1 + κ z_i)``, z standard normal (Kandel and Pearson 1995: differential
interpretation of public signals).  Row 0 is the published base case, read without error; it
serves as the public consensus.  All stories are then valued by the same code in one call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.calendar import TRADING_DAYS
from sim.news import COMPANY_INPUTS, FACTOR_INPUTS, SHOCK, MacroNews, NewsItem
from sim.streams import Streams
from sim.valuation.company import Company
from sim.valuation.dcf import Inputs, inputs_of, log_value_per_share
from sim.valuation.stories import draw_stories

Array = NDArray[np.float64]
#: A margin cannot be revised above this share of revenue.
HIGHEST_MARGIN = 0.95


class Beliefs:
    """Stories of all investors about one company.

    Parameters
    ----------
    symbol : str
    company : Company
    counts : mapping
        Number of investors of each class; their rows follow each other, after the base case.
    interpretation : float
        κ, the spread with which investors read the same news.
    streams : Streams
        Every class draws its stories and its readings from streams of its own, so that
        leaving one class out changes nothing for the others.
    """

    def __init__(
        self,
        symbol: str,
        company: Company,
        counts: Mapping[str, int],
        interpretation: float,
        streams: Streams,
    ) -> None:
        self.symbol = symbol
        parts = [inputs_of(company)]
        self.first_row: dict[str, int] = {}
        self._readers: list[tuple[slice, np.random.Generator]] = []
        row = 1
        for holder, count in counts.items():
            self.first_row[holder] = row
            if count:
                # Row 0 of a draw is the base case, which is there already.
                drawn = draw_stories(company, count + 1, streams(f"stories.{holder}"))
                parts.append(drawn.select(slice(1, None)))
                readers = streams(f"interpretation.{holder}")
                self._readers.append((slice(row, row + count), readers))
            row += count
        self.inputs = stack(parts)
        self.interpretation = interpretation
        #: Log value gained since the start by waiting, and by less uncertainty.
        self._growth = np.zeros(len(self.inputs))
        self._first_margin: dict[tuple[str, str], float] = {}
        self.log_values = log_value_per_share(self.inputs)

    @property
    def consensus(self) -> float:
        """Log value per share of the base case, today."""
        return float(self.log_values[0])

    def advance(self, days: float) -> None:
        """Let time pass: value grows at the cost of capital that discounts it."""
        self._growth += np.log1p(self.inputs.cost_of_capital_initial) * (days / TRADING_DAYS)

    def receive(self, macro: MacroNews, items: Sequence[NewsItem] = ()) -> None:
        """Apply macro news and events about this company, then value all stories again."""
        self._shift("risk_free", None, macro.rate)
        self._shift("cost_of_capital", None, macro.rate + macro.premium)
        for item in items:
            self._shift(item.input, item.segment, item.change, item.kind != SHOCK)
        self._growth += macro.uncertainty
        self.log_values = log_value_per_share(self.inputs) + self._growth

    def _shift(
        self, name: str, segment: str | None, change: float, read_differently: bool = False
    ) -> None:
        inputs = self.inputs
        if name in COMPANY_INPUTS:
            if name == "cost_of_capital":
                inputs.cost_of_capital_initial += change
                inputs.cost_of_capital_stable += change
            else:
                inputs.risk_free += change
            return
        assert segment is not None
        column = getattr(inputs, name)[:, inputs.segment_names.index(segment)]
        size = np.full(column.shape, change)
        if read_differently and self.interpretation > 0:
            for rows, rng in self._readers:
                spread = rng.standard_normal(rows.stop - rows.start)
                size[rows] *= 1 + self.interpretation * spread
        if name in FACTOR_INPUTS:
            column *= np.exp(size)
        else:
            column += size * self._room(name, segment, column)
            np.minimum(column, HIGHEST_MARGIN, out=column)

    def _room(self, name: str, segment: str, margin: Array) -> Array:
        """How far a margin still moves, 1 where the base case started: m(H − m), a Jacobi law.

        Steps shrink as a margin comes near zero or H, so it stays between them without a drift.
        """
        start = self._first_margin.setdefault((name, segment), max(float(margin[0]), 0.05))
        inside = np.clip(margin, 0.0, HIGHEST_MARGIN)
        room = inside * (HIGHEST_MARGIN - inside) / (start * (HIGHEST_MARGIN - start))
        return np.asarray(np.minimum(room, 1.5))

    def raise_capital(self, proceeds: float, issue_price: float) -> None:
        """The terms of the offering are known: so many USD come in at this price a share."""
        self.inputs.proceeds[:] = proceeds
        self.inputs.issue_price[:] = issue_price
        self.receive(MacroNews(0.0, 0.0, 0.0))

    @property
    def shares(self) -> Array:
        """Shares that every story divides the equity by, those of the offering included."""
        inputs = self.inputs
        new = np.divide(
            inputs.proceeds, inputs.issue_price, out=np.zeros(len(inputs)),
            where=inputs.proceeds != 0,
        )  # fmt: skip
        return inputs.shares + new

    def split(self, ratio: float) -> None:
        """``ratio`` new shares for one old: equity stays, shares and prices a share change."""
        self.inputs.shares *= ratio
        self.inputs.issue_price /= ratio
        self._value()

    def change_capital(self, usd: float | Array, shares: float) -> None:
        """The company has USD and shares more, or less: v becomes (v N + usd) / (N + shares).

        ``usd`` may differ by story.  Money that comes in today has not grown since the start of the
        run, as the rest has.
        """
        self.inputs.cash += usd * np.exp(-self._growth)
        self.inputs.shares += shares
        self._value()

    def _value(self) -> None:
        self.log_values = log_value_per_share(self.inputs) + self._growth

    def percentiles(self, levels: Sequence[float]) -> Array:
        """Percentiles of the investors' values per share, USD (the base case left out)."""
        if self.log_values.size == 1:
            return np.full(len(levels), np.exp(self.consensus))
        return np.asarray(np.percentile(np.exp(self.log_values[1:]), levels))


def stack(parts: Sequence[Inputs]) -> Inputs:
    """The stories of several sets about the same company, one after the other."""
    shared = ("segment_names", "growth_path", "equity_floor")
    joined: dict[str, Any] = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Inputs)
        if field.name not in shared
    }
    return replace(parts[0], **joined)
