"""How fast a year of one recloser is drawn, from the summary and from the rows alone.

    python bench/trend_year.py [--period 5] [--days 365]

Asked for: under a second. The ratio against the rows is measured in the same run.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
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

_FILL = """
WITH RECURSIVE serie (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM serie WHERE n + 1 < ?1)
INSERT INTO mediciones (fecha_hora, equipo_id, colector_id, calidad, estado, ia, ib, ic, va, vb,
    vc, p_act, p_react, fp, in_res, vr, vs, vt, vab, vbc, vca, vrs, vst, vtr, s_apar, frec)
SELECT ?2 + n * ?3, 1, 1, 0, 1, 100 + n % 37, 101 + n % 41, 99 + n % 29, 7600 + n % 50,
    7610 + n % 40, 7590 + n % 60, 1800 + n % 300, 500 + n % 70, 0.95, n % 3, 7600, 7610, 7590,
    13200 + n % 99, 13210 + n % 98, 13190 + n % 97, 13200, 13210, 13190, 1900 + n % 310,
    49.9 + n % 20 * 0.01
FROM serie"""


def fill(path: Path, days: int, period_s: float) -> tuple[int, float]:
    """A store with so many days of rows, all of them pending; rows, and seconds to sum them up."""
    connection, lock = schema.open_for_writing(path)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("INSERT INTO colectores (nombre) VALUES ('bench')")
    connection.execute("INSERT INTO equipos VALUES (1, 'norte', '', 'p', 13200, NULL, NULL)")
    period = round(period_s * _SECOND)
    per_day = _DAY // period
    for day in range(days):
        connection.execute("BEGIN")
        connection.execute(_FILL, (per_day, _START + day * _DAY, period))
        connection.execute("COMMIT")
    # Longer slices than beside a poller: nobody waits here.
    clock = TurnedClock(_START + (days + 1) * _DAY)
    summarizer = Summarizer(clock)
    began = time.perf_counter()
    while summarizer.due:
        summarizer.work(connection)
    took = time.perf_counter() - began
    connection.close()
    lock.release()
    return per_day * days, took


def measure(path: Path, days: int) -> float:
    """Seconds for an envelope of everything, a reader opened anew included."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        with closing(SqliteReader(path, now=SystemClock().now)) as reader:
            reader.envelope(1, _COLUMNS, _START, _START + days * _DAY, _POINTS)
        best = min(best, time.perf_counter() - began)
    return best


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
        rows, took = fill(path, given.days, given.period)
        windows = given.days * 96
        print(f"{rows:,} rows; summed up in {took:.1f} s, {1e3 * took / windows:.2f} ms a window")
        summary, whole = size_of_summary(path)
        print(f"summary {summary / 1e6:.1f} MB of {whole / 1e6:.0f} MB")
        fast = measure(path, given.days)
        envelope_module._ROWS_AT_MOST = 10**12  # noqa: SLF001 -- never from the summary
        slow = measure(path, given.days)
        print(
            f"{given.days} days, {len(_COLUMNS)} quantities: {fast * 1e3:.0f} ms from the summary"
        )
        print(f"from the rows alone: {slow:.1f} s, {slow / fast:.0f} times as long")


if __name__ == "__main__":
    main()
