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

from celador.clock import SystemClock
from celador.domain.blocks import Block, Reply, Table
from celador.domain.device import Device
from celador.loop import run
from celador.pipeline.plans import Plans
from celador.pipeline.poll import DevicePoller
from celador.pipeline.schedule import Agenda, Burst, Group
from celador.ports import Record
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


class RacingClock(SystemClock):
    """A clock on which nobody waits: the monitor's own loop, as fast as it can go."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> int:
        """Wall clock, as far ahead as has been slept."""
        return super().now() + round(self._ahead * 1_000_000)

    def monotonic(self) -> float:
        """The same for the steady clock."""
        return super().monotonic() + self._ahead

    async def sleep(self, seconds: float) -> None:
        """Jump."""
        self._ahead += max(0.0, seconds)
        await asyncio.sleep(0)


async def celador(host: str, port: int, scans: int, folder: Path) -> float:
    """The monitor's own loop: scheduled, checked, decoded, compared, and committed."""
    clock = RacingClock()
    store = await SqliteStore.open(
        folder / "scan.db",
        devices=[Device(1, "bench", "", "noja-rc10", 13_200.0)],
        collector="bench",
        clock=SystemClock(),
    )
    kept: list[Record] = []
    scanned = asyncio.Semaphore(0)
    resume = asyncio.Semaphore(0)

    class Pausing(ModbusSource):
        async def read(self, block: Block) -> Reply:
            if block.table is Table.DISCRETE_INPUT:
                scanned.release()
                await resume.acquire()
            return await super().read(block)

    periods: dict[Group, float] = {"status": 1.0, "analog": 1.0, "counters": 3600.0}
    poller = DevicePoller(
        1,
        Pausing(ModbusLink(host=host, port=port), clock, name="bench"),
        Plans(load_profile("noja-rc10")),
        Agenda(periods, 0.0, Burst()),
        kept.extend,
        clock,
    )
    polling = asyncio.create_task(poller.run())
    await scanned.acquire()

    async def scan() -> None:
        resume.release()
        await scanned.acquire()
        if len(kept) >= _BATCH:
            store.add(tuple(kept))
            kept.clear()
            await store.flush()

    try:
        return await cost(scan, scans)
    finally:
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
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
            run(compare(device["host"], device["port"], scans))
        finally:
            with contextlib.suppress(ProcessLookupError):
                simulator.terminate()


if __name__ == "__main__":
    main()
