"""The roads into the historian, both binary COPY.

By way of a staging table and one merge, which takes as once what is delivered twice; and straight
into the table, which costs the server half and takes only rows that are new. Rows go straight while
those before them were new, and by the other road wherever that fails (ADR 0044).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import psycopg

from celador.domain.errors import HistorianAwayError, RowsRejectedError, StoreError, TableStuckError
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
    one_line,
    place_of,
    rows_rejected,
)
from celador.stores.timescale.queries import QUERIES
from celador.stores.timescale.schema import NEEDED
from celador.stores.timescale.straight import straight

_log = logging.getLogger("celador.historian")

Rows = Sequence[Sequence[Any]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

_DEVICE_COLUMNS = (
    *("id", "nombre", "lugar", "perfil", "tension_nominal", "clientes", "kva", "periodo_s"),
)
# A value that its column can never hold; anywhere but where rows are packed it is our own defect.
_PACKING = (TypeError, ValueError, OverflowError, psycopg.DataError, psycopg.ProgrammingError)
# The other road would only wait as long again.
_WAITED = (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable)


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
        self._new: set[Channel] = set()  # channels whose last parcel was new to the last row

    def deliver(self, parcel: Parcel) -> None:
        """Make the rows durable there; delivering a row twice is the same as once.

        Rows of a device that `equipos` does not hold yet are taken. Of an operation, an
        interruption or an alarm the highest revision stands, in whatever order they come; a memory
        also gives way to one of a later instant, since a store that is begun anew counts anew.

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
                self._deliver_rows(connection, parcel)

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
            self._new = set()
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

    def _deliver_rows(self, connection: Connection, parcel: Parcel) -> None:
        known = COLUMNS[parcel.channel]
        self._check_columns(parcel, (*known, *IGNORED))
        columns = [name for name in parcel.columns if name in known]
        rows = _picked(parcel, columns)
        collector = self._collector_id(connection, parcel.collector)
        if parcel.channel in self._new:
            if self._copy_straight(connection, parcel.channel, columns, rows, collector):
                return
            self._new.discard(parcel.channel)
        taken = self._merge(connection, parcel.channel, columns, rows, collector)
        if parcel.channel in READINGS and taken == len(rows):
            self._new.add(parcel.channel)

    def _copy_straight(
        self,
        connection: Connection,
        channel: Channel,
        columns: Sequence[str],
        rows: Rows,
        collector: int,
    ) -> bool:
        """Whether the rows are in their table now; none of them came in where not."""
        made = straight(channel, columns, rows, collector)
        names = {"table": channel.value, "columns": ", ".join(made.columns)}
        copy = QUERIES["copy_straight"].format(**names)
        try:
            with connection.transaction(), connection.cursor() as cursor:
                _copy(cursor, copy, made.types, made.rows)
        except (RowsRejectedError, psycopg.Error) as error:
            if connection.closed or isinstance(error, _WAITED):
                raise
            # Whatever else it is, the other road takes the rows or says what is wrong with them.
            _log.debug("rows of %s go by the staging table: %s", channel.value, one_line(error))
            return False
        return True

    def _merge(
        self,
        connection: Connection,
        channel: Channel,
        columns: Sequence[str],
        rows: Rows,
        collector: int,
    ) -> int:
        """Deliver rows by way of the staging table; returns how many of them were new."""
        self._stage(connection, channel)
        names = {
            "table": channel.value,
            "staging": _staging(channel),
            "columns": ", ".join(columns),
        }
        types = [staging_type(channel, name) for name in columns]
        with connection.transaction(), connection.cursor() as cursor:
            _copy(cursor, QUERIES["copy"].format(**names), types, rows)
            merge, *others = _merges(channel, columns, names)
            cursor.execute(merge, {"collector": collector})
            taken = cursor.rowcount
            for sql in others:
                cursor.execute(sql, {"collector": collector})
        return taken

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


def _merges(channel: Channel, columns: Sequence[str], names: dict[str, str]) -> Iterator[str]:
    """What takes the staged rows over, statement by statement."""
    names["values"] = ", ".join(merge_value(channel, name, columns) for name in columns)
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


def _copy(cursor: Cursor, copy: str, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with cursor.copy(copy) as stream:
        stream.set_types(types)
        write = stream.write_row
        with _packing():
            for row in rows:
                write(row)


def _picked(parcel: Parcel, columns: Sequence[str]) -> Rows:
    """The rows, without the columns that do not travel."""
    if len(columns) == len(parcel.columns):
        return parcel.rows
    places = [parcel.columns.index(name) for name in columns]
    pick: Callable[[Any], Any] = itemgetter(*places)
    return list(map(pick, parcel.rows))
