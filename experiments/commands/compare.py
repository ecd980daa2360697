"""``ipolab compare``: a real price series over the fan of simulated ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.commands.options import AsJson, out_to, switch
from experiments.console import print_json, print_rich

EXAMPLE = "ipolab compare results/fan spcx.csv --out results/compare/spcx"


def command(
    results: Annotated[Path, typer.Argument(help="Predictive fan, or sweep with daily closes.")],
    actual: Annotated[
        Path, typer.Argument(help="CSV: date, open, high, low, close, volume; oldest day first.")
    ],
    offer: Annotated[
        float | None, typer.Option("--offer", min=0.01, help="Actual offer price [the terms'].")
    ] = None,
    allow_jumps: Annotated[
        bool, switch("--allow-jumps", "Take jumps that look like splits as they are.")
    ] = False,
    out: Annotated[Path | None, out_to("Folder to write [results/compare/<file>].")] = None,
    as_json: AsJson = False,
) -> None:
    """Lay a real price series over the fan of simulated ones and score it."""
    from experiments.evidence.actual import read_actual
    from experiments.evidence.compare import compare
    from experiments.evidence.comparison_folder import KIND, content, write_comparison
    from experiments.evidence.fan import read_fan
    from experiments.folder import check_folder

    folder = out if out is not None else Path("results") / "compare" / actual.stem
    check_folder(folder, KIND)
    fan = read_fan(results)
    series = read_actual(actual, fan.listing, fan.exchange, allow_jumps)
    found = compare(fan, series, offer)
    price = offer if offer is not None else fan.offer
    asked = [str(results), str(actual), *(["--offer", str(offer)] if offer is not None else [])]
    asked += ["--allow-jumps"] if allow_jumps else []
    write_comparison(found, folder, actual.stem, price, asked)
    if as_json:
        print_json({"out": str(folder), **content(found)})
    else:
        from experiments.show.compare_figures import comparison_table

        print_rich(comparison_table(found, folder))
