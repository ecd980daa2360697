"""How fast a simulated year is, and how much of it is the auction itself.

    python benchmarks/day_loop.py [--stocks 500] [--agents 100] [--days 252] [--spacex]

In one process: the whole model for a year of trading among drawn companies with two auctions a
day, then the bare auction kernel with settlement fed the arrays the model ended with, as many
times.  Their ratio is what matters; seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from agents.population import PopulationRules
from experiments.scenario import Scenario, load_scenario
from experiments.simulate import build
from sim.model import MarketModel
from sim.universe import UniverseRules

REPEATS = 5  # the fastest of so many counts: other work on the machine only adds time


def drawn(stocks: int, agents: int, days: int) -> Scenario:
    """A universe of stocks with about this many agents of the usual mix."""
    base = PopulationRules()
    others = base.short_sellers.count + len(base.momentum.horizons) + base.market_makers.count
    funds = max(agents - others, 2)
    hedge = max(funds // 5, 1)
    population = base.model_copy(
        update={
            "long_only": base.long_only.model_copy(update={"count": funds - hedge}),
            "hedge": base.hedge.model_copy(update={"count": hedge}),
        }
    )
    universe = UniverseRules(kind="stocks", stocks=stocks)
    return Scenario(name="stocks", days=days, universe=universe, population=population)


def time_model(scenario: Scenario, days: int) -> tuple[MarketModel, float]:
    """Seconds of stepping through the days, compilation excluded."""
    build(scenario, seed=0).step()
    model = build(scenario, seed=1)
    started = time.perf_counter()
    for _ in range(days):
        model.step()
    return model, time.perf_counter() - started


def time_kernel(model: MarketModel, auctions: int) -> float:
    """Seconds for the bare kernel on the model's last arrays, prices nudged as news would."""
    exchange, columns = model.exchange, np.arange(model.n_stocks, dtype=np.int64)
    rng = np.random.default_rng(0)
    nudges = rng.normal(0, 0.01, (auctions, model.n_stocks))
    value = model.book.value
    spent = 0.0
    for nudge in nudges:
        value += nudge
        started = time.perf_counter()
        exchange.auction(columns)
        spent += time.perf_counter() - started
    return spent


def report(stocks: int, agents: int, days: int) -> None:
    """Print one line of figures."""
    scenario = drawn(stocks, agents, days)
    whole = kernel = np.inf
    for _ in range(REPEATS):  # in turn, so that a slow minute of the machine meets both
        model, seconds = time_model(scenario, days)
        auctions = model.instants * days
        whole, kernel = min(whole, seconds), min(kernel, time_kernel(model, auctions))
    per_year = whole * 252 / days
    print(
        f"{stocks:>6} stocks {len(model.participants):>4} accounts {days:>4} days  "
        f"{per_year:6.2f} s a year  {auctions * stocks / whole:>10,.0f} auctions/s  "
        f"kernel {kernel * 252 / days:6.2f} s  ratio {whole / kernel:5.2f}"
    )


def report_spacex() -> None:
    """Model time of the SpaceX scenario."""
    scenario = load_scenario("spacex")
    model, seconds = time_model(scenario, scenario.days + 16)
    print(f"spacex: {scenario.days} days and the roadshow in {seconds:.2f} s of model time")
    assert model.day >= scenario.days - 1


def main() -> None:
    """Read the arguments and print the figures asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stocks", type=int, default=500)
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--days", type=int, default=252)
    parser.add_argument("--scaling", action="store_true", help="also vary stocks and agents")
    parser.add_argument("--spacex", action="store_true", help="also time the SpaceX scenario")
    options = parser.parse_args()
    report(options.stocks, options.agents, options.days)
    if options.scaling:
        for stocks, agents in ((250, 100), (1000, 100), (500, 50), (500, 200)):
            report(stocks, agents, options.days)
    if options.spacex:
        report_spacex()


if __name__ == "__main__":
    main()
