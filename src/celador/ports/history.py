"""Reading what was stored: devices, samples, events, operations and alarms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from celador.domain.alarm import Alarm
from celador.domain.device import Device
from celador.domain.event import Event
from celador.domain.operation import Operation
from celador.domain.outage import Outage
from celador.domain.sample import Value


@dataclass(frozen=True, slots=True)
class SampleQuery:
    """Which rows of `mediciones` a reader wants.

    Attributes:
        start: first instant, included, UTC in microseconds since 1970.
        end: last instant, excluded.
        columns: names of MEASUREMENTS, and `estado`, `calidad`.
        device_ids: which devices; empty means all.
        every: length of the windows to aggregate in, seconds; None for the rows as stored.
        origin: an instant at which a window begins, same unit as `start`.
    """

    start: int
    end: int
    columns: tuple[str, ...]
    device_ids: tuple[int, ...] = ()
    every: int | None = None
    origin: int = 0


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One row for a reader.

    Attributes:
        device_id: `equipos.id`.
        at: instant of the sample, or beginning of the window.
        values: one per column asked for; in a window the mean of the values that are there (of
            `p_act` those whose direction is known), the last known one of `estado` and of
            CODE_NAMES, all marks together for `calidad`; None where there is none.
        count: samples in the window, 0 for a gap; 1 for a row as stored.
    """

    device_id: int
    at: int
    values: tuple[Value, ...]
    count: int


class HistoryReader(Protocol):
    """Reads what was stored; never disturbs the writer."""

    def devices(self) -> Sequence[Device]:
        """Every device ever seen, by id."""

    def span(self, device_ids: Sequence[int] = ()) -> tuple[int, int] | None:
        """First and last instant of `mediciones`; None when there are no rows."""

    def count(self, query: SampleQuery) -> int:
        """How many stored rows the query covers (before aggregation)."""

    def samples(self, query: SampleQuery) -> Iterator[SampleRow]:
        """Rows ordered by device and instant, streamed in constant memory.

        With `every`, windows without samples between `start` and `end` come as rows of count 0, so
        that a gap is seen as one. They begin at the first stored sample of each device and end at
        now: neither the time before a device nor the future is a gap. A device that never had a
        sample has no rows.
        """

    def events(self, start: int, end: int, device_ids: Sequence[int] = ()) -> Iterator[Event]:
        """Events seen in [start, end), oldest first."""

    def close(self) -> None:
        """Let the file go."""


@runtime_checkable
class Interruptible(Protocol):
    """A reader whose statement under way can be ended by somebody else."""

    def interrupt(self) -> None:
        """End the statement that another thread runs now, which then fails there.

        Safe from any thread and at any time; does nothing where none runs.
        """


class OperationReader(Protocol):
    """Reads what recloser and supply did; otherwise as HistoryReader."""

    def operations(
        self, start: int, end: int, device_ids: Sequence[int] = ()
    ) -> Iterator[Operation]:
        """Operations seen to begin in [start, end), oldest first."""

    def outages(self, start: int, end: int, device_ids: Sequence[int] = ()) -> Iterator[Outage]:
        """Interruptions seen to begin in [start, end), oldest first."""


class AlarmReader(Protocol):
    """Reads what asked for a person; otherwise as HistoryReader."""

    def alarms(self, start: int, end: int, device_ids: Sequence[int] = ()) -> Iterator[Alarm]:
        """Alarms raised in [start, end), oldest first; with `device_ids`, only theirs."""

    def open_alarms(self) -> Sequence[Alarm]:
        """Every alarm whose life is not over, the most urgent first, then the oldest."""
