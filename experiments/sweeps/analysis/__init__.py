"""What a finished sweep says: responses, effects, interactions, sensitivity, the part of chance.

>>> swept = open_rows("results/sweeps/passive-share")
>>> response(swept, "first_day_return", "population.passive.share")

`rows` holds the table with what is known of its factors, `cells` the averages over a fixed design,
`effects` and `interactions` crossed factors, `sampled` jointly sampled ones, `sensitivity` Sobol
and Morris designs, `chance` the part of the seeds, and `words` puts the numbers into sentences.
"""

from experiments.sweeps.analysis.chance import Chance, chance
from experiments.sweeps.analysis.effects import difference, differences, main_effects, response
from experiments.sweeps.analysis.interactions import Interaction, interaction
from experiments.sweeps.analysis.rows import Sweep, of_frame, open_rows
from experiments.sweeps.analysis.sampled import binned, rank_correlations
from experiments.sweeps.analysis.sensitivity import morris, sobol
from experiments.sweeps.analysis.words import what_changes

__all__ = [
    "Chance",
    "Interaction",
    "Sweep",
    "binned",
    "chance",
    "difference",
    "differences",
    "interaction",
    "main_effects",
    "morris",
    "of_frame",
    "open_rows",
    "rank_correlations",
    "response",
    "sobol",
    "what_changes",
]
