"""What the rules remember of one recloser; kept on disk, so that a restart changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from celador.domain.operation import Operation, Span
from celador.domain.outage import Outage
from celador.pipeline.operations.facts import Facts
from celador.pipeline.operations.witnesses import Counts


class State(Enum):
    """States of the machine (1.3)."""

    UNKNOWN = "UNKNOWN"
    CLOSED = "CLOSED"
    PICKUP = "PICKUP"
    OPEN_DEADTIME = "OPEN_DEADTIME"
    CLOSED_RECLAIM = "CLOSED_RECLAIM"
    OPEN_LOCKOUT = "OPEN_LOCKOUT"
    OPEN_NO_AR = "OPEN_NO_AR"
    OPEN_COMMAND = "OPEN_COMMAND"
    INTERMEDIATE = "INTERMEDIATE"


CLOSED_STATES = frozenset((State.CLOSED, State.PICKUP, State.CLOSED_RECLAIM))
OPEN_STATES = frozenset(
    (State.OPEN_DEADTIME, State.OPEN_LOCKOUT, State.OPEN_NO_AR, State.OPEN_COMMAND)
)


@dataclass(frozen=True, slots=True)
class Pickup:
    """A pickup: when it began, when it dropped off (None: not yet), by which elements."""

    start: Span
    elements: tuple[str, ...]
    end: Span | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """Means over the 60 s before something happened; None where nothing was measured."""

    kw: float | None = None
    ia: float | None = None
    ib: float | None = None
    ic: float | None = None

    @property
    def amps(self) -> float | None:
        """Mean of the three currents, A."""
        known = [amps for amps in (self.ia, self.ib, self.ic) if amps is not None]
        return sum(known) / len(known) if known else None


@dataclass(slots=True)
class Context:
    """The memory of one recloser's machine.

    Attributes:
        state: where the machine is.
        stale: nothing was heard for too long (T11).
        seen: instant of the last good read of the status.
        facts: what it said.
        definite: while the position is indefinite, the state before.
        definite_at: when the position was last definite.
        invalid: reads in a row with both position contacts set.
        n: trips of the sequence under way, 0 for none.
        reclaiming: a pickup began within the reclaim time.
        undecided: reads since a trip that told neither a dead time nor a lockout.
        doubt: a dead time ended here without a reclosing being seen; counters will tell why.
        pickup: the pickup under way, or one that dropped off and may yet prove to be a trip.
        slip: the origin of the position changed here though nobody saw it move.
        last_open: the last opening.
        last_close: the last closing.
        operation: the operation under way, or the last one.
        outage: the interruption under way.
        last_key: the last key given to a record.
        baseline: the counters up to which everything is accounted for.
        unjudged: a later reading that waits for the next status.
        agreed: a second reading said the same.
        owed_trips: trips seen that the counters have not shown.
        owed_cycles: cycles seen that the counter has not shown.
        owed_at: when the last of them was seen.
        counted: cycles that the counter has shown since the beginning.
        recorded: cycles that operations were recorded for since the beginning.
        load: before the operation under way.
        sagging: phases that were low in voltage while an undervoltage element was picked up.
        measured: the load-side voltage is measured: it has been seen.
        source_live: the source side is live, as far as is known.
        source_at: when that was first seen to be so; None: not known.
        live_at: when the load side was last seen live while closed.
        dead_at: when it was last seen dead while closed, if it has not been live since.
    """

    state: State = State.UNKNOWN
    stale: bool = False
    seen: int | None = None
    facts: Facts | None = None
    definite: State = State.UNKNOWN
    definite_at: int | None = None
    invalid: int = 0
    n: int = 0
    reclaiming: bool = False
    undecided: int = 0
    doubt: Span | None = None
    pickup: Pickup | None = None
    slip: Span | None = None
    last_open: Span | None = None
    last_close: Span | None = None
    operation: Operation | None = None
    outage: Outage | None = None
    last_key: int = 0
    baseline: Counts | None = None
    unjudged: Counts | None = None
    agreed: bool = False
    owed_trips: int = 0
    owed_cycles: int = 0
    owed_at: int = 0
    counted: int = 0
    recorded: int = 0
    load: Load = field(default_factory=Load)
    sagging: str | None = None
    measured: bool = False
    source_live: bool = True
    source_at: int | None = None
    live_at: int | None = None
    dead_at: int | None = None

    def shift(self, by: int) -> None:
        """Move every remembered instant by so many µs: the wall clock was set back."""
        for name in ("seen", "definite_at", "source_at", "live_at", "dead_at"):
            at = getattr(self, name)
            setattr(self, name, None if at is None else at + by)
        for name in ("doubt", "slip", "last_open", "last_close"):
            setattr(self, name, _shifted(getattr(self, name), by))
        for name in ("baseline", "unjudged"):
            counts = getattr(self, name)
            setattr(self, name, counts and replace(counts, at=counts.at + by))
        if self.pickup is not None:
            start = _shifted(self.pickup.start, by) or self.pickup.start
            self.pickup = replace(self.pickup, start=start, end=_shifted(self.pickup.end, by))
        self.owed_at += by

    @property
    def active(self) -> bool:
        """Whether a sequence is active (1.3): in a dead time, or in the reclaim time."""
        return (
            self.state in (State.OPEN_DEADTIME, State.CLOSED_RECLAIM)
            or self.undecided > 0
            or (self.state is State.PICKUP and self.reclaiming)
        )

    @property
    def was_closed(self) -> bool:
        """Whether the last definite position was closed."""
        state = self.definite if self.state is State.INTERMEDIATE else self.state
        return state in CLOSED_STATES


def _shifted(span: Span | None, by: int) -> Span | None:
    if span is None:
        return None
    return Span(None if span.lo is None else span.lo + by, span.hi + by)
