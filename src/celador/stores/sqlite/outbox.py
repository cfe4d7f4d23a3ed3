"""The store as a queue towards the historian: what it has not confirmed, oldest first."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from celador.domain.errors import StoreError
from celador.domain.quantities import COUNTER_NAMES, MEASUREMENT_NAMES
from celador.ports import Backlog, Channel, Parcel
from celador.stores.sqlite.errors import store_error
from celador.stores.sqlite.intake import Statement
from celador.stores.sqlite.queries import QUERIES
from celador.stores.sqlite.reader import open_for_reading
from celador.stores.sqlite.rows import Row
from celador.stores.sqlite.schema import open_for_writing

Write = Callable[[Sequence[Statement]], None]
"""Makes statements durable in one transaction before it returns; raises StoreError."""

_DEVICE_COLUMNS = (
    *("id", "nombre", "lugar", "perfil", "tension_nominal", "clientes", "kva", "periodo_s"),
)


@dataclass(frozen=True, slots=True)
class _Road:
    """How the rows of one table travel.

    Attributes:
        table: the table.
        columns: what travels.
        position: the column by which rows are in line. A row that never changes has its `id`; a
            row that may change needs a number that rises with each change of any row.
        instant: the column that says how old a row is.
        collector: SQL of `colectores.id`; NULL where the table does not say who saw the row.
        made: what travels under a name that is no column, and the SQL that makes it.
    """

    table: str
    columns: tuple[str, ...]
    position: str = "id"
    instant: str = "fecha_hora"
    collector: str = "colector_id"
    made: Mapping[str, str] = field(default_factory=dict)

    def sql(self, name: str) -> str:
        """A named query about this table."""
        return QUERIES[name].format(
            table=self.table,
            columns=", ".join(self.made.get(name, name) for name in self.columns),
            position=self.position,
            collector=self.collector,
            instant=self.instant,
        )


_ROADS = {
    Channel.SAMPLES: _Road(
        "mediciones", ("fecha_hora", "equipo_id", "calidad", "estado", *MEASUREMENT_NAMES)
    ),
    Channel.COUNTERS: _Road("contadores", ("fecha_hora", "equipo_id", "calidad", *COUNTER_NAMES)),
    Channel.EVENTS: _Road(
        "eventos",
        (
            "fecha_hora",
            "equipo_id",
            "clase",
            "punto",
            "anterior",
            "nuevo",
            "desde",
            "texto",
            "texto_en",
            "origen",
            "calidad",
        ),
    ),
    Channel.OPERATIONS: _Road(
        "operaciones",
        (
            *("revision", "equipo_id", "clave"),
            *("inicio_desde", "inicio_hasta", "fin_desde", "fin_hasta"),
            *("tipo", "causa", "elementos", "fases", "sentido", "disparos", "recierres"),
            *("tiempos_muertos", "resultado", "ia_max", "ib_max", "ic_max", "in_max"),
            *("uv_min", "uf_min", "maximos_propios", "grupo", "contadores_antes"),
            *("contadores_despues", "carga_previa_kw", "carga_previa_a", "calidad", "ciclos"),
            "nota",
        ),
        position="revision",
        instant="inicio_hasta",
    ),
    Channel.OUTAGES: _Road(
        "interrupciones",
        (
            *("revision", "equipo_id", "clave", "operacion_clave"),
            *("inicio_desde", "inicio_hasta", "fin_desde", "fin_hasta"),
            *("origen", "clase_3min", "clase_5min", "clientes", "kva", "ens_kwh"),
            *("programada", "fuerza_mayor", "calidad", "nota"),
        ),
        position="revision",
        instant="inicio_hasta",
        # An id means nothing elsewhere; the key does.
        made={"operacion_clave": "(SELECT clave FROM operaciones WHERE id = operacion_id)"},
    ),
    Channel.ALARMS: _Road(
        "alarmas",
        (
            *("revision", "equipo_id", "clave", "codigo", "objeto", "prioridad", "estado"),
            *("inicio", "activa_al_arrancar", "fin", "cierre", "reconocida", "reconocida_por"),
            *("apartada", "apartada_hasta", "apartada_por", "fuera_de_servicio"),
            *("fuera_de_servicio_por", "motivo", "madre_clave", "operacion_clave", "valor"),
            *("limite", "repeticiones", "texto", "texto_en", "reaparecida"),
        ),
        position="revision",
        instant="inicio",
    ),
    Channel.MEMORIES: _Road(
        "memorias",
        ("revision", "equipo_id", "tema", "fecha_hora", "documento"),
        position="revision",
        collector="NULL",
    ),
}


class SqliteOutbox:
    """The queue in one SQLite file; implements `ports.Outbox`.

    It reads through a connection of its own; what it changes goes through the store's one writer.
    """

    def __init__(self, path: Path, collector: str, write: Write, now: Callable[[], int]) -> None:
        """Open the queue of a store that is there.

        Args:
            path: the store's file.
            collector: name of this program, for the devices.
            write: the way to the store's writer.
            now: wall clock, UTC in microseconds since 1970.

        Raises:
            StoreError: it cannot be read.
        """
        self._path = path
        self._collector = collector
        self._write = write
        self._now = now
        self._devices_held: dict[int, Row] = {}  # by the historian, as far as this object knows
        self._devices_offered: list[Row] = []
        with self._mapped_errors():
            self._open()

    def _open(self) -> None:
        self._connection = open_for_reading(self._path)
        self._file = self._identify()

    def _identify(self) -> tuple[int, int]:
        status = self._path.stat()
        return status.st_dev, status.st_ino

    @contextmanager
    def _mapped_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise store_error(error, self._path) from error

    def _all(self, sql: str, arguments: tuple[int | str, ...] = ()) -> list[Row]:
        with self._mapped_errors():
            return self._connection.execute(sql, arguments).fetchall()

    def _follow(self) -> bool:
        """Where another file stands in the store's place by now, go on with that one."""
        with self._mapped_errors():
            replaced = self._identify() != self._file
            if replaced:
                self._connection.close()
                self._devices_held = {}
                self._open()
        return replaced

    def _confirmed(self, channel: Channel) -> int:
        found = self._all(QUERIES["confirmed"], (channel.value,))
        return int(found[0][0]) if found else 0

    def backlog(self) -> Backlog:
        """How much waits; devices and memories, which only say how things are now, do not count.

        Raises:
            StoreError: the file cannot be read.
        """
        self._follow()
        rows = 0
        oldest: list[int] = []
        for channel, road in _ROADS.items():
            if channel is Channel.MEMORIES:
                continue
            confirmed = self._confirmed(channel)
            first = self._all(road.sql("first_waiting"), (confirmed,))
            if first:
                oldest.append(first[0][0])
                rows += self._all(road.sql("last_position"))[0][0] - confirmed
        (set_aside,) = self._all(QUERIES["count_set_aside"])[0]
        return Backlog(rows, min(oldest, default=None), set_aside)

    def progress(self) -> tuple[int, int | None]:
        """A number that rises with each row confirmed, and when the last was (µs since 1970)."""
        ((total, at),) = self._all(QUERIES["progress"])
        return int(total), at

    def lost(self) -> int:
        """Rows that a full disk deleted before the historian confirmed them."""
        return int(self._all(QUERIES["lost_unsent"])[0][0])

    def take(self, channel: Channel, limit: int, after: int | None = None) -> Parcel | None:
        """The next unconfirmed rows, oldest first; the same again until they are confirmed.

        Devices come at first, and those that have changed whenever they have; `after` means
        nothing to them.

        Raises:
            StoreError: the file cannot be read.
        """
        if self._follow():
            after = None
        if channel is Channel.DEVICES:
            return self._devices()
        road = _ROADS[channel]
        begin = self._confirmed(channel) if after is None else after
        found = self._all(road.sql("waiting"), (begin, limit))
        if not found:
            return None
        # A store may have been used under several names; a parcel carries one.
        collector = found[0][1]
        own = list(takewhile(lambda row: row[1] == collector, found))
        name = self._collector
        if collector is not None:
            ((name,),) = self._all(QUERIES["collector_name"], (collector,))
        row_ids = [row[0] for row in own]
        return Parcel(channel, name, road.columns, row_ids, [row[2:] for row in own])

    def _devices(self) -> Parcel | None:
        rows = self._all(QUERIES["devices"])
        changed = [row for row in rows if self._devices_held.get(row[0]) != row]
        self._devices_offered = changed
        if not changed:
            return None
        ids = [row[0] for row in changed]
        return Parcel(Channel.DEVICES, self._collector, _DEVICE_COLUMNS, ids, changed)

    def confirm(self, channel: Channel, row_id: int) -> None:
        """The historian holds every row up to `row_id`; durable when this returns.

        Of the devices it is only remembered while this program runs.

        Raises:
            StoreError: the store cannot write now; confirm again later.
        """
        if channel is Channel.DEVICES:
            self._devices_held |= {r[0]: r for r in self._devices_offered if r[0] <= row_id}
            return
        with self._mapped_errors():
            same = self._identify() == self._file
        if not same:  # these ids are another file's
            raise StoreError(f"the store {self._path} was replaced while in use: nothing to mend")
        self._write([self._confirmation(channel, row_id)])

    def _confirmation(self, channel: Channel, row_id: int) -> Statement:
        return QUERIES["confirm"], (channel.value, row_id, self._now())

    def set_aside(self, channel: Channel, row_id: int, reason: str) -> None:
        """The historian will never take this row: keep it with its reason and go on after it.

        Raises:
            StoreError: the store cannot write now; set it aside again later.
        """
        if channel is Channel.DEVICES:
            columns: tuple[str, ...] = _DEVICE_COLUMNS
            found = [row for row in self._devices_offered if row[0] == row_id]
        else:
            columns = _ROADS[channel].columns
            found = self._all(_ROADS[channel].sql("waiting_row"), (row_id,))
        statements: list[Statement] = []
        for row in found:  # one, or none where it has expired meanwhile
            content = json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)
            kept = (self._now(), channel.value, row_id, reason, content)
            statements.append((QUERIES["set_aside"], kept))
        if channel is not Channel.DEVICES:
            statements.append(self._confirmation(channel, row_id))
        self._write(statements)
        if channel is Channel.DEVICES:
            self.confirm(channel, row_id)

    def close(self) -> None:
        """Let the file go; safe to call twice."""
        self._connection.close()


def send_again(path: Path, since: int) -> int:
    """Let a historian that lost its rows be filled anew; nothing may be writing to the store.

    What was set aside since then is tried again too.

    Args:
        path: the store's file.
        since: instant from which on all rows are sent again, UTC in microseconds since 1970.

    Returns:
        How many rows wait now.

    Raises:
        StoreError: the store cannot be used, or a monitor is writing to it.
    """
    connection, lock = open_for_writing(path)
    try:
        _turn_back(connection, since)
    except sqlite3.Error as error:
        raise store_error(error, path) from error
    finally:
        connection.close()
        lock.release()
    return look(path)[0].rows


def look(path: Path) -> tuple[Backlog, int]:
    """How much waits in a store, and how much a full disk deleted while it waited.

    Raises:
        StoreError: there is no such store, or it cannot be read.
    """
    if not path.is_file():
        raise StoreError(f"there is no store at {path}: start the monitor, or name the right file")
    outbox = SqliteOutbox(path, "", _no_writer, lambda: 0)
    try:
        return outbox.backlog(), outbox.lost()
    finally:
        outbox.close()


def watch_progress(
    path: Path, seconds: float, sleep: Callable[[float], None]
) -> tuple[float, int | None]:
    """How fast rows are confirmed just now.

    Args:
        path: the store's file.
        seconds: how long to watch.
        sleep: waits.

    Returns:
        Rows per second, and when the last one was confirmed (µs since 1970; None for never).

    Raises:
        StoreError: there is no such store, or it cannot be read.
    """
    outbox = SqliteOutbox(path, "", _no_writer, lambda: 0)
    try:
        before, _ = outbox.progress()
        sleep(seconds)
        after, at = outbox.progress()
    finally:
        outbox.close()
    return max(0, after - before) / seconds, at


def _no_writer(_statements: Sequence[Statement]) -> None:
    raise StoreError("this store was opened to be looked at: close it and open it for writing")


def _turn_back(connection: sqlite3.Connection, since: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for channel, road in _ROADS.items():
        (first,) = connection.execute(road.sql("first_position_since"), (since,)).fetchone()
        if first is not None:
            before = first - 1
            connection.execute(QUERIES["send_again"], (before, channel.value, before))
            connection.execute(QUERIES["retry_set_aside"], (channel.value, before))
    connection.execute("COMMIT")
