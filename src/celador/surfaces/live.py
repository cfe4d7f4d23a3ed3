"""The latest durable records of every device, for screens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from celador.domain.alarm import Alarm
from celador.domain.device import Device
from celador.domain.event import Event, EventKind
from celador.domain.operation import Operation
from celador.domain.outage import Outage
from celador.domain.sample import CounterReading, Sample, Value
from celador.ports import Record

_TREND = 120
LINK_UP = "arriba"


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
        link_since: when `link` was last said, UTC in µs since 1970; None before the first attempt.
        points: the newest state of each status point that has changed, as `eventos.nuevo` says it.
        operation: its latest operation, perhaps still under way.
        outage: its latest interruption of supply, perhaps still under way.
        alarms: its alarms whose life is not over, by key.
    """

    device: Device
    sample: Sample | None = None
    counters: CounterReading | None = None
    link: bool | None = None
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=50))
    event_count: int = 0
    trend: deque[Value] = field(default_factory=lambda: deque(maxlen=_TREND))
    link_since: int | None = None
    points: dict[str, str | None] = field(default_factory=dict)
    operation: Operation | None = None
    outage: Outage | None = None
    alarms: dict[int, Alarm] = field(default_factory=dict)


class Live:
    """Listens to the store's commits; a screen therefore never shows what could still be lost.

    Attributes:
        devices: what is known of each device, by id.
        common_alarms: alarms without a device whose life is not over, by key.
    """

    def __init__(self, devices: Sequence[Device]) -> None:
        self.devices = {device.id: DeviceLive(device) for device in devices}
        self.common_alarms: dict[int, Alarm] = {}
        self._listeners: list[Callable[[], None]] = []
        self._last_alarms: Sequence[Alarm] = ()

    def on_urgent(self, listener: Callable[[], None]) -> None:
        """Call back, in the event loop, when a switch, a link, an operation or an alarm changed."""
        self._listeners.append(listener)

    def alarms(self) -> list[Alarm]:
        """Every alarm whose life is not over, the most urgent first, then the oldest."""
        known = [alarm for each in self.devices.values() for alarm in each.alarms.values()]
        known += self.common_alarms.values()
        return sorted(known, key=lambda alarm: (alarm.priority, alarm.began))

    def watch(self, devices: Sequence[Device]) -> None:
        """Take the devices as they are now; those that are known keep what is known of them."""
        for device in devices:
            if device.id not in self.devices:
                self.devices[device.id] = DeviceLive(device)
            else:
                self.devices[device.id].device = device

    def replace_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Take these as all the alarms whose life is not over."""
        if alarms == self._last_alarms:
            return
        self._last_alarms = alarms
        self.common_alarms.clear()
        for known in self.devices.values():
            known.alarms.clear()
        for alarm in alarms:
            self._take_alarm(alarm)
        self._tell()

    def committed(self, records: Sequence[Record]) -> None:
        """Take records that have just become durable (a `ports.CommitListener`)."""
        urgent = False
        for record in records:
            if isinstance(record, Alarm):
                self._take_alarm(record)
                urgent = True
                continue
            known = self.devices.get(record.device_id) if record.device_id is not None else None
            if known is not None:
                urgent = _take(known, record) or urgent
        if urgent:
            self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    def _take_alarm(self, alarm: Alarm) -> None:
        if alarm.device_id is None:
            place = self.common_alarms
        elif alarm.device_id in self.devices:
            place = self.devices[alarm.device_id].alarms
        else:
            return
        if alarm.closed is None:
            place[alarm.key] = alarm
        else:
            place.pop(alarm.key, None)


def _take(known: DeviceLive, record: Record) -> bool:
    """Let a device know of a record; True when somebody should see it at once."""
    if isinstance(record, Sample):
        moved = known.sample is None or known.sample.state is not record.state
        known.sample = record
        known.trend.append(record.values.get("ia"))
        return moved
    if isinstance(record, CounterReading):
        known.counters = record
    elif isinstance(record, Event):
        return _take_event(known, record)
    elif isinstance(record, Operation):
        if known.operation is None or record.key >= known.operation.key:
            moved = known.operation != record
            known.operation = record
            return moved
    elif isinstance(record, Outage) and (known.outage is None or record.key >= known.outage.key):
        known.outage = record
    return False


def _take_event(known: DeviceLive, event: Event) -> bool:
    known.events.appendleft(event)
    known.event_count += 1
    if event.kind is EventKind.LINK:
        known.link = event.new == LINK_UP
        known.link_since = event.at
    elif event.kind is EventKind.POINT:
        known.points[event.point] = event.new
    return event.kind in (EventKind.LINK, EventKind.POINT)
