"""The state machine of a recloser: transitions T1 to T10 of the sheet of operations, 1.3. Pure.

Each function is one row of the table or the choice between rows; the instants at which something
happened are spans, because polling sees only that it happened between two reads.
"""

from __future__ import annotations

from dataclasses import replace

from celador.domain.causes import Family
from celador.domain.operation import (
    Operation,
    OperationKind,
    RecordQuality,
    Result,
    Span,
    least,
    most,
)
from celador.domain.outage import OutageOrigin
from celador.pipeline.operations import outages, pickups
from celador.pipeline.operations.context import OPEN_STATES, State
from celador.pipeline.operations.desk import Desk
from celador.pipeline.operations.facts import Facts, Position


def step(desk: Desk, facts: Facts, hi: int) -> None:
    """Take one good read of the status.

    Args:
        desk: context and records.
        facts: what was read.
        hi: when, UTC in microseconds since 1970.
    """
    context = desk.context
    before, context.facts = context.facts, facts
    if facts.position in (Position.INTERMEDIATE, Position.INVALID):
        _indefinite(desk, facts)
        return
    context.invalid = 0
    if context.state is State.INTERMEDIATE:
        context.state = context.definite
    if context.state is State.UNKNOWN:
        begin(desk, facts, hi)
        return
    span = Span(context.definite_at, hi)
    if facts.position is Position.CLOSED:
        if context.was_closed:
            _stays_closed(desk, facts, before, span)
        else:
            _closes(desk, facts, span)
    elif context.was_closed:
        _opens(desk, facts, span)
    else:
        _stays_open(desk, facts, before, span)
    context.definite_at = hi


def _indefinite(desk: Desk, facts: Facts) -> None:
    context = desk.context
    context.invalid = context.invalid + 1 if facts.position is Position.INVALID else 0
    # Both contacts at once may be a read in the middle of a move; twice, it is a fault.
    certain = facts.position is Position.INTERMEDIATE or context.invalid > 1
    if certain and context.state is not State.INTERMEDIATE:
        context.definite, context.state = context.state, State.INTERMEDIATE


def _stays_closed(desk: Desk, facts: Facts, before: Facts | None, span: Span) -> None:
    context = desk.context
    if before is not None and facts.closed_by != before.closed_by:
        context.slip = span
    if context.state is State.PICKUP:
        pickups.still_picked_up(desk, facts, span)
    elif facts.pickup:
        pickups.picks_up(desk, facts, span)
    if context.state is State.CLOSED_RECLAIM and not facts.initiated:
        _reclaim(desk, span.hi)


def _reclaim(desk: Desk, now: int) -> None:
    """T8, once the reclaim time has passed; no bit tells it."""
    close = desk.context.last_close
    if close is None or now - close.hi >= desk.settings.reclaim:
        _succeed(desk, close or Span(None, now))


def _succeed(desk: Desk, close: Span) -> None:
    context, reclaim = desk.context, desk.settings.reclaim
    end = Span(None if close.lo is None else close.lo + reclaim, close.hi + reclaim)
    finish(desk, Result.RECLOSED, end)
    context.state, context.n, context.reclaiming = State.CLOSED, 0, False


def finish(desk: Desk, result: Result | None, end: Span) -> None:
    """End the operation under way, if there is one."""
    operation = desk.context.operation
    if operation is None or operation.end is not None:
        return
    lowest = None if end.lo is None else max(end.lo, operation.start.lo or end.lo)
    desk.put(replace(operation, result=result, end=Span(lowest, end.hi)))


def _opens(desk: Desk, facts: Facts, span: Span) -> None:
    """T3 for a trip, T5 for everything else."""
    context = desk.context
    if desk.settings.co_counted_at == "open":
        owe(desk, span, cycles=1)
    if facts.tripped:
        _trips(desk, facts, span)
        _decide(desk, facts, span)
    else:
        _ordered_open(desk, facts, span)
    context.last_open = span
    context.pickup, context.reclaiming = None, False


def owe(desk: Desk, span: Span, *, trips: int = 0, cycles: int = 0) -> None:
    """Note what was seen and the counters are still to show."""
    context = desk.context
    context.owed_trips += trips
    context.owed_cycles += cycles
    context.owed_at = span.hi


def _trips(desk: Desk, facts: Facts, span: Span) -> None:
    """T3; T9 when the reclaim time of the trip before may still run."""
    context = desk.context
    if not _same_sequence(desk, span):
        if context.active and context.last_close is not None:
            _succeed(desk, context.last_close)
        context.n = 0
    causes = tripping(desk, facts)
    operation = context.operation
    if context.n and operation is not None and operation.end is None:
        quality = desk.worse(operation.quality, desk.quality(span))
        if _unsure(desk, span):
            quality = desk.worse(quality, RecordQuality.ESTIMATED)
        operation = replace(desk.also(operation, causes), quality=quality)
    else:
        _replaced(desk, span)
        operation = desk.begin(span, OperationKind.SEQUENCE, causes, facts)
    context.n += 1
    owe(desk, span, trips=1)
    if desk.settings.co_counted_at == "open":
        operation = desk.count_cycle(operation)
    desk.put(replace(operation, trips=operation.trips + 1))
    outages.opened(desk, span, OutageOrigin.OWN_FAULT, operation.key)


def _same_sequence(desk: Desk, span: Span) -> bool:
    context = desk.context
    if not context.active:
        return False
    close = context.last_close
    began = _disturbed(desk, span).lo
    if close is None or began is None:
        return True
    return began - close.hi < desk.settings.reclaim


def _disturbed(desk: Desk, span: Span) -> Span:
    """When the fault behind a trip began: a pickup holds the sequence open (T8 asks for 10005)."""
    pickup = desk.context.pickup
    picked_up = desk.context.state is State.PICKUP and pickup is not None
    return pickup.start if picked_up and pickup is not None else span


def _unsure(desk: Desk, span: Span) -> bool:
    """Whether the reclaim time may as well have passed."""
    close = desk.context.last_close
    if close is None or close.lo is None:
        return close is not None
    return _disturbed(desk, span).hi - close.lo >= desk.settings.reclaim


def tripping(desk: Desk, facts: Facts) -> list[str]:
    """The elements that tripped; "Prot" only where none of them has a bit (1.2, 5)."""
    causes = [name for name in facts.opened_by if desk.reader.family(name).trips]
    told = [name for name in causes if desk.reader.family(name) is not Family.PROTECTION]
    return told or causes


def _replaced(desk: Desk, span: Span) -> None:
    """An operation that was left open ends where the next one begins."""
    finish(desk, Result.INTERRUPTED, span)


def _decide(desk: Desk, facts: Facts, span: Span) -> None:
    """T4a, T4b; otherwise one more read decides (T4c)."""
    context = desk.context
    if facts.dead_time:
        context.state, context.undecided = State.OPEN_DEADTIME, 0
    elif facts.lockout:
        context.state, context.undecided, context.n = State.OPEN_LOCKOUT, 0, 0
        finish(desk, Result.LOCKOUT, span)
    elif context.undecided:
        context.undecided, context.n = 0, 0
        finish(desk, Result.NO_RECLOSE, context.last_open or span)
    else:
        context.state, context.undecided = State.OPEN_NO_AR, 1


def _ordered_open(desk: Desk, facts: Facts, span: Span) -> None:
    """T5, and openings by automation or by nobody that the device knows."""
    context = desk.context
    if context.active and context.last_close is not None:
        finish(desk, Result.RECLOSED, span)
    _replaced(desk, span)
    families = desk.families(facts.opened_by)
    kind = kind_of(families)
    operation = desk.begin(span, kind, facts.opened_by, facts)
    if desk.settings.co_counted_at == "open":
        operation = desk.count_cycle(operation)
    known = kind is not OperationKind.UNKNOWN
    desk.put(replace(operation, end=span, result=Result.OPENED if known else None))
    origin = OutageOrigin.OWN_ORDER if known else OutageOrigin.UNKNOWN
    outages.opened(desk, span, origin, operation.key)
    context.state, context.n = State.OPEN_COMMAND, 0


def kind_of(families: frozenset[Family]) -> OperationKind:
    """The kind of a move that protection had no part in."""
    if Family.AUTOMATION in families:
        return OperationKind.AUTOMATION
    return OperationKind.ORDER if Family.ORDER in families else OperationKind.UNKNOWN


def _stays_open(desk: Desk, facts: Facts, before: Facts | None, span: Span) -> None:
    context = desk.context
    if before is not None and not set(before.opened_by) <= set(facts.opened_by):
        # What opened it stays told until it closes (1.2, 3).
        context.slip = span
    if facts.tripped and before is not None and not before.tripped:
        # Open at both reads, and open by protection only now: it closed and tripped in between.
        unseen = replace(facts, closed_by=(), pickup=False)
        for move, said in ((_closes, unseen), (_opens, facts)):
            move(desk, said, span)
            _unsee(desk)
    elif context.undecided:
        _decide(desk, facts, span)
    elif context.state is State.OPEN_DEADTIME and not facts.dead_time:
        # T10, unless the counters say that it reclosed and tripped once more.
        context.state = State.OPEN_LOCKOUT if facts.lockout else State.OPEN_NO_AR
        context.doubt = span
    elif facts.dead_time:
        context.state = State.OPEN_DEADTIME


def _unsee(desk: Desk) -> None:
    operation = desk.context.operation
    if operation is not None:
        desk.put(replace(operation, quality=RecordQuality.RECONSTRUCTED))


def settle_doubt(desk: Desk) -> None:
    """T10: the dead time ended without a reclosing."""
    context = desk.context
    if context.doubt is not None:
        finish(desk, Result.INTERRUPTED, context.doubt)
        context.doubt, context.n = None, 0


def _closes(desk: Desk, facts: Facts, span: Span) -> None:
    """T6 for a reclosing, T7 for everything else."""
    context = desk.context
    families = desk.families(facts.closed_by)
    if desk.settings.co_counted_at == "close":
        owe(desk, span, cycles=1)
    settled = context.state not in (State.OPEN_DEADTIME, State.OPEN_NO_AR)
    if Family.RECLOSE in families:
        if settled or context.doubt is not None:
            settle_doubt(desk)
            _unseen_trip(desk, span)
        _recloses(desk, facts, span)
    else:
        settle_doubt(desk)
        _ordered_close(desk, facts, span, families)
    context.last_close = span
    context.undecided = 0
    outages.closed(desk, span)
    if facts.pickup:
        pickups.picks_up(desk, facts, span)


def _unseen_trip(desk: Desk, span: Span) -> None:
    """Reclosed from a position that knows no reclosing: a closing and a trip went unseen."""
    operation = desk.begin(span, OperationKind.SEQUENCE, (), None)
    owe(desk, span, trips=1)
    desk.put(replace(operation, trips=1, quality=RecordQuality.RECONSTRUCTED))
    desk.context.last_open = span


def _recloses(desk: Desk, facts: Facts, span: Span) -> None:
    """T6."""
    context = desk.context
    operation = context.operation
    if operation is None or operation.kind is not OperationKind.SEQUENCE:
        operation = _found_running(desk, facts)
    if operation.end is not None and operation.result is Result.NO_RECLOSE:
        operation = replace(operation, end=None, result=Result.RUNNING)  # it only took its time
    elif operation.end is not None:
        # It closed and tripped since; the counters have yet to tell.
        context.last_open = unseen = Span(operation.end.lo, span.hi)
        operation = desk.count_cycle(_found_running(desk, facts))
        operation = replace(operation, quality=RecordQuality.RECONSTRUCTED)
        owe(desk, span, trips=1, cycles=1)
        outages.split(desk, unseen, OutageOrigin.OWN_FAULT, operation)
    began = context.last_open
    longest = None if began is None else most(began, span)
    dead = None if began is None or longest is None else (least(began, span), longest)
    if desk.settings.co_counted_at == "close":
        operation = desk.count_cycle(operation)
    desk.put(
        replace(
            operation,
            recloses=operation.recloses + 1,
            dead_times=(*operation.dead_times, dead),
            quality=desk.worse(operation.quality, desk.quality(span)),
        )
    )
    context.n = max(context.n, 1)
    context.state = State.CLOSED_RECLAIM


def _found_running(desk: Desk, facts: Facts) -> Operation:
    """The sequence that was under way when watching began: its trips were never seen."""
    began = desk.context.last_open or Span(None, desk.context.definite_at or 0)
    operation = desk.begin(began, OperationKind.SEQUENCE, (), facts)
    operation = replace(operation, trips=1, quality=RecordQuality.ESTIMATED)
    desk.put(operation)
    return operation


def _ordered_close(desk: Desk, facts: Facts, span: Span, families: frozenset[Family]) -> None:
    """T7."""
    context = desk.context
    _replaced(desk, span)
    operation = desk.begin(span, kind_of(families), facts.closed_by, facts)
    if desk.settings.co_counted_at == "close":
        operation = desk.count_cycle(operation)
    known = operation.kind is not OperationKind.UNKNOWN
    desk.put(replace(operation, end=span, result=Result.CLOSED if known else None))
    context.state, context.n = State.CLOSED, 0


def begin(desk: Desk, facts: Facts, hi: int) -> None:
    """The first state, from one read and no past (1.5, 2): no edges are judged."""
    context = desk.context
    context.facts, context.definite_at = facts, hi
    if facts.position is Position.CLOSED:
        context.state = State.CLOSED
        if facts.pickup:
            pickups.picks_up(desk, facts, Span(None, hi))
    elif facts.position is Position.OPEN:
        context.state = open_state(facts)
    else:
        _indefinite(desk, facts)
    if context.state in OPEN_STATES:
        context.last_open = Span(None, hi)
        outages.opened(desk, Span(None, hi), OutageOrigin.UNKNOWN, None)


def open_state(facts: Facts) -> State:
    """The state of a recloser found open, by what it says itself."""
    if facts.dead_time:
        return State.OPEN_DEADTIME
    if facts.tripped:
        return State.OPEN_LOCKOUT if facts.lockout else State.OPEN_NO_AR
    return State.OPEN_COMMAND
