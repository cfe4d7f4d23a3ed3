"""A progress bar on standard error, where somebody sees it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str, total: float = 1.0) -> Iterator[Callable[[float], None]]:
    """Show how far a long work has come; nothing where standard error is a file or a pipe.

    Args:
        what: what is being done, such as "replaying".
        total: what the work comes to.

    Yields:
        Told how much of it is done, 0 to `total`.
    """
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)
