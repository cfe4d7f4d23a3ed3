"""Draw docs/img/demo.svg: the live screen of a real run, a trip and its reclose included.

python scripts/demo_picture.py
"""

from __future__ import annotations

import asyncio
import io
import re
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

from rich._export_format import CONSOLE_SVG_FORMAT  # Rich documents it, and exports it nowhere
from rich.console import Console

from celador import app
from celador.cli.demo import demo_config
from celador.clock import SystemClock
from celador.simulator.fleet import SimulateOptions
from celador.simulator.service import serve
from celador.surfaces.terminal import screen

_TARGET = Path(__file__).parent.parent / "docs" / "img" / "demo.svg"
_SECONDS = 30.0
_FAULT_AT = 15.0
_ZONE = ZoneInfo("America/Argentina/Cordoba")


async def _run(path: Path) -> Console:
    console = Console(record=True, width=100, file=io.StringIO())
    simulation = await serve(SimulateOptions(port=0))
    try:
        async with app.monitor(demo_config(simulation, path)) as running:
            await asyncio.sleep(_FAULT_AT)
            device = next(iter(simulation.fleet.devices.values()))
            device.controller.play("S1", device.clock.now())
            await asyncio.sleep(_SECONDS - _FAULT_AT)
            health, now = running.store.health(), SystemClock().now()
            console.print(screen(running.live, health, now, _ZONE, footer="demo.db · Ctrl-C"))
    finally:
        await simulation.close()
    return console


def main() -> None:
    """Run for half a minute and save what the screen shows."""
    with tempfile.TemporaryDirectory() as folder:
        console = app.run(_run(Path(folder) / "demo.db"))
    # The usual frame asks a server for its typeface; a document must not.
    frame = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    console.save_svg(str(_TARGET), title="celador demo", code_format=frame)


if __name__ == "__main__":
    main()
