"""Requests in a small SQLite file beside the store: people put them, the monitor carries them out.

Only the monitor may write to the store; here everybody may, and SQLite lets them take turns.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from celador.documents import dump, load
from celador.domain.errors import StoreError
from celador.domain.request import NOT_UNDERSTOOD, Answer, Left, Request
from celador.stores.sqlite.errors import store_error
from celador.stores.sqlite.queries import QUERIES

ENDING = ".pedidos"
_PATIENCE = 5.0  # s that another process may hold the file
_KEPT = 86_400_000_000  # µs that an answered request stays, so that who asked can hear of it


def _wall_clock() -> int:
    return time.time_ns() // 1000


class SqliteRequestBox:
    """Implements `ports.RequestBox`, `ports.RequestInbox` and `ports.RequestDesk`.

    Each call opens the file anew: calls are rare, and whoever copies or removes the file finds
    nobody holding it.
    """

    def __init__(self, path: Path, *, now: Callable[[], int] = _wall_clock) -> None:
        """Name the file; it is made by the first request.

        Args:
            path: the file.
            now: wall clock, UTC in microseconds since 1970.
        """
        self._path = path
        self._now = now
        self._empty: object = None  # how the file looked when last nothing waited in it

    @classmethod
    def beside(cls, store: Path) -> SqliteRequestBox:
        """The box that belongs to a store."""
        return cls(store.with_name(store.name + ENDING))

    def put(self, request: Request) -> str:
        """Leave a request; it is durable when this returns.

        Raises:
            StoreError: it could not be left.
        """
        ticket = secrets.token_hex(8)
        self.keep(ticket, request)
        return ticket

    def keep(self, ticket: str, request: Request) -> None:
        """Keep a request that has its ticket already; one that is here is not kept twice.

        Raises:
            StoreError: it could not be kept.
        """
        if not self._path.parent.is_dir():
            message = (
                f"there is no folder {self._path.parent}: start the monitor once, or name the "
                "right store"
            )
            raise StoreError(message)
        with self._open() as connection, connection:
            connection.execute(QUERIES["put_request"], (ticket, request.at, dump(request)))

    def answer(self, ticket: str) -> Answer | None:
        """What became of a request; None while it waits, and again a day after its answer.

        Raises:
            StoreError: the box cannot be read.
        """
        rows = self._rows("answer_of", (ticket,))
        return Answer(bool(rows[0][0]), rows[0][1], rows[0][2]) if rows else None

    def waiting(self) -> Sequence[Left]:
        """Every request that has no answer, the oldest first.

        One that cannot be understood is answered here: nobody else ever could.

        Raises:
            StoreError: the box cannot be read.
        """
        look = self._look()
        if look == self._empty:
            return ()
        found, unknown = [], {}
        for ticket, document in self._rows("waiting_requests"):
            try:
                found.append(Left(ticket, load(Request, document)))
            except ValueError:
                unknown[ticket] = NOT_UNDERSTOOD
        if unknown:
            self.settle(unknown)
        self._empty = None if found else look
        return found

    def settle(self, answers: Mapping[str, Answer]) -> None:
        """Answer requests, by ticket; durable when this returns.

        Raises:
            StoreError: it could not be written; the requests are still waiting.
        """
        now = self._now()
        rows = [
            (now, int(answer.done), answer.text_es, answer.text_en, ticket)
            for ticket, answer in answers.items()
        ]
        with self._open() as connection, connection:
            connection.executemany(QUERIES["answer_request"], rows)
            connection.execute(QUERIES["forget_requests"], (now - _KEPT,))

    def _look(self) -> object:
        """Changes whenever somebody wrote; to open the file at each look would wear the disk."""
        marks: list[tuple[int, int] | None] = []
        for path in (self._path, self._path.with_name(self._path.name + "-wal")):
            try:
                status = path.stat()
            except OSError:
                marks.append(None)
            else:
                marks.append((status.st_mtime_ns, status.st_size))
        return tuple(marks)

    def _rows(self, query: str, arguments: Sequence[str] = ()) -> list[tuple[Any, ...]]:
        if not self._path.exists():
            return []
        with self._open() as connection:  # another process may be making it now
            return connection.execute(QUERIES[query], arguments).fetchall()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=_PATIENCE)) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA fullfsync = ON")
                _make(connection)
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise store_error(error, self._path) from error


def _make(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(QUERIES["make_requests"])
    connection.execute(QUERIES["index_requests"])
