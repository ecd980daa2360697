"""The documents keep up with the code: every mechanism, every anchor, every printed command."""

import importlib
import inspect
import pkgutil
import re
import shlex
from pathlib import Path

import pytest
import typer

import agents
import sim
from experiments.cli import app
from sim.inputs import Settings

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "docs" / "model.md"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def modules(package):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.ispkg:
            yield importlib.import_module(found.name)


def has_settings(module):
    return any(
        issubclass(kind, Settings) and kind is not Settings and kind.__module__ == module.__name__
        for _, kind in inspect.getmembers(module, inspect.isclass)
    )


#: Files that the model document has to link: all agents, and all rules of the world.
MECHANISMS = sorted(
    {Path(module.__file__) for module in modules(agents)}
    | {Path(module.__file__) for module in modules(sim) if has_settings(module)}
)


def linked(text):
    """Files that a page beside the model document links."""
    return {(MODEL.parent / target).resolve() for target, _ in LINK.findall(text) if target}


@pytest.mark.parametrize("path", MECHANISMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_model_document_links_every_mechanism(path):
    assert path.resolve() in linked(MODEL.read_text())


def test_a_mechanism_that_is_left_out_is_noticed():
    without = MODEL.read_text().replace("(../agents/attention.py)", "()")
    missing = [path.name for path in MECHANISMS if path.resolve() not in linked(without)]
    assert missing == ["attention.py"]


def anchors(page):
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(BLOCK, "", page.read_text()), re.MULTILINE)
    plain = [re.sub(r"\]\([^)]*\)", "", heading) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_anchors_lead_to_headings(page):
    for target, anchor in LINK.findall(page.read_text()):
        if anchor and "://" not in target:
            assert anchor in anchors(page.parent / target if target else page), f"{target}#{anchor}"


def commands():
    for page in PAGES:
        for language, block in BLOCK.findall(page.read_text()):
            for line in block.splitlines():
                if language in ("", "sh") and line.startswith("ipolab "):
                    yield pytest.param(shlex.split(line, comments=True), id=f"{page.name}: {line}")


@pytest.mark.parametrize("words", list(commands()))
def test_printed_commands_and_options_exist(words):
    known = typer.main.get_command(app).commands
    assert words[1] in known
    options = {name for parameter in known[words[1]].params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_there_is_something_to_check():
    assert len(MECHANISMS) > 40
    assert len(list(commands())) > 20
