"""V1: the published value of SpaceX from its published inputs.

The segment valuation (`sim.valuation.dcf`) is run on the inputs of June 2026 and compared with the
published result to the digits in which it was published. The inputs of April are valued beside it:
the published $1,216bn of that month holds a slip in the formula of reinvestment, so that the rule
of June gives more for the same inputs; that figure is shown and not judged.

*Supported* if all figures of June agree to half a unit of the last digit, *contradicted* if value
per share is off by more than `FAR`, otherwise *in part*.
"""

from __future__ import annotations

from experiments.evidence.claims.claim import (
    POST_VALUE,
    Answer,
    Computed,
    Measure,
    exact,
    rows_of,
    table_of,
)
from experiments.studies.study import Assignments, Verdict
from experiments.valuation import base_row
from sim.valuation.company import load_company

HERE, PUBLISHED, APRIL, APRIL_PUBLISHED = "here", "published", "April, here", "April, published"
#: Figure -> published result in USD, and half a unit of its last digit.
JUNE = {
    "enterprise_value": (1224.45e9, 0.005e9),
    "equity_value": (1301.30e9, 0.005e9),
    "value_per_share": (97.83, 0.005),
}
APRIL_VALUE = 1216.06e9
FAR = 0.05


def compute(assignments: Assignments) -> Answer:
    """Value the inputs of June, changed by ``assignments``, and those of April."""
    june = base_row(load_company("spacex", assignments))
    april = base_row(load_company("spacex-april"))
    labels = {"enterprise_value": "Enterprise value", "equity_value": "Value of equity",
              "value_per_share": "Value per share"}  # fmt: skip
    table = table_of(
        *(
            rows_of(Measure(name, labels[name], "usd"), {HERE: june[name], PUBLISHED: value})
            for name, (value, _) in JUNE.items()
        ),
        rows_of(
            Measure("april", "Enterprise value before the prospectus", "usd"),
            {APRIL: april["enterprise_value"], APRIL_PUBLISHED: APRIL_VALUE},
        ),
    )
    off = {name: abs(june[name] - value) for name, (value, _) in JUNE.items()}
    agree = {name: off[name] <= half for name, (_, half) in JUNE.items()}
    share = float(june["value_per_share"])
    reading = (
        f"The inputs of June give an enterprise value of {_bn(june['enterprise_value'])}, equity "
        f"of {_bn(june['equity_value'])} and ${share:,.2f} a share; published are "
        f"{_bn(JUNE['enterprise_value'][0])}, {_bn(JUNE['equity_value'][0])} and "
        f"${JUNE['value_per_share'][0]:,.2f}: {sum(agree.values())} of {len(agree)} agree to the "
        f"last digit. The inputs of April give {_bn(april['enterprise_value'])} by the same rule, "
        f"against a published {_bn(APRIL_VALUE)} that holds a slip in its formula of reinvestment."
    )
    verdict = judge(agree, off["value_per_share"] / JUNE["value_per_share"][0])
    return Answer(
        verdict, exact(share), "Value per share", "usd", reading, table, (*JUNE, "april"),
        depends_on="inputs that were changed",
    )  # fmt: skip


def _bn(usd: float) -> str:
    return f"${usd / 1e9:,.2f}bn"


def judge(agree: dict[str, bool], off: float) -> Verdict:
    """The verdict by the rule above; ``off`` is the relative error of value per share."""
    if all(agree.values()):
        return "supported"
    return "contradicted" if off > FAR else "in part"


V1 = Computed(
    id="V1",
    words="The prospectus moves the enterprise value from $1.21T to $1.22T: equity of $1.3T, "
    "about $100 a share",
    source=POST_VALUE,
    question="Do the published inputs give the published value, to the cent?",
    hangs_on="the rule of reinvestment (new revenue over sales-to-capital in the same year)",
    flip={"segments.ai.target_margin": 0.50},
    compute=compute,
)
