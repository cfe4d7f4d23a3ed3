"""One condition through time: delays, readings in a row, gaps. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Truth(Enum):
    """What one reading says of a condition."""

    TRUE = "true"
    FALSE = "false"
    HOLD = "hold"  # known, and between the limit and its deadband: nothing changes
    UNKNOWN = "unknown"  # not read, or not computable: nothing may follow from it


class Move(Enum):
    """What follows for the alarm."""

    RAISE = "raise"
    CLEAR = "clear"


FOREVER = 2**62
"""µs; a gap that is never too long."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a condition must hold.

    Attributes:
        on: µs for which it must be true.
        off: µs for which it must be false.
        reads_on: readings in a row that must say true.
        reads_off: readings in a row that must say false.
        gap: µs without a reading after which the counting begins anew.
    """

    on: int = 0
    off: int = 0
    reads_on: int = 1
    reads_off: int = 1
    gap: int = FOREVER


@dataclass(slots=True)
class Cell:
    """The memory of one condition.

    Attributes:
        active: it has been raised and not cleared.
        fresh: nothing but true was known since watching began.
        since: when the readings began that speak against `active`; None while none does.
        reads: how many they are.
        known_at: when something was last known.
    """

    active: bool = False
    fresh: bool = True
    since: int | None = None
    reads: int = 0
    known_at: int = 0

    def step(self, truth: Truth, at: int, timing: Timing) -> Move | None:
        """Take a reading.

        Args:
            truth: what it says.
            at: when it was taken, UTC in microseconds since 1970.
            timing: what is asked for.
        """
        if truth is Truth.UNKNOWN:
            return None
        wanted = Truth.FALSE if self.active else Truth.TRUE
        if truth is not wanted:
            if not self.active:
                self.fresh = False
            self.since, self.reads, self.known_at = None, 0, at
            return None
        if self.since is None or at - self.known_at > timing.gap:
            self.since, self.reads = at, 0
        self.since = min(self.since, at)  # the wall clock was set back
        self.reads += 1
        self.known_at = at
        delay = timing.off if self.active else timing.on
        reads = timing.reads_off if self.active else timing.reads_on
        if at - self.since < delay or self.reads < reads:
            return None
        self.active = not self.active
        self.since, self.reads = None, 0
        return Move.RAISE if self.active else Move.CLEAR


def beyond(
    value: float | None,
    limit: float,
    deadband: float,
    *,
    above: bool = True,
    at_limit: bool = False,
) -> Truth:
    """Whether a figure is beyond its limit, or back by its deadband.

    Args:
        value: the figure; None where it is not known.
        limit: same unit.
        deadband: same unit, 0 or more.
        above: it is wrong above the limit, else below.
        at_limit: the limit itself is wrong already ("70 % or more").
    """
    if value is None:
        return Truth.UNKNOWN
    excess = value - limit if above else limit - value
    if excess > 0 or (at_limit and excess == 0):
        return Truth.TRUE
    return Truth.FALSE if excess <= -deadband else Truth.HOLD
