"""The documents keep up with the code: parameter table, links, commands."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest

from experiments.scenario import load_scenario
from sim.inputs import parse_assignment
from sim.valuation.company import load_company

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"^ipolab (run|value) .*$|`(ipolab (?:run|value) [^`]*)`", re.MULTILINE)


def parameters():
    place = ROOT / "docs" / "parameters.py"
    spec = importlib.util.spec_from_file_location("docs_parameters", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_parameter_table_is_what_the_code_says(capsys):
    assert parameters().main(["--check"]) == 0, capsys.readouterr()


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
