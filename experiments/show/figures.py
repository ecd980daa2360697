"""Figures of one run: each takes tables and returns a matplotlib figure.

Tables have the columns of `experiments.formats`; prices are USD a share, shares are units,
fractions are of one. `save_all` writes those that a result has data for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter, StrMethodFormatter
from numpy.typing import NDArray

from experiments.panels.adjusted import in_first_shares
from experiments.show.index_figures import index_figures
from experiments.show.style import (
    BLUE,
    FAINT,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    RED,
    SERIES,
    beside,
    dated,
    headroom,
    panels,
    quiet,
    save,
)

MILLION = 1e6


def price_figure(
    prices: pd.DataFrame,
    symbol: str,
    offer_price: float | None = None,
    value_band: pd.DataFrame | None = None,
    float_fraction: pd.DataFrame | None = None,
    unlocks: Sequence[Any] = (),
) -> Figure:
    """Close over time with the funds' values, the offer price, the float and the unlock dates.

    `unlocks` are dates; `value_band` and `float_fraction` are the diagnostics ``value_band`` and
    ``float`` and may be left out.
    """
    own = prices[prices["symbol"] == symbol]
    caption = (
        "Black: closing price. Blue: what the funds think a share is worth (line: median; bands: "
        "middle half and middle 80 %). Dotted verticals: lock-up releases, which raise the float "
        "below. Watch where the price stands against the band as the float grows."
    )
    with quiet():
        figure, (upper, lower) = panels(caption, (3.2, 1))
        if _has(value_band):
            _band(upper, value_band, ("p10", "p90"), ("p25", "p75"), "p50", "funds' value")
        upper.plot(own["date"], own["close"], color=INK, label="close", zorder=4)
        if offer_price is not None:
            upper.axhline(offer_price, color=ORANGE, linewidth=1.2, linestyle="--", zorder=3)
            beside(upper, offer_price, f"offer\n${offer_price:,.2f}", ORANGE)
        upper.set(ylabel="USD a share", title=f"{symbol}: price and value")
        headroom(upper, low=0)
        if _has(float_fraction):
            lower.fill_between(
                float_fraction["date"], float_fraction["float_fraction"], color=FAINT, step="post"
            )
        lower.set(ylabel="float\n(% of shares)")
        lower.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        headroom(lower, low=0)
        days = pd.to_datetime(pd.Series(list(unlocks), dtype="object"))
        shown: list[Any] = days[days.between(own["date"].min(), own["date"].max())].tolist()
        for axis in (upper, lower):
            for number, day in enumerate(shown):
                axis.axvline(
                    day,
                    color=PURPLE,
                    linewidth=0.9,
                    linestyle=":",
                    alpha=0.8,
                    zorder=2,
                    label="lock-up release" if number == 0 and axis is upper else None,
                )
        upper.legend(loc="upper right", ncols=4)
        dated(lower)
    return figure


def book_figure(offering: Mapping[str, Any], symbol: str = "") -> Figure:
    """The order book of an offering as a demand curve, with offer, size and clearing price."""
    price, wanted = _levels(offering)
    filed = offering.get("range")
    if isinstance(filed, Mapping):
        filed = (filed["low"], filed["high"])
    offer, clearing = offering.get("offer_price"), offering.get("book_clearing_price")
    shares = (offering.get("shares") or 0) / MILLION
    caption = (
        "Shares bid for at each price or better. Where the curve crosses the shares on offer the "
        "book clears; an offer below that point leaves the shaded money on the table, and bids "
        "to the right of the shares on offer go unfilled."
    )
    with quiet():
        figure, (axis,) = panels(caption)
        axis.plot(wanted, price, color=BLUE, label="bids", zorder=3)
        if filed:
            axis.axhspan(*filed, color=FAINT, alpha=0.45, linewidth=0, label="filing range")
        if shares:
            axis.axvline(shares, color=GREY, linewidth=1.2, label="shares on offer")
        if offer is not None:
            axis.axhline(offer, color=ORANGE, linestyle="--", linewidth=1.2)
            beside(axis, offer, f"offer\n${offer:,.2f}", ORANGE)
            if len(price) and shares:
                covered = float(np.interp(offer, price, wanted)) / shares
                axis.plot([covered * shares], [offer], "o", color=ORANGE, zorder=4)
                axis.annotate(
                    f"covered {covered:.1f} ×",
                    (covered * shares, offer),
                    xytext=(8, 8),
                    textcoords="offset points",
                    color=ORANGE,
                )
        if clearing is not None and shares:
            axis.plot([shares], [clearing], "o", color=RED, zorder=5)
            axis.annotate(
                f"book clears at ${clearing:,.2f}",
                (shares, clearing),
                xytext=(9, 6),
                textcoords="offset points",
                color=RED,
            )
            if offer is not None and clearing > offer:
                axis.fill_between([0, shares], offer, clearing, color=ORANGE, alpha=0.15, lw=0)
        axis.set(
            xlabel="shares (million)",
            ylabel="USD a share",
            title=f"{symbol + ': ' if symbol else ''}the book",
        )
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        if len(price):
            _frame_book(axis, price, wanted, offer, clearing)
        axis.legend(loc="upper right")
    return figure


def _levels(offering: Mapping[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Prices ascending, and millions of shares bid for at each, from rows or columns."""
    book = offering.get("book_by_price") or offering.get("book") or []
    frame = pd.DataFrame(book, columns=["price", "shares"]).astype(float).sort_values("price")
    return frame["price"].to_numpy(), frame["shares"].to_numpy() / MILLION


def _frame_book(
    axis: Axes,
    price: NDArray[np.float64],
    wanted: NDArray[np.float64],
    offer: float | None,
    clearing: float | None,
) -> None:
    """Show the prices around offer and clearing price, not the long tails of the book."""
    marks = [mark for mark in (offer, clearing) if mark is not None]
    low, high = float(price.min()), float(price.max())
    if marks:
        low, high = max(low, 0.7 * min(marks)), min(high, 1.4 * max(marks))
    axis.set_ylim(low, high)
    axis.set_xlim(0, max(1.03 * float(np.interp(low, price, wanted)), 1e-6))


def ownership_figure(holdings: pd.DataFrame, symbol: str, insiders: Sequence[str] = ()) -> Figure:
    """Who holds the shares that are not insiders', by class, over time; shorts below zero."""
    own = holdings[(holdings["symbol"] == symbol) & ~holdings["holder_class"].isin(insiders)]
    table = (
        own.pivot_table(index="date", columns="holder_class", values="shares", aggfunc="sum")
        .fillna(0.0)
        .div(MILLION)
    )
    table = table.loc[:, (table.abs() > 0).any()]
    order = table.mean().sort_values(ascending=False).index
    table = table[list(order)]
    caption = (
        "Shares outside the insiders' hands, by who holds them. The stack rises as insiders sell "
        "what the lock-up releases; its height is what they have sold plus what has been borrowed "
        "and sold short (below zero)."
    )
    with quiet():
        figure, (axis,) = panels(caption)
        if len(table.columns):
            colours = [SERIES[n % len(SERIES)] for n in range(len(table.columns))]
            names = [str(name).replace("_", " ") for name in table.columns]
            axis.stackplot(
                table.index,
                table.clip(lower=0).to_numpy().T,
                labels=names,
                colors=colours,
                alpha=0.85,
                linewidth=0,
            )
            short = table.clip(upper=0)
            if (short < 0).any(axis=None):
                axis.stackplot(table.index, short.to_numpy().T, colors=colours, alpha=0.5, lw=0)
            axis.axhline(0, color=GREY, linewidth=0.8)
            handles, labels = axis.get_legend_handles_labels()
            axis.legend(handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1, 0.5))
        axis.set(ylabel="shares (million)", title=f"{symbol}: who holds the float")
        axis.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.margins(x=0)
        dated(axis)
    return figure


def attention_figure(attention: pd.DataFrame, symbol: str = "") -> Figure:
    """Attention of the crowd and the media above, the trend followers' position below."""
    caption = (
        "Above: share of the crowd that is excited or has lost interest (left), and the pull of "
        "the media (right; 1 = the day of the first trade). Below: shares held by trend "
        "followers. Watch how fast excitement burns out and who stays."
    )
    with quiet():
        figure, (upper, lower) = panels(caption, (2, 1))
        days = attention["date"]
        upper.plot(days, attention["excited"], color=ORANGE, label="excited")
        upper.plot(days, attention["bored"], color=GREY, label="lost interest")
        upper.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        upper.set(
            ylabel="share of the crowd",
            title=f"{symbol + ': ' if symbol else ''}attention and momentum",
        )
        headroom(upper, low=0, above=0.15)
        media = upper.twinx()
        media.plot(days, attention["media"], color=PURPLE, linewidth=1.0, alpha=0.75)
        media.set(ylabel="media (index)")
        media.grid(False)
        headroom(media, low=0, above=0.15)
        upper.plot([], [], color=PURPLE, linewidth=1.0, label="media (right)")
        upper.legend(loc="upper right", ncols=3)
        position = attention["momentum_position"] / MILLION
        lower.axhline(0, color=GREY, linewidth=0.8)
        lower.fill_between(days, position, color=BLUE, alpha=0.35, linewidth=0)
        lower.plot(days, position, color=BLUE, linewidth=1.0)
        lower.set(ylabel="trend followers\n(million shares)")
        dated(lower)
    return figure


def short_interest_figure(
    shorts: pd.DataFrame,
    symbol: str = "",
    float_shares: pd.Series | NDArray[np.float64] | None = None,
) -> Figure:
    """Short interest above, utilisation of lendable shares and the borrow fee below.

    `float_shares` (one a row of `shorts`, units) turns short interest into a share of the float;
    without it, shares in millions are shown.
    """
    caption = (
        "Above: shares sold short. Below: how much of what can be borrowed is lent out (grey), "
        "and what the borrower pays a year (red): the fee climbs as lendable stock runs out, and "
        "lock-up releases refill it."
    )
    with quiet():
        figure, (upper, lower) = panels(caption, (1.5, 1))
        days, short = shorts["date"], shorts["short_interest_shares"].to_numpy(float)
        if float_shares is not None:
            base = np.asarray(float_shares, dtype=float)
            level = np.divide(short, base, out=np.zeros_like(short), where=base > 0)
            upper.yaxis.set_major_formatter(PercentFormatter(1.0))
            upper.set(ylabel="short interest\n(% of float)")
        else:
            level = short / MILLION
            upper.set(ylabel="short interest\n(million shares)")
        upper.fill_between(days, level, color=BLUE, alpha=0.3, linewidth=0)
        upper.plot(days, level, color=BLUE)
        upper.set(title=f"{symbol + ': ' if symbol else ''}short interest and what it costs")
        headroom(upper, low=0)
        lower.plot(days, shorts["utilisation"], color=GREY, label="utilisation (left)")
        lower.set(ylabel="utilisation", ylim=(0, max(1.05, 1.05 * shorts["utilisation"].max())))
        lower.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        fee = lower.twinx()
        fee.plot(days, shorts["fee"], color=RED, linewidth=1.2)
        fee.yaxis.set_major_formatter(PercentFormatter(1.0))
        fee.set(ylabel="fee (% a year)")
        fee.grid(False)
        headroom(fee, low=0)
        lower.plot([], [], color=RED, linewidth=1.2, label="borrow fee (right)")
        lower.legend(loc="upper right", ncols=2)
        dated(lower)
    return figure


def save_all(result: Any, folder: Path) -> list[Path]:
    """Write the figures that `result` (an `experiments.results.Result`) has data for."""
    folder.mkdir(parents=True, exist_ok=True)
    symbol, tables = focus(result), result.diagnostics
    drawn: dict[str, Figure] = {}
    if symbol and (result.prices["symbol"] == symbol).any():
        unlocks = result.events.query("kind == 'unlock' and symbol == @symbol")["date"]
        band = [name for name in tables["value_band"] if name != "date"]
        drawn["price"] = price_figure(
            in_first_shares(result.prices, result.panels, symbol, ["close"]),
            symbol,
            result.offering.get("offer_price"),
            in_first_shares(tables["value_band"], result.panels, symbol, band),
            tables["float"],
            unlocks.unique().tolist(),
        )
    if len(_levels(result.offering)[0]):
        drawn["book"] = book_figure(result.offering, symbol or "")
    if symbol and (result.holdings["symbol"] == symbol).any():
        drawn["ownership"] = ownership_figure(result.holdings, symbol, _insiders(result))
    if _has(tables["attention"]):
        drawn["attention"] = attention_figure(tables["attention"], symbol or "")
    if symbol and _has(tables["shorts"]):
        drawn["short_interest"] = short_interest_figure(
            tables["shorts"], symbol, _float_shares(result, symbol)
        )
    drawn |= index_figures(result, symbol)
    return [save(figure, folder / f"{name}.png") for name, figure in drawn.items()]


def focus(result: Any) -> str | None:
    """Symbol of the company the run is about: the one offered, the one in the tables of indices
    that stood outside, the only one traded; None in a market of many."""
    from experiments.formats import plain

    scenario = plain(result.scenario)
    if scenario.get("pipeline"):
        return None
    listed = result.events.loc[result.events["kind"].isin(["listing", "pricing"]), "symbol"]
    traded = result.prices["symbol"].unique()
    only = [str(traded[0])] if len(traded) == 1 else []
    symbols = [*map(str, listed), *map(str, scenario.get("outsiders") or []), *only]
    return symbols[0] if symbols else None


def _float_shares(result: Any, symbol: str) -> NDArray[np.float64] | None:
    """Float in shares on the days of the diagnostic ``shorts``: fraction × shares outstanding."""
    own = result.holdings[result.holdings["symbol"] == symbol]
    fraction = result.diagnostics["float"]
    if not len(own) or not len(fraction):
        return None
    outstanding = own.groupby("date")["shares"].sum()
    shares = fraction.set_index("date")["float_fraction"] * outstanding
    aligned = shares.reindex(result.diagnostics["shorts"]["date"])
    return aligned.ffill().bfill().to_numpy(float)


def _insiders(result: Any) -> list[str]:
    """Holder classes that are insiders, as the scenario's offering lists them."""
    from experiments.formats import plain

    offering = plain(result.scenario).get("offering") or {}
    return [str(entry["holder"]) for entry in offering.get("insiders") or []]


def _has(frame: pd.DataFrame | None) -> TypeGuard[pd.DataFrame]:
    return frame is not None and len(frame) > 0


def _band(
    axis: Axes,
    frame: pd.DataFrame,
    wide: tuple[str, str],
    narrow: tuple[str, str],
    middle: str,
    label: str,
) -> None:
    days = frame["date"]
    axis.fill_between(days, frame[wide[0]], frame[wide[1]], color=BLUE, alpha=0.13, lw=0)
    axis.fill_between(days, frame[narrow[0]], frame[narrow[1]], color=BLUE, alpha=0.22, lw=0)
    axis.plot(days, frame[middle], color=BLUE, linewidth=1.2, label=label)
