"""What each class of agents does to the market: the SpaceX run with and without it.

Runs with and without share every random draw that the class does not make (MODEL §7), so that the
difference between them is its doing.  A direction counts as shown when the mean difference over
the seeds is more than two standard errors away from zero on the side that the literature says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.runs import (
    NO_CROWD,
    NO_DAY_TRADERS,
    NO_INSIDER_SALES,
    NO_MAKERS,
    NO_MOMENTUM,
    NO_SHORTS,
    SMALL,
    Path,
    run_path,
    t_statistic,
)

SEEDS = range(1, 13)
MORE_SEEDS = range(1, 49)  # for a small effect
#: Up to the first unlock, so that nothing but the class in question tells the runs apart.
FIRST_WEEKS = 38
SURE = 2.0
#: A third of the people for the same money: a third of the time.
FEWER = {"population.retail.people": 1000}
LONG = 115

Measure = Callable[[Path], float]


def effect(
    changes: dict[str, Any], measure: Measure, days: int = FIRST_WEEKS, seeds: range = SEEDS
) -> float:
    """t statistic of what the changes do to a measure, over paired seeds."""
    return t_statistic(
        measure(run_path({**FEWER, **changes}, seed, days))
        - measure(everybody(seed).before(days) if seed in SEEDS else run_path(FEWER, seed, days))
        for seed in seeds
    )


def everybody(seed: int) -> Path:
    """The scenario as it is, long enough for every comparison."""
    return run_path(FEWER, seed, LONG)


def first_day_return(path: Path) -> float:
    return float(np.log(path.close[0] / path.offer))


def peak(path: Path) -> float:
    return float(np.log(path.close.max()))


def mean_price(path: Path) -> float:
    return float(np.log(path.close).mean())


def run_up(path: Path) -> float:
    """From the first close to the highest of the first month."""
    return float(np.log(path.close[:21].max() / path.close[0]))


def volatility(path: Path) -> float:
    """Log standard deviation of daily returns in the first month."""
    return float(np.log(path.returns[:21].std()))


def turnover(path: Path) -> float:
    """Shares traded a day over the float, after the first day."""
    free = path.float_fraction[1:]
    return float(np.log((path.volume[1:] / free).mean()))


def later_price(path: Path) -> float:
    """Mean log close after a hundred days, when most of the general ladder is released."""
    return float(np.log(path.close[100:]).mean())


def test_the_crowd_lifts_the_first_day_and_the_peak() -> None:
    """Attention-driven buying raises the first-day return and overshoots after it.

    Da, Engelberg and Gao (2011): retail attention before an offering goes with higher first-day
    returns; Cornelli, Goldreich and Ljungqvist (2006) find the same for retail sentiment.
    """
    assert effect(NO_CROWD, first_day_return) < -SURE
    assert effect(NO_CROWD, peak) < -SURE


def test_a_crowd_without_money_moves_nothing_but_talk() -> None:
    """It is the crowd's money, not its talk, that lifts the price (Barber and Odean 2008)."""
    poor = {"population.retail.wealth_usd": 0.0}
    assert effect(poor, peak) < -SURE


def test_momentum_lengthens_the_run_up() -> None:
    """Trend followers buy what has risen, so that the rise goes on for longer.

    De Long, Shleifer, Summers and Waldmann (1990), positive feedback; Hong and Stein (1999).
    """
    assert effect(NO_MOMENTUM, run_up, days=22, seeds=MORE_SEEDS) < -SURE


def test_short_sellers_keep_the_price_down() -> None:
    """Without them only optimists are heard (Miller 1977; Duffie, Gârleanu and Pedersen 2002)."""
    assert effect(NO_SHORTS, mean_price) > SURE


def test_without_stock_to_borrow_prices_are_higher() -> None:
    """The same if nobody lends: the constraint, not the person, holds the price up.

    Miller (1977); Ofek and Richardson (2003) for new issues with little to borrow.
    """
    assert effect({"lending.lendable_fraction": 0.0}, mean_price) > SURE


def test_market_makers_calm_the_first_month() -> None:
    """Who absorbs imbalances for a concession takes them out of the price.

    Grossman and Miller (1988); Hendershott and Menkveld (2014) for price pressures.
    """
    assert effect(NO_MAKERS, volatility) > SURE


def test_day_traders_make_the_volume() -> None:
    """Noise traders are most of turnover (Black 1986; Barber, Lee, Liu and Odean 2009)."""
    assert effect(NO_DAY_TRADERS, turnover) < -SURE


def test_sales_of_insiders_press_the_price_for_good() -> None:
    """If insiders keep what is unlocked the price stands higher months later.

    Field and Hanka (2001) and Brav and Gompers (2003): prices fall at unlocks and do not come
    back; Hong, Scheinkman and Xiong (2006) for why: the float must find less optimistic holders.
    """
    assert effect(NO_INSIDER_SALES, later_price, LONG) > SURE


def test_runs_are_the_same_until_the_first_unlock_if_insiders_keep_all() -> None:
    """Nothing that lies ahead and is nobody's plan yet tells the runs apart.

    Those who got directed shares sell as before; only sales out of the lock-up are left out.
    """
    for seed in list(SEEDS)[:3]:
        ours, theirs = everybody(seed), run_path({**FEWER, **NO_INSIDER_SALES}, seed, LONG)
        released = int(np.flatnonzero(np.diff(ours.float_fraction) > 0.01)[0]) + 1
        assert released > 20
        assert ours.close[:released].tobytes() == theirs.close[:released].tobytes()


# -- lock-up supply -----------------------------------------------------------------------------

#: Small worlds are noisier and ten times as fast.
SUPPLY_SEEDS = range(1, 9)


def supply_effect(more: dict[str, Any], less: dict[str, Any]) -> float:
    """t statistic of the later price with more supply over that with less, small worlds."""
    return t_statistic(
        later_price(run_path({**SMALL, **more}, seed, LONG))
        - later_price(run_path({**SMALL, **less}, seed, LONG))
        for seed in SUPPLY_SEEDS
    )


def selling(fraction: float) -> dict[str, float]:
    return {name: fraction for name in NO_INSIDER_SALES}


@pytest.mark.parametrize(("more", "less"), [(0.25, 0.0), (0.6, 0.25), (1.0, 0.6)])
def test_the_more_insiders_sell_the_lower_the_price(more: float, less: float) -> None:
    """More supply never raises the price (MODEL §8), at any level of it."""
    assert supply_effect(selling(more), selling(less)) < -SURE


def test_a_ladder_brings_the_price_below_that_of_no_release() -> None:
    """Tranches that are released press the price; locked for good, shares press nothing."""
    closed = {"offering.lockup.tranches": ()}
    assert supply_effect({}, closed) < -SURE


def test_locked_shares_and_kept_shares_are_the_same_to_the_market() -> None:
    """Whether insiders may not sell or do not want to, the price is the same in the mean.

    They may lend nothing either way; so the lock-up matters through sales only.
    """
    closed = {"offering.lockup.tranches": ()}
    for seed in list(SUPPLY_SEEDS)[:3]:
        kept = run_path({**SMALL, **selling(0.0)}, seed, LONG)
        locked = run_path({**SMALL, **closed}, seed, LONG)
        assert kept.close.tobytes() == locked.close.tobytes()
