"""A scenario over a real socket: the simulator's server, the whole monitor, one clock for both.

The clock stands still while a request is on its way, so that a poll happens at its exact instant
however slow the machine is, and half an hour of quiet costs no more than its polls.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

from celador import app
from celador.clock import TurnedClock
from celador.config import Config, DeviceConfig, PollingConfig, StoreConfig
from celador.domain.blocks import Block, Reply
from celador.polling import link_of
from celador.ports import Source
from celador.simulator.controller import SimulatedController
from celador.simulator.faults import FaultSet
from celador.simulator.frames import MbapFraming
from celador.simulator.server import ModbusPort
from celador.simulator.session import Device, SimClock
from celador.simulator.settings import ControllerSettings
from celador.sources.modbus import ModbusSource
from celador.sources.timeline import DEFAULT_BEGIN
from celador.stores.sqlite.reader import SqliteReader
from celador.surfaces.replay import Found

BEGIN = round(DEFAULT_BEGIN.timestamp() * 1_000_000)
QUIET = 70.0
"""Seconds before a scenario, so that the load before the fault is known."""

SHIFT = 0.1
"""Seconds between a poll and the beginning of the scenario."""

ZERO = BEGIN + round((QUIET + SHIFT) * 1_000_000)
POLLING = PollingConfig(
    status_s=1.0, analog_s=1.0, counters_s=1.0, backoff_first_s=0.1, backoff_max_s=0.1
)
QUIET_HOURS = {"S15": (240.0, 28_800.0)}
"""Seconds between which a recloser that waits for its battery to run down is asked less often."""

_ITERATIONS = 6


class SharedClock(TurnedClock):
    """Stands still while anything of the network is under way.

    Attributes:
        quiet: seconds of the scenario between which it may hurry, as a machine that sleeps.
    """

    def __init__(self, quiet: tuple[float, float]) -> None:
        super().__init__(BEGIN - 500_000)
        self.quiet = quiet
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def held(self, work: Awaitable[Reply]) -> Reply:
        """Do something during which no time passes."""
        self._under_way += 1
        self._idle.clear()
        try:
            return await work
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def settle(self) -> None:
        for _ in range(_ITERATIONS):
            await asyncio.sleep(0)
            await self._idle.wait()

    async def pass_by(self, left: float) -> None:
        """A minute; in the quiet hours of a scenario only every fifth poll is made."""
        now = (self.now() - ZERO) / 1_000_000
        if not self.quiet[0] <= now < self.quiet[1]:
            await self.advance(min(left, 60.0))
            return
        for _ in range(12):
            self.spend(4.0)
            await self.advance(1.0)


class HeldSource:
    """A source that holds the clock while it reads."""

    def __init__(self, source: Source, clock: SharedClock) -> None:
        self._source = source
        self._clock = clock

    async def read(self, block: Block) -> Reply:
        return await self._clock.held(self._source.read(block))

    async def close(self) -> None:
        await self._source.close()


class SharedTime(SimClock):
    """The simulator's time, on the same clock."""

    def __init__(self, clock: TurnedClock) -> None:
        super().__init__()
        self._clock = clock

    def now(self) -> float:
        return max(0.0, (self._clock.now() - BEGIN) / 1_000_000)


@asynccontextmanager
async def simulated(
    scenario: str, clock: SharedClock, settings: ControllerSettings
) -> AsyncIterator[int]:
    """A recloser behind a port of its own that plays a scenario; gives the port."""
    controller = SimulatedController("R1", seed=7, settings=settings, start=DEFAULT_BEGIN)
    device = Device(controller, SharedTime(clock), 1, FaultSet(scenario))
    controller.on_link = device.link_action
    port = ModbusPort("127.0.0.1", 0, MbapFraming(), [device], limit=2)
    await port.open()

    async def live() -> None:
        await clock.sleep((ZERO - clock.now()) / 1_000_000)
        controller.play(scenario, device.clock.now())
        while True:
            await port.refresh()
            await clock.sleep(1.0)

    living = asyncio.create_task(live())
    try:
        yield port.port
        assert not living.done(), living.exception()
    finally:
        living.cancel()
        port.shut()


async def watch(
    scenario: str, seconds: float, folder: Path, device: DeviceConfig, settings: ControllerSettings
) -> Found:
    """Play a scenario for so many seconds and read what the store holds in the end."""
    clock, path = SharedClock(QUIET_HOURS.get(scenario, (0.0, 0.0))), folder / "celador.db"
    async with simulated(scenario, clock, settings) as port:
        config = Config(
            store=StoreConfig(path=path, retention_days=None, max_disk_share=0.99),
            polling=POLLING,
            devices=(device.model_copy(update={"host": "127.0.0.1", "port": port}),),
        )

        def source(each: DeviceConfig) -> Source:
            return HeldSource(ModbusSource(link_of(each), clock, name=each.name), clock)

        async with app.monitor(config, clock, source) as running:
            end = ZERO + round((seconds + 0.5) * 1_000_000)
            while (left := (end - clock.now()) / 1_000_000) > 0:
                await clock.pass_by(left)
                await running.store.flush()
            ((_, poller),) = running.pollers.items()
            assert poller.watch is not None
            state, difference = poller.watch.context.state.value, poller.watch.audit.difference
    reader = SqliteReader(path)
    try:
        return Found(
            list(reader.operations(0, 2**62)),
            list(reader.outages(0, 2**62)),
            list(reader.events(0, 2**62)),
            list(reader.alarms(0, 2**62)),
            state,
            difference,
        )
    finally:
        reader.close()
