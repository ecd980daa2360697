from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from experiments.results import Result
from experiments.show import figures as show
from experiments.show.fan_figures import fan_figure

Make = Callable[..., Result]


def texts(figure: Figure) -> str:
    found = [text.get_text() for text in figure.texts]
    for axis in figure.axes:
        found += [axis.get_xlabel(), axis.get_ylabel(), axis.get_title(loc="left")]
        found += [text.get_text() for text in axis.texts]
    return "\n".join(found)


def drawn(result: Result) -> dict[str, Figure]:
    tables = result.diagnostics
    closes = np.exp(np.random.default_rng(0).normal(0, 0.1, (20, 30)).cumsum(axis=1)) * 20
    return {
        "price": show.price_figure(
            result.prices, "TEST", 16.0, tables["value_band"], tables["float"], ["2026-07-10"]
        ),
        "book": show.book_figure(result.offering, "TEST"),
        "ownership": show.ownership_figure(result.holdings, "TEST", ["founder"]),
        "attention": show.attention_figure(tables["attention"], "TEST"),
        "short_interest": show.short_interest_figure(tables["shorts"], "TEST"),
        "fan": fan_figure(closes, 16.0, 14.5, actual=closes[0]),
    }


def test_every_figure_has_units_a_title_and_a_caption(make_result: Make) -> None:
    for name, figure in drawn(make_result()).items():
        words = texts(figure)
        assert any(unit in words for unit in ("USD", "%", "million", "share of")), name
        assert figure.axes[0].get_title(loc="left"), name
        assert len(figure.texts) == 1 and len(figure.texts[0].get_text()) > 80, name


def test_files_are_legible_in_size_and_repeatable(make_result: Make, tmp_path: Path) -> None:
    paths = show.save_all(make_result(), tmp_path / "a")
    again = show.save_all(make_result(), tmp_path / "b")
    names = ["price", "book", "ownership", "attention", "short_interest"]
    assert [path.stem for path in paths] == names
    for one, two in zip(paths, again, strict=True):
        assert one.read_bytes() == two.read_bytes()
        height, width = matplotlib.image.imread(one).shape[:2]
        assert (width, height) == (1350, 825)


def test_the_reader_s_style_is_left_alone(make_result: Make) -> None:
    with mpl.rc_context({"lines.linewidth": 7.0}):
        figure = drawn(make_result())["price"]
        assert mpl.rcParams["lines.linewidth"] == 7.0
    assert figure.axes[0].lines[0].get_linewidth() < 3


def test_the_book_shows_coverage_and_clearing_price(make_result: Make) -> None:
    words = texts(show.book_figure(make_result().offering))
    assert "covered 3.4 ×" in words and "book clears at $19.00" in words


def test_only_unlocks_within_the_run_are_marked(make_result: Make) -> None:
    result = make_result()
    inside = show.price_figure(result.prices, "TEST", unlocks=["2026-07-10", "2030-01-01"])
    without = show.price_figure(result.prices, "TEST")
    assert len(inside.axes[1].lines) == len(without.axes[1].lines) + 1


def test_short_interest_in_per_cent_of_the_float(make_result: Make) -> None:
    result = make_result()
    shares = show._float_shares(result, "TEST")
    assert shares is not None
    figure = show.short_interest_figure(result.diagnostics["shorts"], "TEST", shares)
    level = figure.axes[0].lines[0].get_ydata()
    np.testing.assert_allclose(np.asarray(level)[0], 1.5e7 / 0.05e9)


def test_insiders_are_not_in_the_float(make_result: Make) -> None:
    figure = show.ownership_figure(make_result().holdings, "TEST", ["founder"])
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["short seller", "fund"]


@pytest.mark.parametrize("closes", [np.full((3, 5), 10.0), np.array([[1.0, np.nan], [2.0, 3.0]])])
def test_the_fan_of_few_or_broken_paths(closes: np.ndarray) -> None:
    figure = fan_figure(closes)
    line = next(line for line in figure.axes[0].lines if line.get_label() == "median")
    np.testing.assert_allclose(np.asarray(line.get_ydata()), np.nanmedian(closes, axis=0))


def test_a_withdrawn_offering_has_a_book_and_no_prices(make_result: Make, tmp_path: Path) -> None:
    full = make_result()
    result = Result(
        scenario={"name": "weak"},
        seed=1,
        summary={"decision": "withdrawn"},
        events=pd.DataFrame(
            {"date": ["2026-06-11"], "kind": ["pricing"], "symbol": ["TEST"], "detail": ["no"]}
        ),
        offering={**full.offering, "offer_price": None, "shares": 0, "book_clearing_price": None},
    )
    assert [path.stem for path in show.save_all(result, tmp_path)] == ["book"]
