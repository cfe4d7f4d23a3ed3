"""Reads the historian: rows as they stand, and windows, from its aggregates where they serve."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from celador.domain.alarm import Alarm
from celador.domain.device import Device
from celador.domain.errors import HistorianAwayError
from celador.domain.event import Event
from celador.domain.memory import Memory
from celador.domain.operation import Operation
from celador.domain.outage import Outage
from celador.domain.reliability.marks import OutageMarks
from celador.ports import SampleQuery, SampleRow
from celador.stores.listed import require_columns
from celador.stores.sqlite.alarms import alarm_of
from celador.stores.sqlite.operations import operation_of, outage_marks_of, outage_of
from celador.stores.sqlite.rows import event_of
from celador.stores.timescale.columns import WHOLE
from celador.stores.timescale.connection import connect
from celador.stores.timescale.csv_lines import csv_lines
from celador.stores.timescale.errors import MAY_NOT_READ, OLD_SCHEMA, historian_error, place_of
from celador.stores.timescale.extent import Extent
from celador.stores.timescale.instants import MicrosecondsLoader, timestamp
from celador.stores.timescale.queries import QUERIES
from celador.stores.timescale.reach import Reach
from celador.stores.timescale.schema import NEEDED, WITH_TIMESCALE
from celador.stores.timescale.windows import SECOND, Arguments, Slice, Windows

_OF_DEVICES = "AND equipo_id = ANY(%s)"
_CHUNK = 5000  # rows that one statement fetches
_VALUES = 60_000  # and values at most, which take some 5 MB on their way
_WINDOWS = 2000  # windows that one statement computes


def _wall_clock() -> int:
    return time.time_ns() // 1000


class TimescaleReader:
    """The history in the historian; `TimescaleScreenReader` adds what screens ask for.

    Rows come in chunks, each a short statement of its own: a consumer that is slow or stops in the
    middle leaves no transaction open, which would keep the server from cleaning up behind it. Use
    it from one thread at a time.
    """

    def __init__(
        self,
        dsn: str,
        *,
        now: Callable[[], int] = _wall_clock,
        statement_timeout: float = 120.0,
    ) -> None:
        """Connect to a historian.

        Args:
            dsn: connection as a role that may read (`celador_read`).
            now: wall clock, UTC in microseconds since 1970; no window after it is called empty.
            statement_timeout: seconds that the server may take for one statement.

        Raises:
            HistorianAwayError: it cannot be reached, or its schema is too old.
        """
        self._where = place_of(dsn)
        self._now = now
        with self._mapped_errors():
            self._connection = connect(dsn, statement_timeout=statement_timeout, name="celador")
            self._connection.execute(QUERIES["session"])
        self._connection.adapters.register_loader("timestamptz", MicrosecondsLoader)
        done = {name for (name,) in self._all(QUERIES["migrations"])}
        self._timescale = WITH_TIMESCALE in done
        self._windows = Windows(self._all, aggregates=self._timescale)
        self._extent = Extent(self._all, self._windows, in_chunks=self._timescale)
        if not done >= NEEDED:
            self.close()
            raise HistorianAwayError(OLD_SCHEMA.format(where=self._where))
        ((user, may),) = self._all(QUERIES["may_read"])
        if not may:
            self.close()
            raise HistorianAwayError(MAY_NOT_READ.format(where=self._where, user=user))

    @contextmanager
    def _mapped_errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise historian_error(error, self._where) from error

    def _all(self, query: str, arguments: Arguments = ()) -> list[tuple[Any, ...]]:
        with self._mapped_errors(), self._connection.cursor(binary=True) as cursor:
            return cursor.execute(query, arguments).fetchall()

    def devices(self) -> Sequence[Device]:
        """Every device ever seen, by id."""
        return [Device(*row) for row in self._all(QUERIES["devices"])]

    def _device_ids(self, wanted: Sequence[int]) -> list[int]:
        return sorted(set(wanted)) or [device.id for device in self.devices()]

    def span(self, device_ids: Sequence[int] = ()) -> tuple[int, int] | None:
        """First and last instant of `mediciones`; None when there are no rows."""
        return self._extent.span(self._device_ids(device_ids))

    def count(self, query: SampleQuery) -> int:
        """How many stored rows the query covers (before aggregation)."""
        between = (timestamp(query.start), timestamp(query.end))
        return sum(
            self._all(QUERIES["count_samples"], (device, *between))[0][0]
            for device in self._device_ids(query.device_ids)
        )

    def samples(self, query: SampleQuery) -> Iterator[SampleRow]:
        """Rows ordered by device and instant, streamed in constant memory.

        With `every`, each device has a row for each window that begins before `end`, from that of
        its first stored sample on; one without samples has the count 0 and comes only where it
        begins before now, since neither the future nor the time before a device is a gap. The
        first window may begin before `start`, but counts samples from `start` on only.

        Raises:
            StoreError: a column is unknown, or the historian cannot be read.
        """
        require_columns("mediciones", query.columns)
        if query.start >= query.end:
            return
        rows = self._stored if query.every is None else self._in_windows
        for device in self._device_ids(query.device_ids):
            yield from rows(device, query)

    def _stored(self, device: int, query: SampleQuery) -> Iterator[SampleRow]:
        return self._rows("samples", query.columns, device, query.start, query.end)

    def readings(
        self, start: int, end: int, columns: Sequence[str], device_id: int
    ) -> Iterator[SampleRow]:
        """Rows of `contadores` of one recloser in [start, end), oldest first, streamed.

        Raises:
            StoreError: a column is unknown, or the historian cannot be read.
        """
        require_columns("contadores", columns)
        yield from self._rows("readings", columns, device_id, start, end)

    def _rows(
        self, name: str, columns: Sequence[str], device: int, start: int, end: int
    ) -> Iterator[SampleRow]:
        sql = QUERIES[name].format(columns="".join(map(column_of, columns)))
        chunk = min(_CHUNK, _VALUES // (len(columns) + 1))
        reach = Reach()
        while start < end:
            until = reach.end(start, end)
            rows = self._all(sql, (device, timestamp(start), timestamp(until), chunk))
            for row in rows:
                yield SampleRow(device, row[0], row[1:], 1)
            last = rows[-1][0] if len(rows) == chunk else None
            del rows  # before the next ones come
            start = reach.next_start(start, until, last)

    def _in_windows(self, device: int, query: SampleQuery) -> Iterator[SampleRow]:
        width = (query.every or 1) * SECOND
        nothing = (None,) * len(query.columns)
        stored = self._extent.first(device)
        if stored is None or stored >= query.end:
            return
        at = max(stored, query.start)
        at -= (at - query.origin) % width
        last = min(query.end, self._now())
        while (upcoming := self._next_instant(device, at, query)) is not None:
            begin = upcoming - (upcoming - query.origin) % width
            for gap in range(at, min(begin, last), width):
                yield SampleRow(device, gap, nothing, 0)
            at = min(begin + _WINDOWS * width, begin + -(-(query.end - begin) // width) * width)
            part = Slice(device, begin, max(begin, query.start), min(at, query.end), width)
            found = {row[0]: row for row in self._windows.rows(part, query)}
            for window in range(begin, at, width):
                if window in found:
                    yield SampleRow(device, window, found[window][2:], found[window][1])
                elif window < last:
                    yield SampleRow(device, window, nothing, 0)
        for gap in range(at, last, width):
            yield SampleRow(device, gap, nothing, 0)

    def _next_instant(self, device: int, start: int, query: SampleQuery) -> int | None:
        return self._extent.next(device, max(start, query.start), query.end)

    def events(self, start: int, end: int, device_ids: Sequence[int] = ()) -> Iterator[Event]:
        """Events seen in [start, end), oldest first.

        Those of the whole collector (without a device) belong to every choice of devices.
        """
        condition = "AND (equipo_id IS NULL OR equipo_id = ANY(%s))"
        yield from map(event_of, self._in_line("events", condition, start, end, device_ids, 2))

    def operations(
        self, start: int, end: int, device_ids: Sequence[int] = ()
    ) -> Iterator[Operation]:
        """Operations seen to begin in [start, end), oldest first."""
        found = self._in_line("operations", _OF_DEVICES, start, end, device_ids, 4)
        yield from map(operation_of, found)

    def outages(self, start: int, end: int, device_ids: Sequence[int] = ()) -> Iterator[Outage]:
        """Interruptions seen to begin in [start, end), oldest first."""
        found = self._in_line("outages", _OF_DEVICES, start, end, device_ids, 5)
        yield from map(outage_of, found)

    def alarms(self, start: int, end: int, device_ids: Sequence[int] = ()) -> Iterator[Alarm]:
        """Alarms raised in [start, end), oldest first."""
        found = self._in_line("alarms", _OF_DEVICES, start, end, device_ids, 7)
        yield from map(alarm_of, found)

    def open_alarms(self) -> Sequence[Alarm]:
        """Every alarm whose life is not over, the most urgent first, then the oldest."""
        return [alarm_of(row) for row in self._all(QUERIES["open_alarms"])]

    def memories(self, subject: str) -> Mapping[int, Memory]:
        """What one rule remembered when it was last heard of, by device id."""
        return {row[0]: Memory(*row) for row in self._all(QUERIES["memories"], (subject,))}

    def outage_marks(self) -> Mapping[tuple[int, int], OutageMarks]:
        """What people said of interruptions, by device id and key; only those of which they did."""
        return outage_marks_of(self._all(QUERIES["outage_marks"]))

    def _in_line(
        self,
        name: str,
        condition: str,
        start: int,
        end: int,
        device_ids: Sequence[int],
        instant: int,
    ) -> Iterator[tuple[Any, ...]]:
        """Rows by instant and id, in chunks; `instant` is the place of the instant in a row."""
        wanted = sorted(set(device_ids))
        sql = QUERIES[name].format(devices=condition if wanted else "")
        after = (start, 0)
        while True:
            arguments = (timestamp(after[0]), after[1], timestamp(end))
            rows = self._all(sql, (*arguments, *([wanted] if wanted else []), _CHUNK))
            yield from rows
            if len(rows) < _CHUNK:
                return
            after = (rows[-1][instant], rows[-1][0])

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
        """Rows of one device as lines of CSV; implements `ports.CsvReader`."""
        with self._mapped_errors():
            yield from csv_lines(
                self._connection,
                device,
                label,
                columns,
                start=start,
                end=end,
                shift_s=shift_s,
                decimal_comma=decimal_comma,
            )

    def interrupt(self) -> None:
        """End the statement that another thread runs now; safe from any thread."""
        with suppress(psycopg.Error):  # it has just ended, or the server is gone with it
            self._connection.cancel_safe(timeout=5)

    def close(self) -> None:
        """Close the connection; safe to call twice."""
        self._connection.close()


def column_of(name: str) -> str:
    """A column of `mediciones` or `contadores` as readers give it: numbers, not whole units."""
    return f", {name}::double precision" if name in WHOLE else f", {name}"
