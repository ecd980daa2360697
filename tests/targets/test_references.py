"""The naive references: what they say, and that the bands tell them apart from markets."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.evidence.references import CONSTANT, NAMES, franke_westerhoff, references
from experiments.evidence.stylised_facts import History, facts
from experiments.evidence.targets.sources import SOURCES, TARGETS
from experiments.evidence.targets.target import Figures, judge

DEMAND = {
    (run, f"{kind}_static"): [value]
    for run, kind, value in [
        ("era-1995", "add", 0.10),
        ("era-1995", "delete", -0.09),
        ("era-2005", "add", 0.12),
        ("era-2005", "delete", -0.11),
    ]
}


@pytest.fixture(scope="module")
def said() -> dict[str, dict[tuple[str, str], list[float]]]:
    return references(DEMAND, (1,), 2520, 10)


def passed(figures: Figures) -> set[str]:
    return {target.id for target in TARGETS if judge(target, figures).verdict == "pass"}


def test_the_benchmark_has_its_published_moments() -> None:
    r = franke_westerhoff(7000, 20, np.random.default_rng(1))
    found = facts(History(index=r[:, 0], stocks=r))
    # 40 seeds of 7,000 days: 15.3 % a year, excess kurtosis 1.8, Hill 3.8, |r| 0.16/0.15/0.09
    assert found["stock_volatility"] == pytest.approx(0.153, abs=0.015)
    assert found["kurtosis"] == pytest.approx(1.8, abs=0.5)
    assert found["hill"] == pytest.approx(3.8, abs=0.4)
    lags = [found["abs_1"], found["abs_10"], found["abs_50"]]
    assert lags == pytest.approx([0.16, 0.15, 0.09], abs=0.04)
    assert abs(found["leverage"]) < 0.01


def test_the_benchmark_is_the_same_for_a_seed() -> None:
    one, two = (franke_westerhoff(50, 3, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one, two)


def test_the_constant_passes_means_and_nothing_that_varies(said: dict[str, Figures]) -> None:
    rows = passed(said["constant"])
    assert {"A1", "A14", "A16"} <= rows
    assert not rows & {"A2", "A4", "A5", "A6", "A9", "A15", "A17"}


def test_the_static_formula_says_the_same_of_every_era(said: dict[str, Figures]) -> None:
    rows = passed(said["static formula"])
    assert {"A10", "A11"} <= rows and not rows & {"A12", "A14"}
    assert said["static formula"]["era-1995", "add"] == [0.10]


def test_the_benchmark_lacks_jumps_and_leverage(said: dict[str, Figures]) -> None:
    figures = said["Franke-Westerhoff"]
    assert not passed(figures)
    assert figures["market", "fact_tail"] == [1.0]
    assert figures["market", "fact_leverage"] == [0.0]


def test_references_speak_of_figures_that_targets_have(said: dict[str, Figures]) -> None:
    assert tuple(said) == NAMES
    asked = {(part.run, part.figure) for target in TARGETS for part in target.parts}
    assert set(CONSTANT) <= asked
    assert {run for run, _ in CONSTANT} <= {source.name for source in SOURCES}
