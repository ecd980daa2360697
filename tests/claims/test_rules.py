"""Verdict rules of claims that need many runs: every outcome can come out."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.evidence.claims import (
    banker_range,
    chasing_record,
    first_year,
    fraction_sold,
    giants,
    inclusion,
    informed_few,
    mood_shift,
    named,
    offer_discount,
    price_support,
    two_way_flows,
)
from experiments.evidence.claims.claim import Evidence
from tests.claims.tables import table

UP, DOWN, NONE = (0.02, 0.04), (-0.04, -0.02), (-0.01, 0.01)
TINY = (-0.0001, 0.0001)


def test_the_range_comes_from_marks_or_not() -> None:
    def rows(middle: float, offer: float, by_value: float, by_mark: float):
        own = (middle, middle)
        return table({
            ("middle", "as it is"): own,
            ("middle", "half value"): (*own, by_value, by_value),
            ("middle", "half mark"): (*own, by_mark, by_mark),
            ("offer", "as it is"): (offer, offer),
        })  # fmt: skip

    judge = banker_range.judge
    assert judge(rows(1.8e12, 1.7e12, 0.0, -5e11)) == "supported"
    assert judge(rows(1.8e12, 2.7e12, 0.0, -5e11)) == "in part"
    assert judge(rows(1.8e12, 1.7e12, -1e11, -5e11)) == "in part"
    assert judge(rows(1.1e12, 1.2e12, 0.0, 0.0)) == "contradicted"
    assert banker_range.outside(rows(1.8e12, 2.7e12, 0.0, 0.0)) == ["offer"]


@pytest.mark.parametrize(
    ("bounds", "verdict"),
    [((0.05, 0.24), "supported"), ((-0.05, 0.3), "undecided"), ((0.0, 0.1), "contradicted"),
     ((0.3, 0.4), "contradicted"), ((np.nan, np.nan), "undecided")],
)  # fmt: skip
def test_how_far_below_the_market(bounds: tuple[float, float], verdict: str) -> None:
    assert offer_discount.judge(table({("below", "as announced"): bounds})) == verdict


@pytest.mark.parametrize(
    ("cost", "more", "verdict"),
    [((0.003, 0.005), UP, "supported"), ((0.003, 0.005), NONE, "in part"),
     ((0.003, 0.005), DOWN, "contradicted"), ((0.03, 0.05), UP, "contradicted"),
     ((-0.1, 0.1), NONE, "undecided")],
)  # fmt: skip
def test_the_blow_to_the_owners(cost, more, verdict: str) -> None:
    rows = {("cost", "as it is"): cost, ("concession", "10 %"): (0.0, 0.1, *more)}
    assert fraction_sold.judge(table(rows)) == verdict


@pytest.mark.parametrize(
    ("gap", "own", "large", "verdict"),
    [((-0.3, -0.2), (0.1, 0.2), (0.8, 0.9), "in part"),
     ((-0.3, -0.2), (0.1, 0.2), (0.2, 0.3), "supported"),
     ((-0.3, -0.2), (0.7, 0.9), (0.8, 0.9), "contradicted"),
     ((-0.3, -0.2), (0.3, 0.7), (0.8, 0.9), "undecided"),
     ((-0.1, 0.2), (0.1, 0.2), (0.2, 0.3), "undecided")],
)  # fmt: skip
def test_support_holds_or_is_empty(gap, own, large, verdict: str) -> None:
    capital = {("part", label): (0.1, 0.2) for label in price_support.CAPITAL}
    rows = {("gap", "no support"): gap, ("part", "greenshoe"): own, **capital,
            ("part", "with $200bn"): large}  # fmt: skip
    assert price_support.judge(table(rows)) == verdict
    if verdict == "in part":
        assert price_support.least_capital(table(rows)) == "$200bn"


@pytest.mark.parametrize(
    ("lost", "worse", "verdict"),
    [((0.3, 0.5), (0.3, 0.5), "supported"), ((0.3, 0.5), (-0.1, 0.2), "in part"),
     ((0.3, 0.5), (-0.2, -0.1), "contradicted"), ((0.0, 0.005), (0.0, 0.005), "contradicted"),
     ((-0.1, 0.3), (-0.1, 0.3), "undecided")],
)  # fmt: skip
def test_what_endangers_an_offering(lost, worse, verdict: str) -> None:
    rows = {("lost", mood_shift.SEVERE): lost, ("worse", mood_shift.SEVERE): worse}
    assert mood_shift.judge(table(rows)) == verdict


@pytest.mark.parametrize(
    ("offer", "first", "late", "verdict"),
    [(UP, UP, DOWN, "supported"), (UP, NONE, DOWN, "in part"), (UP, UP, UP, "in part"),
     (NONE, UP, DOWN, "undecided"), (DOWN, UP, DOWN, "contradicted")],
)  # fmt: skip
def test_traders_win_or_lose(offer, first, late, verdict: str) -> None:
    rows = {("gain_offer", "sold day 21"): offer, ("gain_first trade", "sold day 21"): first,
            ("gain_day 21", "sold day 252"): late}  # fmt: skip
    assert first_year.judge(table(rows)) == verdict


@pytest.mark.parametrize(
    ("gain", "called", "verdict"),
    [(DOWN, (0.4, 0.6), "supported"), (UP, (0.4, 0.6), "in part"),
     (UP, (0.1, 0.4), "in part"), (UP, (0.0, 0.1), "contradicted"),
     (NONE, (0.0, 0.1), "undecided")],
)  # fmt: skip
def test_short_sellers_last_or_are_called(gain, called, verdict: str) -> None:
    rows = {("short_gain", first_year.AT_LARGE): gain, ("called", first_year.AT_LARGE): called}
    assert first_year.judge_short(table(rows)) == verdict


@pytest.mark.parametrize(
    ("up", "down", "verdict"),
    [(UP, DOWN, "supported"), (UP, NONE, "in part"), (NONE, NONE, "undecided"),
     (TINY, TINY, "contradicted"), (UP, UP, "contradicted")],
)  # fmt: skip
def test_flows_cut_both_ways(up, down, verdict: str) -> None:
    rows = {("dearness", "inflow"): (0.0, 0.0, *up), ("dearness", "outflow"): (0.0, 0.0, *down)}
    assert two_way_flows.judge(table(rows)) == verdict


@pytest.mark.parametrize(
    ("informed", "excess", "verdict"),
    [((0.4, 0.6), DOWN, "supported"), ((0.4, 0.6), NONE, "in part"),
     ((0.4, 0.6), UP, "contradicted"), ((0.0, 0.01), DOWN, "contradicted"),
     ((0.0, 0.2), NONE, "undecided")],
)  # fmt: skip
def test_who_makes_prices_informative(informed, excess, verdict: str) -> None:
    rows = {("cost", "informed share, 90 to 10 %"): informed, ("excess", "both"): excess}
    assert informed_few.judge(table(rows)) == verdict


@pytest.mark.parametrize(
    ("moved", "more", "verdict"),
    [(UP, UP, "supported"), (UP, NONE, "in part"), (NONE, NONE, "undecided"),
     (TINY, TINY, "contradicted"), (DOWN, DOWN, "contradicted")],
)  # fmt: skip
def test_savers_follow_the_record(moved, more, verdict: str) -> None:
    rows = {("moved", chasing_record.RECORD): moved, ("more", chasing_record.EVEN): more}
    assert chasing_record.judge(table(rows)) == verdict


@pytest.mark.parametrize(
    ("earned", "growth", "risk", "jump", "verdict"),
    [(DOWN, UP, UP, 0.0, "supported"), (DOWN, UP, NONE, 0.0, "in part"),
     (DOWN, UP, UP, 0.01, "contradicted"), (UP, UP, UP, 0.0, "contradicted"),
     ((0.0, 0.0), UP, UP, 0.0, "contradicted"), (NONE, UP, UP, 0.0, "undecided")],
)  # fmt: skip
def test_what_giants_do_to_an_index(earned, growth, risk, jump: float, verdict: str) -> None:
    what = {"earnings": earned, "growth": growth, "risk": risk}
    rows = {(name, giants.TRANCHES): (0.0, 0.1, *d) for name, d in what.items()}
    assert giants.judge(table({**rows, ("jump", giants.TRANCHES): (jump, jump)})) == verdict


@pytest.mark.parametrize(
    ("paid", "verdict"),
    [((0.01, 0.02), "supported"), ((0.0, 0.0), "contradicted"), ((-0.01, 0.02), "undecided")],
)
def test_total_return_differs_or_not(paid, verdict: str) -> None:
    rows = table({("dividends", label): paid for label in named.weighting.INDICES})
    assert named.total_return(Evidence(rows, "undecided", "", 8)) == verdict


@pytest.mark.parametrize(
    ("year", "verdict"),
    [(DOWN, "supported"), (UP, "contradicted"), (NONE, "undecided")],
)
def test_the_year_after_entry(year, verdict: str) -> None:
    last = inclusion.LAST
    rows = {("add_year", last): year, ("add_after", last): year}
    rows |= {(part.name, inclusion.TESLA): year for part in inclusion.REPLAY}
    assert inclusion.year_answer(Evidence(table(rows), "supported", "", 8)).words == verdict


@pytest.mark.parametrize(
    ("need", "verdict"),
    [(UP, "supported"), (DOWN, "contradicted"), (NONE, "undecided")],
)
def test_who_needs_whom(need, verdict: str) -> None:
    rows = {("need", giants.STAGGERED): need}
    rows |= {(name, giants.OUT): NONE for name in ("gap", "lasting", "tracking")}
    assert giants.need_answer(Evidence(table(rows), "supported", "", 8)).words == verdict
