"""A COPY that fails on our side leaves a connection that can be used, or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg import sql

from celador.stores.timescale.connection import Connection, connect
from celador.stores.timescale.copy_out import copy_out
from tests.support.postgres import HistorianDatabase

POWERS = sql.SQL("COPY (SELECT 10 ^ n FROM generate_series(0, 4) AS n) TO STDOUT")
ENDLESS = sql.SQL("COPY (SELECT generate_series(1, 1e15::bigint)) TO STDOUT")
BROKEN = sql.SQL("COPY (SELECT 1 / (500 - n) FROM generate_series(1, 1000) AS n) TO STDOUT")


@pytest.fixture
def connection(plain_database: HistorianDatabase) -> Iterator[Connection]:
    with closing(connect(plain_database.read, statement_timeout=60.0, name="test")) as opened:
        yield opened


def test_a_row_that_ends_before_the_place_is_mended(connection: Connection) -> None:
    copied = copy_out(connection, POWERS.format(), 4, ord("0"), lambda row: bytes(row[:1]) + b";")
    assert bytes(copied.data) == b"1;1;1;1;10000\n"
    assert (copied.rows, copied.last) == (5, 8)


@pytest.mark.parametrize("trouble", [ValueError, KeyboardInterrupt])
def test_a_failure_of_ours_leaves_the_connection_ready(
    trouble: type[BaseException], connection: Connection
) -> None:
    rows = 0

    def mend(row: memoryview) -> bytes:
        nonlocal rows
        rows += 1
        if rows == 1000:
            raise trouble
        return bytes(row)

    with pytest.raises(trouble):
        copy_out(connection, ENDLESS.format(), 0, 0, mend)
    assert connection.execute("SELECT 7").fetchone() == (7,)


def test_a_server_that_ends_the_copy_is_told(connection: Connection) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        copy_out(connection, BROKEN.format(), 0, 0, bytes)
    assert connection.execute("SELECT 7").fetchone() == (7,)
