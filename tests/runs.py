"""Runs of the SpaceX scenario with a few things changed, shared by the tests that need them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments import build, load_scenario
from experiments.scenario import Scenario
from sim.index import load_rulebook
from sim.inputs import override
from sim.model import MarketModel

Array = NDArray[np.float64]
Changes = Mapping[str, Any]

SELLERS = ("employees", "venture_funds", "executives", "extended_holders")
#: Few agents and the market as one column: a run of two months takes a tenth of a second.
SMALL: dict[str, Any] = {
    "universe.kind": "market",
    "population.long_only.count": 8,
    "population.hedge.count": 5,
    "population.retail.people": 200,
    "population.short_sellers.count": 2,
    "population.day_traders.count": 4,
}
NO_CROWD = {"population.retail.people": 0}
NO_MOMENTUM = {"population.momentum.capital_usd": 0.0}
NO_SHORTS = {"population.short_sellers.count": 0}
NO_MAKERS = {"population.market_makers.count": 0}
NO_DAY_TRADERS = {"population.day_traders.count": 0}
NO_INSIDER_SALES = {f"population.insiders.{holder}.sell": 0.0 for holder in SELLERS}
#: Fundamentals stand still; only the passage of time moves the value.
NO_NEWS: dict[str, Any] = {
    "news.sources": [],
    "news.rate_volatility": 0.0,
    "news.premium_volatility": 0.0,
    "news.market_earnings_volatility": 0.0,
}
#: Everybody tells the published story: no spread in any input, no opinion, one reading of news.
ONE_STORY: dict[str, Any] = {
    "companies.spacex.stories": {
        "outlook": 0.0,
        "cost_of_capital_sd": 0.0,
        "failure_sd": 0.0,
        "segments": {
            name: {
                "market_sd": 0.0,
                "share_sd": 0.0,
                "margin_sd": 0.0,
                "sales_to_capital_sd": 0.0,
                "base_revenue_sd": 0.0,
                "base_margin_sd": 0.0,
            }
            for name in ("launch", "connectivity", "ai", "options")
        },
    },
    "population.interpretation": 0.0,
    "population.long_only.opinion_volatility": 0.0,
    "population.hedge.opinion_volatility": 0.0,
}


def scenario(*changes: Changes, name: str = "spacex") -> Scenario:
    """A shipped scenario with changes, later ones first in line."""
    return load_scenario(name, {path: v for part in changes for path, v in part.items()})


def index_world(
    *changes: Changes, takeovers: float = 0.0, rulebooks: Sequence[str] = ("sp500",),
    stocks: int = 60, days: int = 400,
) -> Scenario:  # fmt: skip
    """A small market of stocks with an index of two thirds of them, and few agents."""
    members = 2 * stocks // 3
    settings: dict[str, Any] = {
        "days": days,
        "start": "2010-01-04",
        "universe.kind": "stocks",
        "universe.stocks": stocks,
        "universe.takeovers_per_year": takeovers,
        "universe.takeover_largest_bn": 1e6,
        "universe.takeover_sessions": 10,
        "population.long_only.count": 8,
        "population.hedge.count": 5,
        "population.long_only.coverage": 1.0,  # so few funds must know all companies
        "population.passive.assets": {"sp500": 1.0},
        "indices.sp500.count": members,
        "indices.sp500.eligibility": {},
        "indices.sp500.make_room_rank": 5,
    }
    base = Scenario(name="index world", indices={name: load_rulebook(name) for name in rulebooks}
                    | {"sp500": load_rulebook("sp500")})  # fmt: skip
    for part in changes:
        settings |= dict(part)
    return override(base, settings, "index world")


def trade(model: MarketModel, days: int) -> MarketModel:
    """Step until so many days have been traded, or the offering is withdrawn."""
    while model.running and model.day < days - 1:
        model.step()
    return model


@dataclass(frozen=True)
class Path:
    """What a test looks at of a run: one number a day, for the company in focus."""

    offer: float
    open: Array
    high: Array
    low: Array
    close: Array
    volume: Array
    float_fraction: Array
    coverage: float

    def before(self, day: int) -> Path:
        """The first days only."""
        cut = {k: v[:day] if isinstance(v, np.ndarray) else v for k, v in vars(self).items()}
        return Path(**cut)

    @property
    def returns(self) -> Array:
        """Daily log returns of the closes."""
        return np.diff(np.log(self.close))


def path_of(model: MarketModel) -> Path:
    """The path of a model that has run."""
    recorder, listing = model.recorder, model.listing
    assert listing is not None
    days, c = recorder.days, listing.column
    columns = {
        name: getattr(recorder, name)[:days, c].copy()
        for name in ("open", "high", "low", "close", "volume")
    }
    return Path(
        offer=listing.offer_price or float("nan"),
        float_fraction=recorder.float_fraction[:days].copy(),
        coverage=listing.coverage or float("nan"),
        **columns,
    )


def run_path(changes: Changes, seed: int, days: int) -> Path:
    """One run, remembered for whoever asks for it again."""
    return _run_path(tuple(sorted(changes.items())), seed, days)


@cache
def _run_path(changes: tuple[tuple[str, Any], ...], seed: int, days: int) -> Path:
    chosen = scenario(dict(changes), {"days": days})
    return path_of(trade(build(chosen, seed), days))


def t_statistic(differences: Iterable[float]) -> float:
    """Mean over its standard error."""
    values = np.asarray(list(differences), dtype=np.float64)
    return float(values.mean() / (values.std(ddof=1) / np.sqrt(values.size)))
