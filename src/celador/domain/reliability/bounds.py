"""Intervals: the least and the most that a figure can be."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """A figure that is known to lie from `low` to `high`, both included.

    Attributes:
        low: the least that it can be.
        high: the most; infinite where nothing limits it.
    """

    low: float
    high: float

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(self.low + other.low, self.high + other.high)

    def times(self, factor: float) -> Bounds:
        """The figure multiplied by a number that is not negative."""
        # 0 times an unlimited duration: nobody was affected, however long it was.
        return Bounds(*(0.0 if not factor else edge * factor for edge in (self.low, self.high)))

    def over(self, other: Bounds) -> Bounds | None:
        """The quotient of two figures that are not negative; None where the divisor is surely 0."""
        if other.high == 0:
            return None
        low = 0.0 if math.isinf(other.high) else self.low / other.high
        return Bounds(low, self.high / other.low if other.low else math.inf)

    @property
    def exact(self) -> bool:
        """Whether both ends are one number."""
        return self.low == self.high


NOTHING = Bounds(0.0, 0.0)
