"""Models that are done with are gone, and the agents of each are numbered from one."""

import gc
import weakref

from experiments import build
from tests.runs import SMALL, scenario


def test_a_model_that_nobody_knows_is_gone():
    model = build(scenario(SMALL), 1)
    model.step()
    seen = weakref.ref(model)
    del model
    gc.collect()
    assert seen() is None


def test_agents_of_every_model_are_numbered_from_one():
    one, other = (build(scenario(SMALL), seed) for seed in (1, 2))
    for model in (one, other):
        numbers = sorted(agent.unique_id for agent in model.agents)
        assert numbers == list(range(1, len(numbers) + 1))
