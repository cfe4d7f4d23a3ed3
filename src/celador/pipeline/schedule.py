"""When which points of one recloser are due.

Due instants are aligned to the wall clock (a 15-minute record begins at :00, :15, ...) and moved by
an offset of the device's own, so that a fleet does not ask all at once. Waiting is done on the
monotonic clock, so that a step of the wall clock neither fires a storm of cycles nor silences a
device; the first cycle after a step aligns itself anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Group = Literal["status", "analog", "counters", "clock"]
GROUPS: tuple[Group, ...] = ("status", "analog", "counters", "clock")
CLOCK_PERIOD = 3600.0  # s; a controller that was without power is asked as soon as it answers

_TOGETHER = 0.02  # s; groups due within this of each other are read in one cycle
_EARLY = 0.05  # s; a timer may fire this much early and still belong to the instant it was set for
_RECOUNT = 1.0  # s
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Burst:
    """What a change of position or of a protection bit sets off (sheet of operations, 1.1).

    Attributes:
        period: s between status reads during the burst.
        duration: s the burst lasts after the last change.
        counters_at: s after the change at which the counters are read again; controllers update
            them with a delay that no guide states.
    """

    period: float = 0.2
    duration: float = 10.0
    counters_at: tuple[float, ...] = (0.0, 1.0, 3.0)


@dataclass(frozen=True, slots=True)
class Due:
    """The next cycle: monotonic seconds and what to read."""

    at: float
    groups: frozenset[Group]


def spread(index: int, period: float) -> float:
    """Offset of the `index`-th device within `period`, s; the first device has none.

    Multiples of the golden ratio keep any number of devices evenly spread without knowing how
    many there will be.
    """
    return (index * _GOLDEN) % 1.0 * period


class Agenda:
    """The due instants of one device; pure, driven by the caller's clock readings."""

    def __init__(self, periods: Mapping[Group, float], offset: float, burst: Burst) -> None:
        """Make an agenda.

        Args:
            periods: s between reads of each group.
            offset: s by which this device's instants follow the aligned ones.
            burst: what a change sets off.
        """
        self._periods = dict(periods)
        self._offset = offset
        self._burst = burst
        self._due: dict[Group, float] = {}
        self._burst_until = 0.0
        self._burst_next: float | None = None
        self._extra_counters: list[float] = []

    @property
    def groups(self) -> frozenset[Group]:
        """Everything that is ever due."""
        return frozenset(self._periods)

    def start(self, wall: int, monotonic: float) -> None:
        """Set the first due instants after now (µs since 1970 and monotonic seconds)."""
        for group in self._periods:
            self._due[group] = self._aligned(group, wall, monotonic)

    def next(self) -> Due:
        """The next cycle; it may lie in the past when the last one took long."""
        first = min(self._instants().values())
        together = first + _TOGETHER
        return Due(first, frozenset(g for g, at in self._instants().items() if at <= together))

    def done(self, due: Due, wall: int, monotonic: float) -> int:
        """Set the next instants after a cycle has ended.

        Returns:
            How many due instants of the cycle's groups went by without a cycle of their own; they
            are not made up for.
        """
        skipped = 0
        for group in due.groups:
            if self._due[group] <= due.at + _TOGETHER:
                planned = self._aligned(group, wall, monotonic)
                period = self._periods[group]
                skipped += max(0, int((planned - self._due[group]) / period + 0.25) - 1)
                self._due[group] = planned
        self._advance_burst(due, monotonic)
        return skipped

    def change(self, monotonic: float) -> None:
        """Begin or prolong the burst: something that matters has changed."""
        self._burst_until = monotonic + self._burst.duration
        if self._burst_next is None and self._burst.period < self._periods["status"]:
            self._burst_next = monotonic + self._burst.period
        self._extra_counters = [monotonic + after for after in self._burst.counters_at]

    def recount(self, monotonic: float) -> None:
        """Read the counters once more in a second: the last reading needs a second opinion."""
        self._extra_counters = sorted((*self._extra_counters, monotonic + _RECOUNT))

    def postpone(self, wall: int, monotonic: float, delay: float) -> None:
        """Read nothing for `delay` seconds, then at the next aligned instants; end any burst."""
        later = int(delay * 1_000_000)  # by as much on both clocks, or the instants drift apart
        for group in self._periods:
            self._due[group] = self._aligned(group, wall + later, monotonic + later / 1_000_000)
        self._burst_next = None
        self._extra_counters = []

    def _instants(self) -> dict[Group, float]:
        instants = dict(self._due)
        if self._burst_next is not None:
            instants["status"] = min(instants["status"], self._burst_next)
        if self._extra_counters:
            instants["counters"] = min(instants["counters"], self._extra_counters[0])
        return instants

    def _advance_burst(self, due: Due, monotonic: float) -> None:
        if "counters" in due.groups:
            read_at = due.at + _TOGETHER
            self._extra_counters = [at for at in self._extra_counters if at > read_at]
        if self._burst_next is None:
            return
        early = min(_EARLY, self._burst.period / 4)
        while self._burst_next <= monotonic + early:
            self._burst_next += self._burst.period
        if self._burst_next > self._burst_until:
            self._burst_next = None

    def _aligned(self, group: Group, wall: int, monotonic: float) -> float:
        period = self._periods[group]
        since_1970 = wall / 1_000_000
        into = (since_1970 + min(_EARLY, period / 4) - self._offset) % period
        return monotonic + period - into + min(_EARLY, period / 4)
