"""The ledger: claims put to the test one after the other, and the folder that keeps the answers.

>>> rows = ledger(["V1", "V3"], Path("results/claims"))
>>> [(row["id"], row["verdict"]) for row in rows]

The folder (kind ``claims``) holds

    claims/<ID>.json        a finished claim: its row, what was asked, the code it ran on
    claims/<ID>.flip.json   the same under the settings that make it fail
    tables/<ID>.csv         the table behind it (``<ID>.flip.csv``)
    studies/<name>-…/       studies that claims were read off, as ``ipolab experiment`` writes them
    figures/<ID>.png        pictures, where they were asked for
    ledger.json             all rows there are, in the order of the ledger

Each file appears whole or not at all. Asked again, claims and studies that are there are not run
again if seeds, settings and code are the same: an interrupted ledger goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.evidence.claims import CLAIMS, check_ids, load_claim
from experiments.evidence.claims.claim import Answer, Claim, Computed, Evidence, Studied
from experiments.folder import open_folder, write_whole
from experiments.formats import to_json
from experiments.manifest import STUDY_CODE, code_digest, provenance
from experiments.studies.comparison import NUMBERS
from experiments.studies.conduct import conduct
from experiments.studies.replicate import Progress
from experiments.studies.report import write_report
from sim.inputs import InputError

KIND = "claims"
#: Code that a claim rests on, below the root of the project.
CODE = (
    *STUDY_CODE,
    "experiments/scenarios",
    "experiments/valuation.py",
    "experiments/evidence/claims",
)
Row = dict[str, Any]
Watch = Callable[[str], AbstractContextManager[Progress | None]]


@dataclass(frozen=True)
class Asked:
    """How claims are to be tested: seeds, or the claim's own number; flipped or as they are."""

    replicates: int | None = None
    seed: int = 1
    flip: bool = False
    workers: int | None = None

    def of(self, claim: Claim) -> dict[str, Any]:
        """What the answer to a claim depends on."""
        asked: dict[str, Any] = {"flip": claim.flip if self.flip else {}, "code": code()}
        if isinstance(claim, Studied):
            asked |= {"replicates": self.replicates or claim.quick, "seed": self.seed}
        return asked


def ledger(
    ids: Sequence[str],
    out: Path | str,
    asked: Asked | None = None,
    *,
    fresh: bool = False,
    plot: bool = False,
    say: Callable[[str], None] | None = None,
    watch: Watch | None = None,
) -> list[Row]:
    """Test claims, all for no ``ids``, and keep the answers in `out`; their rows.

    Parameters
    ----------
    ids : identifiers
    out : folder, new or of an earlier ledger
    asked : replicates (the claims' own by default), first seed, flip, workers
    fresh : test these claims again, whatever is there
    plot : draw a picture of each claim asked for, and one of the ledger
    say : called with a line of progress for each claim
    watch : what a study is called -> context with a progress function ``(done, total)``

    Raises
    ------
    InputError
        On an unknown identifier, fewer than two replicates, or a folder that holds anything else.
    RunError
        If a run fails; finished claims are kept.
    """
    names, wanted = check_ids(list(ids)), asked or Asked()
    if wanted.replicates is not None and wanted.replicates < 2:
        raise InputError(f"replicates: got {wanted.replicates}, expected at least 2")
    folder = open_folder(out, KIND)
    write_whole(folder / "manifest.json", to_json(provenance(KIND)))  # of the last call
    for room in ("claims", "tables", "studies", "figures"):
        (folder / room).mkdir(exist_ok=True)
    evidence: dict[str, Evidence] = {}
    rows = []
    for place, name in enumerate(_grouped(names), start=1):
        claim = load_claim(name)
        row, kept = _answered(claim, folder, wanted, evidence, watch or _unwatched, fresh)
        if plot:
            draw(row, folder)
        rows.append(row)
        if say:
            again = "kept" if kept else f"{row['seconds']:.0f} s"
            say(f"{place}/{len(names)} {name}: {row['verdict']} ({again})")
        write_whole(folder / "ledger.json", to_json({"rows": everything(folder)}))
    rows.sort(key=lambda row: names.index(row["id"]))
    if plot and len(rows) > 1:
        draw_all(rows, folder)
    return rows


def _grouped(names: Sequence[str]) -> list[str]:
    """Claims that answer at once first, then those of one study after the other."""

    def study_of(name: str) -> tuple[bool, str]:
        claim = load_claim(name)
        return isinstance(claim, Studied), claim.study.name if isinstance(claim, Studied) else ""

    first: dict[tuple[bool, str], int] = {}
    for place, name in enumerate(names):
        first.setdefault(study_of(name), place)
    return sorted(names, key=lambda n: (study_of(n)[0], first[study_of(n)], names.index(n)))


def _unwatched(_: str) -> AbstractContextManager[Progress | None]:
    return nullcontext()


def _answered(
    claim: Claim,
    folder: Path,
    asked: Asked,
    evidence: dict[str, Evidence],
    watch: Watch,
    fresh: bool,
) -> tuple[Row, bool]:
    """The row of a claim, and whether it was there already."""
    path, wanted = folder / "claims" / f"{_stem(claim.id, asked.flip)}.json", asked.of(claim)
    kept = None if fresh else _read(path)
    if kept and kept.get("asked") == json.loads(to_json(wanted)):
        return kept["row"], True
    started = time.perf_counter()
    if isinstance(claim, Computed):
        answer, seeds = claim.compute(claim.flip if asked.flip else {}), 1
    else:
        assert isinstance(claim, Studied)
        found = _evidence(claim, folder, asked, evidence, watch, fresh)
        answer, seeds = claim.read(found), found.seeds
    row = record(claim, answer, asked, seeds, time.perf_counter() - started)
    lines = answer.table.to_csv(index=False, lineterminator="\n")
    write_whole(_table(folder, claim.id, asked.flip), lines)
    write_whole(path, to_json({"row": row, "asked": wanted}))
    return json.loads(to_json(row)), False


def record(claim: Claim, answer: Answer, asked: Asked, seeds: int, seconds: float) -> Row:
    """A row of the ledger; an interval that is no interval (an exact figure) is null."""
    low, high = answer.figure.low, answer.figure.high
    known = math.isfinite(low) and math.isfinite(high) and high > low
    return {
        "id": claim.id,
        "claim": claim.words,
        "source": claim.source,
        "question": claim.question,
        "verdict": answer.words,
        "figure": answer.figure.value,
        "interval": [low, high] if known else None,
        "what": answer.what,
        "unit": answer.unit,
        "hangs_on": claim.hangs_on,
        "flip": claim.flip,
        "flipped": asked.flip,
        "reading": answer.reading,
        "shown": list(answer.shown),
        "study": claim.study.name if isinstance(claim, Studied) else None,
        "seeds": seeds,
        "seconds": round(seconds, 1),
    }


def _evidence(
    claim: Studied,
    folder: Path,
    asked: Asked,
    known: dict[str, Evidence],
    watch: Watch,
    fresh: bool,
) -> Evidence:
    """The study of a claim: of this call, of the folder, or conducted now."""
    study, wanted = claim.study, asked.of(claim)
    digest = hashlib.sha256(to_json([study.name, wanted]).encode()).hexdigest()[:10]
    place = folder / "studies" / f"{study.name}-{digest}"
    if place.name in known:
        return known[place.name]
    content = None if fresh else _read(place / "study.json")
    if content:
        table = pd.DataFrame(content["table"])
        table = table.astype(dict.fromkeys(NUMBERS, float))
        found = Evidence(table, content["verdict"], content["reading"], len(content["seeds"]))
    else:
        with watch(f"{claim.id}, {study.name}") as progress:
            report = conduct(
                study, wanted["replicates"], asked.seed, wanted["flip"], asked.workers,
                progress=progress,
            )  # fmt: skip
        write_report(report, place)
        finding = report.finding
        found = Evidence(finding.table, finding.verdict, finding.reading, len(report.seeds))
    known[place.name] = found
    return found


def draw(row: Row, folder: Path) -> Path:
    """Draw the picture of a claim from its table; the file."""
    from experiments.show.claims_figures import claim_figure
    from experiments.show.style import save

    table = pd.read_csv(_table(folder, row["id"], row["flipped"]))
    path = folder / "figures" / f"{_stem(row['id'], row['flipped'])}.png"
    save(claim_figure(row, table), path)
    return path


def draw_all(rows: Sequence[Row], folder: Path) -> Path:
    """Draw the ledger; the file."""
    from experiments.show.claims_figures import ledger_figure
    from experiments.show.style import save

    path = folder / "figures" / "ledger.png"
    save(ledger_figure(rows), path)
    return path


def everything(folder: Path) -> list[Row]:
    """All rows in a folder in the order of the ledger, a flipped one after its claim."""
    found = (_read(folder / "claims" / f"{_stem(name, flip)}.json")
             for name in CLAIMS for flip in (False, True))  # fmt: skip
    return [content["row"] for content in found if content]


@cache
def code() -> str:
    """A digest of the code that answers rest on."""
    return code_digest(CODE, ("*.py", "*.toml", "*.csv"))[:16]


def _stem(name: str, flip: bool) -> str:
    return f"{name}.flip" if flip else name


def _table(folder: Path, name: str, flip: bool) -> Path:
    return folder / "tables" / f"{_stem(name, flip)}.csv"


def _read(path: Path) -> Mapping[str, Any] | None:
    try:
        content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return content
    except (OSError, ValueError):
        return None
