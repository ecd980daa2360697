"""The page of a sweep: what was varied, what changes as each factor rises, and how sure that is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from experiments.formats import read_table
from experiments.show import sweep_figures as draw
from experiments.show.html import (
    Html,
    element,
    escaped,
    facts,
    folded,
    items,
    joined,
    picture,
    section,
    table,
)
from experiments.show.style import DPI, quiet
from experiments.studies.intervals import Interval
from experiments.studies.wording import amount, span
from experiments.sweeps.analysis import (
    Sweep,
    chance,
    differences,
    interaction,
    main_effects,
    morris,
    open_rows,
    rank_correlations,
    response,
    sobol,
    what_changes,
)
from experiments.sweeps.analysis.outcomes import measure_of
from experiments.sweeps.analysis.words import plain_level
from sim.inputs import InputError
from sim.streams import Streams

#: Outcomes shown in sentences and pictures; the table of all is in the folder.
MOST_OUTCOMES = 6
#: Factors of which pairs are looked at together.
MOST_CROSSED = 4


def sweep_sections(folder: Path, sensitivity: bool = False) -> list[Html]:
    """Sections of the page, from what is different about a sweep to its errors.

    Raises InputError as `open_rows`, and if `sensitivity` is asked of a design that does not carry
    it.
    """
    sweep = open_rows(folder)
    design = json.loads((folder / "design.json").read_text(encoding="utf-8"))
    chosen = _outcomes(sweep, design)
    rng = Streams(0)("sweeps.analysis")
    ranks = {name: rank_correlations(sweep, name, rng) for name in chosen} if sweep.sampled else {}
    effects = {name: main_effects(sweep, name) for name in chosen}
    pictures = [draw.response_figure(sweep, name) for name in chosen]
    pictures += [figure for name in chosen for figure in _together(sweep, name, effects[name])]
    if ranks:
        pictures.append(draw.rank_figure(ranks, sweep.label))
    parts = {name: chance(sweep, name, rng) for name in chosen}
    split = [draw.chance_figure(parts)] if any(p.points == p.points for p in parts.values()) else []
    return [
        section("What was varied", _varied(sweep, design), _levels(sweep)),
        section("Headline", _headline(sweep, chosen, effects, ranks)),
        *(_answers(sweep, factor, chosen, ranks) for factor in sweep.factors),
        section("Responses", *map(shown, pictures)),
        section("Factors and chance", *map(shown, split)),
        _sensitivity(sweep, chosen, rng) if sensitivity else Html(),
        section("Tables", *_tables(sweep, chosen, effects, ranks)),
        errors(folder, unfinished(folder, len(sweep.rows))),
    ]


def shown(figure: Figure) -> Html:
    """A figure in the page; the caption drawn in it is its text for those who cannot see it."""
    caption = " ".join(figure.texts[0].get_text().split()) if figure.texts else ""
    page = BytesIO()
    with quiet():
        figure.savefig(page, dpi=DPI, format="png", metadata={"Software": "ipolab"})
    return picture(page.getvalue(), caption)


def errors(folder: Path, missing: Html) -> Html:
    """Runs that failed, from ``errors.parquet``; `missing` says which were never run."""
    path = folder / "errors.parquet"
    failed = read_table(path) if path.is_file() else pd.DataFrame()
    if not len(failed):
        return section("Errors", missing)
    kinds = (
        failed["kind"].value_counts() if "kind" in failed else pd.Series({"failed": len(failed)})
    )
    said = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    note = (
        f"{len(failed)} runs did not finish ({said}). Averages use the runs that did; where "
        "failures depend on a factor, so does what is left."
    )
    kept = failed[[name for name in failed.columns if name != "key"]]
    return section("Errors", missing, element("p", note), folded("Which runs", table(kept)))


def unfinished(folder: Path, found: int) -> Html:
    """A sentence if the plan has more runs than have finished or failed."""
    plan, lost = folder / "plan.parquet", folder / "errors.parquet"
    if not plan.is_file():
        return Html()
    planned = len(read_table(plan))
    missing = planned - found - (len(read_table(lost)) if lost.is_file() else 0)
    if missing <= 0:
        return Html()
    return element(
        "p", f"The sweep is not complete: {missing:,} of {planned:,} runs are still to do."
    )


def _outcomes(sweep: Sweep, design: Mapping[str, Any]) -> list[str]:
    """The outcomes that the design names, in its order, else the most telling ones."""
    asked = (design.get("outputs") or {}).get("summary") or []
    named = [name for name in asked if name in sweep.outcomes]
    chosen = (named or list(sweep.outcomes))[:MOST_OUTCOMES]
    if not chosen:
        raise InputError("report: no numeric outcome varies in this sweep, expected at least one")
    return chosen


def _varied(sweep: Sweep, design: Mapping[str, Any]) -> Html:
    runs, points = len(sweep.rows), sweep.rows["point"].nunique()
    seeds = (
        "the same seeds at every point (common random numbers)" if sweep.common
        else "seeds of its own at every point"
    )  # fmt: skip
    fixed = (design.get("set") or {}).items()
    return facts(
        [
            ("Scenario", str(design.get("scenario", "–"))),
            ("Finished", f"{runs:,} runs at {points:,} points, {seeds}"),
            *((f"Fixed: {path}", plain_level(value)) for path, value in fixed),
        ]
    )


def _levels(sweep: Sweep) -> Html:
    rows: list[tuple[str, str, str]] = [
        (path, ", ".join(plain_level(at) for at in levels), "crossed")
        for path, levels in sweep.crossed.items()
    ]
    for path, scale in sweep.sampled.items():
        low, high = sweep.rows[path].min(), sweep.rows[path].max()
        rows.append((path, f"{low:.4g} to {high:.4g}", f"{sweep.method}, {scale}"))
    return table(pd.DataFrame(rows, columns=["factor", "values", "how"]))


def _headline(
    sweep: Sweep,
    outcomes: list[str],
    effects: Mapping[str, pd.DataFrame],
    ranks: Mapping[str, pd.DataFrame],
) -> Html:
    """One row a factor, one column an outcome: what going through the factor's range does."""
    lines: list[dict[str, Any]] = []
    for factor in sweep.factors:
        line: dict[str, Any] = {"factor": factor}
        for name in outcomes:
            sampled = factor in sweep.sampled
            source = ranks[name] if sampled else effects[name]
            own = source[source["factor"] == factor]
            measure = measure_of(name)
            line[measure.label] = "–" if own.empty else _change(own.iloc[0], measure.unit, sampled)
        lines.append(line)
    note = (
        "Each cell: the outcome at the factor's last level less that at its first"
        + (", or the partial rank correlation of a sampled factor" if sweep.sampled else "")
        + ", with its 95 % interval. Bold: the interval does not hold zero; of twenty cells "
        "without any effect one is bold by chance."
    )
    heads = [element("th", head) for head in lines[0]] if lines else []
    body = [element("tr", *(element("td", cell) for cell in line.values())) for line in lines]
    shown = element("table", element("tr", *heads), *body)
    return joined([element("div", shown, class_="wide"), element("p", note, class_="note")])


def _change(row: pd.Series, unit: str, rank: bool) -> Html:
    found = Interval(row["value"], row["low"], row["high"], int(row["n"]))
    if rank:
        text = f"{found.value:+.2f} [{found.low:+.2f}, {found.high:+.2f}]"
    else:
        told = amount(found.value, unit, signed=True, change=True)
        text = f"{told} {span(found, unit, signed=True)}".strip()
    return element("strong", text) if found.sign else escaped(text)


def _answers(
    sweep: Sweep, factor: str, outcomes: list[str], ranks: Mapping[str, pd.DataFrame]
) -> Html:
    levels = sweep.crossed.get(factor, ())
    numbers = all(isinstance(at, int | float) and not isinstance(at, bool) for at in levels)
    verb = "rises" if numbers else "changes"
    said = [what_changes(sweep, name, factor, ranks.get(name)) for name in outcomes]
    how = element("p", "Setting ", element("code", factor), ".", class_="note")
    return section(f"What changes as {sweep.label(factor)} {verb}?", how, items(said))


def _together(sweep: Sweep, outcome: str, effects: pd.DataFrame) -> list[Figure]:
    """The heat map of the pair of factors that interacts most, if there is a pair."""
    strongest = list(effects["factor"][:MOST_CROSSED])
    found = [interaction(sweep, outcome, a, b) for a, b in combinations(strongest, 2)]
    known = [pair for pair in found if pair.share == pair.share]
    if not known:
        return []
    strong = max(known, key=lambda pair: pair.share)
    return [draw.interaction_figure(strong, outcome, sweep.label)]


def _sensitivity(sweep: Sweep, outcomes: list[str], rng: Any) -> Html:
    parts: list[Html] = []
    refused: dict[str, InputError] = {}
    for name in outcomes:
        label = measure_of(name).label
        try:
            if sweep.method == "morris":
                found = morris(sweep, name, rng)
                figure = draw.morris_figure(found, name, sweep.label)
            else:
                found = sobol(sweep, name, rng)
                figure = draw.sobol_figure(found, name, sweep.label)
        except InputError as error:
            refused[name] = error
            continue
        parts += [shown(figure), folded(f"Indices of {label}", table(found))]
    if not parts:  # nothing of the design carries an index
        raise refused[outcomes[0]]
    parts += [
        element("p", f"{measure_of(name).label}: {error}", class_="note")
        for name, error in refused.items()
    ]
    return section("Sensitivity", *parts)


def _tables(
    sweep: Sweep,
    outcomes: list[str],
    effects: Mapping[str, pd.DataFrame],
    ranks: Mapping[str, pd.DataFrame],
) -> list[Html]:
    parts = []
    for name in outcomes:
        label = measure_of(name).label
        inner = [table(effects[name])]
        for factor in sweep.crossed:
            inner += [
                folded(f"By level of {factor}", table(response(sweep, name, factor))),
                folded(
                    f"Differences along {factor}, paired", table(differences(sweep, name, factor))
                ),
            ]
        if name in ranks:
            inner.append(folded("Partial rank correlations", table(ranks[name])))
        parts.append(
            folded(f"{label[:1].upper()}{label[1:]}: main effects and differences", *inner)
        )
    note = (
        "Differences are of runs that share their seed and all other factors; variance reduction "
        "says how many times more seeds the same precision would take without that."
    )
    return [element("p", note, class_="note") if sweep.crossed else Html(), *parts]
