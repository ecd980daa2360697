"""Write ``docs/claims.md``, the claims ledger, from its results.

The rows are in ``results/reference/claims.json``, which is made of folders written by
``ipolab claims``: ``python docs/claims.py results/claims results/claims-flip`` takes over what they
hold, later folders first in line, and writes the page; without folders only the page is written;
``--check`` says whether it is what would be written.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from experiments.evidence.claims import CLAIMS
from experiments.formats import to_json
from experiments.show.claims_figures import figure_of, kind_of_verdict, settings_text

FOLDER = Path(__file__).parent
PAGE = FOLDER / "claims.md"
RESULTS = FOLDER.parent / "results" / "reference" / "claims.json"
FAMILIES = {
    "V": "Valuation",
    "P": "The offering and the price",
    "I": "Indices",
    "M": "Passive against active",
}
#: What a row keeps; times and pictures depend on the machine.
KEPT = (
    "id", "claim", "source", "question", "verdict", "figure", "interval", "what", "unit",
    "hangs_on", "flip", "flipped", "reading", "study", "seeds",
)  # fmt: skip

HEAD = """\
# The claims ledger

Claims about how offerings are priced, what indices do and what passive money does, each put to the
test. Made by `python docs/claims.py` from
[results/reference/claims.json](../results/reference/claims.json); to make that again:

```
ipolab claims --out results/claims                  # every row, six minutes on two cores
ipolab claims --flip --out results/claims           # the same under settings that make them fail
python docs/claims.py results/claims
```

`ipolab claims I5 --plot` tests and draws one row, `--replicates` takes more seeds, and a ledger
that was interrupted goes on where it stopped. A verdict is *supported*, *contradicted*,
*depends on …* or *undecided* (the interval allows either), by a rule that stands in the file of
the claim ([`experiments/evidence/claims`](../experiments/evidence/claims)). It is a verdict about
the model under its stated inputs, which turns with the assumption in the last column; no row is a
fact about the world. Figures are means over seeds with 95 % intervals where there are any.

The rules of P1, P3, P4, P8, I4, M4 and M7 were put more exactly after a first look at results. With
seeds not looked at before (`ipolab claims P1 P3 P4 P8 I4 M4 M6 M7 --seed 1001`) all but P1 have the
verdicts below. P1 has not: there it *depends on the book, which moves the offer out of the range
claimed*, so that eight seeds do not settle it. M6 takes eight seeds because four left it undecided;
with seeds from 1001 on it is contradicted as well. The flips of I7, I8 and M5 were looked for after
earlier ones had ceased to turn their verdicts: they show that a claim can fail, not how easily.
"""


def rows() -> list[dict[str, Any]]:
    """The rows behind the page."""
    content: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return list(content["rows"])


def take_over(folders: Iterable[Path]) -> None:
    """Put the rows of ledger folders into the results, in place of those of the same claim."""
    known = {_key(row): row for row in (rows() if RESULTS.is_file() else [])}
    for folder in folders:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for row in json.loads((folder / "ledger.json").read_text(encoding="utf-8"))["rows"]:
            kept = {name: row[name] for name in KEPT}
            known[_key(row)] = {**kept, "commit": str(manifest.get("git_commit"))[:10]}
    order = list(CLAIMS)
    chosen = sorted(known.values(), key=lambda row: (order.index(row["id"]), row["flipped"]))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(to_json({"rows": chosen}), encoding="utf-8")


def _key(row: Mapping[str, Any]) -> tuple[str, bool]:
    return str(row["id"]), bool(row["flipped"])


def page() -> str:
    """The text of ``claims.md``."""
    found = {_key(row): row for row in rows()}
    plain = [found[name, False] for name in CLAIMS if (name, False) in found]
    counts: dict[str, int] = {}
    for row in plain:
        kind = kind_of_verdict(row["verdict"])
        counts[kind] = counts.get(kind, 0) + 1
    told = ", ".join(f"{n} {kind}" for kind, n in counts.items())
    parts = [HEAD, f"Of {len(CLAIMS)} claims {len(plain)} have been tested: {told}.\n"]
    parts.append(f"Made at commit {_commits(False)}, the flips at {_commits(True)}.\n")
    for letter, title in FAMILIES.items():
        own = [row for row in plain if row["id"].startswith(letter)]
        if own:
            parts.append(_family(title, own, found))
    return "\n".join(parts)


def _commits(flipped: bool) -> str:
    """Where the rows were made, with the claims of each commit but the one of most."""
    made: dict[str, list[str]] = {}
    for row in rows():
        if row["flipped"] is flipped:
            made.setdefault(row.get("commit", "unknown"), []).append(row["id"])
    first, *others = sorted(made, key=lambda commit: -len(made[commit]))
    return "; ".join([f"`{first}`", *(f"`{each}` ({', '.join(made[each])})" for each in others)])


def _family(
    title: str, own: list[dict[str, Any]], found: Mapping[tuple[str, bool], Mapping[str, Any]]
) -> str:
    lines = [
        f"## {title}",
        "",
        "| id | claim | verdict | figure | hangs on |",
        "|---|---|---|---|---|",
    ]
    for row in own:
        cells = (row["id"], row["claim"], f"**{row['verdict']}**",
                 f"{row['what']}: {figure_of(row)}", row["hangs_on"])  # fmt: skip
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    lines.append("")
    for row in own:
        lines += [*_entry(row, found.get((row["id"], True))), ""]
    return "\n".join(lines)


def _entry(row: Mapping[str, Any], flipped: Mapping[str, Any] | None) -> list[str]:
    """Question, reading and flip of one claim."""
    runs = f" Study `{row['study']}`, {row['seeds']} seeds a condition." if row["study"] else ""
    settings = f"Settings that make it fail: `{settings_text(row['flip'])}`"
    verdict = (
        f": {flipped['verdict']}, {flipped['what'].lower()} {figure_of(flipped)}."
        if flipped
        else "."
    )
    return [
        f"### {row['id']}",
        "",
        f"*{row['question']}* ({row['source']}.){runs}",
        "",
        _text(row["reading"]),
        "",
        f"{settings}{_text(verdict)}",
    ]


def _cell(text: str) -> str:
    return _text(str(text)).replace("|", "\\|")


def _text(text: str) -> str:
    """Markdown that is not taken for formulas or emphasis."""
    return text.replace("*", "\\*") if not text.startswith("**") else text


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` compare; the exit code."""
    if arguments == ["--check"]:
        old = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
        if old != page():
            print(f"docs/{PAGE.name}: out of date, run python docs/claims.py", file=sys.stderr)
            return 1
        return 0
    if arguments:
        take_over(Path(folder) for folder in arguments)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
