"""The results that are kept: a quick subset still agrees, and a difference would be seen."""

import json

import pytest

from experiments import reference_results as reference
from experiments.reference_results import KEPT, PARTS, PartFailed, disagreements, quick, read_quick
from sim.inputs import InputError


def test_the_quick_part_still_agrees():
    """If it does not, the model has changed: make the reference results again, or find out why."""
    assert disagreements(quick(), read_quick()) == []


def test_a_difference_is_told_in_one_line():
    kept = {"a": 1.0, "b": 2.0, "c": 3.0, "e": 4.0, "f": None}
    found = {"a": 1.0 + 1e-9, "b": 2.001, "d": 1.0, "e": None, "f": None}
    assert disagreements(found, kept) == [
        "c: kept, not computed any more", "d: computed, not kept", "b: 2.001, kept 2",
        "e: nothing, kept 4",
    ]  # fmt: skip


def test_no_two_parts_keep_a_file_of_the_same_name():
    names = [name for part in PARTS for name in part.keep.values()]
    assert len(names) == len(set(names))


def test_the_page_names_every_file_that_is_kept():
    page = (KEPT / "README.md").read_text(encoding="utf-8")
    for path in sorted(KEPT.iterdir()):
        assert path.name == "README.md" or f"`{path.name}`" in page, path.name


def test_an_unknown_part_is_refused():
    with pytest.raises(InputError, match="expected one of fan"):
        reference.make(["nothing"])


def test_a_part_runs_its_commands_and_keeps_what_it_says(tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(reference, "WORK", tmp_path / "work")
    monkeypatch.setattr(reference, "ROOT", tmp_path)
    write = (
        "import pathlib, sys; p = pathlib.Path(sys.argv[1]); p.mkdir(); (p / 't').write_text('1')"
    )
    part = reference.Part("one", (f'python -c "{write}" {{out}}',), {"t": "one.txt"})
    monkeypatch.setattr(reference, "PARTS", (part,))
    monkeypatch.setattr(reference, "quick", lambda: {"a": 1.0})
    reference.make([])
    assert (tmp_path / "kept" / "one.txt").read_text() == "1"
    assert json.loads((tmp_path / "kept" / "quick.json").read_text())["figures"] == {"a": 1.0}
    broken = reference.Part("two", ('python -c "raise SystemExit(3)"',), {})
    monkeypatch.setattr(reference, "PARTS", (broken,))
    with pytest.raises(PartFailed, match="two: a command failed"):
        reference.make(["two"])
    assert reference.main(["make", "two"]) == 1 and reference.main(["make", "three"]) == 2
    empty = reference.Part("four", ('python -c "pass"',), {"t": "four.txt"})
    monkeypatch.setattr(reference, "PARTS", (empty,))
    with pytest.raises(PartFailed, match="four: its commands have left no t"):
        reference.make(["four"])
