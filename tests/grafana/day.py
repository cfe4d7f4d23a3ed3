"""A day of three reclosers, simulated and decoded as a poller does, in the historian.

Device 1 is polled every 5 s all day (local time of the installation):
  10:00 S1: phases A and B, one trip, reclosed.
  15:00 S2: the same but permanent: three trips, lockout. 15:30 mended, and closed by an order.
  18:00-18:40 its link is down.
  20:00-20:10 it refuses the registers of its voltages.
Device 2 is polled every second from 22:00. Device 3 is known and has never answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any, cast

import psycopg

from celador.domain.blocks import Reply
from celador.domain.event import Event, EventKind, Origin
from celador.domain.quantities import COUNTER_NAMES, MEASUREMENT_NAMES
from celador.domain.sample import CounterReading, Quality, Sample, Value
from celador.pipeline.detect import Seen, StatusTracker, point_event
from celador.pipeline.measure import measure
from celador.profiles.codec import Decoder
from celador.profiles.plan import PlannedBlock, plan
from celador.profiles.schema import Point, load_profile
from celador.simulator.controller import SimulatedController
from tests.support.postgres import HistorianDatabase

LOCAL = timezone(timedelta(hours=-3))
START = datetime(2024, 5, 14, tzinfo=LOCAL)
END = START + timedelta(days=1)
DEVICES = ((1, "Norte", "Ruta 9", 5.0), (2, "Sur", "", 1.0), (3, "Nuevo", "", 5.0))
NOMINAL = 13_200.0
_RC10 = load_profile("noja-rc10")
_SILENT = (18 * 3600, 18 * 3600 + 2400)
_REFUSED = (20 * 3600, 20 * 3600 + 600)


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A local time of the day."""
    return START + timedelta(hours=hour, minutes=minute, seconds=second)


@dataclass
class Day:
    """What was stored, for figures to be checked against."""

    samples: list[Sample] = field(default_factory=list)
    counters: list[CounterReading] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def between(self, device: int, since: datetime, until: datetime) -> list[Sample]:
        """Samples of one device in [since, until)."""
        first, last = (round(t.timestamp() * 1_000_000) for t in (since, until))
        return [s for s in self.samples if s.device_id == device and first <= s.at < last]


def _key(point: Point) -> str | None:
    return point.key


def _quantity(point: Point) -> str | None:
    return point.quantity


def _only(group: str) -> PlannedBlock:
    (planned,) = plan(_RC10.group(group))  # type: ignore[arg-type]
    return planned


class _Poller:
    """Reads one simulated controller the way the pipeline does, without sockets."""

    def __init__(self, device: int, begin: datetime, day: Day) -> None:
        self.device, self.day = device, day
        self.begin = begin
        self.controller = SimulatedController(f"R{device}", seed=device, start=begin)
        self.blocks = {group: _only(group) for group in ("status", "analog", "counters")}
        self.status = Decoder(self.blocks["status"], key=_key)
        self.values = {
            group: Decoder(self.blocks[group], key=_quantity) for group in ("analog", "counters")
        }
        self.tracker = StatusTracker(_RC10.group("status"))
        self.refused = {
            p.address for p in _RC10.group("analog") if p.quantity in {"vab", "vbc", "vca"}
        }

    def _reply(self, group: str, now: float, refused: Sequence[int] = ()) -> Reply:
        block = self.blocks[group].block
        read: Any = (
            self.controller.read_discrete_inputs
            if group == "status"
            else self.controller.read_input_registers
        )
        cells = [int(cell) for cell in read(block.address, block.count, now)]
        known = [None if block.address + i in refused else c for i, c in enumerate(cells)]
        moment = self.wall(now)
        return Reply(block, known, None not in known, moment, moment)

    def wall(self, now: float) -> int:
        return round(self.begin.timestamp() * 1_000_000) + round(now * 1_000_000)

    def poll(self, now: float, *, lacking: bool = False) -> None:
        seen = Seen(self.wall(now), now)
        changes = self.tracker.update([(self._reply("status", now), self.status)], seen)
        self.day.events += [point_event(self.device, change, seen) for change in changes]
        analog = self._reply("analog", now, tuple(self.refused) if lacking else ())
        self.day.samples.append(
            measure(self.device, [(analog, self.values["analog"])], self.tracker.state)
        )
        if now % 60 == 0:
            reply = self._reply("counters", now)
            decoded = self.values["counters"].decode(reply.cells).values
            values = cast("dict[str, Value]", decoded)
            self.day.counters.append(
                CounterReading(self.device, reply.answered_at, values, Quality.GOOD)
            )


def _mend_and_close(controller: SimulatedController, now: float) -> None:
    controller.act({"do": "clear"}, now)
    controller.act({"do": "order", "what": "close", "by": "scada"}, now)


def _steps(until: int, period: int) -> Iterator[int]:
    return iter(range(0, until, period))


@cache
def simulated_day() -> Day:
    """Simulate it, once a run."""
    day = Day()
    first = _Poller(1, START, day)
    deeds = {10 * 3600: "S01", 15 * 3600: "S02"}
    for now in _steps(86_400, 5):
        if now in deeds:
            first.controller.play(deeds[now], now - 2)
        if now == 15 * 3600 + 1800:
            _mend_and_close(first.controller, now - 2)
        if _SILENT[0] <= now < _SILENT[1]:
            continue
        first.poll(now, lacking=_REFUSED[0] <= now < _REFUSED[1])
    second = _Poller(2, at(22), day)
    for now in _steps(7200, 1):
        second.poll(now)
    day.events += _link_events(first)
    day.events.sort(key=lambda event: event.at)
    return day


def _link_events(first: _Poller) -> list[Event]:
    down, up = first.wall(_SILENT[0] + 5), first.wall(_SILENT[1])
    return [
        _link(1, True, first.wall(0), None),
        _link(1, False, down, first.wall(_SILENT[0] - 5)),
        _link(1, True, up, down),
        _link(2, True, round(at(22).timestamp() * 1_000_000), None),
    ]


def _link(device: int, up: bool, seen: int, since: int | None) -> Event:
    words = ("abajo", "arriba", "Enlace restablecido", "Link up")
    old, new, es, en = words if up else ("arriba", "abajo", "Enlace caído: sin respuesta", "Down")
    kind, origin = EventKind.LINK, Origin.SYSTEM
    return Event(device, seen, since, kind, "enlace", old, new, es, en, origin)


def _moment(microseconds: int | None) -> datetime | None:
    if microseconds is None:
        return None
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)


# What the sheet of scenarios says of S1 and S2, and the order; the times are those of the polls.
_SEQUENCE = ("secuencia", "OC3+", "AB")
_ORDER = ("orden", "SCADA", None)
_OPERATIONS = (
    (at(9, 59, 55), at(10), at(10, 0, 5), *_SEQUENCE, 1, 1, "recierre exitoso", 1657),
    (at(14, 59, 55), at(15), at(15, 0, 20), *_SEQUENCE, 3, 2, "bloqueo", 1657),
    (at(15, 29, 55), at(15, 30), at(15, 30), *_ORDER, 0, 0, "cerrada por orden", None),
)


def store(database: HistorianDatabase) -> Day:
    """Put the day into a historian and bring its aggregates up to date."""
    day = simulated_day()
    with psycopg.connect(database.owner) as connection:
        _small_tables(connection, day)
        _copy(connection, "mediciones", day.samples)
        _copy(connection, "contadores", day.counters)
    if database.timescale:
        with psycopg.connect(database.owner, autocommit=True) as connection:
            for name in ("1min", "15min", "1h", "1dia"):
                call = f"CALL refresh_continuous_aggregate('mediciones_{name}', NULL, NULL)"
                connection.execute(call.encode())
    return day


def _copy(
    connection: psycopg.Connection[Any], table: str, rows: Sequence[Sample | CounterReading]
) -> None:
    names = MEASUREMENT_NAMES if table == "mediciones" else COUNTER_NAMES
    state = ("estado",) if table == "mediciones" else ()
    columns = ("fecha_hora", "equipo_id", "colector_id", "calidad", *state, *names)
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor().copy(statement.encode()) as copy:
        for row in rows:
            head: list[Any] = [_moment(row.at), row.device_id, 1, int(row.quality)]
            if isinstance(row, Sample):
                head.append(None if row.state is None else int(row.state))
            copy.write_row([*head, *(_whole(row.values.get(name)) for name in names)])


def _whole(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value


def _small_tables(connection: psycopg.Connection[Any], day: Day) -> None:
    run = connection.cursor().executemany
    connection.execute("INSERT INTO colectores (nombre) VALUES ('campo')")
    run(
        "INSERT INTO equipos (id, nombre, lugar, periodo_s, perfil, tension_nominal)"
        " VALUES (%s, %s, %s, %s, 'noja-rc10', %s)",
        [(*device, NOMINAL) for device in DEVICES],
    )
    connection.execute(
        "INSERT INTO reenvios VALUES (1, %s, 1234, %s, 0, 51.5)", (at(23, 59, 30), at(23, 58))
    )
    run(
        "INSERT INTO eventos (fecha_hora, equipo_id, colector_id, clase, punto, anterior, nuevo,"
        " desde, texto, texto_en, origen, calidad)"
        " VALUES (%s, %s, 1, %s, %s, %s, %s, %s, %s, %s, %s, 'observada')",
        [
            (_moment(e.at), e.device_id, e.kind.value, e.point, e.old, e.new, _moment(e.since),
             e.text_es, e.text_en, e.origin.value)
            for e in day.events
        ],
    )  # fmt: skip
    connection.execute(
        "INSERT INTO eventos (fecha_hora, equipo_id, colector_id, clase, punto, nuevo, desde,"
        " texto, texto_en, origen, calidad)"
        " VALUES (%s, 1, 1, 'hueco', 'hueco_de_datos', '2405', %s,"
        " 'Hueco de datos de 2405 s', 'Gap in the data of 2405 s', 'sistema', 'observada')",
        (at(18, 40), at(17, 59, 55)),
    )
    run(
        "INSERT INTO operaciones (equipo_id, colector_id, clave, revision, inicio_desde,"
        " inicio_hasta, fin_hasta, tipo, causa, fases, disparos, recierres, resultado, ia_max,"
        " maximos_propios, calidad)"
        " VALUES (1, 1, %s, 1, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 1, 'observada')",
        [(key, *operation) for key, operation in enumerate(_OPERATIONS, start=1)],
    )
    connection.execute(
        "INSERT INTO interrupciones (equipo_id, colector_id, clave, revision, inicio_desde,"
        " inicio_hasta, fin_desde, fin_hasta, origen, calidad)"
        " VALUES (1, 1, 1, 1, %s, %s, %s, %s, 'propia-falla', 'observada')",
        (at(15), at(15, 0, 20), at(15, 29, 55), at(15, 30)),
    )
    run(
        "INSERT INTO alarmas (equipo_id, clave, revision, colector_id, codigo, prioridad, estado,"
        " inicio, texto, texto_en) VALUES (%s, %s, 1, 1, %s, %s, %s, %s, %s, %s)",
        [
            (
                1,
                1,
                "LOCKOUT_FALLA",
                1,
                "LATCH_UNACK",
                at(15, 0, 20),
                "Bloqueo por falla",
                "Lockout",
            ),
            (1, 2, "AC_OFF", 2, "UNACK", at(16), "Sin alimentación", "No AC supply"),
        ],
    )
