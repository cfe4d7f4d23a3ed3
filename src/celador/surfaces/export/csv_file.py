"""Samples as CSV (RFC 4180, but with bare line feeds), streamed.

A number is printed with up to 15 significant digits: every decimal number that a device can send
survives, and the error of its binary form (0.1 * 3 = 0.30000000000000004) does not show. A value
that is not there is an empty cell.
"""

from __future__ import annotations

import codecs
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Protocol

from celador.domain.sample import Value
from celador.ports import CsvReader, HistoryReader, SampleQuery, SampleRow
from celador.surfaces.export.offsets import offsets

_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_ROWS_AT_ONCE = 1000
_NUMBERS_KEPT = 20_000


class ByteSink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take all of them."""


def export_csv(
    reader: HistoryReader,
    query: SampleQuery,
    *,
    names: Mapping[int, str],
    timezone: tzinfo,
    decimal_comma: bool,
    out: ByteSink,
    progress: Callable[[int], None],
) -> int:
    """Write the rows of a query as CSV, in constant memory.

    The columns are `fecha_hora` (local time with its offset), `equipo` (the recloser's name), those
    of the query, and with `every` also `muestras` (samples in the window, 0 for a gap).

    Args:
        reader: where the samples are.
        query: which samples and columns.
        names: name of each recloser by id.
        timezone: zone of `fecha_hora`.
        decimal_comma: write 13,2 for spreadsheets that expect it; cells are then separated by
            semicolons, and a byte order mark makes Excel read the accents of the names.
        out: where the bytes go.
        progress: told, now and then, how many stored samples went in since it was last told.

    Returns:
        The number of rows written.
    """
    separator = ";" if decimal_comma else ","
    counted = query.every is not None
    heading = ["fecha_hora", "equipo", *query.columns, *(["muestras"] if counted else [])]
    out.write(codecs.BOM_UTF8 if decimal_comma else b"")
    out.write((separator.join(heading) + "\n").encode())

    if isinstance(reader, CsvReader) and not counted and not decimal_comma:
        return _made_by_the_server(reader, query, names, timezone, out, progress)
    names_as_cells = {key: _cell(name, separator) for key, name in names.items()}
    number = _Numbers("," if decimal_comma else ".").__getitem__
    local_time = _LocalTimes(timezone, fraction=not counted or query.origin % _SECOND != 0).text
    written = 0
    for rows in _batches(reader.samples(query)):
        lines = []
        for row in rows:
            cells = [local_time(row.at), names_as_cells[row.device_id], *map(number, row.values)]
            if counted:
                cells.append(str(row.count))
            lines.append(separator.join(cells))
        out.write(("\n".join(lines) + "\n").encode())
        written += len(rows)
        progress(sum(row.count for row in rows))
    return written


class _Server(CsvReader, HistoryReader, Protocol):
    """A history whose server makes CSV."""


def _made_by_the_server(
    reader: _Server,
    query: SampleQuery,
    names: Mapping[int, str],
    zone: tzinfo,
    out: ByteSink,
    progress: Callable[[int], None],
) -> int:
    """The same lines, made where the rows are.

    The server is told the offset of each stretch of time, not the zone: its rules for the zone
    might be older than ours.
    """
    span = reader.span(query.device_ids)
    if span is None:
        return 0
    # Offsets are searched where there are rows only; the range may go on for thousands of years.
    start, end = max(query.start, span[0]), min(query.end, max(span[1], _now()) + 1)
    written = 0
    for device in sorted(set(query.device_ids) or names):
        for stretch in offsets(zone, start, end) if start < end else ():
            for lines, count in reader.csv_lines(
                device,
                names[device],
                query.columns,
                start=stretch.start,
                end=stretch.end,
                shift_s=stretch.seconds,
                offset=stretch.text,
            ):
                out.write(lines)
                written += count
                progress(count)
    return written


def _now() -> int:
    return time.time_ns() // 1000


def _batches(rows: Iterator[SampleRow]) -> Iterator[list[SampleRow]]:
    while batch := list(itertools.islice(rows, _ROWS_AT_ONCE)):
        yield batch


class _Numbers(dict[Value, str]):
    """Value to cell, remembered: a register has few values and formatting is what costs most."""

    def __init__(self, point: str) -> None:
        super().__init__()
        self._point = point

    def __missing__(self, value: Value) -> str:
        if len(self) >= _NUMBERS_KEPT:
            self.clear()
        if value is None:
            text = ""
        elif value == 0:
            text = "0"  # also for the -0.0 of a load that is zero in reverse
        else:
            text = f"{value:.15g}".replace(".", self._point)
        self[value] = text
        return text


class _LocalTimes:
    """Instants as local time; the part that a whole minute shares is made once a minute."""

    def __init__(self, zone: tzinfo, *, fraction: bool) -> None:
        self._zone = zone
        self._fraction = fraction
        self._minute = -1
        self._prefix = self._offset = ""

    def text(self, at: int) -> str:
        """An instant (UTC, microseconds) as `2026-11-23 10:00:05.250000-03:00`."""
        minute, rest = divmod(at, _MINUTE)
        if minute != self._minute:
            local = datetime.fromtimestamp(minute * 60, UTC).astimezone(self._zone)
            text = local.isoformat(sep=" ", timespec="minutes")
            self._minute, self._prefix, self._offset = minute, text[:16], text[16:]
        second, fraction = divmod(rest, _SECOND)
        if self._fraction:
            return f"{self._prefix}:{second:02}.{fraction:06}{self._offset}"
        return f"{self._prefix}:{second:02}{self._offset}"


def _cell(text: str, separator: str) -> str:
    if any(mark in text for mark in (separator, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text
