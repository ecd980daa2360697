"""A series against the fan: scores with known answers, properties over left-out seeds, refusals."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, norm

from experiments.cli import app
from experiments.console import invoke
from experiments.evidence.actual import Actual, read_actual
from experiments.evidence.compare import compare, first_month_volatility, phases_of
from experiments.evidence.fan import Fan, first_unlock, make_fan, read_fan
from experiments.evidence.forecast import band, crps, crps_normal, inside, ranks
from experiments.show.compare_figures import overlay_figure, ranks_figure
from experiments.studies import predictive_fan
from sim.calendar import TradingCalendar
from sim.inputs import InputError
from tests.runs import SMALL, scenario

LISTING = date(2026, 6, 12)
DAYS = 60


def paths(runs, days=DAYS, root=0, drift=0.0, sd=0.03):
    """Closes of a market that moves at random, (runs, days)."""
    steps = np.random.default_rng(root).normal(drift, sd, (runs, days))
    return 100 * np.exp(steps.cumsum(axis=1))


def fan_of(closes, **more):
    volumes = np.full(closes.shape, 1e6)
    return Fan(closes, volumes, closes[:, 0] / 90 - 1, offer=90.0, offered=1e7, **more)


def series(close):
    close = np.asarray(close, dtype=float)
    sessions = TradingCalendar(LISTING, LISTING + timedelta(days=2 * close.size + 10)).sessions
    volume = np.full(close.size, 1e6)
    return Actual(tuple(sessions[: close.size]), close, close, close, close, volume)


def frame(close):
    made = series(close)
    columns = {name: getattr(made, name) for name in ("open", "high", "low", "close", "volume")}
    return pd.DataFrame({"date": made.dates, **columns})


# -- scores ------------------------------------------------------------------------------


def test_crps_of_an_ensemble_is_the_double_sum():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(7, 3)), rng.normal(size=3)
    direct = np.abs(x - y).mean(axis=0) - np.abs(x[:, None] - x[None]).mean(axis=(0, 1)) / 2
    assert crps(x, y) == pytest.approx(direct)


def test_crps_of_a_large_ensemble_is_that_of_its_distribution():
    x = norm.ppf((np.arange(4000) + 0.5) / 4000)[:, None] * 2 + 1
    y = np.array([2.5])
    assert crps(x, y) == pytest.approx(crps_normal(np.array([1.0]), np.array([2.0]), y), rel=1e-3)


def test_crps_of_a_single_number_is_its_error():
    y = np.array([1.0, 4.0])
    assert crps(np.array([[3.0, 3.0]]), y) == pytest.approx([2.0, 1.0])
    assert crps_normal(np.full(2, 3.0), np.zeros(2), y) == pytest.approx([2.0, 1.0])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=20), st.floats(-50, 50))
def test_crps_is_never_negative_and_ranks_lie_inside(members, happened):
    x, y = np.array(members)[:, None], np.array([happened])
    assert crps(x, y)[0] >= -1e-9
    assert 0 < ranks(x, y)[0] < 1


def test_one_more_draw_lies_in_a_band_as_often_as_it_says():
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(40, 20_000))
    for coverage in (0.5, 0.9):
        hit = inside(*band(draws[1:], coverage), draws[0]).mean()
        assert hit == pytest.approx(coverage, abs=0.01)


def test_ranks_of_left_out_seeds_are_uniform_and_those_of_another_world_are_not():
    def found(sd):
        worlds = [
            (paths(40, root=root), paths(1, root=10_000 + root, sd=sd)[0]) for root in range(300)
        ]
        return [ranks(closes, path)[-1] for closes, path in worlds]

    assert kstest(found(0.03), "uniform").pvalue > 0.05
    assert kstest(found(0.06), "uniform").pvalue < 1e-6


# -- comparison --------------------------------------------------------------------------


def test_a_left_out_seed_scores_better_than_the_references_on_average():
    # prices that fall by half as shares are released: what the references cannot know
    closes = paths(120, root=3) * np.linspace(1, 0.5, DAYS)
    fan = fan_of(closes[20:])
    scores = [
        compare(fan, series(path)).scores.set_index("forecast")["crps"] for path in closes[:20]
    ]
    mean = pd.concat(scores, axis=1).mean(axis=1)
    assert mean["fan from the first close"] < min(mean["random walk"], mean["constant"])
    assert mean["fan"] < mean["constant"]


def test_a_wrong_series_falls_out_of_the_bands_and_scores_worse():
    fan = fan_of(paths(80, root=2, sd=0.01))
    right = compare(fan, series(paths(1, root=9, sd=0.01)[0])).scores.set_index("forecast")
    doubled = paths(1, root=9, sd=0.01)[0] * 2 ** np.linspace(0, 1, DAYS)
    wrong = compare(fan, series(doubled)).scores.set_index("forecast")
    assert wrong.loc["fan", "coverage_90"] < 0.3 < right.loc["fan", "coverage_90"]
    assert wrong.loc["fan", "crps"] > 3 * right.loc["fan", "crps"]
    assert compare(fan, series(doubled)).ranks[-1] > 0.98


def test_the_reading_names_what_the_fan_beats():
    fan = fan_of(paths(50, root=2, sd=0.01))
    straight = compare(fan, series(np.full(DAYS, 180.0)))
    assert "beats neither reference" in straight.reading()
    assert straight.scores.set_index("forecast").loc["constant", "crps"] == 0.0


def test_references_use_nothing_of_the_series_after_its_first_close():
    fan = fan_of(paths(60, root=1))
    one = paths(1, root=7)[0]
    other = one.copy()
    other[30:] *= 1.5
    first, second = (compare(fan, series(path)) for path in (one, other))
    assert first_month_volatility(fan.closes) == pytest.approx(0.03, rel=0.1)
    name = "crps, first month"
    for table in (first, second):
        assert table.scores[name].tolist() == first.scores[name].tolist()


def test_figures_are_percentiles_of_the_same_figures_of_the_runs():
    closes = paths(99, root=4)
    path = np.full(DAYS, 100.0)
    path[10] = 1e4
    table = compare(fan_of(closes, unlock=30), series(path)).figures.set_index("figure")
    assert table.loc["peak close, USD", ["actual", "percentile"]].tolist() == [1e4, 99.5]
    assert table.loc["day of the peak", "actual"] == 10
    assert table.loc["volatility a year, to the first unlock", "percentile"] == 0.5
    assert table.loc["turnover on the first day", ["actual", "percentile"]].tolist() == [0.1, 50]
    assert table.loc["first-day return", "actual"] == pytest.approx(100 / 90 - 1)


def test_phases_are_those_that_the_series_reaches():
    assert phases_of(300, 40) == {
        "first month": (0, 20), "to the first unlock": (20, 39), "to the year's end": (39, 251)
    }  # fmt: skip
    assert phases_of(30, 40) == {"first month": (0, 20)}
    assert phases_of(300, None) == {"first month": (0, 20), "to the year's end": (20, 251)}


def test_runs_that_end_early_and_a_long_series_are_noted():
    closes = paths(40)
    closes[3, 20:] = np.nan
    found = compare(fan_of(closes, untraded=2), series(paths(1, 80)[0]))
    assert len(found.closes) == 39 and found.actual.size == DAYS
    assert len(found.notes) == 3


def test_too_few_runs_are_refused():
    with pytest.raises(InputError, match="expected at least 20"):
        compare(fan_of(paths(12)), series(paths(1)[0]))


def test_figures_have_units_and_captions():
    found = compare(fan_of(paths(40), unlock=30), series(paths(1, root=8)[0]))
    for figure in (overlay_figure(found, "x", 90.0), ranks_figure(found)):
        assert len(figure.texts[0].get_text()) > 100
        assert all(axis.get_ylabel() for axis in figure.axes) and figure.axes[-1].get_xlabel()


# -- the file ----------------------------------------------------------------------------


def refusal(tmp_path, change, **more):
    table = frame(paths(1, 30, root=6)[0])
    (tmp_path / "x.csv").write_text(change(table))
    with pytest.raises(InputError) as caught:
        read_actual(tmp_path / "x.csv", LISTING, **more)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def csv(table):
    return table.to_csv(index=False)


def replaced(table, row, **cells):
    table = table.astype(object)
    for name, value in cells.items():
        table.loc[row, name] = value
    return csv(table)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: csv(t.drop(columns="high").assign(v=1)), "lacks column high and has column v,"),
        (lambda t: replaced(t, 4, date="12/06/2026"), "line 6: date: got '12/06/2026'"),
        (lambda t: replaced(t, 0, date="2026-06-11"), "before the listing; expected 2026-06-12"),
        (lambda t: replaced(t, 1, date="2026-06-13"), "2026-06-13 is not a trading day of XNYS"),
        (lambda t: csv(pd.concat([t[:3], t[2:]])), "line 5: 2026-06-16 appears twice"),
        (lambda t: csv(t.drop(index=[5, 9])), "lacks 2026-06-22 and 1 more"),
        (lambda t: csv(t[1:]), "lacks 2026-06-12, expected every trading day from 2026-06-12"),
        (lambda t: csv(t[::-1]), "expected the oldest day first"),
        (lambda t: replaced(t, 3, close="n/a"), "line 5: close: got 'n/a', expected a number"),
        (lambda t: replaced(t, 3, close="n/a").replace("\n", "\n\n", 2),
         "line 7: close: got 'n/a'"),
        (lambda t: replaced(t, len(t) - 1, date="9999-12-31"), "ends on 9999-12-31, expected"),
        (lambda t: csv(t).replace("\n", ",9\n").replace(",9", "", 1), "line 2: got more values"),
        (lambda t: replaced(t, 3, low=-1.0), "low: got -1, expected a price above 0"),
        (lambda t: replaced(t, 3, high=50.0, low=51.0), "high 50 is below low 51"),
        (lambda t: replaced(t, 3, open=1.0), "open 1 lies outside low to high"),
        (lambda t: replaced(t, 3, volume=-5), "volume: got -5, expected 0 or more"),
        (lambda t: csv(t[:1]), "got 1 days, expected at least 2"),
        (lambda t: "", "cannot be read"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_in_one_line(tmp_path, change, said):
    assert said in refusal(tmp_path, change)


@pytest.mark.parametrize(("new", "old"), [(2, 1), (3, 1), (3, 2), (10, 1), (1, 10)])
def test_an_unadjusted_split_is_refused(tmp_path, new, old):
    def split(table):
        prices = ["open", "high", "low", "close"]
        table.loc[12:, prices] *= old / new
        table["volume"] = table["volume"].astype(float)
        table.loc[12:, "volume"] *= new / old
        return csv(table)

    assert f"looks like a split {new}:{old} on 2026-07-01" in refusal(tmp_path, split)
    read_actual(tmp_path / "x.csv", LISTING, allow_jumps=True)


def test_a_crash_on_heavy_trading_is_no_split(tmp_path):
    table = frame(paths(1, 30, root=6)[0])
    table.loc[12:, ["open", "high", "low", "close"]] *= 0.5
    table.loc[12:, "volume"] *= 8
    table.to_csv(tmp_path / "x.csv", index=False)
    assert read_actual(tmp_path / "x.csv", LISTING).close.size == 30


# -- from a scenario to the folder ---------------------------------------------------------


def test_the_first_unlock_of_spacex_is_two_sessions_after_the_first_results():
    loaded = scenario()
    day = first_unlock(loaded)
    assert TradingCalendar(LISTING, date(2026, 9, 1)).sessions[day] == date(2026, 8, 7)
    assert first_unlock(scenario({"offering.lockup": None})) is None


def test_a_fan_folder_is_read_back_and_compared(tmp_path, capsys, monkeypatch):
    loaded = scenario(SMALL, {"days": 6})
    figures, series_ = predictive_fan.one_seed(loaded, 1)
    assert series_["close"].size == 6 and figures["first_day_return"] is not None
    table = pd.DataFrame([{**figures, "seed": seed} for seed in range(1, 25)])
    table[["close_21", "close_63", "close_126", "close_252"]] = np.nan
    table["volatility_first_month"] = np.nan
    rng = np.random.default_rng(0)
    daily = pd.concat(
        pd.DataFrame({"point": 0, "seed": seed, "day": np.arange(6),
                      "close": series_["close"] * np.exp(rng.normal(0, 0.05, 6)),
                      "volume": series_["volume"]})
        for seed in range(1, 25)
    )  # fmt: skip
    predictive_fan.save(loaded, table, daily, tmp_path / "fan")
    predictive_fan.save(loaded, table, daily, tmp_path / "fan")  # replaces its own
    fan = read_fan(tmp_path / "fan")
    assert fan.closes.shape == (24, 6) and fan.listing == LISTING and fan.offer == 135.0
    frame(series_["close"]).to_csv(tmp_path / "spcx.csv", index=False)
    arguments = ["compare", str(tmp_path / "fan"), str(tmp_path / "spcx.csv")]
    more = ["--offer", "130.0", "--out", str(tmp_path / "out"), "--json"]
    assert invoke(app, [*arguments, *more]) == 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["command"] == "ipolab " + " ".join([*arguments, *more[:2]])
    answer = json.loads(capsys.readouterr().out)
    assert answer["runs"] == 24 and len(answer["scores"]) == 4
    assert {path.name for path in (tmp_path / "out" / "figures").iterdir()} == {
        "fan.png", "ranks.png"
    }  # fmt: skip
    assert invoke(app, ["compare", str(tmp_path), str(tmp_path / "spcx.csv")]) == 2
    assert "expected a predictive fan or a sweep" in capsys.readouterr().err


def test_runs_without_a_first_trade_are_counted():
    loaded = scenario(SMALL)
    daily = pd.DataFrame(
        {"point": 0, "seed": np.repeat(np.arange(30), 4), "day": np.tile(np.arange(4), 30)}
    ).assign(close=100.0)
    rows = pd.DataFrame({"point": 0, "seed": np.arange(33), "first_day_return": 0.1})
    fan = make_fan(daily, rows, loaded, "x")
    assert fan.untraded == 3 and fan.volumes is None and len(fan.closes) == 30
    with pytest.raises(InputError, match="got 10 runs that traded"):
        make_fan(daily[daily["seed"] < 10], rows, loaded, "x")
