"""Getting the next piece while the last one is worked on."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def one_ahead(pieces: Iterator[T]) -> Generator[T, None, None]:
    """The same pieces; the next one is got in a thread of its own meanwhile.

    Close what this returns: only then is it certain that nobody works on `pieces` any more.
    """
    with ThreadPoolExecutor(1, "ahead") as pool:
        waiting = pool.submit(next, pieces, None)
        while (piece := waiting.result()) is not None:
            waiting = pool.submit(next, pieces, None)
            yield piece
