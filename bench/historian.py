"""How fast rows go into the historian and out of it again, side by side.

    python bench/historian.py [--rows 300000] [--dsn postgresql://...]

The database is the one of --dsn, which must be empty, or of a private server. Here it has the
machine for itself; bench/forward.py measures the whole road, with polling beside it.
"""

from __future__ import annotations

import argparse
import os
import time
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from _historian import historian
from celador.ports import Channel, Parcel, SampleQuery
from celador.stores.timescale import TimescaleHistorian, TimescaleReader
from celador.surfaces.export import export_csv
from tests.support.simulated_rows import COLUMNS, Row, simulated_rows

_START = 1_784_332_800_000_000  # 2026-07-18 00:00 UTC
_PARCEL = 10_000
_DEVICE = (1, "norte", "", "noja-rc10", 13_200.0, None, None)
_DEVICE_COLUMNS = ("id", "nombre", "lugar", "perfil", "tension_nominal", "clientes", "kva")


def deliver(dsn: str, rows: list[Row]) -> float:
    """Bring all of it in parcels; seconds taken."""
    parcels = [rows[n : n + _PARCEL] for n in range(0, len(rows), _PARCEL)]
    begin = time.perf_counter()
    with closing(TimescaleHistorian(dsn)) as there:
        there.deliver(Parcel(Channel.DEVICES, "bench", _DEVICE_COLUMNS, [1], [_DEVICE]))
        for part in parcels:
            there.deliver(Parcel(Channel.SAMPLES, "bench", COLUMNS, range(len(part)), part))
    return time.perf_counter() - begin


def export(dsn: str, every: int | None) -> tuple[int, float]:
    """Make a CSV file of all of it, every column; lines written and seconds taken."""
    query = SampleQuery(_START, _START + 10**13, COLUMNS[2:], every=every)
    begin = time.perf_counter()
    with (
        closing(TimescaleReader(dsn, now=lambda: _START)) as reader,
        Path(os.devnull).open("wb") as out,
    ):
        written = export_csv(
            reader,
            query,
            names={1: "norte"},
            timezone=ZoneInfo("America/Argentina/Cordoba"),
            decimal_comma=False,
            out=out,
            progress=lambda _: None,
        )
    return written, time.perf_counter() - begin


def measure(dsn: str, rows: list[Row]) -> None:
    """Print the rates."""
    many = len(rows)
    print(f"delivered              {many / deliver(dsn, rows):>9,.0f} rows/s")
    ways = (("CSV, every sample", None), ("CSV, windows of 15 min", 900))
    for what in ("fresh", "compressed"):
        for way, every in ways:
            written, took = export(dsn, every)
            assert written >= many // (every or 1), f"{written} lines; this measures nothing"
            print(f"{way:<23}{many / took:>9,.0f} rows/s  ({what})")
        with psycopg.connect(dsn, autocommit=True) as connection:
            if not connection.execute("SELECT to_regproc('compress_chunk')").fetchone()[0]:  # type: ignore[index]  # it has a row
                return
            connection.execute("SELECT compress_chunk(c, TRUE) FROM show_chunks('mediciones') AS c")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--dsn")
    arguments = parser.parse_args()
    some = list(simulated_rows(1, _START, 1.0, min(arguments.rows, 20_000)))
    period = len(some) * 1_000_000
    rows = [
        (int(some[n % len(some)][0] or 0) + n // len(some) * period, *some[n % len(some)][1:])
        for n in range(arguments.rows)
    ]
    with historian(arguments.dsn) as dsn:
        measure(dsn, rows)


if __name__ == "__main__":
    main()
