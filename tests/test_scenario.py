"""Scenarios: what they resolve to, and how bad ones are refused (issue §8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments import build, load_scenario, run
from experiments.scenario import FOLDER, Scenario, scenario_names
from sim.inputs import InputError

Write = Callable[..., str]


@pytest.fixture
def file(tmp_path: Path) -> Write:
    """Write a scenario that extends the shipped one, unless it says otherwise."""

    def make(text: str, name: str = "mine.toml", extends: str | None = "spacex") -> str:
        head = "" if extends is None else f"extends = {extends!r}\n"
        path = tmp_path / name
        path.write_text(head + text, encoding="utf-8")
        return str(path)

    return make


def refusal(call: Callable[[], object]) -> str:
    """The one line with which a call is refused."""
    with pytest.raises(InputError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    return message


# -- what a scenario resolves to ----------------------------------------------------------------


@pytest.mark.parametrize("name", scenario_names())
def test_every_shipped_scenario_loads_and_starts(name: str) -> None:
    """All facts of a shipped file pass all checks, and a model can be built of them."""
    chosen = load_scenario(name)
    assert chosen.name == name and chosen.description
    model = build(chosen, 1)
    model.step()
    model.ledger.check()
    assert load_scenario(FOLDER / f"{name}.toml") == chosen


def test_the_company_comes_from_its_own_file_and_may_be_changed(file: Write) -> None:
    """Tables merge key by key: what a scenario leaves out stays as the company's file has it."""
    plain = load_scenario("spacex").companies["spacex"]
    changed = load_scenario(file("[companies.spacex.segments.ai]\ntarget_margin = 0.3\n"))
    company = changed.companies["spacex"]
    assert company.segments["ai"].target_margin == 0.3 != plain.segments["ai"].target_margin
    assert company.segments["launch"] == plain.segments["launch"]
    assert company.cash == plain.cash
    assert changed.offering == load_scenario("spacex").offering


def test_extending_replaces_only_what_is_said(file: Write) -> None:
    """Three generations: the youngest has the last word, and the parent's name is not inherited."""
    middle = file("days = 30\n[offering]\nprice = 120.0\n", "middle.toml")
    young = load_scenario(file("[offering]\nprice = 110.0\n", "young.toml", extends=middle))
    assert (young.name, young.days) == ("young", 30)
    assert young.offering is not None and young.offering.price == 110.0
    old = load_scenario("spacex").offering
    assert old is not None and young.offering.shares == old.shares


def test_assignments_leave_the_original_alone() -> None:
    """Settings are frozen: a changed scenario is another scenario."""
    plain = load_scenario("spacex")
    changed = load_scenario("spacex", {"offering.price": 140.0, "population.passive_share": 0.4})
    assert changed.offering is not None and changed.offering.price == 140.0
    assert plain == load_scenario("spacex") != changed


@pytest.mark.parametrize("universe", ["", "[universe]\nkind = 'stocks'\nstocks = 3\n"])
def test_a_market_without_an_offering_runs(file: Write, universe: str) -> None:
    """The universe stands by itself; there is then nothing to summarise about an offering."""
    plain = load_scenario(file(f"name = 'plain'\ndays = 6\n{universe}", extends=None))
    assert plain == Scenario(name="plain", days=6, universe=plain.universe)
    result = run(plain, seed=2)
    assert result.summary["days"] == 6 and result.offering == {}
    assert result.prices["date"].nunique() == 6
    assert (result.prices["close"] > 0).all()


# -- how bad ones are refused -------------------------------------------------------------------

REPORTS = "[[news.reports]]\nquarter = 'a'\ndate = {}\n"
SOURCE = "[[news.sources]]\nname = 'x'\nper_year = 3\neffects = [{{ segment = {}, {} }}]\n"
LOCKUP = "[offering.lockup]\nanchor = 2026-06-11\ntranches = [{}]\n"

BAD_FILES = {
    "unknown table": (
        "[populaton]\npassive_share = 0.1\n",
        ["populaton", "unknown key", "population"],
    ),
    "unknown key": (
        "[population]\npassiv_share = 0.1\n",
        ["population.passiv_share", "unknown key", "passive_share"],
    ),
    "unknown key of the company": (
        "[companies.spacex.segments.ai]\ntarget_margn = 0.2\n",
        ["companies.spacex.segments.ai.target_margn", "unknown key", "target_margin"],
    ),
    "unknown segment of the company": (
        "[companies.spacex.segments.ia]\ntarget_margin = 0.2\n",
        ["companies.spacex.segments.ia", "missing", "expected"],
    ),
    "text for a number": (
        "[offering]\nprice = 'cheap'\n",
        ["offering.price", "got 'cheap'", "expected a number"],
    ),
    "truth for a number": (
        "[offering]\nprice = true\n",
        ["offering.price", "got True", "expected a number"],
    ),
    "number for a table": ("offering = 3\n", ["offering", "got 3", "expected"]),
    "not a number": ("[offering]\nprice = nan\n", ["offering.price", "got nan", "finite"]),
    "infinite": ("[lending]\nfee_base = inf\n", ["lending.fee_base", "got inf", "finite"]),
    "negative shares": (
        "[offering]\nshares = -5\n",
        ["offering.shares", "got -5", "greater than 0"],
    ),
    "margin above 1": (
        "[companies.spacex.segments.ai]\ntarget_margin = 1.2\n",
        ["companies.spacex.segments.ai.target_margin", "got 1.2", "less than or equal to 1"],
    ),
    "unlocks more than a holder has": (
        LOCKUP.format("{ name = 'a', holders = ['employees'], shares = 9e9, day = 10 }"),
        ["lockup.tranches", "got 9,000,000,000 shares of employees", "at most the 1,621,305,000"],
    ),
    "unlocks more than is locked": (
        LOCKUP.format("{ name = 'a', holders = ['employees', 'venture_funds', 'executives', "
                      "'extended_holders', 'founder'], shares = 13e9, day = 10 }"),
        ["lockup.tranches", "got 13,000,000,000", "at most the 12,520,344,445 locked"],
    ),
    "unlocks for nobody": (
        LOCKUP.format("{ name = 'a', holders = ['aunt'], shares = 1e6, day = 10 }"),
        ["lockup.tranches", "'aunt'", "expected one of employees"],
    ),
    "dates out of order": (
        "[offering.dates]\npricing = 2026-06-01\n",
        ["offering.dates", "pricing: got 2026-06-01", "after terms_set (2026-06-03)"],
    ),
    "first trade on a holiday": (
        "[offering.dates]\nfirst_trade = 2026-06-19\n",
        ["offering.dates.first_trade", "got 2026-06-19", "trading day (nearest 2026-06-18)"],
    ),
    "pricing on a Sunday": (
        "[offering.dates]\npricing = 2026-06-07\n",
        ["offering.dates.pricing", "got 2026-06-07", "expected a trading day"],
    ),
    "report on a holiday": (
        REPORTS.format("2026-12-25"),
        ["news.reports", "a: got 2026-12-25", "trading day such as 2026-12-28"],
    ),
    "reports out of order": (
        REPORTS.format("2026-08-05") + REPORTS.format("2026-08-04"),
        ["news", "reports", "expected a day after the report before it"],
    ),
    "unknown mechanism": (
        "[offering]\nmechanism = 'dutch'\n",
        ["offering.mechanism", "got 'dutch'", "fixed_price, bookbuilding"],
    ),
    "price of nothing": (
        "[offering]\nprice = 0\n",
        ["offering.price", "got 0", "greater than 0"],
    ),
    "news about no segment": (
        SOURCE.format("'moon'", "input = 'target_margin', sd = 0.1"),
        ["news.sources", "x: got segment 'moon'", "launch, connectivity, ai, options"],
    ),
    "news about no input": (
        SOURCE.format("'ai'", "input = 'price', sd = 0.1"),
        ["news.sources.0.effects.0.input", "got 'price'", "'target_margin'"],
    ),
    "shock to no segment": (
        "[[news.shocks]]\nday = 3\ninput = 'target_margin'\nsegment = 'moon'\nchange = 0.1\n",
        ["news.shocks", "got segment 'moon'", "launch, connectivity, ai, options"],
    ),
    "insiders who do not add up": (
        "[[offering.insiders]]\nholder = 'founder'\nshares = 1e9\n[offering.lockup]\n"
        "anchor = 2026-06-11\ntranches = []\n",
        ["insiders", "got 1,000,000,000 shares", "expected the 12,520,344,445 outstanding"],
    ),
    "wealth that does not add up": (
        "[population.hedge]\ncount = 3\nwealth_share = 0.5\nelasticity = 5\nhalf_life_days = 2\n"
        "max_weight = 0.1\n",
        ["population", "wealth_share", "expected a sum of 1"],
    ),
    "no days": ("days = 0\n", ["days", "got 0", "greater than or equal to 1"]),
    "half a day": ("days = 1.5\n", ["days", "got 1.5", "integer"]),
    "unknown exchange": ("[market]\nexchange = 'XXXX'\n", ["exchange", "got 'XXXX'", "XNYS"]),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_are_refused_in_one_line(file: Write, case: str) -> None:
    """The line names the file, the field, the value and what was expected."""
    text, parts = BAD_FILES[case]
    top, tables = (text, "") if "[" not in text.split("=")[0] else ("", text)
    path = file(top + tables)
    message = refusal(lambda: load_scenario(path))
    for part in parts:
        assert part in message
    if case != "unknown exchange":  # said by the calendar, which does not know the file
        assert message.startswith("mine.toml: ")


BAD_ASSIGNMENTS: list[tuple[dict[str, Any], list[str]]] = [
    ({"offering.prce": 3}, ["offering.prce", "unknown", "offering.price"]),
    ({"offering.shares": -5}, ["offering.shares", "got -5", "greater than 0"]),
    ({"offering.price": None}, ["offering", "price: missing", "for mechanism fixed_price"]),
    ({"offering.shares": "many"}, ["offering.shares", "got 'many'", "number"]),
    ({"offering.price": float("inf")}, ["offering.price", "got inf", "finite"]),
    ({"offering.mechanism": "lottery"}, ["offering.mechanism", "got 'lottery'", "bookbuilding"]),
    ({"offering.company": "openai"}, ["offering.company", "'openai'"]),
    (
        {"companies.spacex.segments.ai.target_margin": 1.01},
        ["companies.spacex.segments.ai.target_margin", "got 1.01", "less than or equal to 1"],
    ),
    (
        {"offering.lockup.tranches.0.shares": 9e9},
        ["lockup.tranches", "shares to unlock", "expected at most"],
    ),
    (
        {"offering.dates.first_trade": "2026-06-13"},
        ["offering.dates.first_trade", "got 2026-06-13", "trading day"],
    ),
    ({"offering.dates.first_trade": "soon"}, ["offering.dates.first_trade", "got 'soon'", "date"]),
    ({"offering.secondary_shares": 7e9}, ["secondary_shares", "got 7,000,000,000", "at most"]),
    ({"offering.over_allotment": 0.2}, ["over_allotment", "got 0.2", "less than or equal to 0.15"]),
    ({"population.insiders": {}}, ["population.insiders", "no behaviour given for employees"]),
    ({"population.passive_share": 0.9}, ["passive_share + other_share", "expected a sum below 1"]),
    ({"days": "ten"}, ["days", "got 'ten'", "number"]),
]


@pytest.mark.parametrize(("changes", "parts"), BAD_ASSIGNMENTS, ids=lambda x: str(x)[:50])
def test_bad_assignments_are_refused_in_one_line(changes: dict[str, Any], parts: list[str]) -> None:
    """Assignments keep every rule that a file must keep."""
    message = refusal(lambda: load_scenario("spacex", changes))
    assert message.startswith("spacex.toml: ")
    for part in parts:
        assert part in message


def test_unknown_names_are_refused_with_the_nearest(file: Write, tmp_path: Path) -> None:
    """Scenario, parent and company: what was asked for, and what there is."""
    assert "'spacexx'" in refusal(lambda: load_scenario("spacexx"))
    assert "expected spacex or" in refusal(lambda: load_scenario("spacexx"))
    missing = str(tmp_path / "nowhere.toml")
    assert "no such file" in refusal(lambda: load_scenario(missing))
    orphan = file("", extends="spacey")
    assert "scenario 'spacey': unknown, expected spacex" in refusal(lambda: load_scenario(orphan))
    wrong = file("[offering]\ncompany = 'spacey'\n")
    assert "company 'spacey': unknown, expected spacex" in refusal(lambda: load_scenario(wrong))
    number = file("extends = 3\n", extends=None)
    assert "mine.toml: extends: got 3" in refusal(lambda: load_scenario(number))


def test_broken_toml_is_refused_with_its_line(file: Write) -> None:
    """Also when the parent is the broken one: the line belongs to the file that is named."""
    broken = file("days = 3\n[offering]\nprice = = 4\n", "broken.toml", extends=None)
    for path in (broken, file("", "heir.toml", extends=broken)):
        message = refusal(lambda path=path: load_scenario(path))  # type: ignore[misc]
        assert re.search(r"broken\.toml: broken TOML, .*line 3", message)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_circles_of_parents_are_refused(file: Write, tmp_path: Path, length: int) -> None:
    """A scenario may not be its own ancestor, however far back."""
    for k in range(length):
        file("", f"s{k}.toml", extends=str(tmp_path / f"s{(k + 1) % length}.toml"))
    message = refusal(lambda: load_scenario(str(tmp_path / "s0.toml")))
    assert message.startswith("s0.toml: extends: ") and "itself" in message


@pytest.mark.parametrize("seed", [1.5, "7", -1, True, None, float("nan")])
def test_seeds_are_whole_numbers(seed: Any) -> None:
    """Anything else is refused before a model is built."""
    message = refusal(lambda: build(load_scenario("spacex"), seed))
    assert message == f"seed: got {seed!r}, expected a whole number of 0 or more"


@pytest.mark.parametrize(("days", "wanted"), [(0, "greater than"), (-3, "greater"), (1.5, "integ")])
def test_a_run_needs_at_least_a_day(days: Any, wanted: str) -> None:
    """Also when the days are given to ``run`` and not to the scenario."""
    message = refusal(lambda: run(load_scenario("spacex"), days=days))
    assert f"days: got {days}" in message and wanted in message
