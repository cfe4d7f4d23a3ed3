"""The alarms of one recloser: each cycle's readings against every condition of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from celador.domain.alarm import Priority
from celador.domain.alarms.catalogue import AlarmKind
from celador.domain.event import Event
from celador.domain.memory import Memory
from celador.domain.operation import Operation, RecordQuality, Result
from celador.domain.operation_text import told
from celador.domain.sample import CounterReading, Sample
from celador.pipeline.alarms.book import Book, Place, Raised, sentences
from celador.pipeline.alarms.cell import Move, Timing, Truth, beyond
from celador.pipeline.alarms.chatter import Chatter, Subject
from celador.pipeline.alarms.measures import Measures
from celador.pipeline.alarms.notes import Notes, Pending, recall, remember
from celador.pipeline.alarms.settings import AlarmSettings
from celador.pipeline.alarms.status import StatusReader
from celador.pipeline.alarms.watched import Watched, watched_of
from celador.pipeline.operations.facts import Facts, Position, StatusValue
from celador.ports import Record

_TELL_MORE = ("LOCKOUT_FALLA", "APERTURA_PROT", "APERTURA_SIN_RECIERRE", "APERTURA_ORDEN")
"""Alarms whose sentence is that of their operation."""

_SHOWN = ("figure", "counter", "clock", "window", "supply")
"""What makes an alarm whose value is worth telling."""


class AlarmRules:
    """What raises and clears the alarms of one recloser."""

    def __init__(
        self,
        device_id: int,
        reader: StatusReader,
        settings: AlarmSettings,
        book: Book,
        memory: Memory | None = None,
    ) -> None:
        """Begin, or go on where the last run left off.

        Args:
            device_id: `equipos.id`.
            reader: of the device's profile.
            settings: of the device.
            book: of all open alarms.
            memory: what the last run left in the store; None for nothing.
        """
        self.device_id = device_id
        self._reader = reader
        self.settings = settings
        self._book = book
        notes = recall(memory)
        self._history = notes.history
        self._measures = Measures(settings, notes.measures)
        self._watched: dict[Subject, Watched] = {}
        for kind in settings.judged.values():
            self._watch(kind, "")
        for family in {each.family for each in notes.history.faults.values()}:
            self._watch_family(family)
        self._groups = {
            by: [each for each in self._watched.values() if each.kind.by == by]
            for by in ("figure", "supply", "counter", "clock")
        }
        self._blind = [each for each in self._watched.values() if each.blind]
        self._tested = [each for each in self._watched.values() if each.tested]
        book.adopt(device_id, settings.kinds)
        self._active: set[str] = set()
        self._settled: Mapping[str, StatusValue] | None = None
        self._judged = False
        self._busy: list[Watched] = []
        self._chatter = Chatter()
        self._operation: Operation | None = None
        self._dirty = False
        self._resume(notes.pending)

    # ---- beginning -------------------------------------------------------------------------------

    def _watch(self, kind: AlarmKind, subject: str) -> None:
        watched = watched_of(kind, subject, self._reader, self.settings)
        if watched is not None:
            self._watched[kind.code, subject] = watched

    def _watch_family(self, family: str) -> None:
        kind = self.settings.judged.get("FALLA_RECURRENTE")
        if kind is not None and (kind.code, family) not in self._watched:
            self._watch(kind, family)

    def _resume(self, pending: Mapping[str, Pending]) -> None:
        for alarm in list(self._book.alarms(self.device_id)):
            if alarm.code == "FALLA_RECURRENTE":
                self._watch_family(alarm.subject)
            watched = self._watched.get((alarm.code, alarm.subject))
            if watched is not None and alarm.ended is None:
                watched.cell.active = True
                self._active.add(alarm.code)
        for name, each in pending.items():
            code, _, subject = name.partition("|")
            watched = self._watched.get((code, subject))
            if watched is not None:
                cell = watched.cell
                cell.since, cell.reads, cell.known_at = each.since, each.reads, each.known_at
                cell.fresh = False

    def know(self, operation: Operation | None) -> None:
        """The last operation of the run before."""
        self._operation = operation

    def unjudged(self) -> list[Place]:
        """Places of open alarms that nothing here can raise or clear any more."""
        moments = {code for code, kind in self.settings.judged.items() if kind.moment}
        return [
            (each.device_id, each.code, each.subject)
            for each in self._book.alarms(self.device_id)
            if (each.code, each.subject) not in self._watched and each.code not in moments
        ]

    # ---- one cycle -------------------------------------------------------------------------------

    def take(
        self,
        records: Sequence[Record],
        values: Mapping[str, StatusValue] | None,
        facts: Facts | None,
        at: int,
    ) -> None:
        """Draw the conclusions of one cycle that read something; the book has what follows.

        Args:
            records: of the cycle, operations and events too.
            values: the status points, None where they were not read; the same object as in the
                cycle before where nothing has changed.
            facts: what they say.
            at: when the status was read, else the end of the cycle; UTC in µs since 1970.
        """
        sample, reading = self._sorted(records, at)
        if values is not None:
            self._status(values, facts, at)
        if sample is not None:
            self._sample(sample, facts)
        if reading is not None:
            self._counters(reading)
        if values is not None or sample is not None or reading is not None:
            self._link(Truth.FALSE, at)
        self._windows(at)
        if self._active:
            self._suppress(at)

    def _sorted(
        self, records: Sequence[Record], at: int
    ) -> tuple[Sample | None, CounterReading | None]:
        sample = reading = None
        for record in records:
            if isinstance(record, Sample):
                sample = record
            elif isinstance(record, CounterReading):
                reading = record
            elif isinstance(record, Operation):
                self._operated(record, at)
            elif isinstance(record, Event) and self._history.pickup(record):
                self._dirty = True
        return sample, reading

    def silent(self, now: int) -> None:
        """Nothing could be read; `now` is UTC in microseconds since 1970."""
        self._link(Truth.TRUE, now)
        self.pass_time(now)

    def pass_time(self, now: int) -> None:
        """Look at what time alone brings about."""
        for watched in self._blind:
            # Good replies are counted where they come, and windows have their own look.
            waits = watched.cell.since is not None and watched.truth is not Truth.UNKNOWN
            good_link = watched.kind.by == "link" and watched.truth is Truth.FALSE
            if waits and not good_link and watched.kind.by != "window":
                self._step(watched, "", watched.truth, now)
        self._windows(now)
        if self._active:
            self._suppress(now)

    def _link(self, truth: Truth, at: int) -> None:
        watched = self._watched.get(("COMUNICACION", ""))
        if watched is not None:
            watched.truth = truth
            self._step(watched, "", truth, at)

    def _status(self, values: Mapping[str, StatusValue], facts: Facts | None, at: int) -> None:
        if not self._judged:
            # Two reads that agree, before anything is judged (sheet of operations, 1.5).
            self._judged = values == self._settled
            self._settled = values
            if not self._judged:
                return
            self._busy = self._tested
        elif values is not self._settled:
            self._settled = values
            self._busy = self._tested
        busy, self._busy = self._busy, []
        for watched in busy:
            watched.truth = watched.test(values, facts)
            self._step(watched, "", watched.truth, at)
        self._busy = [each for each in busy if each.cell.since is not None]

    def _sample(self, sample: Sample, facts: Facts | None) -> None:
        at, values = sample.at, sample.values
        closed = None if facts is None else facts.position is Position.CLOSED
        figures = self._measures.figures(at, values)
        for watched in self._groups["figure"]:
            kind = watched.kind
            if kind.figure in figures:
                value = figures[kind.figure]
                truth = beyond(value, kind.limit or 0.0, kind.deadband, above=kind.sense == "above")
                if truth is not Truth.FALSE or watched.cell.active or watched.cell.since:
                    self._step(watched, "", truth, at, value)
                else:
                    watched.cell.fresh = False
        found = self._measures.supply(values, closed=closed)
        for watched in self._groups["supply"]:
            truth, value = found[watched.kind.code]
            self._step(watched, "", truth, at, value)

    def _counters(self, reading: CounterReading) -> None:
        for watched in self._groups["counter"]:
            kind = watched.kind
            value = reading.values.get(kind.figure)
            truth = beyond(value, kind.limit or 0.0, kind.deadband, at_limit=True)
            self._step(watched, "", truth, reading.at, value)
        jump = self._history.wear_per_cycle(reading.values)
        if jump is None:
            return
        self._dirty = True
        high = self.settings.judged.get("SALTO_DESGASTE")
        if high is not None and jump.least >= (high.limit or 0.0):
            self._moment(high, reading.at, value=jump.seen)

    def clock(self, drift: float, at: int) -> None:
        """The device's clock is so many s ahead of ours, behind if negative."""
        for watched in self._groups["clock"]:
            kind = watched.kind
            truth = beyond(abs(drift), kind.limit or 0.0, kind.deadband)
            self._step(watched, "", truth, at, round(drift))

    def _operated(self, operation: Operation, at: int) -> None:
        judged = self.settings.judged
        self._operation = operation
        if self._history.fault(operation, self._reader.facts):
            self._dirty = True
        reclosed = operation.result is Result.RECLOSED
        if reclosed and self._history.first_reclosed(operation.key):
            self._moment(judged.get("RECIERRE_OK"), at, operation=operation)
        unseen = operation.quality is RecordQuality.RECONSTRUCTED
        if unseen and self._history.first_unseen(operation.key):
            self._moment(judged.get("OP_NO_OBSERVADA"), at, operation=operation)
        for alarm in list(self._book.alarms(self.device_id)):
            if alarm.operation == operation.key and alarm.code in self.settings.kinds:
                place = (alarm.device_id, alarm.code, alarm.subject)
                kind = self.settings.kinds[alarm.code]
                self._book.retell(place, sentences(kind, "", None, _said(operation)), at)

    def _windows(self, at: int) -> None:
        kind = self.settings.judged.get("FALLA_RECURRENTE")
        if kind is not None and self._history.faults:
            found = self._history.recurring(at, kind.limit or 0.0, kind.weekly_limit)
            for family, each in found.items():
                self._watch_family(family)
                watched = self._watched[kind.code, family]
                watched.kind = kind.weekly if each.weekly else kind
                self._count(watched, family, each.count, at)
        pickups = self._watched.get(("PICKUP_REPETIDO", ""))
        if pickups is not None and (self._history.pickups or pickups.cell.active):
            count = self._history.recent_pickups(at)
            many = count >= (pickups.kind.limit or 0.0)
            self._count(pickups, "", count if many else 0, at)

    def _count(self, watched: Watched, subject: str, count: int, at: int) -> None:
        watched.truth = Truth.TRUE if count else Truth.FALSE
        self._step(watched, subject, watched.truth, at, float(count))

    # ---- what follows ----------------------------------------------------------------------------

    def _step(
        self, watched: Watched, subject: str, truth: Truth, at: int, value: float | None = None
    ) -> None:
        cell, kind = watched.cell, watched.kind
        if not cell.active and truth is Truth.TRUE and self._overruled(kind):
            return  # what speaks for it has said all there is to say
        fresh = cell.fresh
        began = cell.since
        move = cell.step(truth, at, self._timing(watched, subject))
        lasting = watched.tested or watched.blind
        if lasting and (began is None) != (cell.since is None):
            self._dirty = True
        if move is Move.RAISE:
            self._raise(watched, subject, at, value, fresh=fresh)
        elif move is Move.CLEAR:
            self._chatter.calmed((kind.code, subject))
            self._drop_active(kind.code)
            self._book.clear((self.device_id, kind.code, subject), at)

    def _timing(self, watched: Watched, subject: str) -> Timing:
        place = (self.device_id, watched.kind.code, subject)
        alarm = self._book.get(*place)
        if alarm is not None and alarm.parent is None and self._book.suppressed(place):
            # It flickers before nobody; held, it would outlive what speaks for it, and be false.
            # What speaks for a feeder ends with the last of its reclosers, and flickers with them.
            return watched.timing
        return self._chatter.timing((watched.kind.code, subject), watched.timing)

    def _overruled(self, kind: AlarmKind) -> bool:
        return bool(kind.under) and not self._active.isdisjoint(kind.under)

    def _drop_active(self, code: str) -> None:
        if not any(w.cell.active for (each, _), w in self._watched.items() if each == code):
            self._active.discard(code)

    def _raise(
        self, watched: Watched, subject: str, at: int, value: float | None, *, fresh: bool
    ) -> None:
        kind = watched.kind
        self._active.add(kind.code)
        operation = self._operation if kind.code in _TELL_MORE else None
        shown = value if kind.by in _SHOWN else None
        self._book.raise_(
            Raised(
                self.device_id,
                kind,
                at,
                subject,
                value=shown,
                detail=None if operation is None else _said(operation),
                at_start=fresh,
                operation=None if operation is None else operation.key,
                priority=self._urgency(kind),
            )
        )
        chatters = self._chatter.raised(self.device_id, kind, subject, at)
        if chatters is not None:
            self._book.events.append(chatters)

    def _urgency(self, kind: AlarmKind) -> Priority | None:
        """The priority where the moment makes it critical; None for the kind's own."""
        facts = self._facts()
        if facts is None:
            return None
        if kind.code == "SIM_CAPS" and facts.position is Position.OPEN and facts.dead_time:
            return Priority.CRITICAL
        if kind.code == "APERTURA_ORDEN" and self.settings.own_orders is not None:
            orders = self._reader.orders(facts)
            known = any(order in self.settings.own_orders for order in orders)
            return None if known else Priority.CRITICAL
        return None

    def _facts(self) -> Facts | None:
        return None if self._settled is None else self._reader.facts.read(self._settled)

    def _moment(
        self,
        kind: AlarmKind | None,
        at: int,
        *,
        operation: Operation | None = None,
        value: float | None = None,
    ) -> None:
        self._dirty = True
        if kind is None:
            return
        raised = Raised(
            self.device_id,
            kind,
            at,
            value=value,
            detail=None if operation is None else _said(operation),
            operation=None if operation is None else operation.key,
        )
        self._book.raise_(raised)
        self._book.clear(raised.place, at)

    def _suppress(self, at: int) -> None:
        for (code, subject), watched in self._watched.items():
            if not watched.cell.active:
                continue
            place = (self.device_id, code, subject)
            if self._overruled(watched.kind):
                self._book.suppress(place, at)
            elif self._book.suppressed(place):
                alarm = self._book.get(*place)
                if alarm is not None and alarm.parent is None:
                    self._book.release(place, at)

    # ---- memory ----------------------------------------------------------------------------------

    @property
    def dirty(self) -> bool:
        """Whether something must be kept on disk before more is concluded."""
        return self._dirty

    def memory(self, at: int) -> Memory:
        """What must be kept on disk."""
        self._dirty = False
        notes = Notes(self._history, self._measures.notes(), dict(self._pending()))
        return remember(self.device_id, at, notes)

    def _pending(self) -> Iterator[tuple[str, Pending]]:
        for (code, subject), watched in self._watched.items():
            cell = watched.cell
            if cell.since is not None:
                yield f"{code}|{subject}", Pending(cell.since, cell.reads, cell.known_at)


def _said(operation: Operation) -> tuple[str, str]:
    if operation.result is Result.RUNNING:
        # The alarm says how things stand: "lockout, under way" would say two things at once.
        operation = replace(operation, result=None)
    return told(operation, "es"), told(operation, "en")
