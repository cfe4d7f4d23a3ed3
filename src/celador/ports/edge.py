"""The store beside the poller, as those who write into it see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from celador.domain.alarm import Alarm
from celador.domain.event import Event
from celador.domain.memory import Memory
from celador.domain.operation import Operation
from celador.domain.outage import Outage
from celador.domain.reliability.marks import Marking
from celador.domain.sample import CounterReading, Sample

Record = Sample | CounterReading | Event | Operation | Outage | Marking | Alarm | Memory

CommitListener = Callable[[Sequence[Record]], None]
"""Told, in the event loop and in order, of records that have just become durable."""


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """How a store is.

    Attributes:
        queued: records accepted and not yet durable.
        stored: records made durable since the start.
        lost: records dropped because the store could not take them for too long.
        trouble: why nothing can be stored now, one sentence; None when all is well.
        size: bytes on disk.
        news: an alarm or an operation is among those of which no listener has heard yet.
    """

    queued: int
    stored: int
    lost: int
    trouble: str | None
    size: int
    news: bool = False


class EdgeStore(Protocol):
    """The store beside the poller; a record is durable here before anyone else hears of it."""

    def add(self, records: Sequence[Record]) -> None:
        """Take records to be stored; never waits for the disk and never raises for its state.

        Called from the event loop. Records become durable in the order given, at the latest 100 ms
        later while the disk works. A full disk loses the oldest queued records once a bounded
        queue is full, and leaves a row that says so when it heals.
        """

    async def flush(self) -> None:
        """Return when everything added before is durable (or lost and counted)."""

    def health(self) -> StoreHealth:
        """How the store is; cheap."""

    async def close(self) -> None:
        """Make everything durable and let the file go."""


class MemoryKeeper(Protocol):
    """What rules remembered when the store was opened; it is written as `Memory` records."""

    def memories(self, subject: str) -> Mapping[int, Memory]:
        """What one rule remembers, by device id."""
