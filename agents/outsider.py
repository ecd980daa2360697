"""Accounts whose owner does not trade on views: the company, its banks, inert owners."""

from __future__ import annotations

from agents.trader import Trader


class Outsider(Trader):
    """An account that states no demand of its own."""

    strategic = True
