"""The population of offerings: what is drawn, what is conserved, what the tables say."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.formats import schema_of, write_table
from experiments.panels import panels
from experiments.panels.first_look import as_text, first_look, main
from experiments.panels.ipos import CLASSES, ipo_table, unlock_table
from experiments.results import read_results, write
from experiments.simulate import collect
from sim.inputs import InputError
from sim.offering.pipeline import SEVEN, STAKES, PipelineRules, draw_companies, gross_spread
from sim.streams import Streams
from tests.panels.worlds import panel, run_days, usual


# -- what is drawn ----------------------------------------------------------------------------
def test_a_longer_run_has_the_same_companies_first():
    short, long = (
        draw_companies(PipelineRules(), sessions, Streams(5)).companies for sessions in (300, 900)
    )
    assert len(long) > len(short) > PipelineRules().backlog
    assert long[: len(short)] == short


def test_sizes_are_those_of_us_offerings():
    companies = draw_companies(PipelineRules(per_year=2000), 2520, Streams(1)).companies
    value = np.array([c.newcomer.shares * c.newcomer.value_per_share for c in companies])
    sold = np.array([c.sold for c in companies])
    proceeds = value * sold / (1 - sold)
    assert 90e6 < np.median(proceeds) < 130e6
    assert 0.001 < np.mean(proceeds > 5e9) < 0.01
    small = proceeds < 0.9e9
    assert (sold[small] >= 0.149).all() and (sold <= 0.351).all()
    assert sold[proceeds > 10e9].mean() < 0.7 * sold[small].mean()
    ready = np.array([c.ready for c in companies])
    assert 1900 < np.sum(ready >= 0) / 10 < 2100


def test_larger_companies_are_better_known_unless_switched_off():
    def ties(**rules):
        given = PipelineRules(per_year=1000, **rules)
        new = [c.newcomer for c in draw_companies(given, 504, Streams(1)).companies]
        size = np.log([c.shares * c.value_per_share for c in new])
        seen = ([c.disagreement for c in new], [c.volatility for c in new])
        return [np.corrcoef(size, np.log(each))[0, 1] for each in seen]

    assert max(ties()) < -0.2
    assert max(map(abs, ties(known=0.0, steadier=0.0))) < 0.08


def test_stakes_are_all_of_a_company():
    assert sum(STAKES.values()) == pytest.approx(1)


@given(st.floats(1e6, 1e11), st.floats(0, 1, exclude_max=True))
def test_spreads_are_never_above_the_custom(proceeds, custom):
    spread = gross_spread(proceeds, custom)
    assert 0.003 < spread <= 1.1 * SEVEN
    if proceeds > 5e9:
        assert spread < 0.04


def test_most_middling_deals_pay_exactly_seven_percent():
    draws = np.random.default_rng(1).random(2000)
    shares = [np.mean([gross_spread(p, d) == SEVEN for d in draws]) for p in (50e6, 150e6, 2e9)]
    assert shares[0] > 0.93
    assert 0.4 < shares[1] < 0.8
    assert shares[2] == 0


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(InputError, match="sold_low"):
        panel({"pipeline.sold_low": 0.4})
    with pytest.raises(InputError, match="prepare_low"):
        panel({"population.issuance.window.prepare_low": 900})


# -- the run ----------------------------------------------------------------------------------
def test_shares_and_cash_are_conserved():
    model = usual()
    model.ledger.check()
    traded = [li for li in model.listings if li.offer_price and li.day >= 0]
    assert len(traded) > 20
    for listing in traded:
        assert model.universe.shares[listing.column] == pytest.approx(
            model.ledger.outstanding[listing.column]
        )


def test_the_same_seed_gives_the_same_table():
    tables = [ipo_table(run_days(panel(), 8, 90)) for _ in range(2)]
    pd.testing.assert_frame_equal(*tables)


def test_draws_of_one_company_do_not_depend_on_how_many_there_are():
    few, many = (run_days(panel({"days": days}), 8, 60) for days in (120, 400))
    assert many.n_stocks > few.n_stocks
    columns = slice(few.n_market, few.universe.ordinary)
    filed = [li.column for model in (few, many) for li in model.listings]
    private = ~np.isin(np.arange(columns.start, columns.stop), filed)
    assert private.any()
    same = few.universe.log_value[columns] == many.universe.log_value[columns]
    assert same[private].all()


# -- the tables -------------------------------------------------------------------------------
def test_one_row_an_offering():
    model = usual()
    table = ipo_table(model)
    assert list(table["symbol"]) == [li.terms.symbol for li in model.listings]
    assert set(table["decision"]) <= {
        "priced", "cut", "downsized", "upsized", "withdrawn", "pending",
    }  # fmt: skip
    assert (table["range_low"] < table["range_high"]).all()
    assert (table["filing"] < table["pricing"]).all()
    assert (table["pricing"] < table["first_trade"]).all()
    unsold = table["decision"].isin(["withdrawn", "pending"])
    assert table.loc[unsold, "offer"].isna().all()
    assert table.loc[~unsold, "offer"].notna().all()


def test_everything_sold_is_allotted():
    table = ipo_table(usual()).dropna(subset=["offer"])
    sold = table["shares"] + table["over_allotment_sold"]
    allotted = table[[f"allocation_{name}" for name in CLASSES]].sum(axis=1)
    np.testing.assert_allclose(allotted, sold, rtol=1e-9)


def test_the_short_of_the_syndicate_is_covered_or_exercised():
    table = ipo_table(usual()).dropna(subset=["close_63"])
    assert len(table) > 10
    closed = table["over_allotment_exercised"] + table["over_allotment_covered"]
    np.testing.assert_allclose(closed, table["over_allotment_sold"], rtol=1e-6)


def test_decisions_agree_with_offer_and_range():
    table = ipo_table(usual())
    cut, larger = table[table["decision"] == "cut"], table[table["decision"] == "upsized"]
    assert (cut["offer"] < cut["range_low"]).all()
    assert (larger["offer"] > larger["range_high"]).all()
    within = table[table["decision"] == "priced"]
    assert (within["offer"] >= within["range_low"]).all()


def test_flips_are_parts():
    table = ipo_table(usual()).dropna(subset=["close_1"])
    assert table["flipped_of_deal"].between(0, 1).all()
    assert table["flipped_of_deal"].mean() > 0.01


def test_closes_and_volumes_are_those_of_the_days():
    model = usual()
    row = ipo_table(model).dropna(subset=["close_10"]).iloc[0]
    column = model.universe.symbols.index(row["symbol"])
    prices = collect(model, panel(), 3).prices
    stock = prices[(prices["symbol"] == row["symbol"]) & (prices["date"] >= row["first_trade"])]
    assert stock["close"].iloc[10] == row["close_10"]
    assert stock["volume"].iloc[0] == row["volume_0"]
    assert (
        model.recorder.level[model.calendar.index(row["first_trade"].date()), 0] == row["market_0"]
    )
    assert column >= model.n_market


def test_unlocks_are_on_the_day_and_of_what_was_locked():
    model = usual()
    table = unlock_table(model)
    assert len(table)
    for symbol, rows in table.groupby("symbol"):
        assert rows["day"].diff().dropna().eq(1).all()
        assert rows["day"].min() == -20
        at = rows[rows["day"] == 0].iloc[0]
        assert at["date"] == at["unlock"]
        listing = next(li for li in model.listings if li.terms.symbol == symbol)
        waited = (at["unlock"].date() - listing.terms.dates.pricing).days
        assert 180 <= waited <= 185
        assert at["unlocked_shares"] == pytest.approx(listing.terms.shares_outstanding)


def test_results_keep_the_tables(tmp_path):
    model = usual()
    result = collect(model, panel(), 3)
    assert {"ipos", "ipo_unlocks"} <= set(panels(model))
    folder = write(result, tmp_path / "panel", figures=False)
    again = read_results(folder).panels["ipos"]
    assert list(again["symbol"]) == list(result.panels["ipos"]["symbol"])
    np.testing.assert_array_equal(again["close_0"], result.panels["ipos"]["close_0"])


# -- the first look ---------------------------------------------------------------------------
def made_up():
    """Four offerings of which all that matters is known."""
    table = ipo_table(usual()).dropna(subset=["close_21"]).head(4).reset_index(drop=True)
    table["decision"] = "priced"
    table["offer"], table["close_0"] = 10.0, [9.0, 10.0, 12.0, 17.0]
    table["range_low"], table["range_high"] = [11.0, 9.0, 9.0, 8.0], [12.0, 11.0, 11.0, 9.0]
    return table


def test_the_first_look_counts():
    found = {figure.what: figure.value for figure in first_look(made_up())}
    assert found["first-day return: mean"] == pytest.approx(0.2)
    assert found["first-day return: median"] == pytest.approx(0.1)
    assert found["first-day return: share at 0 or below"] == 0.5
    assert found["first-day return: share within 0.5 % of 0"] == 0.25
    places = [found[f"offer {where} the range"] for where in ("below", "within", "above")]
    assert places == [0.25, 0.5, 0.25]
    assert found["offer above the range: first-day return"] == pytest.approx(0.7)
    assert found["withdrawn, share of those decided"] == 0


def test_the_first_look_at_a_folder(tmp_path, capsys):
    (tmp_path / "panels").mkdir()
    assert main([str(tmp_path)]) == 2
    assert "cannot be read (" in capsys.readouterr().err
    table = ipo_table(usual())
    write_table(table, schema_of(table), tmp_path / "panels" / "ipos.parquet")
    assert main([str(tmp_path)]) == 0
    assert "first-day return: mean" in capsys.readouterr().out


def test_the_first_look_can_be_printed():
    text = as_text(first_look(ipo_table(usual())))
    assert "first-day return: mean" in text
    assert len({line.index("  ") for line in text.splitlines()[1:]}) > 1
    assert first_look(ipo_table(usual()).head(0))[0].value == 0
