"""Exports from the historian: CSV that the server makes is ours to the byte, and ends when told."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import psycopg
import pytest

from celador.config import load_config
from celador.ports import Channel, CsvReader, HistoryReader, Parcel, SampleQuery, SampleRow
from celador.reading import open_history
from celador.stores.timescale import TimescaleHistorian, TimescaleReader, csv_lines
from celador.surfaces.export import export_csv
from tests.export.fake_reader import FakeReader
from tests.export_server.conftest import eventually, served
from tests.export_server.test_under_way import TARGET, ask
from tests.support.clock import MIDNIGHT
from tests.support.postgres import HistorianDatabase

SECOND = 1_000_000
NAMES = ["norte", 'Río "Cuarto", 2', "a;b", "1", " x\ny", "\\."]
COLUMNS = ("ia", "p_act", "fp", "in_res", "frec", "sec_abc", "estado", "calidad")
HARD = [
    (0.0, -0.0, 0.1 + 0.2, 0, 1e-5, 1, 0, 0),
    (None, None, None, None, None, None, None, 1),
    (1e15, -1234567.125, 1e-300, 7745, 123456789012345.0, 0, 3, 16),
    (1 / 3, 1e16, -1e22, -3, 5e-324, None, 2, 2),
    (70.5, -1500.0, 0.93, 12, 50.02, 1, 1, 0),
]
# The clocks of Madrid went back at 2026-10-25 01:00 UTC.
CHANGE = int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp()) * SECOND


def deliver(database: HistorianDatabase, *starts: int) -> None:
    columns = ("id", "fecha_hora", "equipo_id", *COLUMNS)
    devices = [(n, name, "", "noja-rc10", 13_200.0, None, None) for n, name in enumerate(NAMES, 1)]
    rows = [
        (0, start + n * SECOND + n * 250_001, device, *values)
        for device in range(1, len(NAMES) + 1)
        for start in starts
        for n, values in enumerate(HARD)
    ]
    about = ("id", "nombre", "lugar", "perfil", "tension_nominal", "clientes", "kva")
    with closing(TimescaleHistorian(database.ingest)) as historian:
        historian.deliver(
            Parcel(Channel.DEVICES, "a", about, [device[0] for device in devices], devices)
        )
        historian.deliver(Parcel(Channel.SAMPLES, "a", columns, range(len(rows)), rows))


class OnlyRows(FakeReader):
    """The same history without the short cut."""

    def __init__(self, reader: TimescaleReader) -> None:
        super().__init__(())
        self._reader = reader

    def samples(self, query: SampleQuery) -> Iterator[SampleRow]:
        return self._reader.samples(query)


def csv_of(reader: HistoryReader, query: SampleQuery, zone: str) -> bytes:
    out = io.BytesIO()
    told: list[int] = []
    written = export_csv(
        reader,
        query,
        names=dict(enumerate(NAMES, 1)),
        timezone=ZoneInfo(zone),
        decimal_comma=False,
        out=out,
        progress=told.append,
    )
    assert written == sum(told)
    return out.getvalue()


@pytest.mark.parametrize("zone", ["Europe/Madrid", "America/Argentina/Cordoba", "Asia/Kathmandu"])
@pytest.mark.parametrize("chunk", [1, 4, 20_000])
def test_the_server_s_csv_is_ours_to_the_byte(
    zone: str, chunk: int, plain_database: HistorianDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_lines, "_CHUNK", chunk)
    deliver(plain_database, CHANGE - 2 * SECOND, 0, MIDNIGHT)
    with closing(TimescaleReader(plain_database.read)) as reader:
        assert isinstance(reader, CsvReader)
        for query in (
            SampleQuery(0, 253_402_300_799_999_999, COLUMNS),
            SampleQuery(CHANGE - SECOND, CHANGE + SECOND, ("estado", "ia"), (2, 5)),
            SampleQuery(CHANGE - 2 * SECOND, CHANGE - 2 * SECOND + 1, COLUMNS),
            SampleQuery(CHANGE + 100 * SECOND, CHANGE + 101 * SECOND, COLUMNS),
        ):
            ours = csv_of(OnlyRows(reader), query, zone)
            assert csv_of(reader, query, zone) == ours
    assert len(ours.splitlines()) == 1


def test_the_server_s_csv_of_all_rows_is_not_empty(timescale_database: HistorianDatabase) -> None:
    deliver(timescale_database, MIDNIGHT)
    query = SampleQuery(MIDNIGHT, MIDNIGHT + 60 * SECOND, COLUMNS)
    with closing(TimescaleReader(timescale_database.read)) as reader:
        found = csv_of(reader, query, "UTC")
        assert found == csv_of(OnlyRows(reader), query, "UTC")
    assert found.splitlines()[1] == b"2026-07-18 00:00:00.000000+00:00,norte,0,0,0.3,0,1e-05,1,0,0"
    assert found.count(b"\n") == 1 + len(HARD) * len(NAMES) + len(HARD)  # a name has a line feed


def test_an_empty_historian_gives_the_heading_alone(plain_database: HistorianDatabase) -> None:
    with closing(TimescaleReader(plain_database.read)) as reader:
        query = SampleQuery(0, MIDNIGHT, ("ia",))
        assert csv_of(reader, query, "UTC") == b"fecha_hora,equipo,ia\n"


def test_the_configuration_chooses_the_historian(plain_database: HistorianDatabase) -> None:
    deliver(plain_database, MIDNIGHT)
    parts = psycopg.conninfo.conninfo_to_dict(plain_database.read)
    environ = {
        "CELADOR_HISTORIAN__HOST": str(parts["host"]),
        "CELADOR_HISTORIAN__PORT": str(parts["port"]),
        "CELADOR_HISTORIAN__DATABASE": str(parts["dbname"]),
        "CELADOR_HISTORIAN__USER": str(parts["user"]),
        "CELADOR_HISTORIAN__PASSWORD": str(parts["password"]),
    }
    with closing(open_history(load_config(None, environ).config)) as reader:
        assert isinstance(reader, TimescaleReader)
        assert [device.name for device in reader.devices()] == NAMES


async def test_a_client_that_goes_away_ends_the_statement_on_the_server(
    plain_database: HistorianDatabase,
) -> None:
    class Slow(TimescaleReader):
        def span(self, device_ids: object = ()) -> tuple[int, int] | None:
            self._all("SELECT pg_sleep(100)")
            return None

    def sleeping() -> bool:
        with psycopg.connect(plain_database.owner) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE state = 'active' AND query = 'SELECT pg_sleep(100)'"
            ).fetchone()
        return row is not None and row[0] == 1

    async with served(lambda: Slow(plain_database.read)) as client:
        sock = ask(client, TARGET.format("csv"))
        await eventually(sleeping)
        sock.close()
        await eventually(lambda: not sleeping())


async def test_a_historian_that_is_away_is_told_by_the_status() -> None:
    nowhere = "host=127.0.0.1 port=1 dbname=celador user=celador_read password=secret-password"
    async with served(lambda: TimescaleReader(nowhere)) as client:
        answer = await client.get("/export.csv", params={"from": "-1d"})
    assert answer.status_code == 503
    assert "cannot be reached" in answer.json()["detail"]
    assert "secret-password" not in answer.text
