"""Partial adjustment is an outcome of the allocation rule, not a number."""

import numpy as np
import pytest

from sim.offering import AllocationRules, Book
from sim.offering.allocation import institutions, place
from sim.offering.partial_adjustment import adjusted_value, hiding_ratio
from tests.offering.conftest import log_linear_book

PRO_RATA = AllocationRules(discretion=0)


def _ratio(book, shares, prior, rules, **quotas):
    return hiding_ratio(book, shares, prior, book.clearing_price(shares), rules, **quotas)


def test_adjustment_is_partial_upward_and_full_downward():
    book = log_linear_book(130.0, 100e6)
    ratio = _ratio(book, 100e6, 100.0, AllocationRules())
    assert 0.05 < ratio < 0.95
    assert adjusted_value(100.0, 130.0, ratio) == pytest.approx(100 + (1 - ratio) * 30)
    assert adjusted_value(100.0, 80.0, ratio) == 80.0


def test_truth_pays_as_much_as_hiding_at_the_adjusted_value():
    # the incentive constraint of Benveniste and Spindt, summed over bidders, holds with equality
    book, shares, prior, revealed = log_linear_book(130.0, 100e6), 100e6, 100.0, 130.0
    rules = AllocationRules()
    offer = adjusted_value(prior, revealed, hiding_ratio(book, shares, prior, revealed, rules))
    bids, firm, hidden_firm = book.at(prior), book.at(revealed), book.at(revealed**2 / prior)
    truth = place(bids, firm, book, shares, rules, 0, 0)
    gain_truth = gain_hiding = 0.0
    for row in np.flatnonzero(institutions(book)):
        trial, trial_firm = bids.copy(), firm.copy()
        trial[row], trial_firm[row] = firm[row], hidden_firm[row]
        kept = place(trial, trial_firm, book, shares, rules, 0, 0)[row]
        gain_truth += truth[row] * (revealed - offer)
        gain_hiding += kept * (revealed - prior)
    assert gain_truth == pytest.approx(gain_hiding)


def test_pro_rata_gives_one_over_the_coverage_at_the_prior():
    grid = np.geomspace(10, 1000, 2000)
    bids = 400  # many small bids: one deviation does not move the rationing of the rest
    book = Book.of(grid, np.tile((grid / 130.0) ** -3.0, (bids, 1)), ["fund"] * bids)
    ratio = hiding_ratio(book, bids, 100.0, 130.0, PRO_RATA)
    assert ratio == pytest.approx(1 / book.coverage(100.0, bids), rel=0.01)


def test_lambda_goes_to_one_when_hiding_gains_nothing():
    # bidders who agree: one that hides its news looks weak beside the others, and a banker who
    # rewards strong bids passes it over
    book = log_linear_book(130.0, 100e6, spread=0.05)
    ratios = [
        _ratio(book, 100e6, 100.0, AllocationRules(discretion=d, reward=8)) for d in (0, 0.5, 1)
    ]
    assert ratios[0] > ratios[1] > ratios[2]
    assert ratios[2] < 0.02  # lambda_up > 0.98


def test_lambda_goes_to_zero_when_hiding_costs_nothing():
    # bids that do not depend on the price are the same with and without the news
    book = Book.of([10, 1000], [[50, 50]] * 4, ["fund"] * 4)
    assert hiding_ratio(book, 100, 100.0, 130.0, AllocationRules()) == pytest.approx(1.0)


def test_only_institutions_hold_news():
    book = Book.of([10, 1000], [[50, 5]] * 4, ["retail"] * 4)
    assert hiding_ratio(book, 100, 100.0, 130.0, AllocationRules()) == 0.0
