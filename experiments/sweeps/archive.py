"""All rows in the parts of a sweep's folder, found by key and read a few parts at a time."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from experiments.sweeps.plan import KEY
from experiments.sweeps.store import column_types, fitted, part_files

KEPT_PARTS = 8


class Archive:
    """Rows of a folder by key.

    Of a run that is there more than once a finished row counts, else the last failure.

    Attributes
    ----------
    keys : array of bytes, sorted, each once
    failed : bool array
        Whether the run failed.
    types : dict
        Type of every column in any part.
    """

    def __init__(self, folder: Path) -> None:
        self.parts = part_files(folder)
        self.types = column_types([pq.read_schema(path) for path in self.parts])
        self._loaded: OrderedDict[int, pa.Table] = OrderedDict()
        keys, places, failed = [np.empty(0, KEY)], [np.empty((0, 2), np.int64)], [np.empty(0, bool)]
        for number, path in enumerate(self.parts):
            table = pq.read_table(path, columns=["key", "failure"])
            keys.append(np.array(table["key"].to_pylist(), dtype=KEY))
            places.append(np.column_stack([np.full(len(table), number), np.arange(len(table))]))
            failed.append(np.array([bool(f) for f in table["failure"].to_pylist()], dtype=bool))
        self._choose(np.concatenate(keys), np.concatenate(places), np.concatenate(failed))

    def _choose(
        self, keys: NDArray[Any], places: NDArray[np.int64], failed: NDArray[np.bool_]
    ) -> None:
        order = np.lexsort((-np.arange(keys.size), failed, keys))
        first = np.ones(order.size, dtype=bool)
        first[1:] = keys[order][1:] != keys[order][:-1]
        chosen = order[first]
        self.keys, self._places, self.failed = keys[chosen], places[chosen], failed[chosen]

    def has(self, keys: NDArray[Any], failed: bool | None = None) -> NDArray[np.bool_]:
        """Which of these runs are there (and have failed, or have not)."""
        held = self.keys if failed is None else self.keys[self.failed == failed]
        found: NDArray[np.bool_] = np.isin(keys, held)
        return found

    def take(self, keys: NDArray[Any]) -> pa.Table:
        """Rows of these runs, in this order; all must be there."""
        places = self._places[np.searchsorted(self.keys, keys)]
        numbers, where = np.unique(places[:, 0], return_inverse=True)
        if numbers.size == 0:
            return pa.schema(list(self.types.items())).empty_table()
        tables = [self._load(int(number)) for number in numbers]
        starts = np.cumsum([0, *(len(table) for table in tables)])
        return pa.concat_tables(tables).take(pa.array(starts[where] + places[:, 1]))

    def _load(self, number: int) -> pa.Table:
        if number not in self._loaded:
            self._loaded[number] = fitted(pq.read_table(self.parts[number]), self.types)
            if len(self._loaded) > KEPT_PARTS:
                self._loaded.popitem(last=False)
        self._loaded.move_to_end(number)
        return self._loaded[number]
