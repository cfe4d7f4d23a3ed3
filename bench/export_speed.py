"""How fast samples go from SQLite into CSV, and in how much memory.

    python bench/export_speed.py [--rows 300000]

Asked for: 100,000 rows/s or more, and a peak that does not grow with the rows.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from celador.clock import SystemClock
from celador.domain.device import Device
from celador.domain.quantities import MEASUREMENTS
from celador.domain.sample import Quality, Sample, SwitchState, Value
from celador.ports import SampleQuery
from celador.stores.sqlite.reader import SqliteReader
from celador.stores.sqlite.store import SqliteStore
from celador.surfaces.export import DEFAULT_COLUMNS, export_csv

_START = 1_784_332_800_000_000  # 2026-07-18 00:00 UTC
_SECOND = 1_000_000
_BATCH = 1000


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


def measure(path: Path, rows: int, every: int | None) -> str:
    """Export all of it to nowhere; one line of figures."""
    reader = SqliteReader(path)
    query = SampleQuery(_START, _START + rows * _SECOND, DEFAULT_COLUMNS, every=every)
    begin, cpu = time.perf_counter(), time.process_time()
    with Path(os.devnull).open("wb") as out:
        written = export_csv(
            reader,
            query,
            names={1: "norte"},
            timezone=ZoneInfo("America/Argentina/Cordoba"),
            decimal_comma=False,
            out=out,
            progress=lambda _: None,
        )
    taken, used = time.perf_counter() - begin, time.process_time() - cpu
    reader.close()
    if every is None and written != rows:
        sys.exit(f"{written} of {rows} rows came back; this measures nothing")
    kilobyte = 1024 if sys.platform == "darwin" else 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / kilobyte / 1024
    what = "every sample" if every is None else f"windows of {every} s"
    return (
        f"{what}: {written} rows, {rows / taken:,.0f} samples/s of wall time, "
        f"{rows / used:,.0f} of CPU time, peak {peak:.0f} MB"
    )


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "celador.db"
        asyncio.run(fill(path, rows))
        for every in (None, 60, 900):
            print(measure(path, rows, every))


if __name__ == "__main__":
    main()
