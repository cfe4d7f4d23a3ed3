"""Reads the store without ever holding up the writer."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from celador.domain.alarm import Alarm
from celador.domain.device import Device
from celador.domain.envelope import Envelope
from celador.domain.errors import StoreError
from celador.domain.event import Event
from celador.domain.memory import Memory
from celador.domain.operation import Operation
from celador.domain.outage import Outage
from celador.domain.quantities import CODE_NAMES
from celador.domain.reliability.marks import OutageMarks
from celador.domain.sample import Quality
from celador.domain.writing import plain
from celador.ports import EventSearch, FoundEvent, SampleQuery, SampleRow
from celador.stores.listed import require_columns
from celador.stores.sqlite.alarms import alarm_of
from celador.stores.sqlite.envelope import Envelopes
from celador.stores.sqlite.errors import store_error
from celador.stores.sqlite.migrate import SCHEMA_VERSION
from celador.stores.sqlite.operations import Row, operation_of, outage_marks_of, outage_of
from celador.stores.sqlite.queries import QUERIES
from celador.stores.sqlite.rows import COUNTER_TABLE, SAMPLE_TABLE, event_of
from celador.stores.sqlite.schema import connect, version_of
from celador.stores.sqlite.search import find_events
from celador.stores.sqlite.summary import SUMMED_UP, any_marks

_CHUNK = 500  # rows fetched by one statement; more at once only feeds the garbage collector
_SECOND = 1_000_000


def _wall_clock() -> int:
    return time.time_ns() // 1000


class SqliteReader:
    """The history in one SQLite file; implements `ports.HistoryReader`.

    Rows come in chunks, each a short statement of its own: a consumer that is slow or stops in the
    middle leaves no read transaction open, which would make the write-ahead log grow. Use it from
    one thread at a time.
    """

    def __init__(self, path: Path, *, now: Callable[[], int] = _wall_clock) -> None:
        """Open a store for reading; the writer may be at work.

        Args:
            path: the file; it must exist.
            now: wall clock, UTC in microseconds since 1970; no window after it is called empty.

        Raises:
            StoreError: there is no such store, or it cannot be read.
        """
        self._path = path
        self._now = now
        if not path.is_file():
            message = f"there is no store at {path}: start the monitor, or name the right file"
            raise StoreError(message)
        with self._mapped_errors():
            self._connection = open_for_reading(path)
            self._connection.create_function("llano", 1, plain, deterministic=True)

    @contextmanager
    def _mapped_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise store_error(error, self._path) from error

    def _all(self, sql: str, arguments: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._mapped_errors():
            return self._connection.execute(sql, arguments).fetchall()

    def devices(self) -> Sequence[Device]:
        """Every device ever seen, by id."""
        return [Device(*row) for row in self._all(QUERIES["devices"])]

    def _device_ids(self, wanted: Sequence[int]) -> list[int]:
        return sorted(set(wanted)) or [device.id for device in self.devices()]

    def span(self, device_ids: Sequence[int] = ()) -> tuple[int, int] | None:
        """First and last instant of `mediciones`; None when there are no rows."""
        first, last = (
            QUERIES[name].format(table=SAMPLE_TABLE) for name in ("first_instant", "last_instant")
        )
        spans = [
            (begin, self._all(last, (device,))[0][0])
            for device in self._device_ids(device_ids)
            for (begin,) in self._all(first, (device,))
            if begin is not None
        ]
        if not spans:
            return None
        return min(begin for begin, _ in spans), max(end for _, end in spans)

    def count(self, query: SampleQuery) -> int:
        """How many stored rows the query covers (before aggregation)."""
        sql = QUERIES["count_samples"]
        return sum(
            self._all(sql, (device, query.start, query.end))[0][0]
            for device in self._device_ids(query.device_ids)
        )

    def samples(self, query: SampleQuery) -> Iterator[SampleRow]:
        """Rows ordered by device and instant, streamed in constant memory.

        With `every`, each device has a row for each window that begins before `end`, from that of
        its first stored sample on; one without samples has the count 0 and comes only where it
        begins before now, since neither the future nor the time before a device is a gap. The
        first window may begin before `start`, but counts samples from `start` on only.

        Raises:
            StoreError: a column is unknown, or the file cannot be read.
        """
        require_columns(SAMPLE_TABLE, query.columns)
        if query.start >= query.end:
            return
        rows = self._stored if query.every is None else self._windows
        for device in self._device_ids(query.device_ids):
            yield from rows(device, query)

    def _stored(self, device: int, query: SampleQuery) -> Iterator[SampleRow]:
        return self._rows("samples", query.columns, device, query.start, query.end)

    def readings(
        self, start: int, end: int, columns: Sequence[str], device_id: int
    ) -> Iterator[SampleRow]:
        """Rows of `contadores` of one recloser in [start, end), oldest first, streamed.

        Raises:
            StoreError: a column is unknown, or the file cannot be read.
        """
        require_columns(COUNTER_TABLE, columns)
        yield from self._rows("readings", columns, device_id, start, end)

    def newest_samples(self, columns: Sequence[str]) -> Sequence[SampleRow]:
        """The newest row of `mediciones` of each device that has one."""
        return self._newest(SAMPLE_TABLE, columns)

    def newest_readings(self, columns: Sequence[str]) -> Sequence[SampleRow]:
        """The newest row of `contadores` of each device that has one."""
        return self._newest(COUNTER_TABLE, columns)

    def first_samples(
        self, start: int, end: int, step: int, columns: Sequence[str]
    ) -> Sequence[SampleRow]:
        """Of every device the first row in each stretch; as `ports.NewestReader` says."""
        listed = "".join(f", m.{column}" for column in columns)
        rows = self._all(QUERIES["first_samples"].format(columns=listed), (start, end, step))
        return [SampleRow(row[0], row[1], row[2:], 1) for row in rows]

    def _newest(self, table: str, columns: Sequence[str]) -> Sequence[SampleRow]:
        listed = "".join(f", m.{column}" for column in columns)
        rows = self._all(QUERIES["newest"].format(table=table, columns=listed))
        return [SampleRow(row[0], row[1], row[2:], 1) for row in rows]

    def _rows(
        self, name: str, columns: Sequence[str], device: int, start: int, end: int
    ) -> Iterator[SampleRow]:
        sql = QUERIES[name].format(columns="".join(f", {column}" for column in columns))
        while True:
            rows = self._all(sql, (device, start, end, _CHUNK))
            for row in rows:
                yield SampleRow(device, row[0], row[1:], 1)
            if len(rows) < _CHUNK:
                return
            start = rows[-1][0] + 1

    def _windows(self, device: int, query: SampleQuery) -> Iterator[SampleRow]:
        # One statement per window: a GROUP BY over all of them would sort the rows in a temporary
        # file, because SQLite does not see that the windows follow the index.
        sql = QUERIES["window"].format(columns="".join(map(_aggregate, query.columns)))
        width = (query.every or 1) * _SECOND
        nothing = (None,) * len(query.columns)
        first = self._first_instant(device)
        if first is None or first >= query.end:
            return
        at = max(first, query.start)
        at -= (at - query.origin) % width
        upcoming = self._next_instant(device, query.start, query.end)
        last = min(query.end, self._now())
        while at < (last if upcoming is None else query.end):
            end = min(at + width, query.end)
            if upcoming is None or upcoming >= end:
                if at < last:
                    yield SampleRow(device, at, nothing, 0)
            else:
                row = self._all(sql, (device, max(at, query.start), end))[0]
                if row[0]:
                    yield SampleRow(device, at, row[1:], row[0])
                else:  # it has expired meanwhile
                    yield SampleRow(device, at, nothing, 0)
                upcoming = self._next_instant(device, end, query.end)
            at += width

    def _first_instant(self, device: int) -> int | None:
        sql = QUERIES["first_instant"].format(table=SAMPLE_TABLE)
        instant: int | None = self._all(sql, (device,))[0][0]
        return instant

    def _next_instant(self, device: int, start: int, end: int) -> int | None:
        instant: int | None = self._all(QUERIES["next_instant"], (device, start, end))[0][0]
        return instant

    def events(self, start: int, end: int, device_ids: Sequence[int] = ()) -> Iterator[Event]:
        """Events seen in [start, end), oldest first.

        Those of the whole collector (without a device) belong to every choice of devices.
        """
        wanted = sorted(set(device_ids))
        condition = f"AND (equipo_id IS NULL OR {_among('equipo_id', wanted)})" if wanted else ""
        sql = QUERIES["events"].format(devices=condition)
        yield from map(event_of, self._in_line(sql, start, end, wanted, instant=2))

    def operations(
        self, start: int, end: int, device_ids: Sequence[int] = ()
    ) -> Iterator[Operation]:
        """Operations seen to begin in [start, end), oldest first."""
        wanted = sorted(set(device_ids))
        condition = f"AND {_among('equipo_id', wanted)}" if wanted else ""
        sql = QUERIES["operations"].format(devices=condition)
        yield from map(operation_of, self._in_line(sql, start, end, wanted, instant=4))

    def outages(self, start: int, end: int, device_ids: Sequence[int] = ()) -> Iterator[Outage]:
        """Interruptions seen to begin in [start, end), oldest first."""
        wanted = sorted(set(device_ids))
        condition = f"AND {_among('i.equipo_id', wanted)}" if wanted else ""
        sql = QUERIES["outages"].format(devices=condition)
        yield from map(outage_of, self._in_line(sql, start, end, wanted, instant=5))

    def alarms(self, start: int, end: int, device_ids: Sequence[int] = ()) -> Iterator[Alarm]:
        """Alarms raised in [start, end), oldest first."""
        wanted = sorted(set(device_ids))
        condition = f"AND {_among('equipo_id', wanted)}" if wanted else ""
        sql = QUERIES["alarms"].format(devices=condition)
        yield from map(alarm_of, self._in_line(sql, start, end, wanted, instant=7))

    def open_alarms(self) -> Sequence[Alarm]:
        """Every alarm whose life is not over, the most urgent first, then the oldest."""
        return [alarm_of(row) for row in self._all(QUERIES["open_alarms"])]

    def memories(self, subject: str) -> Mapping[int, Memory]:
        """What one rule remembers now, by device id; it moves while a monitor is running."""
        return {
            device: Memory(device, at, topic, document)
            for device, topic, at, document in self._all(QUERIES["memories"])
            if topic == subject
        }

    def outage_marks(self) -> Mapping[tuple[int, int], OutageMarks]:
        """What people said of interruptions, by device id and key; only those of which they did."""
        return outage_marks_of(self._all(QUERIES["outage_marks"]))

    def envelope(
        self, device_id: int, columns: Sequence[str], start: int, end: int, points: int
    ) -> Envelope:
        """What one recloser's quantities were; as `ports.TrendReader` says."""
        unknown = [name for name in columns if name not in SUMMED_UP]
        if unknown:
            message = f"{unknown[0]} has no mean in {SAMPLE_TABLE}: see docs/esquema.md"
            raise StoreError(message)
        return Envelopes(self._all, columns).envelope(device_id, start, end, points)

    def find_events(
        self, search: EventSearch, limit: int, before: tuple[int, int] | None = None
    ) -> Sequence[FoundEvent]:
        """The newest events that fit, newest first; as `ports.JournalReader` says."""
        return find_events(self._all, search, limit, before)

    def has_outage(self, device_id: int, key: int) -> bool:
        """Whether there is this interruption."""
        return bool(self._all(QUERIES["has_outage"], (device_id, key)))

    def was_told(self, point: str, since: int) -> bool:
        """Whether an event of this point was seen at `since` (UTC, µs since 1970) or later."""
        return bool(self._all(QUERIES["was_told"], (since, point)))

    def _in_line(
        self, sql: str, start: int, end: int, wanted: Sequence[int], *, instant: int
    ) -> Iterator[Row]:
        """Rows by instant and id, in chunks; `instant` is the place of the instant in a row."""
        after = (start, 0)
        while True:
            rows = self._all(sql, (*after, end, *wanted, _CHUNK))
            yield from rows
            if len(rows) < _CHUNK:
                return
            after = (rows[-1][instant], rows[-1][0])

    def interrupt(self) -> None:
        """End the statement that another thread runs now; safe from any thread."""
        with suppress(sqlite3.ProgrammingError):  # it has just been closed
            self._connection.interrupt()

    def close(self) -> None:
        """Let the file go; safe to call twice."""
        self._connection.close()


def _among(column: str, wanted: Sequence[int]) -> str:
    return f"{column} IN ({', '.join('?' * len(wanted))})"


def _aggregate(column: str) -> str:
    if column == "estado" or column in CODE_NAMES:
        return f", {QUERIES['last_known'].format(column=column)}"
    if column == "calidad":
        return f", {any_marks()}"
    if column == "p_act":  # without its direction a power has no mean
        known = f"calidad & {Quality.DIRECTION_UNKNOWN.value} = 0"
        return f", avg(p_act) FILTER (WHERE {known})"
    return f", avg({column})"


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open a store that is there, of the newest schema; the writer may be at work.

    Raises:
        StoreError: its schema is an older one, or newer, or it is no store.
        sqlite3.Error: it cannot be opened.
    """
    try:
        return _open_checked(path)
    except sqlite3.OperationalError:
        # A folder that cannot be written holds no room for the index of a write-ahead log; without
        # a log there is no writer either, and the file can be read as it stands.
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size:
            raise
        return _open_checked(path, "&immutable=1")


def _open_checked(path: Path, extra: str = "") -> sqlite3.Connection:
    connection = connect(path, read_only=True, extra=extra)
    try:
        _ensure_current(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _ensure_current(connection: sqlite3.Connection, path: Path) -> None:
    if version_of(connection, path) < SCHEMA_VERSION:
        message = f"the store {path} has an older schema: start the monitor on it once"
        raise StoreError(message)
