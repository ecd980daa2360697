"""A small made-up result for the tests of folders, figures and the command line."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from experiments.results import Result

SYMBOL, SHARES = "TEST", 1e9


def made_up(days: int = 40, seed: int = 0) -> Result:
    rng = np.random.default_rng(seed)
    date = pd.bdate_range("2026-06-12", periods=days)
    close = 20 * np.exp(np.cumsum(rng.normal(0, 0.03, days)))
    fraction = np.where(np.arange(days) < days // 2, 0.05, 0.12)
    parts = {"founder": 1 - fraction, "fund": 1.3 * fraction, "short_seller": -0.3 * fraction}
    holdings = pd.concat(
        pd.DataFrame(
            {
                "date": date,
                "symbol": SYMBOL,
                "holder_class": name,
                "shares": part * SHARES,
                "dollars": part * SHARES * close,
            }
        )
        for name, part in parts.items()
    )
    prices = {name: close for name in ("open", "high", "low", "close")}
    return Result(
        scenario={"name": "madeup", "offering": {"insiders": [{"holder": "founder"}]}},
        seed=seed,
        summary={
            "decision": "priced",
            "offer_price": 16.0,
            "open_price": float(close[0]),
            "first_close": float(close[0]),
            "first_day_return": float(close[0] / 16 - 1),
            "first_day_turnover_of_float": 0.8,
            "oversubscription": 3.4,
            "peak_close": float(close.max()),
            "peak_day": int(close.argmax()),
            "max_drawdown_from_peak": 0.21,
            "closes": {"5": float(close[5]), "21": float(close[21]), "63": None},
            "annual_volatility": 0.47,
            "float_fraction": {"0": 0.05, "63": float("nan")},
            "intrinsic_value_per_share": np.float64(14.5),
            "inclusions": [],
        },
        prices=pd.DataFrame(
            {"date": date, "symbol": SYMBOL, **prices, "volume": 1e6, "value_per_share": 14.5}
        ),
        holdings=holdings,
        events=pd.DataFrame(
            {
                "date": [date[0], date[days // 2]],
                "kind": ["listing", "unlock"],
                "symbol": SYMBOL,
                "detail": ["first trade", "founder"],
            }
        ),
        offering={
            "decision": "priced",
            "reason": "the book covers it",
            "offer_price": 16.0,
            "shares": 5e7,
            "book_clearing_price": 19.0,
            "range": [14.0, 16.0],
            "book_by_price": [
                {"price": float(price), "shares": float(1.7e8 * np.exp(-0.4 * (price - 16)))}
                for price in range(10, 31)
            ],
        },
        diagnostics={
            "attention": pd.DataFrame(
                {
                    "date": date,
                    "excited": 0.2,
                    "bored": 0.1,
                    "media": 0.5,
                    "momentum_position": 1e6,
                }
            ),
            "shorts": pd.DataFrame(
                {"date": date, "short_interest_shares": 1.5e7, "utilisation": 0.6, "fee": 0.03}
            ),
            "value_band": pd.DataFrame(
                {"date": date, "p10": 8.0, "p25": 11.0, "p50": 14.0, "p75": 18.0, "p90": 24.0}
            ),
            "float": pd.DataFrame({"date": date, "float_fraction": fraction}),
        },
    )


@pytest.fixture
def make_result() -> Callable[..., Result]:
    return made_up
