"""Rows as CSV text made by the server, which is several times faster than making it in Python.

The server writes what is costly, numbers; and the time in its own way, which it does in a sixth of
what `to_char` takes. The rest is mended here, many lines at once. The text is, byte for byte, what
surfaces/export/csv_file.py makes of the same rows; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from psycopg import sql

from celador.domain.quantities import BY_NAME
from celador.stores.timescale.columns import WHOLE
from celador.stores.timescale.connection import Connection
from celador.stores.timescale.copy_out import copy_out
from celador.stores.timescale.instants import timestamp
from celador.stores.timescale.queries import QUERIES
from celador.stores.timescale.reach import Reach

_CHUNK = 20_000  # rows that one statement makes; a consumer that is slow holds up none
_VALUES = 400_000  # and values at most: 3 MB of text, which stands here thrice while it is mended
_TIME = len("2026-11-23 10:00:05.250000")
_MARK = b",\x1f"  # after the time; there the offset and the name belong
_MARKED = _TIME + 1  # where the mark stands when the second has its six digits
_COMMAS = bytes.maketrans(b",.", b";,")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def csv_lines(
    connection: Connection,
    device: int,
    label: str,
    columns: Sequence[str],
    *,
    start: int,
    end: int,
    shift_s: int,
    decimal_comma: bool,
) -> Iterator[tuple[bytes, int]]:
    """Rows of one device as lines of CSV, oldest first, in blocks.

    Args:
        connection: a session that may read, whose `extra_float_digits` is 1.
        device: `equipos.id`.
        label: what stands between the time and the values, without the separator before these.
        columns: names of MEASUREMENTS, and `estado`, `calidad`.
        start: first instant, included, UTC in microseconds since 1970.
        end: last instant, excluded.
        shift_s: local time less UTC in seconds; the same for the whole range.
        decimal_comma: 13,2 and semicolons.

    Yields:
        The lines, each with its line feed, and how many they are.
    """
    statement = sql.SQL(QUERIES["csv_lines"].rstrip(";"))
    chunk = min(_CHUNK, _VALUES // (len(columns) + 1))
    reach = Reach()
    while start < end:
        until = reach.end(start, end)
        text = statement.format(
            shift=sql.Literal(timedelta(seconds=shift_s)),
            columns=sql.SQL("").join(map(_column, columns)),
            device=sql.Literal(device),
            start=sql.Literal(timestamp(start)),
            end=sql.Literal(timestamp(until)),
            limit=sql.Literal(chunk),
        )
        copied = copy_out(connection, text, _MARKED, _MARK[1], _padded)
        if copied.rows:
            lines = _with_commas(copied.data) if decimal_comma else copied.data
            yield bytes(lines.replace(_MARK, label.encode())), copied.rows
        full = copied.rows == chunk
        last = _instant(copied.data, copied.last, shift_s) if full else None
        start = reach.next_start(start, until, last)


def _column(name: str) -> sql.Composed:
    # Nothing turns the -0.0 of a load that is zero in reverse into 0, as adding 0 does.
    quantity = BY_NAME.get(name)
    whole = quantity is None or quantity.integer or name in WHOLE
    return sql.SQL(", {}").format(sql.Identifier(name)) + sql.SQL("" if whole else " + 0.0")


def _padded(row: memoryview) -> bytes:
    """A line with all six digits of the second, where the server leaves out zeros at the end."""
    time, rest = bytes(row).split(_MARK, 1)
    second, _, fraction = time.partition(b".")
    return second + b"." + fraction.ljust(6, b"0") + _MARK + rest


def _with_commas(lines: bytearray) -> bytes:
    """The lines with decimal commas and semicolons, but for their times."""
    start = _TIME + len(_MARK)
    return b"".join(
        line[:start] + line[start:].translate(_COMMAS) for line in lines.splitlines(keepends=True)
    )


def _instant(lines: bytearray, start: int, shift_s: int) -> int:
    text = lines[start : start + _TIME].decode()
    local = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return (local - timedelta(seconds=shift_s) - _EPOCH) // _MICROSECOND
