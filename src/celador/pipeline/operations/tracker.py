"""One recloser's operations: takes what each cycle read, gives the records that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from celador.domain.causes import Family
from celador.domain.event import EventKind, Origin
from celador.domain.operation import Span
from celador.domain.sample import Value
from celador.pipeline.device_clock import RESTARTED
from celador.pipeline.operations import judge, machine, outages
from celador.pipeline.operations.context import CLOSED_STATES, Context
from celador.pipeline.operations.desk import Desk, Finding
from celador.pipeline.operations.facts import FactReader, Facts
from celador.pipeline.operations.settings import SequenceSettings
from celador.pipeline.operations.witnesses import CYCLES, counts_of


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one cycle read; None for what it did not.

    Attributes:
        at: when the status was read, UTC in microseconds since 1970; without one, the cycle.
        facts: what the status said.
        analog: measured quantities by name, and when.
        counters: counters by name, and when.
    """

    at: int
    facts: Facts | None = None
    analog: tuple[int, Mapping[str, Value]] | None = None
    counters: tuple[int, Mapping[str, Value]] | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """The sum rule (1.4): what the device counted against what was recorded.

    Attributes:
        now: its counter of close-open cycles; None before the first reading.
        counted: cycles that it counted since watching began, or since its counters were erased.
        recorded: cycles of the operations recorded since then.
    """

    now: int | None
    counted: int
    recorded: int

    @property
    def difference(self) -> int:
        """Cycles counted and not recorded; negative for the reverse."""
        return self.counted - self.recorded


class OperationTracker:
    """The rules of one recloser around their memory.

    Attributes:
        context: the memory; whoever keeps it on disk keeps it as it is after `take`.
    """

    def __init__(
        self,
        device_id: int,
        reader: FactReader,
        settings: SequenceSettings,
        context: Context | None = None,
    ) -> None:
        """Begin, or go on where a stored context left off.

        Args:
            device_id: `equipos.id`.
            reader: of the device's profile.
            settings: of this recloser.
            context: what was remembered; None when nothing was.
        """
        self.context = context or Context()
        self._known = context is not None and context.seen is not None
        self._desk = Desk(device_id, reader, settings, self.context)
        self._first: Facts | None = None
        self._settled = False
        self._counters: tuple[int, Mapping[str, Value]] | None = None

    @property
    def audit(self) -> Audit:
        """The device's count against the records."""
        context = self.context
        now = None if context.baseline is None else context.baseline.counted[CYCLES]
        return Audit(now, context.counted, context.recorded)

    def take(self, snapshot: Snapshot) -> Sequence[Finding]:
        """Draw the conclusions of one cycle.

        Snapshots come in the order of their instants; the first two that agree are needed before
        anything is judged (1.5, 1).
        """
        if snapshot.facts is not None:
            self._status(snapshot.facts, snapshot.at)
        # The first cycle may be the only one for a minute that brings counters.
        self._counters = snapshot.counters or self._counters
        if self._settled and self._counters is not None:
            counts, self._counters = counts_of(*self._counters), None
            if counts is not None:
                judge.weigh(self._desk, counts)
        if self._settled and snapshot.analog is not None:
            self._measured(*snapshot.analog)
        return self._desk.take()

    def silent(self, now: int) -> None:
        """Nothing could be read; `now` is UTC in microseconds since 1970 (T11)."""
        context = self.context
        if context.seen is not None and self._too_long(context.seen, now):
            context.stale = True

    def _status(self, facts: Facts, at: int) -> None:
        context = self.context
        if context.seen is not None and at < context.seen:
            context.shift(at - context.seen)  # the wall clock was set back
        if not self._settled:
            if facts != self._first:
                self._first = facts
                return
            self._settled = True
            if not self._known:
                self._start(facts, at)
                return
        self._note_gap(at)
        self._note_restart(facts, at)
        machine.step(self._desk, facts, at)
        context.seen, context.stale = at, False
        judge.consider(self._desk, at)

    def _start(self, facts: Facts, at: int) -> None:
        """1.5, 2."""
        desk = self._desk
        word = facts.position.value
        desk.say(
            "inicio_de_supervision",
            f"Inicio de supervisión: {word}",
            f"Watching begins: {facts.position.name.lower()}",
            at=Span(None, at),
            new=word,
            kind=EventKind.SYSTEM,
            origin=Origin.SYSTEM,
        )
        machine.begin(desk, facts, at)
        self.context.seen = at
        self._known = True

    def _too_long(self, seen: int, now: int) -> bool:
        return now - seen > self._desk.settings.longest_silence

    def _note_gap(self, at: int) -> None:
        """T11: the end of a gap tells of it."""
        seen = self.context.seen
        if seen is None or not self._too_long(seen, at):
            return
        seconds = (at - seen) / 1_000_000
        self._desk.say(
            "hueco_de_datos",
            f"Hueco de datos de {seconds:.0f} s",
            f"Gap in the data of {seconds:.0f} s",
            at=Span(seen, at),
            new=f"{seconds:.0f}",
            kind=EventKind.GAP,
            origin=Origin.SYSTEM,
        )

    def _note_restart(self, facts: Facts, at: int) -> None:
        """1.5, 5: the controller does not know why it is closed."""
        before, desk = self.context.facts, self._desk
        if before is None or facts.closed_by == before.closed_by:
            return
        undefined = Family.UNDEFINED
        if undefined in desk.families(facts.closed_by) - desk.families(before.closed_by):
            desk.say(
                RESTARTED,
                "El controlador se reinició: cierre de origen desconocido",
                "The controller restarted: closed by an unknown origin",
                at=Span(self.context.seen, at),
            )

    def _measured(self, at: int, values: Mapping[str, Value]) -> None:
        context = self.context
        facts = context.facts
        outages.measured(self._desk, at, values)
        if facts is not None and Family.UV in self._desk.families(facts.picked_up):
            context.sagging = outages.sagging(self._desk, values)
        if context.state in CLOSED_STATES and facts is not None and not facts.pickup:
            self._desk.loads.add(at, values)
