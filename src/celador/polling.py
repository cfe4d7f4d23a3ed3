"""Ties the poller of each configured device to its profile, its link and its rules."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

from celador.alarming import alarm_settings
from celador.config import Config, DeviceConfig
from celador.domain.memory import Memory
from celador.pipeline.alarms.centre import AlarmCentre
from celador.pipeline.alarms.notes import SUBJECT as ALARM_SUBJECT
from celador.pipeline.alarms.rules import AlarmRules
from celador.pipeline.alarms.status import StatusReader
from celador.pipeline.operations.facts import FactReader
from celador.pipeline.operations.settings import SequenceSettings
from celador.pipeline.plans import Plans
from celador.pipeline.poll import Backoff, DevicePoller
from celador.pipeline.schedule import CLOCK_PERIOD, Agenda, Burst, Group, spread
from celador.pipeline.watch import SUBJECT, AlarmDesk, Watch
from celador.ports import Clock, Source
from celador.profiles.schema import load_profile
from celador.sources.modbus import ModbusLink, ModbusSource
from celador.stores.sqlite.store import SqliteStore

_log = logging.getLogger("celador")

_RESTART_DELAY = 5.0  # s before a poller that died of a defect is started again


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


SourceOf = Callable[[DeviceConfig], Source]
"""What is read in the place of a device."""


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


def modbus_source(device: DeviceConfig, *, clock: Clock) -> Source:
    """What is read of a device: its Modbus link."""
    return ModbusSource(link_of(device), clock, name=device.name)


def pollers_of(
    config: Config,
    kind_of: dict[int, Kind],
    store: SqliteStore,
    clock: Clock,
    source_of: SourceOf,
    centre: AlarmCentre,
) -> dict[int, DevicePoller]:
    """The poller of every device, by its id, each added to the alarm centre with its rules."""
    memories = store.memories(SUBJECT)
    alarm_memories = store.memories(ALARM_SUBJECT)
    pollers, chance = {}, random.Random()  # noqa: S311 -- jitter; each of its own costs 1 ms
    for index, device in enumerate(config.devices):
        kind = kind_of[device.id]
        polling = config.polling_of(device)
        periods: dict[Group, float] = {
            "status": polling.status_s,
            "analog": polling.analog_s,
            "counters": polling.counters_s,
        }
        if kind.plans.clock is not None:
            periods["clock"] = CLOCK_PERIOD
        agenda = Agenda(
            periods,
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
            chance=chance,
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


async def keep_polling(poller: DevicePoller, clock: Clock) -> None:
    """Poll; a defect met by one device must not silence it for ever, nor touch the others."""
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
