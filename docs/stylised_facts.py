"""Write the table of stylised-facts.md: what is left of each fact with a mechanism switched off.

``python docs/stylised_facts.py FOLDER`` takes ``table.csv`` of
``python -m experiments.evidence.targets.mechanisms`` over into ``results/reference/switches.csv``
and writes the table between the page's markers; without a folder only the page is written;
``--check`` says whether it is what would be written.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pandas as pd

from experiments.evidence.stylised_facts import FACTS
from experiments.evidence.targets.mechanisms import ALL

PAGE = Path(__file__).parent / "stylised-facts.md"
KEPT = PAGE.parents[1] / "results" / "reference" / "switches.csv"
START, END = "<!-- table -->", "<!-- end of table -->"
#: Column heads by figure.
HEADS = {
    "kurtosis": "kurtosis", "hill": "Hill", "aggregation": "20-day kurtosis ratio",
    "abs_1": "ρ₁ of size", "abs_10": "ρ₁₀", "abs_50": "ρ₅₀", "leverage": "leverage",
    "index_skew": "index skew", "volume": "volume–size", "volume_memory": "ρ₁ of volume",
    "acf_1": "ρ₁ of returns", "variance_ratio": "VR(5)", "turnover": "turnover",
}  # fmt: skip


def table() -> str:
    """The kept table in Markdown, a row a switch."""
    rows = pd.read_csv(KEPT)
    bands = {key: band for fact in FACTS for key, band in fact.bands.items()}
    lines = [
        "| | " + " | ".join(HEADS.values()) + " |",
        "|---" * (len(HEADS) + 1) + "|",
        "| *band* | " + " | ".join(_band(*bands[key]) for key in HEADS) + " |",
    ]
    for name in dict.fromkeys(rows["condition"]):
        own = rows[rows["condition"] == name].set_index("measure")
        cells = [_cell(own.loc[key], name == ALL) for key in HEADS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _band(low: float, high: float) -> str:
    if low == -float("inf"):
        return f"≤ {high:g}"
    return f"≤ {high:g}" if low == -1 else f"{low:g}–{high:g}"


def _cell(row: pd.Series, base: bool) -> str:
    value = "–" if pd.isna(row["value"]) else f"{row['value']:.3f}".rstrip("0").rstrip(".")
    sure = not base and row["difference_low"] * row["difference_high"] > 0
    return f"**{value}**" if sure else value


def page() -> str:
    """The page with the table as kept."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(START)
    return f"{before}{START}\n{table()}\n{END}{rest.split(END)[1]}"


def main(arguments: list[str]) -> int:
    """Command line."""
    if "--check" in arguments:
        same = PAGE.read_text(encoding="utf-8") == page()
        print("up to date" if same else "stylised-facts.md: run python docs/stylised_facts.py")
        return 0 if same else 1
    for folder in arguments:
        shutil.copyfile(Path(folder) / "table.csv", KEPT)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
