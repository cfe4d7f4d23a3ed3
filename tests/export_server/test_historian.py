"""Exports from the historian: CSV that the server makes is ours to the byte, and ends when told."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest

from celador.clock import SystemClock
from celador.config import load_config
from celador.domain.device import Device
from celador.domain.quantities import BY_NAME, MEASUREMENT_NAMES
from celador.domain.sample import Quality, Sample, SwitchState
from celador.ports import Channel, CsvReader, HistoryReader, Parcel, SampleQuery, SampleRow
from celador.reading import open_history
from celador.stores.sqlite.reader import SqliteReader
from celador.stores.sqlite.store import SqliteStore
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
Hard = tuple[float | None, ...]
HARD: list[Hard] = [
    (0.0, -0.0, 0.1 + 0.2, 0, 1e-5, 1, 0, 0),
    (None, None, None, None, None, None, None, 1),
    (1e15, -1234567.125, 1e-300, 7745, 123456789012345.0, 0, 3, 16),
    (1 / 3, 1e16, -1e22, -3, 5e-324, None, 2, 2),
    (70.5, -1500.0, 0.93, 12, 50.02, 1, 1, 0),
    (1234567890123456.5, 9.999999999999998e15, 1e-4, 0, 9.999999999999999e-5, 1, 1, 0),
]
# Good, part unknown, bad, reverse, a gap of a second before the last.
ORDINARY: list[Hard] = [
    (57.0, 1500.25, 0.93, 12.0, 50.02, 1, 1, 0),
    (None, None, None, 3.0, None, None, None, 1),
    (58.5, -900.0, 0.887, None, 49.987, 1, 0, 16),
    (0.0, -0.0, 1.0, 0.0, 50.0, 0, 2, 0),
    (61.1, 3.75, 0.5, 1.0, 50.01, 0, 3, 2),
]
# The clocks of Madrid went back at 2026-10-25 01:00 UTC.
CHANGE = int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp()) * SECOND


def deliver(
    database: HistorianDatabase,
    *starts: int,
    hard: Sequence[Hard] = HARD,
    names: Sequence[str] = COLUMNS,
) -> None:
    columns = ("id", "fecha_hora", "equipo_id", *names)
    devices = [(n, name, "", "noja-rc10", 13_200.0, None, None) for n, name in enumerate(NAMES, 1)]
    rows = [
        (0, start + n * SECOND + n * 250_001, device, *values)
        for device in range(1, len(NAMES) + 1)
        for start in starts
        for n, values in enumerate(hard)
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


def csv_of(
    reader: HistoryReader, query: SampleQuery, zone: str, *, decimal_comma: bool = False
) -> bytes:
    out = io.BytesIO()
    told: list[int] = []
    written = export_csv(
        reader,
        query,
        names=dict(enumerate(NAMES, 1)),
        timezone=ZoneInfo(zone),
        decimal_comma=decimal_comma,
        out=out,
        progress=told.append,
    )
    assert written == sum(told)
    return out.getvalue()


@pytest.mark.parametrize(
    ("zone", "chunk", "first"),
    [
        ("Europe/Madrid", 1, MIDNIGHT),
        ("Europe/Madrid", 4, MIDNIGHT),
        ("Asia/Kathmandu", 20_000, 0),  # where the clocks stood otherwise in 1970
        ("America/Argentina/Cordoba", 20_000, MIDNIGHT),
    ],
)
def test_the_server_s_csv_is_ours_to_the_byte(
    zone: str,
    chunk: int,
    first: int,
    plain_database: HistorianDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csv_lines, "_CHUNK", chunk)
    deliver(plain_database, CHANGE - 2 * SECOND, first)
    with closing(TimescaleReader(plain_database.read)) as reader:
        assert isinstance(reader, CsvReader)
        for query in (
            SampleQuery(0, 253_402_300_799_999_999, COLUMNS),
            SampleQuery(CHANGE - SECOND, CHANGE + SECOND, ("estado", "ia"), (2, 5)),
            SampleQuery(CHANGE - 2 * SECOND, CHANGE - 2 * SECOND + 1, COLUMNS),
            SampleQuery(CHANGE + 100 * SECOND, CHANGE + 101 * SECOND, COLUMNS),
        ):
            for comma in (False, True):
                ours = csv_of(OnlyRows(reader), query, zone, decimal_comma=comma)
                assert csv_of(reader, query, zone, decimal_comma=comma) == ours
    assert len(ours.splitlines()) == 1


def test_one_column_alone_is_ours_to_the_byte_at_whole_seconds_too(
    plain_database: HistorianDatabase,
) -> None:
    # PostgreSQL leaves out the zeros at the end of a second: 10:00:05, 10:00:05.5, 10:00:05.25.
    fractions = (0, 500_000, 250_000, 1, 120_000, 999_999, 100_000, 30)
    starts = [MIDNIGHT + n * SECOND + fraction for n, fraction in enumerate(fractions)]
    columns = (*MEASUREMENT_NAMES, "estado", "calidad")
    codes = {name for name in columns if name not in BY_NAME or BY_NAME[name].integer}
    for later, value, code, marks in ((0, 1.0, 1, 0), (60, -0.0, 0, 2), (120, None, None, 1)):
        row = (*(code if name in codes else value for name in columns[:-1]), marks)
        deliver(plain_database, *(s + later * SECOND for s in starts), hard=[row], names=columns)
    asked = [(), *((name,) for name in columns), ("estado", "calidad"), ("calidad", "fp")]
    with closing(TimescaleReader(plain_database.read)) as reader:
        for names in asked:
            query = SampleQuery(MIDNIGHT, MIDNIGHT + 200 * SECOND, names, (1, 2))
            for comma in (False, True):
                found = csv_of(reader, query, "Europe/Madrid", decimal_comma=comma)
                ours = csv_of(OnlyRows(reader), query, "Europe/Madrid", decimal_comma=comma)
                assert found == ours, names
                assert found.count(b"\n") == 1 + 2 * 3 * len(fractions)
        state = csv_of(reader, SampleQuery(MIDNIGHT, MIDNIGHT + SECOND, ("estado",), (1,)), "UTC")
    assert state == b"fecha_hora,equipo,estado\n2026-07-18 00:00:00.000000+00:00,norte,1\n"


def test_the_server_writes_numbers_of_every_size_as_we_do(
    plain_database: HistorianDatabase,
) -> None:
    # Up to 2**53; beyond, where no register reaches, the last digit may be another for the same.
    chance = random.Random(15)
    digits = [(chance.randrange(10**15), chance.randrange(20)) for _ in range(400)]
    numbers = [n / 10**places for n, places in digits]
    numbers += [n * 10.0 ** chance.randrange(-300, 0) for n in numbers]
    numbers += [chance.uniform(-1, 1) * 10.0**power for power in range(-20, 16) for _ in range(20)]
    hard = [(a, -a, b, None, c, 1, 1, 0) for a, b, c in zip(*[iter(numbers)] * 3, strict=False)]
    deliver(plain_database, MIDNIGHT, hard=hard)
    with closing(TimescaleReader(plain_database.read)) as reader:
        query = SampleQuery(MIDNIGHT, MIDNIGHT + 10**10, COLUMNS, (1,))
        found = csv_of(reader, query, "UTC")
        assert found == csv_of(OnlyRows(reader), query, "UTC")
    assert found.count(b"\n") == 1 + len(hard)


def test_a_store_on_this_machine_gives_the_file_that_the_historian_gives(
    plain_database: HistorianDatabase, tmp_path: Path
) -> None:
    deliver(plain_database, MIDNIGHT, hard=ORDINARY)
    devices = [Device(n, name, "", "noja-rc10", 13_200.0) for n, name in enumerate(NAMES, 1)]
    asyncio.run(fill_edge_store(tmp_path / "celador.db", devices))
    with (
        closing(TimescaleReader(plain_database.read)) as there,
        closing(SqliteReader(tmp_path / "celador.db")) as here,
    ):
        for comma in (False, True):
            for every in (None, 2):
                query = SampleQuery(MIDNIGHT, MIDNIGHT + 9 * SECOND, COLUMNS, (1, 2), every)
                found = csv_of(there, query, "Europe/Madrid", decimal_comma=comma)
                assert found == csv_of(here, query, "Europe/Madrid", decimal_comma=comma)
                assert found.count(b"\n") > 2 * len(ORDINARY) * (1 if every is None else 0.5)


async def fill_edge_store(path: Path, devices: Sequence[Device]) -> None:
    store = await SqliteStore.open(path, devices=devices, collector="a", clock=SystemClock())
    names = COLUMNS[:-2]
    store.add(
        [
            Sample(device.id, at, dict(zip(names, values, strict=False)), state, Quality(marks))
            for device in devices
            for n, values in enumerate(ORDINARY)
            for at in [MIDNIGHT + n * SECOND + n * 250_001]
            for state in [None if values[-2] is None else SwitchState(int(values[-2]))]
            for marks in [int(values[-1] or 0)]
        ]
    )
    await store.close()


def test_the_server_s_csv_of_all_rows_is_not_empty(timescale_database: HistorianDatabase) -> None:
    deliver(timescale_database, MIDNIGHT)
    query = SampleQuery(MIDNIGHT, MIDNIGHT + 60 * SECOND, COLUMNS)
    with closing(TimescaleReader(timescale_database.read)) as reader:
        found = csv_of(reader, query, "UTC")
        assert found == csv_of(OnlyRows(reader), query, "UTC")
    assert (
        found.splitlines()[1]
        == b"2026-07-18 00:00:00.000000+00:00,norte,0,0,0.30000000000000004,0,1e-05,1,0,0"
    )
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
