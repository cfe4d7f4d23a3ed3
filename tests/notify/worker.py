"""Makes alarms, to be killed: python -m tests.notify.worker STORE PORT FIRST COUNT."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from celador.clock import SystemClock
from tests.notify.conftest import House
from tests.notify.records import alarm
from tests.notify.servers import HttpSink


async def _make(path: Path, port: int, first: int, count: int) -> None:
    clock = SystemClock()
    house = House(path, clock=clock)
    house.webhook(HttpSink(port=port), max_per_hour=3600)
    async with house.running():
        for key in range(first, first + count):
            await house.add(replace(alarm(key=key), began=clock.now(), text_es=f"CASO-{key}."))
            print(key, flush=True)  # noqa: T201 -- what it prints is durable
        await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(_make(Path(sys.argv[1]), *map(int, sys.argv[2:5])))
