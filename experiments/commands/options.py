"""Options that several commands take: declared once, so that they read and refuse alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.console import whole_number


def whole(flag: str, least: int, text: str) -> Any:
    """An option that takes a whole number of at least `least`."""
    return typer.Option(flag, parser=whole_number(least), metavar="INTEGER", help=text)


def out_to(text: str) -> Any:
    """``--out``: where to write."""
    return typer.Option("--out", help=text)


def switch(flag: str, text: str) -> Any:
    """An option without a value: on or off."""
    return typer.Option(flag, help=text)


Assignments = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change one input; may be repeated."),
]
Seed = Annotated[int, whole("--seed", 0, "Seed of all random streams.")]
FirstSeed = Annotated[int, whole("--seed", 0, "The first of the seeds.")]
Workers = Annotated[int | None, whole("--workers", 1, "Processes [all cores].")]
Out = Annotated[Path, out_to("Folder to write.")]
AsJson = Annotated[bool, switch("--json", "Print one JSON object and nothing else.")]


def assigned(texts: list[str] | None) -> dict[str, Any]:
    """The values of ``--set``: dotted path -> value. Raises InputError on one without ``=``."""
    from sim.inputs import parse_assignment

    return dict(parse_assignment(text) for text in texts or [])
