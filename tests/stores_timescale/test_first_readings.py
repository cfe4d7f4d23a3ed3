"""The view that says since when there are readings."""

from __future__ import annotations

import psycopg

from tests.support.postgres import HistorianDatabase

FILL = """
INSERT INTO colectores (nombre) VALUES ('campo');
INSERT INTO equipos (id, nombre, perfil, tension_nominal)
VALUES (1, 'norte', 'noja-rc10', 13200), (2, 'mudo', 'noja-rc10', 13200);
INSERT INTO mediciones (fecha_hora, equipo_id, colector_id, calidad, ia)
SELECT TIMESTAMPTZ '2026-07-18 10:47:03+00' + n * INTERVAL '9 days', 1, 1, 0, NULL
FROM generate_series(0, 3) AS n;
"""
ASK = "SELECT equipo_id, fecha_hora::text FROM primeras_lecturas ORDER BY 1"


def test_the_first_reading_is_told_and_a_silent_recloser_has_none(
    plain_database: HistorianDatabase,
) -> None:
    with psycopg.connect(plain_database.owner) as owner:
        owner.execute(FILL)
    with psycopg.connect(plain_database.read) as reader:
        assert reader.execute(ASK).fetchall() == [(1, "2026-07-18 10:47:03+00"), (2, None)]


def test_with_timescaledb_its_hour_is_told_and_outlives_the_reading(
    timescale_database: HistorianDatabase,
) -> None:
    with psycopg.connect(timescale_database.owner, autocommit=True) as owner:
        owner.execute(FILL)
        with psycopg.connect(timescale_database.read) as reader:
            assert reader.execute(ASK).fetchall() == [(1, "2026-07-18 10:00:00+00"), (2, None)]
        for width in ("1min", "15min", "1h"):
            call = f"CALL refresh_continuous_aggregate('mediciones_{width}', NULL, '2026-08-01')"
            owner.execute(call)
        owner.execute("SELECT drop_chunks('mediciones', TIMESTAMPTZ '2026-07-20 00:00:00+00')")
    with psycopg.connect(timescale_database.read) as reader:
        assert reader.execute(ASK).fetchall() == [(1, "2026-07-18 10:00:00+00"), (2, None)]
