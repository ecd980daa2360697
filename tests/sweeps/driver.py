"""A sweep in a process of its own, to be killed: ``python -m tests.sweeps.driver OUT WORK SEEDS``.

With a fourth argument no file may grow beyond so many bytes, as on a disk that fills up.
"""

from __future__ import annotations

import resource
import sys

from experiments.sweeps import store
from experiments.sweeps.command import run_sweep
from tests.sweeps import works
from tests.sweeps.cases import tiny


def main(out: str, work: str, seeds: str, most_bytes: str = "") -> int:
    store.ROWS, store.SECONDS = 10, 0.1  # parts at short intervals
    if most_bytes:
        store.PATIENCE, store.SECONDS = 0.3, 5.0
        limit = int(most_bytes)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    design = tiny(replicates=int(seeds))
    try:
        return run_sweep(design, False, out=out, workers=2, work=getattr(works, work))
    except OSError as error:
        print(f"ipolab: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
