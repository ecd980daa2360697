"""Worker processes behind the standard interface of `concurrent.futures`.

Every process has a thread of this process beside it, which hands it one task at a time. So it is
always known which task a process was at when it died or took too long: only that one is lost, its
process alone is replaced, and a task that hangs is ended with its process, whatever it hangs in.
(`ProcessPoolExecutor` breaks as a whole when one of its processes is killed.)

Processes start fresh (a fork would copy threads in unknown states), with the threads of numerical
libraries limited to one, do not answer an interrupt from the keyboard, and end when their parent is
gone, however it went.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import queue
import signal
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from sim.inputs import InputError

ONE_THREAD = {
    f"{name}_NUM_THREADS": "1"
    for name in ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR", "VECLIB_MAXIMUM")
}
_CONTEXT = multiprocessing.get_context("spawn")
_ENVIRONMENT = threading.Lock()
FALSE_STARTS = 3  # processes that die before they are ready, one after the other


def check_workers(count: int | None) -> None:
    """Raises InputError for fewer processes than one, which would wait for ever; None is all."""
    if count is not None and count < 1:
        raise InputError(f"workers: got {count}, expected at least 1")


class WorkerDied(BrokenExecutor):
    """The process that ran a task ended: killed by the system, out of memory, crashed."""


class TimeLimit(TimeoutError):
    """A task took longer than allowed, and its process was ended."""


class Workers(Executor):
    """Processes that run tasks; a context manager.

    Parameters
    ----------
    count : int
        Processes; they start with the first tasks.
    time_limit : float, optional
        Seconds a task may take.
    warm_up : callable, optional
        Called by every process before its first task, importable by name.

    Raises InputError for a count below one.

    Notes
    -----
    A future raises `WorkerDied` or `TimeLimit` where its process was lost; the others go on.  When
    processes cannot even start, all futures raise `BrokenExecutor`.  Leaving the context by an
    exception (an interrupt too) kills all processes at once.
    """

    def __init__(
        self,
        count: int,
        time_limit: float | None = None,
        warm_up: Callable[[], object] | None = None,
    ) -> None:
        check_workers(count)
        self._limit, self._warm_up = time_limit, warm_up
        self._tasks: queue.SimpleQueue[tuple[Future[Any], bytes] | None] = queue.SimpleQueue()
        self._processes: dict[int, BaseProcess] = {}
        self._lock = threading.Lock()
        self._closed = self._killed = False
        self._false_starts = 0
        self._count = count
        self._threads: list[threading.Thread] = []
        self._max_workers = count

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand a task in. Raises RuntimeError after `shutdown`."""
        future: Future[Any] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("submit: these workers were shut down")
            try:
                task = pickle.dumps((fn, args, kwargs))
            except Exception as error:  # as in the standard library: the future tells
                future.set_exception(error)
                return future
            self._tasks.put((future, task))
            if len(self._threads) < self._count:
                number = len(self._threads)
                thread = threading.Thread(target=self._attend, args=(number,), daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks; end the processes when those handed in are done or cancelled."""
        with self._lock:
            first, self._closed = not self._closed, True
        if cancel_futures:
            self._cancel()
        if first:
            for _ in self._threads:
                self._tasks.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def kill(self) -> None:
        """End all processes now; tasks in hand are lost."""
        with self._lock:
            self._closed = self._killed = True
        self._cancel()
        for _ in self._threads:
            self._tasks.put(None)
        while any(thread.is_alive() for thread in self._threads):
            with self._lock:  # one that was just starting as well
                for process in self._processes.values():
                    process.kill()
            for thread in self._threads:
                thread.join(0.05)

    def __exit__(self, kind: Any, value: Any, trace: Any) -> bool | None:
        if kind is not None:
            self.kill()
        else:
            self.shutdown()
        return None

    def pids(self) -> list[int]:
        """Process numbers of the living workers."""
        with self._lock:
            return [p.pid for p in self._processes.values() if p.pid and p.is_alive()]

    def _cancel(self) -> None:
        while True:
            try:
                item = self._tasks.get_nowait()
            except queue.Empty:
                return
            if item is not None:
                item[0].cancel()

    def _attend(self, number: int) -> None:
        """The thread beside a process: start it, hand it tasks, bury it, start the next."""
        # a child inherits the mask, so that an interrupt never reaches it, not even as it starts
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        pipe: Connection | None = None
        try:
            while (item := self._tasks.get()) is not None:
                future, task = item
                if self._killed:
                    future.cancel()
                if not future.set_running_or_notify_cancel():
                    continue
                try:
                    pipe = pipe or self._start(number)
                    pipe.send_bytes(task)
                    if not pipe.poll(self._limit):
                        raise TimeLimit(f"took more than {self._limit:g} s")
                    answer = pipe.recv_bytes()
                except (EOFError, OSError, TimeLimit, BrokenExecutor) as error:
                    if pipe is not None:
                        pipe.close()
                        pipe = None
                    future.set_exception(self._cause(number, error))
                    continue
                fine, result = _read(answer)
                if fine:
                    future.set_result(result)
                else:
                    future.set_exception(result)
        finally:
            if pipe is not None:
                pipe.close()  # tells the process to end
            with self._lock:
                process = self._processes.pop(number, None)
            if process is not None:
                process.join()

    def _start(self, number: int) -> Connection:
        with self._lock:
            if self._killed:
                raise WorkerDied("the workers were shut down")
            if self._false_starts >= FALSE_STARTS:
                raise BrokenExecutor("worker processes cannot start")
        ours, theirs = _CONTEXT.Pipe()
        process = _CONTEXT.Process(target=_serve, args=(theirs, self._warm_up), daemon=True)
        with _ENVIRONMENT:  # numpy and numba look here once, when the process loads them
            before = {name: os.environ.get(name) for name in ONE_THREAD}
            os.environ.update(ONE_THREAD)
            try:
                process.start()
            finally:
                for name, value in before.items():
                    if value is None:
                        del os.environ[name]
                    else:
                        os.environ[name] = value
        theirs.close()
        with self._lock:
            self._processes[number] = process
        try:
            ours.recv_bytes()  # ready
        except (EOFError, OSError):
            with self._lock:
                self._false_starts += 1
            raise
        with self._lock:
            self._false_starts = 0
        return ours

    def _cause(self, number: int, error: BaseException) -> BaseException:
        """End what is left of the process and say what happened to it."""
        with self._lock:
            process = self._processes.pop(number, None)
        code = None
        if process is not None:
            if isinstance(error, TimeLimit):
                process.kill()
            process.join(5.0)
            if process.is_alive():
                process.kill()
                process.join()
            code = process.exitcode
        if isinstance(error, TimeLimit | BrokenExecutor):
            return error
        if code is not None and code < 0:
            return WorkerDied(f"its process was ended by {signal.Signals(-code).name}")
        return WorkerDied(f"its process ended with code {code}")


def _serve(pipe: Connection, warm_up: Callable[[], object] | None) -> None:
    """What a worker process does until its pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
    if warm_up is not None:
        warm_up()
    try:
        pipe.send_bytes(b"ready")
        pipe.send_bytes(_answer(pipe.recv_bytes()))
        _tidy()
        gc.freeze()  # what is loaded stays and need not be looked at again
        while True:
            pipe.send_bytes(_answer(pipe.recv_bytes()))
            _tidy()
    except (EOFError, OSError):
        return


def _tidy() -> None:
    """Free what a task has left: a model and its agents know each other, so that counting
    references does not, and they are too few objects for the collector to come by itself."""
    gc.collect()


def _read(answer: bytes) -> tuple[bool, Any]:
    """Whether a task went well, and its result or what it raised."""
    try:
        fine, result = pickle.loads(answer)
        return fine, result
    except Exception as error:  # such as of a class that only the worker knows
        what = f"its result cannot be read here: {type(error).__name__}: {error}"
        return False, RuntimeError(what)


def _answer(task: bytes) -> bytes:
    try:
        fn, args, kwargs = pickle.loads(task)
        return pickle.dumps((True, fn(*args, **kwargs)))
    except Exception as error:
        error.add_note(traceback.format_exc())
        try:
            answer = pickle.dumps((False, error))
            pickle.loads(answer)  # some exceptions cannot be put together again
            return answer
        except Exception:  # whatever it is made of: its text can always be sent
            return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
