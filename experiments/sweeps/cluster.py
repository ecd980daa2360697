"""A Dask cluster as an executor.

    dask scheduler                              # on one machine; prints its address
    dask worker tcp://HOST:8786 --nworkers auto # on every machine, where ipolab is installed too

Dask runs what a killed worker had in hand again, on another worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from sim.inputs import InputError

PATIENCE = 15  # seconds to wait for the scheduler


@contextmanager
def dask_executor(address: str) -> Iterator[tuple[Executor, int]]:
    """The executor of the cluster at this address, and how many threads its workers have.

    Raises InputError if Dask is not installed, or there is no such cluster or no worker in it.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            f"--cluster: got {address}, expected Dask to be installed "
            "(pip install 'ipolab[cluster]')"
        ) from None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"--cluster: {address} cannot be reached ({error})") from None
    with client:
        threads = sum(client.nthreads().values())
        if threads == 0:
            raise InputError(f"--cluster: {address} has no workers, expected at least one")
        yield client.get_executor(pure=False), threads
