"""The file of users, beside the store: made, kept private, migrated, opened."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from celador.domain.errors import StoreError
from celador.stores.sqlite.errors import store_error
from celador.stores.sqlite.migrate import migrate, newest_version
from celador.stores.sqlite.queries import named_queries
from celador.stores.sqlite.schema import connect, header_of

APPLICATION_ID = int.from_bytes(b"CELU", "big")
PRIVATE = 0o600

_log = logging.getLogger("celador.access")
_QUERIES = named_queries(__name__.rpartition(".")[0])
_MIGRATIONS = Path(__file__).parent / "migrations"
_NEWEST = newest_version(_MIGRATIONS)
_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",  # a revoked token stays revoked after a power cut
    "PRAGMA fullfsync = ON",
    "PRAGMA secure_delete = ON",  # what is removed leaves no trace in free pages
    "PRAGMA trusted_schema = OFF",
)
_BUSY_MS = 5000  # several processes write: the pages and the commands


def path_beside(store: Path) -> Path:
    """Where the users of a store are."""
    return store.with_name(store.name + ".usuarios")


class AccessFile:
    """The file with users, sessions, tokens and audit rows; usable from several threads."""

    def __init__(self, path: Path) -> None:
        """Open it, made or migrated as needed.

        Raises:
            StoreError: it cannot be used; the sentence names the mend.
        """
        self.path = path
        self._turn = threading.RLock()
        with self._mapped_errors():
            _ensure_private(path)
            self._connection = _open(path)

    @contextmanager
    def _mapped_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise store_error(error, self.path) from error

    def all(self, query: str, arguments: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows that a named query gives."""
        with self._turn, self._mapped_errors():
            return self._connection.execute(_QUERIES[query], arguments).fetchall()

    def one(self, query: str, arguments: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row that a named query gives; None where it gives none."""
        rows = self.all(query, arguments)
        return rows[0] if rows else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens within becomes durable together, or not at all."""
        with self._turn, self._mapped_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Let the file go."""
        with self._turn:
            self._connection.close()


def _ensure_private(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE))
    except FileExistsError:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & ~PRIVATE:
            path.chmod(PRIVATE)
            _log.warning("%s was open to others (mode %o) and is private now", path, mode)


def _open(path: Path) -> sqlite3.Connection:
    with closing(connect(path)) as looking:
        version = _version_of(looking, path)
    if version < _NEWEST:
        with _migrating(path):
            with closing(connect(path)) as first:
                version = _version_of(first, path)  # another process may have been faster
                if not version:
                    first.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                first.execute("PRAGMA journal_mode = WAL")  # readers never wait
            if version < _NEWEST:
                migrate(path, version, _MIGRATIONS)
    connection = connect(path)
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    return connection


def _version_of(connection: sqlite3.Connection, path: Path) -> int:
    application, version, tables = header_of(connection, "SELECT count(*) FROM sqlite_master")
    if application != APPLICATION_ID and (tables or application or version):
        raise StoreError(f"{path} is the database of another program: move it away")
    if version > _NEWEST:
        raise StoreError(
            f"{path} was written by a newer Celador (schema {version}, this one knows {_NEWEST}): "
            "install the newer version"
        )
    return version


@contextmanager
def _migrating(path: Path) -> Iterator[None]:
    """Only one process at a time; the others wait."""
    name = path.with_name(path.name + ".lock")
    handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
