"""How shares are first sold: terms, book, mechanism, allocation, stabilisation, lock-up."""

from sim.offering.allocation import AllocationRules, allocate
from sim.offering.book import DIRECTED, RETAIL, Book
from sim.offering.ladder import Lockup, Tranche
from sim.offering.lockup import LockedShares
from sim.offering.mechanisms import MECHANISMS, BankerRole, IssuerRole, Mechanism, Pricing
from sim.offering.record import gross_spread, money_left_on_the_table, offering_record
from sim.offering.retreat import Option
from sim.offering.stabilisation import Stabilisation, StabilisationRules
from sim.offering.terms import OfferingTerms
from sim.offering.timetable import Timetable, check_sessions
from sim.offering.votes import ShareClass, votes

__all__ = [
    "DIRECTED",
    "MECHANISMS",
    "RETAIL",
    "AllocationRules",
    "BankerRole",
    "Book",
    "IssuerRole",
    "LockedShares",
    "Lockup",
    "Mechanism",
    "OfferingTerms",
    "Option",
    "Pricing",
    "ShareClass",
    "Stabilisation",
    "StabilisationRules",
    "Timetable",
    "Tranche",
    "allocate",
    "check_sessions",
    "gross_spread",
    "money_left_on_the_table",
    "offering_record",
    "votes",
]
