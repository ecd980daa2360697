"""A census from a file: defaults, and one clear line for every mistake."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.inputs import InputError
from sim.streams import Streams
from sim.universe import SECTORS, Universe, UniverseRules, read_csv


@pytest.fixture
def write(tmp_path):
    def to_file(text):
        path = tmp_path / "companies.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return to_file


def test_three_columns_are_enough(write):
    census = read_csv(write("symbol,price,shares\nAAA,10,1e9\n\nBBB,20.5,2000000\n"))
    assert census.symbol == ["AAA", "BBB"]
    assert census.price.tolist() == [10.0, 20.5]
    assert census.float_cap.tolist() == [1e10, 4.1e7]
    assert census.beta.tolist() == [1.0, 1.0] and census.maturity.tolist() == [1.0, 1.0]
    assert census.domestic.all() and not census.nasdaq.any() and not census.financial.any()
    assert census.dividend_yield == pytest.approx(664.90 / 63_498.44)
    assert census.report_day.tolist() == [8, 9]


def test_every_column_is_read_in_any_order_and_case(write):
    text = (
        "\ufeffShares,Symbol,Price,sector,float_factor,dual_class,nasdaq,financial,domestic,beta,"
        "volatility,earnings_yield,maturity,dividend_yield,rate_duration,report_day\n"
        '5,"A,B",2,financials,0.5,yes,TRUE,no,0,1.5,0.03,-0.02,-0.5,0.01,7,62\n'
        "5,C,2,,,,,,,,,-0.02,,,,\n"
    )
    census = read_csv(write(text))
    assert census.symbol == ["A,B", "C"]
    assert census.sector.tolist() == [SECTORS.index("Financials"), SECTORS.index("Industrials")]
    assert census.dual_class.tolist() == [True, False]
    assert census.nasdaq.tolist() == [True, False]
    assert census.financial.tolist() == [False, False]
    assert census.domestic.tolist() == [False, True]
    assert census.float_factor.tolist() == [0.5, 1.0]
    assert census.maturity == pytest.approx([-0.5, -0.5])
    assert census.normal_yield == pytest.approx([0.04, 0.04])
    assert census.report_day.tolist() == [62, 9]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: column symbol is missing, expected it"),
        ("symbol,price\nA,1\n", "line 1: column shares is missing, expected it"),
        ("symbol,price,shares,colour\n", "line 1: got column 'colour', expected columns of symbol"),
        ("symbol,price,shares,price\n", "line 1: got column 'price' twice, expected it once"),
        ("symbol,price,shares\n", "line 2: got no company, expected at least one"),
        ("symbol,price,shares\nA,1\n", "line 2: got 2 cells, expected 3"),
        ("symbol,price,shares\nA,1,1\nB,0,1\n", "line 3: price: got '0', expected a number above"),
        ("symbol,price,shares\nA,-1,1\n", "line 2: price: got '-1', expected a number above 0"),
        ("symbol,price,shares\nA,1,nan\n", "line 2: shares: got 'nan', expected a number above 0"),
        ("symbol,price,shares\nA,1,inf\n", "line 2: shares: got 'inf', expected a number above 0"),
        ("symbol,price,shares\nA,1,many\n", "line 2: shares: got 'many', expected a number above"),
        ("symbol,price,shares\nA,,1\n", "line 2: price: got nothing, expected a value"),
        ("symbol,price,shares\n,1,1\n", "line 2: symbol: got nothing, expected a value"),
        ("symbol,price,shares\nA,1,1\nA,2,2\n", "line 3: symbol: got 'A' again .first on line 2"),
        ("symbol,price,shares,float_factor\nA,1,1,1.2\n", "float_factor: got '1.2', expected a"),
        ("symbol,price,shares,nasdaq\nA,1,1,maybe\n", "nasdaq: got 'maybe', expected true or fal"),
        ("symbol,price,shares,sector\nA,1,1,Space\n", "sector: got 'Space', expected one of Inf"),
        ("symbol,price,shares,report_day\nA,1,1,63\n", "report_day: got '63', expected a whole"),
        ("symbol,price,shares,maturity\nA,1,1,-1\n", "maturity: got -1, expected the sign of ear"),
        ('symbol,price,shares\n"A,1,1\n', "line 2: broken CSV"),
        (b"symbol,price,shares\n\xff,1,1\n", "not UTF-8 text, expected a CSV file"),
    ],
)
def test_a_mistake_is_told_in_one_line(write, text, message):
    path = write(text)
    with pytest.raises(InputError, match=message) as told:
        read_csv(path)
    assert str(told.value).startswith(f"{path}: ") and "\n" not in str(told.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="no such file, expected a CSV file"):
        read_csv(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_csv(tmp_path)


def test_a_universe_from_a_file(write):
    path = write("symbol,price,shares,volatility\nAAA,10,1e9,0.03\nBBB,20,1e8,0\n")
    universe = Universe(UniverseRules(kind="csv", file=str(path)), ["CCC"], Streams(1))
    assert universe.symbols == ["AAA", "BBB", "CCC"]
    assert universe.market_value == pytest.approx(1.2e10)
    with pytest.raises(InputError, match="symbol 'AAA' twice"):
        Universe(UniverseRules(kind="csv", file=str(path)), ["AAA"], Streams(1))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(1e-6, 1e9), st.floats(1e-3, 1e15)), min_size=1, max_size=8))
def test_what_is_written_is_read_back(tmp_path_factory, rows):
    lines = [f"C{i},{price!r},{shares!r}" for i, (price, shares) in enumerate(rows)]
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    path.write_text("\n".join(["symbol,price,shares", *lines]))
    census = read_csv(path)
    assert np.array_equal(np.c_[census.price, census.shares], np.array(rows))
