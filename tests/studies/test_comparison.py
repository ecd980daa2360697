from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.studies.comparison import (
    COLUMNS,
    Measure,
    by_seed,
    compare,
    difference,
    estimate,
    line,
)
from experiments.studies.intervals import mean_interval

HEIGHT = Measure("height", "Height", "number")


def rows(**conditions: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"condition": label, "seed": seed, "height": value}
            for label, values in conditions.items()
            for seed, value in enumerate(values)
        ]
    )


def test_differences_are_taken_seed_by_seed_to_the_first() -> None:
    table = compare(rows(base=[10.0, 20.0, 30.0], taller=[11.0, 22.0, 33.0]), [HEIGHT])
    assert tuple(table.columns) == COLUMNS and len(table) == 2
    assert estimate(table, "height", "taller").value == 22.0
    apart = difference(table, "height", "taller")
    assert apart.value == 2.0 and apart.high - 2.0 == pytest.approx(4.302653 / np.sqrt(3), rel=1e-6)
    assert np.isnan(difference(table, "height", "base").value)


@given(st.permutations(range(8)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    whole = rows(base=[1.0, 4.0, 2.0, 8.0], other=[3.0, 1.0, 2.0, 2.0])
    mixed = whole.iloc[sorted(order, key=lambda i: (whole["condition"][i] != "base", order[i]))]
    pd.testing.assert_frame_equal(compare(mixed, [HEIGHT]), compare(whole, [HEIGHT]))


def test_a_row_that_is_not_there() -> None:
    with pytest.raises(KeyError, match="expected one"):
        estimate(compare(rows(base=[1.0, 2.0]), [HEIGHT]), "height", "other")


def test_lines_that_compare_in_other_ways_come_last() -> None:
    known = rows(base=[1.0, 2.0], other=[3.0, 6.0])
    wide = by_seed(known, "height")
    ratio = Measure("ratio", "Ratio", "times")
    table = compare(known, [HEIGHT], [line(ratio, "other", mean_interval(wide["other"] / 2))])
    assert list(table["measure"]) == ["height", "height", "ratio"]
    assert estimate(table, "ratio", "other").value == 2.25
    pd.testing.assert_frame_equal(table.iloc[:2], compare(known, [HEIGHT]))
