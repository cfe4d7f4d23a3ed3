"""The composition root: the only place that chooses classes and ties the rooms together."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from functools import partial

from celador.alarming import pass_time, request_clerk
from celador.clock import SystemClock
from celador.config import Config, DeviceConfig, kinds_of
from celador.domain.errors import StoreError
from celador.domain.event import Event, EventKind, Origin
from celador.forwarding import ForwardProcess, Task
from celador.pipeline.alarms.centre import AlarmCentre
from celador.pipeline.counts import PollCounts
from celador.pipeline.poll import DevicePoller
from celador.pipeline.watch import SUBJECT
from celador.polling import Kinds, SourceOf, keep_polling, modbus_source, pollers_of
from celador.ports import (
    Clock,
    CommitListener,
    EdgeStore,
    Record,
)
from celador.stores.sqlite.reader import SqliteReader
from celador.stores.sqlite.retention import Retention
from celador.stores.sqlite.store import SqliteStore
from celador.surfaces.live import Live, Outlook
from celador.surfaces.notify.apprise_sender import AppriseSender
from celador.surfaces.notify.build import SenderOf, notifier_of
from celador.surfaces.notify.notifier import Notifier

_log = logging.getLogger("celador")

_CLOCK_WATCH = 1.0  # s between looks at the wall clock
_CLOCK_STEP = 0.5  # s; a larger difference between the clocks is a step, not drift
_TOLD_WITHIN = 60.0  # s; a channel that hangs does not hold up a turned clock for ever
_NOTIFIER_START = 5.0  # s within which it has opened its file
_LINKS_OPEN = 5.0  # s after which most links stand


@dataclass(slots=True)
class Monitor:
    """A running monitor.

    Attributes:
        live: the latest durable records.
        store: the edge store.
        pollers: one per device, by device id.
        forwarding: the road to the historian, None where there is none.
        clock: time.
        notifier: tells people, None where nobody is to be told.
        mute: the notifier did not come to rest in time, so `settled` waits for it no more.
    """

    live: Live
    store: EdgeStore
    pollers: dict[int, DevicePoller]
    forwarding: ForwardProcess | None
    clock: Clock
    notifier: Notifier | None = None
    mute: bool = False

    def counts(self) -> dict[int, PollCounts]:
        """What each poller counts of itself, by device id."""
        return {device: poller.counts for device, poller in self.pollers.items()}

    async def settled(self) -> None:
        """Return when every alarm and operation is durable, and who is to hear now has been told.

        For a turned clock, which must not go on before. What waits for its time is not waited for,
        nor, once it did not come to rest within a minute, is the notifier.
        """
        if self.store.health().news:
            await self.store.flush()
        if self.notifier is None or self.mute or not self.notifier.has_work(self.clock.now()):
            return
        if not await asyncio.to_thread(self.notifier.wait_idle, _TOLD_WITHIN):
            self.mute = True
            _log.error(
                "the notifier does not come to rest: it is waited for no more, and messages may be "
                "missing or late"
            )


@asynccontextmanager
async def monitor(
    config: Config,
    clock: Clock | None = None,
    source_of: SourceOf | None = None,
    sender_of: SenderOf = AppriseSender,
) -> AsyncIterator[Monitor]:
    """A monitor that polls while the context lasts; leaving it makes everything durable.

    Args:
        config: what to watch, and how.
        clock: time; None for the machine's own.
        source_of: gives what is read of a device; None for its Modbus link.
        sender_of: gives the way to one address of a channel of notifications.

    Raises:
        ProfileError: a device names a profile that cannot be used, or not within its limits.
        StoreError: the store cannot be opened.
    """
    clock = clock or SystemClock()
    kinds = Kinds()
    kind_of = {device.id: kinds.of(device) for device in config.devices}
    devices = [d.as_device(config.polling_of(d).analog_s) for d in config.devices]
    live = Live(devices, {each.id: _outlook(config, each) for each in config.devices})
    notifier = notifier_of(config, clock, sender_of)
    listeners: list[CommitListener] = [live.committed]
    if notifier is not None:
        listeners.append(notifier.committed)
    store = await SqliteStore.open(
        config.store.path,
        devices=devices,
        collector=config.collector,
        clock=clock,
        on_commit=_all_of(listeners),
        retention=Retention(
            max_age_days=config.store.retention_days,
            max_disk_share=config.store.max_disk_share,
            hold_unsent=config.historian.host is not None,
        ),
    )
    live.recall(store.memories(SUBJECT).values())
    await asyncio.to_thread(_recall, live, config, clock.now())
    tasks: list[asyncio.Task[None]] = []
    forwarding = None
    store.add([_system("inicio", "Inicio de supervisión", "Supervision started", clock)])
    centre = AlarmCentre(
        store.open_alarms, store.last_alarm_keys, kinds_of(config.alarms.catalogue)
    )
    try:
        await _start_notifier(notifier)
        forwarding = _start_forwarding(config, store)
        source_of = source_of or partial(modbus_source, clock=clock)
        pollers = pollers_of(config, kind_of, store, clock, source_of, centre)
        store.add(centre.start(clock.now()))
        tasks += [asyncio.create_task(keep_polling(p, clock)) for p in pollers.values()]
        tasks.append(asyncio.create_task(_watch_clock(store, clock)))
        tasks.append(asyncio.create_task(pass_time(centre, store, clock)))
        tasks.append(asyncio.create_task(request_clerk(config, centre, store, clock).run()))
        tasks.append(asyncio.create_task(_keep_for_good()))
        yield Monitor(live, store, pollers, forwarding, clock, notifier)
    finally:
        gc.unfreeze()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        store.add([_system("fin", "Fin de supervisión", "Supervision stopped", clock)])
        if forwarding is not None:
            await asyncio.to_thread(_stop_forwarding, forwarding, store)
        await store.close()
        if notifier is not None:
            await asyncio.to_thread(notifier.stop)


async def _keep_for_good() -> None:
    """Leave what stands now out of each search for reference cycles; it stays till the end.

    To look through a thousand reclosers takes a quarter of a second, in which nothing is polled.
    """
    gc.freeze()
    await asyncio.sleep(_LINKS_OPEN)
    gc.freeze()


def _all_of(listeners: Sequence[CommitListener]) -> CommitListener:
    def tell(records: Sequence[Record]) -> None:
        for listener in listeners:
            listener(records)

    return tell


async def _start_notifier(notifier: Notifier | None) -> None:
    """Start it, and go on once it has seen what is old; a broken queue is not waited for."""
    if notifier is not None:
        notifier.start()
        await asyncio.to_thread(notifier.wait_ready, _NOTIFIER_START)


def _recall(live: Live, config: Config, now: int) -> None:
    with suppress(StoreError), closing(SqliteReader(config.store.path)) as reader:
        live.recall_stored(reader, now)


_CYCLES_TO_BE_OLD = 3
_LEAST_TO_BE_OLD = 10.0  # s; a link that is slow to fail must not make a screen flicker


def _outlook(config: Config, device: DeviceConfig) -> Outlook:
    period = config.polling_of(device).analog_s
    return Outlook(
        stale_after=round(max(_CYCLES_TO_BE_OLD * period, _LEAST_TO_BE_OLD) * 1_000_000),
        source_side=device.source_side,
        base_current=device.base_current_a,
        trips_to_lockout=device.trips_to_lockout,
        band_percent=config.quality.profile(device.voltage_profile).band_percent,
    )


def _stop_forwarding(forwarding: ForwardProcess, store: SqliteStore) -> None:
    with suppress(StoreError):
        store.carry_out([])  # what was seen last is durable, so it can be carried
    forwarding.stop()


def _start_forwarding(config: Config, store: SqliteStore) -> ForwardProcess | None:
    if config.historian.host is None:
        return None
    task = Task(config.store.path, config.collector, config.historian, _log.getEffectiveLevel())
    forwarding = ForwardProcess(task, store.carry_out)
    forwarding.start()
    return forwarding


async def _watch_clock(store: EdgeStore, clock: Clock) -> None:
    """Make a row of every step of the wall clock, so that nobody takes it for lost samples."""
    offset = clock.now() / 1e6 - clock.monotonic()
    while True:
        await clock.sleep(_CLOCK_WATCH)
        now = clock.now() / 1e6 - clock.monotonic()
        step = now - offset
        offset = now
        if abs(step) > _CLOCK_STEP:
            _log.warning("the wall clock stepped by %+.1f s", step)
            store.add(
                [
                    _system(
                        "reloj",
                        f"Salto del reloj del sistema: {step:+.1f} s",
                        f"The system clock stepped by {step:+.1f} s",
                        clock,
                    )
                ]
            )


def _system(point: str, es: str, en: str, clock: Clock) -> Event:
    return Event(
        None, clock.now(), None, EventKind.SYSTEM, point, None, None, es, en, Origin.SYSTEM
    )


async def until_stopped(stop: asyncio.Event, seconds: float | None = None) -> None:
    """Wait for `stop`, at most `seconds`."""
    # Not `wait_for`: on Python 3.11 it can swallow a cancellation.
    waiting = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([waiting], timeout=seconds)
    finally:
        waiting.cancel()
