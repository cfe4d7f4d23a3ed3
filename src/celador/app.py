"""The composition root: the only place that chooses classes and ties the rooms together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from celador.alarming import alarm_settings, pass_time, request_clerk
from celador.clock import SystemClock
from celador.config import Config, DeviceConfig, kinds_of
from celador.domain.errors import StoreError
from celador.domain.event import Event, EventKind, Origin
from celador.domain.memory import Memory
from celador.forwarding import ForwardProcess, Task, historian_dsn
from celador.pipeline.alarms.centre import AlarmCentre
from celador.pipeline.alarms.notes import SUBJECT as ALARM_SUBJECT
from celador.pipeline.alarms.rules import AlarmRules
from celador.pipeline.alarms.status import StatusReader
from celador.pipeline.counts import PollCounts
from celador.pipeline.operations.facts import FactReader
from celador.pipeline.operations.settings import SequenceSettings
from celador.pipeline.plans import Plans
from celador.pipeline.poll import Backoff, DevicePoller
from celador.pipeline.schedule import Agenda, Burst, spread
from celador.pipeline.watch import SUBJECT, AlarmDesk, Watch
from celador.ports import (
    Clock,
    CommitListener,
    EdgeStore,
    FullReader,
    HistoryReader,
    Record,
    RecordReader,
    RequestBox,
    Source,
)
from celador.profiles.schema import load_profile
from celador.sources.modbus import ModbusLink, ModbusSource
from celador.stores.sqlite.reader import SqliteReader
from celador.stores.sqlite.requests import SqliteRequestBox
from celador.stores.sqlite.retention import Retention
from celador.stores.sqlite.store import SqliteStore
from celador.surfaces.live import Live, Outlook
from celador.surfaces.notify.build import notifier_of
from celador.surfaces.notify.notifier import Notifier

_log = logging.getLogger("celador")
T = TypeVar("T")

_CLOCK_WATCH = 1.0  # s between looks at the wall clock
_CLOCK_STEP = 0.5  # s; a larger difference between the clocks is a step, not drift
_NOTIFIER_START = 5.0  # s within which it has opened its file
_RESTART_DELAY = 5.0  # s before a poller that died of a defect is started again


@dataclass(frozen=True, slots=True)
class Monitor:
    """A running monitor.

    Attributes:
        live: the latest durable records.
        store: the edge store.
        pollers: one per device, by device id.
        forwarding: the road to the historian, None where there is none.
        notifier: tells people, None where nobody is to be told.
    """

    live: Live
    store: EdgeStore
    pollers: dict[int, DevicePoller]
    forwarding: ForwardProcess | None
    notifier: Notifier | None = None

    def counts(self) -> dict[int, PollCounts]:
        """What each poller counts of itself, by device id."""
        return {device: poller.counts for device, poller in self.pollers.items()}


@dataclass(frozen=True, slots=True)
class Kind:
    """What all devices of one profile and the same limits share.

    Attributes:
        plans: the requests of every cycle.
        facts: what the profile tells the rules.
        alarms: the bits that the alarms speak of.
    """

    plans: Plans
    facts: FactReader
    alarms: StatusReader


class Kinds:
    """Loads profiles and plans their requests, once however many devices share them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int | None, int | None], Kind] = {}

    def of(self, device: DeviceConfig) -> Kind:
        """The kind of a device.

        Raises:
            ProfileError: its profile cannot be used, or not within the device's limits.
        """
        key = (device.profile, device.max_registers, device.max_gap)
        if key not in self._known:
            profile = load_profile(device.profile)
            plans = Plans(
                profile, max_registers=device.max_registers, max_gap_registers=device.max_gap
            )
            facts = FactReader.of(profile)
            alarms = StatusReader(profile.group("status"), facts)
            self._known[key] = Kind(plans, facts, alarms)
        return self._known[key]


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on the fastest event loop that there is."""
    try:
        from uvloop import new_event_loop  # noqa: PLC0415 -- there is none on every system
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)


SourceOf = Callable[[DeviceConfig], Source]
"""What is read in the place of a device."""


@asynccontextmanager
async def monitor(
    config: Config, clock: Clock | None = None, source_of: SourceOf | None = None
) -> AsyncIterator[Monitor]:
    """A monitor that polls while the context lasts; leaving it makes everything durable.

    Args:
        config: what to watch, and how.
        clock: time; None for the machine's own.
        source_of: gives what is read of a device; None for its Modbus link.

    Raises:
        ProfileError: a device names a profile that cannot be used, or not within its limits.
        StoreError: the store cannot be opened.
    """
    clock = clock or SystemClock()
    kinds = Kinds()
    kind_of = {device.id: kinds.of(device) for device in config.devices}
    devices = [d.as_device(config.polling_of(d).analog_s) for d in config.devices]
    live = Live(devices, {each.id: _outlook(config, each) for each in config.devices})
    notifier = notifier_of(config, clock)
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
        source_of = source_of or partial(_modbus, clock=clock)
        pollers = _pollers(config, kind_of, store, clock, source_of, centre)
        store.add(centre.start(clock.now()))
        tasks += [asyncio.create_task(_keep_polling(p, clock)) for p in pollers.values()]
        tasks.append(asyncio.create_task(_watch_clock(store, clock)))
        tasks.append(asyncio.create_task(pass_time(centre, store, clock)))
        tasks.append(asyncio.create_task(request_clerk(config, centre, store, clock).run()))
        yield Monitor(live, store, pollers, forwarding, notifier)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        store.add([_system("fin", "Fin de supervisión", "Supervision stopped", clock)])
        if forwarding is not None:
            await asyncio.to_thread(_stop_forwarding, forwarding, store)
        await store.close()
        if notifier is not None:
            await asyncio.to_thread(notifier.stop)


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


def open_history(config: Config) -> HistoryReader:
    """Open the samples for reading: the historian where there is one, else the edge store.

    Raises:
        ConfigError: the file with the historian's password cannot be read.
        StoreError: what is stored cannot be read.
    """
    if config.historian.host is None:
        return SqliteReader(config.store.path)
    return _historian_reader(config)


def _historian_reader(config: Config) -> FullReader:
    from celador.stores.timescale import TimescaleScreenReader  # noqa: PLC0415 -- needs libpq

    return TimescaleScreenReader(historian_dsn(config.historian.for_reading()))


def open_everything(config: Config) -> FullReader:
    """Open all that is kept for reading: the historian where there is one, else the edge store.

    Raises:
        ConfigError: the file with the historian's password cannot be read.
        StoreError: what is stored cannot be read.
    """
    if config.historian.host is None:
        return SqliteReader(config.store.path)
    return _historian_reader(config)


def open_requests(config: Config) -> RequestBox:
    """Where people leave requests: with the historian where there is one, else beside the store.

    Raises:
        ConfigError: the file with the historian's password cannot be read.
        HistorianAwayError: the settings make no address.
    """
    if config.historian.host is None:
        return SqliteRequestBox.beside(config.store.path)
    from celador.stores.timescale import TimescaleRequestBox  # noqa: PLC0415 -- needs libpq

    return TimescaleRequestBox(historian_dsn(config.historian.for_reading()))


def open_reader(config: Config) -> RecordReader:
    """Open samples and operations for reading, as `open_everything` does."""
    return open_everything(config)


def open_supply(config: Config) -> FullReader:
    """Open what the figures about the supply are made of, as `open_everything` does."""
    return open_everything(config)


def link_of(device: DeviceConfig) -> ModbusLink:
    """The Modbus link that a device's settings describe."""
    return ModbusLink(
        transport=device.transport,
        host=device.host or "",
        port=device.port,
        unit=device.unit,
        timeout=device.timeout_s,
        serial_port=device.serial_port or "",
        baudrate=device.baudrate,
        parity=device.parity,
        stopbits=device.stopbits,
    )


def _modbus(device: DeviceConfig, *, clock: Clock) -> Source:
    return ModbusSource(link_of(device), clock, name=device.name)


def _pollers(
    config: Config,
    kind_of: dict[int, Kind],
    store: SqliteStore,
    clock: Clock,
    source_of: SourceOf,
    centre: AlarmCentre,
) -> dict[int, DevicePoller]:
    memories = store.memories(SUBJECT)
    alarm_memories = store.memories(ALARM_SUBJECT)
    pollers = {}
    for index, device in enumerate(config.devices):
        kind = kind_of[device.id]
        polling = config.polling_of(device)
        agenda = Agenda(
            {
                "status": polling.status_s,
                "analog": polling.analog_s,
                "counters": polling.counters_s,
            },
            spread(index, min(polling.status_s, polling.analog_s, 1.0)),
            Burst(polling.burst_period_s, polling.burst_duration_s, polling.burst_counters_at_s),
        )
        status = min(polling.status_s, polling.analog_s)  # the status is read with the analogs too
        rules = AlarmRules(
            device.id,
            kind.alarms,
            alarm_settings(config, device),
            centre.book,
            alarm_memories.get(device.id),
        )
        pollers[device.id] = DevicePoller(
            device.id,
            source_of(device),
            kind.plans,
            agenda,
            store.add,
            clock,
            backoff=Backoff(polling.backoff_first_s, polling.backoff_max_s),
            watch=_watch(device, status, kind.facts, memories.get(device.id), (rules, centre)),
        )
        if kind.facts.complete:
            centre.add(rules)
    return pollers


def _watch(
    device: DeviceConfig,
    status_s: float,
    reader: FactReader,
    memory: Memory | None,
    alarms: tuple[AlarmRules, AlarmCentre],
) -> Watch | None:
    """The rules of a device; None where its profile does not tell them enough."""
    if not reader.complete:
        return None
    settings = SequenceSettings(
        reclaim_s=device.reclaim_s,
        co_counted_at=device.co_counted_at,
        source_side=device.source_side,
        nominal_voltage=device.nominal_voltage_v,
        status_period_s=status_s,
        customers=device.customers,
        kva=device.kva,
    )
    return Watch(device.id, reader, settings, memory, AlarmDesk(*alarms))


def request_box(config: Config) -> RequestBox:
    """Where people leave what they ask of the monitor of this configuration's store."""
    return SqliteRequestBox.beside(config.store.path)


async def _keep_polling(poller: DevicePoller, clock: Clock) -> None:
    # A defect met by one device must not silence it for ever, nor touch the others.
    while True:
        try:
            await poller.run()
        except Exception:  # noqa: BLE001 -- the last fence between one device and all others
            _log.exception(
                "polling of device %d stopped on a defect; it starts again in %.0f s",
                poller.device_id,
                _RESTART_DELAY,
            )
            await clock.sleep(_RESTART_DELAY)


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


def default_store_path() -> Path:
    """Where the store is when no configuration says otherwise."""
    return Config().store.path


async def until_stopped(stop: asyncio.Event, seconds: float | None = None) -> None:
    """Wait for `stop`, at most `seconds`."""
    # Not `wait_for`: on Python 3.11 it can swallow a cancellation.
    waiting = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([waiting], timeout=seconds)
    finally:
        waiting.cancel()
