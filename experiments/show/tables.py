"""The summary of a run as a table a person reads in ten seconds: terminal, text, notebook."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from experiments.results import Result

Row = tuple[str, str, str]  # what, figure, remark


def withdrawn(result: Result) -> bool:
    """Whether the offering did not take place."""
    return str(result.summary.get("decision") or "").startswith("withdr")


def title(result: Result) -> str:
    """Scenario, symbol, seed and length of the run."""
    from experiments.show.figures import focus

    days = len(result.prices["date"].unique()) if len(result.prices) else 0
    symbol = focus(result)
    parts = [
        result.name + (f" ({symbol})" if symbol else ""),
        f"seed {result.seed}",
        f"{days} trading day{'' if days == 1 else 's'}",
    ]
    return " · ".join(parts)


def statement(result: Result) -> str:
    """One sentence on an offering that did not take place."""
    reason = str(result.offering.get("reason") or "no reason given").rstrip(".")
    return f"The offering was withdrawn: {reason}. Nothing was sold and nothing was listed."


#: Events in which index funds trade less of the float than this have nothing to show.
LEAST_DEMAND = 0.005


def summary_rows(result: Result) -> list[Row]:
    """Rows of the table; a figure the run did not reach is left out or shown as a dash."""
    from experiments.formats import plain

    s, offering = plain(result.summary), plain(result.offering)  # a NaN is a figure not reached
    if withdrawn(result):
        rows = [("Book coverage", _times(s.get("oversubscription")), "")]
        rows.append(("Intrinsic value", _usd(s.get("intrinsic_value_per_share")), "a share"))
        return rows
    offer, first = s.get("offer_price"), s.get("first_close")
    decision = str(s.get("decision") or "priced")
    rows = [
        ("Decision", "–" if decision == "priced" else decision, str(offering.get("reason") or "")),
        ("Offer price", _usd(offer), _size(offering, offer)),
        ("Book coverage", _times(s.get("oversubscription")), _clearing(offering)),
        ("First trade", _usd(s.get("open_price")), _against(s.get("open_price"), offer)),
        ("First close", _usd(first), _first_day(s)),
        ("Peak close", _usd(s.get("peak_close")), _day(s.get("peak_day"))),
        ("Largest fall from a peak", _percent(_minus(s.get("max_drawdown_from_peak"))), ""),
    ]
    for day, close in _by_day(s.get("closes")):
        rows.append((f"Close on day {day}", _usd(close), _against(close, offer)))
    rows.append(("Volatility", _percent(s.get("annual_volatility"), sign=False), "a year"))
    floats = [(day, share) for day, share in _by_day(s.get("float_fraction")) if share is not None]
    if floats:
        later = [f"{day}: {_percent(share, sign=False, digits=1)}" for day, share in floats[1:]]
        first_float = _percent(floats[0][1], sign=False, digits=1)
        rows.append(("Float", first_float, "day " + ", ".join(later) if later else ""))
    value = s.get("intrinsic_value_per_share")
    ratio = f"a share; first close is {first / value:.2f} times that" if first and value else ""
    rows.append(("Intrinsic value", _usd(value), ratio or "a share"))
    for entry in s.get("inclusions") or []:
        car = entry.get("car_announce_to_effective")
        rows.append(
            (f"Joins {entry.get('index')}", str(entry.get("effective") or "–"), _percent(car))
        )
    rows = [row for row in rows if row[1] != "–"]
    actions = [_action(each) for each in s.get("corporate_actions") or []]
    return [*rows, *actions] if result.offering else [*rows, *index_rows(result), *actions]


def _action(each: Mapping[str, Any]) -> Row:
    """A corporate action: when, and what it was; its return if there is one."""
    what = f"{str(each['kind']).replace('_', ' ').capitalize()}, {each['symbol']}"
    notes = {
        "split": f"{each.get('ratio') or 0:g} for 1",
        "special_dividend": f"${each.get('amount') or 0:,.2f} a share",
        "merger": f"with {each.get('target')}",
    }
    note = notes.get(each["kind"], f"{(each.get('shares') or 0) / 1e6:,.1f} m shares")
    change = each.get("return_less_market")
    if each.get("lapsed"):
        note = f"lapsed: {each['lapsed']}"
    elif change is not None:
        note += f", {_percent(change)} on the market"
    return what, str(each["date"]), note


def index_rows(result: Result) -> list[tuple[str, str, str]]:
    """Mean abnormal return of additions and deletions between announcement and effective close."""
    events = result.panels.get("index_events")
    rows: list[tuple[str, str, str]] = []
    if events is None:
        return rows
    traded = events[events["demand_of_float"].abs() > LEAST_DEMAND]
    for (index, kind), group in traded.groupby(["index", "kind"], sort=True):
        car = group["car_announce_to_effective"].dropna()
        if len(car):
            error = f" ± {2 * car.std(ddof=1) / len(car) ** 0.5:.1%}" if len(car) > 1 else ""
            share = group["demand_of_float"].mean()
            note = f"{len(car)} events, funds trade {share:+.1%} of the float"
            rows.append((f"{index}, {kind}", f"{car.mean():+.1%}{error}", note))
    if rows:
        rows.insert(0, ("Abnormal return", "", "announcement to effective close, ± 2 se"))
    return rows


def summary_table(result: Result, folder: Path | None = None) -> Any:
    """A rich renderable of the summary and of where the files are."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right", style="bold")
    table.add_column(style="dim")
    for row in summary_rows(result):
        table.add_row(*row)
    parts: list[Any] = [Text(title(result), style="bold"), Text()]
    if withdrawn(result):
        parts += [Text(statement(result), style="bold red"), Text()]
    parts.append(table)
    if folder is not None:
        parts += [Text(), Text(f"Files in {folder}/", no_wrap=True, overflow="ignore")]
    return Group(*parts)


def catalogue_table(shelves: Mapping[str, Mapping[str, str]]) -> Any:
    """A rich renderable of names and one-line descriptions, shelf by shelf."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for number, (shelf, items) in enumerate(shelves.items()):
        if number:
            table.add_row()
        table.add_row(Text(shelf, style="bold"))
        for name, text in items.items():
            table.add_row(f"  {name}", text)
    return table


def summary_text(result: Result) -> str:
    """The summary as plain lines."""
    rows = summary_rows(result)
    wide = max((len(row[0]) for row in rows), default=0)
    figure = max((len(row[1]) for row in rows), default=0)
    lines = [title(result)]
    if withdrawn(result):
        lines.append(statement(result))
    lines += [f"{what:<{wide}}  {value:>{figure}}  {note}".rstrip() for what, value, note in rows]
    return "\n".join(lines)


def summary_html(result: Result) -> str:
    """The summary as an HTML table for notebooks."""
    body = "".join(
        f"<tr><td style='text-align:left'>{html.escape(what)}</td><td><b>{html.escape(value)}</b>"
        f"</td><td style='text-align:left'>{html.escape(note)}</td></tr>"
        for what, value, note in summary_rows(result)
    )
    note = f"<p>{html.escape(statement(result))}</p>" if withdrawn(result) else ""
    return f"{note}<table><caption>{html.escape(title(result))}</caption>{body}</table>"


def _usd(value: float | None) -> str:
    return "–" if value is None else f"${value:,.2f}"


def _percent(value: float | None, sign: bool = True, digits: int = 0) -> str:
    if value is None:
        return "–"
    digits = digits if abs(value) >= 0.1 or digits else 1
    return f"{value:{'+' if sign else ''}.{digits}%}"


def _times(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} ×"


def _minus(value: float | None) -> float | None:
    return None if value is None else -abs(value) + 0.0  # no minus before a zero


def _day(day: int | None) -> str:
    return "" if day is None else f"on day {day}"


def _against(price: float | None, offer: float | None) -> str:
    return "" if not price or not offer else f"{_percent(price / offer - 1)} on the offer"


def _first_day(summary: Mapping[str, Any]) -> str:
    gain, turnover = summary.get("first_day_return"), summary.get("first_day_turnover_of_float")
    base = "the offer" if summary.get("offer_price") else "the reference price"
    parts = [f"{_percent(gain)} on {base}"] if gain is not None else []
    if turnover is not None:
        parts.append(f"{_percent(turnover, sign=False)} of float traded")
    return ", ".join(parts)


def _size(offering: Mapping[str, Any], offer: float | None) -> str:
    shares = offering.get("shares")
    if not shares or not offer:
        return ""
    return f"{shares / 1e6:,.1f} m shares, ${shares * offer / 1e9:,.1f} bn"


def _clearing(offering: Mapping[str, Any]) -> str:
    price = offering.get("book_clearing_price")
    return "" if price is None else f"the book clears at ${price:,.2f}"


def _by_day(values: Mapping[str, float | None] | None) -> list[tuple[int, float | None]]:
    return sorted((int(day), value) for day, value in (values or {}).items())
