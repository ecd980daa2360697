"""The published valuations, to the printed digit (FACTS: workbooks of April and June 2026)."""

from __future__ import annotations

import numpy as np
import pytest

from sim.valuation.company import company_names, load_company
from sim.valuation.dcf import inputs_of, log_value_per_share, value

BN = 1e9
JUNE_ROWS = {
    "revenue": [38.8, 62.9, 85.4, 102.2, 119.1, 179.3, 247.5, 312.5, 366.3, 420.0],
    "ebit": [3.3, 7.2, 12.7, 18.9, 26.5, 44.7, 69.4, 98.0, 127.1, 160.0],
    "reinvestment": [10.2, 12.2, 11.4, 8.6, 8.6, 16.5, 18.9, 18.0, 14.5, 14.5],
    "fcff": [-7.2, -5.8, 0.0, 8.5, 15.3, 22.4, 39.4, 61.4, 84.7, 105.5],
}
JUNE_SEGMENTS = {"launch": 145.7, "connectivity": 589.3, "ai": 270.5, "options": 219.0}


@pytest.fixture(scope="module")
def june():
    return value(inputs_of(load_company("spacex")), detail=True)


def test_june_totals_to_the_cent(june):
    assert round(june.enterprise_value[0] / BN, 2) == 1224.45
    assert round(june.equity_value[0] / BN, 2) == 1301.30
    assert round(june.shares[0] / 1e6, 2) == 13301.95
    assert round(june.value_per_share[0], 2) == 97.83
    assert round(june.present_value_of_flows.sum() / BN, 1) == 161.9
    assert round(june.present_value_of_terminal.sum() / BN, 1) == 1062.6


@pytest.mark.parametrize("name", JUNE_ROWS)
def test_june_rows(june, name):
    row = june.detail[name][0].sum(axis=0) / BN
    # half a unit of the last printed digit, and a hair for the 14.46 that is printed as 14.5
    np.testing.assert_allclose(row, JUNE_ROWS[name], atol=0.0501)


def test_june_segments(june):
    for k, name in enumerate(june.segment_names):
        assert round(june.segment_value[0, k] / BN, 1) == JUNE_SEGMENTS[name]
    assert june.segment_value.sum() == pytest.approx(june.enterprise_value[0], rel=1e-14)


def test_june_with_new_shares_at_the_offer_price():
    company = load_company("spacex", {"issue_price": 135.0})
    worth = value(inputs_of(company))
    assert round(worth.value_per_share[0], 1) == 99.4
    assert worth.shares[0] == pytest.approx(12.5353e9 + 75e9 / 135)


def test_april_by_the_stated_rule():
    worth = value(inputs_of(load_company("spacex-april")))
    assert 1271 <= worth.enterprise_value[0] / BN <= 1280.5
    assert worth.equity_value[0] == worth.enterprise_value[0]
    # the published 1,216.06 holds a reinvestment slip: the stated rule must not reproduce it
    assert abs(worth.enterprise_value[0] / BN - 1216.06) > 50


@pytest.mark.parametrize("name", [*company_names(), "template"])
def test_every_shipped_company_has_a_value(name):
    inputs = inputs_of(load_company(name))
    worth = value(inputs)
    assert worth.value_per_share[0] > 0
    assert np.exp(log_value_per_share(inputs)[0]) == pytest.approx(worth.value_per_share[0])


def test_private_companies_lose_what_the_press_reports_in_the_first_year():
    for name, low, high in (("openai", 14, 26), ("anthropic", 11, 15)):
        worth = value(inputs_of(load_company(name)), detail=True)
        assert low <= -worth.ebit[0, :, 0].sum() / BN <= high
