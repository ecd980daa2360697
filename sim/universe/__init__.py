"""The listed companies: who they are, what they are worth and earn, and how news moves that."""

from sim.universe.census import SECTORS, Census
from sim.universe.drawing import draw
from sim.universe.fundamentals import Universe
from sim.universe.newcomer import Newcomer
from sim.universe.reading import read_csv
from sim.universe.rules import MARKET, UniverseRules

__all__ = [
    "MARKET",
    "SECTORS",
    "Census",
    "Newcomer",
    "Universe",
    "UniverseRules",
    "draw",
    "read_csv",
]
