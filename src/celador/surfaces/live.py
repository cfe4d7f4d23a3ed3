"""The latest durable records of every device, for screens."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from celador.domain.device import Device
from celador.domain.event import Event, EventKind
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
    """

    device: Device
    sample: Sample | None = None
    counters: CounterReading | None = None
    link: bool | None = None
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=50))
    event_count: int = 0
    trend: deque[Value] = field(default_factory=lambda: deque(maxlen=_TREND))


class Live:
    """Listens to the store's commits; a screen therefore never shows what could still be lost.

    Attributes:
        devices: what is known of each device, by id.
    """

    def __init__(self, devices: Sequence[Device]) -> None:
        self.devices = {device.id: DeviceLive(device) for device in devices}

    def committed(self, records: Sequence[Record]) -> None:
        """Take records that have just become durable (a `ports.CommitListener`)."""
        for record in records:
            known = self.devices.get(record.device_id) if record.device_id is not None else None
            if known is None:
                continue
            if isinstance(record, Sample):
                known.sample = record
                known.trend.append(record.values.get("ia"))
            elif isinstance(record, CounterReading):
                known.counters = record
            elif isinstance(record, Event):
                known.events.appendleft(record)
                known.event_count += 1
                if record.kind is EventKind.LINK:
                    known.link = record.new == "arriba"
