"""The rulebook of an index: who may enter, who leaves and when, and with what weight.

A rulebook is one TOML file, shipped in ``rulebooks/`` or given by path. Money is in USD bn, times
in trading sessions, ranks count from 1 (the largest). Two ways of choosing members:

committee
    A member leaves when it is taken over, or at a review when it ranks below count × (1 + buffer)
    among the members and the eligible outsiders. Vacancies are filled on any evening. Among the
    eligible outsiders above that rank the one with the largest

        ln(size) + discretion × Gumbel noise

    enters, so that P(j) = size_j^(1/d) / Σ_i size_i^(1/d) with d = discretion (McFadden 1974); with
    d = 0 it is always the largest.
ranked
    At each review companies ranked within count × (1 − buffer) enter, members ranked within
    count × (1 + buffer) may stay, and places left over go to the next largest. Without a count
    every eligible company is a member.

References: S&P Dow Jones Indices, US Indices Methodology; Nasdaq-100 Index Methodology (2026);
FTSE Russell, Russell US Indexes Construction and Methodology (2026); CRSP US Equity Indexes
Methodology Guide; MSCI Global Investable Market Indexes Methodology.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sim.index.eligibility import Eligibility
from sim.index.schedule import FloatUpdate, Reviews
from sim.inputs import Settings, locate, override, parse, read_toml, shipped

FOLDER = Path(__file__).parent / "rulebooks"

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.\-]{0,39}$")]
Reference = Annotated[str, Field(min_length=1, max_length=400)]
Rank = Annotated[int, Field(ge=1, le=100_000)]
Weighting = Literal["float_cap", "cap", "equal", "price"]
SizeBasis = Literal["cap", "float_cap"]


class FastEntry(Settings):
    """Entry of a large new issue outside the reviews.

    It enters after the close of its trading day number ``sessions``, announced
    ``notice_sessions`` earlier by the prices of that evening.  Size test: its size (``rank_by``)
    must reach ``multiple`` × that of the company ranked ``max_rank`` ``among`` the members or
    all eligible companies; without ``max_rank`` there is none.  Seasoning and liquidity are not
    asked of a new issue.  With ``no_deletion`` the count grows until the next review, otherwise
    the smallest member leaves.  An entry due ``blackout_sessions`` or less before a review
    takes effect is deferred to it.
    """

    sessions: int = Field(ge=2, le=2520)
    notice_sessions: int = Field(default=1, ge=1, le=60)
    max_rank: Rank | None = None
    rank_by: SizeBasis = "cap"
    among: Literal["members", "eligible"] = "eligible"
    multiple: float = Field(default=1.0, gt=0, le=100)
    no_deletion: bool = True
    blackout_sessions: int = Field(default=0, ge=0, le=60)

    @model_validator(mode="after")
    def _notice_fits(self) -> FastEntry:
        if self.notice_sessions >= self.sessions:
            raise ValueError(
                f"notice_sessions: got {self.notice_sessions}, expected fewer than "
                f"sessions = {self.sessions}"
            )
        return self


class Rulebook(Settings):
    """Everything an index is computed from, apart from the market.

    Defaults describe a float-weighted index of all listed companies.  ``weight_float_multiple``
    k weighs min(1, k × float factor) of the company's shares where the float factor is below
    ``low_float_threshold`` (1/k if left out); ``max_weight`` caps a single company, the excess
    going to the others.  ``notice_sessions`` = 5: mean time between announcement and change of
    S&P 500 additions 4.8 days (Greenwood and Sammon 2025).  ``make_room_rank``: at a review an
    eligible company outside that would rank this high among the members enters even if nobody
    has left, and the smallest member leaves.  ``float_update``: at reviews (``quarterly`` or
    ``annual``) or on the evening of the ``event``; changes of index shares up to
    ``float_threshold`` of them are left for later.  ``feeder`` names the next smaller index,
    with which companies change places; ``feeder_preference`` is added to the ln(size) of its
    members
    when a committee chooses, ``demotion_share`` are the odds that a company dropped for its size
    enters the feeder; ``members_of`` the index whose members are taken over.
    """

    name: Name
    title: Annotated[str, Field(min_length=1, max_length=200)]
    base_level: float = Field(default=1000.0, gt=0, le=1e9)  # assumption: any round number
    weighting: Weighting = "float_cap"
    weight_float_multiple: float | None = Field(default=None, ge=1, le=100)
    low_float_threshold: float | None = Field(default=None, gt=0, le=1)
    max_weight: float | None = Field(default=None, gt=0, le=1)
    count: int | None = Field(default=None, ge=1, le=100_000)
    rank_by: SizeBasis = "cap"
    replacement: Literal["committee", "ranked"] = "ranked"
    fill_vacancies: bool = False  # a committee always does
    buffer: float = Field(default=0.0, ge=0, le=100)  # below 1 for a ranked index
    make_room_rank: Rank | None = None
    discretion: float = Field(default=0.0, ge=0, le=10)
    notice_sessions: int = Field(default=5, ge=1, le=60)
    float_update: FloatUpdate = "quarterly"
    float_threshold: float = Field(default=0.0, ge=0, lt=1)
    feeder: Reference | None = None
    feeder_preference: float = Field(default=0.0, ge=-10, le=10)
    demotion_share: float = Field(default=1.0, ge=0, le=1)
    members_of: Reference | None = None
    eligibility: Eligibility = Eligibility()
    reviews: Reviews | None = None
    fast_entry: FastEntry | None = None

    @model_validator(mode="after")
    def _rules_fit(self) -> Rulebook:
        for message in self._clashes():
            raise ValueError(message)
        return self

    def _clashes(self) -> list[str]:
        found = []
        committee = self.replacement == "committee"
        if self.max_weight is not None:
            if self.count is not None and self.max_weight * self.count < 1:
                found.append(
                    f"max_weight: got {self.max_weight}, expected at least "
                    f"1/count = {1 / self.count:.4g}"
                )
            if self.weighting in ("equal", "price"):
                found.append(
                    f"max_weight: expected weighting cap or float_cap, not {self.weighting}"
                )
        if self.weight_float_multiple is not None and self.weighting != "cap":
            found.append(f"weight_float_multiple: expected weighting cap, not {self.weighting}")
        if self.low_float_threshold is not None and self.weight_float_multiple is None:
            found.append("low_float_threshold: expected weight_float_multiple beside it")
        if committee and self.members_of is None and self.count is None:
            found.append("count: missing, expected a number, which a committee must keep up")
        if self.buffer >= 1 and not committee:
            found.append(f"buffer: got {self.buffer}, expected less than 1 in a ranked index")
        if self.discretion > 0 and not committee:
            found.append("discretion: expected replacement committee, not ranked")
        if self.make_room_rank is not None and not committee:
            found.append("make_room_rank: expected replacement committee, not ranked")
        if self.make_room_rank is not None and self.make_room_rank > (self.count or 0):
            found.append(
                f"make_room_rank: got {self.make_room_rank}, expected at most count = {self.count}"
            )
        if self.fill_vacancies and self.count is None:
            found.append("fill_vacancies: expected a count beside it")
        if self.reviews is None and self.float_update != "event":
            found.append(
                f"float_update: got {self.float_update!r}, expected event where there are no "
                "reviews"
            )
        if self.feeder is not None and not committee:
            found.append("feeder: expected replacement committee, not ranked")
        if self.members_of is not None:
            for name in ("count", "feeder", "fast_entry", "make_room_rank"):
                if getattr(self, name) is not None:
                    found.append(f"{name}: expected none where members_of is given")
        for name in ("feeder", "members_of"):
            if getattr(self, name) is not None and reference_name(getattr(self, name)) == self.name:
                found.append(f"{name}: got the index itself, expected another index")
        return found

    @property
    def fills(self) -> bool:
        """Whether vacancies are filled between reviews."""
        return self.count is not None and (self.replacement == "committee" or self.fill_vacancies)

    @property
    def entry_rank(self) -> int | None:
        """The rank within which an outsider enters at a review of a ranked index."""
        return None if self.count is None else max(int(self.count * (1 - self.buffer) + 1e-9), 1)

    @property
    def exit_rank(self) -> int | None:
        """The last rank at which a member stays at a review."""
        return None if self.count is None else int(self.count * (1 + self.buffer) + 1e-9)


def reference_name(reference: str) -> str:
    """Name of the index that ``feeder`` or ``members_of`` refers to; of a path, its stem."""
    return Path(reference).stem if reference.endswith(".toml") else reference


def rulebook_names() -> list[str]:
    """Names of the shipped rulebooks, sorted."""
    return shipped(FOLDER)


def load_rulebook(name: str, assignments: Mapping[str, Any] | None = None) -> Rulebook:
    """Read a shipped rulebook or a path to a file, apply dotted assignments, check everything.

    The name of the index is that of the file unless the file gives another. Raises InputError:
    unknown rulebook, broken file, refused value, unknown path or reference.
    """
    path = locate(name, FOLDER, "rulebook")
    source = path.name if path.parent == FOLDER else str(path)
    data = {"name": path.stem} | read_toml(path)
    rulebook = override(parse(Rulebook, data, source), assignments or {}, source)
    for field in ("feeder", "members_of"):
        reference = getattr(rulebook, field)
        if reference is not None:
            locate(reference, FOLDER, f"{source}: {field}")
    return rulebook
