"""What is going to happen and when, in whole microseconds, so that instants are exact."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

SECOND = 1_000_000
"""Microseconds in a second; every instant of the simulation is a whole number of them."""

NEVER = 1 << 62
"""An instant that does not come."""


def micros(seconds: float) -> int:
    """Seconds as the nearest whole number of microseconds."""
    return round(seconds * SECOND)


@dataclass(order=True, slots=True)
class Appointment:
    """Something due at an instant; cancelled by taking its deed away."""

    due: int
    order: int
    deed: Callable[[int], None] | None = field(compare=False)

    def cancel(self) -> None:
        """Let the instant pass without the deed; harmless when it is over."""
        self.deed = None


class Agenda:
    """A heap of appointments; those of one instant are met in the order they were made."""

    def __init__(self) -> None:
        self._heap: list[Appointment] = []
        self._made = 0

    def at(self, due: int, deed: Callable[[int], None]) -> Appointment:
        """Call `deed(due)` at the instant `due` (microseconds)."""
        self._made += 1
        appointment = Appointment(due, self._made, deed)
        heapq.heappush(self._heap, appointment)
        return appointment

    def next_due(self) -> int:
        """The instant of the next appointment, or `NEVER`."""
        heap = self._heap
        while heap:
            if heap[0].deed is not None:
                return heap[0].due
            heapq.heappop(heap)
        return NEVER

    def meet(self) -> None:
        """Keep the next appointment."""
        appointment = heapq.heappop(self._heap)
        if appointment.deed is not None:
            appointment.deed(appointment.due)
