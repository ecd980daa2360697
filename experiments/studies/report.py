"""What a study leaves behind: a table on the screen and a folder.

The folder holds ``study.json`` (question, verdict, reading, table), ``table.parquet`` and
``table.csv``, ``runs.parquet`` (what was measured of every run; paths are lists, day 0 first),
``figures/*.png`` and ``manifest.json`` with every condition's scenario. It appears whole or not at
all; every file but the manifest has the same bytes for the same study, seeds and versions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from experiments.folder import appear
from experiments.formats import schema_of, to_json, write_table
from experiments.manifest import provenance
from experiments.studies.comparison import difference, estimate
from experiments.studies.conduct import Report
from experiments.studies.wording import amount, span

KIND = "experiment"


def write_report(report: Report, out_dir: Path | str) -> Path:
    """Write a report, replacing an earlier one; raises InputError as `folder.check_folder`."""
    return appear(out_dir, KIND, lambda folder: _fill(folder, report))


def _fill(folder: Path, report: Report) -> None:
    from experiments.show.style import save

    table, rows = report.finding.table, report.rows
    (folder / "study.json").write_text(to_json(report.summary()), encoding="utf-8")
    write_table(table, schema_of(table), folder / "table.parquet")
    table.to_csv(folder / "table.csv", index=False, lineterminator="\n")
    write_table(rows, schema_of(rows), folder / "runs.parquet")
    (folder / "figures").mkdir()
    for name, figure in report.finding.figures.items():
        save(figure, folder / "figures" / f"{name}.png")
    manifest = {
        **provenance(KIND),
        "name": report.study.name,
        "assignments": report.assignments,
        "seeds": report.seeds,
        "conditions": report.conditions,
    }
    (folder / "manifest.json").write_text(to_json(manifest), encoding="utf-8")


def report_table(report: Report, folder: Path | None = None) -> Any:
    """A rich renderable of a report and of where the files are."""
    from rich.console import Group
    from rich.text import Text

    finding, seeds = report.finding, report.seeds
    runs = f"{len(report.conditions)} conditions × {len(seeds)} histories"
    parts = [
        Text(report.study.question, style="bold"),
        Text(f"{runs} (seeds {seeds[0]} to {seeds[-1]}), means with 95 % intervals", style="dim"),
        *_lines(finding.table),
        Text(),
        Text(finding.reading),
        Text(),
        Text.assemble(f"{report.study.claim}: ", (finding.verdict, "bold")),
        Text(f"It hangs on {report.study.hangs_on}.", style="dim"),
    ]
    if folder is not None:
        parts += [Text(), Text(f"Files in {folder}/", no_wrap=True, overflow="ignore")]
    return Group(*parts)


def _lines(table: pd.DataFrame) -> list[Any]:
    """A heading a measure and a line a condition, the columns aligned through the whole table."""
    from rich.text import Text

    head = ["", "", "", f"less {_plain(table['condition'].iloc[0])}", ""]
    blocks = [
        (str(part["label"].iloc[0]), [_cells(table, row) for _, row in part.iterrows()])
        for _, part in table.groupby("measure", sort=False)
    ]
    if not table["difference"].notna().any():
        head[3] = ""
    cells = [head, *(row for _, rows in blocks for row in rows)]
    wide = [max(len(row[place]) for row in cells) for place in range(len(head))]
    lines = [Text(), Text(_line(head, wide), style="dim", no_wrap=True)] if head[3] else [Text()]
    for label, rows in blocks:
        lines.append(Text(label, style="bold"))
        lines += [Text(_line(row, wide), no_wrap=True) for row in rows]
    return lines


def _cells(table: pd.DataFrame, row: pd.Series) -> list[str]:
    name, condition, unit = str(row["measure"]), str(row["condition"]), str(row["unit"])
    own, less = estimate(table, name, condition), difference(table, name, condition)
    shift = amount(less.value, unit, signed=True, change=True)
    return [
        f"  {_plain(condition)}",
        amount(own.value, unit),
        span(own, unit),
        "" if shift == "–" else shift,
        span(less, unit, signed=True),
    ]


def _line(cells: list[str], wide: list[int]) -> str:
    name, value, bounds, shift, change = cells
    return (
        f"{name:<{wide[0]}}  {value:>{wide[1]}} {bounds:<{wide[2]}}  "
        f"{shift:>{wide[3]}} {change:<{wide[4]}}"
    ).rstrip()


def _plain(condition: str) -> str:
    return condition.replace("_", " ")
