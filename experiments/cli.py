"""The command ``ipolab``: its subcommands put together, and its entry point.

Each subcommand is a file of `experiments.commands`, in the order in which ``ipolab --help`` shows
them.
"""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

from experiments.commands import (
    claims,
    compare,
    experiment,
    listing,
    report,
    run,
    sweep,
    validate,
    value,
)
from experiments.console import invoke

COMMANDS = {
    "run": run,
    "value": value,
    "experiment": experiment,
    "claims": claims,
    "sweep": sweep,
    "validate": validate,
    "report": report,
    "compare": compare,
    "list": listing,
}

app = typer.Typer(
    name="ipolab",
    help="An agent-based laboratory for initial public offerings.",
    epilog="Example: ipolab run spacex --seed 7",
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from experiments.manifest import ipolab_version

        print(f"ipolab {ipolab_version()}")
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


for _name, _module in COMMANDS.items():
    app.command(_name, epilog=f"Example: {_module.EXAMPLE}")(_module.command)


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the command; never returns."""
    # being told to stop ends as an interrupt does: nothing half-written
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(invoke(app, arguments))


if __name__ == "__main__":
    main()
