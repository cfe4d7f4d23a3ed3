"""A clock that a test turns by hand, and where its hands stand at first."""

from __future__ import annotations

from celador import clock
from celador.clock import settle

__all__ = ["MIDNIGHT", "TurnedClock", "settle"]

MIDNIGHT = 1_784_332_800_000_000
"""2026-07-18 00:00:00 UTC in microseconds: divisible by a day, so that alignment is easy to see."""


class TurnedClock(clock.TurnedClock):
    """The same, at midnight unless told otherwise."""

    def __init__(self, wall: int = MIDNIGHT) -> None:
        super().__init__(wall)
