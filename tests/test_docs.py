"""The documents keep up with the code: parameter table, links, commands."""

import importlib
import importlib.util
import pkgutil
import re
import shlex
from functools import cache
from pathlib import Path

import pytest

import agents
import sim
from experiments.scenario import load_scenario
from sim.inputs import InputError, Settings, parse_assignment
from sim.valuation.company import load_company

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"^ipolab (run|value) .*$|`(ipolab (?:run|value) [^`]*)`", re.MULTILINE)


@cache
def parameters():
    place = ROOT / "docs" / "parameters.py"
    spec = importlib.util.spec_from_file_location("docs_parameters", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_parameter_table_is_what_the_code_says(capsys):
    assert parameters().main(["--check"]) == 0, capsys.readouterr()


def settings_classes():
    """All settings classes of the world and of the agents, used by a scenario or not."""
    for package in (sim, agents):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)
    waiting, classes = [Settings], set()
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        classes |= {kind for kind in below if kind.__module__.split(".")[0] in ("sim", "agents")}
    return sorted(classes, key=lambda kind: (kind.__module__, kind.__qualname__))


def rows(text):
    """Cells of every table row of the parameter page, by path."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row[1:] for row in cells}


def without_a_row(classes, text):
    """Fields that the page does not show with value or default, range, unit and source."""
    module, shown = parameters(), rows(text)
    complete = {path for path, cells in shown.items() if len(cells) == 4 and all(cells)}
    return [
        f"{kind.__name__}.{name}"
        for kind in classes
        for name, paths in module.places(kind).items()
        if not paths or not complete.issuperset(paths)
    ]


PAGE = ROOT / "docs" / "parameters.md"


def test_every_field_of_every_settings_class_is_in_the_parameter_table():
    classes = settings_classes()
    assert len(classes) > 50
    assert not without_a_row(classes, PAGE.read_text())


def test_a_setting_that_no_scenario_reaches_is_noticed():
    class Forgotten(Settings):
        strength: float = 1.0

    assert without_a_row([Forgotten], PAGE.read_text()) == ["Forgotten.strength"]


@pytest.mark.parametrize(
    "path, field",
    [
        ("pipeline.backlog", "PipelineRules.backlog"),
        ("population.momentum.horizons.2", "MomentumRules.horizons"),
        ("corporate_actions.*.ratio", "CorporateAction.ratio"),
        ("indices.*.fast_entry.multiple", "FastEntry.multiple"),
    ],
)
def test_a_row_that_is_missing_or_lacks_its_source_is_noticed(path, field):
    text = PAGE.read_text()
    classes = [kind for kind in settings_classes() if kind.__name__ == field.split(".")[0]]
    row = next(line for line in text.splitlines() if line.startswith(f"| `{path}` |"))
    bare = " | ".join(row.split(" | ")[:-1]) + " | |"
    assert without_a_row(classes, text) == []
    assert without_a_row(classes, text.replace(f"{row}\n", "")) == [field]
    assert without_a_row(classes, text.replace(row, bare)) == [field]


def test_units_and_sources_are_checked_both_ways(tmp_path, monkeypatch):
    module = parameters()
    text = "".join(file.read_text() for file in module.ENTRIES)
    line = next(line for line in text.splitlines() if line.startswith('"pipeline.beta"'))
    changed = tmp_path / "entries.toml"
    monkeypatch.setattr(module, "ENTRIES", (changed, changed))
    changed.write_text(text)
    assert not module.faults()
    changed.write_text(text.replace(line, ""))
    assert [fault.split(":")[0] for fault in module.faults()] == ["pipeline.beta"]
    changed.write_text(text + line.replace("beta", "gamma"))
    assert module.faults() == ["pipeline.gamma: has an entry and is no parameter"]
    changed.write_text(text.replace(line, '"pipeline.beta" = { unit = "market beta" }'))
    assert module.faults() == ["pipeline.beta: expected unit and source, nothing else"]


def test_a_pattern_describes_nothing_deeper_than_itself():
    entry_for = parameters().entry_for
    known = {"population.*.padding": {}, "population.issuance.*.half": {}}
    assert entry_for("population.hedge.padding", known) == "population.*.padding"
    assert entry_for("population.issuance.window.reading.padding", known) is None


@pytest.mark.parametrize(
    "path, value",
    [
        ("offering.range", [150.0, 120.0]),
        ("offering.mechanism", "lottery"),
        ("population.passive.assets.sp500", -1.0),
        ("population.households.path", [[2.0, 0.1], [1.0, 0.2]]),
        ("population.momentum.horizons.0", 0.0),
    ],
)
def test_ranges_written_by_hand_or_of_lists_are_those_that_are_checked(path, value):
    with pytest.raises(InputError):
        load_scenario("spacex", {path: value})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    broken = [link for link in links if not (page.parent / link).exists()]
    assert not broken


def commands():
    for page in PAGES:
        for match in COMMAND.finditer(page.read_text()):
            words = shlex.split(match.group(0).strip("`"), comments=True)
            if not {"SCENARIO", "COMPANY"} & set(words) and not words[2].startswith(
                ("-", "path", "my")
            ):
                yield pytest.param(words, id=f"{page.name}: {' '.join(words)}")


@pytest.mark.parametrize("words", list(commands()))
def test_printed_commands_name_what_exists(words):
    changes = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
    if any("path=" in change or "k=v" in change for change in changes):
        return
    assignments = dict(parse_assignment(change) for change in changes if "<" not in change)
    load = load_scenario if words[1] == "run" else load_company
    load(words[2], assignments)


def test_there_are_commands_to_check():
    assert len(list(commands())) > 10
