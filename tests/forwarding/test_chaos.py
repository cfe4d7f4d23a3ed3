"""Everything that can be cut, killed, filled or locked is; both sides end with the same rows."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from celador import app
from celador import forwarding as forwarding_module
from celador.config import Config, HistorianConfig, StoreConfig
from celador.ports import Backlog
from celador.stores.sqlite.outbox import look, send_again
from celador.stores.timescale import migrate
from tests.forwarding.proxy import Proxy
from tests.forwarding.road import open_road, samples, settings_of
from tests.stores.support import DAY, event
from tests.support.postgres import HistorianDatabase, Historians
from tests.support.postgres_server import Cluster


@pytest.fixture
def database(historians: Historians, postgres_server: object) -> Iterator[HistorianDatabase]:
    """A historian as good as this server can make it."""
    timescale = getattr(postgres_server, "timescale", None) is not None
    made = historians.make(timescale=timescale)
    yield made
    historians.remove(made)


@pytest.fixture
def edge(tmp_path: Path) -> Path:
    return tmp_path / "celador.db"


async def test_a_killed_forwarder_loses_and_doubles_nothing(
    edge: Path, database: HistorianDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding_module, "_FIRST_RESTART", 0.05)
    monkeypatch.setattr(forwarding_module, "_LAST_RESTART", 0.05)
    chance = random.Random(12)
    killed: list[int] = []
    async with open_road(edge, database.owner, settings_of(database.ingest)) as road:
        for _ in range(6):
            before = road.forwarding.status.sent
            await road.see(3000)
            await road.until(
                lambda before=before: (
                    road.forwarding.status.sent > before  # type: ignore[misc]
                    or road.forwarding.pid not in (None, *killed)
                )
            )
            await asyncio.sleep(chance.random())  # the instant of the kill, not a wait
            if (pid := road.forwarding.pid) is not None:
                killed.append(pid)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        await road.arrived()
        assert len(killed) == 6
        assert road.historian() == road.edge()
        assert len(road.edge()) == 36_000


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT])
async def test_a_server_that_dies_under_load_gets_everything_once(
    edge: Path, postgres_cluster: Cluster, how: signal.Signals
) -> None:
    migrate(postgres_cluster.dsn)
    settings = settings_of(postgres_cluster.dsn)
    async with open_road(edge, postgres_cluster.dsn, settings) as road:
        for _ in range(2):
            before = road.forwarding.status.sent
            await road.see(20_000)
            await road.until(lambda before=before: road.forwarding.status.sent > before)  # type: ignore[misc]
            await asyncio.to_thread(postgres_cluster.stop, how)
            await road.see(100)  # nobody waits for the server
            await road.trouble("historian")
            await asyncio.to_thread(postgres_cluster.start)
        await road.arrived()
        assert road.historian() == road.edge()
        assert len(road.edge()) == 80_400


async def test_a_socket_lost_in_the_middle_of_a_transfer_costs_nothing(
    edge: Path, database: HistorianDatabase
) -> None:
    direct = settings_of(database.ingest)
    chance = random.Random(5)
    with Proxy(str(direct.host), direct.port) as proxy:
        async with open_road(
            edge, database.owner, settings_of(database.ingest, port=proxy.port)
        ) as road:
            await road.arrived()
            for cut in range(1, 4):
                proxy.cut_after(chance.randrange(100_000, 1_500_000))  # of about 2 MB
                await road.see(2500)
                await road.until(lambda cut=cut: proxy.cuts == cut)  # type: ignore[misc]
                await road.arrived()
            assert road.historian() == road.edge()
            assert len(road.edge()) == 15_000


async def test_a_changed_password_is_read_without_a_restart(
    edge: Path, database: HistorianDatabase, tmp_path: Path
) -> None:
    known = settings_of(database.ingest)
    file = tmp_path / "password"
    assert known.password is not None
    file.write_text(known.password.get_secret_value() + "\n")
    role = "celador_test_rotating"
    with psycopg.connect(database.owner, autocommit=True) as owner:

        def set_password(word: str) -> None:
            owner.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(word))
            )

        owner.execute(f"CREATE ROLE {role} LOGIN IN ROLE celador_ingest")
        try:
            set_password("second")
            settings = HistorianConfig(
                host=known.host,
                port=known.port,
                database=known.database,
                user=role,
                password_file=file,
            )
            async with open_road(edge, database.owner, settings) as road:
                await road.see(10)
                await road.trouble("check user and password")
                file.write_text("second\n")
                await road.arrived()
                set_password("third")
                owner.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s",
                    (role,),
                )
                await road.see(10)
                await road.trouble("historian")
                file.write_text("third\n")
                await road.arrived()
                assert road.historian() == road.edge()
        finally:
            owner.execute(f"DROP ROLE {role}")


FAILING = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'no room' USING ERRCODE = '53100';
END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON mediciones FOR EACH ROW EXECUTE FUNCTION fail();
"""


async def test_a_full_server_disk_is_waited_for_and_costs_no_row(
    edge: Path, database: HistorianDatabase
) -> None:
    with psycopg.connect(database.owner, autocommit=True) as owner:
        owner.execute(FAILING)
        async with open_road(edge, database.owner, settings_of(database.ingest)) as road:
            await road.see(10)
            await road.trouble("is full: free space there")
            backlog = road.forwarding.status.backlog
            assert backlog is not None
            assert (backlog.rows, backlog.set_aside) == (20, 0)
            owner.execute("DROP TRIGGER full_disk ON mediciones")
            await road.arrived()
            assert road.historian() == road.edge()


async def test_a_poisoned_row_is_set_aside_and_the_rest_arrives(
    edge: Path, database: HistorianDatabase
) -> None:
    async with open_road(edge, database.owner, settings_of(database.ingest)) as road:
        road.store.add([event(1), event(2, new="a\0b"), event(3)])  # PostgreSQL knows no NUL
        await road.see(5)
        await road.arrived(set_aside=1)
        assert road.historian() == road.edge()
    with psycopg.connect(database.owner) as owner:
        assert owner.execute("SELECT count(*) FROM eventos").fetchone() == (2,)
    with closing(sqlite3.connect(edge)) as store:
        [(table, row, reason)] = store.execute("SELECT tabla, fila, motivo FROM apartados")
    assert (table, row) == ("eventos", 2)
    assert "NUL" in reason or "0x00" in reason


async def test_a_wall_clock_set_back_mixes_nothing_up(
    edge: Path, database: HistorianDatabase
) -> None:
    async with open_road(edge, database.owner, settings_of(database.ingest)) as road:
        for begin in (5 * DAY, 2 * DAY, 900 * DAY, 3 * DAY):
            road.store.add(samples(range(begin, begin + 50)))
            await road.store.flush()
            await road.arrived()
        assert road.historian() == road.edge()
        assert len(road.edge()) == 400


async def test_rows_older_than_what_is_compressed_arrive(
    edge: Path, historians: Historians
) -> None:
    database = historians.make(timescale=True)
    try:
        async with open_road(edge, database.owner, settings_of(database.ingest)) as road:
            road.store.add(samples(range(0, 10_000, 2)))
            await road.store.flush()
            await road.arrived()
            with psycopg.connect(database.owner, autocommit=True) as owner:
                owner.execute("SELECT compress_chunk(c) FROM show_chunks('mediciones') AS c")
            road.store.add(samples(range(1, 2000, 2)))
            await road.store.flush()
            await road.arrived()
            assert road.historian() == road.edge()
            assert len(road.edge()) == 12_000
    finally:
        historians.remove(database)


async def test_a_historian_that_was_never_there_is_no_obstacle(
    edge: Path, database: HistorianDatabase
) -> None:
    nowhere = settings_of(database.ingest).model_copy(update={"host": "127.0.0.1", "port": 1})
    async with open_road(edge, database.owner, nowhere) as road:
        await road.see(5)
        await road.trouble("cannot be reached")
        await road.see(5)
        assert len(road.edge()) == 20
    async with open_road(edge, database.owner, settings_of(database.ingest)) as road:
        await road.arrived()
        assert road.historian() == road.edge()


async def test_a_clean_end_carries_what_came_last(edge: Path, database: HistorianDatabase) -> None:
    config = Config(
        store=StoreConfig(path=edge), historian=settings_of(database.ingest), collector="campo"
    )
    async with app.monitor(config) as running:
        assert running.forwarding is not None
        while running.forwarding.status.sent == 0:  # noqa: ASYNC110 -- it happens elsewhere
            await asyncio.sleep(0.02)
    with psycopg.connect(database.owner) as owner:
        found = owner.execute("SELECT punto FROM eventos ORDER BY fecha_hora").fetchall()
    assert found == [("inicio",), ("fin",)]
    assert look(edge)[0] == Backlog(0, None, 0)


async def test_a_historian_that_lost_its_rows_is_filled_again(
    edge: Path, database: HistorianDatabase
) -> None:
    settings = settings_of(database.ingest)
    async with open_road(edge, database.owner, settings) as road:
        await road.see(50)
        await road.arrived()
    with psycopg.connect(database.owner, autocommit=True) as owner:
        owner.execute("TRUNCATE mediciones")
    send_again(edge, 0)
    async with open_road(edge, database.owner, settings) as road:
        await road.arrived()
        assert len(road.edge()) == 100
        assert road.historian() == road.edge()


PARENT = """
import asyncio, sys
from pathlib import Path
from celador.config import HistorianConfig
from tests.forwarding.road import open_road

async def main():
    nowhere = HistorianConfig(host="127.0.0.1", port=1)
    async with open_road(Path(sys.argv[1]), "", nowhere) as road:
        await road.trouble("cannot be reached")
        print(road.forwarding.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def test_the_forwarding_process_ends_with_its_parent(edge: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(edge)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)  # it is there
        os.kill(child, signal.SIGINT)  # Ctrl-C reaches it too, and is the parent's affair
        os.kill(child, 0)
        parent.kill()
        assert parent.stdout.read() == ""  # returns when the child, which has it too, is gone
