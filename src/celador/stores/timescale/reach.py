"""How far one statement reaches over `mediciones`.

The server plans a statement for every chunk in whose time rows may be, before it knows how many of
them LIMIT leaves over. With a year of chunks of a day that takes a second, where fetching 20,000
rows takes a fiftieth of one; so each statement asks for a few days, or for as many as are needed.
"""

from __future__ import annotations

from collections.abc import Iterator

_LEAST = 86_400_000_000  # µs: a chunk of mediciones


def inwards(start: int, end: int, *, from_end: bool = False) -> Iterator[tuple[int, int]]:
    """A range in pieces that grow, from its start on or from its end back."""
    width = _LEAST
    while start < end:
        if from_end:
            first = max(start, end - width)
            yield first, end
            end = first
        else:
            last = min(end, start + width)
            yield start, last
            start = last
        width *= 2


class Reach:
    """Cuts a range into the ranges of statements, one after the other; instants in µs."""

    def __init__(self) -> None:
        self._width = _LEAST

    def end(self, start: int, end: int) -> int:
        """Where the statement that begins at `start` ends, at the latest at `end`."""
        return min(end, start + self._width)

    def next_start(self, start: int, end: int, last: int | None) -> int:
        """Where the next statement begins.

        Args:
            start: where this one began.
            end: and ended.
            last: instant of its last row, where LIMIT ended it; None where all its rows came.
        """
        if last is None:
            self._width *= 2
            return end
        self._width = max(_LEAST, 2 * (last - start))
        return last + 1
