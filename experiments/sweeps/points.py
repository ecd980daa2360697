"""The points of a design: every combination of crossed factors with every drawn point.

Crossed factors vary in the order given, the last fastest; drawn points vary faster still. The count
is known before any point is made.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.sweeps.design import Design, Sample, Steps, check_apart
from sim.inputs import InputError, parse_assignment
from sim.streams import Streams

#: More runs than this have to be asked for; more than MOST are refused.
MANY, MOST = 100_000, 10_000_000


@dataclass(frozen=True)
class Points:
    """Settings that vary (dotted paths) and their values at each point."""

    paths: tuple[str, ...]
    values: list[tuple[Any, ...]]

    def __len__(self) -> int:
        return len(self.values)

    def assignments(self, point: int) -> dict[str, Any]:
        """What the point sets."""
        return dict(zip(self.paths, self.values[point], strict=True))


def points_of(design: Design, source: str, yes: bool = False) -> Points:
    """Enumerate the points.

    Raises InputError if there are too many runs (over 100,000 without `yes`) or the file of points
    is broken; `source` names the design in messages.
    """
    sample = design.sample
    drawn = Points((), [()])
    count = 1 if sample is None else sample.count()
    if sample is not None and sample.points_file is not None:
        drawn = read_points(Path(sample.points_file))
        try:
            check_apart([*design.factors, *drawn.paths], design.fixed)
        except ValueError as error:
            raise InputError(f"{source}: {error}") from None
        count = len(drawn)
    runs = design.grid() * (count or 1) * design.replicates
    most = MOST if yes else MANY
    if runs > most:
        more = f"; --yes allows {MOST:,}" if not yes else ""
        raise InputError(f"{source}: got {runs:,} runs, expected at most {most:,}{more}")
    if sample is not None and sample.points_file is None:
        drawn = draw(sample)
    levels = [v.values() if isinstance(v, Steps) else v for v in design.factors.values()]
    values = [(*cell, *row) for cell in product(*levels) for row in drawn.values]
    return Points((*design.factors, *drawn.paths), values)


def draw(sample: Sample) -> Points:
    """The drawn points; the same for the same sample (and library versions)."""
    d = len(sample.factors)
    unit = _unit_points(sample, d)
    intervals = list(sample.factors.values())
    rows = [
        tuple(part.at(float(u)) for part, u in zip(intervals, row, strict=True)) for row in unit
    ]
    return Points(tuple(sample.factors), rows)


def _unit_points(sample: Sample, d: int) -> NDArray[np.float64]:
    """Points in the unit cube, shape (points, d)."""
    assert sample.points is not None
    rng = Streams(sample.seed)("sweep.sample")
    if sample.method == "random":
        return rng.random((sample.points, d))
    if sample.method in ("latin-hypercube", "sobol"):
        from scipy.stats import qmc

        engine = qmc.LatinHypercube if sample.method == "latin-hypercube" else qmc.Sobol
        return np.asarray(engine(d, rng=rng).random(sample.points))
    return _salib_points(sample, d)


def _salib_points(sample: Sample, d: int) -> NDArray[np.float64]:
    try:
        from SALib.sample import morris, sobol
    except ImportError:
        raise InputError(
            f"sample.method: got {sample.method}, expected SALib to be installed "
            "(pip install 'ipolab[analysis]')"
        ) from None
    problem = {
        "num_vars": d,
        "names": list(sample.factors),
        "bounds": [[0.0, 1.0]] * d,
    }
    if sample.method == "morris":
        return np.asarray(morris.sample(problem, sample.points, num_levels=4, seed=sample.seed))
    return np.asarray(
        sobol.sample(
            problem, sample.points, calc_second_order=sample.second_order, seed=sample.seed
        )
    )


def read_points(path: Path) -> Points:
    """Points from a CSV file: dotted paths in its first row, TOML values below.

    Raises InputError with file and line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"{path}: cannot be read ({reason}), expected a CSV file") from None
    if not lines or not all(name.strip() for name in lines[0]):
        raise InputError(f"{path}: line 1: expected the dotted paths of the factors")
    paths = tuple(name.strip() for name in lines[0])
    rows = list(_rows(path, paths, lines[1:]))
    if not rows:
        raise InputError(f"{path}: no points, expected at least one line below the first")
    return Points(paths, rows)


def _rows(path: Path, paths: tuple[str, ...], lines: list[list[str]]) -> Iterator[tuple[Any, ...]]:
    for number, line in enumerate(lines, start=2):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) != len(paths):
            raise InputError(
                f"{path}: line {number}: got {len(line)} values, expected {len(paths)}"
            )
        try:
            cells = zip(paths, line, strict=True)
            yield tuple(parse_assignment(f"{name}={cell}")[1] for name, cell in cells)
        except InputError as error:
            raise InputError(f"{path}: line {number}: {error}") from None
