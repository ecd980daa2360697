"""How the command line talks: exit codes, one-line errors, JSON, progress.

Exit codes: 0 done, 1 failure, 2 bad input, 130 interrupted. Errors are one line on stderr; set
``IPOLAB_DEBUG=1`` to see where a failure came from. Tables and JSON go to stdout, nothing else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

import typer

# typer carries its own copy of click or uses the installed one; this reaches the same class
UsageError: type[Any] = typer.BadParameter.__mro__[1]
ClickError: type[Any] = UsageError.__mro__[1]


def invoke(app: typer.Typer, arguments: Sequence[str] | None = None) -> int:
    """Run `app` and return its exit code; every error becomes one line on stderr."""
    command = typer.main.get_command(app)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with command.make_context("ipolab", given or ["--help"]) as context:
            command.invoke(context)
        sys.stdout.flush()
        return 0
    except typer.Exit as stop:
        return int(stop.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _say("interrupted, nothing was written", 130)
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ClickError as error:
        where = getattr(error, "ctx", None)
        hint = f" (see {where.command_path} --help)" if where else ""
        return _say(error.format_message().rstrip(".") + hint, 2)
    except Exception as error:
        if _is_bad_input(error):
            return _say(str(error), 2)
        if os.environ.get("IPOLAB_DEBUG"):
            raise
        return _say(f"failed: {type(error).__name__}: {error} (IPOLAB_DEBUG=1 shows where)", 1)


def _is_bad_input(error: Exception) -> bool:
    inputs = sys.modules.get("sim.inputs")  # not loaded: nothing of ours can have been raised
    return inputs is not None and isinstance(error, inputs.InputError)


def _say(message: str, code: int) -> int:
    line = " ".join(message.split())
    print(f"ipolab: {line}", file=sys.stderr)
    return code


def whole_number(least: int) -> Callable[[Any], int]:
    """A reader of option values that refuses anything but whole numbers of at least `least`."""

    def read(value: Any) -> int:
        try:
            number = int(str(value))
        except ValueError:
            number = least - 1
        if number < least:
            raise typer.BadParameter(f"got {value}, expected a whole number of {least} or more")
        return number

    return read


def print_json(content: Any) -> None:
    """One JSON object on stdout: sorted, without NaN."""
    from experiments.formats import to_json

    sys.stdout.write(to_json(content))


def print_rich(renderable: Any) -> None:
    """A table or text on stdout, in colour only on a terminal; brackets in it are text."""
    from rich.console import Console

    Console(highlight=False, markup=False, emoji=False).print(renderable)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """A function ``(done, total)`` that moves a bar on stderr; None when that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} days"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=1)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def run_progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A function ``(done, total)`` in runs: a bar with rate and time left on stderr.

    Where stderr is no terminal, one line a minute instead.
    """
    if not sys.stderr.isatty():
        yield _line_a_minute(what)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    started, first = monotonic(), -1
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, rate="")

        def advance(done: int, total: int) -> None:
            nonlocal first
            first = done if first < 0 else first
            rate = f"{(done - first) / max(monotonic() - started, 1e-9):.1f} runs/s"
            bar.update(task, completed=done, total=total, rate=rate)

        yield advance


MINUTE = 60.0


def _line_a_minute(what: str) -> Callable[[int, int], None]:
    started, first, last = monotonic(), -1, monotonic()

    def advance(done: int, total: int) -> None:
        nonlocal first, last
        first = done if first < 0 else first
        now = monotonic()
        if now - last < MINUTE:
            return
        last = now
        rate = (done - first) / (now - started)
        left = f", {(total - done) / rate / 60:.0f} min left" if rate > 0 else ""
        line = f"{what}: {done:,} of {total:,} runs, {rate:.1f} runs/s{left}"
        print(line, file=sys.stderr, flush=True)

    return advance
