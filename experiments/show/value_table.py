"""A valuation as terminal tables; each takes the dict of `experiments.valuation`, money in USD."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]
BILLION, MILLION = 1e9, 1e6
WORDS = ("at the low end", "at the high end")  # columns of text, not figures
WIDEST = 12


def value_table(row: Row, folder: Path | None = None) -> Any:
    """A rich renderable of everything in `row`, and of where the files are."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Any] = [
        Text(row["company"], style="bold"),
        Text(f"as of {row['as_of']}; {row['source']}", style="dim"),
    ]
    for heading, columns, rows in _tables(row):
        parts += [Text(), *([Text(heading, style="bold")] if heading else []), _grid(columns, rows)]
    if folder is not None:
        parts += [Text(), Text(f"Files in {folder}/", no_wrap=True, overflow="ignore")]
    return Group(*parts)


Lines = Sequence[Sequence[str]]


def _tables(row: Row) -> Iterator[tuple[str, Sequence[str], Lines]]:
    """Heading, column names and lines of every table there is data for."""
    yield "", (), _worth(row)
    if "percentiles" in row:
        heading = f"{row['stories']:,} stories, seed {row['seed']}"
        yield heading, ("", *row["percentiles"]), _spread(row)
    if "years" in row:
        numbers = [str(year) for year in range(1, 11)]
        lines = [
            [name, *(f"{amount / BILLION:,.1f}" for amount in parts["total"])]
            for name, parts in row["years"].items()
        ]
        yield "Years 1-10, USD bn", ("", *numbers), lines
    if "bridge" in row:
        yield "Value bridge", ("", "USD bn", "$ a share"), _bridge(row["bridge"])
    if "tornado" in row:
        yield (
            f"What moves equity value: one input at its 10th and 90th percentile, {WIDEST} widest",
            ("", "low, USD bn", "high, USD bn", *WORDS),
            [_bar(bar) for bar in row["tornado"][:WIDEST]],
        )
    if "research" in row:
        heading = f"Operating profit {row['research']['year']} with research capitalised, USD bn"
        yield heading, (), _research(row["research"])
        yield "", (), [[f"Assumed: {row['research']['assumption']}"]]
    if "switches" in row:
        limit = row["switches"]["threshold"] / BILLION
        columns = ("", "as stated", "p5", "p50", "p95", f"above {limit:,.0f}")
        yield "Switches of the story, equity value in USD bn", columns, _switches(row["switches"])


def _grid(columns: Sequence[str], rows: Lines) -> Any:
    from rich.table import Table

    table = Table(box=None, show_header=bool(columns), pad_edge=False, padding=(0, 2, 0, 0))
    for number, name in enumerate(columns or [""] * max(len(line) for line in rows)):
        words = number == 0 or name in WORDS
        table.add_column(
            name,
            justify="left" if words else "right",
            header_style="dim",
            no_wrap=bool(columns) and number == 0,
        )
    for line in rows:
        table.add_row(*line)
    return table


def _bn(usd: float) -> str:
    return f"{'-' if usd < 0 else ''}${abs(usd) / BILLION:,.2f} bn"


_SHEET = (("cash", 1), ("debt", -1), ("proceeds", 1))


def _worth(row: Row) -> Lines:
    lines = [[name.replace("_", " "), _bn(usd)] for name, usd in row["segments"].items()]
    return [
        *lines,
        ["enterprise value", _bn(row["enterprise_value"])],
        *([name, _bn(sign * row[name])] for name, sign in _SHEET if row.get(name)),
        ["equity value", _bn(row["equity_value"])],
        ["shares", f"{row['shares'] / MILLION:,.2f} m"],
        ["value per share", f"${row['value_per_share']:,.2f}"],
    ]


def _spread(row: Row) -> Lines:
    equity, share = row["percentiles"], row["per_share_percentiles"]
    return [
        ["equity, USD bn", *(f"{usd / BILLION:,.0f}" for usd in equity.values())],
        ["$ a share", *(f"{usd:,.2f}" for usd in share.values())],
    ]


def _bridge(bridge: Row) -> Lines:
    ends = [(bridge["from"], ","), *((step, "+,") for step in bridge["steps"]), (bridge["to"], ",")]
    return [
        [
            step["label"],
            f"{step['equity_value'] / BILLION:{sign}.2f}",
            f"{step['value_per_share']:{sign}.2f}",
        ]
        for step, sign in ends
    ]


def _bar(bar: Row) -> list[str]:
    low, high = bar["low_equity"] / BILLION, bar["high_equity"] / BILLION
    texts = [bar["low_input"], "" if bar["low_input"] == bar["high_input"] else bar["high_input"]]
    return [
        bar["factor"].replace("_", " ").replace(".", " "),
        f"{low:,.0f}",
        f"{high:,.0f}",
        *texts,
    ]


def _research(research: Row) -> Lines:
    def bn(key: str) -> str:
        return f"{research[key] / BILLION:,.2f}"

    return [
        ["reported", bn("reported_operating_income")],
        ["research expensed", bn("research_expense")],
        [f"amortisation over {research['life']} years", bn("amortisation")],
        ["with research capitalised", bn("adjusted_operating_income")],
        ["research asset", bn("research_asset")],
    ]


def _switches(switches: Row) -> Lines:
    return [
        [
            label.replace("_", " "),
            f"{case['point'] / BILLION:,.0f}",
            *(f"{case['percentiles'][p] / BILLION:,.0f}" for p in ("p5", "p50", "p95")),
            f"{case['probability_above_threshold']:.1%}",
        ]
        for label, case in switches["cases"].items()
    ]
