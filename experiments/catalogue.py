"""What ships with the project, each with a line that says what it is."""

from __future__ import annotations

from sim.inputs import read_toml


def catalogue() -> dict[str, dict[str, str]]:
    """Shelf (companies, scenarios, …, experiments, designs) -> name -> one line."""
    return {
        "companies": _companies(),
        "scenarios": _scenarios(),
        "rulebooks": _rulebooks(),
        "mechanisms": _mechanisms(),
        "experiments": _experiments(),
        "designs": _designs(),
    }


def _companies() -> dict[str, str]:
    from sim.valuation.company import FOLDER, company_names

    lines = {}
    for name in company_names():
        data = read_toml(FOLDER / f"{name}.toml")
        lines[name] = str(data.get("name", ""))
    return lines


def _scenarios() -> dict[str, str]:
    from experiments.scenario import FOLDER, scenario_names

    return {
        name: _first_line(str(read_toml(FOLDER / f"{name}.toml").get("description", "")))
        for name in scenario_names()
    }


def _rulebooks() -> dict[str, str]:
    from sim.index.rulebook import FOLDER, rulebook_names

    return {n: str(read_toml(FOLDER / f"{n}.toml").get("title", "")) for n in rulebook_names()}


def _mechanisms() -> dict[str, str]:
    from sim.offering.mechanisms import MECHANISMS

    return {
        name: _first_line((part if isinstance(part, type) else type(part)).__doc__ or "")
        for name, part in MECHANISMS.items()
    }


def _experiments() -> dict[str, str]:
    from experiments.studies import STUDIES, load_study

    return {name: load_study(name).question for name in STUDIES}


def _designs() -> dict[str, str]:
    from experiments.sweeps.design import FOLDER, design_names

    return {
        name: _first_line(str(read_toml(FOLDER / f"{name}.toml").get("description", "")))
        for name in design_names()
    }


def _first_line(text: str) -> str:
    return text.strip().split("\n")[0].strip()
