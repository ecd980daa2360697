"""What is measured of runs, on small worlds and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import run
from experiments.evidence.claims import (
    CLAIMS,
    chasing_record,
    first_year,
    inclusion,
    load_claim,
    offer_discount,
)
from experiments.evidence.claims.claim import Evidence, Studied
from experiments.evidence.claims.first_year import short_sales
from experiments.evidence.claims.giants import level_with
from experiments.formats import schema_of
from experiments.informativeness import informativeness
from experiments.studies.comparison import estimate
from experiments.studies.conduct import conduct
from sim.index import IndexLevel
from tests.runs import SMALL

STUDIED = [name for name in CLAIMS if isinstance(load_claim(name), Studied)]


def evidence(study, seeds: int = 2, **changes) -> Evidence:
    report = conduct(study, seeds, assignments={**SMALL, **changes}, workers=1)
    finding = report.finding
    return Evidence(finding.table, finding.verdict, finding.reading, seeds)


@pytest.mark.parametrize("name", ["P1", "P2", "P3", "P6"])
def test_offerings_are_measured_and_read(name: str) -> None:
    claim = load_claim(name)
    found = evidence(claim.study)
    answer = claim.read(found)
    assert np.isfinite(answer.figure.value) and "nan" not in answer.reading.lower()
    assert answer.words.split()[0] in {"supported", "contradicted", "undecided", "depends"}


def test_gains_of_allottees_are_the_money_left() -> None:
    report = conduct(offer_discount.STUDY, 2, assignments=SMALL, workers=1)
    rows = report.rows[report.rows["condition"] == "as announced"]
    gains = sum(rows[f"gain_{holder}"] for holder in offer_discount.WINNERS)
    # the over-allotment is allotted as well: up to 15 % more than the base deal
    assert (gains / rows["left"]).between(1 - 1e-9, 1.15 + 1e-9).all()
    assert rows["below"].to_numpy() == pytest.approx(
        1 - 1 / (1 + rows["first_day_return"].to_numpy())
    )


def test_a_syndicate_with_money_holds_the_price() -> None:
    claim = load_claim("P4")
    found = evidence(claim.study, 2)
    own, rich = (estimate(found.table, "part", x).value for x in ("greenshoe", "with $200bn"))
    assert rich > own and estimate(found.table, "bought", "no support").value == 0


def test_the_first_year_is_cut_short_without_harm() -> None:
    found = evidence(first_year.STUDY, 2, days=80)
    for name in ("P7", "P8"):
        assert load_claim(name).read(found).reading
    early = estimate(found.table, "gain_offer", "sold day 21")
    assert np.isfinite(early.value)


def test_a_first_year_of_withdrawn_offerings_is_not_decided() -> None:
    found = evidence(first_year.STUDY, 2, **{"days": 4, "offering.minimum_raise": 1e12})
    for name in ("P7", "P8"):
        assert load_claim(name).read(found).verdict == "undecided"


def test_short_sales_by_hand() -> None:
    flat = short_sales(np.full(130, 10.0), np.full(130, 0.252), 0.5, 0.3)
    assert flat["short_gain"][0] == pytest.approx(-0.001 * 126)
    assert not flat["called"].any()
    rising = short_sales(np.linspace(10.0, 20.0, 130), np.zeros(130), 0.5, 0.3)
    # called where 15 − P < 0.3 P, that is above 15 / 1.3
    assert rising["called"][0] == 1 and -0.17 < rising["short_gain"][0] < 1 - 15 / 13
    assert rising["patient"][0] < rising["short_gain"][0]
    falling = short_sales(np.linspace(20.0, 10.0, 130), np.zeros(130), 0.5, 0.3)
    assert (falling["short_gain"] > 0).all() and not falling["called"].any()


@given(st.integers(0, 10_000))
def test_informativeness_is_one_for_prices_that_follow_value(seed: int) -> None:
    rng = np.random.default_rng(seed)
    value, noise = rng.standard_normal((2, 3, 40))
    assert informativeness(2.0 * value + 1.0, value) == pytest.approx(1.0)
    assert informativeness(value + noise, value) < 0.95


def test_giants_taken_out_and_put_in_leave_the_level() -> None:
    level = IndexLevel(np.array([5.0, 3.0, 2.0]), np.array([1.0, 2.0, 30.0]), 100.0)
    assert level_with(level, [2]) == pytest.approx(100.0)
    assert level.level == pytest.approx(100.0)


def test_tesla_is_replayed_beside_the_eras() -> None:
    scenario = inclusion.conditions({})[inclusion.TESLA]
    (row,) = inclusion.measure(run(scenario, seed=1))
    assert all(np.isfinite(row[part.name]) for part in inclusion.REPLAY)
    event = {"kind": "add", "migration": 0.0, "effect": 0.1, "run_up": 0.1, "after": 0.1,
             "year": 0.1, "volume_ratio": 2.0, "volatility": 0.1, "demand": 0.1,
             "path_announced": np.zeros(81), "path_effective": np.zeros(81)}  # fmt: skip
    less = [f"no {name}" for name in inclusion.study.WITHOUT]
    labels = [*inclusion.study.ERAS, *less, inclusion.TESLA]
    rows = pd.DataFrame([
        {"condition": label, "seed": seed, **(row if label == inclusion.TESLA else event)}
        for label in labels
        for seed in (1, 2)
    ])  # fmt: skip
    schema_of(rows)  # refuses columns of mixed kinds
    finding = inclusion.analyse(rows, np.random.default_rng(0))
    found = Evidence(finding.table, finding.verdict, finding.reading, 2)
    for name in ("I5", "I6", "I7"):
        assert load_claim(name).read(found).words


def test_savers_who_do_not_answer_move_nothing() -> None:
    few = {"universe.stocks": 100, "days": 255, "population.long_only.count": 8,
           "population.hedge.count": 5, **chasing_record.STUDY.flip}  # fmt: skip
    found = conduct(chasing_record.STUDY, 2, assignments=few, workers=1).finding
    assert estimate(found.table, "moved", chasing_record.RECORD).value == 0
    assert found.verdict == "contradicted"


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIED)
def test_the_flip_turns_the_verdict(name: str) -> None:
    claim = load_claim(name)
    words = []
    for changes in ({}, claim.flip):
        report = conduct(claim.study, claim.quick, assignments=changes)
        finding = report.finding
        found = Evidence(finding.table, finding.verdict, finding.reading, claim.quick)
        words.append(claim.read(found).words)
    assert words[0] != words[1]
