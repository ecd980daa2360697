"""Rulebooks: the shipped ones, files of one's own, and refusals in one line."""

from __future__ import annotations

import pytest

from sim.index import load_rulebook, rulebook_names
from sim.inputs import InputError

NAMES = {
    "sp500",
    "sp500-waiver",
    "sp400",
    "nasdaq100",
    "nasdaq100-5x",
    "russell1000",
    "crsp-total-market",
    "msci-usa",
    "equal-weight-500",
    "price-weight-30",
    "sp500-cap",
    "total-market",
}


def test_every_shipped_rulebook_loads_under_its_own_name():
    assert set(rulebook_names()) == NAMES
    assert {load_rulebook(name).name for name in NAMES} == NAMES
    assert len({load_rulebook(name).title for name in NAMES}) == len(NAMES)


def test_variants_differ_from_their_originals_only_where_they_should():
    def differing(one: str, other: str) -> set[str]:
        first, second = load_rulebook(one).model_dump(), load_rulebook(other).model_dump()
        found = {k for k in first if first[k] != second[k] and k != "eligibility"}
        rules, others = first["eligibility"], second["eligibility"]
        return found | {k for k in rules if rules[k] != others[k]}

    assert differing("sp500", "sp500-waiver") == {
        "name",
        "title",
        "seasoning_sessions",
        "waiver_rank",
    }
    assert differing("nasdaq100", "nasdaq100-5x") == {"name", "title", "weight_float_multiple"}


def test_a_file_of_ones_own_by_path(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'title = "Mine"\nweighting = "equal"\ncount = 3\n[reviews]\nmonths = [9, 3]\n',
        encoding="utf-8",
    )
    rules = load_rulebook(str(path), {"count": 7, "reviews.announce_lead_sessions": 3})
    assert (rules.name, rules.count, rules.reviews.months) == ("mine", 7, (3, 9))
    assert rules.reviews.announce_lead_sessions == 3


def test_a_table_that_was_absent_may_be_assigned():
    rules = load_rulebook("sp500", {"fast_entry.sessions": 5, "fast_entry.notice_sessions": 2})
    assert rules.fast_entry is not None and rules.fast_entry.sessions == 5


GOOD = {"title": '"X"', "count": "10", "reviews": "{months = [6]}"}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"cuont": "5"}, "x.toml: cuont: unknown key, expected count"),
        ({"count": "0"}, "x.toml: count: got 0, expected greater than or equal to 1"),
        ({"count": "-3"}, "x.toml: count: got -3, expected greater than or equal to 1"),
        ({"max_weight": "0.05"}, "max_weight: got 0.05, expected at least 1/count = 0.1"),
        (
            {"max_weight": "0.5", "weighting": '"equal"'},
            "max_weight: expected weighting cap or float_cap, not equal",
        ),
        ({"weight_float_multiple": "3.0"}, "weight_float_multiple: expected weighting cap, not fl"),
        ({"low_float_threshold": "0.3"}, "low_float_threshold: expected weight_float_multiple"),
        ({"buffer": "-0.1"}, "x.toml: buffer: got -0.1, expected greater than or equal to 0"),
        ({"reviews": "{months = [13]}"}, "reviews.months.0: got 13, expected less than or equal"),
        ({"reviews": "{months = [6, 6]}"}, "reviews.months: got [6, 6], expected months that"),
        ({"reviews": "{months = []}"}, "reviews.months: got []"),
        ({"reviews": '{months = [6], effective = "ides"}'}, "reviews.effective: got 'ides'"),
        ({"weighting": '"gdp"'}, "x.toml: weighting: got 'gdp', expected 'float_cap', 'cap'"),
        ({"discretion": "0.5"}, "discretion: expected replacement committee"),
        ({"make_room_rank": "5"}, "make_room_rank: expected replacement committee"),
        (
            {"make_room_rank": "50", "replacement": '"committee"'},
            "make_room_rank: got 50, expected at most count = 10",
        ),
        ({"feeder": '"sp400"'}, "feeder: expected replacement committee"),
        (
            {"feeder": '"sp401"', "replacement": '"committee"'},
            "x.toml: feeder 'sp401': unknown, expected sp400 or sp500 or a path to a .toml file",
        ),
        ({"members_of": '"sp500"'}, "count: expected none where members_of is given"),
        ({"feeder": '"x"', "replacement": '"committee"'}, "feeder: got the index itself"),
        ({"fast_entry": "{sessions = 5, notice_sessions = 5}"}, "notice_sessions: got 5, expected"),
        ({"fast_entry": "{sessions = -5}"}, "fast_entry.sessions: got -5"),
        ({"eligibility": "{min_float_factor = 1.5}"}, "eligibility.min_float_factor: got 1.5"),
        ({"eligibility": "{min_cap_bn = 9, max_cap_bn = 3}"}, "max_cap_bn: got 3.0, expected more"),
        ({"eligibility": '{waives = ["taxes"]}'}, "eligibility.waives.0: got 'taxes'"),
        ({"buffer": "1.0"}, "buffer: got 1.0, expected less than 1 in a ranked index"),
        ({"count": "true"}, "x.toml: count: got True, expected a number"),
        ({"title": None}, "x.toml: title: missing, expected a value"),
        ({"reviews": None}, "float_update: got 'quarterly', expected event where there are no"),
        ({"replacement": '"committee"', "count": None}, "count: missing, expected a number"),
        ({"fill_vacancies": "true", "count": None}, "fill_vacancies: expected a count"),
    ],
)
def test_a_bad_rulebook_is_refused_in_one_clear_line(tmp_path, changed, message):
    path = tmp_path / "x.toml"
    lines = {key: value for key, value in (GOOD | changed).items() if value is not None}
    path.write_text("\n".join(f"{k} = {v}" for k, v in lines.items()), encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        load_rulebook(str(path))
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_unknown_names():
    with pytest.raises(InputError, match="rulebook 'sp50': unknown, expected"):
        load_rulebook("sp50")
    with pytest.raises(InputError, match="no such file"):
        load_rulebook("missing.toml")
    with pytest.raises(InputError, match=r"sp500\.toml: eligibility\.seasoning: unknown"):
        load_rulebook("sp500", {"eligibility.seasoning": 3})
