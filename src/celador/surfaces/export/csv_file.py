"""Samples as CSV (RFC 4180, but with bare line feeds), streamed.

This is what the text looks like, whoever makes it: `_lines` here, or the server of a store that is
a `CsvReader`, several times faster and to the byte the same (but for numbers beyond 2**53).

- `fecha_hora` is local time with its offset, `2026-11-23 10:00:05.250000-03:00`; of windows that
  begin on whole seconds without the fraction.
- A stored number has as many digits as tell it from every other, which for what a device sends are
  the digits it sent; reading the file back gives what is stored. A mean has 15, so that the error
  of its sum does not show. Zero has no sign. From 1e15 on numbers are written as 1.5e+15.
- A value that is not there is an empty cell. A cell is quoted where it holds a quotation mark, the
  separator or the end of a line.
"""

from __future__ import annotations

import codecs
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import NamedTuple, Protocol

from celador.domain.sample import Value
from celador.ports import CsvReader, HistoryReader, SampleQuery, SampleRow
from celador.surfaces.export.offsets import offsets

_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_ROWS_AT_ONCE = 1000
_NUMBERS_KEPT = 20_000
_IN_POWERS = 1e15  # from here on numbers are written with a power of ten


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

    if isinstance(reader, CsvReader) and not counted:
        blocks = _made_by_the_server(reader, query, names, timezone, decimal_comma=decimal_comma)
    else:
        blocks = _lines(reader, query, names, timezone, decimal_comma=decimal_comma)
    written = 0
    for block in blocks:
        out.write(block.lines)
        written += block.rows
        progress(block.samples)
    return written


class _Block(NamedTuple):
    """Some lines of the file."""

    lines: bytes
    rows: int
    samples: int


def _lines(
    reader: HistoryReader,
    query: SampleQuery,
    names: Mapping[int, str],
    zone: tzinfo,
    *,
    decimal_comma: bool,
) -> Iterator[_Block]:
    """The lines, made here."""
    counted = query.every is not None
    separator, point = (";", ",") if decimal_comma else (",", ".")
    names_as_cells = {key: _cell(name, separator) for key, name in names.items()}
    number = _Numbers(point, _mean if counted else _stored).__getitem__
    local_time = _LocalTimes(zone, fraction=not counted or query.origin % _SECOND != 0).text
    for rows in _batches(reader.samples(query)):
        lines = []
        for row in rows:
            cells = [local_time(row.at), names_as_cells[row.device_id], *map(number, row.values)]
            if counted:
                cells.append(str(row.count))
            lines.append(separator.join(cells))
        lines.append("")
        yield _Block("\n".join(lines).encode(), len(rows), sum(row.count for row in rows))


class _Server(CsvReader, HistoryReader, Protocol):
    """A history whose server makes CSV."""


def _made_by_the_server(
    reader: _Server,
    query: SampleQuery,
    names: Mapping[int, str],
    zone: tzinfo,
    *,
    decimal_comma: bool,
) -> Iterator[_Block]:
    """The same lines, made where the rows are.

    The server is told the offset of each stretch of time, not the zone: its rules for the zone
    might be older than ours.
    """
    span = reader.span(query.device_ids)
    if span is None:
        return
    # Offsets are searched where there are rows only; the range may go on for thousands of years.
    start, end = max(query.start, span[0]), min(query.end, max(span[1], _now()) + 1)
    separator = ";" if decimal_comma else ","
    for device in sorted(set(query.device_ids) or names):
        cell = _cell(names[device], separator)
        for stretch in offsets(zone, start, end) if start < end else ():
            for lines, count in reader.csv_lines(
                device,
                f"{stretch.text}{separator}{cell}",
                query.columns,
                start=stretch.start,
                end=stretch.end,
                shift_s=stretch.seconds,
                decimal_comma=decimal_comma,
            ):
                yield _Block(lines, count, count)


def _now() -> int:
    return time.time_ns() // 1000


def _batches(rows: Iterator[SampleRow]) -> Iterator[list[SampleRow]]:
    while batch := list(itertools.islice(rows, _ROWS_AT_ONCE)):
        yield batch


class _Numbers(dict[Value, str]):
    """Value to cell, remembered: a register has few values and formatting is what costs most."""

    def __init__(self, point: str, text: Callable[[float], str]) -> None:
        super().__init__()
        self._point = point
        self._text = text

    def __missing__(self, value: Value) -> str:
        if len(self) >= _NUMBERS_KEPT:
            self.clear()
        if value is None:
            text = ""
        elif value == 0:
            text = "0"  # also for the -0.0 of a load that is zero in reverse
        else:
            text = self._text(value).replace(".", self._point)
        self[value] = text
        return text


def _stored(value: float) -> str:
    text = repr(value).removesuffix(".0")
    if abs(value) < _IN_POWERS or "e" in text:
        return text
    return f"{Decimal(text).normalize():e}"


def _mean(value: float) -> str:
    return f"{value:.15g}"


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
