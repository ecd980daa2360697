"""The command ``ipolab``: value a company, run a scenario or an experiment, list what there is.

Everything heavy is imported inside the commands, so that ``ipolab --help`` answers at once.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.console import invoke, print_json, print_rich, progress, whole_number
from experiments.studies import STUDIES

app = typer.Typer(
    name="ipolab",
    help="An agent-based laboratory for initial public offerings.",
    epilog="Example: ipolab run spacex --seed 7",
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

Assignments = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change one input; may be repeated."),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed", parser=whole_number(0), metavar="INTEGER", help="Seed of all random streams."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        from experiments.manifest import ipolab_version

        print(f"ipolab {ipolab_version()}")
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


def _assignments(texts: list[str] | None) -> dict[str, Any]:
    from sim.inputs import parse_assignment

    return dict(parse_assignment(text) for text in texts or [])


@app.command(epilog="Example: ipolab run spacex --seed 7 --set offering.mechanism=bookbuilding")
def run(
    scenario: Annotated[str, typer.Argument(help="Shipped scenario, or path to a TOML file.")],
    seed: Seed = 1,
    assignments: Assignments = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write [results/<scenario>].")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(
            "--days",
            parser=whole_number(1),
            metavar="INTEGER",
            help="Trading days from the first trade on.",
        ),
    ] = None,
    no_figures: Annotated[bool, typer.Option("--no-figures", help="Write no figures.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a scenario once: offering, first trade, and the trading after it."""
    from experiments.folder import check_folder
    from experiments.results import write
    from experiments.scenario import load_scenario

    changes = _assignments(assignments)
    if days is not None:
        changes["days"] = days
    loaded = load_scenario(scenario, changes)
    name = Path(scenario).stem if scenario.endswith(".toml") else scenario
    folder = out if out is not None else Path("results") / name
    check_folder(folder)
    from experiments.simulate import run as simulate

    with progress(f"{name}, seed {seed}") as advance:
        result = simulate(loaded, seed=seed, progress=advance)
    write(result, folder, figures=not no_figures)
    if as_json:
        print_json({"out": str(folder), "seed": seed, "scenario": name, "summary": result.summary})
    else:
        from experiments.show.tables import summary_table

        print_rich(summary_table(result, folder))
        if "ipos" in result.panels:
            from experiments.panels.first_look import as_text, first_look

            print(as_text(first_look(result.panels["ipos"])))


@app.command(epilog="Example: ipolab value spacex --stories 10000 --set risk_free=0.05")
def value(
    company: Annotated[str, typer.Argument(help="Shipped company, or path to a TOML file.")],
    assignments: Assignments = None,
    stories: Annotated[
        int | None,
        typer.Option(
            "--stories",
            parser=whole_number(1),
            metavar="INTEGER",
            help="Value this many stories as well and print percentiles.",
        ),
    ] = None,
    seed: Seed = 1,
    years: Annotated[bool, typer.Option("--years", help="Show years 1-10.")] = False,
    bridge: Annotated[
        str | None,
        typer.Option("--bridge", metavar="FROM", help="What changed since this company file."),
    ] = None,
    tornado: Annotated[
        bool, typer.Option("--tornado", help="Which inputs move the value most.")
    ] = False,
    research: Annotated[
        bool, typer.Option("--research", help="Profit with research capitalised.")
    ] = False,
    switches: Annotated[
        bool, typer.Option("--switches", help="Value with the story's switches off, lost and won.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for value.json and the figures.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Value a company: segments, equity and a share, over as many stories as wanted."""
    from experiments.valuation import value_company

    changes = _assignments(assignments)
    if out is not None:
        from experiments.folder import check_folder

        check_folder(out, "value")
    row = value_company(
        company,
        changes,
        stories,
        seed,
        years=years,
        bridge_from=bridge,
        with_tornado=tornado,
        with_research=research,
        with_switches=switches,
        keep_draws=out is not None,
    )
    if out is not None:
        from experiments.folder import write_value

        write_value(row, out, {"company_file": company, "changes": changes, "seed": seed})
    row.pop("equity_draws", None)  # for the figure only
    if as_json:
        print_json(row)
    else:
        from experiments.show.value_table import value_table

        print_rich(value_table(row, out))


@app.command(epilog="Example: ipolab experiment mechanisms --replicates 12")
def experiment(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(STUDIES)}.")],
    replicates: Annotated[
        int | None,
        typer.Option(
            "--replicates",
            parser=whole_number(2),
            metavar="INTEGER",
            help="Seeds per condition [the study's own number].",
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            "--seed", parser=whole_number(0), metavar="INTEGER", help="The first of the seeds."
        ),
    ] = 1,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", parser=whole_number(1), metavar="INTEGER", help="Processes [all cores]."
        ),
    ] = None,
    assignments: Assignments = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write [results/experiments/<name>].")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a named study: conditions side by side, with intervals, a reading and a verdict."""
    from experiments.studies import load_study

    study = load_study(name)
    changes = _assignments(assignments)
    folder = out if out is not None else Path("results") / "experiments" / name
    from experiments.folder import check_folder

    check_folder(folder, "experiment")
    from experiments.studies.conduct import conduct
    from experiments.studies.report import report_table, write_report

    with progress(f"experiment {name}") as advance:
        report = conduct(study, replicates, seed, changes, workers, progress=advance)
    write_report(report, folder)
    if as_json:
        print_json({"out": str(folder), **report.summary()})
    else:
        print_rich(report_table(report, folder))


@app.command(epilog="Example: ipolab claims V3 I5 --plot")
def claims(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]…", help="V1 … M7 [the whole ledger].")
    ] = None,
    replicates: Annotated[
        int | None,
        typer.Option(
            "--replicates",
            parser=whole_number(2),
            metavar="INTEGER",
            help="Seeds per condition [each claim's own number].",
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            "--seed", parser=whole_number(0), metavar="INTEGER", help="The first of the seeds."
        ),
    ] = 1,
    flip: Annotated[
        bool, typer.Option("--flip", help="Under the settings that make each claim fail.")
    ] = False,
    plot: Annotated[bool, typer.Option("--plot", help="Draw the claims as well.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Test again what is there.")] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", parser=whole_number(1), metavar="INTEGER", help="Processes [all cores]."
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")] = Path("results/claims"),
    as_json: AsJson = False,
) -> None:
    """Put the claims to the test: verdict, figure, interval, and what each verdict hangs on."""
    from experiments.evidence.claims import check_ids

    chosen = check_ids(ids or [])
    from experiments.evidence.claims.command import run_claims
    from experiments.evidence.claims.ledger import Asked

    asked = Asked(replicates, seed, flip, workers)
    raise typer.Exit(run_claims(chosen, out, asked, fresh=fresh, plot=plot, as_json=as_json))


@app.command(epilog="Example: ipolab sweep passive-share --workers 2")
def sweep(
    design: Annotated[
        str | None, typer.Argument(help="Shipped design, or path to a TOML file.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", parser=whole_number(1), metavar="INTEGER", help="Processes [all cores]."
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster", metavar="ADDRESS", help="Run on this Dask scheduler (tcp://host:8786)."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write [results/sweeps/<name>].")
    ] = None,
    replicates: Annotated[
        int | None,
        typer.Option(
            "--replicates",
            parser=whole_number(1),
            metavar="INTEGER",
            help="Seeds per point [the design's own number].",
        ),
    ] = None,
    assignments: Assignments = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over.")] = False,
    reuse: Annotated[
        bool, typer.Option("--reuse", help="Keep runs of an earlier design that still belong.")
    ] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Run again what failed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Allow more than 100,000 runs.")] = False,
    status: Annotated[
        Path | None, typer.Option("--status", metavar="DIR", help="How far a sweep is.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a design: thousands of runs that go on where they stopped."""
    if (design is None) == (status is None):
        raise typer.BadParameter("expected a design, or --status DIR")
    from experiments.sweeps.command import run_sweep, show_status

    if status is not None:
        raise typer.Exit(show_status(status, as_json))
    options = {"workers": workers, "cluster": cluster, "out": out, "replicates": replicates,
               "fresh": fresh, "reuse": reuse, "retry": retry, "yes": yes}  # fmt: skip
    changes = _assignments(assignments)
    raise typer.Exit(run_sweep(str(design), as_json, changes=changes, **options))


@app.command(epilog="Example: ipolab validate --full --out results/validation")
def validate(
    full: Annotated[
        bool, typer.Option("--full", help="Thirty seeds a source instead of a few; can go on.")
    ] = False,
    seed: Annotated[
        int,
        typer.Option(
            "--seed", parser=whole_number(0), metavar="INTEGER", help="The first of the seeds."
        ),
    ] = 1,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", parser=whole_number(1), metavar="INTEGER", help="Processes [all cores]."
        ),
    ] = None,
    assignments: Assignments = None,
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")] = Path(
        "results/validation"
    ),
    as_json: AsJson = False,
) -> None:
    """Score the model against what is reported of markets: seventeen targets and their bands."""
    from experiments.evidence.targets.scorecard import validate as score

    try:
        with progress("validate") as advance:
            card = score(out, full, seed, _assignments(assignments), workers, progress=advance)
    except KeyboardInterrupt:
        print(f"ipolab: interrupted; finished runs are kept in {out}/runs/", file=sys.stderr)
        raise typer.Exit(130) from None
    if as_json:
        print_json({"out": str(out), **card.record()})
    else:
        from experiments.show.scorecard_figures import scorecard_table

        print_rich(scorecard_table(card, out))


@app.command(epilog="Example: ipolab report results/spacex")
def report(
    results: Annotated[Path, typer.Argument(help="Folder written by run, value, sweep, …")],
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="Sobol or Morris indices, of a sweep for them.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write [report.html in the folder].")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write one self-contained HTML page about a results folder."""
    from experiments.show.report import write_report

    path = write_report(results, out, sensitivity)
    if as_json:
        print_json({"out": str(path), "bytes": path.stat().st_size})
    else:
        print(f"Report in {path}")


@app.command(epilog="Example: ipolab compare results/fan spcx.csv --out results/compare/spcx")
def compare(
    results: Annotated[Path, typer.Argument(help="Predictive fan, or sweep with daily closes.")],
    actual: Annotated[
        Path, typer.Argument(help="CSV: date, open, high, low, close, volume; oldest day first.")
    ],
    offer: Annotated[
        float | None, typer.Option("--offer", min=0.01, help="Actual offer price [the terms'].")
    ] = None,
    allow_jumps: Annotated[
        bool, typer.Option("--allow-jumps", help="Take jumps that look like splits as they are.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write [results/compare/<file>].")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Lay a real price series over the fan of simulated ones and score it."""
    from experiments.evidence.actual import read_actual
    from experiments.evidence.compare import compare as lay_over
    from experiments.evidence.comparison_folder import KIND, content, write_comparison
    from experiments.evidence.fan import read_fan
    from experiments.folder import check_folder

    folder = out if out is not None else Path("results") / "compare" / actual.stem
    check_folder(folder, KIND)
    fan = read_fan(results)
    series = read_actual(actual, fan.listing, fan.exchange, allow_jumps)
    found = lay_over(fan, series, offer)
    price = offer if offer is not None else fan.offer
    asked = [str(results), str(actual), *(["--offer", str(offer)] if offer is not None else [])]
    asked += ["--allow-jumps"] if allow_jumps else []
    write_comparison(found, folder, actual.stem, price, asked)
    if as_json:
        print_json({"out": str(folder), **content(found)})
    else:
        from experiments.show.compare_figures import comparison_table

        print_rich(comparison_table(found, folder))


@app.command("list", epilog="Example: ipolab list --json")
def list_all(as_json: AsJson = False) -> None:
    """List companies, scenarios, offering mechanisms and experiments."""
    from experiments.catalogue import catalogue

    shelves = catalogue()
    if as_json:
        print_json(
            {
                shelf: [{"name": name, "description": text} for name, text in items.items()]
                for shelf, items in shelves.items()
            }
        )
        return
    from experiments.show.tables import catalogue_table

    print_rich(catalogue_table(shelves))


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the command; never returns."""
    # being told to stop ends as an interrupt does: nothing half-written
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(invoke(app, arguments))


if __name__ == "__main__":
    main()
