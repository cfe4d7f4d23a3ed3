"""The continuous aggregates and the windows that the reader builds from them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from celador.domain.device import Device
from celador.domain.sample import Value
from celador.ports import Channel, Parcel, SampleQuery, SampleRow
from celador.stores.timescale import TimescaleHistorian, TimescaleReader
from celador.stores.timescale.windows import Arguments
from tests.support.clock import MIDNIGHT
from tests.support.postgres import HistorianDatabase

SECOND = 1_000_000
HOUR = 3600 * SECOND
COLUMNS = ("fecha_hora", "equipo_id", "calidad", "estado", "ia", "vr")
ASKED = ("ia", "vr", "estado", "calidad")
VIEWS = ("mediciones_1min", "mediciones_15min", "mediciones_1h", "mediciones_1dia")

Row = tuple[int, int, int, int | None, Value, Value]


def deliver(database: HistorianDatabase, rows: Iterable[Row]) -> None:
    kept: list[tuple[Value | str, ...]] = [(MIDNIGHT + at, *rest) for at, *rest in rows]
    with closing(TimescaleHistorian(database.ingest)) as historian:
        historian.deliver(Parcel(Channel.SAMPLES, "campo", COLUMNS, range(len(kept)), kept))


def device(database: HistorianDatabase, number: int = 1) -> None:
    names = ("id", "nombre", "lugar", "perfil", "tension_nominal", "clientes", "kva")
    row = (number, "Norte", "", "noja-rc10", 13_200.0, None, None)
    with closing(TimescaleHistorian(database.ingest)) as historian:
        historian.deliver(Parcel(Channel.DEVICES, "campo", names, [1], [row]))


def refresh(database: HistorianDatabase) -> None:
    with psycopg.connect(database.owner, autocommit=True) as owner:
        for view in VIEWS:
            owner.execute(f"CALL refresh_continuous_aggregate('{view}', NULL, NULL)")


def ask(database: HistorianDatabase, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database.read) as connection:
        connection.execute("SET TimeZone = 'Etc/UTC'")
        return connection.execute(query).fetchall()


def windows(database: HistorianDatabase, query: SampleQuery) -> list[SampleRow]:
    end = MIDNIGHT + 100 * 24 * HOUR
    with closing(TimescaleReader(database.read, now=lambda: end)) as reader:
        return list(reader.samples(query))


@pytest.mark.parametrize("view", VIEWS)
def test_null_stays_null_and_the_count_says_how_many(
    historian_database: HistorianDatabase, view: str
) -> None:
    rows: list[Row] = [
        (3 * HOUR, 1, 0, 1, 1.0, None),
        (3 * HOUR + SECOND, 1, 2, 0, None, None),
        (3 * HOUR + 2 * SECOND, 1, 4, None, 4.0, None),
    ]
    deliver(historian_database, rows)
    query = (
        f"SELECT muestras, ia, ia_min, ia_max, ia_n, vr, vr_max, vr_n, estado, calidad FROM {view}"
    )
    expected = [(3, 2.5, 1.0, 4.0, 2, None, None, 0, 0, 6)]
    assert ask(historian_database, query) == expected
    if historian_database.timescale:
        refresh(historian_database)
        assert ask(historian_database, query) == expected


def test_a_day_begins_at_midnight_where_the_installation_stands(
    historian_database: HistorianDatabase,
) -> None:
    deliver(historian_database, [(3 * HOUR - 1, 1, 0, 1, 1.0, 1), (3 * HOUR, 1, 0, 1, 2.0, 1)])
    found = ask(historian_database, "SELECT fecha_hora::text, ia FROM mediciones_1dia ORDER BY 1")
    assert found == [("2026-07-17 03:00:00+00", 1.0), ("2026-07-18 03:00:00+00", 2.0)]


def test_a_late_row_changes_its_buckets_when_the_policies_run(
    timescale_database: HistorianDatabase,
) -> None:
    database = timescale_database
    now = datetime.now(UTC)
    old = round((now - timedelta(days=40)).timestamp() * SECOND) - MIDNIGHT
    deliver(database, [(old, 1, 0, 1, 10.0, 1), (old + 80 * HOUR, 1, 0, 1, 1.0, 1)])
    run_policies(database)
    with psycopg.connect(database.owner, autocommit=True) as owner:
        owner.execute("SELECT compress_chunk(c) FROM show_chunks('mediciones') AS c")
    deliver(database, [(old + 1, 1, 0, 1, 20.0, 1)])
    count = "SELECT muestras FROM {} ORDER BY fecha_hora LIMIT 1"
    assert [ask(database, count.format(view)) for view in VIEWS] == [[(1,)]] * 4
    run_policies(database)
    mean = "SELECT muestras, ia FROM {} ORDER BY fecha_hora LIMIT 1"
    assert [ask(database, mean.format(view)) for view in VIEWS] == [[(2, 15.0)]] * 4


def run_policies(database: HistorianDatabase) -> None:
    with psycopg.connect(database.owner, autocommit=True) as owner:
        jobs = owner.execute(
            "SELECT job_id FROM timescaledb_information.jobs"
            " WHERE proc_name = 'policy_refresh_continuous_aggregate' ORDER BY job_id"
        ).fetchall()
        assert len(jobs) == len(VIEWS)
        for (job,) in jobs:
            owner.execute("CALL run_job(%s)", (job,))


def test_the_reader_does_not_trust_an_aggregate_that_lacks_a_late_row(
    timescale_database: HistorianDatabase,
) -> None:
    database = timescale_database
    device(database)
    deliver(database, [(n * 60 * SECOND, 1, 0, 1, 10.0, 1) for n in range(24 * 60)])
    refresh(database)
    assert hours(database) == ("mediciones_1h", [10.0] * 24)
    deliver(database, [(5 * HOUR + 1, 1, 0, 1, 71.0, 1)])
    late = [10.0] * 5 + [11.0] + [10.0] * 18
    assert hours(database) == ("mediciones", late)
    refresh(database)
    assert hours(database) == ("mediciones_1h", late)


def hours(database: HistorianDatabase) -> tuple[str, list[Value]]:
    """Hourly means of a day, and the table that they came from."""
    query = SampleQuery(MIDNIGHT, MIDNIGHT + 24 * HOUR, ("ia",), every=3600)
    asked: list[str] = []
    with closing(TimescaleReader(database.read)) as reader:
        ask = reader._windows._ask

        def listen(sql: str, arguments: Arguments) -> list[tuple[Any, ...]]:
            asked.append(sql)
            return ask(sql, arguments)

        reader._windows._ask = listen
        means = [row.values[0] for row in reader.samples(query)]
    table = re.findall(r"FROM (mediciones\w*)", asked[-1])[0]
    return table, means


RECLOSERS = itertools.count(1)
values = st.none() | st.floats(-1e6, 1e6)
rows = st.lists(
    st.tuples(
        st.integers(0, 40 * 60).map(lambda half: half * 30 * SECOND),
        st.just(1),
        st.integers(0, 31),
        st.none() | st.integers(0, 3),
        values,
        st.none() | st.integers(0, 20_000),
    ),
    unique_by=lambda row: row[0],
    min_size=1,
    max_size=40,
)


@given(
    early=rows,
    late=rows,
    every=st.sampled_from([60, 120, 900, 1800, 3600, 7200, 86400]),
    start=st.integers(-100, 1000),
    length=st.integers(1, 2000),
    origin=st.sampled_from([0, 60, 900, 3600, 10800]),
)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_windows_say_the_same_from_aggregates_as_from_rows(
    timescale_database: HistorianDatabase,
    early: list[Row],
    late: list[Row],
    every: int,
    start: int,
    length: int,
    origin: int,
) -> None:
    database = timescale_database  # the same for all examples, each with a recloser of its own
    number = next(RECLOSERS)
    query = SampleQuery(
        MIDNIGHT + start * 60 * SECOND,
        MIDNIGHT + (start + length) * 60 * SECOND,
        ASKED,
        (number,),
        every,
        MIDNIGHT + origin * SECOND,
    )
    deliver(database, of_recloser(number, early))
    refresh(database)
    compare(database, query)
    deliver(database, of_recloser(number, late))
    compare(database, query)
    refresh(database)
    compare(database, query)


def of_recloser(number: int, rows: Iterable[Row]) -> list[Row]:
    return [(row[0], number, *row[2:]) for row in rows]


def compare(database: HistorianDatabase, query: SampleQuery) -> None:
    found = windows(database, query)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("celador.stores.timescale.windows.AGGREGATES", ())
        expected = windows(database, query)
    assert [(r.at, r.count, *r.values[2:]) for r in found] == [
        (r.at, r.count, *r.values[2:]) for r in expected
    ]
    for row, right in zip(found, expected, strict=True):
        for value, truth in zip(row.values[:2], right.values[:2], strict=True):
            assert value == (None if truth is None else pytest.approx(truth, rel=1e-9, abs=1e-6))


def test_the_reader_knows_the_devices(historian_database: HistorianDatabase) -> None:
    device(historian_database)
    with closing(TimescaleReader(historian_database.read)) as reader:
        assert reader.devices() == [Device(1, "Norte", "", "noja-rc10", 13_200.0)]
