"""The book as a demand curve."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.offering import Book
from tests.offering.conftest import books


@settings(max_examples=50, deadline=None)
@given(books(), st.floats(0.1, 500), st.floats(0.1, 500))
def test_demand_never_rises_with_the_price(book, one, other):
    low, high = sorted((one, other))
    assert np.all(book.at(low) >= book.at(high) - 1e-6)
    assert book.total(low) == pytest.approx(sum(book.by_class(low).values()))


@settings(max_examples=50, deadline=None)
@given(books(), st.floats(1, 1e10))
def test_clearing_price_is_the_highest_that_covers(book, shares):
    price = book.clearing_price(shares)
    if price is None:
        assert book.total(book.grid[0]) < shares
    else:
        assert book.total(price) >= shares * (1 - 1e-9) - 1e-3
        assert price == book.grid[-1] or book.total(np.nextafter(price, np.inf) * 1.0001) <= shares


def test_interpolation_and_the_ends_of_the_grid():
    book = Book.of([10, 20], [[100, 50], [40, 0]], ["fund", "retail"])
    assert book.total(15) == pytest.approx(95)
    assert book.total(5) == 140
    assert book.total(20.01) == 0
    assert book.clearing_price(95) == pytest.approx(15)
    assert book.clearing_price(141) is None
    assert book.coverage(10, 70) == 2
    assert book.scaled(0.5).by_class(10) == {"fund": 50, "retail": 20}


@pytest.mark.parametrize(
    ("grid", "demand"),
    [([10, 20], [[1, 2]]), ([10, 20], [[1, -1]]), ([20, 10], [[2, 1]]), ([0, 10], [[2, 1]]),
     ([10, 20], [[np.nan, 1]]), ([10], [[1]])],
)  # fmt: skip
def test_a_book_that_is_no_demand_curve_is_refused(grid, demand):
    with pytest.raises(ValueError, match="book:"):
        Book.of(grid, demand, ["fund"])
