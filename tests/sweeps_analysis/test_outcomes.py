"""Factors in words: short, and never two alike."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from experiments.sweeps.analysis.outcomes import factor_label
from experiments.sweeps.analysis.rows import of_frame
from experiments.sweeps.analysis.words import what_changes
from tests.sweeps_analysis.frames import grid

word = st.sampled_from(["a", "share", "informed_share", "long_only", "hedge", "reproduction"])
paths = st.lists(word, min_size=1, max_size=4).map(".".join)


@pytest.mark.parametrize(
    ("path", "among", "label"),
    [
        ("population.retail.reproduction", (), "reproduction"),
        ("population.passive_share", (), "passive share"),
        ("offering.price", (), "offering price"),
        ("days", ("offering.price",), "days"),
        ("population.hedge.informed_share", ("population.long_only.informed_share",),
         "hedge informed share"),
        ("population.hedge.fee", ("population.long_only.fee",), "hedge fee"),
        ("a.hedge.fee", ("b.hedge.fee",), "a hedge fee"),
    ],
)  # fmt: skip
def test_a_label_is_as_short_as_it_may_be(path: str, among: tuple[str, ...], label: str) -> None:
    assert factor_label(path, (path, *among)) == label


@given(st.lists(paths, min_size=1, max_size=6, unique=True))
@example(["a.long_only", "long.only", "a.long.only", "long_only"])
def test_no_two_labels_are_alike(among: list[str]) -> None:
    labels = [factor_label(path, among) for path in among]
    assert len(set(labels)) == len(among)


def test_a_sweep_tells_factors_of_the_same_name_apart() -> None:
    hedge, long_only = "population.hedge.elasticity", "population.long_only.elasticity"
    levels = {hedge: (1.0, 2.0), long_only: (1.0, 2.0)}
    rows = grid(levels, lambda at, shared, own: at[hedge] + shared + 0.01 * own)
    sweep = of_frame(rows, {"factors": {path: list(given) for path, given in levels.items()}})
    said = [what_changes(sweep, "y", path) for path in levels]
    assert said[0].startswith("As hedge elasticity rises")
    assert said[1].startswith("As long only elasticity rises")
