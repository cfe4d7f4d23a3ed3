"""COPY ... TO STDOUT into memory, by libpq's own calls.

`psycopg.Copy` hands out each row as an object of its own, which costs three times as much as
reading it does (measured: 1.2 and 0.4 us per row). Here the rows go straight into one buffer.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait

from celador.stores.timescale.connection import Connection


@dataclass(slots=True)
class Copied:
    """What came.

    Attributes:
        data: the rows, one after the other.
        rows: how many.
        last: bytes of the last one.
    """

    data: bytearray
    rows: int
    last: int


_Steps = Generator[Wait, Ready | int, Copied]


def copy_out(connection: Connection, statement: sql.Composed) -> Copied:
    """Run a COPY to its end.

    Args:
        connection: one in autocommit mode on which nothing else runs.
        statement: `COPY ... TO STDOUT`.

    Returns:
        All that came.

    Raises:
        psycopg.Error: the server refuses, or is gone.
    """
    return connection.wait(_copy_out(connection.pgconn, statement.as_bytes(connection)))


def _copy_out(pgconn: PGconn, statement: bytes) -> _Steps:
    pgconn.send_query(statement)
    while pgconn.flush():
        if (yield Wait.RW) & Ready.R:
            pgconn.consume_input()
    while pgconn.is_busy():
        yield Wait.R
        pgconn.consume_input()
    _ensure(pgconn, pgconn.get_result(), ExecStatus.COPY_OUT)
    rows, last, buffer = 0, 0, bytearray()
    while True:
        length, data = pgconn.get_copy_data(1)
        if length > 0:
            buffer += data
            rows += 1
            last = length
        elif length == 0:
            yield Wait.R
            pgconn.consume_input()
        else:
            break
    # The last word is whether all went well.
    _ensure(pgconn, pgconn.get_result(), ExecStatus.COMMAND_OK)
    _leave_nothing(pgconn)
    return Copied(buffer, rows, last)


def _ensure(pgconn: PGconn, result: PGresult | None, wanted: ExecStatus) -> None:
    if result is None:
        raise psycopg.OperationalError(pgconn.get_error_message())
    if result.status != wanted:
        _leave_nothing(pgconn)
        raise error_from_result(result)


def _leave_nothing(pgconn: PGconn) -> None:
    """A connection takes its next statement when every result has been fetched."""
    while pgconn.get_result() is not None:
        pass
