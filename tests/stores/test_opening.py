"""Stores that cannot be opened say why and what to do, and are left as they are."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from celador.domain.errors import StoreBusyError, StoreCorruptError, StoreError
from celador.ports import SampleQuery
from celador.stores.sqlite import SqliteReader, SqliteStore, schema
from celador.stores.sqlite.schema import open_for_writing
from tests.stores.support import DAY, DEVICES, SqliteHarness, event, sample
from tests.support.clock import MIDNIGHT, TurnedClock

EVERYTHING = SampleQuery(MIDNIGHT, MIDNIGHT + DAY, ("ia",))


async def open_store(path: Path) -> SqliteStore:
    return await SqliteStore.open(path, devices=DEVICES, collector="c", clock=TurnedClock())


async def write_one(path: Path) -> None:
    store = await open_store(path)
    store.add([sample(1)])
    await store.close()


OTHER_PROCESS = """
import asyncio, sys
from pathlib import Path
from tests.stores.test_opening import open_store
from celador.domain.errors import StoreBusyError
try:
    asyncio.run(open_store(Path(sys.argv[1])))
except StoreBusyError as error:
    print(error)
"""


async def test_a_second_writer_is_turned_away_and_readers_are_not(sqlite: SqliteHarness) -> None:
    store = await sqlite.open()
    with pytest.raises(StoreBusyError, match="stop that one"):
        await sqlite.open()
    said = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", OTHER_PROCESS, str(sqlite.path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert said.stdout == (
        f"another Celador is already writing to {sqlite.path}: "
        "stop that one, or give this one a store of its own\n"
    )
    store.add([sample(1)])
    await store.flush()
    with closing(sqlite.reader()) as reader:
        assert reader.count(EVERYTHING) == 1
    await store.close()
    await (await sqlite.open()).close()


@pytest.mark.parametrize("name", ["con espacio.db", "ñandú é%41?#.db", "[a]*.db", "-rf.db"])
async def test_any_path_will_do(tmp_path: Path, name: str) -> None:
    path = tmp_path / "año 2026" / name
    store = await open_store(path)
    store.add([sample(1)])
    await store.close()
    assert {file.name for file in path.parent.iterdir()} == {name, f"{name}.lock"}
    with closing(SqliteReader(path)) as reader:
        assert reader.count(EVERYTHING) == 1


async def test_a_relative_path_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = await open_store(Path("celador.db"))
    store.add([sample(1)])
    await store.close()
    with closing(SqliteReader(Path("celador.db"))) as reader:
        assert reader.count(EVERYTHING) == 1


def write_garbage(path: Path) -> None:
    path.write_bytes(b"no database, " * 1000)


def write_foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE facturas (id INTEGER)")


def write_newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA application_id = {int.from_bytes(b'CELA', 'big')}")
        database.execute("PRAGMA user_version = 99")


BAD_FILES: list[tuple[Callable[[Path], None], type[StoreError], str]] = [
    (write_garbage, StoreCorruptError, r"is damaged \(file is not a database\): put it aside"),
    (write_foreign, StoreError, "is the database of another program: give the store another path"),
    (write_newer, StoreError, "written by a newer Celador .*: install the newer version"),
    (Path.mkdir, StoreError, "."),
]


@pytest.mark.parametrize(("make", "kind", "sentence"), BAD_FILES)
async def test_a_file_that_is_no_store_is_refused_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], None], kind: type[StoreError], sentence: str
) -> None:
    path = tmp_path / "celador.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(kind, match=sentence):
        await open_store(path)
    with pytest.raises(kind, match=sentence):
        SqliteReader(path)
    assert (path.read_bytes() if path.is_file() else None) == before


async def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "celador.db").touch()
    await (await open_store(tmp_path / "celador.db")).close()


def test_a_reader_of_no_store_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="start the monitor, or name the right file"):
        SqliteReader(tmp_path / "celador.db")
    (tmp_path / "celador.db").touch()
    with pytest.raises(StoreError, match="start the monitor on it once"):
        SqliteReader(tmp_path / "celador.db")
    assert list(tmp_path.iterdir()) == [tmp_path / "celador.db"]


async def test_a_reader_cannot_write(sqlite: SqliteHarness) -> None:
    await (await sqlite.open()).close()
    with closing(sqlite.reader()) as reader, pytest.raises(sqlite3.OperationalError, match="read"):
        reader._connection.execute("DELETE FROM equipos")


async def test_a_slow_reader_does_not_make_the_log_grow(sqlite: SqliteHarness) -> None:
    store = await sqlite.open()
    store.add([sample(at) for at in range(3000)] + [event(at) for at in range(3000)])
    await store.flush()
    with closing(sqlite.reader()) as reader, closing(sqlite3.connect(sqlite.path)) as other:
        rows, events = reader.samples(EVERYTHING), reader.events(MIDNIGHT, MIDNIGHT + DAY)
        next(rows)
        next(events)
        busy, _, _ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert busy == 0  # with a read transaction open it could not empty the log
        assert sum(1 for _ in rows) == 2999
        assert sum(1 for _ in events) == 2999
    await store.close()


async def test_ids_grow_and_are_not_given_again(sqlite: SqliteHarness) -> None:
    for at in range(3):
        store = await sqlite.open()
        store.add([sample(at)])
        await store.close()
        with closing(sqlite3.connect(sqlite.path)) as database, database:
            assert database.execute("SELECT max(id) FROM mediciones").fetchone() == (at + 1,)
            database.execute("DELETE FROM mediciones")


async def test_the_reason_of_a_rejected_record_is_kept(
    sqlite: SqliteHarness, caplog: pytest.LogCaptureFixture
) -> None:
    store = await sqlite.open()
    store.add([sample(1, device=99), sample(2), sample(3, {"ja": 1.0})])
    await store.close()
    assert store.rejected == 2
    with closing(sqlite3.connect(sqlite.path)) as database:
        rows = database.execute("SELECT tabla, motivo, contenido FROM rechazos").fetchall()
    assert [(table, reason) for table, reason, _ in rows] == [
        ("mediciones", "IntegrityError: FOREIGN KEY constraint failed"),
        ("mediciones", "ValueError: unknown quantities: ja"),
    ]
    assert "device_id=99" in rows[0][2]
    [message] = [r.message for r in caplog.records if r.levelname == "ERROR"]
    assert "FOREIGN KEY constraint failed" in message


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "fichero").touch()
    with pytest.raises(StoreError, match="check that its folder is there"):
        await open_store(tmp_path / "fichero" / "celador.db")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system")
def test_a_closed_store_on_a_read_only_disk_can_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "disco"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        asyncio.run(write_one(folder / "celador.db"))
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        with closing(SqliteReader(folder / "celador.db")) as reader:
            assert reader.count(EVERYTHING) == 1
        with pytest.raises(StoreError, match="cannot be written: give this user the right"):
            asyncio.run(open_store(folder / "celador.db"))
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_making_a_store_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    connection, lock = open_for_writing(tmp_path / "celador.db")
    connection.close()
    lock.release()
    assert capfd.readouterr() == ("", "")


class Interrupted:
    """A connection between whose first two questions another process makes the file."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def execute(self, sql: str) -> sqlite3.Cursor:
        if "user_version" in sql:
            with closing(sqlite3.connect(self._path)) as other:
                other.executescript(
                    f"BEGIN; CREATE TABLE t (x); PRAGMA application_id = {schema.APPLICATION_ID};"
                    " PRAGMA user_version = 1; COMMIT;"
                )
        return self._connection.execute(sql)


def test_a_file_that_is_being_made_does_not_look_like_a_strangers(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        asked = cast("sqlite3.Connection", Interrupted(connection, path))
        assert schema.version_of(asked, path) == 0
        assert schema.version_of(connection, path) == 1
