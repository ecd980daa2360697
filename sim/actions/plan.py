"""From the actions of a scenario to columns and sessions, and what is wrong with them.

An action needs a company that is in the market, and a trading day on which it is listed.  No two
actions of a company may meet where their order would matter: on one morning, or while its shares
are being sold, bought back or exchanged.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sim.actions.rules import CorporateAction
from sim.calendar import TradingCalendar
from sim.inputs import InputError
from sim.universe import MARKET, Universe


@dataclass(frozen=True)
class Planned:
    """An action with its place in the world.

    Attributes
    ----------
    action : CorporateAction
    column, target : int
        Columns of the company, and of the one it takes over (−1 for none).
    session : int
        Session before whose open it begins, counted from the start of the run.
    """

    action: CorporateAction
    column: int
    target: int
    session: int

    @property
    def companies(self) -> set[int]:
        """Columns that take part."""
        return {self.column, self.target} - {-1}

    @property
    def mornings(self) -> set[int]:
        """Sessions before whose open shares are counted, split, paid on or exchanged."""
        merger = self.action.kind == "merger"
        return {self.session, self.session + 1} if merger else {self.session}

    @property
    def span(self) -> range:
        """Sessions from its beginning to its end."""
        return range(self.session, self.session + self.action.sessions)

    @property
    def lasts(self) -> bool:
        """Whether it goes on through the day."""
        return self.action.kind in ("share_issue", "buyback", "merger")

    def clashes(self, other: Planned) -> bool:
        """Whether the order of the two would matter."""
        if not self.companies & other.companies:
            return False
        both_last = self.lasts and other.lasts
        overlap = set(self.span) & set(other.span)
        return bool(self.mornings & other.mornings or (both_last and overlap))


def plan(
    actions: Sequence[CorporateAction],
    universe: Universe,
    calendar: TradingCalendar,
    first_session: int,
    first_trades: Mapping[int, int],
) -> list[Planned]:
    """Find columns and sessions, in the order of the sessions.

    Parameters
    ----------
    first_session : int
        The session of day 0.
    first_trades : mapping
        Column to session of the first trade, of companies that come to market on a known day.

    Raises
    ------
    InputError
        One line: which action, which field, what was given, what was expected.
    """
    found = []
    for number, action in enumerate(actions):
        where = f"corporate_actions.{number}"
        column = _company(action, universe, where)
        target = -1
        if action.target is not None:
            target = _column(action.target, universe, f"{where}: target")
            _check_target(universe, column, target, f"{where}: target")
        session = _session(action, calendar, first_session, where)
        for each in {column, target} & set(first_trades):
            if session <= first_trades[each]:
                raise InputError(
                    f"{where}: {'date' if action.date else 'day'}: got "
                    f"{action.date or action.day}, expected a day after the first trade of "
                    f"{universe.symbols[each]}, {calendar.sessions[first_trades[each]]}"
                )
        found.append(Planned(action, column, target, session))
    for one, other in combinations(found, 2):
        if one.clashes(other):
            symbol = universe.symbols[min(one.companies & other.companies)]
            raise InputError(
                f"corporate_actions.{found.index(other)}: got a {other.action.words} of {symbol} "
                f"on {calendar.sessions[other.session]}, expected another day: its order and that "
                f"of the {one.action.words} of {calendar.sessions[one.session]} would matter"
            )
    return sorted(found, key=lambda planned: planned.session)


def _company(action: CorporateAction, universe: Universe, where: str) -> int:
    if action.company is not None:
        return _column(action.company, universe, f"{where}: company")
    assert action.rank is not None
    listed = 0 if universe.rules.is_one_column else universe.base.size
    if action.rank > listed:
        raise InputError(
            f"{where}: rank: got {action.rank}, expected at most the {listed} companies listed at "
            "the start"
        )
    value = (np.exp(universe.log_value) * universe.shares)[universe.base]
    return int(np.argsort(-value, kind="stable")[action.rank - 1])


def _column(symbol: str, universe: Universe, where: str) -> int:
    if symbol in universe.symbols and symbol != MARKET:
        return universe.symbols.index(symbol)
    known = [each for each in universe.symbols if each != MARKET]
    near = difflib.get_close_matches(symbol, known, n=3, cutoff=0.5) or known[:3]
    raise InputError(f"{where}: got {symbol!r}, expected a company such as {' or '.join(near)}")


def _check_target(universe: Universe, column: int, target: int, where: str) -> None:
    """Only a company listed at the start, whose shares are not in a lock-up, can be taken over."""
    symbol = universe.symbols[target]
    if target == column:
        raise InputError(f"{where}: got {symbol}, expected another company than its buyer")
    if target >= universe.base.size:
        raise InputError(f"{where}: got {symbol}, expected a company listed at the start")


def _session(
    action: CorporateAction, calendar: TradingCalendar, first_session: int, where: str
) -> int:
    if action.date is None:
        assert action.day is not None
        session = first_session + action.day
        if session >= len(calendar.sessions):
            raise InputError(f"{where}: day: got {action.day}, expected a day of the run")
        return session
    if not calendar.is_session(action.date):
        first, last = calendar.sessions[0], calendar.sessions[-1]
        inside = first <= action.date <= last
        near = calendar.on_or_after(action.date) if inside else first
        raise InputError(
            f"{where}: date: got {action.date}, expected a trading day of the run such as {near}"
        )
    return calendar.index(action.date)
