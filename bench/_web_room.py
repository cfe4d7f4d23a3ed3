"""The room over reclosers that another process simulates: `_web_room.py STORE`, devices on stdin.

It prints a line with its address, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path

from celador import app
from celador.config import Config, DeviceConfig, PollingConfig, StoreConfig
from celador.loop import run
from celador.room import room
from celador.surfaces.web.server import Address


async def main(store: Path) -> None:
    devices = json.loads(sys.stdin.readline())
    config = Config(
        store=StoreConfig(path=store),
        polling=PollingConfig(status_s=1.0, analog_s=1.0),
        devices=tuple(
            DeviceConfig(id=number, name=name, host=d["host"], port=d["port"], unit=d["unit"])
            for number, (name, d) in enumerate(devices.items(), start=1)
        ),
    )
    async with (
        app.monitor(config) as running,
        room(config, Address(), monitor=running, login=False) as server,
    ):
        print(server.url.rstrip("/"), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    run(main(Path(sys.argv[1])))
