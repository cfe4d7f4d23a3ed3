"""The room with simulated reclosers, a process: `python -m tests.web.room STORE [DEVICES] [login]`.

NiceGUI keeps its state in the process, so every server of the tests is one of its own. It prints
one line of JSON (`url`, `simulator`) when it is ready and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path

from celador import app
from celador.cli.demo import demo_config
from celador.loop import run
from celador.room import SimulatedReclosers, room
from celador.simulator.fleet import SimulateOptions
from celador.simulator.service import serve
from celador.surfaces.web.server import Address


async def main(store: Path, devices: int, *, login: bool) -> None:
    simulation = await serve(SimulateOptions(devices=devices, port=0, http_port=0))
    try:
        config = demo_config(simulation, store)
        async with app.monitor(config) as running:
            names = {device.id: device.name for device in config.devices}
            async with room(
                config,
                Address(),
                monitor=running,
                simulator=SimulatedReclosers(simulation, names),
                login=login,
            ) as server:
                told = {
                    "url": server.url.rstrip("/"),
                    "simulator": f"http://127.0.0.1:{simulation.http_port}",
                }
                print(json.dumps(told), flush=True)  # noqa: T201 -- what the test waits for
                await asyncio.to_thread(sys.stdin.read)
    finally:
        await simulation.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    many = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    run(main(Path(sys.argv[1]), many, login="login" in sys.argv[3:]))
