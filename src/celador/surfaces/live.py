"""The latest durable records of every device, for screens."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from celador.domain.alarm import Alarm
from celador.domain.device import Device
from celador.domain.event import Event, EventKind
from celador.domain.operation import Operation
from celador.domain.sample import CounterReading, Sample, Value
from celador.ports import Record

_TREND = 120


@dataclass(slots=True)
class DeviceLive:
    """What is known of one device now.

    Attributes:
        device: who it is.
        sample: its latest row of `mediciones`, None before the first.
        counters: its latest row of `contadores`, None before the first.
        link: True up, False down, None before the first attempt.
        events: its latest events, newest first.
        event_count: events since the start, those that fell out of `events` too.
        trend: phase A current of its latest samples, oldest first; None where it was not known.
        alarms: its open alarms, by key.
        operation: its last operation, None before the first.
    """

    device: Device
    sample: Sample | None = None
    counters: CounterReading | None = None
    link: bool | None = None
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=50))
    event_count: int = 0
    trend: deque[Value] = field(default_factory=lambda: deque(maxlen=_TREND))
    alarms: dict[int, Alarm] = field(default_factory=dict)
    operation: Operation | None = None


class Live:
    """Listens to the store's commits; a screen therefore never shows what could still be lost.

    Attributes:
        devices: what is known of each device, by id.
        alarms: open alarms without device, by key.
    """

    def __init__(self, devices: Sequence[Device]) -> None:
        self.devices = {device.id: DeviceLive(device) for device in devices}
        self.alarms: dict[int, Alarm] = {}

    def committed(self, records: Sequence[Record]) -> None:
        """Take records that have just become durable (a `ports.CommitListener`)."""
        for record in records:
            if isinstance(record, Alarm):
                self._alarm(record)
                continue
            known = self.devices.get(record.device_id) if record.device_id is not None else None
            if known is not None:
                _take(known, record)

    def _alarm(self, alarm: Alarm) -> None:
        known = None if alarm.device_id is None else self.devices.get(alarm.device_id)
        if alarm.device_id is not None and known is None:
            return
        alarms = self.alarms if known is None else known.alarms
        if alarm.closed is None:
            alarms[alarm.key] = alarm
        else:
            alarms.pop(alarm.key, None)


def _take(known: DeviceLive, record: Record) -> None:
    if isinstance(record, Sample):
        known.sample = record
        known.trend.append(record.values.get("ia"))
    elif isinstance(record, CounterReading):
        known.counters = record
    elif isinstance(record, Operation):
        if known.operation is None or record.key >= known.operation.key:
            known.operation = record
    elif isinstance(record, Event):
        known.events.appendleft(record)
        known.event_count += 1
        if record.kind is EventKind.LINK:
            known.link = record.new == "arriba"
