"""Migrations: plain SQL files, applied by yoyo before any record is taken in."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from yoyo import default_migration_table, read_migrations
from yoyo.backends import SQLiteBackend
from yoyo.connections import parse_uri

from celador.stores.discreet import Discreet

MIGRATIONS = Path(__file__).parent / "migrations"


def _number(name: str) -> int:
    return int(name.partition(".")[0])


def newest_version(folder: Path) -> int:
    """Number of the last migration in a folder."""
    return max(_number(file.name) for file in folder.glob("*.sql"))


SCHEMA_VERSION = newest_version(MIGRATIONS)


class _SilentCursor(sqlite3.Cursor):
    """Tells of no columns: yoyo would print whatever ALTER TABLE looks up on its way."""

    description = None


class _Connection(sqlite3.Connection):
    def cursor(self, factory: Any = _SilentCursor) -> Any:  # noqa: ANN401 -- as sqlite3 has it
        return super().cursor(factory)


class _Backend(Discreet, SQLiteBackend):  # type: ignore[misc]  # yoyo ships no types
    """yoyo's backend without its shared cache and its URI."""

    def __init__(self, path: Path) -> None:
        self._path = path
        super().__init__(parse_uri("sqlite:///"), default_migration_table)

    def connect(self, _uri: object) -> sqlite3.Connection:
        # Shared cache is a mode that SQLite advises against, and a path inside a URI breaks on `%`
        # and `?`.
        return sqlite3.connect(self._path, isolation_level=None, factory=_Connection)

    def copy(self) -> _Backend:
        return _Backend(self._path)


def migrate(path: Path, version: int, folder: Path | None = None) -> None:
    """Bring a file to the newest schema; each migration is applied whole or not at all.

    The caller holds the file's lock and has no connection open.

    Args:
        path: the file.
        folder: its migrations, plain SQL with a number before the first point of each name;
            None for the store's.
        version: its `user_version`: the number of the last migration that it holds, which each
            migration writes in its own transaction. yoyo keeps its record in a second one, so
            after a power cut between the two ours is right.

    Raises:
        sqlite3.Error: a migration failed and left no trace.
    """
    with _Backend(path) as backend:
        backend.init_database()
        backend.break_lock()  # left by a process that was killed; ours is held outside the file
        pending = backend.to_apply(read_migrations(str(folder or MIGRATIONS)))
        backend.apply_migrations(pending.filter(lambda m: _number(m.id) > version))
