"""Parcels into the historian: whole, once, and with a clear word when it cannot be."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from celador.domain.errors import HistorianAwayError, RowsRejectedError, TooSlowError
from celador.domain.sample import Quality
from celador.ports import Channel, Parcel
from celador.stores.timescale import TimescaleHistorian, migrate
from tests.support.clock import MIDNIGHT
from tests.support.postgres import HistorianDatabase
from tests.support.postgres_server import Cluster

SECOND = 1_000_000
DAY = 86_400 * SECOND
SAMPLE_COLUMNS = ("id", "fecha_hora", "ia", "vr", "estado", "equipo_id", "colector_id", "calidad")
EVENT_COLUMNS = (
    *("id", "fecha_hora", "equipo_id", "colector_id", "clase", "punto", "anterior", "nuevo"),
    *("desde", "incertidumbre", "texto", "texto_en", "origen", "calidad"),
)
DEVICE_COLUMNS = (
    *("id", "nombre", "lugar", "perfil", "tension_nominal", "clientes", "kva", "periodo_s"),
)


@pytest.fixture
def historian(historian_database: HistorianDatabase) -> Iterator[TimescaleHistorian]:
    with closing(TimescaleHistorian(historian_database.ingest)) as opened:
        yield opened


def samples(*rows: tuple[Any, ...], collector: str = "campo") -> Parcel:
    """Rows of (instant from midnight, ia, vr, estado, equipo_id)."""
    whole = [
        (n, MIDNIGHT + at, ia, vr, state, device, 9, 0)
        for n, (at, ia, vr, state, device) in enumerate(rows)
    ]
    return Parcel(Channel.SAMPLES, collector, SAMPLE_COLUMNS, range(len(rows)), whole)


def event(at: int, *, device: int | None = 1, new: str | None = "1") -> tuple[Any, ...]:
    return (
        *(0, MIDNIGHT + at, device, 9, "punto", "lockout", None, new, MIDNIGHT + at - 5, 5e-6),
        *("Bloqueo", "Lockout", "equipo", "observada"),
    )


def events(*rows: tuple[Any, ...], collector: str = "campo") -> Parcel:
    return Parcel(Channel.EVENTS, collector, EVENT_COLUMNS, range(len(rows)), rows)


def ask(database: HistorianDatabase, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database.owner) as connection:
        return connection.execute(query).fetchall()


def test_a_row_arrives_as_it_was_to_the_microsecond(
    historian: TimescaleHistorian, historian_database: HistorianDatabase
) -> None:
    historian.deliver(samples((1, 0.1, None, 1, 7), (DAY - 1, None, 7745.0, None, 7)))
    found = ask(
        historian_database,
        "SELECT fecha_hora::text, ia, vr, estado, equipo_id, c.nombre FROM mediciones AS m"
        " JOIN colectores AS c ON c.id = colector_id ORDER BY 1",
    )
    assert found == [
        ("2026-07-18 00:00:00.000001+00", 0.1, None, 1, 7, "campo"),
        ("2026-07-18 23:59:59.999999+00", None, 7745, None, 7, "campo"),
    ]


def test_a_fraction_that_the_historian_cannot_keep_is_marked(
    historian: TimescaleHistorian, historian_database: HistorianDatabase
) -> None:
    historian.deliver(samples((0, 0.5, 7745.0, 1, 1), (1, 1.0, 7745.4, 1, 1), (2, 1.0, None, 1, 1)))
    found = ask(historian_database, "SELECT ia, vr, calidad FROM mediciones ORDER BY fecha_hora")
    assert found == [(0.5, 7745, 0), (1.0, 7745, Quality.ROUNDED), (1.0, None, 0)]


def test_delivering_twice_or_from_two_collectors_is_the_same_as_once(
    historian: TimescaleHistorian, historian_database: HistorianDatabase
) -> None:
    for collector in ("campo", "campo", "otro"):
        historian.deliver(samples((0, 1.0, 2.0, 1, 1), (5, 1.5, 2.0, 1, 1), collector=collector))
    assert ask(historian_database, "SELECT ia FROM mediciones ORDER BY 1") == [(1.0,), (1.5,)]


def test_id_does_not_run_out(
    historian: TimescaleHistorian, historian_database: HistorianDatabase
) -> None:
    # A row that is there already costs a number of its table, since the server takes it before it
    # looks. At 50,000 rows a second those last for millions of years, where 2^31 last half a day.
    historian.deliver(samples((0, 1.0, 1.0, 1, 1)))
    with psycopg.connect(historian_database.owner, autocommit=True) as owner:
        for table in ("mediciones", "eventos"):
            owner.execute("SELECT setval(%s, 2147483647)", [f"{table}_id_seq"])
    for at in range(3):
        historian.deliver(samples((0, 1.0, 1.0, 1, 1), (at, 1.0, 1.0, 1, 1)))
        historian.deliver(events(event(at)))
    assert ask(historian_database, "SELECT max(id) > 2147483647 FROM mediciones") == [(True,)]
    assert ask(historian_database, "SELECT max(id) - min(id) FROM eventos") == [(2,)]
    narrow = ask(
        historian_database,
        "SELECT DISTINCT table_name::text FROM information_schema.columns WHERE is_identity = 'YES'"
        " AND table_schema = current_schema() AND data_type <> 'bigint'",
    )
    # Of its numbers one is spent for a collector, not for what it sends.
    assert narrow == [("colectores",)]
    sequence = "SELECT last_value FROM colectores_id_seq"
    assert ask(historian_database, sequence) == [(1,)]


def test_there_is_time_for_other_work_while_the_server_merges(
    historian: TimescaleHistorian, historian_database: HistorianDatabase
) -> None:
    seen: list[Any] = []

    def look() -> None:
        seen.append(ask(historian_database, "SELECT count(*) FROM mediciones"))

    historian.deliver(samples((0, 1.0, 1.0, 1, 1)), look)
    assert seen == [[(0,)]]
    assert ask(historian_database, "SELECT count(*) FROM mediciones") == [(1,)]


def test_among_new_rows_one_that_is_there_already_changes_nothing(
    historian_database: HistorianDatabase,
) -> None:
    with closing(TimescaleHistorian(historian_database.ingest)) as historian:
        historian.deliver(samples((0, 1.0, 1.0, 1, 1)))
        historian.deliver(samples((1, 2.0, 1.0, 1, 1), (0, 9.0, 1.0, 1, 1), (2, 3.0, 1.0, 1, 1)))
        historian.deliver(samples((2, 9.0, 1.0, 1, 1), (3, 4.0, 1.0, 1, 1)))
        historian.deliver(samples((4, 5.0, 1.0, 1, 1), (4, 9.0, 1.0, 1, 1)))
    found = ask(historian_database, "SELECT ia FROM mediciones ORDER BY fecha_hora")
    assert found == [(1.0,), (2.0,), (3.0,), (4.0,), (5.0,)]


def test_late_rows_find_their_way_among_compressed_ones(
    timescale_database: HistorianDatabase,
) -> None:
    with closing(TimescaleHistorian(timescale_database.ingest)) as historian:
        historian.deliver(samples(*((at, 1.0, 1.0, 1, 1) for at in range(0, 2000, 2))))
        with psycopg.connect(timescale_database.owner, autocommit=True) as owner:
            owner.execute("SELECT compress_chunk(c) FROM show_chunks('mediciones') AS c")
        historian.deliver(samples(*((at, 2.0, 1.0, 1, 1) for at in range(1, 1000, 2))))
        historian.deliver(samples(*((at, 3.0, 1.0, 1, 1) for at in range(2000))))
    found = ask(timescale_database, "SELECT ia, count(*) FROM mediciones GROUP BY 1 ORDER BY 1")
    assert found == [(1.0, 1000), (2.0, 500), (3.0, 500)]


def test_an_event_is_one_however_often_it_is_delivered_and_under_whatever_id(
    historian: TimescaleHistorian, historian_database: HistorianDatabase
) -> None:
    first = [event(1), event(1, device=None), event(1, new=None), event(1, new="0"), event(2)]
    historian.deliver(events(*first))
    historian.deliver(events(*((17, *row[1:]) for row in first)))
    assert ask(historian_database, "SELECT count(*) FROM eventos") == [(5,)]
    historian.deliver(events(*first, collector="otro"))
    assert ask(historian_database, "SELECT count(*) FROM eventos") == [(10,)]
    [uncertainty] = ask(historian_database, "SELECT DISTINCT incertidumbre FROM eventos")
    assert uncertainty == (5e-6,)


def test_devices_are_entered_and_brought_up_to_date(
    historian: TimescaleHistorian, historian_database: HistorianDatabase
) -> None:
    for name in ("Norte", "Ñandú"):
        row = (1, name, "Ruta 5", "noja-rc10", 13_200.0, 420, None, 5.0)
        historian.deliver(Parcel(Channel.DEVICES, "campo", DEVICE_COLUMNS, [1], [row]))
    found = ask(
        historian_database, "SELECT nombre, tension_nominal, clientes, periodo_s FROM equipos"
    )
    assert found == [("Ñandú", 13_200.0, 420, 5.0)]


@pytest.mark.parametrize(
    "parcel",
    [
        samples((0, 1.0, 1.0, 1, 1), (1, 1.0, 1.0, 4, 1)),
        samples((0, 1.0, 1.0, 1, 1), (1, "mucho", 1.0, 1, 1)),
        samples((0, 1.0, 1.0, 1, 1), (1, 1.0, 1e300, 1, 1)),
        samples((0, 1.0, 1.0, 1, 1), (2**62, 1.0, 1.0, 1, 1)),
        samples((0, 1.0, 1.0, 1, 1), (1, 1.0, 1.0, 1, None)),
        samples((0, 1.0, 1.0, 1, 1), (2**63, 1.0, 1.0, 1, 1)),
        events(event(0), event(1, new="a\0b")),
    ],
)
def test_a_row_that_no_table_can_hold_is_rejected_and_leaves_no_trace_of_its_parcel(
    historian: TimescaleHistorian, historian_database: HistorianDatabase, parcel: Parcel
) -> None:
    with pytest.raises(RowsRejectedError, match=r"set aside$"):
        historian.deliver(parcel)
    table = parcel.channel.value
    assert ask(historian_database, f"SELECT count(*) FROM {table}") == [(0,)]
    historian.deliver(Parcel(parcel.channel, "campo", parcel.columns, [0], parcel.rows[:1]))
    assert ask(historian_database, f"SELECT count(*) FROM {table}") == [(1,)]


def test_a_column_from_a_newer_program_keeps_its_rows_waiting(
    historian: TimescaleHistorian,
) -> None:
    parcel = Parcel(Channel.SAMPLES, "campo", ("fecha_hora", "nueva"), [1], [(MIDNIGHT, 1)])
    with pytest.raises(HistorianAwayError, match=r"no column nueva.*celador historian migrate"):
        historian.deliver(parcel)


def test_a_defect_of_ours_is_no_fault_of_the_rows(
    historian: TimescaleHistorian, plain_database: HistorianDatabase
) -> None:
    whole = samples((0, 1.0, 1.0, 1, 1))
    torn = Parcel(Channel.SAMPLES, "campo", SAMPLE_COLUMNS, [0], [whole.rows[0][:3]])
    with pytest.raises(Exception, match="index out of range") as caught:
        historian.deliver(torn)
    assert not isinstance(caught.value, RowsRejectedError)
    historian.deliver(whole)


def test_a_collector_that_was_deleted_there_or_has_another_number_is_found_again(
    historian: TimescaleHistorian, historian_database: HistorianDatabase
) -> None:
    historian.deliver(samples((0, 1.0, 1.0, 1, 1)))
    historian.deliver(events(event(0)))
    with psycopg.connect(historian_database.owner, autocommit=True) as owner:
        owner.execute("TRUNCATE colectores, mediciones CASCADE")  # as a restored copy would be
        owner.execute("INSERT INTO colectores (nombre) VALUES ('otro')")
    historian.deliver(samples((5, 2.0, 1.0, 1, 1)))
    historian.deliver(events(event(5)))
    for table in ("mediciones", "eventos"):
        found = ask(
            historian_database,
            f"SELECT c.nombre FROM {table} AS t JOIN colectores AS c ON c.id = t.colector_id",
        )
        assert found == [("campo",)]


SLOW = """
CREATE FUNCTION take_a_while() RETURNS TRIGGER LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_sleep(0.005); RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE INSERT ON mediciones FOR EACH ROW EXECUTE FUNCTION take_a_while();
"""


def test_what_takes_too_long_is_told_apart(plain_database: HistorianDatabase) -> None:
    with psycopg.connect(plain_database.owner) as owner:
        owner.execute(SLOW)  # 10 s for the first parcel, 5 ms for the second
    parcel = samples(*((n, 1.0, 1.0, 1, 1) for n in range(2_000)))
    with closing(TimescaleHistorian(plain_database.ingest, statement_timeout=1.0)) as hasty:
        with pytest.raises(TooSlowError):
            hasty.deliver(parcel)
        hasty.deliver(samples((0, 1.0, 1.0, 1, 1)))


# --- away -----------------------------------------------------------------------------------------

ONE = samples((0, 1.0, 1.0, 1, 1))


def sentence(dsn: str, parcel: Parcel = ONE) -> str:
    with closing(TimescaleHistorian(dsn)) as historian, pytest.raises(HistorianAwayError) as caught:
        historian.deliver(parcel)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_each_way_of_being_away_has_its_mend(
    plain_database: HistorianDatabase, empty_database: str
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = str(closed.getsockname()[1])
        unreachable = make_conninfo(plain_database.ingest, port=port)
        assert "check address and server" in sentence(unreachable)
    wrong = make_conninfo(plain_database.ingest, password="other")
    assert sentence(wrong).endswith("check user and password")
    assert "other" not in sentence(wrong)
    nowhere = make_conninfo(plain_database.ingest, dbname="nowhere")
    assert "no such database" in sentence(nowhere)
    assert sentence(empty_database).endswith("run `celador historian migrate`")
    assert "lacks a right" in sentence(plain_database.read)
    with pytest.raises(HistorianAwayError, match="cannot be read") as caught:
        TimescaleHistorian("postgresql://celador:secreto@[")
    assert "secreto" not in str(caught.value)


def test_too_many_connections_and_read_only_servers_are_named(
    plain_database: HistorianDatabase,
) -> None:
    with psycopg.connect(plain_database.owner, autocommit=True) as owner:
        name = conninfo_to_dict(plain_database.owner)["dbname"]
        owner.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        assert "is read-only" in sentence(plain_database.ingest)
        owner.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        owner.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
        assert "too many connections" in sentence(plain_database.ingest)


def test_a_table_that_another_session_locks_is_no_fault_of_the_rows(
    plain_database: HistorianDatabase,
) -> None:
    quick = make_conninfo(plain_database.ingest, options="-c lock_timeout=100")
    with psycopg.connect(plain_database.owner) as owner:
        owner.execute("LOCK TABLE mediciones")
        assert "another session locks" in sentence(quick)


def test_it_comes_back_by_itself_when_the_server_does(postgres_cluster: Cluster) -> None:
    dsn = make_conninfo(postgres_cluster.dsn, dbname="postgres")
    migrate(dsn)
    with closing(TimescaleHistorian(dsn)) as historian:
        historian.deliver(ONE)
        for how in (signal.SIGKILL, signal.SIGINT):
            postgres_cluster.stop(how)
            for _ in range(2):
                with pytest.raises(HistorianAwayError):
                    historian.deliver(ONE)
            postgres_cluster.start()
            historian.deliver(samples((how.value, 1.0, 1.0, 1, 1), (0, 9.0, 9.0, 1, 1)))
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT ia, count(*) FROM mediciones GROUP BY 1").fetchall()
    assert found == [(1.0, 3)]


class Cutter:
    """A relay in front of the server that cuts the link after so many bytes from the client."""

    def __init__(self, port: int, after: int) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._target = port
        self._left = after
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        with self._server:
            client, _ = self._server.accept()
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            threading.Thread(target=_pump, args=(server, client), daemon=True).start()
            while self._left > 0 and (data := client.recv(min(65536, self._left))):
                self._left -= len(data)
                server.sendall(data)
            client.shutdown(socket.SHUT_RDWR)
            server.shutdown(socket.SHUT_RDWR)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        return


def deliver_all(historian: TimescaleHistorian, parcels: Sequence[Parcel]) -> None:
    for parcel in parcels:
        historian.deliver(parcel)


@pytest.mark.parametrize("after", [500, 4_000, 150_000, 450_000, 850_000])
def test_a_link_cut_at_any_point_loses_nothing_and_doubles_nothing(
    historian_database: HistorianDatabase, after: int
) -> None:
    parcel = samples(*((n, 1.0, 1.0, 1, 1) for n in range(10_000)))
    port = int(str(conninfo_to_dict(historian_database.ingest)["port"]))
    cut = make_conninfo(historian_database.ingest, port=str(Cutter(port, after).port))
    parts = [samples(*((b + n, 1.0, 1.0, 1, 1) for n in range(5000))) for b in (-5000, 0, 5000)]
    with closing(TimescaleHistorian(cut)) as historian, pytest.raises(HistorianAwayError):
        deliver_all(historian, parts)
    with closing(TimescaleHistorian(historian_database.ingest)) as historian:
        historian.deliver(parcel)
    found = ask(historian_database, "SELECT count(*) FROM mediciones WHERE ia = 1.0")
    assert found in ([(10_000,)], [(15_000,)])  # the first parcel got through or not
