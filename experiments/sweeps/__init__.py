"""Sweeps: many runs over a design of factors and seeds, and what they say.

``from experiments import sweep, read_sweep``. A sweep survives what happens to its workers, its
driver and its disk, and goes on where it stopped.
"""
