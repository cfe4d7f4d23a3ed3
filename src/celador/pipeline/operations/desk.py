"""Where the rules write: the context, the records of this step, and how both are made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from celador.domain.causes import Direction, Family
from celador.domain.event import Event, EventKind, Origin
from celador.domain.operation import Operation, OperationKind, RecordQuality, Result, Span
from celador.domain.outage import Outage, OutageOrigin
from celador.pipeline.operations.context import Context, Load
from celador.pipeline.operations.facts import FactReader, Facts
from celador.pipeline.operations.loads import Loads
from celador.pipeline.operations.settings import SequenceSettings

_WORST = {
    RecordQuality.OBSERVED: 0,
    RecordQuality.ESTIMATED: 1,
    RecordQuality.RECONSTRUCTED: 2,
}

Finding = Event | Operation | Outage


@dataclass(slots=True)
class Desk:
    """What every rule works on.

    Attributes:
        device_id: `equipos.id`.
        reader: knows the device's causes.
        settings: of this recloser.
        context: what is remembered; the rules change it.
        loads: the load of the last minute.
        events: found in this step, in order.
        operations: opened or changed in this step, by key.
        outages: the same of interruptions.
    """

    device_id: int
    reader: FactReader
    settings: SequenceSettings
    context: Context
    loads: Loads = field(default_factory=Loads)
    events: list[Event] = field(default_factory=list)
    operations: dict[int, Operation] = field(default_factory=dict)
    outages: dict[int, Outage] = field(default_factory=dict)

    def take(self) -> list[Finding]:
        """Everything found since the last call; operations before what refers to them."""
        found: list[Finding] = [
            *self.events,
            *self.operations.values(),
            *self.outages.values(),
        ]
        self.events, self.operations, self.outages = [], {}, {}
        return found

    def say(
        self,
        word: str,
        es: str,
        en: str,
        *,
        at: Span,
        new: str | None = None,
        kind: EventKind = EventKind.DERIVED,
        origin: Origin = Origin.DEVICE,
    ) -> None:
        """Write an event."""
        self.events.append(
            Event(self.device_id, at.hi, at.lo, kind, word, None, new, es, en, origin)
        )

    def key(self, at: int) -> int:
        """A key for a record that begins at this instant; higher than any before it."""
        self.context.last_key = max(self.context.last_key + 1, at)
        return self.context.last_key

    def quality(self, span: Span) -> RecordQuality:
        """How well a move within this span was seen."""
        if span.lo is None:
            return RecordQuality.ESTIMATED
        seen = span.hi - span.lo <= self.settings.longest_silence
        return RecordQuality.OBSERVED if seen else RecordQuality.RECONSTRUCTED

    def begin(
        self, span: Span, kind: OperationKind, causes: Iterable[str], facts: Facts | None
    ) -> Operation:
        """Open an operation and make it the one under way."""
        context = self.context
        counts = context.baseline
        context.load = self.loads.before(span) if context.was_closed else Load()
        elements, direction = self._told(causes)
        operation = Operation(
            device_id=self.device_id,
            key=self.key(span.hi),
            start=span,
            kind=kind,
            result=Result.RUNNING,
            quality=self.quality(span),
            cause=elements[0] if elements else None,
            elements=elements,
            direction=direction,
            group=None if facts is None else facts.group,
            counters_before=None if counts is None else counts.counted,
            load_kw=context.load.kw,
            load_a=context.load.amps,
        )
        self.put(operation)
        return operation

    def _told(self, causes: Iterable[str]) -> tuple[tuple[str, ...], Direction | None]:
        elements = self.ranked(causes)
        known = self.reader.causes.get(elements[0]) if elements else None
        return elements, known.direction if known is not None else None

    def ranked(self, causes: Iterable[str]) -> tuple[str, ...]:
        """Causes without repetition, the most specific first; last what only counters tell."""
        order = {name: rank for rank, name in enumerate(self.reader.causes)}
        return tuple(sorted(dict.fromkeys(causes), key=lambda name: order.get(name, len(order))))

    def put(self, operation: Operation) -> None:
        """Write the operation under way, or the last one, as it now is."""
        self.context.operation = operation
        self.operations[operation.key] = operation

    def also(self, operation: Operation, causes: Iterable[str]) -> Operation:
        """An operation with more causes; the most specific of all becomes its cause."""
        elements, direction = self._told((*operation.elements, *causes))
        return replace(
            operation,
            elements=elements,
            cause=elements[0] if elements else None,
            direction=direction,
        )

    def worse(self, one: RecordQuality, other: RecordQuality) -> RecordQuality:
        """The worse of two qualities."""
        return max(one, other, key=_WORST.__getitem__)

    def count_cycle(self, operation: Operation, cycles: int = 1) -> Operation:
        """The operation with cycles that the device counts too."""
        self.context.recorded += cycles
        return replace(operation, cycles=operation.cycles + cycles)

    def families(self, causes: Iterable[str]) -> frozenset[Family]:
        """The families of some causes."""
        return frozenset(self.reader.family(name) for name in causes)

    def interrupt(self, span: Span, origin: OutageOrigin, operation: int | None) -> Outage:
        """A new interruption, not yet written."""
        return Outage(
            device_id=self.device_id,
            key=self.key(span.hi),
            start=span,
            origin=origin,
            quality=self.quality(span),
            operation=operation,
            customers=self.settings.customers,
            kva=self.settings.kva,
        )
