"""One page of HTML that stands alone, from any results folder.

What this is, the headline table, figures, tables, errors, and the command that makes it again. A
folder whose kind has no page of its own gets its tables and figures as they are.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from experiments.folder import kind_of
from experiments.formats import read_table
from experiments.show.html import (
    Html,
    element,
    facts,
    folded,
    page,
    picture,
    section,
    table,
)
from experiments.show.reproduce import command
from sim.inputs import InputError

Sections = list[Html]
#: What to look at in the figures of a run, by file name.
CAPTIONS = {
    "price": "Closing price against what the funds think a share is worth; the float below.",
    "book": "Demand in the book by price, with the offer price and the shares on offer.",
    "ownership": "Who holds the shares that are free to trade.",
    "attention": "Attention of the crowd and the position of momentum traders.",
    "short_interest": "Shares sold short, how much of what can be borrowed is, and the fee.",
    "entries": "Price relative to the market, with the days on which indices took the company in.",
    "fan": "Closing prices of runs that differ in their seed; black, if there is one, the actual.",
    "ranks": "How often the actual close falls into each tenth of the runs.",
    "value": "Value by segment and, with stories, its distribution.",
}


def write_report(
    folder: Path | str, out: Path | str | None = None, sensitivity: bool = False
) -> Path:
    """Write the page of a results folder and return its path.

    Parameters
    ----------
    folder : results of ``ipolab run``, ``value``, ``experiment``, ``sweep`` or another command
    out : file to write, ``report.html`` in the folder by default; appears whole or not at all
    sensitivity : Sobol indices or Morris' effects as well, of a sweep designed for them

    Raises
    ------
    InputError
        If the folder is not one of ours, is broken, or the file cannot be written.
    """
    home = Path(folder)
    text = report_html(home, sensitivity)
    path = Path(out) if out is not None else home / "report.html"
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            draft = Path(file.name)
        try:
            draft.write_text(text, encoding="utf-8")
            draft.chmod(0o644)
            os.replace(draft, path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"--out: {path} cannot be written ({error.strerror})") from None
    return path


def report_html(folder: Path, sensitivity: bool = False) -> str:
    """The page as text; as `write_report`."""
    try:
        there = folder.is_dir()
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror})") from None
    if not there:
        raise InputError(f"{folder}: no such folder, expected results of ipolab")
    kind = kind_of(folder)
    if kind is None:
        raise InputError(f"{folder}: not an ipolab results folder, expected one with manifest.json")
    if sensitivity and kind != "sweep":
        raise InputError(f"--sensitivity: {folder} holds a {kind}, expected a sweep")
    try:
        manifest = _json(folder / "manifest.json")
        if kind == "sweep":
            from experiments.show.sweep_report import sweep_sections

            sections = sweep_sections(folder, sensitivity)
        else:
            sections = _PAGES.get(kind, _any)(folder)
        if kind == "value":
            manifest["row"] = _json(folder / "value.json")
        elif kind == "sweep":
            manifest["design"] = _json(folder / "design.json")
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{folder}: incomplete or broken results ({error})") from None
    name = str(manifest.get("name") or manifest.get("company_file") or folder.resolve().name)
    title = f"{name}: {_WORDS.get(kind, kind)}"
    parts = [section("What this is", _origin(manifest)), *sections, _again(manifest)]
    return page(title, _lead(manifest), parts)


_WORDS = {
    "run": "one simulated history",
    "value": "what the company is worth",
    "experiment": "a study",
    "sweep": "a sweep",
    "fan": "many histories of one scenario",
    "fan-width": "what widens the forecast",
    "compare": "a real price series against the simulated histories",
}


def _lead(manifest: dict[str, Any]) -> str:
    parts = (manifest.get("scenario"), manifest.get("design"))
    said = next((part.get("description") for part in parts if isinstance(part, dict)), None)
    return str(said or "Results of the agent-based laboratory ipolab.")


def _origin(manifest: dict[str, Any]) -> Html:
    versions = manifest.get("versions") or {}
    seeds = manifest.get("seeds") or []
    commit = manifest.get("git_commit")
    rows = [("Scenario", manifest["name"])] if "name" in manifest else []
    if manifest.get("seed") is not None:
        rows.append(("Seed", str(manifest["seed"])))
    if seeds:
        rows.append(("Seeds", f"{seeds[0]} to {seeds[-1]} ({len(seeds)})"))
    rows += [
        ("Version", f"ipolab {versions.get('ipolab', 'unknown')}"),
        ("Commit", str(commit) if commit else "not known (no checkout)"),
        ("Libraries", ", ".join(f"{k} {v}" for k, v in versions.items() if k != "ipolab")),
        ("Platform", str(manifest.get("platform", "–"))),
        ("Written", str(manifest.get("written_at", "–"))),
    ]
    return facts(rows)


def _again(manifest: dict[str, Any]) -> Html:
    line, remark = command(manifest)
    shown = element("pre", element("code", line)) if line else Html()
    return section("How to reproduce", shown, element("p", remark, class_="note") if remark else "")


def _run(folder: Path) -> Sections:
    from experiments.results import read_results
    from experiments.show.tables import statement, summary_rows, title, withdrawn

    result = read_results(folder)
    said = element("p", statement(result)) if withdrawn(result) else Html()
    if any(folder.glob("figures/*.png")):
        figures = _figures(folder)
    else:  # written without them
        from experiments.show.figures import save_all

        with tempfile.TemporaryDirectory() as place:
            save_all(result, Path(place) / "figures")
            figures = _figures(Path(place))
    focus = result.prices
    own = [
        folded("Prices, first days", table(focus.head(30))),
        folded("Events", table(result.events)),
    ]
    return [
        section("Headline", element("p", title(result)), said, facts(summary_rows(result))),
        section("Figures", *figures),
        section("Tables", *own, *_panels(folder)),
    ]


def _value(folder: Path) -> Sections:
    from rich.console import Console

    from experiments.show.value_table import value_table

    row = _json(folder / "value.json")
    page_ = StringIO()
    console = Console(file=page_, width=110, color_system=None, markup=False, emoji=False)
    console.print(value_table(row))
    text = "\n".join(line.rstrip() for line in page_.getvalue().splitlines())
    return [
        section("Headline", element("pre", text)),
        section("Figures", *_figures(folder)),
    ]


def _experiment(folder: Path) -> Sections:
    study = _json(folder / "study.json")
    told = pd.DataFrame(study["table"]).drop(columns="measure", errors="ignore")
    return [
        section(
            "Question and answer",
            element("p", str(study["question"])),
            element("p", str(study["reading"])),
            element("p", f"{study['claim']}: ", element("strong", str(study["verdict"]))),
            element("p", f"It hangs on {study['hangs_on']}.", class_="note"),
        ),
        section("Headline", table(told)),
        section("Figures", *_figures(folder)),
        section("Tables", *_parquet(folder, ("runs",))),
    ]


def _any(folder: Path) -> Sections:
    """Tables and figures as they lie there."""
    summary = folder / "summary.json"
    said = Html()
    if summary.is_file():
        content = _json(summary)
        simple = [(k, v) for k, v in content.items() if not isinstance(v, dict | list)]
        said = facts((key.replace("_", " "), "–" if v is None else v) for key, v in simple)
    lists = [
        folded(path.stem, table(pd.read_csv(path))) for path in sorted(folder.glob("*.csv"))
        if not path.with_suffix(".parquet").is_file()
    ]  # fmt: skip
    names = tuple(path.stem for path in sorted(folder.glob("*.parquet")))
    loose = [_png(path) for path in sorted(folder.glob("*.png"))]
    return [
        section("Headline", said),
        section("Figures", *_figures(folder), *loose),
        section("Tables", *lists, *_parquet(folder, names)),
    ]


def _json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _figures(folder: Path) -> Sections:
    return [_png(path) for path in sorted(folder.glob("figures/*.png"))]


def _png(path: Path) -> Html:
    caption = CAPTIONS.get(path.stem, path.stem.replace("_", " "))
    return picture(path.read_bytes(), caption, caption)


def _panels(folder: Path) -> Sections:
    return [
        folded(path.stem, table(read_table(path)))
        for path in sorted(folder.glob("panels/*.parquet"))
    ]


def _parquet(folder: Path, names: tuple[str, ...]) -> Sections:
    return [
        folded(name.replace("_", " "), table(read_table(folder / f"{name}.parquet")))
        for name in names
        if (folder / f"{name}.parquet").is_file()
    ]


_PAGES: dict[str, Callable[[Path], Sections]] = {
    "run": _run,
    "value": _value,
    "experiment": _experiment,
}
