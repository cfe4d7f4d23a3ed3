"""Catching up with the historian while twenty reclosers are polled each second.

    python bench/forward.py [--rows 600000] [--devices 20] [--dsn postgresql://...]

The database is the one of --dsn, which is migrated if need be, or of a private server. Asked for:
50,000 rows a second from the edge store into the historian, polling late by less than 50 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from _historian import historian
from celador import app
from celador.clock import SystemClock
from celador.config import Config, HistorianConfig
from celador.domain.quantities import MEASUREMENTS, Quantity
from celador.domain.sample import Sample
from celador.loop import run
from celador.pipeline.counts import PollCounts, total
from celador.stores.sqlite.rows import INSERTS
from celador.stores.sqlite.schema import open_for_writing
from celador.stores.sqlite.summary import Summarizer
from celador.stores.timescale.columns import WHOLE
from fleet import SIMULATE, config_for, percentile

_LIVE = 10.0  # s of ordinary polling afterwards, to compare with


def settings_of(dsn: str) -> HistorianConfig:
    """A connection string as settings."""
    parts = conninfo_to_dict(dsn)
    return HistorianConfig(
        host=str(parts["host"]),
        port=int(str(parts.get("port", 5432))),
        database=str(parts["dbname"]),
        user=str(parts["user"]),
        password=parts.get("password"),  # type: ignore[arg-type]  # pydantic makes it a secret
    )


def _value(quantity: Quantity, chance: random.Random) -> float:
    if quantity.integer:
        return 1
    return float(chance.randrange(20_000)) / (1 if quantity.name in WHOLE else 10)


def fill(path: Path, rows: int, devices: int) -> None:
    """Samples of the last hours, one a second from each device, with the registers' resolution."""
    chance = random.Random(1)
    begin = (int(time.time()) - rows // devices - 60) * 1_000_000
    connection, lock = open_for_writing(path)
    connection.execute("INSERT INTO colectores (nombre) VALUES ('celador')")
    connection.executemany(
        "INSERT INTO equipos (id, nombre, perfil, tension_nominal) "
        "VALUES (?, ?, 'noja-rc10', 13200)",
        [(number, f"r{number}") for number in range(1, devices + 1)],
    )
    values = [tuple(_value(q, chance) for q in MEASUREMENTS) for _ in range(1000)]
    connection.execute("BEGIN")
    connection.executemany(
        INSERTS[Sample],
        (
            (
                n % devices + 1,
                begin + n // devices * 1_000_000 + n % 1000,
                1,
                0,
                1,
                *values[n % 1000],
            )
            for n in range(rows)
        ),
    )
    connection.execute("COMMIT")
    summarizer = Summarizer(SystemClock())
    while summarizer.due:  # as the monitor that read them would have done by now
        summarizer.work(connection)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    lock.release()


def lateness(running: app.Monitor) -> str:
    """What the pollers counted, and from now on anew."""
    counts = total(running.counts().values())
    for poller in running.pollers.values():
        poller.counts = PollCounts()
    return (
        f"late p50 under {percentile(counts, 0.5)}, p99 under {percentile(counts, 0.99)}, most "
        f"{counts.latest * 1000:.0f} ms, skipped {counts.skipped}"
    )


def children_cpu() -> float:
    """Seconds of CPU of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def waiting(running: app.Monitor) -> float:
    """Rows that the historian has not confirmed."""
    assert running.forwarding is not None
    status = running.forwarding.status
    assert status.trouble is None, status.trouble
    return status.backlog.rows if status.backlog else float("inf")


async def watch(config: Config) -> None:
    """Run the monitor until the historian has all, and a little longer."""
    others = children_cpu()
    cpu, begin = time.process_time(), time.perf_counter()
    async with app.monitor(config) as running:
        assert running.forwarding is not None
        while waiting(running) > 1000:  # noqa: ASYNC110 -- what is waited for is another process
            await asyncio.sleep(0.1)
        took = time.perf_counter() - begin
        sent = running.forwarding.status.sent
        cpu = time.process_time() - cpu
        print(f"catching up: {sent} rows in {took:.1f} s, {sent / took:.0f} rows/s")
        print(f"  {lateness(running)}; {cpu / took * 100:.0f} % of a core")
        await asyncio.sleep(_LIVE)
        print(f"afterwards:  {lateness(running)}")
    print(
        f"the forwarding process spent {(children_cpu() - others) / sent * 1e6:.0f} us of CPU a row"
    )


def main() -> None:
    """Prepare both sides and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=600_000)
    parser.add_argument("--devices", type=int, default=20)
    parser.add_argument("--dsn")
    arguments = parser.parse_args()
    command = [*SIMULATE, "--devices", str(arguments.devices)]
    with (
        historian(arguments.dsn) as dsn,
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator,
    ):
        assert simulator.stdout is not None
        try:
            devices = json.loads(simulator.stdout.readline())["devices"]
            config = config_for(devices, Path(folder))
            config = config.model_copy(update={"historian": settings_of(dsn)})
            fill(config.store.path, arguments.rows, arguments.devices)
            run(watch(config))
            with psycopg.connect(dsn) as connection:
                row = connection.execute("SELECT count(*) FROM mediciones").fetchone()
                assert row is not None
                print(f"the historian holds {row[0]} rows")
        finally:
            with contextlib.suppress(ProcessLookupError):
                simulator.terminate()


if __name__ == "__main__":
    main()
