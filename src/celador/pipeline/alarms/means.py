"""Means over windows aligned to the clock, in constant memory; a window with holes has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

_COVERAGE = 0.8
"""Share of the expected samples below which a window says nothing (sheet of quality, 2.1)."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What was added up in one window; kept on disk.

    Attributes:
        start: beginning of the window, UTC in microseconds since 1970.
        sums: one per column.
        counts: how many values are in each of them.
    """

    start: int
    sums: tuple[float, ...]
    counts: tuple[int, ...]

    def plus(self, other: Sums) -> Sums:
        """Both together, in the window of this one."""
        return replace(
            self,
            sums=tuple(a + b for a, b in zip(self.sums, other.sums, strict=True)),
            counts=tuple(a + b for a, b in zip(self.counts, other.counts, strict=True)),
        )

    def means(self, expected: float) -> tuple[float | None, ...]:
        """The means of columns that are whole enough; None for the others."""
        least = _COVERAGE * expected
        return tuple(
            total / count if count and count >= least else None
            for total, count in zip(self.sums, self.counts, strict=True)
        )


class Minute:
    """Adds up samples; cheap, since each sample passes here.

    Attributes:
        start: beginning of the minute under way; None before the first sample.
    """

    LENGTH = 60_000_000

    def __init__(self, columns: int) -> None:
        self.start: int | None = None
        self._sums = [0.0] * columns
        self._counts = [0] * columns

    def add(self, at: int, values: Sequence[float | None]) -> Sums | None:
        """Take a sample; returns the minute before where this one begins the next."""
        start = at - at % self.LENGTH
        finished = None
        if start != self.start:
            finished = self.sums
            self.start = start
            self._sums = [0.0] * len(self._sums)
            self._counts = [0] * len(self._counts)
        sums, counts = self._sums, self._counts
        for index, value in enumerate(values):
            if value is not None:
                sums[index] += value
                counts[index] += 1
        return finished

    @property
    def sums(self) -> Sums | None:
        """What is added up so far."""
        if self.start is None:
            return None
        return Sums(self.start, tuple(self._sums), tuple(self._counts))

    def resume(self, sums: Sums | None) -> None:
        """Go on where a run before left off."""
        if sums is not None and len(sums.sums) == len(self._sums):
            self.start, self._sums, self._counts = sums.start, list(sums.sums), list(sums.counts)


class Window:
    """Joins minutes.

    Attributes:
        sums: of the window under way; None before the first minute.
    """

    def __init__(self, length_s: int) -> None:
        self._length = length_s * 1_000_000
        self.sums: Sums | None = None

    def add(self, minute: Sums) -> Sums | None:
        """Take a minute; returns the window that it completes, else None.

        A window that ends in a gap is given when the first minute after it comes.
        """
        start = minute.start - minute.start % self._length
        before = None
        if self.sums is None or self.sums.start != start:
            before = self.sums
            self.sums = replace(minute, start=start)
        else:
            self.sums = self.sums.plus(minute)
        if minute.start + Minute.LENGTH == start + self._length:
            before, self.sums = self.sums, None
        return before
