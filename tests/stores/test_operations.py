"""Operations, interruptions and memories in the edge store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from celador.domain.causes import Direction
from celador.domain.memory import Memory
from celador.domain.operation import (
    Extremes,
    Operation,
    OperationKind,
    RecordQuality,
    Result,
    Span,
)
from celador.domain.outage import Outage, OutageOrigin
from celador.ports import Record
from celador.stores.sqlite import SqliteReader
from tests.stores.support import DAY, SECOND, SqliteHarness, event, sample
from tests.support.clock import MIDNIGHT

instants = st.integers(MIDNIGHT, MIDNIGHT + DAY - 1)
amounts = st.none() | st.floats(0, 20_000, allow_nan=False)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
spans = st.builds(Span, lo=st.none() | instants, hi=instants)
counters = st.none() | st.dictionaries(words, st.integers(0, 65_535), max_size=3)
times = st.none() | st.tuples(st.floats(0, 200), st.floats(0, 200))
operations = st.builds(
    Operation,
    device_id=st.sampled_from([1, 2]),
    key=st.integers(1, 2**60),
    start=spans,
    end=st.none() | spans,
    kind=st.sampled_from(OperationKind),
    result=st.none() | st.sampled_from(Result),
    quality=st.sampled_from(RecordQuality),
    cause=st.none() | words,
    elements=st.lists(words, max_size=3).map(tuple),
    phases=st.sampled_from([None, "A", "B", "C", "AB", "BC", "CA", "ABC"]),
    direction=st.none() | st.sampled_from(Direction),
    trips=st.integers(0, 9),
    recloses=st.integers(0, 9),
    dead_times=st.lists(times, max_size=3).map(tuple),
    extremes=st.builds(Extremes, amounts, amounts, amounts, amounts, amounts, amounts),
    own_extremes=st.none() | st.booleans(),
    group=st.none() | st.integers(1, 4),
    counters_before=counters,
    counters_after=counters,
    load_kw=amounts,
    load_a=amounts,
    cycles=st.integers(0, 9),
)
outages = st.builds(
    Outage,
    device_id=st.sampled_from([1, 2]),
    key=st.integers(1, 2**60),
    start=spans,
    end=st.none() | spans,
    origin=st.sampled_from(OutageOrigin),
    quality=st.sampled_from(RecordQuality),
    operation=st.none(),
    customers=st.none() | st.integers(0, 9_999),
    kva=amounts,
)

OPERATION = Operation(
    device_id=1,
    key=7,
    start=Span(MIDNIGHT, MIDNIGHT + SECOND),
    kind=OperationKind.SEQUENCE,
    result=Result.RUNNING,
    quality=RecordQuality.OBSERVED,
)
OUTAGE = Outage(
    device_id=1,
    key=8,
    start=OPERATION.start,
    origin=OutageOrigin.OWN_FAULT,
    quality=RecordQuality.OBSERVED,
    operation=7,
)


async def write(harness: SqliteHarness, *batches: list[Record]) -> None:
    store = await harness.open()
    for batch in batches:
        store.add(batch)
        await store.flush()
    await store.close()


def read(reader: SqliteReader) -> tuple[list[Operation], list[Outage]]:
    whole = (MIDNIGHT, MIDNIGHT + DAY)
    with closing(reader):
        return list(reader.operations(*whole)), list(reader.outages(*whole))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(
    st.lists(operations, max_size=4, unique_by=lambda each: (each.device_id, each.key)),
    st.lists(outages, max_size=4, unique_by=lambda each: (each.device_id, each.key)),
)
async def test_what_is_written_comes_back(
    sqlite: SqliteHarness, some: list[Operation], others: list[Outage]
) -> None:
    sqlite.fresh()
    await write(sqlite, [*some, *others])
    back, dark = read(sqlite.reader())
    assert sorted(back, key=lambda each: (each.device_id, each.key)) == sorted(
        some, key=lambda each: (each.device_id, each.key)
    )
    assert sorted(dark, key=lambda each: (each.device_id, each.key)) == sorted(
        others, key=lambda each: (each.device_id, each.key)
    )
    assert [each.start.hi for each in back] == sorted(each.start.hi for each in back)


async def test_the_last_word_on_an_operation_stands_and_takes_a_new_revision(
    sqlite: SqliteHarness,
) -> None:
    ended = replace(OPERATION, end=OPERATION.start, result=Result.LOCKOUT, trips=3)
    other = replace(OPERATION, key=9)
    await write(sqlite, [OPERATION, OUTAGE, other], [ended])
    assert read(sqlite.reader()) == ([ended, other], [OUTAGE])
    with closing(sqlite3.connect(sqlite.path)) as database:
        rows = database.execute(
            "SELECT id, clave, revision FROM operaciones ORDER BY id"
        ).fetchall()
        (link,) = database.execute("SELECT operacion_id FROM interrupciones").fetchone()
    assert rows == [(1, 7, 3), (2, 9, 2)]
    assert link == 1


async def test_what_a_person_added_to_an_interruption_stays(sqlite: SqliteHarness) -> None:
    await write(sqlite, [OPERATION, OUTAGE])
    with closing(sqlite3.connect(sqlite.path)) as database, database:
        database.execute(
            "UPDATE interrupciones SET programada = 1, fuerza_mayor = 'invocada', nota = 'obra'"
        )
    await write(
        sqlite, [replace(OUTAGE, end=Span(MIDNIGHT + 200 * SECOND, MIDNIGHT + 201 * SECOND))]
    )
    with closing(sqlite3.connect(sqlite.path)) as database:
        row = database.execute(
            "SELECT programada, fuerza_mayor, nota, duracion_min, clase_3min, clase_5min"
            " FROM interrupciones"
        ).fetchone()
    assert row == (1, "invocada", "obra", 199.0, "sostenida", "momentánea")


async def test_readers_choose_devices_and_times(sqlite: SqliteHarness) -> None:
    late = replace(OPERATION, device_id=2, start=Span(None, MIDNIGHT + 10 * SECOND))
    await write(sqlite, [OPERATION, late, OUTAGE])
    with closing(sqlite.reader()) as reader:
        assert list(reader.operations(MIDNIGHT, MIDNIGHT + DAY, [2])) == [late]
        assert list(reader.operations(MIDNIGHT, MIDNIGHT + 10 * SECOND)) == [OPERATION]
        assert list(reader.outages(MIDNIGHT, MIDNIGHT + DAY, [2])) == []


async def test_a_memory_is_there_when_the_store_is_opened_again(sqlite: SqliteHarness) -> None:
    old = Memory(1, MIDNIGHT, "operaciones", "{}")
    new = Memory(1, MIDNIGHT + 1, "operaciones", '{"estado":"CLOSED"}')
    other = Memory(1, MIDNIGHT, "alarmas", "[]")
    await write(sqlite, [old, sample(1), other], [new, event(2)])
    store = await sqlite.open()
    assert store.memories("operaciones") == {1: new}
    assert store.memories("alarmas") == {1: other}
    assert store.memories("calidad") == {}
    await store.close()
