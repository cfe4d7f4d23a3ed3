"""What expires, what stays, and that nobody is held up by it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from celador.domain.event import EventKind
from celador.ports import SampleQuery
from celador.stores.sqlite import SqliteReader, SqliteStore
from celador.stores.sqlite.retention import DiskUse, Keeper, Retention, disk_use
from celador.stores.sqlite.schema import open_for_writing
from tests.stores.support import DAY, DEVICES, LiveClock, counters, event, sample, until
from tests.support.clock import MIDNIGHT, TurnedClock

TB = 10**12


@dataclass
class Disk:
    """A file system as full as a test wants it, less what the store gives back."""

    used: int
    total: int = 1000
    asked: int = 0

    def use(self, _path: Path) -> DiskUse:
        self.asked += 1
        return DiskUse(self.total, self.used, self.total - self.used)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection, lock = open_for_writing(tmp_path / "celador.db")
    connection.execute("INSERT INTO colectores (nombre) VALUES ('c')")
    for device in (1, 2):
        connection.execute(
            "INSERT INTO equipos (id, nombre, perfil, tension_nominal) VALUES (?, '', '', 1)",
            (device,),
        )
    with closing(connection):
        yield connection
    lock.release()


def put(connection: sqlite3.Connection, days_ago: list[float]) -> None:
    for table in ("mediciones", "contadores"):
        connection.executemany(
            f"INSERT INTO {table} (fecha_hora, equipo_id, colector_id, calidad) "
            "VALUES (?, ?, 1, 0)",
            [(MIDNIGHT - round(ago * DAY), device) for ago in days_ago for device in (1, 2)],
        )


def left(connection: sqlite3.Connection, table: str = "mediciones") -> list[float]:
    rows = connection.execute(f"SELECT DISTINCT fecha_hora FROM {table} ORDER BY fecha_hora")
    return [(MIDNIGHT - at) / DAY for (at,) in rows]


def keep(
    connection: sqlite3.Connection,
    retention: Retention,
    clock: TurnedClock | None = None,
    disk: Disk | None = None,
) -> int:
    """Work until nothing is due; how many slices it took."""
    slices = 0
    disk = disk or Disk(used=100)
    keeper = Keeper(retention, Path("celador.db"), clock or TurnedClock(), disk.use)
    while keeper.due:
        keeper.work(connection)
        slices += 1
        assert slices < 10_000
    return slices


async def test_readings_expire_by_age_and_events_stay(tmp_path: Path) -> None:
    path, clock = tmp_path / "celador.db", LiveClock()
    store = await SqliteStore.open(
        path,
        devices=DEVICES,
        collector="c",
        clock=clock,
        retention=Retention(max_age_days=10, max_disk_share=1.0),
    )
    store.add([f(at) for f in (sample, counters, event) for at in (-11 * DAY, -9 * DAY)])
    await store.flush()
    clock.spend(61)  # the next look
    whole = SampleQuery(MIDNIGHT - 20 * DAY, MIDNIGHT, ())
    with closing(SqliteReader(path)) as reader:

        def expired() -> bool:
            store.add([sample(clock.now() - MIDNIGHT)])
            clock.spend(1)
            return reader.count(whole) == 1

        await until(expired)
        found = list(reader.events(MIDNIGHT - 20 * DAY, MIDNIGHT))
    assert [e.kind for e in found] == [EventKind.POINT] * 2
    await store.close()
    with closing(sqlite3.connect(path)) as database:
        assert left(database, "contadores") == [9.0]


def test_both_tables_of_all_devices_expire(connection: sqlite3.Connection) -> None:
    put(connection, [731, 730.1, 729.9, 0])
    keep(connection, Retention())
    assert left(connection) == left(connection, "contadores") == [729.9, 0]


def test_without_an_age_everything_stays(connection: sqlite3.Connection) -> None:
    put(connection, [9000, 0])
    keep(connection, Retention(max_age_days=None))
    assert left(connection) == [9000, 0]


def test_much_that_has_expired_goes_in_many_small_slices(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")
    put(connection, [800 + n / 1000 for n in range(3000)])
    put(connection, [0])
    connection.execute("COMMIT")
    clock = LiveClock()
    keeper = Keeper(Retention(), Path("celador.db"), clock, Disk(used=1).use)
    keeper.work(connection)
    before = connection.total_changes
    keeper.work(connection)
    assert 0 < connection.total_changes - before <= 200  # the first slice feels its way
    while keeper.busy:
        keeper.work(connection)
    assert left(connection) == [0]


def test_a_clock_that_jumps_ahead_expires_nothing(connection: sqlite3.Connection) -> None:
    put(connection, [699, 698, 0])
    clock = TurnedClock()
    clock.step_wall(20 * 365 * 86_400)
    keep(connection, Retention(), clock)
    assert left(connection) == [699, 698, 0]  # at most the slack of 30 days is believed
    clock.step_wall(-20 * 365 * 86_400 + 40 * 86_400)
    keep(connection, Retention(max_age_days=667), clock)
    assert left(connection) == [0]


SMALL = Retention(max_age_days=None, min_store_share=0.0)


def test_on_a_full_disk_the_oldest_go_but_never_the_last_days(
    connection: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    put(connection, [100, 50, 7.1, 6.9, 0])
    keep(connection, SMALL, disk=Disk(used=900))
    assert left(connection) == [6.9, 0]
    [warning] = [r.message for r in caplog.records if r.levelno == logging.WARNING]
    assert "keeps its last 7 days all the same: free space on that disk" in warning


def test_only_as_much_goes_as_brings_the_disk_below_its_mark(
    connection: sqlite3.Connection,
) -> None:
    put(connection, [100, 50, 25, 0])
    disk = Disk(used=900)

    def relieved_after_two_looks(path: Path) -> DiskUse:
        use = disk.use(path)
        if disk.asked == 2:
            disk.used = 100
        return use

    keeper = Keeper(SMALL, Path("celador.db"), TurnedClock(), relieved_after_two_looks)
    while keeper.due:
        keeper.work(connection)
    assert left(connection) in ([50, 25, 0], [25, 0])
    assert disk.asked == 3


def test_a_small_store_does_not_pay_for_what_fills_the_disk(
    connection: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    put(connection, [100, 50, 0])
    retention = replace(SMALL, min_store_share=0.1)
    keep(connection, retention, disk=Disk(used=TB * 9 // 10, total=TB))
    assert left(connection) == [100, 50, 0]
    assert "small part of it" in caplog.text


def test_space_is_given_back_to_a_full_disk(connection: sqlite3.Connection, tmp_path: Path) -> None:
    connection.execute("BEGIN")
    put(connection, [100 + n / 10_000 for n in range(5000)])
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    before = (tmp_path / "celador.db").stat().st_size
    keep(connection, SMALL, disk=Disk(used=900))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert left(connection) == []
    assert (tmp_path / "celador.db").stat().st_size < before / 3


def test_the_disk_is_measured_where_the_store_lies(tmp_path: Path) -> None:
    use = disk_use(tmp_path / "celador.db")
    assert 0 < use.free <= use.total


def confirm(connection: sqlite3.Connection, table: str, row_id: int) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO envios (tabla, confirmado, fecha_hora) VALUES (?, ?, 0)",
        (table, row_id),
    )


HELD = Retention(hold_unsent=True)


def test_what_the_historian_has_not_confirmed_does_not_go_by_age(
    connection: sqlite3.Connection,
) -> None:
    put(connection, [733, 732, 731, 0])  # ids 1 to 8 in each table, two devices each
    keep(connection, HELD)
    assert left(connection) == left(connection, "contadores") == [733, 732, 731, 0]
    confirm(connection, "mediciones", 3)
    keep(connection, HELD)
    assert left(connection) == [732, 731, 0]  # its second device's row waits
    confirm(connection, "mediciones", 8)
    keep(connection, HELD)
    assert left(connection) == [0]
    assert left(connection, "contadores") == [733, 732, 731, 0]
    keep(connection, Retention())  # without a historian nobody is waited for
    assert left(connection, "contadores") == [0]


def test_an_unsent_row_with_an_old_instant_stays_too(connection: sqlite3.Connection) -> None:
    put(connection, [731, 0])
    put(connection, [732])  # seen after the wall clock was set back
    confirm(connection, "mediciones", 4)
    keep(connection, HELD)
    assert left(connection) == [732, 731, 0]  # as long as it waits, what is newer waits with it
    confirm(connection, "mediciones", 6)
    keep(connection, HELD)
    assert left(connection) == [0]


def test_a_full_disk_takes_unsent_rows_and_that_is_said_and_counted(
    connection: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    put(connection, [100, 50, 0])
    confirm(connection, "mediciones", 2)
    disk = Disk(used=900)
    clock = TurnedClock()
    keeper = Keeper(replace(SMALL, hold_unsent=True), Path("celador.db"), clock, disk.use)
    while keeper.due:
        keeper.work(connection)
    clock.spend(60)
    keeper.work(connection)
    assert left(connection) == left(connection, "contadores") == [0]
    rows = connection.execute("SELECT tabla, confirmado, perdidas FROM envios ORDER BY tabla")
    assert rows.fetchall() == [("contadores", 0, 4), ("mediciones", 2, 2)]
    told = [r.message for r in caplog.records if r.levelno == logging.ERROR]
    assert sum(int(message.split()[0]) for message in told) == 6
    assert all("the historian has not got were deleted" in message for message in told)
