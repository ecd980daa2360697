"""Company files: every bad field is refused in one line that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.inputs import InputError, known_paths
from sim.valuation.company import FOLDER, company_names, load_company

REACHABLE = [
    *(
        f"segments.{segment}.{field}"
        for segment in ("launch", "connectivity", "ai", "options")
        for field in (
            "base_revenue", "target_revenue", "base_margin", "target_margin", "sales_to_capital",
        )
    ),
    *(f"{group}.{end}" for group in ("cost_of_capital", "tax") for end in ("initial", "stable")),
    "risk_free", "terminal_roic", "failure_probability", "cash", "debt", "proceeds", "shares",
    "issue_price",
]  # fmt: skip


@pytest.mark.parametrize("name", ["spacex", "spacex-april"])
def test_keys_of_the_interface_are_reachable(name):
    assert set(REACHABLE) <= set(known_paths(load_company(name)))


def test_shipped_companies():
    assert company_names() == ["anthropic", "openai", "spacex", "spacex-april"]


def test_sales_to_capital_takes_a_number_or_a_pair():
    for given, pair in ((2, (2.0, 2.0)), ([2, 3], (2.0, 3.0))):
        company = load_company("spacex", {"segments.ai.sales_to_capital": given})
        assert company.segments["ai"].sales_to_capital_pair == pair


@pytest.mark.parametrize(
    ("path", "wrong", "parts"),
    [
        ("segments.ai.target_margin", 1.2, ["got 1.2", "less than or equal to 1"]),
        ("shares", -1, ["got -1", "greater than 0"]),
        ("shares", 0, ["got 0", "greater than 0"]),
        ("cost_of_capital.stable", 0.04, ["got 0.04", "more than", "risk_free = 0.0456"]),
        ("risk_free", 0.2, ["cost_of_capital.stable", "risk_free = 0.2"]),
        ("terminal_roic", 0.03, ["terminal_roic", "got 0.03", "risk_free"]),
        ("segments.ai.sales_to_capital", 0, ["got 0", "greater than 0"]),
        ("segments.ai.sales_to_capital", [2, -3], ["sales_to_capital.1", "got -3"]),
        ("segments.ai.sales_to_capital", [2, 3, 4], ["sales_to_capital"]),
        ("segments.ai.base_revenue", -2, ["got -2", "greater than or equal to 0"]),
        ("segments.ai.base_revenue", "many", ["got 'many'", "number"]),
        ("segments.ai.starts_after", 10, ["got 10", "less than or equal to 9"]),
        ("failure_probability", 1.5, ["got 1.5", "less than 1"]),
        ("tax.stable", -0.1, ["got -0.1", "greater than or equal to 0"]),
        ("issue_price", 0, ["issue_price", "greater than 0"]),
        ("symbol", "spx!", ["symbol", "got 'spx!'"]),
        ("as_of", "June", ["as_of", "got 'June'", "date"]),
        ("segments", {}, ["segments", "at least 1"]),
        ("stories.switches.chips.segment", "moon", ["got 'moon'", "launch"]),
        ("stories.switches.chips.probability", 2, ["got 2", "less than or equal to 1"]),
        ("research.life", 9, ["research", "2016", "life = 9"]),
    ],
)
def test_refused_values(path, wrong, parts):
    with pytest.raises(InputError) as caught:
        load_company("spacex", {path: wrong})
    message = str(caught.value)
    assert message.startswith("spacex.toml: ") and "\n" not in message
    assert path.split(".")[0] in message or "cost_of_capital" in message
    for part in parts:
        assert part in message


def test_unknown_path_names_the_nearest():
    with pytest.raises(InputError, match=r"segments\.ai\.target_margn: unknown.*target_margin"):
        load_company("spacex", {"segments.ai.target_margn": 0.3})
    with pytest.raises(InputError, match="'spacx': unknown, expected spacex"):
        load_company("spacx")


def edited(tmp_path: Path, old: str, new: str) -> str:
    text = (FOLDER / "template.toml").read_text()
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1))
    return str(path)


def test_own_file(tmp_path: Path):
    path = edited(tmp_path, "Example Company", "Mine")
    assert load_company(path, {"cash": 5}).cash == 5


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("shares = 0.5", "share = 0.5", "share: unknown key, expected shares"),
        ("shares = 0.5", "shares = nan", "shares: got nan, expected a finite number"),
        ("base_revenue = 2.0", 'base_revenue = "2.0"', "segments.main.base_revenue: got '2.0'"),
        ("cash = 2.0", "cash = true", "cash: got True, expected a number"),
        ("cash = 2.0", "cash = = 2", "line 14"),
        ("[tax]", "[taxes]", "taxes: unknown key, expected tax"),
        ("target_revenue = 20 ", "# ", "segments.main.target_revenue: missing"),
        ("[stories.segments.main]", "[stories.segments.other]", "stories.segments.other"),
    ],
)
def test_broken_files(tmp_path: Path, old, new, expected):
    with pytest.raises(InputError) as caught:
        load_company(edited(tmp_path, old, new))
    message = str(caught.value)
    assert "mine.toml" in message and expected in message and "\n" not in message
