"""``ipolab value``: what a company is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.commands.options import AsJson, Assignments, Seed, assigned, out_to, switch, whole
from experiments.console import print_json, print_rich

EXAMPLE = "ipolab value spacex --stories 10000 --set risk_free=0.05"


def command(
    company: Annotated[str, typer.Argument(help="Shipped company, or path to a TOML file.")],
    assignments: Assignments = None,
    stories: Annotated[
        int | None,
        whole("--stories", 1, "Value this many stories as well and print percentiles."),
    ] = None,
    seed: Seed = 1,
    years: Annotated[bool, switch("--years", "Show years 1-10.")] = False,
    bridge: Annotated[
        str | None,
        typer.Option("--bridge", metavar="FROM", help="What changed since this company file."),
    ] = None,
    tornado: Annotated[bool, switch("--tornado", "Which inputs move the value most.")] = False,
    research: Annotated[bool, switch("--research", "Profit with research capitalised.")] = False,
    switches: Annotated[
        bool, switch("--switches", "Value with the story's switches off, lost and won.")
    ] = False,
    out: Annotated[Path | None, out_to("Folder for value.json and the figures.")] = None,
    as_json: AsJson = False,
) -> None:
    """Value a company: segments, equity and a share, over as many stories as wanted."""
    from experiments.valuation import value_company

    changes = assigned(assignments)
    if out is not None:
        from experiments.folder import check_folder

        check_folder(out, "value")
    row = value_company(
        company,
        changes,
        stories,
        seed,
        years=years,
        bridge_from=bridge,
        with_tornado=tornado,
        with_research=research,
        with_switches=switches,
        keep_draws=out is not None,
    )
    if out is not None:
        from experiments.folder import write_value

        write_value(row, out, {"company_file": company, "changes": changes, "seed": seed})
    row.pop("equity_draws", None)  # for the figure only
    if as_json:
        print_json(row)
    else:
        from experiments.show.value_table import value_table

        print_rich(value_table(row, out))
