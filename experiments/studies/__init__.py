"""Named studies: one question a file, run with ``ipolab experiment NAME``.

A study file holds a `experiments.studies.study.Study` called ``STUDY``; the table below gives its
name. To add one, copy the file beside which it belongs and add a line here.

>>> from experiments.studies import load_study
>>> from experiments.studies.conduct import conduct
>>> report = conduct(load_study("lockup"), replicates=8)
>>> print(report.finding.reading)
"""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.studies.study import Study

#: Name of a study -> the module that holds it, loaded only when asked for.
STUDIES: dict[str, str] = {
    "hidden-risk": "experiments.studies.hidden_risk",
    "inclusion-effect": "experiments.studies.inclusion_effect",
    "large-against-small": "experiments.studies.large_against_small",
    "lockup": "experiments.studies.lockup",
    "mechanisms": "experiments.studies.mechanisms",
    "profit-screen": "experiments.studies.profit_screen",
    "seasoning": "experiments.studies.seasoning",
    "spiva": "experiments.studies.spiva",
    "story": "experiments.studies.story",
    "transition": "experiments.studies.transition",
    "weighting": "experiments.studies.weighting",
}


def load_study(name: str) -> Study:
    """The study of this name. Raises InputError with the nearest names for any other."""
    if name not in STUDIES:
        from sim.inputs import InputError

        near = difflib.get_close_matches(name, STUDIES, n=3, cutoff=0.5) or sorted(STUDIES)
        raise InputError(f"experiment: got {name!r}, expected {' or '.join(near)}")
    study: Study = import_module(STUDIES[name]).STUDY
    return study
