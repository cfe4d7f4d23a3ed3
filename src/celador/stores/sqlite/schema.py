"""The store's file: found fit or refused, brought to the newest schema, opened for writing."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from celador.domain.errors import StoreBusyError, StoreCorruptError, StoreError
from celador.stores.sqlite.errors import store_error
from celador.stores.sqlite.migrate import SCHEMA_VERSION, migrate

APPLICATION_ID = int.from_bytes(b"CELA", "big")

_FOREIGN = (
    "SELECT count(*) FROM sqlite_master "
    "WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE '%yoyo%' AND tbl_name NOT LIKE '%yoyo%'"
)

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",  # a commit is on the disk, not only in its queue
    "PRAGMA fullfsync = ON",  # macOS: fsync alone does not reach the platter
    "PRAGMA checkpoint_fullfsync = ON",
    "PRAGMA cache_size = -16000",  # the hot index pages of a thousand devices
    "PRAGMA journal_size_limit = 67108864",  # gives a large WAL back once readers let it
)


class StoreLock:
    """Says that this process is the one that writes; readers do not need it.

    SQLite would let two writers take turns, and their samples would mix. The lock file stays when
    the store is closed: removing it could take it from under a process that has just opened it.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            StoreBusyError: another process holds it.
            OSError: the lock file cannot be made.
        """
        name = path.with_name(path.name + ".lock")
        self._fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._fd)
            message = (
                f"another Celador is already writing to {path}: "
                "stop that one, or give this one a store of its own"
            )
            raise StoreBusyError(message) from None
        except OSError:
            os.close(self._fd)
            raise

    def release(self) -> None:
        """Let the lock go."""
        os.close(self._fd)


def connect(path: Path, *, read_only: bool = False, extra: str = "") -> sqlite3.Connection:
    """Open the file; it must exist.

    Args:
        path: the file.
        read_only: whether nothing can be written through the connection.
        extra: more URI parameters, each beginning with `&`.

    Returns:
        A connection without implicit transactions, to be used by one thread at a time.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    # A URI, because mode=rw alone keeps SQLite from making a new file where one has vanished.
    mode = "ro" if read_only else "rw"
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}{extra}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=2)


def header_of(connection: sqlite3.Connection, tables: str) -> tuple[int, int, int]:
    """Whose file it is, the number of its schema, and its tables, all of the same instant.

    Read one by one, a file that another process is making could look like a stranger's.

    Args:
        connection: without a transaction under way.
        tables: the query that counts the tables.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    connection.execute("BEGIN")
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (count,) = connection.execute(tables).fetchone()
    finally:
        connection.execute("ROLLBACK")
    return int(application), int(version), int(count)


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """Number of the schema that a file holds; 0 for a file that is still empty.

    Raises:
        StoreError: it is another program's database, or a newer Celador's store.
        sqlite3.Error: it cannot be read.
    """
    application, version, tables = header_of(connection, _FOREIGN)
    if application != APPLICATION_ID and (tables or application or version):
        message = f"{path} is the database of another program: give the store another path"
        raise StoreError(message)
    if version > SCHEMA_VERSION:
        message = (
            f"the store {path} was written by a newer Celador (schema {version}, this one knows "
            f"{SCHEMA_VERSION}): install the newer version"
        )
        raise StoreError(message)
    return version


def open_for_writing(path: Path) -> tuple[sqlite3.Connection, StoreLock]:
    """Open the store, made or migrated as needed; nothing is ever deleted.

    Args:
        path: the file; its folder must exist.

    Returns:
        The connection, and the lock to release after closing it.

    Raises:
        StoreError: the store cannot be used; the sentence names the mend.
    """
    try:
        lock = StoreLock(path)
    except OSError as error:
        raise store_error(error, path) from error
    try:
        return _guarded(lambda: _open(path), path), lock
    except StoreError:
        lock.release()
        raise


def _guarded(work: Callable[[], sqlite3.Connection], path: Path) -> sqlite3.Connection:
    try:
        return work()
    except (sqlite3.Error, OSError) as error:
        raise store_error(error, path) from error


def _open(path: Path) -> sqlite3.Connection:
    log = path.with_name(path.name + "-wal")
    if not path.exists() and log.exists() and log.stat().st_size:
        # SQLite would delete the log of a file that is new; what it holds was promised to stay.
        message = (
            f"the store {path} is missing but its log {log.name} is there: put the file back, or "
            "move the log away and a new store begins"
        )
        raise StoreCorruptError(message)
    path.touch()
    connection = connect(path)
    try:
        version = version_of(connection, path)
        if version < SCHEMA_VERSION:
            _prepare_file(connection, path)
            connection.close()
            migrate(path, version)
            connection = connect(path)
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare_file(connection: sqlite3.Connection, path: Path) -> None:
    # Both stay with the file; the first only takes effect before anything else is in it.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        message = (
            f"the file system of {path} cannot hold a write-ahead log (a network share?): "
            "put the store on a local disk"
        )
        raise StoreError(message)
