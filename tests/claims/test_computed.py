"""Claims that follow from inputs: the published figures come out, and each claim can fail."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.evidence.claims import CLAIMS, load_claim
from experiments.evidence.claims.claim import Answer, Computed, exact
from experiments.evidence.claims.control import judge as judge_votes
from experiments.evidence.claims.drivers import CURRENT, MARKETS, RATES, group_of
from experiments.evidence.claims.drivers import judge as judge_drivers
from experiments.evidence.claims.index_arithmetic import Arithmetic
from experiments.evidence.claims.orbital_bet import judge as judge_orbit
from experiments.evidence.claims.reasonable_people import judge as judge_people
from experiments.evidence.claims.research_profit import judge as judge_research
from experiments.studies.intervals import Interval
from sim.inputs import InputError

COMPUTED = [name for name in CLAIMS if isinstance(load_claim(name), Computed)]


def cell(answer: Answer, measure: str, condition: str) -> float:
    rows = answer.table
    chosen = rows[(rows["measure"] == measure) & (rows["condition"] == condition)]
    return float(chosen["value"].iloc[0])


@pytest.mark.parametrize("name", COMPUTED)
def test_the_claim_holds_and_fails_when_flipped(name: str) -> None:
    claim = load_claim(name)
    assert claim.compute({}).words == "supported"
    assert claim.compute(claim.flip).words != "supported"


def test_eight_claims_are_computed() -> None:
    assert COMPUTED == ["V1", "V2", "V3", "V4", "V5", "V6", "V7", "I1"]


def test_the_published_value_is_met_to_the_cent() -> None:
    answer = load_claim("V1").compute({})
    assert round(answer.figure.value, 2) == 97.83
    assert round(cell(answer, "enterprise_value", "here") / 1e9, 2) == 1224.45
    assert round(cell(answer, "equity_value", "here") / 1e9, 2) == 1301.30
    assert load_claim("V1").compute({"cash": 25.0}).words.startswith("depends on ")


def test_bars_of_the_bridge_sum_to_the_whole_change() -> None:
    table = load_claim("V2").compute({}).table
    bars = table.loc[table["measure"] == "step", "value"].sum()
    assert bars == pytest.approx(float(table.loc[table["measure"] == "whole", "value"].iloc[0]))


def test_one_input_put_back_makes_the_bridge_depend() -> None:
    answer = load_claim("V2").compute({"segments.launch.target_margin": 0.40})
    assert answer.words.startswith("depends on ") and "launch" in answer.words


def test_research_is_capitalised_not_typed_in() -> None:
    answer = load_claim("V3").compute({"research.spending.2025": 10.0})
    assert answer.figure.value == pytest.approx(5.011e9)
    assert answer.words.startswith("depends on ")
    assert judge_research(1e9, 4e9) == "in part"


def test_index_units_by_hand() -> None:
    answer = load_claim("I1").compute({})
    after = 7554.29 / (63_498.44 + 1000 - 1)
    assert cell(answer, "units", "after") == pytest.approx(after)
    assert answer.figure.value == pytest.approx(1e3 * after)
    assert cell(answer, "level", "after") == pytest.approx(7554.29)
    assert cell(answer, "dividends", "units rounded") == pytest.approx(79.1231)


@given(
    added=st.floats(0, 5e4), dropped=st.floats(0.1, 5e3), cap=st.floats(1e4, 1e6),
    level=st.floats(10, 1e5),
)  # fmt: skip
def test_no_addition_moves_the_level(
    added: float, dropped: float, cap: float, level: float
) -> None:
    settings = {"added_bn": added, "dropped_bn": dropped, "cap_bn": cap, "level": level}
    answer = load_claim("I1").compute(settings)
    assert cell(answer, "level", "after") == pytest.approx(level)
    assert answer.words != "contradicted"


def test_arithmetic_refuses_what_it_does_not_know() -> None:
    with pytest.raises(InputError, match="levle"):
        load_claim("I1").compute({"levle": 1.0})
    assert Arithmetic().level == 7554.29


def test_rules_have_all_their_outcomes() -> None:
    def part(low: float, high: float) -> Interval:
        return Interval((low + high) / 2, low, high, 9)

    assert judge_people(part(0.01, 0.02), part(0.01, 0.02)) == "supported"
    assert judge_people(part(0.001, 0.02), part(0.01, 0.02)) == "undecided"
    assert judge_people(part(0.0, 0.001), part(0.01, 0.02)) == "contradicted"
    shares = {MARKETS: part(0.6, 0.7), CURRENT: part(0.1, 0.2), RATES: part(0.1, 0.2)}
    assert judge_drivers(shares) == "in part"
    assert judge_drivers(shares | {CURRENT: part(0.0, 0.01)}) == "supported"
    assert judge_drivers(shares | {CURRENT: part(0.8, 0.9)}) == "contradicted"
    assert [judge_votes(v) for v in (0.9, 0.6, 0.4)] == ["supported", "in part", "contradicted"]
    points = {"failed": 1.0e12, "base": 1.3e12, "earned": 1.6e12, "connectivity_alone": 0.7e12}
    above = {
        "earned": part(0.5, 0.6),
        "failed": part(0.1, 0.2),
        "connectivity_alone": part(0, 0.03),
    }
    assert judge_orbit(points, above) == "supported"
    assert judge_orbit(points, above | {"failed": part(0.4, 0.5)}) == "in part"
    alone = above | {"failed": part(0.4, 0.5), "connectivity_alone": part(0.5, 0.6)}
    assert judge_orbit(points, alone) == "contradicted"


def test_every_factor_of_a_story_has_a_group() -> None:
    assert group_of("ai.base_margin") == CURRENT and group_of("failure") == RATES
    assert group_of("outlook") == group_of("orbital") == group_of("ai.market") == MARKETS


def test_an_answer_says_on_what_it_depends() -> None:
    table = load_claim("V3").compute({}).table
    with pytest.raises(ValueError, match="depends_on"):
        Answer("in part", exact(1.0), "x", "usd", "", table, ("income",))
    with pytest.raises(ValueError, match="shown"):
        Answer("supported", exact(1.0), "x", "usd", "", table, ("nothing",))
    assert np.isfinite(exact(1.0).high)
