"""Named streams of random numbers.

Every source of randomness draws from a generator of its own, derived from the pair
(seed, name).  Switching an agent off, or adding one, therefore leaves all other draws as
they were, and two runs that differ in one rule share every random number that the rule does
not touch (common random numbers; Glasserman and Yao 1992).
"""

import hashlib

import numpy as np


class Streams:
    """Random generators by name.

    Parameters
    ----------
    seed : int
        Seed of the run, non-negative.

    Notes
    -----
    The name enters through SHA-256, not through ``hash``, whose value changes between
    interpreter starts.
    """

    def __init__(self, seed: int) -> None:
        if seed < 0:
            raise ValueError(f"seed: got {seed}, expected a non-negative integer")
        self.seed = seed
        self._generators: dict[str, np.random.Generator] = {}

    def __call__(self, name: str) -> np.random.Generator:
        """Return the generator of this name; the same object at every call."""
        if name not in self._generators:
            digest = hashlib.sha256(name.encode()).digest()
            words = tuple(int(w) for w in np.frombuffer(digest[:16], dtype=np.uint32))
            sequence = np.random.SeedSequence(entropy=self.seed, spawn_key=words)
            self._generators[name] = np.random.Generator(np.random.PCG64(sequence))
        return self._generators[name]
