"""A progress bar for work that takes longer than a second, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
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


def _show(words: str, done: Event) -> None:
    if done.wait(PATIENCE):
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bars.add_task(words, total=None)
        done.wait()
