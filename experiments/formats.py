"""Forms of a run's tables, JSON and TOML, in memory and on disk.

The same tables give the same bytes: columns and types are fixed by a schema, the compression is
fixed, and neither file carries metadata of the library that wrote it. Units: prices USD a share,
volume and holdings shares, dollars USD, returns and fees fractions (fees a year).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

DATE, TEXT, REAL, COUNT = pa.date32(), pa.string(), pa.float64(), pa.int64()

TABLES: dict[str, pa.Schema] = {
    "prices": pa.schema(
        [("date", DATE), ("symbol", TEXT)]
        + [(name, REAL) for name in ("open", "high", "low", "close", "volume", "value_per_share")]
    ),
    "holdings": pa.schema(
        [
            ("date", DATE),
            ("symbol", TEXT),
            ("holder_class", TEXT),
            ("shares", REAL),
            ("dollars", REAL),
        ]
    ),
    "indices": pa.schema(
        [("date", DATE), ("index", TEXT)]
        + [(name, REAL) for name in ("level", "total_return", "divisor")]
        + [("constituents", COUNT)]
    ),
    "events": pa.schema([("date", DATE), ("kind", TEXT), ("symbol", TEXT), ("detail", TEXT)]),
}
DIAGNOSTICS: dict[str, pa.Schema] = {
    name: pa.schema([("date", DATE)] + [(column, REAL) for column in columns])
    for name, columns in {
        "attention": ("excited", "bored", "media", "momentum_position"),
        "shorts": ("short_interest_shares", "utilisation", "fee"),
        "value_band": ("p10", "p25", "p50", "p75", "p90"),
        "float": ("float_fraction",),
    }.items()
}


def conform(frame: pd.DataFrame, schema: pa.Schema, name: str) -> pd.DataFrame:
    """`frame` with exactly the schema's columns and types, so memory and disk agree."""
    if len(frame) == 0:
        frame = pd.DataFrame({column: [] for column in schema.names})
    if set(frame.columns) != set(schema.names):
        raise ValueError(f"{name}: columns {list(frame.columns)}, expected {schema.names}")
    columns: dict[str, Any] = {}
    for column in schema:
        values = frame[column.name]
        if column.type == DATE:
            columns[column.name] = pd.to_datetime(values).to_numpy("datetime64[ms]")
        elif column.type == TEXT:
            columns[column.name] = values.astype("object").to_numpy()
        else:
            columns[column.name] = values.to_numpy(column.type.to_pandas_dtype())
    return pd.DataFrame(columns)


def plain(value: Any) -> Any:
    """`value` as JSON knows it: str keys, no numpy, dates as ISO text, NaN and infinities null."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, pd.DataFrame):
        return plain(value.to_dict(orient="records"))
    if isinstance(value, np.ndarray | pd.Series):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    if hasattr(value, "model_dump"):
        return plain(value.model_dump())
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _key(key: Any) -> str:
    key = plain(key)
    return key if isinstance(key, str) else json.dumps(key)


def to_json(value: Any) -> str:
    """Sorted, indented JSON text of `value` through `plain`, with a final newline."""
    return json.dumps(plain(value), sort_keys=True, indent=2, allow_nan=False) + "\n"


def to_toml(value: Any) -> str:
    """`value` as TOML writes it, on one line; entries of a table that are None are left out."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        held = {key: item for key, item in value.items() if item is not None}
        inside = ", ".join(f"{toml_key(str(key))} = {to_toml(item)}" for key, item in held.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(to_toml(item) for item in value)}]"
    if isinstance(value, float):  # repr of a float has what TOML wants: inf, nan, 1e-05
        return repr(float(value))
    return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False)


def toml_key(key: str) -> str:
    """A key of a TOML table, in quotes where it needs them."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def schema_of(frame: pd.DataFrame) -> pa.Schema:
    """The schema of a raw table: dates, text, truth, whole and real numbers, lists of real numbers.

    Raises ValueError for a column that holds anything else.
    """
    return pa.schema([(str(name), _type_of(str(name), frame[name])) for name in frame.columns])


def _type_of(name: str, column: pd.Series) -> pa.DataType:
    if pd.api.types.is_bool_dtype(column):
        return pa.bool_()
    if pd.api.types.is_datetime64_any_dtype(column):
        return DATE
    if pd.api.types.is_integer_dtype(column):
        return COUNT
    if pd.api.types.is_numeric_dtype(column):
        return REAL
    kinds = {type(value) for value in column}
    if kinds <= {str}:
        return TEXT
    if kinds <= {np.ndarray}:
        return pa.list_(REAL)
    found = ", ".join(sorted(kind.__name__ for kind in kinds))
    raise ValueError(f"column {name}: got {found}, expected numbers, dates, text or arrays")


def write_table(frame: pd.DataFrame, schema: pa.Schema, path: Path) -> None:
    """Parquet with fixed compression and no metadata of the writing library's tables."""
    table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    pq.write_table(table.replace_schema_metadata(None), path, compression="zstd")


def read_table(path: Path) -> pd.DataFrame:
    """A table written by `write_table`; dates come back as ``datetime64[ms]``."""
    return pq.read_table(path).to_pandas(date_as_object=False)
