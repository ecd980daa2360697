"""Carries corporate actions out: in the books, on the exchange, in beliefs, indices and records.

With N shares outstanding of price P and public value v each:

*Split* into r new shares for one: every number of shares becomes r times as large (holdings, locked
and borrowed shares, orders in waiting, index shares, selling plans), every price and value a share
r times as small (last prices, averages, references).  Nobody is richer and no company larger.  In a
price-weighted index the company weighs less from then on (`sim.index.level`).

*Special dividend* of D: whoever holds a share before the open gets D from the company, whoever owes
one pays it.  The value a share of every story falls by D, and so does the price from which the next
auction starts, P − D (exchanges reduce open orders and reference prices so: Nasdaq Rule 4761, NYSE
Rule 118).  Prices remembered are multiplied by 1 − D/P, so that no return is seen.  Index divisors
follow (S&P Dow Jones Indices, Index Mathematics Methodology).

*Share issue* and *buy-back*: see `sim.actions.programme`.

*Merger*: on the morning of the target's last day of trading the terms become public, ρ shares of
the acquirer and C dollars for a share of the target.  With values V and v and share numbers N and n
of the acquirer and the target the values become

    V' = (N·V + n·v − n·C) / (N + ρ·n),        v' = ρ·V' + C

(no synergies), and prices follow by trade.  Before the next open shares are exchanged, shorts in
the target become shorts in the acquirer, the target is delisted, and indices count the acquirer's
new shares.  What the merged company earns is what both earned; its β, rate duration, volatility
and dividend yield stay those of the acquirer.

The companies pay from, and are paid into, one account, which may be in debt: what companies own
beside it is in their value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.actions.plan import Planned, plan
from sim.actions.programme import Programme
from sim.actions.rules import CorporateAction
from sim.inputs import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.model import MarketModel


class ActionsDesk:
    """All corporate actions of a run.

    Parameters
    ----------
    model : MarketModel
        With its universe and listings.
    actions : sequence of CorporateAction

    Attributes
    ----------
    due : dict
        Session to what is to be done before its open.
    programmes : list of Programme
        Issues and buy-backs under way.
    done : list of (Planned, dict)
        What happened, in order, and its numbers; ``lapsed`` says why nothing did.

    Raises
    ------
    InputError
        As `plan`.
    """

    def __init__(self, model: MarketModel, actions: Sequence[CorporateAction]) -> None:
        self.model = model
        self.due: dict[int, list[Planned]] = {}
        self.programmes: list[Programme] = []
        self.done: list[tuple[Planned, dict[str, Any]]] = []
        first_trades = {each.column: each.first_session for each in model.listings}
        planned = plan(actions, model.universe, model.calendar, model.first_session, first_trades)
        for each in planned:
            for session in sorted(each.mornings):
                self.due.setdefault(session, []).append(each)

    # -- the day --------------------------------------------------------------------------------

    @property
    def at_work(self) -> bool:
        """Whether there is something to do today."""
        return bool(self.programmes) or self.model.session in self.due

    def before_open(self) -> None:
        """Do what is due this morning; an action of a company that is not listed lapses."""
        model = self.model
        for planned in self.due.get(model.session, ()):
            away = [c for c in planned.companies if not model.universe.listed[c]]
            bidden = [c for c in planned.companies if model.universe.leaving[c]]
            begins = planned.session == model.session
            if away or (bidden and planned.lasts and begins):
                if begins:
                    why = "is not listed" if away else "is being taken over"
                    self._lapse(planned, f"{model.universe.symbols[[*away, *bidden][0]]} {why}")
                continue
            match planned.action.kind:
                case "split":
                    self._split(planned)
                case "special_dividend":
                    self._pay_special_dividend(planned)
                case "merger" if begins:
                    self._announce_merger(planned)
                case "merger":
                    self._complete_merger(planned)
                case _:
                    self.programmes.append(Programme(model, planned))
        for programme in self.programmes:
            programme.before_open()

    def place_orders(self) -> None:
        """State the companies' orders of the day."""
        for programme in self.programmes:
            programme.place_orders()

    def after_auction(self, columns: NDArray[np.int64]) -> None:
        """Note what the companies sold and bought in an auction of these columns."""
        for programme in self.programmes:
            programme.after_auction(columns)

    def after_close(self) -> None:
        """Cancel shares that are not outstanding any more, and value the companies anew."""
        for programme in self.programmes:
            if programme.after_close():
                self._note(programme.planned, **programme.outcome)
        self.programmes = [each for each in self.programmes if not each.is_over]

    # -- splits and special dividends -------------------------------------------------------------

    def _split(self, planned: Planned) -> None:
        model, c = self.model, planned.column
        ratio = planned.action.ratio
        assert ratio is not None
        log_ratio = math.log(ratio)
        model.ledger.split(c, ratio)
        model.exchange.split(c, ratio)
        model.lending.buy_ins[:, c] *= ratio
        model.universe.split(c, ratio)
        if c in model.focus.beliefs:
            model.focus.beliefs[c].split(ratio)
            model.universe.log_value[c] = model.focus.beliefs[c].consensus
        model.tenders.split(c, ratio)
        for listing in model.listings:
            if listing.column == c:
                listing.split(ratio)
        for programme in self.programmes:
            programme.split(c, ratio)
        for index in model.indices.values():
            index.split(c, ratio)
        model.recorder.restate(c, ratio, 0.0)
        model.restate(c, ratio, -log_ratio, -log_ratio)
        self._note(planned, ratio=ratio)

    def _pay_special_dividend(self, planned: Planned) -> None:
        model, c = self.model, planned.column
        amount = planned.action.amount
        assert amount is not None
        universe, ledger = model.universe, model.ledger
        price, value = float(model.exchange.last_price[c]), math.exp(universe.log_value[c])
        if amount >= min(price, value):
            raise InputError(
                f"corporate_actions: amount: got {amount:g} USD a share of {universe.symbols[c]}, "
                f"expected less than its price and value on {model.date}, {min(price, value):,.2f}"
            )
        ledger.pay_dividend(model.companies, c, amount)
        before = float(universe.log_value[c])
        if c in model.focus.beliefs:
            model.focus.beliefs[c].change_capital(-amount * model.focus.beliefs[c].shares, 0.0)
            universe.log_value[c] = model.focus.beliefs[c].consensus
        else:
            universe.log_value[c] = math.log(value - amount)
        for listing in model.listings:
            if listing.column == c:
                listing.syndicate.pay_on_loan(amount)
        for index in model.indices.values():
            index.special_dividend(c, amount)
        model.tenders.special_dividend(c, amount)
        model.recorder.restate(c, 1.0, amount)
        model.exchange.set_reference(c, price - amount)
        model.restate(c, 1.0, math.log1p(-amount / price), float(universe.log_value[c]) - before)
        self._note(planned, amount=amount, usd=amount * float(ledger.outstanding[c]))

    # -- mergers ----------------------------------------------------------------------------------

    def _announce_merger(self, planned: Planned) -> None:
        model, a, t = self.model, planned.column, planned.target
        universe, ledger = model.universe, model.ledger
        ratio, cash = planned.action.ratio or 0.0, planned.action.cash or 0.0
        target_shares = float(ledger.outstanding[t])
        gain = target_shares * (math.exp(universe.log_value[t]) - cash)
        worth = math.exp(universe.log_value[a]) * float(ledger.outstanding[a]) + gain
        if worth <= 0:
            raise InputError(
                f"corporate_actions: cash: got {cash:g} USD a share of {universe.symbols[t]}, "
                f"expected less than what {universe.symbols[a]} is worth with it"
            )
        self._revalue(a, gain, ratio * target_shares)
        universe.revalue(t, math.log(ratio * math.exp(universe.log_value[a]) + cash))
        model.recorder.event(
            "corporate_action", universe.symbols[t],
            f"merger with {universe.symbols[a]} announced: {_terms(universe.symbols[a], planned)}",
        )  # fmt: skip

    def _revalue(self, column: int, usd: float, shares: float) -> None:
        """The value a share of a company that gains so many USD and new shares; it is news."""
        model, universe = self.model, self.model.universe
        if column in model.focus.beliefs:
            model.focus.beliefs[column].change_capital(usd, shares)
            universe.set_focus_value(column, model.focus.beliefs[column].consensus)
            return
        old = float(model.ledger.outstanding[column])
        worth = old * math.exp(universe.log_value[column]) + usd
        universe.revalue(column, math.log(worth / (old + shares)))

    def _complete_merger(self, planned: Planned) -> None:
        model, a, t = self.model, planned.column, planned.target
        universe, ledger = model.universe, model.ledger
        ratio, cash = planned.action.ratio or 0.0, planned.action.cash or 0.0
        snapshot = model.public_record.snapshot()
        for index in model.indices.values():
            index.merge(a, t, ratio, snapshot)
        new = ratio * float(ledger.outstanding[t])
        ledger.exchange_shares(t, a, ratio, cash, model.companies)
        model.lending.buy_ins[:, a] += ratio * model.lending.buy_ins[:, t]
        model.lending.buy_ins[:, t] = 0.0
        model.public_record.dollar_volume[a] += model.public_record.dollar_volume[t]
        universe.absorb(a, t)
        universe.count_shares(a, float(ledger.outstanding[a]))
        model.close_stock(t, f"merged with {universe.symbols[a]}")
        model.recorder.count_shares(a)
        for tracker in model.trackers:
            tracker.rebalance()
        self._note(planned, ratio=ratio, cash=cash, new_shares=new)

    # -- the record -------------------------------------------------------------------------------

    def _lapse(self, planned: Planned, why: str) -> None:
        """It does not happen, not on its later mornings either."""
        for session, each in self.due.items():
            self.due[session] = [other for other in each if other is not planned]
        self._note(planned, lapsed=why)

    def _note(self, planned: Planned, **numbers: Any) -> None:
        """Remember what has been done, for the summary and among the events."""
        model, action = self.model, planned.action
        symbol = model.universe.symbols[planned.column]
        self.done.append((planned, numbers))
        if "lapsed" in numbers:
            detail = f"lapses: {numbers['lapsed']}"
        elif action.kind == "split":
            detail = f"{action.ratio:g} new shares for one"
        elif action.kind == "special_dividend":
            detail = f"{action.amount:g} USD a share"
        elif action.kind == "merger":
            detail = f"with {action.target}: {_terms(symbol, planned)}"
        else:
            verb = "sold" if action.kind == "share_issue" else "bought back"
            detail = f"{verb} {numbers['shares'] / 1e6:,.1f} m shares"
            if numbers["mean_price"] is not None:
                detail += f" at {numbers['mean_price']:,.2f} on average"
        model.recorder.event("corporate_action", symbol, f"{action.words}: {detail}")


def _terms(acquirer: str, planned: Planned) -> str:
    """What a share of the target is exchanged for."""
    action = planned.action
    parts = [f"{action.ratio:g} {acquirer}"] if action.ratio else []
    parts += [f"{action.cash:g} USD"] if action.cash else []
    return f"{' and '.join(parts)} a share"
