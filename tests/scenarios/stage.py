"""A scenario over real sockets: the simulator's server, the whole monitor, and those it tells.

One clock for all. It stands still while a request is on its way, and until a mail server and a
webhook have taken what is due, so that a poll happens at its exact instant however slow the machine
is, and half an hour of quiet costs no more than its polls.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr

from celador import app
from celador.clock import TurnedClock
from celador.config import (
    ChannelConfig,
    Config,
    DeviceConfig,
    NotifyConfig,
    PollingConfig,
    StoreConfig,
)
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
from celador.surfaces.notify.listing import Entry, entries
from celador.surfaces.notify.queue import queue_path
from celador.surfaces.replay import Found
from tests.notify.servers import HttpSink, SmtpSink

BEGIN = round(DEFAULT_BEGIN.timestamp() * 1_000_000)
QUIET = 70.0
"""Seconds before a scenario, so that the load before the fault is known."""

SHIFT = 0.1
"""Seconds between a poll and the beginning of the scenario."""

ZERO = BEGIN + round((QUIET + SHIFT) * 1_000_000)
POLLING = PollingConfig(
    status_s=1.0, analog_s=1.0, counters_s=1.0, backoff_first_s=0.1, backoff_max_s=0.1
)
_HOUR = 3_600_000_000  # µs
ZONE = "America/Argentina/Buenos_Aires"
QUIET_HOURS = {"S15": ((240.0, 3600.0, 5.0), (3780.0, 31_800.0, 600.0))}
"""From when until when, and how seldom, it is asked: the battery runs down; then it is off."""

_ITERATIONS = 6

T = TypeVar("T")


class SharedClock(TurnedClock):
    """Stands still while anything of the network is under way.

    Attributes:
        quiet: seconds of the scenario between which it may hurry, as a machine that sleeps, and
            how far.
    """

    def __init__(self, quiet: tuple[tuple[float, float, float], ...]) -> None:
        super().__init__(BEGIN - 500_000)
        self.quiet = quiet
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def held(self, work: Awaitable[T]) -> T:
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
        """A minute; in the quiet hours of a scenario only some of its polls are made."""
        now = (self.now() - ZERO) / 1_000_000
        for begin, end, stride in self.quiet:
            if begin <= now < end:
                for _ in range(max(1, round(60.0 / stride))):
                    self.spend(stride - 1.0)
                    await self.advance(1.0)
                return
        await self.advance(min(left, 60.0))


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
            # uvloop opens a port by way of another thread: on a busy machine that takes a while.
            await clock.held(port.refresh())
            await clock.sleep(1.0)

    living = asyncio.create_task(live())
    try:
        yield port.port
        assert not living.done(), living.exception()
    finally:
        living.cancel()
        port.shut()


@dataclass(frozen=True)
class Played:
    """What came of a scenario.

    Attributes:
        found: what the store holds.
        queue: what the queue of notices holds.
        mails: subjects that the mail server took, in order; it is told at once.
        digests: bodies that the webhook took, in order; it is told once an hour.
    """

    found: Found
    queue: list[Entry]
    mails: list[str]
    digests: list[dict[str, Any]]


def told_by(mail: SmtpSink, office: HttpSink) -> NotifyConfig:
    """Two channels: one as it comes from the factory, and one that hears of all once an hour."""
    at_once = ChannelConfig(
        name="guardia",
        host="127.0.0.1",
        port=mail.port,
        tls="none",
        from_address="celador@localhost",
        to=("guardia@localhost",),
    )
    hourly = ChannelConfig(
        name="oficina",
        kind="webhook",
        url=SecretStr(office.url),
        least_priority="log",
        critical_always=False,
        digest=("critical", "high", "medium"),
        digest_at="hourly",
        operations="all",
    )
    return NotifyConfig(timezone=ZONE, channels=(at_once, hourly))


async def watch(
    scenario: str, seconds: float, folder: Path, device: DeviceConfig, settings: ControllerSettings
) -> Played:
    """Play a scenario for so many seconds and read what store and servers hold in the end."""
    with SmtpSink().serving() as mail, HttpSink().serving() as office:
        found = await _watch(scenario, seconds, folder, device, settings, told_by(mail, office))
        queue = list(entries(queue_path(folder / "celador.db"), 0, 2**62))
        mails = [each.subject for each in mail.mails]
        return Played(found, queue, mails, [post.body for post in office.posts])


async def _watch(
    scenario: str,
    seconds: float,
    folder: Path,
    device: DeviceConfig,
    settings: ControllerSettings,
    notify: NotifyConfig,
) -> Found:
    clock, path = SharedClock(QUIET_HOURS.get(scenario, ())), folder / "celador.db"
    async with simulated(scenario, clock, settings) as port:
        config = Config(
            collector="central",
            store=StoreConfig(path=path, retention_days=None, max_disk_share=0.99),
            polling=POLLING,
            notify=notify,
            devices=(device.model_copy(update={"host": "127.0.0.1", "port": port}),),
        )

        def source(each: DeviceConfig) -> Source:
            return HeldSource(ModbusSource(link_of(each), clock, name=each.name), clock)

        async with app.monitor(config, clock, source) as running:
            clock.others = running.settled
            end = ZERO + round((seconds + 0.5) * 1_000_000)
            while (left := (end - clock.now()) / 1_000_000) > 0:
                await clock.pass_by(left)
                await running.store.flush()
            ((_, poller),) = running.pollers.items()
            assert poller.watch is not None
            state, difference = poller.watch.context.state.value, poller.watch.audit.difference
            # Nothing more is polled; the hour of the last digest comes.
            clock.spend((_HOUR - clock.now() % _HOUR) / 1_000_000)
            await running.settled()
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
