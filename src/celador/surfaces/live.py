"""The latest durable records of every device, for screens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from celador.documents import load
from celador.domain.alarm import Alarm
from celador.domain.device import Device
from celador.domain.event import Event, EventKind
from celador.domain.memory import Memory
from celador.domain.operation import Operation
from celador.domain.outage import Outage
from celador.domain.sample import CounterReading, Sample, Value
from celador.pipeline.watch import SUBJECT, Remembered, state_of
from celador.ports import AlarmReader, NewestReader, OperationReader, Record, SampleRow
from celador.surfaces.minutes import COUNT, MINUTE, Minutes

_TREND = 120
_CURRENTS = ("ia", "ib", "ic")
_RECALLED = 30 * 86_400_000_000  # µs of operations that are recalled
_PATIENCE = 15_000_000  # µs that reading what is stored may take, its pause of a second included
LINK_UP = "arriba"


class RecallReader(OperationReader, AlarmReader, NewestReader, Protocol):
    """What the past is recalled from."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the settings say of how a device is looked at.

    Attributes:
        stale_after: µs without news after which nothing may be shown as what is now.
        source_side: the terminals towards the source, "abc" or "rst".
        base_current: rated or usual current, A; None where nobody said.
        trips_to_lockout: trips of a whole sequence; None where nobody said.
        band_percent: how far the voltage may be from the rated one, %.
    """

    stale_after: int = 15_000_000
    source_side: str = "abc"
    base_current: float | None = None
    trips_to_lockout: int | None = None
    band_percent: float = 8.0


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
        outlook: what the settings say of it.
        memory: its status points and what the rules make of them, as last kept on disk.
        minutes: its currents in the last hour; what else its page draws, once that was opened.
        lost: quantities that the latest sample lacks, each with its last value and when that was.
        shown_at: when its page was last open in a browser, UTC in µs since 1970; 0 never.
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
    outlook: Outlook = Outlook()
    memory: Memory | None = None
    minutes: Minutes = field(default_factory=lambda: Minutes(_CURRENTS))
    lost: dict[str, tuple[Value, int]] = field(default_factory=dict)
    shown_at: int = 0
    _read: tuple[Memory, Remembered | None] | None = None

    @property
    def remembered(self) -> Remembered | None:
        """What `memory` says; read when somebody looks, since most are never looked at."""
        if self.memory is None:
            return None
        if self._read is None or self._read[0] is not self.memory:
            self._read = (self.memory, _remembered(self.memory))
        return self._read[1]


def _remembered(memory: Memory) -> Remembered | None:
    try:
        return load(Remembered, memory.document)
    except ValueError:  # of another version: better nothing than something misread
        return None


def hour_of(reader: NewestReader, now: int) -> Sequence[SampleRow]:
    """Of every device one row of each whole minute of the last hour; cheap for large fleets too."""
    last = now // MINUTE * MINUTE
    return reader.first_samples(last - COUNT * MINUTE, last, MINUTE, _CURRENTS)


class Live:
    """Listens to the store's commits; a screen therefore never shows what could still be lost.

    Attributes:
        devices: what is known of each device, by id.
        common_alarms: alarms without a device whose life is not over, by key.
        trouble: why what is stored could not be read at last; None when all is well, and where the
            records come from this very process.
        read_at: when what is stored was last read, UTC in µs since 1970; None where it never was.
    """

    def __init__(
        self, devices: Sequence[Device], outlooks: Mapping[int, Outlook] | None = None
    ) -> None:
        """Begin knowing nothing; `outlooks` says what the settings tell, by device id."""
        told = outlooks or {}
        self.devices = {
            device.id: DeviceLive(device, outlook=told.get(device.id, Outlook()))
            for device in devices
        }
        self.common_alarms: dict[int, Alarm] = {}
        self.trouble: str | None = None
        self.read_at: int | None = None
        self._listeners: list[Callable[[], None]] = []
        self._last_alarms: Sequence[Alarm] = ()

    def on_urgent(self, listener: Callable[[], None]) -> None:
        """Call back, in the event loop, when a switch, a link, an operation or an alarm changed."""
        self._listeners.append(listener)

    def is_blind(self, now: int) -> bool:
        """Whether what is stored cannot be read, or gives no answer: all of this may be old."""
        late = self.read_at is not None and now - self.read_at > _PATIENCE
        return late or self.trouble is not None

    def alarms(self) -> list[Alarm]:
        """Every alarm whose life is not over, the most urgent first, then the oldest."""
        known = [alarm for each in self.devices.values() for alarm in each.alarms.values()]
        known += self.common_alarms.values()
        return sorted(known, key=lambda alarm: (alarm.priority, alarm.began))

    def recall(self, memories: Iterable[Memory]) -> None:
        """Take what was remembered when the last run ended; it is as old as it says."""
        for memory in memories:
            if memory.device_id in self.devices:
                _take_memory(self.devices[memory.device_id], memory)

    def recall_stored(self, reader: RecallReader, now: int) -> None:
        """Take what was so when the last run ended and lasts; before anything is committed.

        Args:
            reader: of what is stored.
            now: the wall clock, UTC in µs since 1970.
        """
        self.committed(list(reader.operations(now - _RECALLED, now)))
        self.committed(list(reader.outages(now - _RECALLED, now)))
        self.replace_alarms(reader.open_alarms())
        self.recall_hour(hour_of(reader, now))

    def recall_hour(self, rows: Iterable[SampleRow]) -> None:
        """Take what `hour_of` has read, for the small pictures of the last hour."""
        for row in rows:
            if row.device_id in self.devices:
                values = dict(zip(_CURRENTS, row.values, strict=True))
                self.devices[row.device_id].minutes.glimpse(row.at, values)

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
        _keep_lost(known, record)
        known.sample = record
        known.trend.append(record.values.get("ia"))
        known.minutes.add(record.at, record.values)
        return moved
    if isinstance(record, Memory):
        return _take_memory(known, record)
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


def _keep_lost(known: DeviceLive, sample: Sample) -> None:
    """Remember the last value of what the device no longer gives; a screen shows it as old."""
    if sample.quality and known.sample is not None:
        for name, value in known.sample.values.items():
            if value is not None and sample.values.get(name) is None:
                known.lost[name] = (value, known.sample.at)


def _take_memory(known: DeviceLive, memory: Memory) -> bool:
    if memory.subject != SUBJECT:
        return False
    old, known.memory = known.memory, memory
    return old is None or state_of(old) is not state_of(memory)


def _take_event(known: DeviceLive, event: Event) -> bool:
    known.events.appendleft(event)
    known.event_count += 1
    if event.kind is EventKind.LINK:
        known.link = event.new == LINK_UP
        known.link_since = event.at
    elif event.kind is EventKind.POINT:
        known.points[event.point] = event.new
    return event.kind in (EventKind.LINK, EventKind.POINT)
