"""How fast the dashboards' queries answer over a year of readings, a second apart.

    python bench/grafana_sql.py [--days 365] [--full-days 365]

Asked for: under 200 ms for one device and one year, panel by panel. Needs a PostgreSQL with
TimescaleDB. The year is made on the server with the columns that the dashboards read, ten days at
a time, then summed up and compressed as the policies do. `--full-days` makes only the newest days
at 1 s and the others at one reading a minute: the aggregates then have as many rows, and no panel
reads a year of anything else. The last column is the server's processor time for the whole span,
which a busy machine does not lengthen.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

_HERE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_HERE))

from celador.stores.timescale import migrate, set_passwords  # noqa: E402 -- after the path
from tests.grafana.boards import ALL, Statement  # noqa: E402 -- likewise
from tests.grafana.macros import View  # noqa: E402 -- likewise
from tests.support.postgres_server import Server, open_server  # noqa: E402 -- likewise

LIMIT_MS = 200
_END = datetime(2024, 12, 31, tzinfo=UTC)
_SLICE = timedelta(days=10)
_RUNS = 6
_PASSWORD = "only-for-the-bench"
_CHOICES = {"equipo": "1", "fase": ["a", "b", "c"], "ventana": "600", "banda": "8",
            "clase": ["punto", "enlace", "hueco", "sistema"]}  # fmt: skip
# A load that follows the day and the hour, with the registers' resolution.
_FILL = """
INSERT INTO mediciones (fecha_hora, equipo_id, colector_id, calidad, estado, ia, ib, ic, va, vb, vc,
    p_act, p_react, fp, in_res, vr, vs, vt, vab, vbc, vca, s_apar, frec)
SELECT t, 1, 1, 0, 1, i, i + 3, i - 2, v, v + 20, v - 15, i * 22, i * 7, 0.95, 2, v, v + 20, v - 15,
    u, u + 35, u - 26, i * 23, 50 + (s %% 7 - 3) * 0.01
FROM (
    SELECT t, s, round(80 + 40 * sin(s / 13751.0) + s %% 5)::integer AS i,
        round(7600 + 90 * sin(s / 13751.0) + s %% 11)::integer AS v,
        round(13160 + 160 * sin(s / 13751.0) + s %% 19)::integer AS u
    FROM (
        SELECT t, extract(EPOCH FROM t)::bigint AS s
        FROM generate_series(%s::timestamptz, %s::timestamptz - %s * INTERVAL '1 second',
            %s * INTERVAL '1 second') AS t
    ) AS instants
) AS plant
"""
_SMALL = """
INSERT INTO colectores (nombre) VALUES ('bench');
INSERT INTO equipos (id, nombre, perfil, tension_nominal) VALUES (1, 'Norte', 'noja-rc10', 13200);
INSERT INTO eventos (fecha_hora, equipo_id, colector_id, clase, punto, anterior, nuevo, desde,
    texto, texto_en, origen, calidad)
SELECT t, 1, 1, 'enlace', 'enlace', 'abajo', 'arriba', t - INTERVAL '1 hour', 'Enlace restablecido',
    'Link up', 'sistema', 'observada'
FROM generate_series('{since}'::timestamptz, '{until}', INTERVAL '6 hours') AS t;
INSERT INTO operaciones (equipo_id, colector_id, clave, revision, inicio_desde, inicio_hasta,
    fin_hasta, tipo, causa, fases, disparos, resultado, ia_max, maximos_propios, calidad)
SELECT 1, 1, n, 1, t - INTERVAL '1 second', t, t + INTERVAL '9 seconds', 'secuencia', 'OC3+', 'AB',
    1, 'recierre exitoso', 1657, 1, 'observada'
FROM generate_series('{since}'::timestamptz, '{until}', INTERVAL '1 day')
    WITH ORDINALITY AS g (t, n);
INSERT INTO contadores (fecha_hora, equipo_id, colector_id, calidad, co_total, disp_oc_a)
SELECT t, 1, 1, 0, 100, 10
FROM generate_series('{since}'::timestamptz, '{until}', INTERVAL '5 minutes') AS t;
"""


def fill(dsn: str, days: int, full_days: int) -> int:
    """Make the year; returns how many readings it has."""
    rows = 0
    since = _END - timedelta(days=days)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(_SMALL.format(since=since, until=_END).encode())
        for begin, end in _slices(since):
            step = 1 if _END - begin <= timedelta(days=full_days) else 60
            cursor = connection.execute(_FILL.encode(), (begin, end, step, step))
            rows += cursor.rowcount
        _maintain(connection)
    return rows


def _slices(since: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < _END:
        yield since, min(since + _SLICE, _END)
        since += _SLICE


def _maintain(connection: psycopg.Connection) -> None:
    """What the policies do in the background."""
    connection.execute("ANALYZE")
    for name in ("1min", "15min", "1h", "1dia"):
        # At once: in batches of ten buckets, as by default, a year takes minutes.
        call = f"CALL refresh_continuous_aggregate('mediciones_{name}', NULL, NULL, options => %s)"
        connection.execute(call.encode(), ('{"buckets_per_batch": 0}',))
    for table, days in (("mediciones", 3), ("mediciones_1min", 30), ("mediciones_15min", 60)):
        connection.execute(
            "SELECT compress_chunk(c)"
            " FROM show_chunks(%s::regclass, older_than => %s::timestamptz) AS c",
            (table, _END - timedelta(days=days)),
        )
    connection.execute("VACUUM ANALYZE")


def measure(connection: psycopg.Connection, statement: Statement, span: timedelta) -> list[float]:
    """Milliseconds of five runs, rows fetched and all, after one that warms the cache."""
    query = View(_END - span, _END, _CHOICES, statement.points).expand(statement.sql).encode()
    times = []
    for _ in range(_RUNS):
        begin = time.perf_counter()
        connection.execute(query).fetchall()
        times.append((time.perf_counter() - begin) * 1000)
    return times


def processor_ms(connection: psycopg.Connection) -> float:
    """Processor time that the server's process of this connection has had."""
    try:
        line = Path(f"/proc/{connection.info.backend_pid}/stat").read_text("ascii")
    except OSError:  # another machine, another system
        return math.nan
    user, system = line.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) * 1000 / os.sysconf("SC_CLK_TCK")


def report(dsn: str, days: int) -> int:
    """Print the figures; returns how many statements are over the limit for the whole span."""
    spans = {"1 h": timedelta(hours=1), "24 h": timedelta(days=1), "7 d": timedelta(days=7),
             "30 d": timedelta(days=30), f"{days} d": timedelta(days=days)}  # fmt: skip
    slow = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        names = "".join(f"{name:>16}" for name in spans)
        print(f"{'median ms (first run ms)':<58}{names}  processor")
        for statement in ALL:
            cells = []
            for span in spans.values():
                before = processor_ms(connection)
                first, *others = measure(connection, statement, span)
                cells.append(f"{statistics.median(others):.0f} ({first:.0f})")
            over = statistics.median(others) > LIMIT_MS
            slow += over
            used = (processor_ms(connection) - before) / _RUNS
            print(f"{statement!s:<58}" + "".join(f"{cell:>16}" for cell in cells), end="")
            print(f"{used:>11.0f}" + ("  OVER" if over else ""), flush=True)
    return slow


def run(server: Server, days: int, full_days: int) -> int:
    """Make the database, fill it, ask."""
    owner = server.create_database()
    migrate(owner)
    set_passwords(owner, {"celador_read": _PASSWORD})
    begin = time.perf_counter()
    rows = fill(owner, days, full_days)
    print(f"{rows:,} readings in {days} days, made in {time.perf_counter() - begin:.0f} s")
    read = psycopg.conninfo.make_conninfo(owner, user="celador_read", password=_PASSWORD)
    slow = report(read, days)
    print(json.dumps({"over_200_ms": slow, "statements": len(ALL), "readings": rows}))
    return 1 if slow else 0


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--full-days", type=int, default=10)
    arguments = parser.parse_args()
    server = open_server()
    if server is None or server.timescale is None:
        print("grafana_sql: not run, no PostgreSQL with TimescaleDB here; set CELADOR_TEST_DSN")
        if server is not None and server.cluster is not None:
            server.cluster.remove()
        return 0
    try:
        return run(server, arguments.days, arguments.full_days)
    finally:
        server.drop_all()
        if server.cluster is not None:
            server.cluster.remove()


if __name__ == "__main__":
    sys.exit(main())
