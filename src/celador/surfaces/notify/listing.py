"""The queue of notices as people ask for it: who was told of what, when, and why not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celador.domain.errors import StoreError
from celador.stores.sqlite.errors import store_error
from celador.stores.sqlite.schema import connect
from celador.surfaces.notify.queue import QUERIES


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending.

    Attributes:
        begun: UTC in microseconds since 1970.
        ended: the same; None while it is under way.
        result: `intentos.resultado`.
        reason: why it did not arrive; None where it did.
    """

    begun: int
    ended: int | None
    result: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One notice for one destination; attributes as the columns of `avisos`."""

    id: int
    key: str
    destination: str
    kind: str
    device_id: int | None
    code: str
    priority: int
    happened: int
    made: int
    due: int
    state: str
    doubt: int
    subject: str
    attempts: tuple[Attempt, ...]


def entries(path: Path, start: int, end: int) -> Iterator[Entry]:
    """Notices made in [start, end), oldest first; the monitor may be at work.

    Args:
        path: the queue's file.
        start: UTC in microseconds since 1970.
        end: the same, excluded.

    Raises:
        StoreError: there is no queue, or it cannot be read.
    """
    if not path.is_file():
        raise StoreError(
            f"there is no queue of notices at {path}: no monitor with [notify] channels has run "
            "on this store"
        )
    try:
        with closing(connect(path, read_only=True)) as connection:
            for row in connection.execute(QUERIES["list_notices"], (start, end)).fetchall():
                yield _entry(row, connection)
    except sqlite3.Error as error:
        raise store_error(error, path) from error


def _entry(row: tuple[Any, ...], connection: sqlite3.Connection) -> Entry:
    found = connection.execute(QUERIES["attempts_of"], (row[0],)).fetchall()
    values: list[Any] = [*row, tuple(Attempt(*each) for each in found)]
    return Entry(*values)
