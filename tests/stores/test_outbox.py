"""The store as a queue: in line, confirmed for good, set aside with a reason, filled anew."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from celador.domain.alarm import Alarm, AlarmState, Priority
from celador.domain.errors import StoreBusyError, StoreError
from celador.domain.memory import Memory
from celador.domain.operation import Span
from celador.domain.quantities import COUNTER_NAMES, MEASUREMENT_NAMES
from celador.domain.sample import Quality, SwitchState
from celador.ports import Backlog, Channel, Parcel, Record
from celador.stores.sqlite import SqliteOutbox, SqliteStore
from celador.stores.sqlite.outbox import look, send_again
from tests.stores.support import DAY, DEVICES, SECOND, SqliteHarness, counters, event, sample
from tests.stores.test_operations import OPERATION, OUTAGE
from tests.support.clock import MIDNIGHT, TurnedClock

ROOT = Path(__file__).parents[2]
MEMORY = Memory(1, MIDNIGHT, "operaciones", '{"a":1.0}')
ALARM = Alarm(1, 9, "AC_OFF", Priority.HIGH, AlarmState.UNACK, MIDNIGHT, "Sin CA", "AC off")
T = TypeVar("T")


async def filled(sqlite: SqliteHarness, records: Iterable[Record]) -> SqliteStore:
    store = await sqlite.open()
    store.add(list(records))
    await store.flush()
    return store


def outbox_of(store: SqliteStore) -> SqliteOutbox:
    return SqliteOutbox(store._writer._keeper.path, "campo", store.carry_out, TurnedClock().now)


async def with_outbox(store: SqliteStore, work: Callable[[SqliteOutbox], T]) -> T:
    """Work on a store's queue in another thread, as the forwarder does."""

    def run() -> T:
        with closing(outbox_of(store)) as outbox:
            return work(outbox)

    return await asyncio.to_thread(run)


def taken(outbox: SqliteOutbox, channel: Channel = Channel.SAMPLES, limit: int = 100) -> Parcel:
    parcel = outbox.take(channel, limit)
    assert parcel is not None
    return parcel


async def test_rows_travel_in_the_order_stored_with_every_value(sqlite: SqliteHarness) -> None:
    late_first = [
        sample(9, {"ia": 1.5, "sec_abc": 1}, state=None, quality=Quality.STATUS_MISSING),
        sample(3, {"ib": 0.0}, device=2, state=SwitchState.OPEN),
    ]
    store = await filled(sqlite, late_first)
    parcel = await with_outbox(store, taken)
    await store.close()
    assert parcel.channel is Channel.SAMPLES
    assert parcel.collector == "campo"
    assert list(parcel.row_ids) == [1, 2]
    named = [dict(zip(parcel.columns, row, strict=True)) for row in parcel.rows]
    nothing = dict.fromkeys(MEASUREMENT_NAMES)
    assert named == [
        nothing
        | {
            "equipo_id": 1,
            "fecha_hora": MIDNIGHT + 9,
            "estado": None,
            "calidad": int(Quality.STATUS_MISSING),
            "ia": 1.5,
            "sec_abc": 1,
        },
        nothing
        | {"equipo_id": 2, "fecha_hora": MIDNIGHT + 3, "estado": 0, "calidad": 0, "ib": 0.0},
    ]


async def test_counters_and_events_travel_too(sqlite: SqliteHarness) -> None:
    store = await filled(sqlite, [counters(1), event(2, device=None)])
    read, seen = await with_outbox(
        store, lambda box: (taken(box, Channel.COUNTERS), taken(box, Channel.EVENTS))
    )
    await store.close()
    assert dict(zip(read.columns, read.rows[0], strict=True)) == dict.fromkeys(COUNTER_NAMES) | {
        "equipo_id": 1,
        "fecha_hora": MIDNIGHT + 1,
        "calidad": 0,
        "co_total": 7,
        "kvah_dir": 12.5,
    }
    assert dict(zip(seen.columns, seen.rows[0], strict=True)) == {
        "fecha_hora": MIDNIGHT + 2,
        "equipo_id": None,
        "clase": "punto",
        "punto": "lockout",
        "anterior": None,
        "nuevo": "1",
        "desde": None,
        "texto": "Bloqueo",
        "texto_en": "Lockout",
        "origen": "equipo",
        "calidad": "observada",
    }


async def test_every_column_of_the_tables_travels(sqlite: SqliteHarness) -> None:
    records: list[Record] = [sample(1), counters(1), event(1), OPERATION, OUTAGE, ALARM, MEMORY]
    store = await filled(sqlite, records)
    channels = [channel for channel in Channel if channel is not Channel.DEVICES]
    parcels = await with_outbox(store, lambda box: [taken(box, channel) for channel in channels])
    await store.close()
    made_anew = {"id", "colector_id", "incertidumbre", "duracion_min", "duracion_max"}
    with closing(sqlite3.connect(sqlite.path)) as database:
        for parcel in parcels:
            table = database.execute(f"PRAGMA table_xinfo({parcel.channel.value})").fetchall()
            names = {row[1] for row in table} - made_anew
            if parcel.channel is Channel.OUTAGES:
                names = names - {"operacion_id"} | {"operacion_clave"}
            assert set(parcel.columns) == names


async def test_a_row_that_changed_waits_again_and_names_its_operation_by_key(
    sqlite: SqliteHarness,
) -> None:
    store = await filled(sqlite, [OPERATION, OUTAGE])

    def first(box: SqliteOutbox) -> None:
        assert named(taken(box, Channel.OPERATIONS), "clave", "fin_hasta") == [(7, None)]
        assert named(taken(box, Channel.OUTAGES), "clave", "operacion_clave") == [(8, 7)]
        box.confirm(Channel.OPERATIONS, 1)
        box.confirm(Channel.OUTAGES, 1)
        assert box.take(Channel.OPERATIONS, 9) is None
        assert box.backlog() == Backlog(0, None, 0)

    await with_outbox(store, first)
    store.add([replace(OPERATION, end=Span(None, MIDNIGHT + 9 * SECOND))])
    await store.flush()

    def second(box: SqliteOutbox) -> None:
        assert box.backlog() == Backlog(1, MIDNIGHT + SECOND, 0)
        parcel = taken(box, Channel.OPERATIONS)
        assert list(parcel.row_ids) == [2]
        assert named(parcel, "revision", "fin_hasta") == [(2, MIDNIGHT + 9 * SECOND)]
        assert box.take(Channel.OUTAGES, 9) is None
        box.set_aside(Channel.OPERATIONS, 2, "poison")
        assert box.backlog() == Backlog(0, None, 1)

    await with_outbox(store, second)
    await store.close()
    assert send_again(sqlite.path, MIDNIGHT) == 2
    assert look(sqlite.path)[0].set_aside == 0


def named(parcel: Parcel, *names: str) -> list[tuple[object, ...]]:
    places = [parcel.columns.index(name) for name in names]
    return [tuple(row[place] for place in places) for row in parcel.rows]


async def test_the_same_rows_come_until_they_are_confirmed_and_then_never_again(
    sqlite: SqliteHarness,
) -> None:
    store = await filled(sqlite, [sample(at) for at in range(5)])

    def work(box: SqliteOutbox) -> list[list[int]]:
        seen = [list(taken(box, limit=2).row_ids) for _ in range(2)]
        ahead = box.take(Channel.SAMPLES, 2, 3)
        assert ahead is not None
        assert list(ahead.row_ids) == [4, 5]
        box.confirm(Channel.SAMPLES, 2)
        box.confirm(Channel.SAMPLES, 1)  # late and out of turn: it does not turn back
        return [*seen, list(taken(box).row_ids)]

    assert await with_outbox(store, work) == [[1, 2], [1, 2], [3, 4, 5]]
    await store.close()
    again = await sqlite.open()  # the mark survives

    def finish(box: SqliteOutbox) -> Parcel | None:
        assert list(taken(box).row_ids) == [3, 4, 5]
        box.confirm(Channel.SAMPLES, 5)
        return box.take(Channel.SAMPLES, 2)

    assert await with_outbox(again, finish) is None
    await again.close()


async def test_a_parcel_has_one_collector(sqlite: SqliteHarness) -> None:
    for name, at in (("campo", 1), ("otro", 2), ("campo", 3)):
        store = await SqliteStore.open(
            sqlite.path, devices=DEVICES, collector=name, clock=sqlite.clock
        )
        store.add([sample(at)])
        await store.close()
    store = await sqlite.open()

    def work(box: SqliteOutbox) -> list[tuple[str, list[int]]]:
        found = []
        while parcel := box.take(Channel.SAMPLES, 10):
            found.append((parcel.collector, list(parcel.row_ids)))
            box.confirm(Channel.SAMPLES, parcel.row_ids[-1])
        return found

    assert await with_outbox(store, work) == [("campo", [1]), ("otro", [2]), ("campo", [3])]
    await store.close()


async def test_devices_go_at_each_start_and_when_they_change(sqlite: SqliteHarness) -> None:
    store = await sqlite.open()

    def work(box: SqliteOutbox) -> Parcel:
        parcel = taken(box, Channel.DEVICES)
        assert taken(box, Channel.DEVICES) == parcel
        box.confirm(Channel.DEVICES, 1)
        assert list(taken(box, Channel.DEVICES).row_ids) == [2]
        box.confirm(Channel.DEVICES, 2)
        assert box.take(Channel.DEVICES, 10) is None
        with closing(sqlite3.connect(sqlite.path)) as other, other:
            other.execute("UPDATE equipos SET lugar = 'Km 99' WHERE id = 1")
        assert list(taken(box, Channel.DEVICES).row_ids) == [1]
        return parcel

    parcel = await with_outbox(store, work)
    assert parcel.columns == (
        *("id", "nombre", "lugar", "perfil", "tension_nominal", "clientes", "kva", "periodo_s"),
    )
    assert list(parcel.rows) == [
        (1, "Norte", "Ruta 5 km 12", "noja-rc10", 13_200.0, 420, 1_250.0, 5.0),
        (2, "Ñandú", "", "noja-rc10", 33_000.0, None, None, None),
    ]
    await with_outbox(store, lambda box: taken(box, Channel.DEVICES))
    await store.close()


async def test_the_backlog_counts_what_waits_and_tells_its_age(sqlite: SqliteHarness) -> None:
    store = await filled(sqlite, [event(7), *(sample(at * SECOND) for at in range(1, 5))])

    def work(box: SqliteOutbox) -> list[Backlog]:
        seen = [box.backlog()]
        box.confirm(Channel.EVENTS, 1)
        box.confirm(Channel.SAMPLES, 2)
        seen.append(box.backlog())
        box.confirm(Channel.SAMPLES, 4)
        return [*seen, box.backlog()]

    assert await with_outbox(store, work) == [
        Backlog(5, MIDNIGHT + 7, 0),
        Backlog(2, MIDNIGHT + 3 * SECOND, 0),
        Backlog(0, None, 0),
    ]
    await store.close()


async def test_a_row_set_aside_is_kept_with_its_reason_and_holds_up_nobody(
    sqlite: SqliteHarness,
) -> None:
    store = await filled(sqlite, [sample(1, {"ia": 2.5}), sample(2)])

    def work(box: SqliteOutbox) -> Backlog:
        box.set_aside(Channel.SAMPLES, 1, "out of range")
        assert list(taken(box).row_ids) == [2]
        box.take(Channel.DEVICES, 100)
        box.set_aside(Channel.DEVICES, 2, "no such profile")
        assert box.take(Channel.DEVICES, 100) is None  # what is before it is done with
        return box.backlog()

    assert await with_outbox(store, work) == Backlog(1, MIDNIGHT + 2, 2)
    await store.close()
    with closing(sqlite3.connect(sqlite.path)) as database:
        rows = database.execute("SELECT fecha_hora, tabla, fila, motivo, contenido FROM apartados")
        [first, second] = rows.fetchall()
        assert database.execute("SELECT count(*) FROM mediciones").fetchone() == (2,)
    assert first[:4] == (sqlite.clock.now(), "mediciones", 1, "out of range")
    content = json.loads(first[4])
    assert (content["equipo_id"], content["fecha_hora"], content["ia"], content["ib"]) == (
        *(1, MIDNIGHT + 1, 2.5),
        None,
    )
    assert second[1:4] == ("equipos", 2, "no such profile")
    assert json.loads(second[4])["nombre"] == "Ñandú"


async def test_a_mark_is_on_the_disk_when_confirm_returns(tmp_path: Path) -> None:
    """Killed the moment confirm returns: what it said is in the file."""
    script = """
import asyncio, os, signal, sys
from pathlib import Path
from celador.ports import Channel
from tests.stores.support import SqliteHarness, sample
from tests.stores.test_outbox import outbox_of

async def main():
    sqlite = SqliteHarness(Path(sys.argv[1]))
    store = await sqlite.open()
    store.add([sample(at) for at in range(9)])
    await store.flush()
    def work():
        outbox = outbox_of(store)
        outbox.confirm(Channel.SAMPLES, 7)
        os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.to_thread(work)

asyncio.run(main())
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    store = await SqliteHarness(tmp_path).open()
    assert list((await with_outbox(store, taken)).row_ids) == [8, 9]
    await store.close()


async def test_records_and_marks_share_a_commit_and_neither_waits_for_the_other(
    sqlite: SqliteHarness,
) -> None:
    heard: list[Record] = []
    store = await sqlite.open(heard.extend)
    store.add([sample(1)])  # on a clock that stands still, it would wait for ever
    await with_outbox(store, lambda box: box.confirm(Channel.SAMPLES, 0))
    await asyncio.sleep(0)
    assert heard == [sample(1)]
    await store.close()


async def test_a_store_in_trouble_refuses_at_once_and_takes_marks_again_later(
    sqlite: SqliteHarness, tmp_path: Path
) -> None:
    store = await filled(sqlite, [sample(1)])
    outbox = outbox_of(store)
    hidden = tmp_path / "hidden.db"
    sqlite.path.rename(hidden)  # the file is gone from its place
    for _ in range(2):
        with pytest.raises(StoreError):
            await asyncio.to_thread(store.carry_out, [])
    assert store.health().trouble is not None
    hidden.rename(sqlite.path)
    store.add([sample(2)])
    deadline = asyncio.get_running_loop().time() + 20
    while store.health().trouble:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)
    await asyncio.to_thread(outbox.confirm, Channel.SAMPLES, 1)
    assert list((await asyncio.to_thread(taken, outbox)).row_ids) == [2]
    outbox.close()
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        store.carry_out([])


async def test_a_replaced_file_is_followed(sqlite: SqliteHarness, tmp_path: Path) -> None:
    other = SqliteHarness(tmp_path / "other")
    await (await filled(other, [sample(77)])).close()
    store = await filled(sqlite, [sample(1), sample(2)])
    outbox = outbox_of(store)
    assert list((await asyncio.to_thread(taken, outbox)).row_ids) == [1, 2]
    other.path.replace(sqlite.path)
    for suffix in ("-wal", "-shm"):
        sqlite.path.with_name(sqlite.path.name + suffix).unlink(missing_ok=True)
    with pytest.raises(StoreError, match="replaced"):  # its ids mean other rows there
        await asyncio.to_thread(outbox.confirm, Channel.SAMPLES, 2)
    parcel = await asyncio.to_thread(outbox.take, Channel.SAMPLES, 9, 2)
    assert parcel is not None
    assert [row[0] for row in parcel.rows] == [MIDNIGHT + 77]
    outbox.close()
    await store.close()


async def test_a_fresh_historian_is_filled_anew_from_an_instant(sqlite: SqliteHarness) -> None:
    store = await filled(
        sqlite, [f(day * DAY) for day in range(4) for f in (sample, counters, event)]
    )

    def work(box: SqliteOutbox) -> None:
        for channel in (Channel.SAMPLES, Channel.COUNTERS, Channel.EVENTS):
            box.confirm(channel, 3)
        box.set_aside(Channel.SAMPLES, 4, "poison")

    await with_outbox(store, work)
    with pytest.raises(StoreBusyError):
        send_again(sqlite.path, MIDNIGHT)
    await store.close()
    assert look(sqlite.path) == (Backlog(2, MIDNIGHT + 3 * DAY, 1), 0)

    assert send_again(sqlite.path, MIDNIGHT + 2 * DAY) == 6
    assert look(sqlite.path)[0] == Backlog(6, MIDNIGHT + 2 * DAY, 0)
    assert send_again(sqlite.path, MIDNIGHT + 9 * DAY) == 6  # nothing that new
    assert send_again(sqlite.path, MIDNIGHT + 3 * DAY) == 6  # never forwards
    assert send_again(sqlite.path, 0) == 12


async def test_an_empty_store_has_nothing_to_send(sqlite: SqliteHarness) -> None:
    store = await sqlite.open(devices=())
    for channel in Channel:
        assert await with_outbox(store, lambda box, c=channel: box.take(c, 5)) is None  # type: ignore[misc]
    await store.close()
    assert look(sqlite.path) == (Backlog(0, None, 0), 0)


async def test_a_memory_travels_as_it_is_now_and_is_no_backlog(sqlite: SqliteHarness) -> None:
    store = await filled(sqlite, [MEMORY, replace(MEMORY, subject="alarmas")])
    store.add([replace(MEMORY, document="{}")])
    await store.flush()

    def travels(box: SqliteOutbox) -> None:
        parcel = taken(box, Channel.MEMORIES)
        assert parcel.collector == "campo"
        assert named(parcel, "tema", "documento") == [
            ("alarmas", MEMORY.document),
            (MEMORY.subject, "{}"),
        ]
        assert box.backlog() == Backlog(0, None, 0)
        box.confirm(Channel.MEMORIES, parcel.row_ids[-1])
        assert box.take(Channel.MEMORIES, 9) is None

    await with_outbox(store, travels)
    await store.close()
