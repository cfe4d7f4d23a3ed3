"""Rows as CSV text made by the server, which is several times faster than making it in Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from psycopg import sql

from celador.stores.timescale.connection import Connection
from celador.stores.timescale.copy_out import copy_out
from celador.stores.timescale.instants import timestamp
from celador.stores.timescale.queries import QUERIES

_CHUNK = 10_000  # rows of one statement: 1 MB, and planning it costs little beside them
_LOCAL = "%Y-%m-%d %H:%M:%S.%f"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def csv_lines(
    connection: Connection,
    device: int,
    name: str,
    columns: Sequence[str],
    *,
    start: int,
    end: int,
    shift_s: int,
    offset: str,
) -> Iterator[tuple[bytes, int]]:
    """Rows of one device as lines of CSV, oldest first, in blocks.

    Args:
        connection: a session that may read.
        device: `equipos.id`.
        name: what the second cell says.
        columns: names of MEASUREMENTS, and `estado`, `calidad`.
        start: first instant, included, UTC in microseconds since 1970.
        end: last instant, excluded.
        shift_s: local time less UTC in seconds; the same for the whole range.
        offset: the same as ISO 8601 writes it.

    Yields:
        The lines, each with its line feed, and how many they are.
    """
    statement = sql.SQL(QUERIES["csv_lines"].rstrip(";"))
    while True:
        text = statement.format(
            shift=sql.Literal(f"{shift_s} seconds"),  # a timedelta would become days and hours
            layout=sql.Literal(f'YYYY-MM-DD HH24:MI:SS.US"{offset}"'),
            name=sql.Literal(name),
            columns=sql.SQL("").join(sql.SQL(", {}").format(sql.Identifier(c)) for c in columns),
            device=sql.Literal(device),
            start=sql.Literal(timestamp(start)),
            end=sql.Literal(timestamp(end)),
            limit=sql.Literal(_CHUNK),
        )
        copied = copy_out(connection, text)
        if copied.rows:
            yield bytes(copied.data), copied.rows
        if copied.rows < _CHUNK:
            return
        start = _instant(copied.data[-copied.last :], shift_s) + 1


def _instant(line: bytes | bytearray, shift_s: int) -> int:
    local = datetime.strptime(line[:26].decode(), _LOCAL).replace(tzinfo=UTC)
    return (local - timedelta(seconds=shift_s) - _EPOCH) // _MICROSECOND
