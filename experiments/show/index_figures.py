"""Figures of index events: one company's entries, and the mean path of many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from experiments.panels.adjusted import in_first_shares
from experiments.show.style import BLUE, GREY, INK, RED, SERIES, dated, headroom, panels, quiet

#: Days around the date for which the mean path is drawn.
BEFORE, AFTER = 20, 60
#: Fewer events than this make no mean path.
FEW = 5


def entries_figure(
    prices: pd.DataFrame, indices: pd.DataFrame, events: pd.DataFrame, symbol: str
) -> Figure:
    """Price of a company over the market's level, with the days on which it entered indices.

    `events` are the rows of ``index_events``.
    """
    own = prices[prices["symbol"] == symbol].set_index("date")
    market = indices[indices["index"] == "market"].set_index("date")["level"].reindex(own.index)
    relative = own["close"] / own["close"].iloc[0] / (market / market.iloc[0])
    caption = (
        "Black: the company's price relative to the market, first close = 1. Dotted: the evening "
        "an index announces that it will enter; solid: the close at which index funds buy. Below: "
        "shares traded. Look for steps that stay, and for volume at the solid lines."
    )
    with quiet():
        figure, (upper, lower) = panels(caption, (3, 1))
        upper.plot(relative.index, relative, color=INK, zorder=3)
        mine = events[(events["symbol"] == symbol) & (events["kind"] == "add")]
        rows: list[tuple[str, Any, Any]] = [
            (str(name), announced, effective)
            for name, announced, effective in zip(
                mine["index"], mine["announced"], mine["effective"], strict=True
            )
        ]
        for number, (name, announced, effective) in enumerate(rows):
            color = SERIES[number % len(SERIES)]
            for axis in (upper, lower):
                axis.axvline(announced, color=color, linestyle=":", linewidth=1)
                label = name if axis is upper else None
                axis.axvline(effective, color=color, linewidth=1.2, label=label)
        lower.bar(own.index, own["volume"] / 1e6, width=1.0, color=GREY)
        upper.set(ylabel="price relative to the market", title=f"{symbol}: entries into indices")
        lower.set(ylabel="volume\n(m shares)")
        headroom(upper, low=0)
        if len(mine):
            upper.legend(loc="upper right", ncols=3)
        dated(lower)
    return figure


def event_figure(returns: pd.DataFrame, events: pd.DataFrame, index: str) -> Figure:
    """Mean cumulative abnormal return of additions and deletions around the announcement.

    `returns` and `events` are the panels ``index_returns`` and ``index_events``.
    """
    caption = (
        f"Mean log return over the market's from {BEFORE} days before the evening of the "
        f"announcement (day 0), {index}; bands are ± 2 standard errors over events. What happens "
        "after day 0 is what somebody could earn who learned of it then; the dotted line is the "
        "usual effective day."
    )
    with quiet():
        figure, (axis,) = panels(caption)
        for kind, color in (("add", BLUE), ("delete", RED)):
            chosen = events[(events["index"] == index) & (events["kind"] == kind)]
            paths = _paths(returns, chosen["event"].to_numpy())
            if len(paths) < FEW:
                continue
            days = np.arange(-BEFORE, AFTER + 1)
            mean, error = paths.mean(axis=0), paths.std(axis=0, ddof=1) / np.sqrt(len(paths))
            axis.plot(days, mean, color=color, label=f"{kind} ({len(paths)} events)")
            axis.fill_between(
                days, mean - 2 * error, mean + 2 * error, color=color, alpha=0.15, lw=0
            )
        notice = (events["effective_day"] - events["announced_day"])[events["index"] == index]
        axis.axvline(0, color=GREY, linewidth=1)
        axis.axvline(float(notice.median()), color=GREY, linewidth=1, linestyle=":")
        axis.axhline(0, color=GREY, linewidth=0.8)
        axis.set(
            xlabel="trading days after the announcement", ylabel="cumulative abnormal return",
            title=f"{index}: additions and deletions",
        )  # fmt: skip
        axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.legend(loc="upper left")
    return figure


def index_figures(result: Any, symbol: str | None) -> dict[str, Figure]:
    """The figures a run has data for, by name."""
    drawn: dict[str, Figure] = {}
    events, returns = result.panels.get("index_events"), result.panels.get("index_returns")
    if events is None or returns is None:
        return drawn
    mine = (events["symbol"] == symbol) & (events["kind"] == "add")
    if symbol is not None and mine.any():
        prices = in_first_shares(result.prices, result.panels, symbol, ["close"], ["volume"])
        drawn["entries"] = entries_figure(prices, result.indices, events, symbol)
    counts = events["index"].value_counts()
    if len(counts) and counts.iloc[0] >= 4 * FEW:
        name = "sp500" if counts.get("sp500", 0) >= 4 * FEW else str(counts.index[0])
        drawn["index_events"] = event_figure(returns, events, name)
    return drawn


def _paths(returns: pd.DataFrame, events: np.ndarray) -> np.ndarray:
    """Cumulative abnormal returns (events, days) of those whose whole window was traded."""
    window = returns[
        (returns["around"] == "announced")
        & returns["event"].isin(events)
        & returns["day"].between(-BEFORE, AFTER)
    ]
    abnormal = window.assign(abnormal=window["stock_return"] - window["market_return"])
    table = abnormal.pivot(index="event", columns="day", values="abnormal")
    table = table.reindex(columns=range(-BEFORE, AFTER + 1)).dropna()
    return np.asarray(table.to_numpy().cumsum(axis=1))
