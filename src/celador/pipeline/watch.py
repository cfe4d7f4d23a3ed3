"""The rules of one device around its polls: what they conclude is stored with what was polled."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from celador.documents import dump, glance, load
from celador.domain.event import Event
from celador.domain.memory import Memory
from celador.domain.sample import CounterReading, Sample
from celador.pipeline.alarms.centre import AlarmCentre
from celador.pipeline.alarms.rules import AlarmRules
from celador.pipeline.device_clock import RESTARTED, ClockReading, DeviceClock, fell_event
from celador.pipeline.operations.context import Context, State
from celador.pipeline.operations.facts import FactReader, Facts, StatusValue
from celador.pipeline.operations.settings import SequenceSettings
from celador.pipeline.operations.tracker import Audit, OperationTracker, Snapshot
from celador.pipeline.operations.witnesses import CYCLES
from celador.ports import Record

_log = logging.getLogger("celador.watch")

SUBJECT = "operaciones"
_SAVE_EVERY = 60_000_000  # µs; at rest, a crash makes the span of what follows this much wider


@dataclass(slots=True)
class Remembered:
    """What is kept on disk of one device.

    Attributes:
        at: the last good read of its status, UTC in microseconds since 1970.
        points: its status points as they were then, by key.
        context: of the rules of operations.
    """

    at: int
    points: Mapping[str, Any] = field(default_factory=dict)
    context: Context = field(default_factory=Context)


@dataclass(frozen=True, slots=True)
class _StateAlone:
    state: State


@dataclass(frozen=True, slots=True)
class _Glance:
    context: _StateAlone


@dataclass(frozen=True, slots=True)
class AlarmDesk:
    """The alarms of one recloser, and where those of all meet."""

    rules: AlarmRules
    centre: AlarmCentre


class Watch:
    """The rules of one device, and their memory.

    Attributes:
        past: the status points of the last run, by key, and when they were read; None for none.
    """

    def __init__(
        self,
        device_id: int,
        reader: FactReader,
        settings: SequenceSettings,
        memory: Memory | None = None,
        alarms: AlarmDesk | None = None,
    ) -> None:
        """Begin, or go on where the last run left off.

        Args:
            device_id: `equipos.id`.
            reader: of the device's profile.
            settings: of the device.
            memory: what the last run left in the store; None for nothing.
            alarms: the rules of its alarms; None for none.
        """
        self._device_id = device_id
        self._reader = reader
        remembered = _recall(memory)
        self.past = None if remembered is None else (remembered.points, remembered.at)
        context = None if remembered is None else remembered.context
        self._operations = OperationTracker(device_id, reader, settings, context)
        self._values: Mapping[str, StatusValue] | None = None
        self._facts: Facts | None = None
        self._status_at: int | None = None
        self._saved_at = 0
        self._restarted = False
        self._clock = None if alarms is None else DeviceClock(alarms.rules.settings.zone)
        self._alarms = alarms
        if alarms is not None:
            alarms.rules.know(self.context.operation)

    @property
    def audit(self) -> Audit:
        """The device's own count of its cycles against the operations recorded."""
        return self._operations.audit

    @property
    def context(self) -> Context:
        """What the rules of operations remember."""
        return self._operations.context

    def conclude(
        self, records: list[Record], values: Mapping[str, StatusValue] | None, at: int
    ) -> None:
        """Add to the records of a cycle what follows from them, and the memory of it.

        Args:
            records: of the cycle, in order; more are appended.
            values: the status points, where they were read in this cycle; the same object as in
                the cycle before where nothing has changed.
            at: when the status was read, else the end of the cycle; UTC in µs since 1970.
        """
        changed = values is not None and values is not self._values
        if changed and values is not None:
            self._values, self._facts = values, self._reader.read(values)
        if values is not None:
            self._status_at = at
        analog = counters = None
        for record in records:
            if isinstance(record, Sample):
                analog = (record.at, record.values)
            elif isinstance(record, CounterReading):
                counters = (record.at, record.values)
        facts = None if values is None else self._facts
        found = self._operations.take(Snapshot(at, facts, analog, counters))
        records.extend(found)
        self._restarted = any(isinstance(e, Event) and e.point == RESTARTED for e in found)
        alarms = self._alarms
        raised: list[Record] = []
        if alarms is not None:
            alarms.rules.take(records, values, facts, at)
            raised = alarms.centre.settle(at)
            records.extend(raised)
        due = at - self._saved_at >= _SAVE_EVERY or at < self._saved_at
        dirty = alarms is not None and alarms.rules.dirty
        if found or changed or counters or due or raised or dirty:
            records.extend(self.memories())

    def clock(self, reading: ClockReading) -> list[Record]:
        """What follows from the device's clock, read after the cycle that was concluded last."""
        if self._clock is None or self._alarms is None:
            return []
        drift = self._clock.drift(reading)
        if drift is None:
            return []
        records: list[Record] = []
        fell = self._clock.fell(reading, drift)
        if fell is not None and not self._restarted:
            records.append(fell_event(self._device_id, *fell))
        self._alarms.rules.clock(drift, reading.at)
        records.extend(self._alarms.centre.settle(reading.at))
        return records

    def silent(self, now: int) -> list[Record]:
        """Nothing could be read; `now` is UTC in microseconds since 1970.

        Returns:
            What follows from the silence.
        """
        self._operations.silent(now)
        if self._alarms is None:
            return []
        self._alarms.rules.silent(now)
        records = self._alarms.centre.settle(now)
        if self._alarms.rules.dirty:
            records.append(self._alarms.rules.memory(now))
        return records

    def memories(self) -> list[Record]:
        """What must be kept on disk; nothing before the first good read of the status."""
        if self._status_at is None or self._values is None:
            return []
        self._saved_at = self._status_at
        document = dump(Remembered(self._status_at, self._values, self.context))
        kept: list[Record] = [Memory(self._device_id, self._status_at, SUBJECT, document)]
        if self._alarms is not None:
            kept.append(self._alarms.rules.memory(self._status_at))
        return kept


def state_of(memory: Memory) -> State | None:
    """Where the machine of operations stands, as a memory tells it; None where it cannot."""
    try:
        return glance(_Glance, memory.document).context.state
    except ValueError:
        return None


def audit_of(memory: Memory) -> Audit | None:
    """The device's own count against the records, as a memory tells it; None where it cannot."""
    remembered = _recall(memory)
    if remembered is None:
        return None
    context = remembered.context
    now = None if context.baseline is None else context.baseline.counted[CYCLES]
    return Audit(now, context.counted, context.recorded)


def _recall(memory: Memory | None) -> Remembered | None:
    if memory is None:
        return None
    try:
        return load(Remembered, memory.document)
    except ValueError:
        _log.warning(
            "device %d: what the rules remembered cannot be used by this version; they begin anew",
            memory.device_id,
        )
        return None
