"""One batch of records made durable in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from celador.ports import Record
from celador.stores.sqlite.queries import QUERIES
from celador.stores.sqlite.rows import INSERTS, TABLES, Row, record_row

# What a record, and not the disk, is to blame for.
_POISON = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    OverflowError,
    TypeError,
    ValueError,
    AttributeError,
    KeyError,
)
_CONTENT_LIMIT = 4000  # characters of a rejected record that are kept


@dataclass(slots=True)
class Attempt:
    """What a transaction holds.

    Attributes:
        stored: the records that have a row of their own now.
        duplicates: records whose device and instant were already there; the first one stays.
        rejects: why each record that no table can take was put aside.
        marks: the highest ids as the transaction leaves them. A commit that failed may still have
            reached the disk; found again after opening anew, these say that it did.
    """

    stored: Sequence[Record]
    duplicates: int = 0
    rejects: list[str] = field(default_factory=list)
    marks: tuple[Row, ...] = ()


def high_marks(connection: sqlite3.Connection) -> tuple[Row, ...]:
    """Highest id ever given in each table that the writer fills."""
    return tuple(connection.execute(QUERIES["high_marks"]).fetchall())


def insert(
    connection: sqlite3.Connection, records: Sequence[Record], collector_id: int, now: int
) -> Attempt:
    """Begin a transaction and put the records in; the caller commits.

    Args:
        connection: without a transaction under way.
        records: in the order in which they shall stand.
        collector_id: `colectores.id` of this program.
        now: UTC in microseconds since 1970, for what is put aside.

    Returns:
        What will stand once it is committed.

    Raises:
        sqlite3.Error: the disk cannot take it; the transaction is rolled back.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        attempt = _insert_together(connection, records, collector_id)
        if attempt is None:
            connection.execute("ROLLBACK")
            connection.execute("BEGIN IMMEDIATE")
            attempt = _insert_singly(connection, records, collector_id, now)
        attempt.marks = high_marks(connection)
    except BaseException:
        roll_back(connection)
        raise
    return attempt


def roll_back(connection: sqlite3.Connection) -> None:
    """End a transaction, if SQLite has not ended it by itself, without a trace."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _insert_together(
    connection: sqlite3.Connection, records: Sequence[Record], collector_id: int
) -> Attempt | None:
    """The quick way; None when a record is poisoned or a duplicate and must be found."""
    rows: dict[type, list[Row]] = {kind: [] for kind in INSERTS}
    try:
        for record in records:
            rows[type(record)].append(record_row(record, collector_id))
        for kind, sql in INSERTS.items():
            if rows[kind] and connection.executemany(sql, rows[kind]).rowcount != len(rows[kind]):
                return None
    except _POISON:
        return None
    return Attempt(records)


def _insert_singly(
    connection: sqlite3.Connection, records: Sequence[Record], collector_id: int, now: int
) -> Attempt:
    stored: list[Record] = []
    attempt = Attempt(stored)
    for record in records:
        try:
            row = record_row(record, collector_id)
            count = connection.execute(INSERTS[type(record)], row).rowcount
        except _POISON as error:
            # A failed INSERT undoes itself alone; the transaction goes on.
            reason = f"{type(error).__name__}: {error}"
            attempt.rejects.append(reason)
            table = TABLES.get(type(record), type(record).__name__)
            content = repr(record)[:_CONTENT_LIMIT]
            connection.execute(
                QUERIES["insert_reject"], (now, collector_id, table, reason, content)
            )
        else:
            if count:
                stored.append(record)
            else:
                attempt.duplicates += 1
    if attempt.rejects:
        connection.execute(QUERIES["trim_rejects"])
    return attempt
