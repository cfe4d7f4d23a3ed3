"""What the long-running commands share: logging, signals, and knowing the time zone."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_NOWHERE = logging.NullHandler()


def set_up_logging(level: str) -> None:
    """Log to standard error, one line a message, times in UTC so that logs of places compare."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter(
        "%(asctime)sZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # It tells each step of every migration; what goes wrong comes as an error of the store.
    logging.getLogger("yoyo").setLevel(logging.WARNING)
    # It tells of its start and end, under the name uvicorn.error.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


def say_links_once() -> None:
    """For commands that end at the first failure: it is told as their error, not in the log too."""
    logging.getLogger("celador.link").addHandler(_NOWHERE)


@contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set; to be entered inside the event loop."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    signals: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM)
    try:
        for number in signals:
            loop.add_signal_handler(number, stop.set)
    except NotImplementedError:
        # Windows has no such handlers: Ctrl-C arrives as KeyboardInterrupt instead.
        signals = ()
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
