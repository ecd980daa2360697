"""Designs: what is refused before anything runs, and which points and runs a design has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.sweeps.design import Interval, Sample, design_names, load_design
from experiments.sweeps.engine import sweep
from experiments.sweeps.outputs import check_outputs
from experiments.sweeps.plan import design_digest, make_plan, resolved
from experiments.sweeps.points import draw, points_of
from sim.inputs import InputError
from tests.sweeps.cases import RESPONSE, SHARE, Here, tiny

HEAD = 'scenario = "spacex"\n[set]\n"universe.kind" = "market"\ndays = 4\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "d.toml: factors: missing"),
        (f"[factors]\n{SHARE} = []", f"d.toml: factors: {SHARE}: got [], expected a list"),
        (f"[factors]\n{SHARE} = 0.1", f"factors: {SHARE}: got 0.1, expected a list"),
        (f"[factors]\n{SHARE}s = [0.1]", f"d.toml: {SHARE}s: unknown, expected {SHARE}"),
        (f'[factors]\n{SHARE} = [0.1, "a"]', f"d.toml: {SHARE}: got 'a', expected a number"),
        (f"[factors]\n{SHARE} = [0.1, true]", f"d.toml: {SHARE}: got True, expected a number"),
        (f"[factors]\n{SHARE} = [0.1, nan]", f"d.toml: {SHARE}: got nan, expected a finite"),
        (f"[factors]\n{SHARE} = [0.1, 0.9]", "expected a sum below 1 (point 1"),
        (f"[factors]\n{SHARE} = [0.1, 0.1]", f"factors.{SHARE}: a value is given twice"),
        ("[factors]\ndays = [4, 5]", "d.toml: days: given twice"),
        ('[factors]\n"population.hedge" = [1]\n"population.hedge.count" = [1]', "overlaps"),
        ("[factors]\nuniverse.kind = ['market', 'stocks']", "universe.kind: given twice"),
        (f"[factors]\n{SHARE} = {{from = 0.3, to = 0.1, steps = 3}}", "expected more than from"),
        (f"[factors]\n{SHARE} = {{from = 0, to = 0.1, steps = 3, scale = 'log'}}", "log scale"),
        (f"[factors]\n{SHARE} = {{from = 0, to = 0.1}}", "steps: missing"),
        (f"[factors]\n{SHARE} = [0.1]\n[sample]\nmethod = 'sobol'\npoints = 100\n"
         f"[sample.factors]\n{RESPONSE} = {{from = 0, to = 1}}", "a power of two such as 128"),
        ("[sample]\nmethod = 'random'", "sample: points: missing"),
        (f"[sample]\nmethod = 'random'\npoints = 2\n[sample.factors]\n{SHARE} = {{from=0.1, to=9}}",
         f"{SHARE}: got "),
        ("[sample]\npoints_file = 'none.csv'", "none.csv: no such file"),
        ("[sample]\npoints_file = 'none.txt'", "none.txt: cannot be read (No such file"),
        (f"[factors]\n{SHARE} = {{from = 0, to = 0.1, steps = 1_000_000_000}}",
         "got 20,000,000,000 runs, expected at most 100,000; --yes"),
        ("[factors]\noffering.dates.pricing = [2026-06-11, 2026-06-06]",
         "offering.dates.pricing: got 2026-06-06, expected a trading day"),
        (f"[factors]\n{SHARE} = [0.1]\n[outputs]\nsummary = ['first_day_retrun']",
         "outputs.summary: got 'first_day_retrun', expected first_day_return"),
        (f"[factors]\n{SHARE} = [0.1]\n[outputs]\ndaily = ['it']", "outputs.daily.0: got 'it'"),
    ],
)  # fmt: skip
def test_bad_designs_are_refused_in_one_line_and_nothing_is_written(
    text: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "d.toml").write_text(HEAD + text)
    with pytest.raises(InputError) as refused:
        sweep(tmp_path / "d.toml", tmp_path / "out", executor=Here())
    assert said in str(refused.value) and "\n" not in str(refused.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "line", ["replicates = 0", "replicates = 1.5", "time_limit = -1", "foo = 1"]
)
def test_bad_numbers_are_refused(line: str, tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text(f"{line}\n{HEAD}[factors]\n{SHARE} = [0.1]")
    with pytest.raises(InputError, match=f"d.toml: {line.split()[0]}: "):
        load_design(tmp_path / "d.toml")


def test_more_runs_than_many_have_to_be_asked_for() -> None:
    design = tiny(replicates=50_000)
    with pytest.raises(InputError, match="got 300,000 runs"):
        points_of(design, "it")
    assert len(points_of(design, "it", yes=True)) == 6
    with pytest.raises(InputError, match="expected at most 10,000,000"):
        points_of(
            tiny(
                factors={
                    "days": {"from": 1, "to": 2, "steps": 10**9},
                },
                set={},
            ),
            "it",
            True,
        )


def test_changes_of_what_is_no_table_are_refused(tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text(f'scenario = "spacex"\nset = 3\n[factors]\n{SHARE} = [0.1]')
    with pytest.raises(InputError, match=r"d\.toml: set: got 3"):
        load_design(tmp_path / "d.toml", {"days": 4})


def test_crossed_and_drawn_points(tmp_path: Path) -> None:
    drawn = {RESPONSE: {"from": 0.5, "to": 2.0, "scale": "log"}}
    sample = {"method": "latin-hypercube", "points": 8, "factors": drawn}
    points = points_of(tiny(factors={SHARE: [0.1, 0.3]}, sample=sample), "it")
    assert points.paths == (SHARE, RESPONSE) and len(points) == 16
    shares, responses = zip(*points.values, strict=True)
    assert list(shares) == [0.1] * 8 + [0.3] * 8
    assert responses[:8] == responses[8:]
    strata = np.floor(8 * np.log(np.array(responses[:8]) / 0.5) / np.log(4.0))
    assert sorted(strata) == list(range(8))  # one in each, evenly in logarithms


def test_points_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        f"{SHARE}, offering.mechanism\n0.1,fixed_price\n\n0.2,auction\n"
    )
    text = f"{HEAD}[sample]\npoints_file = 'p.csv'\n"
    (tmp_path / "d.toml").write_text(text)
    points = points_of(load_design(tmp_path / "d.toml"), "d")
    assert points.values == [(0.1, "fixed_price"), (0.2, "auction")]
    (tmp_path / "p.csv").write_text(f"{SHARE}\n0.1\n0.1,0.2\n")
    with pytest.raises(InputError, match=r"p.csv: line 3: got 2 values, expected 1"):
        points_of(load_design(tmp_path / "d.toml"), "d")
    (tmp_path / "p.csv").write_text("days\n5\n")
    with pytest.raises(InputError, match="days: given twice"):
        points_of(load_design(tmp_path / "d.toml"), "d")


@pytest.mark.parametrize(
    ("method", "points", "expected"), [("saltelli", 8, 32), ("morris", 5, 15), ("sobol", 8, 8)]
)
def test_samples_for_sensitivity(method: Any, points: int, expected: int) -> None:
    factors = {"a": Interval(low=1, high=2), "b": Interval(low=0.1, high=10, scale="log")}
    sample = Sample(method=method, points=points, factors=factors)
    drawn = draw(sample)
    assert len(drawn) == expected == sample.count()
    values = np.array(drawn.values)
    assert ((values >= [1, 0.1]) & (values <= [2, 10])).all()
    assert draw(sample).values == drawn.values


@given(
    st.floats(1e-3, 1e3), st.floats(1.01, 1e3), st.floats(0, 1), st.sampled_from(["linear", "log"])
)
def test_an_interval_stays_within_its_ends_and_rises(
    low: float, ratio: float, u: float, scale: Any
) -> None:
    interval = Interval(low=low, high=low * ratio, scale=scale)
    assert interval.at(0) == low and interval.at(1) == pytest.approx(low * ratio)
    assert low <= interval.at(u / 2) <= interval.at(u) <= low * ratio


@settings(max_examples=10, deadline=None)
@given(st.permutations([0.1, 0.2, 0.3]), st.integers(1, 4), st.booleans())
def test_a_run_keeps_its_key_in_any_design_that_contains_it(
    shares: list[float], replicates: int, common: bool
) -> None:
    def runs(**changes: Any) -> dict[tuple[float, int], tuple[bytes, int]]:
        plan = make_plan(tiny(common_random_numbers=common, **changes), "it")
        found: dict[tuple[float, int], tuple[bytes, int]] = {}
        for number, (key, point) in enumerate(zip(plan.keys, plan.point, strict=True)):
            share = plan.points.values[point][0]
            replicate = number % plan.design.replicates
            found[share, replicate] = (key, int(plan.seed[number]))
        return found

    few = runs(factors={SHARE: shares[:2]}, replicates=replicates)
    many = runs(
        factors={
            SHARE: shares,
        },
        replicates=5,
    )
    assert all(many[name] == found for name, found in few.items())
    assert len({key for key, _ in many.values()}) == 15
    assert len({seed for _, seed in many.values()}) == (5 if common else 15)


def test_what_a_digest_depends_on() -> None:
    def digest(**changes: Any) -> str:
        plan = make_plan(design := tiny(**changes), "it")
        return design_digest(resolved(design, plan.base))

    assert digest() == digest(description="other words", time_limit=5.0)
    others = [digest(replicates=5), digest(first_seed=2), digest(set={"universe.kind": "market"}),
              digest(outputs={}), digest(common_random_numbers=False)]  # fmt: skip
    assert len({digest(), *others}) == 6


@pytest.mark.parametrize("name", design_names())
def test_shipped_designs_are_sound(name: str) -> None:
    design = load_design(name)
    plan = make_plan(design, name)
    check_outputs(plan, name)
    assert design.description and 200 < len(plan) < 5000
    assert np.unique(plan.keys).size == len(plan)


def test_figures_that_come_later_in_a_run_may_be_asked_for() -> None:
    split = {"kind": "split", "company": "SPCX", "day": 2, "ratio": 2.0}
    asked = {"summary": ["corporate_actions.0.return_less_market"]}
    settings = {"days": 4, "universe.kind": "market"}
    acting = tiny(outputs=asked, set={**settings, "corporate_actions": [split]})
    check_outputs(make_plan(acting, "d"), "d")
    with pytest.raises(InputError, match=r"outputs.summary: got 'corporate_actions"):
        check_outputs(make_plan(tiny(outputs=asked), "d"), "d")


def test_the_designs_ship() -> None:
    expected = {"passive-share", "entry-rule", "offer-discount", "float-and-lockup", "hype"}
    expected |= {"sensitivity", "sensitivity-sobol"}
    assert set(design_names()) == expected
