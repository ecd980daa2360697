"""Put tasks through an executor: a bounded number at a time, however workers come and go.

An executor is anything with the interface of `concurrent.futures`. Only so many tasks are handed in
at once that all workers stay busy, so memory does not grow with the sweep. Where handing in a task
costs much of what a run takes (a cluster), several runs go into one.

A task whose worker died is handed in again, each of its runs alone; a run whose worker has died
`ATTEMPTS` times is recorded as killed, and the others go on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass
from itertools import islice

from experiments.sweeps.pool import TimeLimit, WorkerDied
from experiments.sweeps.work import Kit, Outcome, Task, run_tasks

ATTEMPTS = 3
BATCH_SECONDS = 1.0  # runs that go together should take about this long
MOST_TOGETHER = 50
TICK = 0.5  # seconds after which the caller is given a turn though nothing has finished


class ExecutorLost(RuntimeError):
    """The executor takes no more tasks; what was finished is kept."""


@dataclass
class _Batch:
    tasks: list[Task]
    deaths: int = 0


def execute(
    executor: Executor,
    kit: Kit,
    tasks: Iterable[Task],
    in_hand: int,
    together: bool = False,
) -> Generator[list[Outcome], None, None]:
    """Run all tasks; yield outcomes as they come, and an empty list at least every half second.

    Parameters
    ----------
    executor : Executor
    kit : Kit
        What all tasks share.
    tasks : iterable of Task
        Consumed as workers become free.
    in_hand : int
        How many batches may be handed in at once.
    together : bool
        Whether short runs may share a batch.

    Raises
    ------
    ExecutorLost
        If the executor itself is broken.
    """
    source = iter(tasks)
    again: deque[_Batch] = deque()
    waiting: dict[Future[list[Outcome]], _Batch] = {}
    size, pace = 1, 0.0
    try:
        while True:
            while len(waiting) < in_hand and (batch := _next(again, source, size)):
                try:
                    waiting[executor.submit(run_tasks, kit, batch.tasks)] = batch
                except (BrokenExecutor, RuntimeError) as error:
                    raise ExecutorLost(f"the workers take no more runs: {error}") from error
            if not waiting:
                return
            done, _ = wait(waiting, timeout=TICK, return_when=FIRST_COMPLETED)
            found: list[Outcome] = []
            for future in done:
                batch = waiting.pop(future)
                outcomes = _result(future, batch, again)
                found += outcomes
                for outcome in outcomes:
                    pace = 0.8 * pace + 0.2 * outcome.seconds if pace else outcome.seconds
            if together and pace > 0:
                size = min(max(int(BATCH_SECONDS / pace), 1), MOST_TOGETHER)
            yield found
    finally:
        for future in waiting:
            future.cancel()


def _next(again: deque[_Batch], source: Iterator[Task], size: int) -> _Batch | None:
    if again:
        return again.popleft()
    tasks = list(islice(source, size))
    return _Batch(tasks) if tasks else None


def _result(future: Future[list[Outcome]], batch: _Batch, again: deque[_Batch]) -> list[Outcome]:
    try:
        return future.result()
    except TimeLimit as error:
        return [_failed(task, "timeout", error, batch.deaths + 1) for task in batch.tasks]
    except Exception as error:
        if not _died(error):
            if isinstance(error, BrokenExecutor):
                raise ExecutorLost(str(error) or "the workers are gone") from error
            return [_failed(task, "raised", error, 1) for task in batch.tasks]
        deaths = batch.deaths + 1
        if len(batch.tasks) > 1:  # which of them it was is not known
            again.extend(_Batch([task]) for task in batch.tasks)
        elif deaths < ATTEMPTS:
            again.append(_Batch(batch.tasks, deaths))
        else:
            return [_failed(task, "killed", error, deaths) for task in batch.tasks]
        return []


def _died(error: Exception) -> bool:
    """Whether a worker was lost and not the executor; Dask's name for it is KilledWorker."""
    return isinstance(error, WorkerDied) or type(error).__name__ == "KilledWorker"


def _failed(task: Task, failure: str, error: Exception, attempts: int) -> Outcome:
    text = str(error) or type(error).__name__
    if failure == "raised":
        text = f"{type(error).__name__}: {text}"
    return Outcome(task.key, task.seed, failure=failure, error=text, attempts=attempts)
