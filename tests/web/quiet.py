"""A room over a store that nobody writes, a process: `python -m tests.web.quiet STORE DEVICES`.

Prints its address when it is ready and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from celador import app
from celador.config import Config, StoreConfig
from celador.domain.device import Device
from celador.room import room
from celador.stores.sqlite.store import SqliteStore
from celador.surfaces.web.server import Address
from tests.support.clock import TurnedClock


def make_store(path: Path, count: int) -> None:
    """A store with so many reclosers, R-001 and so on, every tenth of them in Córdoba."""
    devices = [
        Device(n, f"R-{n:03d}", "Córdoba" if n % 10 == 0 else "", "noja-rc10", 13_200.0)
        for n in range(1, count + 1)
    ]

    async def make() -> None:
        store = await SqliteStore.open(path, devices=devices, collector="a", clock=TurnedClock())
        await store.close()

    with ThreadPoolExecutor(1) as thread:  # the caller's may have a loop running
        thread.submit(asyncio.run, make()).result()


async def main(path: Path) -> None:
    """Serve it until the standard input ends."""
    async with room(Config(store=StoreConfig(path=path)), Address(), login=False) as server:
        print(server.url.rstrip("/"), flush=True)  # noqa: T201 -- what the test waits for
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    make_store(Path(sys.argv[1]), int(sys.argv[2]))
    app.run(main(Path(sys.argv[1])))
