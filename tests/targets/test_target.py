"""How a row is judged."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.evidence.targets.sources import SOURCES, TARGETS
from experiments.evidence.targets.target import Part, Target, judge

PART = Part("runs", "x", "a figure", 0.10, 0.20)
OPEN = Part("runs", "x", "a figure", 2.0, math.inf)


@pytest.mark.parametrize(
    ("part", "values", "verdict"),
    [
        (PART, [0.15, 0.16], "pass"),
        (PART, [0.10], "pass"),
        (PART, [0.08], "near"),
        (PART, [0.22, 0.22], "near"),
        (PART, [0.23], "fail"),
        (PART, [0.9, -0.6], "near"),  # the mean is right, the sign is not
        (PART, [-0.1, 0.2, 0.2, 0.2, 0.2], "pass"),  # four of five have the sign
        (PART, [-0.1, 0.2, 0.2, 0.2], "near"),
        (PART, [], "fail"),
        (PART, [math.nan], "fail"),
        (PART, [math.nan, 0.15], "pass"),
        (OPEN, [1e9], "pass"),
        (OPEN, [1.0], "near"),
        (OPEN, [0.99], "fail"),
        (Part("runs", "x", "", -math.inf, -1.0), [-0.6], "near"),
        (Part("runs", "x", "", -1.0, 1.0), [-0.5, 0.5], "pass"),  # no sign is asked for
    ],
)
def test_verdicts(part: Part, values: list[float], verdict: str) -> None:
    assert part.judge(values) == verdict


@given(st.floats(-10, 10), st.floats(0.01, 5), st.floats(-30, 30))
def test_a_part_and_its_mirror_image_agree(low: float, wide: float, x: float) -> None:
    part, mirror = Part("r", "x", "", low, low + wide), Part("r", "x", "", -low - wide, -low)
    assert part.judge([x]) == mirror.judge([-x])
    inside = part.low <= x <= part.high
    assert (part.judge([x]) == "fail") <= (not inside)
    assert part.wider[0] < part.low < part.high < part.wider[1]


def test_a_row_is_as_good_as_its_worst_part() -> None:
    parts = (PART, Part("other", "y", "", 0.0, 1.0))
    row = judge(Target("T", "t", "s", parts), {("runs", "x"): [0.15], ("other", "y"): [1.1]},
                {"runs": 2.0, "other": 3.0, "third": 9.0})  # fmt: skip
    assert [judged.verdict for judged in row.parts] == ["pass", "near"]
    assert (row.verdict, row.value, row.seconds) == ("near", 0.15, 5.0)
    assert judge(Target("T", "t", "s", parts), {}).verdict == "fail"


def test_the_interval_is_that_of_the_mean() -> None:
    values = [0.12, 0.15, 0.18]
    record = judge(Target("T", "t", "s", (PART,)), {("runs", "x"): values}).record()
    half = 4.302653 * np.std(values, ddof=1) / np.sqrt(3)
    assert record["interval"] == pytest.approx([0.15 - half, 0.15 + half], rel=1e-6)
    assert set(record) >= {"id", "target", "value", "interval", "band", "source", "verdict"}


def test_a_band_that_falls_is_refused() -> None:
    with pytest.raises(ValueError, match="expected to rise"):
        Part("r", "x", "", 1.0, 1.0)


def test_there_are_seventeen_rows_with_sources_that_exist() -> None:
    assert [target.id for target in TARGETS] == [f"A{n}" for n in range(1, 18)]
    runs = {source.name for source in SOURCES}
    assert {part.run for target in TARGETS for part in target.parts} == runs
    assert all(target.source for target in TARGETS)
    # a row whose first figure is an input would claim a success it has not had
    assert not any(target.parts[0].given for target in TARGETS)


def test_every_source_loads_and_the_full_form_has_thirty_seeds() -> None:
    for source in SOURCES:
        assert source.load().days == source.days
        assert source.full >= 30 > source.quick >= 1
        assert source.load({"days": 7}).days == 7
