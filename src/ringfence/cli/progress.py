"""A progress bar for work that takes longer than a second, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

PATIENCE = 1.0


@contextmanager
def progress(words: str, *, quiet: bool = False) -> Iterator[None]:
    """Show a moving bar on standard error once the work inside has taken a second.

    Parameters
    ----------
    words
        What is being done.
    quiet
        Never show it.
    """
    if quiet or not sys.stderr.isatty():
        yield
        return
    done = Event()
    bar = Thread(target=_show, args=(words, done), daemon=True)
    bar.start()
    try:
        yield
    finally:
        done.set()
        bar.join()


@contextmanager
def counted(words: str, *, quiet: bool = False) -> Iterator[Callable[[int, int, str], None] | None]:
    """Show a bar on standard error that counts steps; yield what to call as each begins, or None where none is shown.

    Parameters
    ----------
    words
        What is being done, until the first step.
    quiet
        Never show it.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(words, total=None)
        yield lambda done, steps, step: bars.update(task, completed=done, total=steps, description=step)


def _show(words: str, done: Event) -> None:
    if done.wait(PATIENCE):
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bars.add_task(words, total=None)
        done.wait()
