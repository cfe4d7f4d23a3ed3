"""A room over a store that nobody writes, a process: `python -m tests.web.quiet STORE`.

Prints its address when it is ready and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from celador.config import Config, StoreConfig
from celador.domain.device import Device
from celador.domain.event import Event, EventKind, Origin
from celador.domain.operation import (
    Extremes,
    Operation,
    OperationKind,
    RecordQuality,
    Result,
    Span,
)
from celador.domain.sample import Quality, Sample, SwitchState
from celador.loop import run
from celador.ports import Record
from celador.room import room
from celador.surfaces.web.server import Address
from tests.support.clock import MIDNIGHT
from tests.support.edge_store import write_store

SECOND = 1_000_000


HOLE = range(200, 400)  # s after midnight (UTC) without samples
LENGTH = 600  # s
TRIP = 450  # s


def amps(second: int) -> float:
    """What R-001 measured."""
    return float(100 + second * 7 % 60)


def story() -> Iterator[Record]:
    """Ten minutes of R-001: a sample each second, a hole in which the link was down, a trip."""
    for second in range(LENGTH):
        if second not in HOLE:
            values = {"ia": amps(second), "va": 7621.0}
            at = MIDNIGHT + second * SECOND
            yield Sample(1, at, values, SwitchState.CLOSED, Quality.GOOD)
    down = MIDNIGHT + HOLE.start * SECOND
    yield Event(
        1, down, down - SECOND, EventKind.LINK, "enlace", "arriba", "abajo",
        "Sin enlace: el equipo no responde", "Link down: no answer", Origin.SYSTEM,
    )  # fmt: skip
    at = MIDNIGHT + TRIP * SECOND
    yield Operation(
        device_id=1, key=at, start=Span(at - SECOND, at), end=Span(at, at + SECOND),
        kind=OperationKind.SEQUENCE, result=Result.LOCKOUT, quality=RecordQuality.OBSERVED,
        cause="OC3+", phases="AB", trips=1, extremes=Extremes(ia=1657.0, ib=1650.0),
    )  # fmt: skip


def make_store(path: Path, count: int) -> None:
    """A store with so many reclosers, R-001 and so on, every tenth of them in Córdoba."""
    devices = [
        device(n, f"R-{n:03d}", "Córdoba" if n % 10 == 0 else "") for n in range(1, count + 1)
    ]
    write_store(path, devices, list(story()) if devices else ())


def device(number: int, name: str, place: str = "") -> Device:
    """A recloser of 13.2 kV."""
    return Device(number, name, place, "noja-rc10", 13_200.0)


async def main(path: Path) -> None:
    """Serve it until the standard input ends."""
    async with room(Config(store=StoreConfig(path=path)), Address(), login=False) as server:
        print(server.url.rstrip("/"), flush=True)  # noqa: T201 -- what the test waits for
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    run(main(Path(sys.argv[1])))
