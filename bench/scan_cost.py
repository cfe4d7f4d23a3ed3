"""CPU of one full scan of a recloser (190 bits and 99 registers), three ways in one run.

    python bench/scan_cost.py [--scans 5000]

Bare asyncio sockets, pymodbus alone, and Celador from socket to committed row, all on the same
event loop against the same simulator in another process. Asked for: 300 us at most for the last.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import struct
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from pymodbus.client import AsyncModbusTcpClient

from celador import app
from celador.clock import SystemClock
from celador.domain.device import Device
from celador.domain.sample import Sample
from celador.pipeline.detect import Seen, StatusTracker
from celador.pipeline.measure import measure
from celador.pipeline.plans import Plans
from celador.profiles.schema import load_profile
from celador.sources.modbus import ModbusLink, ModbusSource
from celador.stores.sqlite.store import SqliteStore
from fleet import SIMULATE, pin

_BATCH = 50  # scans between two commits, as in a fleet of a thousand with a window of 60 ms


async def cost(scan: Callable[[], Awaitable[None]], scans: int) -> float:
    """CPU of this process for one scan, us."""
    for _ in range(100):
        await scan()
    begin = time.process_time()
    for _ in range(scans):
        await scan()
    return (time.process_time() - begin) / scans * 1e6


async def bare(host: str, port: int, scans: int) -> float:
    """Two requests on a socket, answers read and not looked at."""
    reader, writer = await asyncio.open_connection(host, port)

    async def ask(function: int, count: int) -> None:
        writer.write(struct.pack(">HHHBBHH", 1, 0, 6, 1, function, 0, count))
        length = struct.unpack(">H", (await reader.readexactly(6))[4:])[0]
        await reader.readexactly(length)

    async def scan() -> None:
        await ask(2, 190)
        await ask(4, 99)

    try:
        return await cost(scan, scans)
    finally:
        writer.close()


async def library(host: str, port: int, scans: int) -> float:
    """The same two requests through pymodbus."""
    client = AsyncModbusTcpClient(host, port=port, retries=0, reconnect_delay=0)
    await client.connect()

    async def scan() -> None:
        await client.read_discrete_inputs(0, count=190, device_id=1)
        await client.read_input_registers(0, count=99, device_id=1)

    try:
        return await cost(scan, scans)
    finally:
        client.close()


async def celador(host: str, port: int, scans: int, folder: Path) -> float:
    """Checked, decoded, compared with the last scan, and committed."""
    clock = SystemClock()
    plans = Plans(load_profile("noja-rc10"))
    steps = plans.steps(frozenset(("status", "analog")))
    source = ModbusSource(ModbusLink(host=host, port=port), clock, name="bench")
    store = await SqliteStore.open(
        folder / "scan.db",
        devices=[Device(1, "bench", "", "noja-rc10", 13_200.0)],
        collector="bench",
        clock=clock,
    )
    tracker = StatusTracker(plans.status_points)
    kept: list[Sample] = []

    async def scan() -> None:
        replies = [(await source.read(step.block), dict(step.parts)) for step in steps]
        seen = Seen(clock.now(), clock.monotonic())
        tracker.update([(replies[0][0], replies[0][1]["status"])], seen)
        kept.append(measure(1, [(replies[1][0], replies[1][1]["analog"])], tracker.state))
        if len(kept) == _BATCH:
            store.add(kept)
            kept.clear()
            await store.flush()

    try:
        return await cost(scan, scans)
    finally:
        await source.close()
        await store.close()


async def compare(host: str, port: int, scans: int) -> None:
    """Print the three side by side."""
    with tempfile.TemporaryDirectory() as folder:
        sockets = await bare(host, port, scans)
        alone = await library(host, port, scans)
        whole = await celador(host, port, scans, Path(folder))
    print(
        f"CPU of a scan: bare sockets {sockets:.0f} us, pymodbus {alone:.0f} us, "
        f"Celador to the committed row {whole:.0f} us ({whole / sockets:.1f} : "
        f"{alone / sockets:.1f} : 1)"
    )


def main() -> None:
    """Start the simulator on the other core and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=int, default=5000)
    scans = parser.parse_args().scans
    with subprocess.Popen(SIMULATE, stdout=subprocess.PIPE, text=True) as simulator:
        pin(1, simulator.pid)
        pin(0)
        assert simulator.stdout is not None
        try:
            device = json.loads(simulator.stdout.readline())["devices"]["sim-001"]
            app.run(compare(device["host"], device["port"], scans))
        finally:
            with contextlib.suppress(ProcessLookupError):
                simulator.terminate()


if __name__ == "__main__":
    main()
