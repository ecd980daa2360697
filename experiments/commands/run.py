"""``ipolab run``: one run of a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.commands.options import AsJson, Assignments, Seed, assigned, out_to, switch, whole
from experiments.console import print_json, print_rich, progress

EXAMPLE = "ipolab run spacex --seed 7 --set offering.mechanism=bookbuilding"


def command(
    scenario: Annotated[str, typer.Argument(help="Shipped scenario, or path to a TOML file.")],
    seed: Seed = 1,
    assignments: Assignments = None,
    out: Annotated[Path | None, out_to("Folder to write [results/<scenario>].")] = None,
    days: Annotated[int | None, whole("--days", 1, "Trading days from the first trade on.")] = None,
    no_figures: Annotated[bool, switch("--no-figures", "Write no figures.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a scenario once: offering, first trade, and the trading after it."""
    from experiments.folder import check_folder
    from experiments.results import write
    from experiments.scenario import load_scenario

    changes = assigned(assignments)
    if days is not None:
        changes["days"] = days
    loaded = load_scenario(scenario, changes)
    name = Path(scenario).stem if scenario.endswith(".toml") else scenario
    folder = out if out is not None else Path("results") / name
    check_folder(folder)
    from experiments.simulate import run

    with progress(f"{name}, seed {seed}") as advance:
        result = run(loaded, seed=seed, progress=advance)
    write(result, folder, figures=not no_figures)
    if as_json:
        print_json({"out": str(folder), "seed": seed, "scenario": name, "summary": result.summary})
    else:
        from experiments.show.tables import summary_table

        print_rich(summary_table(result, folder))
        if "ipos" in result.panels:
            from experiments.panels.first_look import as_text, first_look

            print(as_text(first_look(result.panels["ipos"])))
