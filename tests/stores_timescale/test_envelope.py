"""Curves of more rows than are looked at one by one: from the aggregates, and as the rows say."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest

from celador.domain.envelope import Envelope
from celador.stores.timescale import TimescaleScreenReader
from celador.stores.timescale.windows import Arguments
from tests.stores_timescale.test_aggregates import refresh
from tests.support.clock import MIDNIGHT
from tests.support.postgres import HistorianDatabase

SECOND = 1_000_000
DAY = 86_400 * SECOND
COLUMNS = ("ia", "p_act", "vr")
MANY = 155_000  # rows; more than 150,000 are not looked at one by one

# Ten seconds apart, with a night missing, unknown values, and powers whose direction is unknown.
FILL = f"""
INSERT INTO mediciones (fecha_hora, equipo_id, colector_id, calidad, estado, ia, p_act)
SELECT
    TIMESTAMPTZ '2026-07-18 00:00:00+00' + (n + CASE WHEN n > 50000 THEN 3000 ELSE 0 END)
    * INTERVAL '10 s', 1, 1, CASE WHEN n % 7 = 0 THEN 16 ELSE 0 END, 1,
    CASE WHEN n % 13 <> 0 THEN (n % 4001 * 7919 % 4001) / 10.0 END,
    CASE WHEN n BETWEEN 80000 AND 90000 THEN NULL ELSE (n % 9001 * 1047 % 9001) - 4500 END
FROM generate_series(1, {MANY}) AS n
"""
LATE = """
INSERT INTO mediciones (fecha_hora, equipo_id, colector_id, calidad, ia, p_act)
VALUES ('2026-07-25 12:00:01+00', 1, 1, 0, 1657, -9000), ('2026-07-30 00:00:07+00', 1, 1, 0, 0.5, 3)
"""
PLAIN = """
SELECT
    (extract(epoch FROM date_bin(%(width)s * INTERVAL '1 us', fecha_hora, 'epoch')) * 1e6)::int8,
    count(*), min(ia), avg(ia), max(ia), count(ia),
    min(p) FILTER (WHERE sure), avg(p) FILTER (WHERE sure), max(p) FILTER (WHERE sure),
    count(p) FILTER (WHERE sure), min(vr), avg(vr), max(vr), count(vr)
FROM (SELECT *, p_act AS p, calidad & 16 = 0 AS sure FROM mediciones) AS m
GROUP BY 1 ORDER BY 1
"""


class Watched(TimescaleScreenReader):
    """Notes which tables were asked."""

    asked = ""

    def _all(self, query: str, arguments: Arguments = ()) -> list[tuple[object, ...]]:
        self.asked += query
        return super()._all(query, arguments)


def run(database: HistorianDatabase, statement: str) -> None:
    with psycopg.connect(database.owner, autocommit=True) as owner:
        owner.execute(statement.encode())


def curve(database: HistorianDatabase) -> tuple[Envelope, str]:
    """The whole range in about 200 stretches, and what was asked for it."""
    with closing(Watched(database.read)) as reader:
        found = reader.envelope(1, COLUMNS, MIDNIGHT, MIDNIGHT + 20 * DAY, 200)
        return found, reader.asked


def ensure_as_the_rows_say(database: HistorianDatabase, found: Envelope) -> None:
    with psycopg.connect(database.owner) as owner:
        rows = owner.execute(PLAIN, {"width": found.width}).fetchall()
    assert [(each.at, each.count) for each in found.rows] == [(at, n) for at, n, *_ in rows]
    assert len(rows) > 100
    for each, (_at, _n, *figures) in zip(found.rows, rows, strict=True):
        for place, band in enumerate(each.bands):
            low, mean, high, count = figures[4 * place : 4 * place + 4]
            if count == 0:
                assert band is None
            else:
                assert band is not None
                assert (band.low, band.high, band.count) == (low, high, count)
                assert band.mean == pytest.approx(float(mean), rel=1e-9)


def test_a_curve_of_very_many_rows_says_what_the_rows_say(
    historian_database: HistorianDatabase,
) -> None:
    database = historian_database
    run(database, FILL)
    if database.timescale:
        refresh(database)
    found, asked = curve(database)
    assert ("FROM mediciones_1h" in asked.split("date_bin")[-1]) == database.timescale
    ensure_as_the_rows_say(database, found)

    run(database, LATE)  # at once, though no aggregate knows of them yet
    found, asked = curve(database)
    assert "FROM mediciones\n" in asked.split("date_bin")[-1]
    assert any(row.bands[0] is not None and row.bands[0].high == 1657 for row in found.rows)
    ensure_as_the_rows_say(database, found)

    if database.timescale:
        refresh(database)
        found, asked = curve(database)
        assert "FROM mediciones_1h" in asked.split("date_bin")[-1]
        ensure_as_the_rows_say(database, found)
