"""The road into the historian: binary COPY into a staging table, then one idempotent merge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import psycopg

from celador.domain.errors import HistorianAwayError, StoreError, TableStuckError
from celador.ports import Backlog, Channel, Parcel
from celador.stores.timescale.columns import (
    CHANGING,
    COLUMNS,
    IGNORED,
    READINGS,
    merge_value,
    staging_type,
)
from celador.stores.timescale.connection import Connection, connect
from celador.stores.timescale.errors import (
    OLD_SCHEMA,
    UNKNOWN_COLUMN,
    historian_error,
    place_of,
    rows_rejected,
)
from celador.stores.timescale.queries import QUERIES
from celador.stores.timescale.schema import NEEDED

_DEVICE_COLUMNS = (
    *("id", "nombre", "lugar", "perfil", "tension_nominal", "clientes", "kva", "periodo_s"),
)
# A value that its column can never hold; anywhere but where rows are packed it is our own defect.
_PACKING = (TypeError, ValueError, OverflowError, psycopg.DataError, psycopg.ProgrammingError)


class TimescaleHistorian:
    """The common database; implements `ports.Historian`.

    It connects when the first parcel comes, and anew after each failure of the connection. Use it
    from one thread at a time.
    """

    def __init__(self, dsn: str, *, statement_timeout: float = 60.0) -> None:
        """Note where the historian is; nothing is opened yet.

        Args:
            dsn: connection as a role that may insert (`celador_ingest`).
            statement_timeout: seconds that the server may take for one statement.

        Raises:
            HistorianAwayError: `dsn` is no connection string.
        """
        self._dsn = dsn
        self._where = place_of(dsn)
        self._statement_timeout = statement_timeout
        self._connection: Connection | None = None
        self._staged: set[Channel] = set()

    def deliver(self, parcel: Parcel, meanwhile: Callable[[], None] | None = None) -> None:
        """Make the rows durable there; delivering a row twice is the same as once.

        Rows of a device that `equipos` does not hold yet are taken. Of an operation, an
        interruption or an alarm the highest revision stands, in whatever order they come; a memory
        also gives way to one of a later instant, since a store that is begun anew counts anew.

        Args:
            parcel: the rows.
            meanwhile: called once when the server has all rows and merges them.

        Raises:
            HistorianAwayError: the historian cannot be reached or cannot take rows now.
            RowsRejectedError: it will never take this parcel as it is; nothing of it was stored.
        """
        if not parcel.rows:
            return
        with self._mapped_errors():
            connection = self._open()
            if parcel.channel is Channel.DEVICES:
                self._deliver_devices(connection, parcel)
            else:
                self._deliver_rows(connection, parcel, meanwhile)

    def report(self, collector: str, backlog: Backlog, rate: float) -> None:
        """Say how the road of a collector is.

        Raises:
            HistorianAwayError: it cannot be said now.
        """
        with self._mapped_errors():
            connection = self._open()
            said = {
                "collector": self._collector_id(connection, collector),
                "waiting": backlog.rows,
                "oldest": backlog.oldest,
                "aside": backlog.set_aside,
                "rate": rate,
            }
            connection.execute(QUERIES["report"], said)

    def close(self) -> None:
        """Close the connection; safe to call twice, and delivering opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @contextmanager
    def _mapped_errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            mapped = historian_error(error, self._where)
            if isinstance(mapped, HistorianAwayError):
                self.close()  # whatever it was, the next parcel begins with a fresh connection
            raise mapped from error
        except StoreError:
            raise
        except BaseException:
            self.close()
            raise

    def _open(self) -> Connection:
        if self._connection is None:
            connection = connect(
                self._dsn, statement_timeout=self._statement_timeout, name="celador"
            )
            try:
                self._check_schema(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
            self._staged = set()
        return self._connection

    def _check_schema(self, connection: Connection) -> None:
        done = {name for (name,) in connection.execute(QUERIES["migrations"])}
        if not done >= NEEDED:
            raise HistorianAwayError(OLD_SCHEMA.format(where=self._where))

    def _collector_id(self, connection: Connection, name: str) -> int:
        # Asked each time: a database that was restored may know it under another number.
        if not (found := connection.execute(QUERIES["collector_id"], (name,)).fetchall()):
            connection.execute(QUERIES["upsert_collector"], (name,))
            found = connection.execute(QUERIES["collector_id"], (name,)).fetchall()
        return int(found[0][0])

    def _deliver_devices(self, connection: Connection, parcel: Parcel) -> None:
        self._check_columns(parcel, (*_DEVICE_COLUMNS, *IGNORED))
        unsaid = dict.fromkeys(_DEVICE_COLUMNS)
        rows = [unsaid | dict(zip(parcel.columns, row, strict=True)) for row in parcel.rows]
        with connection.transaction(), connection.cursor() as cursor, _packing():
            cursor.executemany(QUERIES["upsert_device"], rows)

    def _deliver_rows(
        self, connection: Connection, parcel: Parcel, meanwhile: Callable[[], None] | None
    ) -> None:
        channel = parcel.channel
        known = COLUMNS[channel]
        self._check_columns(parcel, (*known, *IGNORED))
        columns = [name for name in parcel.columns if name in known]
        arguments = {"collector": self._collector_id(connection, parcel.collector)}
        self._stage(connection, channel)
        names = {
            "table": channel.value,
            "staging": _staging(channel),
            "columns": ", ".join(columns),
        }
        copy = QUERIES["copy"].format(**names)
        with connection.transaction(), connection.cursor() as cursor:
            with cursor.copy(copy) as stream:
                stream.set_types([staging_type(channel, name) for name in columns])
                write = stream.write_row
                picked = _picked(parcel, columns)
                with _packing():
                    for row in picked:
                        write(row)
            if meanwhile is not None:
                meanwhile()
            names["values"] = ", ".join(merge_value(channel, name, columns) for name in columns)
            if channel in READINGS and _added(cursor, names, arguments):
                return
            for sql in _merges(channel, columns, names):
                cursor.execute(sql, arguments)

    def _stage(self, connection: Connection, channel: Channel) -> None:
        if channel in self._staged:
            return
        columns = ", ".join(f"{name} {staging_type(channel, name)}" for name in COLUMNS[channel])
        sql = QUERIES["staging"].format(staging=_staging(channel), columns=columns)
        connection.execute(sql)
        self._staged.add(channel)

    def _check_columns(self, parcel: Parcel, known: Sequence[str]) -> None:
        for name in parcel.columns:
            if name not in known:
                message = UNKNOWN_COLUMN.format(column=name, table=parcel.channel.value)
                raise TableStuckError(message)


@contextmanager
def _packing() -> Iterator[None]:
    try:
        yield
    except _PACKING as error:
        if getattr(error, "sqlstate", None) is not None:
            raise  # the server's word, which has its own meaning
        raise rows_rejected(error) from error


def _added(cursor: psycopg.Cursor[Any], names: dict[str, str], arguments: dict[str, Any]) -> bool:
    """Take the staged rows over if all are new; otherwise nothing was changed, and it says False.

    To look for what is there already costs the server half as much again as to take the rows, and
    nearly always there is nothing.
    """
    try:
        with cursor.connection.transaction():
            cursor.execute(QUERIES["add"].format(**names), arguments)
    except psycopg.errors.UniqueViolation:
        return False
    return True


def _merges(channel: Channel, columns: Sequence[str], names: dict[str, str]) -> Iterator[str]:
    """What takes the staged rows over, statement by statement."""
    yield QUERIES["merge"].format(**names)
    if channel not in CHANGING:
        return
    changes = ["colector_id = %(collector)s", *(f"{name} = l.{name}" for name in columns)]
    if channel is Channel.OUTAGES:
        changes.append("operacion_id = NULL")  # until `link` has looked
    same, newer = _changes_of(channel)
    yield QUERIES["bring_up_to_date"].format(
        **names, changes=", ".join(changes), same=same, newer=newer
    )
    if channel in (Channel.ALARMS, Channel.MEMORIES):
        return
    key = "clave" if channel is Channel.OUTAGES else "operacion_clave"
    yield QUERIES["link"].format(**names, key=key)


def _changes_of(channel: Channel) -> tuple[str, str]:
    """When a staged row is one that is there, and when it has the newer word."""
    newer = "t.revision < l.revision"
    if channel is Channel.MEMORIES:
        # A store that is begun anew counts its revisions anew: then the instant tells.
        newer = f"({newer} OR t.fecha_hora < l.fecha_hora)"
        return "t.equipo_id = l.equipo_id AND t.tema = l.tema", newer
    if channel is Channel.ALARMS:  # one without device is known by its collector
        same = "coalesce(t.equipo_id, 0) = coalesce(l.equipo_id, 0)"
        return f"t.colector_id = %(collector)s AND {same} AND t.clave = l.clave", newer
    return "t.equipo_id = l.equipo_id AND t.clave = l.clave", newer


def _staging(channel: Channel) -> str:
    return f"llegada_{channel.value}"


def _picked(parcel: Parcel, columns: Sequence[str]) -> Iterable[Sequence[Any]]:
    """The rows, without the columns that do not travel."""
    if len(columns) == len(parcel.columns):
        return parcel.rows
    places = [parcel.columns.index(name) for name in columns]
    pick: Callable[[Any], Any] = itemgetter(*places)
    return map(pick, parcel.rows)
