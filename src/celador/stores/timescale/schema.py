"""Migrations of the historian: plain SQL files, applied by yoyo on an explicit command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from yoyo import default_migration_table, read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import parse_uri
from yoyo.migrations import MigrationList

from celador.domain.errors import HistorianAwayError
from celador.stores.discreet import Discreet
from celador.stores.timescale.connection import Connection, connect
from celador.stores.timescale.errors import NOT_THE_OWNER, historian_error, one_line, place_of
from celador.stores.timescale.queries import QUERIES

MIGRATIONS = Path(__file__).parent / "migrations"
COMMON, WITH_EXTENSION, WITHOUT = "common", "timescaledb", "postgresql"
RIGHTS = MIGRATIONS / "permisos.sql"
"""What roles may do in the whole database; `migrate` sees to it each time."""
WITH_TIMESCALE = "0002.timescaledb"
"""Name of the migration that a historian has where TimescaleDB is at work."""
NEEDED = frozenset(file.stem for file in (MIGRATIONS / COMMON).glob("*.sql"))
"""Names of the migrations without which this program cannot work."""

OLDEST_EXTENSION = (2, 18, 1)
TIME_ZONE = "America/Argentina/Cordoba"
INGEST_ROLE, READ_ROLE, WEB_ROLE = "celador_ingest", "celador_read", "celador_web"
PASSWORD_VARIABLES = {
    INGEST_ROLE: "CELADOR_INGEST_PASSWORD",
    READ_ROLE: "CELADOR_READ_PASSWORD",
    WEB_ROLE: "CELADOR_WEB_PASSWORD",
}
"""Where the environment says each role's password, to the image of PostgreSQL and to `migrate`."""

_LOCK = 0x43454C41  # "CELA": the advisory lock that says who migrates
_LOCK_PATIENCE = "30s"

_EXTENSION = """
SELECT
    installed_version,
    default_version,
    current_setting('timescaledb.bgw_launcher_poll_time', TRUE) IS NOT NULL,
    current_setting('timescaledb.license', TRUE)
FROM pg_available_extensions WHERE name = 'timescaledb'
"""
_HAS_SCHEMA = "SELECT to_regclass('migraciones') IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Notices:
    """What is to be said of a historian.

    Attributes:
        pending: names of the migrations that it lacks; empty when the schema is up to date.
        timescale: version of TimescaleDB at work, None on plain PostgreSQL.
        missing: one sentence on what plain PostgreSQL lacks, None where nothing is missing.
    """

    pending: tuple[str, ...]
    timescale: str | None
    missing: str | None


def migrate(dsn: str, *, time_zone: str = TIME_ZONE) -> list[str]:
    """Bring the historian to the newest schema; each migration is applied whole or not at all.

    Two processes never migrate at once: the second waits for the first and finds nothing to do.

    Args:
        dsn: connection as the owner of the database, who may create roles.
        time_zone: where the installation stands; days of `mediciones_1dia` begin at midnight
            there. Used when the schema is made, and not afterwards.

    Returns:
        Names of the migrations that were applied now, in their order.

    Raises:
        HistorianAwayError: it cannot be done; nothing of the migration that failed remains.
    """
    with owners_errors(dsn), _locked(dsn) as connection:
        done = applied(connection)
        wanted = _migrations(_variant(connection))
        with _Backend(dsn, time_zone) as backend:
            backend.init_database()
            backend.break_lock()  # left by a process that was killed; ours is another one
            pending = backend.to_apply(wanted)
            # yoyo notes a migration in a second transaction; ours, written in the first, is right.
            backend.mark_migrations(pending.filter(lambda m: m.id in done))
            missing = pending.filter(lambda m: m.id not in done)
            backend.apply_migrations(missing)
        connection.execute(RIGHTS.read_bytes())
        return [migration.id for migration in missing]


def check(dsn: str) -> Notices:
    """Look at a historian without changing anything; any role of it may.

    Raises:
        HistorianAwayError: it cannot be reached.
    """
    with _mapped_errors(dsn), session(dsn) as connection:
        done = applied(connection)
        row = connection.execute(_EXTENSION).fetchone()
        variant = _variant(connection)
        pending = tuple(name for name in names_of(variant) if name not in done)
        if variant == WITH_EXTENSION:
            return Notices(pending, row[0] or row[1] if row else None, None)
        return Notices(pending, None, _what_is_missing(row))


def set_passwords(dsn: str, passwords: Mapping[str, str]) -> None:
    """Give roles their passwords; the server and its log see only the SCRAM hashes.

    Args:
        dsn: connection as the owner.
        passwords: role to password.

    Raises:
        HistorianAwayError: it cannot be done.
    """
    with owners_errors(dsn), session(dsn) as connection:
        for role, password in passwords.items():
            secret = connection.pgconn.encrypt_password(
                password.encode(), role.encode(), b"scram-sha-256"
            )
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
            connection.execute(statement.format(sql.Identifier(role), sql.Literal(secret.decode())))


def names_of(variant: str) -> list[str]:
    """Names of the migrations of a variant, in their order."""
    folders = (MIGRATIONS / COMMON, MIGRATIONS / variant)
    return [stem for folder in folders for stem in sorted(f.stem for f in folder.glob("*.sql"))]


def _migrations(variant: str) -> MigrationList:
    return read_migrations(str(MIGRATIONS / COMMON), str(MIGRATIONS / variant))


def _variant(connection: Connection) -> str:
    """Which migrations fit the server: those that use the extension, or those that do without."""
    row = connection.execute(_EXTENSION).fetchone()
    if row is None:
        return WITHOUT
    installed, offered, loaded, license_ = row
    version = _version(str(installed or offered))
    fit = version >= OLDEST_EXTENSION and loaded and license_ in {None, "timescale"}
    return WITH_EXTENSION if fit else WITHOUT


def _version(text: str) -> tuple[int, ...]:
    numbers = text.partition("-")[0].split(".")
    return tuple(int(number) for number in numbers if number.isdigit())


def _what_is_missing(row: tuple[object, ...] | None) -> str:
    why = "is not installed on the server"
    mend = "install TimescaleDB 2.18.1 or newer"
    if row is not None:
        installed, offered, loaded, license_ = row
        if not loaded:
            why = "is not loaded"
            mend = "add it to shared_preload_libraries, restart the server"
        elif license_ not in {None, "timescale"}:
            why, mend = "is the Apache edition", "install its community edition"
        else:
            why = f"is version {installed or offered}"
            mend = "update it to 2.18.1 or newer"
    return (
        f"TimescaleDB {why}: everything works, but rows are not compressed (12 times the disk), "
        "old readings go only when `celador historian maintain` runs (let it run daily), and "
        "summaries are computed anew at each query; "
        f"{mend} and run `celador historian migrate`"
    )


def applied(connection: Connection) -> set[str]:
    """Names of the migrations that a database has."""
    row = connection.execute(_HAS_SCHEMA).fetchone()
    if row is None or not row[0]:
        return set()
    return {str(name) for (name,) in connection.execute(QUERIES["migrations"])}


@contextmanager
def owners_errors(dsn: str) -> Iterator[None]:
    """Errors of what only the owner may do; a missing right is told as such."""
    with _mapped_errors(dsn):
        try:
            yield
        except psycopg.errors.InsufficientPrivilege as error:
            message = NOT_THE_OWNER.format(where=place_of(dsn), reason=one_line(error))
            raise HistorianAwayError(message) from error


@contextmanager
def _mapped_errors(dsn: str) -> Iterator[None]:
    """Errors of psycopg as ours; whatever goes wrong, the historian is away for the caller."""
    where = place_of(dsn)
    try:
        yield
    except psycopg.Error as error:
        raise HistorianAwayError(str(historian_error(error, where))) from error


@contextmanager
def session(dsn: str) -> Iterator[Connection]:
    """A connection for a while, without limits on its statements."""
    connection = connect(dsn, statement_timeout=0, name="celador historian")
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _locked(dsn: str) -> Iterator[Connection]:
    with session(dsn) as connection:
        connection.execute(f"SET lock_timeout = '{_LOCK_PATIENCE}'")
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        yield connection


class _Backend(Discreet, PostgresqlPsycopgBackend):  # type: ignore[misc]  # yoyo ships no types
    """yoyo's backend on our connections."""

    def __init__(self, dsn: str, time_zone: str) -> None:
        self._dsn = dsn
        self._time_zone = time_zone
        super().__init__(parse_uri("postgresql:///"), default_migration_table)

    def connect(self, _uri: object) -> Connection:
        connection = connect(self._dsn, statement_timeout=0, name="celador historian")
        connection.execute(
            "SELECT set_config('celador.zona_horaria', %s, FALSE)", (self._time_zone,)
        )
        return connection

    def copy(self) -> _Backend:
        return _Backend(self._dsn, self._time_zone)

    def execute(self, sql: str, params: Mapping[str, object] | None = None) -> object:
        # An empty set of parameters would make psycopg read the % in a migration as one of them.
        if params:
            return super().execute(sql, params)
        cursor = self.cursor()
        cursor.execute(sql)
        return cursor
