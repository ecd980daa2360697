"""V7: who commands the votes, and what an index rule against dual classes would do.

Votes follow from the share classes (`sim.offering.votes`), the new class A shares and the
over-allotment included. Then the same offering is traded for `DAYS` sessions with and without a
rule that keeps companies with unequal votes out of all indices, as S&P had from 2017 to 2023;
what index funds have to buy within that time is what such a rule would take away. A rule that
asks for `PUBLIC_VOTES` of the votes in public hands (FTSE Russell 2017) is worked out by
arithmetic.

*Supported* if the founder has more than `CLAIMED` of the votes after the offering, *contradicted*
if less than half, otherwise *in part*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.evidence.claims.claim import (
    POST_VALUE,
    Answer,
    Computed,
    Measure,
    exact,
    rows_of,
    table_of,
)
from experiments.scenario import Scenario, load_scenario
from experiments.simulate import build, to_the_end
from experiments.studies.study import Assignments, Verdict
from experiments.studies.wording import amount

CLAIMED, MAJORITY = 0.85, 0.5
PUBLIC_VOTES = 0.05
HOLDER, OTHERS = "founder", "everybody else"
DAYS, STOCKS, SEED = 20, 150, 1
#: A market small enough for seconds; the indices have more members than it has companies to spare.
MARKET: dict[str, Any] = {"universe.stocks": STOCKS, "days": DAYS}


def compute(assignments: Assignments) -> Answer:
    """Votes of the scenario's classes, and index purchases with and without the rule."""
    scenario = load_scenario("spacex", {**MARKET, **assignments})
    terms = scenario.offering
    assert terms is not None
    new = terms.shares + terms.over_allotment * terms.offered
    votes = terms.votes(HOLDER, new)
    owned = sum(c.shares for c in terms.share_classes if c.holder == HOLDER)
    all_shares = sum(c.shares for c in terms.share_classes) + new
    all_votes = sum(c.shares * c.votes for c in terms.share_classes) + new
    unequal = len({c.votes for c in terms.share_classes}) > 1
    public = new / all_votes
    bought = {
        "no rule": _bought(scenario, unequal, rule=False),
        "rule against dual classes": _bought(scenario, unequal, rule=True),
    }
    needed = max(PUBLIC_VOTES * all_votes - new, 0.0)
    table = table_of(
        rows_of(Measure("votes", f"Votes of the {HOLDER}", "fraction"),
                {"before the offering": votes.before, "after": votes.after}),
        rows_of(Measure("capital", f"Class of the {HOLDER}, of all shares", "fraction"),
                {"after": owned / all_shares}),
        rows_of(Measure("public", "Votes sold to the public", "fraction"), {"after": public}),
        rows_of(Measure("bought", f"Bought by index funds in {DAYS} sessions", "usd"), bought),
    )  # fmt: skip
    reading = (
        f"With {owned / all_shares:.0%} of the shares the {HOLDER}'s class has {votes.after:.1%} "
        f"of the votes after the offering ({votes.before:.1%} before). Index funds buy "
        f"{amount(bought['no rule'], 'usd')} in the first {DAYS} sessions (market of {STOCKS} "
        f"companies, one history); under a rule against unequal votes "
        f"{amount(bought['rule against dual classes'], 'usd')}. The public has {public:.1%} of the "
        f"votes: a rule that asks for {PUBLIC_VOTES:.0%} would wait until {needed / 1e6:,.0f} m "
        f"more shares are released."
    )
    return Answer(
        judge(votes.after), exact(votes.after), f"Votes of the {HOLDER} after the offering",
        "fraction", reading, table, ("votes", "bought"), depends_on="the votes of class B",
    )  # fmt: skip


def _bought(scenario: Scenario, unequal: bool, rule: bool) -> float:
    """What index funds have bought of the company by the end of the run, USD at the last close."""
    data: Mapping[str, Any] = {
        name: book.model_copy(
            update={"eligibility": book.eligibility.model_copy(update={"exclude_dual_class": rule})}
        )
        for name, book in scenario.indices.items()
    }
    model = build(scenario.model_copy(update={"indices": data}), SEED)
    assert model.listing is not None
    column = model.listing.column
    model.universe.dual_class[column] = unequal
    to_the_end(model, scenario.days)
    recorder = model.recorder
    if "passive" not in recorder.holders:
        return 0.0
    held = recorder.holdings[: recorder.days, recorder.holders.index("passive")]
    own = held[:, column - recorder.daily.start]
    return float(own[-1] * recorder.close[recorder.days - 1, column])


def judge(votes: float) -> Verdict:
    """The verdict by the rule above."""
    if votes > CLAIMED:
        return "supported"
    return "contradicted" if votes < MAJORITY else "in part"


V7 = Computed(
    id="V7",
    words="Class B's ten votes lock in control, with more than 85 % of the votes",
    source=POST_VALUE,
    question="Who has the votes, and what would an index rule against dual classes do?",
    hangs_on="offering.share_classes: with one vote a share the founder has less than half",
    flip={"offering.share_classes.1.votes": 1},
    compute=compute,
)
