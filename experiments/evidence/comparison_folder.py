"""What a comparison leaves behind: a folder of kind ``compare``.

``summary.json`` (scores, figures, ranks by day, reading), ``table.csv`` (figures as percentiles),
``panels/scores.parquet``, ``figures/*.png`` and ``manifest.json``; it appears whole or not at all.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.evidence.compare import Comparison
from experiments.folder import appear
from experiments.formats import schema_of, to_json, write_table
from experiments.manifest import provenance

KIND = "compare"


def content(found: Comparison) -> dict[str, Any]:
    """Content of ``summary.json`` and of ``ipolab compare --json``."""
    return {
        "days": int(found.actual.size),
        "runs": len(found.closes),
        "reading": found.reading(),
        "scores": found.scores,
        "figures": found.figures,
        "ranks": found.ranks,
        "phases": {name: list(ends) for name, ends in found.phases.items()},
        "notes": list(found.notes),
    }


def write_comparison(
    found: Comparison, out: Path | str, name: str, offer: float | None, asked: Sequence[str]
) -> Path:
    """Write the folder; raises InputError as `folder.check_folder`.

    `name` goes into the title, `offer` [USD] into the figure; `asked` are the words after
    ``ipolab compare`` that lead to the same.
    """

    def fill(folder: Path) -> None:
        from experiments.show.compare_figures import overlay_figure, ranks_figure
        from experiments.show.style import save

        (folder / "summary.json").write_text(to_json(content(found)), encoding="utf-8")
        found.figures.to_csv(folder / "table.csv", index=False, lineterminator="\n")
        for place in ("panels", "figures"):
            (folder / place).mkdir()
        write_table(found.scores, schema_of(found.scores), folder / "panels" / "scores.parquet")
        title = f"{name}: actual price against the simulated histories"
        save(overlay_figure(found, title, offer), folder / "figures" / "fan.png")
        save(ranks_figure(found), folder / "figures" / "ranks.png")
        again = shlex.join(["ipolab", "compare", *asked])
        manifest = {**provenance(KIND), "name": name, "command": again}
        (folder / "manifest.json").write_text(to_json(manifest), encoding="utf-8")

    return appear(out, KIND, fill)
