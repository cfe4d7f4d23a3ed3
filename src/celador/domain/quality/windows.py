"""Windows aligned to the clock: what the good samples of 10 or 15 minutes say together.

Samples are tallied in cells of five minutes, of which windows of both lengths are made; a value
that is missing is not counted, and a window with too few values is not valid.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import mul

from celador.domain.sample import Value

CELL_S = 300
"""Length of a cell, s: the longest that windows of 10 and of 15 minutes are both made of."""

VALID_SHARE = 0.8
"""Share of the expected samples from which a window is valid."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What is kept of the good values of one quantity.

    Attributes:
        count: how many there are.
        total: their sum.
        squares: the sum of their squares.
        low: the smallest, infinite where there is none.
        high: the largest, minus infinite where there is none.
    """

    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    low: float = math.inf
    high: float = -math.inf

    @staticmethod
    def of(values: Iterable[Value]) -> Tally:
        """The tally of some values; None is none."""
        good = [value for value in values if value is not None]
        if not good:
            return Tally()
        return Tally(len(good), sum(good), sum(map(mul, good, good)), min(good), max(good))

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.count + other.count,
            self.total + other.total,
            self.squares + other.squares,
            min(self.low, other.low),
            max(self.high, other.high),
        )

    @property
    def mean(self) -> float | None:
        """Arithmetic mean; None where there is no value."""
        return self.total / self.count if self.count else None

    @property
    def rms(self) -> float | None:
        """Root of the mean of the squares, as voltages are aggregated (IEC 61000-4-30, 4.5)."""
        return math.sqrt(self.squares / self.count) if self.count else None


NO_VALUES = Tally()


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the clock: a cell, or the window made of some.

    Attributes:
        start: when it begins, UTC in microseconds since 1970.
        length_s: s.
        expected: samples that a poll without losses gives.
        tallies: by quantity.
        flagged: True where a dip, a swell or an interruption touches it: its means then say little
            (the flagging concept of IEC 61000-4-30, clause 4.7).
    """

    start: int
    length_s: int
    expected: float
    tallies: Mapping[str, Tally]
    flagged: bool = False

    def tally(self, name: str) -> Tally:
        """What is known of a quantity."""
        return self.tallies.get(name, NO_VALUES)

    def valid(self, name: str) -> bool:
        """Whether enough good values of a quantity are there."""
        count = self.tally(name).count
        return count > 0 and count >= VALID_SHARE * self.expected

    def rms(self, name: str) -> float | None:
        """The RMS mean of a quantity; None where the window is not valid for it."""
        return self.tally(name).rms if self.valid(name) else None

    def mean(self, name: str) -> float | None:
        """The mean of a quantity; None where the window is not valid for it."""
        return self.tally(name).mean if self.valid(name) else None


def join(cells: Sequence[Window], start: int, length_s: int) -> Window:
    """The window that some cells make.

    Args:
        cells: at least one, all of the same poll; those without samples may be left out, and count
            as what they are.
        start: when the window begins, UTC in microseconds since 1970.
        length_s: s.
    """
    names = {name for cell in cells for name in cell.tallies}
    tallies = {name: sum((cell.tally(name) for cell in cells), NO_VALUES) for name in names}
    expected = cells[0].expected * length_s / cells[0].length_s
    return Window(start, length_s, expected, tallies, any(cell.flagged for cell in cells))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what should be there is there.

    Attributes:
        valid: how many windows (or samples) are good.
        expected: how many there should be.
    """

    valid: float
    expected: float

    @property
    def share(self) -> float:
        """0 to 1; 0 where nothing is expected, since nothing is known then."""
        return min(1.0, self.valid / self.expected) if self.expected else 0.0

    @property
    def conclusive(self) -> bool:
        """Whether there is enough to say that something held."""
        return self.expected > 0 and self.share >= VALID_SHARE
