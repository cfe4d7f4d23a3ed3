"""Energy not supplied: what the customers would have taken."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from celador.domain.reliability.bounds import Bounds
from celador.domain.reliability.stretch import Stretch

BLOCK = 900_000_000
"""Length of a block in which the expected load is one number, µs."""


@dataclass(frozen=True, slots=True)
class Unserved:
    """Energy not supplied in an interruption.

    Attributes:
        kwh: least and most; without an upper end where no load could be expected.
        unknown_s: time for which none could be, s.
    """

    kwh: Bounds
    unknown_s: float


def unserved(stretch: Stretch, expected: Callable[[int], float | None]) -> Unserved:
    """Energy not supplied, kWh.

    Args:
        stretch: without supply. Of a beginning that nobody saw only what followed is counted, of
            one under way what has been until now.
        expected: load of the block that begins at an instant (µs), kW; None where none can be told.
    """
    begins = stretch.begun if math.isinf(stretch.begins) else stretch.begins
    ended = stretch.ends if math.isinf(stretch.ended) else stretch.ended
    low = high = unknown = 0.0
    for start in range(int(begins) // BLOCK * BLOCK, int(ended), BLOCK):
        most = _overlap(start, begins, ended)
        kw = expected(start)
        if kw is None:
            unknown += most * 3600
            continue
        high += kw * most
        low += kw * _overlap(start, stretch.begun, stretch.ends)
    return Unserved(Bounds(low, math.inf if unknown else high), unknown)


def _overlap(start: int, begins: float, ends: float) -> float:
    """Hours of a block that lie in a stretch."""
    return max(0.0, min(start + BLOCK, ends) - max(start, begins)) / 3.6e9
