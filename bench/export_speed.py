"""How fast samples go from SQLite into a CSV file, beside what else makes such a file.

    python bench/export_speed.py [--rows 300000] [--rounds 3]

All roads write the same columns of all samples to a file, in turns; each one's best turn counts:

- celador export: what the command runs, without the start of Python;
- sqlite3 -csv: SQLite's own program, the columns as they stand, time as a number;
- Python's csv: a cursor and csv.writer, as a script without pandas does it;
- pandas: read_sql and to_csv, on a tenth of the rows; where pandas is installed.

Asked for: 100,000 rows/s or more, and a peak of less than 100 MB that does not grow with the rows.
The peak is that of the command itself, a process of its own, for all rows and for a tenth of them.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import importlib
import importlib.util
import random
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from _child import peak_of
from celador.clock import SystemClock
from celador.domain.device import Device
from celador.domain.quantities import MEASUREMENTS
from celador.domain.sample import Quality, Sample, SwitchState, Value
from celador.ports import SampleQuery
from celador.stores.sqlite.reader import SqliteReader
from celador.stores.sqlite.store import SqliteStore
from celador.surfaces.export import DEFAULT_COLUMNS, ExportJob, write_export

_START = 1_784_332_800_000_000  # 2026-07-18 00:00 UTC
_SECOND = 1_000_000
_BATCH = 1000
_ZONE = "America/Argentina/Cordoba"

Road = Callable[[Path], object]


def sample(number: int, chance: random.Random) -> Sample:
    """A sample with a value in every column, a little off the whole second."""
    values: dict[str, Value] = {
        q.name: 1 if q.integer else chance.randrange(3000) * 0.1 for q in MEASUREMENTS
    }
    at = _START + number * _SECOND + chance.randrange(1000)
    return Sample(1, at, values, SwitchState.CLOSED, Quality.GOOD)


async def fill(path: Path, rows: int) -> None:
    """Make a store with so many samples of one recloser, a second apart."""
    devices = [Device(1, "norte", "", "noja-rc10", 13_200.0)]
    store = await SqliteStore.open(path, devices=devices, collector="bench", clock=SystemClock())
    chance = random.Random(1)
    for first in range(0, rows, _BATCH):
        store.add([sample(n, chance) for n in range(first, min(first + _BATCH, rows))])
        await store.flush()
    await store.close()


def ours(path: Path, rows: int, every: int | None) -> Road:
    """What the command does once Python has started."""

    def road(to: Path) -> None:
        query = SampleQuery(_START, _START + rows * _SECOND, DEFAULT_COLUMNS, every=every)
        with closing(SqliteReader(path)) as reader:
            job = ExportJob(reader, query, {1: "norte"}, ZoneInfo(_ZONE))
            written = write_export(to, lambda out: job.write(out, lambda _: None))
        assert written == (rows if every is None else -(-rows // every)), "not all came back"

    return road


def own_program(path: Path, select: str) -> Road:
    """SQLite's own way to a file."""

    def road(to: Path) -> None:
        with to.open("wb") as out:
            command = ["sqlite3", "-readonly", "-csv", "-header", str(path), select]
            subprocess.run(command, stdout=out, check=True)

    return road


def script(path: Path, select: str) -> Road:
    """A cursor and csv.writer."""

    def road(to: Path) -> None:
        with closing(sqlite3.connect(path)) as store, to.open("w", newline="") as out:
            csv.writer(out).writerows(store.execute(select))

    return road


def pandas(path: Path, select: str) -> Road:
    """What scripts usually do."""
    pd = importlib.import_module("pandas")

    def road(to: Path) -> None:
        with closing(sqlite3.connect(path)) as store:
            pd.read_sql(select, store).to_csv(to, index=False)

    return road


def compare(path: Path, rows: int, rounds: int, folder: Path) -> None:
    """Run every road in turns and print rates and ratios."""
    select = (
        f"SELECT fecha_hora, equipo_id, {', '.join(DEFAULT_COLUMNS)} FROM mediciones "
        "WHERE equipo_id = 1 ORDER BY fecha_hora"
    )
    roads: dict[str, tuple[Road, int]] = {
        "celador export": (ours(path, rows, None), rows),
        "Python's csv": (script(path, select), rows),
    }
    if shutil.which("sqlite3"):
        roads["sqlite3 -csv"] = (own_program(path, select), rows)
    if importlib.util.find_spec("pandas"):
        roads["pandas"] = (pandas(path, f"{select} LIMIT {rows // 10}"), rows // 10)
    roads |= {f"windows of {every} s": (ours(path, rows, every), rows) for every in (60, 900)}
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, (road, many) in roads.items():
            begin = time.perf_counter()
            road(folder / "out.csv")
            rate = many / (time.perf_counter() - begin)
            best[name] = max(best.get(name, 0.0), rate)
    for name, rate in best.items():
        ratio = f"   celador export is {best['celador export'] / rate:.2f} of it"
        print(f"  {name:<17}{rate:>9,.0f} samples/s{'' if 'windows' in name else ratio}")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    rows = arguments.rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "celador.db"
        asyncio.run(fill(path, rows))
        print(f"{len(DEFAULT_COLUMNS)} columns, {rows:,} rows:")
        compare(path, rows, arguments.rounds, folder)
        for many in (rows // 10, rows):
            until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(_START // _SECOND + many))
            words = f"export --from 2026-07-18T00:00Z --to {until} --output all.csv --store {path}"
            print(
                f"peak of the command, {many:,} rows: {peak_of(words.split(), folder, {}):.0f} MB"
            )


if __name__ == "__main__":
    main()
