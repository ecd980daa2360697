from __future__ import annotations

import pytest

from experiments.studies.intervals import Interval
from experiments.studies.wording import amount, compared, joined, span, told


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (85.75e9, "usd", "$85.8 bn"),
        (-1.25e12, "usd", "-$1.2 tn"),
        (131.2, "usd", "$131.20"),
        (0.0, "usd", "$0.00"),
        (0.253, "fraction", "25 %"),
        (0.0312, "fraction", "3.1 %"),
        (-0.00001, "fraction", "0.0 %"),
        (2.0, "times", "2.00 ×"),
        (38.0, "number", "38"),
        (float("nan"), "usd", "–"),
    ],
)
def test_amounts(value: float, unit: str, said: str) -> None:
    assert amount(value, unit) == said


def test_bounds_share_the_scale_of_the_value() -> None:
    assert told(Interval(1.2e9, 0.4e9, 2.0e9, 5), "usd") == "$1.2 bn [0.4, 2.0]"
    assert span(Interval(0.05, -0.01, 0.11, 5), "fraction", signed=True) == "[-1.0, +11.0]"
    assert span(Interval(1.0, float("nan"), float("nan"), 1), "usd") == ""


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.10, 0.30, "it is higher by 20 pp [+10, +30]"),
        (-0.30, -0.10, "it is lower by 20 pp [-30, -10]"),
        (-0.10, 0.30, "it is not measurably different (+10 pp [-10, +30])"),
        (float("nan"), float("nan"), "it is not known"),
    ],
)
def test_comparisons_follow_the_sign(low: float, high: float, said: str) -> None:
    assert compared(Interval((low + high) / 2, low, high, 9), "fraction", what="it is") == said


def test_lists() -> None:
    assert [joined(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
