"""``ipolab list``: what there is to value, run and ask."""

from __future__ import annotations

from experiments.commands.options import AsJson
from experiments.console import print_json, print_rich

EXAMPLE = "ipolab list --json"


def command(as_json: AsJson = False) -> None:
    """List companies, scenarios, offering mechanisms and experiments."""
    from experiments.catalogue import catalogue

    shelves = catalogue()
    if as_json:
        print_json(
            {
                shelf: [{"name": name, "description": text} for name, text in items.items()]
                for shelf, items in shelves.items()
            }
        )
        return
    from experiments.show.tables import catalogue_table

    print_rich(catalogue_table(shelves))
