"""How fast a year of one recloser is drawn, from the summary and from the rows alone.

    python bench/trend_year.py [--period 5] [--days 365]

Asked for: under a second. The ratio against the rows is measured in the same run.

The year is whole, rows and summary, but cheap: its first day is stored row by row and summed up by
the `Summarizer`, the others are that day again, shifted. Then a day in the middle is summed up
anew by the `Summarizer`, and must come to what was copied.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from celador.clock import SystemClock, TurnedClock
from celador.stores.sqlite import envelope as envelope_module
from celador.stores.sqlite import schema
from celador.stores.sqlite.reader import SqliteReader
from celador.stores.sqlite.summary import Summarizer

_START = 1_753_401_600_000_000  # 2025-07-25 00:00 UTC
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_COLUMNS = ("ia", "ib", "ic")
_POINTS = 800
_WINDOWS = 96  # quarters of an hour in a day

_FILL = """
WITH RECURSIVE serie (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM serie WHERE n + 1 < ?1)
INSERT INTO mediciones (fecha_hora, equipo_id, colector_id, calidad, estado, ia, ib, ic, va, vb,
    vc, p_act, p_react, fp, in_res, vr, vs, vt, vab, vbc, vca, vrs, vst, vtr, s_apar, frec)
SELECT ?2 + n * ?3, 1, 1, 0, 1, 100 + n % 37, 101 + n % 41, 99 + n % 29, 7600 + n % 50,
    7610 + n % 40, 7590 + n % 60, 1800 + n % 300, 500 + n % 70, 0.95, n % 3, 7600, 7610, 7590,
    13200 + n % 99, 13210 + n % 98, 13190 + n % 97, 13200, 13210, 13190, 1900 + n % 310,
    49.9 + n % 20 * 0.01
FROM serie"""
_NOTE_DAY = """
INSERT INTO resumen_pendiente (fecha_hora, equipo_id)
SELECT fecha_hora, equipo_id FROM mediciones_15min WHERE fecha_hora >= ? AND fecha_hora < ?"""


def fill(path: Path, days: int, period_s: float) -> float:
    """A store with so many days of rows and their summary; ms to sum up a window."""
    connection, lock = schema.open_for_writing(path)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("INSERT INTO colectores (nombre) VALUES ('bench')")
    columns = "id, nombre, perfil, tension_nominal"
    connection.execute(f"INSERT INTO equipos ({columns}) VALUES (1, 'norte', 'p', 13200)")
    period = round(period_s * _SECOND)
    connection.execute(_FILL, (_DAY // period, _START, period))
    summarizer = Summarizer(TurnedClock(_START + (days + 1) * _DAY))
    took = sum_up(connection, summarizer)
    repeat(connection, days)
    middle = _START + days // 2 * _DAY
    copied = summary_of(connection, middle)
    connection.execute(_NOTE_DAY, (middle, middle + _DAY))
    sum_up(connection, summarizer)
    assert summary_of(connection, middle) == copied, "the copy is no summary of its rows"
    connection.close()
    lock.release()
    return 1e3 * took / _WINDOWS


def sum_up(connection: sqlite3.Connection, summarizer: Summarizer) -> float:
    """Let everything that waits be summed up; seconds."""
    began = time.perf_counter()
    while connection.execute("SELECT 1 FROM resumen_pendiente LIMIT 1").fetchone():
        summarizer.work(connection)
    return time.perf_counter() - began


def repeat(connection: sqlite3.Connection, days: int) -> None:
    """The first day again for every other, without a note that it is to be summed up."""
    ((trigger,),) = connection.execute(
        "SELECT sql FROM sqlite_master WHERE name = 'mediciones_por_resumir'"
    ).fetchall()
    connection.execute("DROP TRIGGER mediciones_por_resumir")
    rows = copy_sql(connection, "mediciones", {"fecha_hora": "fecha_hora + ?1 * ?2"})
    shifted = {"fecha_hora": "fecha_hora + ?1 * ?2", "clave": f"clave + ?1 * {_WINDOWS}"}
    summary = copy_sql(connection, "mediciones_15min", shifted)
    for day in range(1, days):
        connection.execute("BEGIN")
        for sql in (rows, summary):
            connection.execute(sql, (day, _DAY, _START + _DAY))
        connection.execute("COMMIT")
    connection.execute(trigger)


def copy_sql(connection: sqlite3.Connection, table: str, shifted: Mapping[str, str]) -> str:
    """A statement that stores the first day of a table once more, as another."""
    found = connection.execute(f"PRAGMA table_info({table})").fetchall()
    names = [name for _, name, *_ in found if name != "id"]
    values = [shifted.get(name, name) for name in names]
    return (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table} "
        "WHERE equipo_id = 1 AND fecha_hora < ?3 ORDER BY fecha_hora"
    )


def summary_of(connection: sqlite3.Connection, day: int) -> list[tuple[object, ...]]:
    """The summary of a day."""
    sql = "SELECT * FROM mediciones_15min WHERE fecha_hora >= ? AND fecha_hora < ? ORDER BY clave"
    found: list[tuple[object, ...]] = connection.execute(sql, (day, day + _DAY)).fetchall()
    assert len(found) == _WINDOWS
    return found


def measure(path: Path, days: int, times: int) -> float:
    """Median seconds for an envelope of everything, a reader opened anew included."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        with closing(SqliteReader(path, now=SystemClock().now)) as reader:
            reader.envelope(1, _COLUMNS, _START, _START + days * _DAY, _POINTS)
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def size_of_summary(path: Path) -> tuple[int, int]:
    """Bytes of the summary and of the rows, as far as SQLite tells them apart."""
    with closing(sqlite3.connect(path)) as database:
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        (page,) = database.execute("PRAGMA page_size").fetchone()
        sql = "SELECT sum(pgsize) FROM dbstat WHERE name = 'mediciones_15min'"
        try:
            ((summary,),) = database.execute(sql).fetchall()
        except sqlite3.OperationalError:  # not compiled in everywhere
            summary = 0
    return summary or 0, pages * page


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--period", type=float, default=5.0, help="of the poll, s")
    parser.add_argument("--days", type=int, default=365)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "celador.db"
        window = fill(path, given.days, given.period)
        rows = given.days * round(86_400 / given.period)
        print(f"{rows:,} rows, one each {given.period:g} s; {window:.2f} ms to sum up a window")
        summary, whole = size_of_summary(path)
        print(f"summary {summary / 1e6:.1f} MB of {whole / 1e6:.0f} MB")
        fast = measure(path, given.days, 5)
        print(
            f"{given.days} days, {len(_COLUMNS)} quantities: {fast * 1e3:.0f} ms from the summary"
        )
        envelope_module._ROWS_AT_MOST = 10**12  # noqa: SLF001 -- never from the summary
        slow = measure(path, given.days, 1)
        print(f"from the rows alone: {slow:.1f} s, {slow / fast:.0f} times as long")


if __name__ == "__main__":
    main()
