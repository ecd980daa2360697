from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.evidence.event_time import (
    around,
    like,
    log_returns,
    panel,
    simple_returns,
    wide,
    window_mask,
)

DATES = pd.bdate_range("2026-01-05", periods=30)


def table() -> pd.DataFrame:
    """Stock A counts the days, B is a hundred more."""
    day = np.arange(30.0)
    return pd.DataFrame({"A": day, "B": day + 100}, index=DATES)


def test_panel_has_each_event_at_its_origin() -> None:
    events = [DATES[10], DATES[20].date(), str(DATES[12].date())]
    got = around(table(), events, ["A", "B", "B"], first=-3, last=2)
    assert got.shape == (3, 6)
    np.testing.assert_array_equal(got[:, 3], [10, 120, 112])
    np.testing.assert_array_equal(got[1], np.arange(117, 123))


def test_a_series_is_the_market_of_every_event() -> None:
    got = around(table()["A"], [DATES[10], DATES[10]], None, 0, 1)
    np.testing.assert_array_equal(got, [[10, 11], [10, 11]])


def test_dates_of_a_results_table_fit_whatever_their_resolution() -> None:
    prices = pd.DataFrame(
        {
            "date": np.repeat(DATES[:3].to_numpy("datetime64[ms]"), 2),
            "symbol": ["A", "B"] * 3,
            "close": [1.0, 10.0, 2.0, 20.0, 3.0, 30.0],
        }
    )
    got = around(wide(prices), [DATES[1]], ["B"], -1, 1)
    np.testing.assert_array_equal(got, [[10, 20, 30]])


@pytest.mark.parametrize(
    ("dates", "symbols", "first", "last", "said"),
    [
        (["2026-01-10"], ["A"], 0, 0, "dates: got 2026-01-10"),  # a Saturday
        ([DATES[2]], ["A"], -3, 0, "expected within -2 to 27"),
        ([DATES[28]], ["A"], 0, 2, "expected within -28 to 1"),
        ([DATES[2]], ["C"], 0, 0, "symbols: got 'C'"),
        ([DATES[2]], ["A", "B"], 0, 0, "symbols: got 2, expected 1"),
        ([DATES[2]], None, 0, 0, "symbols: got none"),
        ([DATES[2]], ["A"], 1, 0, "the last not before first"),
    ],
)
def test_what_the_table_lacks_is_refused(
    dates: list[object], symbols: list[str] | None, first: int, last: int, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        around(table(), dates, symbols, first, last)  # type: ignore[arg-type]


def test_dates_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="out of order"):
        around(table().iloc[::-1], [DATES[2]], ["A"], 0, 0)


def test_returns_of_a_stock_that_comes_and_goes() -> None:
    prices = pd.DataFrame({"A": [np.nan, 10.0, 11.0, 0.0, np.nan]}, index=DATES[:5])
    got = log_returns(prices)["A"]
    assert np.isfinite(got).tolist() == [False, False, True, False, False]
    assert got.iloc[2] == pytest.approx(np.log(1.1))
    assert simple_returns(prices)["A"].iloc[2] == pytest.approx(0.1)


def test_windows_may_differ_by_event() -> None:
    mask = window_mask((2, 7), 4, first=np.array([-4, -1]), last=[0, 2])
    assert mask.astype(int).tolist() == [[1, 1, 1, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1, 1]]


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (-5, 0, "got days -5 to 0, expected within -4 to 2"),
        (0, 3, "got days 0 to 3, expected within -4 to 2"),
        ([0, -5], 0, "got days -5 to 0"),
        (1, 0, "the last not before first"),
        (0.5, 1, "expected whole days"),
        ([0, 0, 0], 1, "expected whole days, one or 2"),
    ],
)
def test_windows_outside_the_panel_are_refused(first: object, last: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        window_mask((2, 7), 4, first, last)  # type: ignore[arg-type]


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"market: got shape \(3,\)"):
        like(np.zeros(3), (2, 7), "market")
    with pytest.raises(ValueError, match=r"returns: got shape \(3,\)"):
        panel(np.zeros(3), "returns")
