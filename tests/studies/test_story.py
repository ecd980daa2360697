from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.studies import load_study, story
from experiments.studies.comparison import difference, estimate
from experiments.studies.conduct import conduct
from experiments.studies.paths import stacked
from experiments.studies.story import (
    AI,
    ALL,
    DOWN,
    INTERACTION,
    MACRO,
    NO_MACRO,
    NO_NEWS,
    SEGMENTS,
    TRADING,
    UP,
    changes,
    judge,
    read,
)
from tests.runs import SMALL

STUDY = load_study("story")
SHORT = {**SMALL, "days": 33}
SILENCED = {AI: "no AI", "connectivity": "no connectivity", "launch": "no launch",
            "options": "no options", MACRO: NO_MACRO}  # fmt: skip


def planted(sizes: dict[str, float], days: int = 200, seeds: int = 12) -> pd.DataFrame:
    """Rows in which every source is a random walk of its own and sources add up."""
    rng = np.random.default_rng(2)
    parts = {
        name: size * rng.normal(size=(seeds, days)).cumsum(axis=1)
        for name, size in {**dict.fromkeys(SILENCED, 0.001), TRADING: 0.001, **sizes}.items()
    }
    whole = sum(parts.values())
    paths = {ALL: whole, **{label: whole - parts[name] for name, label in SILENCED.items()}}
    paths |= {NO_NEWS: parts[TRADING], UP: whole, DOWN: whole}
    for label, sign in ((UP, 1), (DOWN, -1)):
        paths[label] = whole + 0.2 * sign * (np.arange(days) >= story.SHOCK_DAY)
    worth = {label: np.zeros((seeds, days)) for label in paths}
    for label, sign in ((UP, 1), (DOWN, -1)):
        worth[label] = worth[label] + 0.25 * sign * (np.arange(days) >= story.SHOCK_DAY)
    return pd.DataFrame(
        [
            {"condition": label, "seed": seed, "price": path[seed], "value": worth[label][seed]}
            for label, path in paths.items()
            for seed in range(seeds)
        ]
    )


def found(sizes: dict[str, float]) -> pd.DataFrame:
    return STUDY.analyse(planted(sizes), np.random.default_rng(0)).table


def test_planted_shares_are_found() -> None:
    table = found({AI: 0.02, MACRO: 0.01, TRADING: 0.01})
    for name, share in {AI: 4 / 6, MACRO: 1 / 6, TRADING: 1 / 6, "launch": 0.0}.items():
        got = estimate(table, "share_1", name)
        assert got.value == pytest.approx(share, abs=0.05)
        assert got.low <= got.value <= got.high
    parts = [estimate(table, "share_21", name).value for name in (*SILENCED, TRADING, INTERACTION)]
    assert sum(parts) == pytest.approx(1.0)
    assert estimate(table, "follows_21", UP).value == pytest.approx(0.8)


def test_the_verdict_and_the_reading_follow_the_numbers() -> None:
    strong, weak, even = (
        found(sizes) for sizes in ({AI: 0.03}, {AI: 0.001, MACRO: 0.03}, {AI: 0.02, MACRO: 0.02})
    )
    assert [judge(table) for table in (strong, weak, even)] == [
        "supported", "contradicted", "undecided",
    ]  # fmt: skip
    assert difference(weak, "share_21", MACRO).sign > 0
    assert "more than any other part" in read(strong)
    assert "less than that of macro" in read(weak)
    assert "cannot be told apart from that of macro" in read(even)


def test_changes_overlap_by_four_fifths() -> None:
    path = np.arange(30.0)[None, :] ** 2
    assert np.array_equal(changes(path, 1)[0], np.diff(path[0]))
    assert changes(path, 10)[0, :2] == pytest.approx([100.0, 144.0 - 4.0])


@pytest.fixture(scope="module")
def report():
    return conduct(STUDY, 2, assignments=SHORT, workers=1)


def test_a_silenced_source_leaves_the_rest_as_it_was(report) -> None:
    base, *others = (report.conditions[label] for label in (ALL, "no AI", NO_NEWS))
    for scenario in others:
        for source, own in zip(scenario.news.sources, base.news.sources, strict=True):
            assert source.name == own.name and source.per_year == own.per_year
            for effect, was in zip(source.effects, own.effects, strict=True):
                silent = scenario is others[1] or was.segment == SEGMENTS[AI]
                assert effect.sd == (story.SILENT if silent else was.sd)
    value = {label: stacked(report.rows, label, "value") for label in (ALL, "no AI", NO_NEWS)}
    assert not np.allclose(value[ALL], value["no AI"])
    grown = np.diff(value[NO_NEWS], axis=1)[:, 24:]  # after the option only time moves the value
    assert np.ptp(grown) < 1e-6


def test_a_company_without_ai_news_contradicts_the_claim(report) -> None:
    flipped = conduct(STUDY, 2, assignments={**SHORT, **STUDY.flip}, workers=1)
    assert flipped.finding.verdict == "contradicted"
    share = estimate(report.finding.table, "share_21", AI).value
    assert estimate(flipped.finding.table, "share_21", AI).value < 0.05 < share


def test_a_run_too_short_says_so() -> None:
    short = STUDY.analyse(planted({}, days=5), np.random.default_rng(0))
    assert "too short" in short.reading and short.verdict == "undecided"
    assert list(short.figures) == ["shares"]
