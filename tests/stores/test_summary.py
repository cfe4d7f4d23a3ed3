"""The summary by quarters of an hour: what a person works out from the rows, also for late ones."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from celador.domain.envelope import Band, cut, joined, nice_width, united
from celador.domain.errors import StoreError
from celador.domain.sample import Quality, Sample, SwitchState
from celador.stores.sqlite import envelope as envelope_module
from celador.stores.sqlite import schema
from celador.stores.sqlite.summary import Summarizer
from tests.stores.support import SECOND, SqliteHarness, sample, until
from tests.support.clock import MIDNIGHT, TurnedClock

QUARTER = 900 * SECOND
HOUR = 4 * QUARTER


@pytest.fixture
def summary_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges of more than a few rows come from the summary."""
    monkeypatch.setattr(envelope_module, "_ROWS_AT_MOST", 4)


def sum_up(path: Path, now: int) -> None:
    """Work off everything that is to be summed up at `now`."""
    clock = TurnedClock(now)
    connection, lock = schema.open_for_writing(path)
    summarizer = Summarizer(clock)
    while summarizer.due:
        summarizer.work(connection)
    connection.close()
    lock.release()


async def store_rows(sqlite: SqliteHarness, rows: list[Sample]) -> None:
    store = await sqlite.open()
    store.add(rows)
    await store.close()


def kept(path: Path, columns: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(
            f"SELECT {columns} FROM mediciones_15min ORDER BY equipo_id, fecha_hora"
        ).fetchall()


async def test_a_quarter_of_an_hour_says_what_its_rows_say(sqlite: SqliteHarness) -> None:
    await store_rows(
        sqlite,
        [
            sample(1, {"ia": 100.0, "va": 7600.0}),
            sample(2, {"ia": 101.0}, state=SwitchState.OPEN, quality=Quality.OUT_OF_RANGE),
            sample(3, {"ia": 108.0}, state=None, quality=Quality.STATUS_MISSING),
            sample(QUARTER, {"ia": 5.0}),
            sample(QUARTER - 1, {}, device=2),
        ],
    )
    sum_up(sqlite.path, MIDNIGHT + 2 * QUARTER)
    columns = "equipo_id, fecha_hora, muestras, estado, calidad, ia, ia_min, ia_max, ia_n, va, va_n"
    assert kept(sqlite.path, columns) == [
        (1, MIDNIGHT, 3, 0, 5, 103.0, 100.0, 108.0, 3, 7600.0, 1),
        (1, MIDNIGHT + QUARTER, 1, 1, 0, 5.0, 5.0, 5.0, 1, None, 0),
        (2, MIDNIGHT, 1, 1, 0, None, None, None, 0, None, 0),
    ]


async def test_what_is_under_way_is_not_summed_up_yet(sqlite: SqliteHarness) -> None:
    await store_rows(sqlite, [sample(1)])
    sum_up(sqlite.path, MIDNIGHT + QUARTER - 1)
    assert kept(sqlite.path, "muestras") == []
    sum_up(sqlite.path, MIDNIGHT + QUARTER)
    assert kept(sqlite.path, "muestras") == [(1,)]


async def test_a_late_row_counts_before_and_after_it_is_summed_up(
    sqlite: SqliteHarness, summary_at_once: None
) -> None:
    rows = [sample(n * QUARTER // 4, {"ia": float(n)}) for n in range(8)]
    await store_rows(sqlite, rows)
    sum_up(sqlite.path, MIDNIGHT + HOUR)
    await store_rows(sqlite, [sample(7, {"ia": 90.0})])
    for _ in range(2):
        with closing(sqlite.reader()) as reader:
            found = reader.envelope(1, ("ia",), MIDNIGHT, MIDNIGHT + HOUR, 2)
        first, second = found.rows[0].bands[0], found.rows[1:]
        assert found.width == 2 * QUARTER
        assert first == Band(0.0, (sum(range(8)) + 90) / 9, 90.0, 9)
        assert list(second) == []
        sum_up(sqlite.path, MIDNIGHT + HOUR)
    assert kept(sqlite.path, "muestras, ia_max") == [(5, 90.0), (4, 7.0)]


async def test_an_envelope_of_the_summary_is_that_of_the_rows(
    sqlite: SqliteHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(7)
    rows = []
    for n in range(0, 6 * HOUR, 20 * SECOND):
        if 2 * HOUR <= n < 3 * HOUR + QUARTER:
            continue
        values = {"ia": chance.uniform(0, 400), "vab": None if n < HOUR else 13_200.0 + n % 7}
        rows.append(sample(n, values))
    await store_rows(sqlite, rows)
    sum_up(sqlite.path, MIDNIGHT + 5 * HOUR)  # the last hour is still pending
    ask = (1, ("ia", "vab"), MIDNIGHT, MIDNIGHT + 6 * HOUR, 12)
    with closing(sqlite.reader()) as reader:
        from_rows = reader.envelope(*ask)
        monkeypatch.setattr(envelope_module, "_ROWS_AT_MOST", 4)
        from_summary = reader.envelope(*ask)
    assert from_rows.width == from_summary.width == 2 * QUARTER
    assert [row.at for row in from_rows.rows] == [row.at for row in from_summary.rows]
    assert MIDNIGHT + 2 * HOUR not in [row.at for row in from_summary.rows]
    for one, other in zip(from_rows.rows, from_summary.rows, strict=True):
        assert one.count == other.count
        for mine, theirs in zip(one.bands, other.bands, strict=True):
            assert (mine is None) == (theirs is None)
            if mine is not None and theirs is not None:
                assert (mine.low, mine.high, mine.count) == (theirs.low, theirs.high, theirs.count)
                assert mine.mean == pytest.approx(theirs.mean, rel=1e-12)
    assert from_summary.rows[0].bands[1] is None


async def test_few_samples_come_as_they_are(sqlite: SqliteHarness) -> None:
    await store_rows(sqlite, [sample(5, {"ia": 3.0}), sample(9, {})])
    with closing(sqlite.reader()) as reader:
        found = reader.envelope(1, ("ia",), MIDNIGHT, MIDNIGHT + HOUR, 100)
        assert reader.envelope(2, ("ia",), MIDNIGHT, MIDNIGHT + HOUR, 100).rows == []
        with pytest.raises(StoreError):
            reader.envelope(1, ("dir_oc",), MIDNIGHT, MIDNIGHT + HOUR, 100)
    assert found.width == 0
    assert [(row.at - MIDNIGHT, row.bands) for row in found.rows] == [
        (5, (Band(3.0, 3.0, 3.0, 1),)),
        (9, (None,)),
    ]


async def test_the_summary_outlives_its_rows(sqlite: SqliteHarness) -> None:
    await store_rows(sqlite, [sample(n * QUARTER, {"ia": float(n)}) for n in range(8)])
    sum_up(sqlite.path, MIDNIGHT + 3 * HOUR)
    with closing(sqlite3.connect(sqlite.path)) as database, database:
        database.execute("DELETE FROM mediciones WHERE fecha_hora < ?", (MIDNIGHT + HOUR,))
    await store_rows(sqlite, [sample(3, {"ia": 77.0})])  # late, among those that have gone
    sum_up(sqlite.path, MIDNIGHT + 3 * HOUR)
    with closing(sqlite.reader()) as reader:
        found = reader.envelope(1, ("ia",), MIDNIGHT, MIDNIGHT + 2 * HOUR, 8)
    means = [row.bands[0].mean for row in found.rows if row.bands[0] is not None]
    assert means[1:] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]


async def test_rows_from_before_the_summary_are_worked_off(
    sqlite: SqliteHarness, summary_at_once: None
) -> None:
    await store_rows(sqlite, [sample(n * QUARTER // 2 + 1, {"ia": float(n)}) for n in range(12)])
    with closing(sqlite3.connect(sqlite.path)) as database, database:
        database.execute("DELETE FROM resumen_pendiente")
        database.execute("DELETE FROM mediciones_15min")
        database.execute(
            "INSERT INTO resumen_atraso SELECT equipo_id, min(fecha_hora), max(fecha_hora) + 1"
            " FROM mediciones GROUP BY 1"
        )
    await store_rows(sqlite, [sample(9, {"ia": 500.0})])
    ask = (1, ("ia",), MIDNIGHT, MIDNIGHT + 2 * HOUR, 1)
    with closing(sqlite.reader()) as reader:
        before = reader.envelope(*ask)
    sum_up(sqlite.path, MIDNIGHT + 2 * HOUR)
    with closing(sqlite.reader()) as reader:
        after = reader.envelope(*ask)
    assert before == after
    assert [row.count for row in after.rows] == [13]
    assert len(kept(sqlite.path, "muestras")) == 6
    with closing(sqlite3.connect(sqlite.path)) as database:
        for table in ("resumen_atraso", "resumen_pendiente"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


async def test_the_running_store_sums_up_by_itself(sqlite: SqliteHarness) -> None:
    store = await sqlite.open()
    store.add([sample(n * SECOND, {"ia": 1.0}) for n in range(10)])
    await store.flush()
    sqlite.clock.spend(901.0)
    store.add([sample(QUARTER, {"ia": 2.0})])
    await store.flush()
    await until(lambda: bool(kept(sqlite.path, "muestras")))
    await store.close()
    assert kept(sqlite.path, "muestras") == [(10,)]


def test_widths_are_those_that_people_read() -> None:
    day = 86_400 * SECOND
    assert nice_width(day, 1000) == 120 * SECOND
    assert nice_width(365 * day, 1000, QUARTER) == 43_200 * SECOND
    assert nice_width(day, 1000, QUARTER) == QUARTER
    assert nice_width(3650 * day, 1000) == 4 * day


def test_stretches_are_cut_where_others_begin_and_end() -> None:
    parts = united([(4, 6), (5, 8), (20, 30)])
    assert parts == [(4, 8), (20, 30)]
    assert list(cut(0, 25, parts)) == [
        (0, 4, False),
        (4, 8, True),
        (8, 20, False),
        (20, 25, True),
    ]
    assert list(cut(5, 7, parts)) == [(5, 7, True)]


def test_what_nobody_measured_joins_to_nothing() -> None:
    one = Band(1.0, 2.0, 3.0, 2)
    assert joined((one, None, None), (Band(0.0, 5.0, 9.0, 1), one, None)) == (
        Band(0.0, 3.0, 9.0, 3),
        one,
        None,
    )
