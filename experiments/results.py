"""What a run hands back, and the folder it is kept in.

A results folder holds ``manifest.json``, ``summary.json``, ``offering.json``, the four tables
``prices``, ``holdings``, ``indices``, ``events`` as Parquet, ``diagnostics/*.parquet`` (what the
figures need beyond them), ``panels/*.parquet`` (raw tables of offerings and index events, where
there are any) and ``figures/*.png``. It appears whole or not at all. For one scenario,
seed and set of library versions every file but the manifest has the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from experiments.folder import appear, kind_of
from experiments.formats import (
    DIAGNOSTICS,
    TABLES,
    conform,
    read_table,
    schema_of,
    to_json,
    write_table,
)
from experiments.manifest import provenance
from sim.inputs import InputError


@dataclass
class Result:
    """One finished run.

    Attributes
    ----------
    scenario : pydantic model, or dict when read back from a folder
    seed : int
    summary : dict, the headline figures (``summary.json``)
    prices, holdings, indices, events : DataFrames with the columns of `formats.TABLES`
    offering : dict, the book and what came of it (``offering.json``)
    diagnostics : dict of DataFrames with the columns of `formats.DIAGNOSTICS`
    panels : dict of DataFrames, the raw tables of `experiments.panels`
    manifest : dict; `write` adds versions, platform and commit
    model : the live Mesa model, None when read back from a folder

    Dates in the tables are ``datetime64``. Raises ValueError if a table's columns are not those
    of its schema; an empty table may leave them out.
    """

    scenario: Any
    seed: int
    summary: dict[str, Any]
    prices: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    holdings: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    indices: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    events: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    offering: dict[str, Any] = field(default_factory=dict, repr=False)
    diagnostics: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    panels: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    manifest: dict[str, Any] = field(default_factory=dict, repr=False)
    model: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name, schema in TABLES.items():
            setattr(self, name, conform(getattr(self, name), schema, name))
        unknown = set(self.diagnostics) - set(DIAGNOSTICS)
        if unknown:
            raise ValueError(f"unknown diagnostics {sorted(unknown)}, known {list(DIAGNOSTICS)}")
        self.diagnostics = {
            name: conform(self.diagnostics.get(name, pd.DataFrame()), schema, name)
            for name, schema in DIAGNOSTICS.items()
        }

    @property
    def name(self) -> str:
        """The scenario's name."""
        if isinstance(self.scenario, Mapping):
            return str(self.scenario.get("name", "scenario"))
        return str(getattr(self.scenario, "name", "scenario"))

    def __str__(self) -> str:
        from experiments.show.tables import summary_text

        return summary_text(self)

    def _repr_html_(self) -> str:
        from experiments.show.tables import summary_html

        return summary_html(self)


def write(result: Result, out_dir: Path | str, figures: bool = True) -> Path:
    """Write `result` to `out_dir`, replacing earlier results there; returns the folder.

    Raises InputError if the folder may not be used or cannot be written (`folder.check_folder`).
    """
    return appear(out_dir, "run", lambda folder: _fill(folder, result, figures))


def _fill(folder: Path, result: Result, figures: bool) -> None:
    for name, schema in TABLES.items():
        write_table(getattr(result, name), schema, folder / f"{name}.parquet")
    (folder / "diagnostics").mkdir()
    for name, schema in DIAGNOSTICS.items():
        write_table(result.diagnostics[name], schema, folder / "diagnostics" / f"{name}.parquet")
    if result.panels:
        (folder / "panels").mkdir()
    for name, frame in result.panels.items():
        write_table(frame, schema_of(frame), folder / "panels" / f"{name}.parquet")
    if figures:
        from experiments.show.figures import save_all

        save_all(result, folder / "figures")
    manifest = {
        **provenance("run"),
        **result.manifest,
        "name": result.name,
        "seed": result.seed,
        "scenario": result.scenario,
    }
    for name, content in {
        "summary": result.summary,
        "offering": result.offering,
        "manifest": manifest,
    }.items():
        (folder / f"{name}.json").write_text(to_json(content), encoding="utf-8")


def read_results(folder: Path | str) -> Result:
    """The `Result` in a folder written by `write`, without the live model.

    Raises InputError if it is not such a folder or a file of it is missing or broken.
    """
    home = Path(folder)
    if kind_of(home) != "run":
        raise InputError(f"{folder}: not an ipolab results folder, expected one with manifest.json")
    try:
        manifest, summary, offering = (
            json.loads((home / f"{name}.json").read_text(encoding="utf-8"))
            for name in ("manifest", "summary", "offering")
        )
        return Result(
            scenario=manifest["scenario"],
            seed=manifest["seed"],
            summary=summary,
            offering=offering,
            manifest=manifest,
            **{name: read_table(home / f"{name}.parquet") for name in TABLES},
            diagnostics={
                name: read_table(home / "diagnostics" / f"{name}.parquet") for name in DIAGNOSTICS
            },
            panels={path.stem: read_table(path) for path in sorted(home.glob("panels/*.parquet"))},
        )
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise InputError(f"{folder}: incomplete or broken results ({error})") from None
