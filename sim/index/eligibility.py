"""Which companies a rulebook admits: seasoning, size, float, liquidity, profit, listing.

Each test of a rulebook is one line of `TESTS`: what it asks, whether the rulebook asks it, and what
a company is told that fails it. Tests are for entering; a member is not thrown out for failing one,
except, at the reviews of a ranked index, the structural ones (listing, domicile, sector, classes).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from sim.calendar import TRADING_DAYS
from sim.index.snapshot import Array, BoolArray, Snapshot
from sim.inputs import Settings

if TYPE_CHECKING:
    from sim.index.rulebook import Rulebook

STRUCTURAL = ("listed", "classes", "exchange", "sector", "domicile")
NEW_ISSUE = frozenset({"seasoning", "liquidity"})  # not asked of a fast entry

Waivable = Literal["seasoning", "size", "float", "liquidity", "profit"]


class Eligibility(Settings):
    """Tests for entering; the defaults ask for nothing but a listing.

    ``seasoning_sessions`` counts closes since the first trade, 252 for 12 months.  ``min_cap_bn``,
    ``max_cap_bn`` (whole company) and ``min_float_cap_bn`` are in USD bn.  ``min_float_factor``
    may be missed by a company whose float cap reaches ``or_float_cap_bn``.
    ``min_dollar_volume_ratio`` is 252 × the average value traded a day over the float cap,
    ``min_dollar_volume`` that average itself, USD.  ``profit`` asks for positive GAAP net income
    in the latest quarter and over the latest four.  Companies whose cap ranks within
    ``waiver_rank`` of all listed ones are excused from the tests in ``waives``.
    """

    seasoning_sessions: int = Field(default=0, ge=0, le=2520)
    min_cap_bn: float = Field(default=0.0, ge=0, le=1e5)
    max_cap_bn: float | None = Field(default=None, gt=0, le=1e6)
    min_float_cap_bn: float = Field(default=0.0, ge=0, le=1e5)
    min_float_factor: float = Field(default=0.0, ge=0, le=1)
    or_float_cap_bn: float | None = Field(default=None, gt=0, le=1e5)
    min_dollar_volume_ratio: float = Field(default=0.0, ge=0, le=100)
    min_dollar_volume: float = Field(default=0.0, ge=0, le=1e12)
    profit: Literal["none", "quarter_and_year"] = "none"
    exclude_dual_class: bool = False
    nasdaq_only: bool = False
    exclude_financial: bool = False
    domestic_only: bool = False
    waiver_rank: Annotated[int, Field(ge=1, le=100_000)] | None = None
    waives: tuple[Waivable, ...] = ("profit",)

    @model_validator(mode="after")
    def _sizes_in_order(self) -> Eligibility:
        if self.max_cap_bn is not None and self.max_cap_bn <= self.min_cap_bn:
            raise ValueError(
                f"max_cap_bn: got {self.max_cap_bn}, expected more than min_cap_bn = "
                f"{self.min_cap_bn}"
            )
        return self


class _Test(NamedTuple):
    name: str
    asked: Callable[[Eligibility], bool]
    passed: Callable[[Eligibility, Snapshot], BoolArray]
    words: Callable[[Eligibility, Snapshot, int], str]


def _size(e: Eligibility, s: Snapshot) -> BoolArray:
    passed = (s.cap >= e.min_cap_bn * 1e9) & (s.float_cap >= e.min_float_cap_bn * 1e9)
    return passed & (s.cap < e.max_cap_bn * 1e9) if e.max_cap_bn is not None else passed


def _float(e: Eligibility, s: Snapshot) -> BoolArray:
    passed = s.float_factor >= e.min_float_factor
    large = e.or_float_cap_bn
    return passed | (s.float_cap >= large * 1e9) if large is not None else passed


def _liquid(e: Eligibility, s: Snapshot) -> BoolArray:
    traded = TRADING_DAYS * s.dollar_volume
    # a hair of tolerance: the ratio is often met exactly by construction
    passed = traded >= e.min_dollar_volume_ratio * s.float_cap * (1 - 1e-9)
    return np.asarray(passed & (s.dollar_volume >= e.min_dollar_volume))


def _size_words(e: Eligibility, s: Snapshot, j: int) -> str:
    below = f"below ${e.max_cap_bn:g}bn and " if e.max_cap_bn is not None else ""
    return (
        f"size: cap ${s.cap[j] / 1e9:.1f}bn, float cap ${s.float_cap[j] / 1e9:.1f}bn, expected "
        f"{below}at least ${e.min_cap_bn:g}bn and ${e.min_float_cap_bn:g}bn"
    )


def _float_words(e: Eligibility, s: Snapshot, j: int) -> str:
    other = f" or a float cap of ${e.or_float_cap_bn:g}bn" if e.or_float_cap_bn else ""
    return f"float: {s.float_factor[j]:.1%} of shares, expected {e.min_float_factor:.0%}{other}"


def _liquid_words(e: Eligibility, s: Snapshot, j: int) -> str:
    ratio = TRADING_DAYS * s.dollar_volume[j] / max(s.float_cap[j], 1e-300)
    return (
        f"liquidity: ${s.dollar_volume[j]:,.0f} a day, {ratio:.2f} of float cap a year, expected "
        f"${e.min_dollar_volume:,.0f} and {e.min_dollar_volume_ratio:g}"
    )


TESTS = (
    _Test(
        "listed",
        lambda e: True,
        lambda e, s: s.trading,
        lambda e, s, j: "listing: about to leave" if s.leaving[j] else "listing: does not trade",
    ),
    _Test(
        "seasoning",
        lambda e: e.seasoning_sessions > 0,
        lambda e, s: s.sessions_listed >= e.seasoning_sessions,
        lambda e, s, j: (
            f"seasoning: listed for {s.sessions_listed[j]} sessions, expected "
            f"{e.seasoning_sessions}"
        ),
    ),
    _Test(
        "size",
        lambda e: e.min_cap_bn > 0 or e.min_float_cap_bn > 0 or e.max_cap_bn is not None,
        _size,
        _size_words,
    ),
    _Test("float", lambda e: e.min_float_factor > 0, _float, _float_words),
    _Test(
        "liquidity",
        lambda e: e.min_dollar_volume_ratio > 0 or e.min_dollar_volume > 0,
        _liquid,
        _liquid_words,
    ),
    _Test(
        "profit",
        lambda e: e.profit == "quarter_and_year",
        lambda e, s: (s.profit_quarter > 0) & (s.profit_year > 0),
        lambda e, s, j: (
            f"profit: ${s.profit_quarter[j] / 1e9:.2f}bn in the latest quarter, "
            f"${s.profit_year[j] / 1e9:.2f}bn in four, expected both positive"
        ),
    ),
    _Test(
        "classes",
        lambda e: e.exclude_dual_class,
        lambda e, s: ~s.dual_class,
        lambda e, s, j: "classes: several share classes, expected one",
    ),
    _Test(
        "exchange",
        lambda e: e.nasdaq_only,
        lambda e, s: s.nasdaq,
        lambda e, s, j: "exchange: not listed on Nasdaq",
    ),
    _Test(
        "sector",
        lambda e: e.exclude_financial,
        lambda e, s: ~s.financial,
        lambda e, s, j: "sector: a financial company",
    ),
    _Test(
        "domicile",
        lambda e: e.domestic_only,
        lambda e, s: s.domestic,
        lambda e, s, j: "domicile: not a US company",
    ),
)
_ENTRY_ONLY = frozenset(test.name for test in TESTS).difference(STRUCTURAL)


def eligible(rulebook: Rulebook, snapshot: Snapshot, ignore: Collection[str] = ()) -> BoolArray:
    """Which stocks pass all tests, except those named in ``ignore``; shape (stocks,).

    Names: listed, seasoning, size, float, liquidity, profit, classes, exchange, sector, domicile.
    """
    rules = rulebook.eligibility
    passed = np.ones(snapshot.price.size, dtype=bool)
    excused = _excused(rules, snapshot)
    for test in TESTS:
        if test.name not in ignore and test.asked(rules):
            ok = test.passed(rules, snapshot)
            passed &= ok | excused if excused is not None and test.name in rules.waives else ok
    return passed


def may_stay(rulebook: Rulebook, snapshot: Snapshot) -> BoolArray:
    """Which stocks pass the structural tests, as members of ranked indices must; (stocks,)."""
    return eligible(rulebook, snapshot, ignore=_ENTRY_ONLY)


def reasons(rulebook: Rulebook, snapshot: Snapshot, column: int) -> list[str]:
    """Why a stock is not eligible, one sentence a failed test; empty if it is."""
    rules = rulebook.eligibility
    excused = _excused(rules, snapshot)
    found = []
    for test in TESTS:
        if not test.asked(rules) or test.passed(rules, snapshot)[column]:
            continue
        if excused is None or test.name not in rules.waives or not excused[column]:
            found.append(test.words(rules, snapshot, column))
    return found


def size_at_rank(size: Array, pool: BoolArray, rank: int) -> float:
    """The size of the company of this rank in a pool; 0 where the pool holds fewer."""
    sizes = size[pool]
    if sizes.size < rank:
        return 0.0
    return float(np.partition(sizes, sizes.size - rank)[sizes.size - rank])


def _excused(rules: Eligibility, snapshot: Snapshot) -> BoolArray | None:
    if rules.waiver_rank is None:
        return None
    return snapshot.cap >= size_at_rank(snapshot.cap, snapshot.trading, rules.waiver_rank)
