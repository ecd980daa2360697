"""The claims ledger: every claim put to the test, with a verdict and a way to make it fail.

``ipolab claims`` runs the ledger, ``ipolab claims V2 I5`` two of its rows. A file holds a claim
or a family of claims that share their runs; the table below says which. To add a claim, copy the
file beside which it belongs and add a line here.

>>> from experiments.evidence.claims import load_claim
>>> claim = load_claim("V3")
>>> claim.compute({}).words, claim.compute(claim.flip).words
('supported', 'contradicted')
"""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.evidence.claims.claim import Claim

#: Identifier -> the module of this package that holds the claim under the same name.
CLAIMS: dict[str, str] = {
    "V1": "published_value",
    "V2": "value_change",
    "V3": "research_profit",
    "V4": "reasonable_people",
    "V5": "drivers",
    "V6": "orbital_bet",
    "V7": "control",
    "P1": "banker_range",
    "P2": "offer_discount",
    "P3": "fraction_sold",
    "P4": "price_support",
    "P5": "named",
    "P6": "mood_shift",
    "P7": "first_year",
    "P8": "first_year",
    "P9": "named",
    "I1": "index_arithmetic",
    "I2": "named",
    "I3": "named",
    "I4": "giants",
    "I5": "inclusion",
    "I6": "inclusion",
    "I7": "inclusion",
    "I8": "named",
    "I9": "giants",
    "I10": "giants",
    "M1": "named",
    "M2": "named",
    "M3": "two_way_flows",
    "M4": "informed_few",
    "M5": "named",
    "M6": "named",
    "M7": "chasing_record",
}


def check_ids(ids: list[str]) -> list[str]:
    """Identifiers in the order of the ledger, each once; all for none given.

    Raises InputError with the nearest identifiers for one that does not exist.
    """
    from sim.inputs import InputError

    given = [name.upper() for name in ids]
    for name in given:
        if name not in CLAIMS:
            near = difflib.get_close_matches(name, CLAIMS, n=3, cutoff=0.4)
            family = [known for known in CLAIMS if known[:1] == name[:1]]
            expected = (
                ", ".join(near) or ", ".join(family) or "V1 to V7, P1 to P9, I1 to I10, M1 to M7"
            )
            raise InputError(f"claims: got {name!r}, expected one of {expected}")
    return [name for name in CLAIMS if not given or name in given]


def load_claim(name: str) -> Claim:
    """The claim of this identifier. Raises InputError with the nearest ones for any other."""
    (known,) = check_ids([name])
    module = import_module(f"experiments.evidence.claims.{CLAIMS[known]}")
    claim: Claim = getattr(module, known)
    return claim
