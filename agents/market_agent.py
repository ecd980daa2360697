"""A Mesa agent that does not keep its model alive.

Mesa numbers the agents of each model from a table that belongs to the class and is never emptied
(``mesa.Agent._ids`` of Mesa 3.3), so a process that builds one model after the other keeps them
all, some twenty megabytes each.  Here the table forgets a model once nobody else knows it.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import mesa

if TYPE_CHECKING:
    from sim.model import MarketModel


class _Counters(weakref.WeakKeyDictionary[Any, Iterator[int]]):
    """The next number of an agent by model, from 1."""

    def __getitem__(self, model: Any) -> Iterator[int]:
        return self.setdefault(model, itertools.count(1))


class MarketAgent(mesa.Agent):
    """An agent of a market model."""

    _ids: ClassVar[_Counters] = _Counters()
    model: MarketModel
