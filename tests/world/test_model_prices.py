"""What moves prices, and how far: value, news about it, and purchases (MODEL §8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from agents.population import populate
from experiments import build
from experiments.scenario import Scenario
from sim.inputs import override
from sim.model import MarketModel
from tests.runs import (
    NO_CROWD,
    NO_DAY_TRADERS,
    NO_INSIDER_SALES,
    NO_MAKERS,
    NO_MOMENTUM,
    NO_NEWS,
    NO_SHORTS,
    ONE_STORY,
    SMALL,
    path_of,
    scenario,
    trade,
)

QUIET = {
    **NO_CROWD,
    **NO_MOMENTUM,
    **NO_SHORTS,
    **NO_DAY_TRADERS,
    **NO_NEWS,
    **ONE_STORY,
    **NO_INSIDER_SALES,
    "population.insiders.directed.sell": 0.0,
    "offering.reservation_price": 0.0,
    "offering.minimum_raise": 0.0,
}

# -- price follows value ------------------------------------------------------------------------


@pytest.mark.parametrize("makers", [{}, NO_MAKERS], ids=["makers", "no makers"])
@pytest.mark.parametrize("price", [55.0, 90.0, 250.0])
def test_with_one_story_and_nobody_excited_the_price_is_the_value(
    price: float, makers: dict[str, Any]
) -> None:
    """Nobody wishes to trade only where price = value; it gets there from either side.

    Tolerance without market makers: half a tick of rounding, a tick for the day's growth of the
    value, and 1e-4 of the value for positions still being filled.  Makers learn the fair price from
    auctions, at a pace of their own, and keep the price back as long: 1e-3.
    """
    days = 60
    changes = (SMALL, QUIET, makers, {"offering.price": price})
    model = trade(build(scenario(*changes), 3), days)
    recorder, listing = model.recorder, model.listing
    assert listing is not None and listing.offer_price is not None
    c = listing.column
    value, close = recorder.value[:days, c], recorder.close[:days, c]
    assert np.ptp(recorder.band[:days], axis=1).max() < 1e-6  # there is one story indeed
    assert (listing.offer_price < value[0]) == (price < 97)
    gap = np.abs(close - value)
    assert gap[40:].max() <= 0.015 + (1e-3 if not makers else 1e-4) * value[0]
    assert gap[40:].max() < 0.1 * abs(listing.offer_price - value[0])


# -- news ---------------------------------------------------------------------------------------

SHOCK_DAY = 12
SHOCKS = [
    ({"input": "target_margin", "segment": "ai", "change": 0.05}, 1),
    ({"input": "target_revenue", "segment": "ai", "change": -0.3}, -1),
    ({"input": "cost_of_capital", "change": 0.005}, -1),
    ({"input": "cost_of_capital", "change": -0.005}, 1),
]


@pytest.fixture(scope="module")
def undisturbed() -> Callable[[int], MarketModel]:
    """Runs without a shock."""
    made: dict[int, MarketModel] = {}

    def get(seed: int) -> MarketModel:
        if seed not in made:
            made[seed] = trade(build(scenario(SMALL), seed), SHOCK_DAY + 10)
        return made[seed]

    return get


@pytest.mark.parametrize(("shock", "sign"), SHOCKS, ids=lambda x: str(x)[:60])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_value_shock_moves_price_its_way_and_nothing_before_it(
    undisturbed: Callable[[int], MarketModel], shock: dict[str, Any], sign: int, seed: int
) -> None:
    """Twins with one seed: equal to the byte until the news, apart in its direction after."""
    days = SHOCK_DAY + 10
    twin = undisturbed(seed)
    hit = scenario(SMALL, {"news.shocks": [{"day": SHOCK_DAY, **shock}]})
    model = trade(build(hit, seed), days)
    c = model.universe.focus[0]
    for name in ("open", "high", "low", "close", "volume", "value"):
        before = getattr(model.recorder, name)[:SHOCK_DAY]
        assert before.tobytes() == getattr(twin.recorder, name)[:SHOCK_DAY].tobytes()
    value = np.log(model.recorder.value[:days, c] / twin.recorder.value[:days, c])
    moved = np.log(model.recorder.close[:days, c] / twin.recorder.close[:days, c])
    assert (sign * value[SHOCK_DAY:] > 0.03).all()
    assert sign * moved[SHOCK_DAY] > 0
    assert sign * moved[SHOCK_DAY:].mean() > 0


def test_attention_is_no_news_about_value() -> None:
    """A media storm moves people, and the price if they buy, but not what the company is worth."""
    days = SHOCK_DAY + 6
    changes = {"news.shocks": [{"day": SHOCK_DAY, "input": "attention", "change": 3.0}]}
    calm = trade(build(scenario(SMALL), 1), days)
    storm = trade(build(scenario(SMALL, changes), 1), days)
    assert storm.recorder.media[SHOCK_DAY] > calm.recorder.media[SHOCK_DAY] + 1
    assert storm.recorder.volume[SHOCK_DAY:days, 1].sum() > (
        calm.recorder.volume[SHOCK_DAY:days, 1].sum()
    )
    base = calm.recorder.value[: SHOCK_DAY + 3, 0]
    assert storm.recorder.value[: SHOCK_DAY + 3, 0].tobytes() == base.tobytes()


# -- purchases ----------------------------------------------------------------------------------


@dataclass
class Buyer:
    """Buys a fixed number of shares of a stock a day, whatever the price, and keeps them."""

    model: MarketModel
    column: int
    shares_a_day: float
    first: int
    last: int
    holder: str = "buyer"
    relationship: float = 0.0

    def __post_init__(self) -> None:
        self.account = self.model.open_account(self, strategic=False, neutral=False, lends=False)  # type: ignore[arg-type]
        self.model.endow_cash(self.account, 1e13)
        self.model.add_actor(self)

    def bid(self, listing: Any, grid: Any) -> None:
        return None

    def start_day(self) -> None:
        row, model = self.model.book.row(self.account), self.model
        held = model.ledger.holdings[self.account, self.column]
        row.neutral[self.column], row.floor[self.column] = held, 0.0
        row.cap[self.column] = held + 1e12
        buying = self.first <= model.day < self.last
        row.orders[self.column] = self.shares_a_day / model.auctions[self.column] * buying

    def before_auction(self, instant: int) -> None:
        """Nothing to add."""

    def after_close(self) -> None:
        """Nothing to learn."""


#: Only funds, whose opinions differ so little that nobody comes to a limit.
PLAIN = override(
    Scenario(name="plain"),
    {
        **NO_MOMENTUM,
        **NO_SHORTS,
        **NO_MAKERS,
        "market.tick": 1e-4,  # so that no order is cut back
        "population.long_only.opinion_volatility": 0.04,
        "population.hedge.opinion_volatility": 0.01,
        "population.long_only.leverage": 1.0,
        "population.hedge.leverage": 1.0,
    },
    "plain",
)


def plain_model(chosen: Scenario, seed: int) -> MarketModel:
    """A market without an offering, with one account to spare."""
    world = chosen.world()
    model = MarketModel(replace(world, accounts=world.accounts + 1), seed)
    populate(model, chosen.population)
    return model


@pytest.mark.parametrize(
    "universe",
    [{}, {"universe.kind": "stocks", "universe.stocks": 20}],
    ids=["market", "stocks"],
)
@pytest.mark.parametrize("side", [1, -1], ids=["buy", "sell"])
def test_permanent_impact_is_demand_over_the_sum_of_leans(
    universe: dict[str, Any], side: int
) -> None:
    """Where nobody is at a limit, Σ neutral + Σ lean·(v − x) = supply: D shares move x by D/Σ lean.

    So the micro multiplier follows from elasticities and nobody typed it in (Gabaix and Koijen
    2021). Compared with a twin without the purchase; 10 % is for the change of the funds' wealth,
    and with it of their leans, that the purchase itself brings about.
    """
    days, column = 160, 0 if not universe else 7
    chosen = override(PLAIN, {"days": days, **universe}, "plain")
    models = [plain_model(chosen, 5) for _ in range(2)]
    demand = 1e-3 * models[0].universe.shares[column]
    for model, size in zip(models, (side * demand, 0.0), strict=True):
        buyer = Buyer(model, column, size / 10, first=3, last=13)
        if side < 0:
            hand_over(model, buyer, demand)
        trade(model, days)
        model.ledger.check()
    with_it, without = models
    start = demand if side < 0 else 0.0
    moved = with_it.ledger.holdings[-1, column] - start
    assert moved == pytest.approx(side * demand, rel=0.01)  # a large order may be cut back a little
    assert without.ledger.holdings[-1, column] == pytest.approx(start)
    assert linear(with_it, column) and linear(without, column)
    lean = without.book.lean[:, column].sum()
    x = np.log(with_it.recorder.close[:days, column] / without.recorder.close[:days, column])
    # What the purchase does to the market as a whole lifts every stock a little more.
    gap = with_it.recorder.market_gap[:days] - without.recorder.market_gap[:days]
    own = x - (1 - chosen.population.macro_elasticity) * gap
    assert own[-20:].mean() == pytest.approx(moved / lean, rel=0.1)
    assert (side * x[4:]).min() > 0
    assert np.abs(x[:3]).max() < 1e-12


def hand_over(model: MarketModel, buyer: Buyer, shares: float) -> None:
    """Give the buyer shares to sell, from the inert owners' account."""
    model.ledger.transfer(0, buyer.account, buyer.column, shares)


def linear(model: MarketModel, column: int) -> bool:
    """Whether nobody who leans is at the floor or the cap of his schedule."""
    row = model.book.column(column)
    target = row.neutral + row.lean * (row.value - model.exchange.last_log_price[column])
    inside = (target > row.floor) & (target < row.cap)
    return bool(inside[row.lean > 0].all())


def test_a_purchase_by_nobody_changes_nothing() -> None:
    """An account that trades nothing leaves every price as it was, to the byte."""
    chosen = override(PLAIN, {"days": 20}, "plain")
    bare = build(chosen, 5)
    spare = plain_model(chosen, 5)
    Buyer(spare, 0, 0.0, 0, 0)
    closes = [trade(model, 20).recorder.close[:20].tobytes() for model in (bare, spare)]
    assert closes[0] == closes[1]
    assert bare.listing is None and path_missing(bare)


def path_missing(model: MarketModel) -> bool:
    """Whether the model rightly has no company in focus to tell of."""
    with pytest.raises(AssertionError):
        path_of(model)
    return not model.universe.focus
