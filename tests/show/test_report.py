"""The page stands alone, escapes what it is given, and answers from the numbers."""

from __future__ import annotations

import json
import re
import shlex
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from experiments.cli import app
from experiments.console import invoke
from experiments.folder import check_folder, write_value
from experiments.formats import plain, schema_of, to_json, write_table
from experiments.manifest import provenance
from experiments.results import write
from experiments.scenario import load_scenario
from experiments.show.html import Html, element, escaped, folded, page, section, table
from experiments.show.report import report_html, write_report
from experiments.show.reproduce import command
from experiments.show.sweep_report import unfinished
from experiments.valuation import value_company
from sim.inputs import InputError, parse_assignment
from tests.sweeps_analysis.frames import grid, points

EVIL = "<script>alert('x')</script>"


class Page(HTMLParser):
    """Tags, what they refer to, and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.sources += [str(v) for k, v in attributes if k in ("src", "href", "action", "data")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def read(text: str) -> Page:
    """The page, after what holds for every one: nothing open, nothing fetched, no script."""
    found = Page(text)
    assert not found.open
    assert not {"script", "link", "iframe", "object"} & set(found.tags)
    assert all(source.startswith("data:image/png;base64,") for source in found.sources)
    assert "http://" not in text and "https://" not in text
    assert "default-src 'none'" in text
    return found


@pytest.fixture(scope="module")
def sweep_folder(tmp_path_factory):
    """A finished sweep as the engine leaves it, with one failed run."""
    folder = tmp_path_factory.mktemp("sweep")
    factors = {"population.a": [0.1, 0.3, 0.5], "offering.mechanism": ["fixed_price", EVIL]}
    rows = grid(factors, lambda at, shared, own: 0.2 - 0.3 * at["population.a"] + 0.02 * shared)
    rows = rows.rename(columns={"y": "first_day_return"}).assign(
        # at one level a seed's sign is noise that cancels over the eight seeds
        peak_close=lambda t: 150 + 5 * (-1.0) ** t["seed"] * (t["population.a"] == 0.5),
        key="k",
    )
    design = {"scenario": "spacex", "description": f"A sweep {EVIL}", "replicates": 8,
              "factors": factors, "sample": None, "set": {"days": 30},
              "outputs": {"summary": [], "daily": []}}  # fmt: skip
    store(folder, rows, list(factors), design)
    lost = {"point": [1], "seed": [9], "key": ["z"], "kind": ["raised"], "error": [EVIL],
            "attempts": [1]}  # fmt: skip
    failed = pd.DataFrame(lost)
    write_table(failed, schema_of(failed), folder / "errors.parquet")
    return folder


@pytest.fixture(scope="module")
def sweep_page(sweep_folder):
    return report_html(sweep_folder)


def store(folder, rows, factors, design):
    points_ = rows[["point", *factors]].drop_duplicates("point")
    kept = rows.drop(columns=factors)[["key", "point", "seed", *rows.columns.difference(
        ["key", "point", "seed", *factors], sort=False)]]  # fmt: skip
    for name, frame in {"points": points_, "rows": kept}.items():
        write_table(frame, schema_of(frame), folder / f"{name}.parquet")
    (folder / "design.json").write_text(to_json(design), encoding="utf-8")
    manifest = {**provenance("sweep"), "name": "mine", "state": "finished"}
    (folder / "manifest.json").write_text(to_json(manifest), encoding="utf-8")


def test_text_is_escaped_and_markup_is_not():
    assert escaped(EVIL) == "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;"
    assert element("p", EVIL, Html("<b>x</b>"), class_='"').count("<") == 4
    assert section("nothing", Html(), "") == "" and folded("nothing", Html()) == ""
    shown = page(EVIL, EVIL, [table(pd.DataFrame({EVIL: [EVIL], "n": [np.nan]}))])
    assert EVIL in read(shown).words and "<script" not in shown


def test_a_long_table_is_cut_with_a_note():
    shown = table(pd.DataFrame({"x": range(1000)}))
    assert shown.count("<tr>") == 201 and "800 more rows" in shown


def test_the_page_of_a_run_draws_figures_that_are_not_there(make_result, tmp_path):
    write(make_result(), tmp_path / "run", figures=False)
    found = read(write_report(tmp_path / "run").read_text(encoding="utf-8"))
    assert found.tags.count("img") == 5 and not (tmp_path / "run" / "figures").exists()
    for words in ("Offer price", "$16.00", "How to reproduce", "--seed 0", "ipolab 0", "listing"):
        assert words in found.words
    assert check_folder(tmp_path / "run").is_dir()  # the page is not in the way of a new run


def test_the_page_of_a_valuation_repeats_its_command(tmp_path):
    changes = {"segments.ai.target_margin": 0.3}
    row = value_company("spacex", changes, 50, 3, keep_draws=True)
    asked = {"company_file": "spacex", "changes": changes, "seed": 3}
    found = read(report_html(write_value(row, tmp_path / "value", asked)))
    again = "ipolab value spacex --stories 50 --seed 3 --set segments.ai.target_margin=0.3"
    assert again in found.words and "value per share" in found.words
    assert found.tags.count("img") == len(list((tmp_path / "value" / "figures").iterdir())) > 0


def test_the_page_of_a_study_shows_its_verdict(tmp_path):
    lines = pd.DataFrame({"measure": ["m"], "label": ["x"], "condition": ["a"], "value": [1.5]})
    study = {"question": f"Why {EVIL}?", "reading": "So.", "claim": "P1", "verdict": "holds",
             "hangs_on": "much", "table": lines}  # fmt: skip
    (tmp_path / "study.json").write_text(to_json(study), encoding="utf-8")
    manifest = {**provenance("experiment"), "name": "weighting", "seeds": [3, 4, 5],
                "assignments": {"days": 30}}  # fmt: skip
    (tmp_path / "manifest.json").write_text(to_json(manifest), encoding="utf-8")
    found = read(report_html(tmp_path))
    assert "holds" in found.words and f"Why {EVIL}?" in found.words
    assert "ipolab experiment weighting --replicates 3 --seed 3 --set days=30" in found.words


def test_a_kind_without_a_page_of_its_own_shows_what_it_has(tmp_path):
    (tmp_path / "manifest.json").write_text(
        to_json({**provenance("validate"), "command": "ipolab validate"}), encoding="utf-8"
    )
    pd.DataFrame({"id": ["A1"], "verdict": ["pass"]}).to_csv(tmp_path / "rows.csv", index=False)
    (tmp_path / "summary.json").write_text('{"passed": 3}', encoding="utf-8")
    found = read(report_html(tmp_path))
    assert "A1" in found.words and "passed" in found.words and "ipolab validate" in found.words


def test_the_page_of_a_sweep_answers_its_question(sweep_page):
    found = read(sweep_page)
    assert "What changes as population a rises?" in found.words
    assert re.search(r"first-day return falls from \d+ % to \d", found.words)
    assert "As population a rises from 0.1 to 0.5, peak close shows no clear change" in found.words
    assert "1 runs did not finish (1 raised)" in found.words and EVIL in found.words
    assert found.tags.count("img") == 5  # two responses, two heat maps, chance
    assert "variance reduction" in found.words


def test_a_sampled_sweep_and_its_sensitivity(tmp_path):
    from SALib.sample.sobol import sample

    problem = {"num_vars": 2, "names": ["p.u", "p.v"], "bounds": [[0, 1]] * 2}
    x = sample(problem, 64, calc_second_order=False, seed=1)
    rows = points(x, ["p.u", "p.v"], lambda x: 5 * x[:, 0] + x[:, 1], seeds=2, noise=0.1)
    ranges = {name: {"from": 0.0, "to": 1.0, "scale": "linear"} for name in problem["names"]}
    design = {"scenario": "spacex", "factors": {}, "set": {}, "replicates": 2,
              "sample": {"method": "saltelli", "points": 64, "factors": ranges}}  # fmt: skip
    store(tmp_path, rows.assign(key="k"), ["p.u", "p.v"], design)
    found = read(report_html(tmp_path, sensitivity=True))
    assert "As p u rises over its range, y rises (partial rank correlation" in found.words
    assert "Indices of y" in found.words and found.tags.count("img") == 4


def test_indices_are_refused_where_the_design_has_none(sweep_folder, make_result, tmp_path):
    with pytest.raises(InputError, match="expected sampled factors alone"):
        report_html(sweep_folder, sensitivity=True)
    write(make_result(), tmp_path / "run", figures=False)
    with pytest.raises(InputError, match="holds a run, expected a sweep"):
        report_html(tmp_path / "run", sensitivity=True)


def test_an_unfinished_sweep_says_so(sweep_folder, tmp_path):
    assert unfinished(sweep_folder, 48) == ""  # no plan
    plan = pd.DataFrame({"key": ["k"] * 60, "point": 0, "seed": range(60)})
    write_table(plan, schema_of(plan), tmp_path / "plan.parquet")
    assert "not complete: 12 of 60 runs are still to do" in unfinished(tmp_path, 48)
    assert unfinished(tmp_path, 60) == ""


def test_the_same_folder_gives_the_same_bytes(sweep_folder, sweep_page):
    assert report_html(sweep_folder) == sweep_page


def test_changes_to_a_shipped_scenario_become_assignments():
    changes = {"universe.kind": "market", "days": 30, "offering.price": 140.0}
    resolved = plain(load_scenario("spacex", changes))
    line, remark = command({"kind": "run", "name": "spacex", "seed": 7, "scenario": resolved})
    assert line.startswith("ipolab run spacex --seed 7 ") and remark == ""
    assert set(re.findall(r"--set (\S+)", line)) == {
        "universe.kind=market", "days=30", "offering.price=140.0"
    }  # fmt: skip
    _, remark = command({"kind": "run", "name": "mine", "seed": 7, "scenario": resolved})
    assert "manifest.json holds them" in remark


@pytest.mark.parametrize(
    "changes",
    [
        {"population.passive.assets": {"sp500": 1.0}},
        {"news.shocks": [{"day": 3, "input": "cost_of_capital", "change": 0.01}]},
    ],
)
def test_tables_and_lists_are_written_as_the_command_line_reads_them(changes):
    resolved = plain(load_scenario("spacex", changes))
    line, remark = command({"kind": "run", "name": "spacex", "seed": 7, "scenario": resolved})
    words = shlex.split(line)
    typed = dict(parse_assignment(words[n + 1]) for n, w in enumerate(words) if w == "--set")
    assert plain(load_scenario("spacex", typed)) == resolved and remark == ""


def test_what_cannot_be_typed_is_said():
    resolved = plain(load_scenario("spacex", {"offering.lockup": None}))
    line, remark = command({"kind": "run", "name": "spacex", "seed": 7, "scenario": resolved})
    assert line == "ipolab run spacex --seed 7" and "manifest.json holds them" in remark


def test_strange_folders_are_refused_in_one_line(tmp_path, capsys, make_result):
    (tmp_path / "empty").mkdir()
    write(make_result(), tmp_path / "broken", figures=False)
    (tmp_path / "broken" / "prices.parquet").write_bytes(b"no")
    for name, said in {
        "x" * 300: "cannot be read (", "none": "no such folder",
        "empty": "not an ipolab results folder",
        "broken": "incomplete or broken results",
    }.items():  # fmt: skip
        assert invoke(app, ["report", str(tmp_path / name)]) == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1
    assert not (tmp_path / "empty" / "report.html").exists()


def test_the_page_appears_whole_or_not_at_all(tmp_path, monkeypatch, capsys):
    home = tmp_path / "results"
    home.mkdir()
    (home / "manifest.json").write_text(to_json(provenance("validate")), encoding="utf-8")
    (home / "report.html").write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(InputError, match="No space left"):
        write_report(home)
    assert (home / "report.html").read_text() == "old"
    assert not list(home.glob(".report*"))
    monkeypatch.undo()
    out = tmp_path / "page.html"
    assert invoke(app, ["report", str(home), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bytes"] == out.stat().st_size
