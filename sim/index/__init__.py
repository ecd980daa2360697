"""How an index is built: rulebook, eligibility, weighting, level, reconstitution, odds."""

from sim.index.eligibility import Eligibility, eligible, reasons
from sim.index.family import Evening, build_family, review_family, start_family
from sim.index.level import IndexLevel
from sim.index.odds import deletion_odds, inclusion_odds
from sim.index.reconstitution import Index
from sim.index.roster import Change
from sim.index.rulebook import FastEntry, Rulebook, load_rulebook, rulebook_names
from sim.index.schedule import Review, Reviews
from sim.index.snapshot import Snapshot
from sim.index.weighting import index_shares

__all__ = [
    "Change",
    "Eligibility",
    "Evening",
    "FastEntry",
    "Index",
    "IndexLevel",
    "Review",
    "Reviews",
    "Rulebook",
    "Snapshot",
    "build_family",
    "deletion_odds",
    "eligible",
    "inclusion_odds",
    "index_shares",
    "load_rulebook",
    "reasons",
    "review_family",
    "rulebook_names",
    "start_family",
]
