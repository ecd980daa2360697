"""Pages of HTML that stand alone: text escaped everywhere, pictures inside, nothing fetched.

Markup is of type `Html`; whatever else is put into a page is text and is escaped. A page needs no
script and forbids itself to load anything.
"""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 "DejaVu Sans", "Segoe UI", Helvetica, Arial, sans-serif; color: #1f2933;
  background: #fff; max-width: 62rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.55rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem;
  border-bottom: 1px solid #e6eaee; padding-bottom: .2rem; } h3 { font-size: 1rem; }
p.lead, figcaption, .note { color: #6b7785; } figcaption, .note { font-size: .88rem; }
figure { margin: 1.2rem 0; } img { max-width: 100%; height: auto; }
table { border-collapse: collapse; font-size: .88rem; margin: .6rem 0; }
.wide { overflow-x: auto; }
th, td { padding: .2rem .7rem .2rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid #e6eaee; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
details { margin: .5rem 0; } summary { cursor: pointer; }
pre { background: #f4f6f8; padding: .7rem; overflow-x: auto; font-size: .88rem; }
code { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; }
"""
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
#: Longest table shown in full; the whole is in the folder.
MOST_ROWS = 200


class Html(str):
    """Markup; every other string is text."""


def escaped(part: Any) -> Html:
    """Markup as it is, anything else as text."""
    return part if isinstance(part, Html) else Html(html.escape(str(part)))


def joined(parts: Iterable[Any], between: str = "") -> Html:
    """Parts one after the other."""
    return Html(between.join(escaped(part) for part in parts))


def element(tag: str, *parts: Any, **attributes: str) -> Html:
    """An element with its content; ``class_`` stands for ``class``."""
    given = "".join(
        f' {name.rstrip("_")}="{html.escape(value)}"' for name, value in attributes.items()
    )
    return Html(f"<{tag}{given}>{joined(parts)}</{tag}>")


def section(title: str, *parts: Any) -> Html:
    """A heading and what follows; nothing at all if nothing follows."""
    content = [part for part in parts if part]
    if not content:
        return Html()
    return element("section", element("h2", title), Html("\n"), joined(content, "\n"))


def items(parts: Sequence[Any]) -> Html:
    """A list."""
    return element("ul", *(element("li", part) for part in parts)) if parts else Html()


def picture(png: bytes, alt: str, caption: str = "") -> Html:
    """A PNG inside the page."""
    data = base64.b64encode(png).decode("ascii")
    image = Html(f'<img src="data:image/png;base64,{data}" alt="{html.escape(alt)}">')
    return element("figure", image, element("figcaption", caption) if caption else Html())


def folded(title: str, *parts: Any) -> Html:
    """Something to open."""
    content = [part for part in parts if part]
    return element("details", element("summary", title), *content) if content else Html()


def facts(rows: Iterable[tuple[Any, ...]]) -> Html:
    """A table without a head: what, figure, remark."""
    lines = [element("tr", *(element("td", cell) for cell in row)) for row in rows]
    return element("table", *lines) if lines else Html()


def table(frame: pd.DataFrame) -> Html:
    """A table of a DataFrame, numbers to four digits, cut after `MOST_ROWS` rows with a note."""
    if not len(frame):
        return Html()
    numeric = [
        pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name])
        for name in frame.columns
    ]
    heads = [
        element("th", str(name).replace("_", " "), class_="n") if number
        else element("th", str(name).replace("_", " "))
        for name, number in zip(frame.columns, numeric, strict=True)
    ]  # fmt: skip
    lines = [
        element(
            "tr",
            *(
                element("td", _cell(value), class_="n") if number else element("td", _cell(value))
                for value, number in zip(row, numeric, strict=True)
            ),
        )
        for row in frame.head(MOST_ROWS).itertuples(index=False, name=None)
    ]
    shown = element("table", element("thead", element("tr", *heads)), element("tbody", *lines))
    more = len(frame) - MOST_ROWS
    note = element("p", f"{more:,} more rows are in the folder.", class_="note")
    return element("div", shown, note if more > 0 else Html(), class_="wide")


def page(title: str, lead: str, parts: Sequence[Any]) -> str:
    """A whole document."""
    head = Html(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style></head>\n<body>\n"
    )
    body = joined(
        [
            element("h1", title),
            element("p", lead, class_="lead"),
            *(part for part in parts if part),
        ],
        "\n",
    )
    return f"{head}{body}\n</body></html>\n"


def _cell(value: Any) -> str:
    if value is None or value is pd.NaT:
        return "–"
    if isinstance(value, float | np.floating):
        return _number(float(value))
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, np.ndarray | list | tuple):
        return f"{len(value)} values"
    return str(value)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.3e}"
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
