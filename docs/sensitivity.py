"""Write the tables and figures of sensitivity.md from the folders of two sweeps.

    ipolab sweep sensitivity
    ipolab sweep sensitivity-sobol
    python docs/sensitivity.py results/sweeps/sensitivity results/sweeps/sensitivity-sobol

The text around the tables is written by hand; only what stands between the markers changes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pandas as pd

from experiments.show.style import quiet
from experiments.show.sweep_figures import morris_figure
from experiments.sweeps.analysis import Sweep, chance, morris, open_rows, sobol
from experiments.sweeps.analysis.outcomes import measure_of
from sim.streams import Streams

DOCS = Path(__file__).parent
PAGE = DOCS / "sensitivity.md"
#: Marker in the page -> outcome.
OUTCOMES = {
    "first-day": "first_day_return",
    "entry": "inclusions.msci-usa.car_announce_to_effective",
    "entry-nasdaq": "inclusions.nasdaq100.car_announce_to_effective",
    "volatility": "annual_volatility",
    "informativeness": "price_informativeness",
}
#: Those with a figure.
DRAWN = ("first-day", "entry", "volatility")
SMALL = 100  # dots per inch, for pages


def table(sweep: Sweep, outcome: str, effects: pd.DataFrame) -> str:
    """Effects of all factors as a table, with size, mean and the seeds' part above it."""
    means = sweep.points(outcome)["value"].dropna()
    seeds = chance(sweep, outcome, Streams(1)("docs.sensitivity.chance")).share
    lines = [
        f"{effects['n'].iloc[0]} trajectories, {len(means)} points, {len(sweep.rows)} runs. "
        f"Mean {means.mean():.1%}, points from {means.min():.1%} to {means.max():.1%}; chance "
        f"has {seeds.value:.0%} of the variance of single runs "
        f"[{seeds.low:.0%}, {seeds.high:.0%}].",
        "",
        "| assumption | mean effect | absolute effect μ* | 95 % interval | spread σ |",
        "|---|---|---|---|---|",
    ]
    for row in effects.to_dict("records"):
        cells = (row["mu"], row["mu_star"], row["low"], row["high"], row["sigma"])
        mean, star, low, high, sd = (100 * float(cell) for cell in cells)
        name, span = str(row["factor"]).removeprefix("population."), f"{low:.1f} to {high:.1f}"
        lines.append(f"| `{name}` | {mean:+.1f} | {star:.1f} | {span} | {sd:.1f} |")
    return "\n".join(lines)


def shares(sweep: Sweep) -> str:
    """First and total Sobol indices of all factors, a column pair an outcome, in per cent."""
    found = {
        name: sobol(sweep, outcome, Streams(1)("docs.sobol")).set_index("factor")
        for name, outcome in OUTCOMES.items()
    }
    first = next(iter(found.values()))
    lines = [
        "| assumption | " + " | ".join(f"{name}: first | total" for name in found) + " |",
        "|---" * (1 + 2 * len(found)) + "|",
    ]
    for factor in first.index[:-1]:
        cells = []
        for rows in found.values():
            for kind in ("first", "total"):
                value, low, high = (100 * float(rows.loc[factor, f"{kind}{end}"])
                                    for end in ("", "_low", "_high"))  # fmt: skip
                cells.append(f"{value:.0f} ({low:.0f} to {high:.0f})")
        lines.append(f"| `{str(factor).removeprefix('population.')}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Write tables and figures."""
    if len(arguments) != 2:
        print("sensitivity: expected the folders of the two sweeps", file=sys.stderr)
        return 2
    sweep = open_rows(arguments[0])
    page = PAGE.read_text(encoding="utf-8")
    for name, outcome in OUTCOMES.items():
        effects = morris(sweep, outcome, Streams(1)("docs.sensitivity"))
        text = table(sweep, outcome, effects)
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
        page = pattern.sub(lambda found, text=text: found[1] + text + found[2], page)
        if name not in DRAWN:
            continue
        place = DOCS / "figures" / f"sensitivity_{name.replace('-', '_')}.png"
        # two factors are elasticities: the group tells them apart
        names = effects["factor"].str.removeprefix("population.").str.replace(".", " ")
        drawn = morris_figure(effects.assign(factor=names), outcome)
        with quiet():
            drawn.savefig(place, dpi=SMALL, metadata={"Software": "ipolab"})
        print(f"{place.name}: {measure_of(outcome).label}, {place.stat().st_size:,} bytes")
    pattern = re.compile(r"(<!-- sobol -->\n).*?(\n<!-- end -->)", re.DOTALL)
    text = shares(open_rows(arguments[1]))
    PAGE.write_text(pattern.sub(lambda found: found[1] + text + found[2], page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
