"""The narrow interfaces between the rooms: what each may expect of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

from celador.domain.alarm import Alarm
from celador.domain.blocks import Block, Reply
from celador.domain.device import Device
from celador.domain.envelope import Envelope
from celador.domain.event import Event, EventKind
from celador.domain.memory import Memory
from celador.domain.operation import Operation
from celador.domain.outage import Outage
from celador.domain.reliability.marks import Marking, OutageMarks
from celador.domain.request import Answer, Left, Request
from celador.domain.sample import CounterReading, Sample, Value

Record = Sample | CounterReading | Event | Operation | Outage | Marking | Alarm | Memory


class Clock(Protocol):
    """Time, so that tests can turn it."""

    def now(self) -> int:
        """Wall clock, UTC in microseconds since 1970; may step."""

    def monotonic(self) -> float:
        """Seconds that never step back; their zero means nothing."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of monotonic time; at once for zero or less."""


class Source(Protocol):
    """One device that can be read. It has no method that writes, and never will."""

    async def read(self, block: Block) -> Reply:
        """Read one block; opens the link first where it is not open.

        One request is under way at a time; further callers wait. A cancelled read closes the link,
        since the answer still to come would be taken for the next one's.

        Raises:
            LinkError: the link failed; it is closed, and the next read opens it anew.
            BadAnswerError: the answer is no answer to this request; the link is closed.
            DeviceRefusedError: the device refuses the whole block.
        """

    async def close(self) -> None:
        """Close the link; safe to call twice."""


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


CommitListener = Callable[[Sequence[Record]], None]
"""Told, in the event loop and in order, of records that have just become durable."""


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


class TrendReader(Protocol):
    """Reads what quantities were over ranges of any length, fast enough to look at."""

    def envelope(
        self, device_id: int, columns: Sequence[str], start: int, end: int, points: int
    ) -> Envelope:
        """What one recloser's quantities were in a range: least, mean, most and count.

        Few samples come as they are; more come in stretches of one width, from the samples or,
        where they are many, from what was summed up before. A late sample counts at once.

        Args:
            device_id: `equipos.id`.
            columns: names of MEASUREMENTS that are no codes.
            start: first instant, included, UTC in microseconds since 1970; a stretch that it cuts
                may be told whole.
            end: last instant, excluded.
            points: how many stretches are wanted; there are at most twice as many.

        Raises:
            StoreError: a column is unknown or a code, or the store cannot be read.
        """


@dataclass(frozen=True, slots=True)
class EventSearch:
    """Which events somebody looks for.

    Attributes:
        start: first instant, included, UTC in microseconds since 1970.
        end: last instant, excluded.
        device_ids: which devices; empty means all. Events of the whole collector always belong.
        kinds: which kinds; empty means all.
        words: each must stand in the point or in one of the texts, whatever its case.
    """

    start: int
    end: int
    device_ids: tuple[int, ...] = ()
    kinds: tuple[EventKind, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event with its place in the store.

    Attributes:
        id: `eventos.id`.
        event: the event.
    """

    id: int
    event: Event


class JournalReader(Protocol):
    """Searches the events."""

    def find_events(
        self, search: EventSearch, limit: int, before: tuple[int, int] | None = None
    ) -> Sequence[FoundEvent]:
        """The newest events that fit, newest first.

        Args:
            search: which.
            limit: how many at most.
            before: instant and id of the last one that is known already, to go on after it.
        """


class RequestBox(Protocol):
    """Where people leave what they ask of the monitor; it may be another process.

    Every method blocks for a moment on the disk, and may be called from any thread.
    """

    def put(self, request: Request) -> str:
        """Leave a request; it is durable when this returns, and carried out within a second.

        Where no monitor runs it waits for one. It is carried out once, whoever is killed when.

        Returns:
            A ticket, by which to ask for the answer.

        Raises:
            StoreError: it could not be left.
        """

    def answer(self, ticket: str) -> Answer | None:
        """What became of a request; None while it waits, and again a day after it was answered.

        Raises:
            StoreError: the box cannot be read.
        """


class RequestInbox(Protocol):
    """A RequestBox that also takes requests that were left elsewhere; otherwise as there."""

    def keep(self, ticket: str, request: Request) -> None:
        """Keep a request that has its ticket already; one that is here is not kept twice."""

    def answer(self, ticket: str) -> Answer | None:
        """What became of a request; None while it waits."""


class RequestRelay(Protocol):
    """The historian's side of the requests to one collector; every method blocks.

    Every method raises HistorianAwayError where the historian cannot be asked.
    """

    def waiting(self) -> tuple[Sequence[Left], Sequence[str]]:
        """Requests that nobody has taken, the oldest first, and tickets that lack their answer."""

    def taken(self, ticket: str) -> None:
        """Note that the collector has a request."""

    def settle(self, answers: Mapping[str, Answer]) -> None:
        """Pass answers on, by ticket; the first answer of a request stays."""

    def close(self) -> None:
        """Close the connection."""


class RequestDesk(Protocol):
    """The monitor's side of a RequestBox; otherwise as there."""

    def waiting(self) -> Sequence[Left]:
        """Every request that has no answer, the oldest first; the same again until it has one.

        Raises:
            StoreError: the box cannot be read.
        """

    def settle(self, answers: Mapping[str, Answer]) -> None:
        """Answer requests, by ticket; durable when this returns.

        Raises:
            StoreError: it could not be written; the requests are still waiting.
        """


class RecordReader(HistoryReader, OperationReader, Protocol):
    """Reads samples and what was put together from them."""


class SupplyReader(RecordReader, Protocol):
    """Reads everything that the figures about the supply are made of."""

    def readings(
        self, start: int, end: int, columns: Sequence[str], device_id: int
    ) -> Iterator[SampleRow]:
        """Rows of `contadores` of one recloser in [start, end), oldest first, streamed.

        Args:
            start: first instant, included, UTC in microseconds since 1970.
            end: last instant, excluded.
            columns: names of COUNTERS.
            device_id: `equipos.id`.
        """

    def memories(self, subject: str) -> Mapping[int, Memory]:
        """What one rule remembers now, by device id."""

    def outage_marks(self) -> Mapping[tuple[int, int], OutageMarks]:
        """What people said of interruptions, by device id and key; only those of which they did."""


class NewestReader(Protocol):
    """Reads how things are now, of all devices at once; otherwise as HistoryReader."""

    def newest_samples(self, columns: Sequence[str]) -> Sequence[SampleRow]:
        """The newest row of `mediciones` of each device that has one; cheap.

        Args:
            columns: names of MEASUREMENTS, and `estado`, `calidad`.
        """

    def newest_readings(self, columns: Sequence[str]) -> Sequence[SampleRow]:
        """The newest row of `contadores` of each device that has one; cheap.

        Args:
            columns: names of COUNTERS.
        """

    def first_samples(
        self, start: int, end: int, step: int, columns: Sequence[str]
    ) -> Sequence[SampleRow]:
        """Of every device the first row of `mediciones` in each stretch of time; cheap.

        Args:
            start: of the first stretch, UTC in µs since 1970.
            end: of the last one, which may be shorter.
            step: length of a stretch, µs.
            columns: as for `newest_samples`.

        Returns:
            Rows by device and time; a stretch without a row gives none.
        """


class FullReader(SupplyReader, AlarmReader, NewestReader, TrendReader, JournalReader, Protocol):
    """Reads everything that is kept."""


@runtime_checkable
class CsvReader(Protocol):
    """A reader whose server makes CSV by itself, faster than Python could."""

    def csv_lines(
        self,
        device: int,
        label: str,
        columns: Sequence[str],
        *,
        start: int,
        end: int,
        shift_s: int,
        decimal_comma: bool,
    ) -> Iterator[tuple[bytes, int]]:
        """Rows of one device as they are stored, as lines of CSV, oldest first, in blocks.

        A line is the local time, the label and the columns; `surfaces.export.csv_file` says what
        each of them looks like.

        Args:
            device: `equipos.id`.
            label: what follows the time, up to the separator before the first value: the offset
                of the time, and the cell that names the recloser.
            columns: names of MEASUREMENTS, and `estado`, `calidad`.
            start: first instant, included, UTC in microseconds since 1970.
            end: last instant, excluded.
            shift_s: local time less UTC in seconds; the same for the whole range.
            decimal_comma: 13,2 and semicolons instead of 13.2 and commas.

        Yields:
            The lines, each with its line feed, and how many they are.
        """


class Channel(Enum):
    """What travels from an edge store to the historian; the value is the table's name in both."""

    DEVICES = "equipos"
    SAMPLES = "mediciones"
    COUNTERS = "contadores"
    EVENTS = "eventos"
    OPERATIONS = "operaciones"
    OUTAGES = "interrupciones"
    ALARMS = "alarmas"
    MEMORIES = "memorias"


@dataclass(frozen=True, slots=True)
class Parcel:
    """Rows of one channel on their way to the historian, in the order they were stored.

    Attributes:
        channel: which table.
        collector: name of the collector that saw the rows.
        columns: names of the columns of `rows`; instants are integers, µs since 1970 UTC.
        row_ids: where each row is in the edge store's line, ascending: its id, or its revision
            where rows change (operations, interruptions, alarms and memories).
        rows: the rows, as the edge store gives them.
    """

    channel: Channel
    collector: str
    columns: tuple[str, ...]
    row_ids: Sequence[int]
    rows: Sequence[tuple[Value | str, ...]]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the historian has not confirmed.

    Attributes:
        rows: how many rows wait; an upper bound, cheap to know.
        oldest: instant of the oldest of them, µs since 1970 UTC; None when none waits.
        set_aside: rows that the historian will never take, kept with their reasons.
    """

    rows: int
    oldest: int | None
    set_aside: int


class Outbox(Protocol):
    """The edge store as a queue towards the historian.

    Every method blocks and runs outside the event loop. One that reads (`backlog`, `take`,
    `set_aside`) may run in another thread than `confirm`, but no two that read at a time.
    """

    def backlog(self) -> Backlog:
        """How much waits."""

    def take(self, channel: Channel, limit: int, after: int | None = None) -> Parcel | None:
        """The next unconfirmed rows, oldest first; the same again until they are confirmed.

        With `after`, the rows that follow that one, to read ahead of a confirmation.
        """

    def confirm(self, channel: Channel, row_id: int) -> None:
        """The historian holds every row up to `row_id`; durable when this returns."""

    def set_aside(self, channel: Channel, row_id: int, reason: str) -> None:
        """The historian will never take this row: keep it with its reason and go on."""

    def close(self) -> None:
        """Let the file go."""


class Historian(Protocol):
    """The common database behind many edge stores; every method blocks and runs in a thread."""

    def deliver(self, parcel: Parcel) -> None:
        """Make the rows durable there; delivering a row twice is the same as once.

        Raises:
            TooSlowError: so many rows take too long; the caller halves the parcel.
            TableStuckError: this table takes no rows now; those of others may be delivered.
            HistorianAwayError: the historian cannot be reached or cannot take rows now; the same
                parcel may be delivered later.
            RowsRejectedError: the historian will never take this parcel as it is; nothing of it
                was stored. The caller halves the parcel to find the row.
        """

    def report(self, collector: str, backlog: Backlog, rate: float) -> None:
        """Say how the road of a collector is: what waits, and how many rows a second travel.

        Raises:
            HistorianAwayError: it cannot be said now.
        """

    def close(self) -> None:
        """Close the connections."""
