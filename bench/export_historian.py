r"""How fast samples go from the historian into a CSV file, beside what else makes such a file.

    python bench/export_historian.py [--rows 1000000] [--rounds 3] [--dsn postgresql://...]

The database is the one of --dsn, which must be empty, or of a private server. All roads write the
same rows to a file, in turns, and each road's best turn counts:

- celador export: what `celador export` runs, without the start of Python;
- psql, the same file: `psql -c '\copy (SELECT ...)'` whose SELECT gives our file to the byte, which
  is checked;
- psql, plainly: `\copy` of the same columns as they stand, time in UTC, the recloser by its number;
- pandas: read_sql of the plain SELECT and to_csv, on a tenth of the rows; where pandas and
  SQLAlchemy are installed.

Asked for: at least 0.8 of psql's rows a second, and a peak of less than 100 MB for any size. The
peak is that of a process of its own, the command's or the service's, for all rows and for a tenth
of them, with every column.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
from psycopg.conninfo import conninfo_to_dict

from _child import peak_of, peak_of_service
from _historian import historian
from celador.ports import Channel, Parcel, SampleQuery
from celador.stores.timescale import TimescaleHistorian, TimescaleReader
from celador.surfaces.export import DEFAULT_COLUMNS, ExportJob, write_export
from tests.support.simulated_rows import COLUMNS, simulated_rows

_START = 1_784_332_800_000_000  # 2026-07-18 00:00 UTC
_SECOND = 1_000_000
_SEED = 20_000  # rows that are simulated; the rest repeats them later
_SHEET = 500_000  # more rows of all columns do not fit in a workbook, and are refused
_ZONE = "America/Argentina/Cordoba"
_ABOUT = ("id", "nombre", "lugar", "perfil", "tension_nominal", "clientes", "kva")
_DEVICE = (1, "norte", "", "noja-rc10", 13_200.0, None, None)
_ALL = ("estado", "calidad", *COLUMNS[4:])

_SAME_FILE = """
SELECT to_char(fecha_hora AT TIME ZONE 'UTC' - INTERVAL '3 hours',
    'YYYY-MM-DD HH24:MI:SS.US"-03:00"') AS fecha_hora, 'norte' AS equipo, {columns}
FROM mediciones WHERE equipo_id = 1 AND fecha_hora < TIMESTAMPTZ 'epoch' + {end} * INTERVAL '1 us'
ORDER BY fecha_hora
"""
_PLAIN = """
SELECT fecha_hora, equipo_id, {columns} FROM mediciones
WHERE equipo_id = 1 AND fecha_hora < TIMESTAMPTZ 'epoch' + {end} * INTERVAL '1 us'
ORDER BY fecha_hora
"""

Road = Callable[[Path], object]


def fill(dsn: str, rows: int) -> None:
    """Bring so many samples of one recloser, a second apart."""
    some = list(simulated_rows(1, _START, 1.0, min(rows, _SEED)))
    with closing(TimescaleHistorian(dsn)) as there:
        there.deliver(Parcel(Channel.DEVICES, "bench", _ABOUT, [1], [_DEVICE]))
        there.deliver(Parcel(Channel.SAMPLES, "bench", COLUMNS, range(len(some)), some))
    columns = ", ".join(("colector_id", *COLUMNS[1:]))
    with psycopg.connect(dsn, autocommit=True) as connection:
        for ahead in range(_SEED, rows, _SEED):
            connection.execute(
                f"INSERT INTO mediciones (fecha_hora, {columns}) "
                f"SELECT fecha_hora + {ahead} * INTERVAL '1 s', {columns} FROM mediciones "
                f"WHERE fecha_hora < TIMESTAMPTZ 'epoch' + {_START + _SEED * _SECOND} "
                f"* INTERVAL '1 us' ORDER BY fecha_hora LIMIT {rows - ahead}"
            )
        connection.execute("VACUUM ANALYZE mediciones")


def ours(dsn: str, columns: Sequence[str], end: int) -> Road:
    """What the command does once Python has started."""

    def road(path: Path) -> None:
        query = SampleQuery(_START, end, tuple(columns), (1,))
        with closing(TimescaleReader(dsn)) as reader:
            job = ExportJob(reader, query, {1: "norte"}, ZoneInfo(_ZONE))
            write_export(path, lambda out: job.write(out, lambda _: None))

    return road


def psql(dsn: str, select: str) -> Road:
    """psql's way to a file."""
    words = " ".join(select.split())

    def road(path: Path) -> None:
        command = rf"\copy ({words}) TO '{path}' WITH (FORMAT csv, HEADER)"
        subprocess.run(["psql", dsn, "-X", "-q", "-c", command], check=True)

    return road


def pandas(dsn: str, select: str) -> Road:
    """What scripts usually do."""
    pd = importlib.import_module("pandas")
    sqlalchemy = importlib.import_module("sqlalchemy")
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=sqlalchemy.NullPool
    )

    def road(path: Path) -> None:
        pd.read_sql(sqlalchemy.text(select), engine).to_csv(path, index=False)

    return road


def compare(dsn: str, columns: Sequence[str], rows: int, rounds: int, folder: Path) -> None:
    """Run every road in turns and print rates and ratios."""
    listed = ", ".join(columns)
    end = _START + 2 * rows * _SECOND
    few = _START + rows // 10 * _SECOND
    same = _SAME_FILE.format(columns=listed, end=end)
    plain = _PLAIN.format(columns=listed, end=end)
    roads: dict[str, tuple[Road, int]] = {
        "celador export": (ours(dsn, columns, end), rows),
        "psql, the same file": (psql(dsn, same), rows),
        "psql, plainly": (psql(dsn, plain), rows),
    }
    if all(map(importlib.util.find_spec, ("pandas", "sqlalchemy"))):
        road = pandas(dsn, _PLAIN.format(columns=listed, end=few))
        roads["pandas"] = (road, rows // 10)
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, (road, many) in roads.items():
            begin = time.perf_counter()
            road(folder / f"{name}.csv")
            rate = many / (time.perf_counter() - begin)
            best[name] = max(best.get(name, 0.0), rate)
    written = [digest(folder / f"{name}.csv") for name in list(roads)[:2]]
    assert written[0] == written[1], "the files differ; this measures nothing"
    print(f"{len(columns)} columns, {rows:,} rows:")
    for name, rate in best.items():
        ratio = best["celador export"] / rate
        print(f"  {name:<21}{rate:>9,.0f} rows/s   celador export is {ratio:.2f} of it")


def digest(path: Path) -> str:
    """What tells one file from another."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def peaks(dsn: str, folder: Path, until: str, kind: str) -> tuple[float, float]:
    """Peak memory in MB of `celador export` and of the service, a process each, all columns."""
    parts = {key: str(value) for key, value in conninfo_to_dict(dsn).items()}
    environ = {
        "CELADOR_HISTORIAN__HOST": parts["host"],
        "CELADOR_HISTORIAN__PORT": parts["port"],
        "CELADOR_HISTORIAN__DATABASE": parts["dbname"],
        "CELADOR_HISTORIAN__USER": parts["user"],
        "CELADOR_HISTORIAN__PASSWORD": parts.get("password", ""),
        "CELADOR_EXPORTER__MAX_DAYS": "4000",
        "CELADOR_EXPORTER__MAX_ROWS": "1000000000",
    }
    words = f"export --from 2026-07-18T00:00Z --to {until} --columns {','.join(_ALL)}"
    command = peak_of([*words.split(), "--output", str(folder / f"all.{kind}")], folder, environ)
    asked = f"/export.{kind}?from=2026-07-18T00:00Z&to={until}&columns={','.join(_ALL)}"
    return command, peak_of_service(asked, folder, environ)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dsn")
    arguments = parser.parse_args()
    with historian(arguments.dsn) as dsn, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(dsn, arguments.rows)
        for columns in (DEFAULT_COLUMNS, _ALL):
            compare(dsn, columns, arguments.rows, arguments.rounds, folder)
        last = _START // _SECOND + arguments.rows // 10
        tenth = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(last))
        for rows, until in ((arguments.rows // 10, tenth), (arguments.rows, "2027-07-01")):
            for kind in ("csv", "xlsx", "parquet"):
                if kind == "xlsx" and rows > _SHEET:
                    continue
                command, service = peaks(dsn, folder, until, kind)
                print(
                    f"peak, {rows:,} rows as {kind}: {command:.0f} MB the command, "
                    f"{service:.0f} MB the service",
                    flush=True,
                )


if __name__ == "__main__":
    main()
