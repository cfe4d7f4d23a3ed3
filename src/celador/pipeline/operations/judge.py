"""What the counters say against what was seen (sheet of operations, 1.4)."""

from __future__ import annotations

from dataclasses import replace

from celador.domain.causes import Family
from celador.domain.event import Origin
from celador.domain.operation import Operation, OperationKind, RecordQuality, Result, Span
from celador.domain.outage import OutageOrigin
from celador.pipeline.operations import machine, outages, pickups
from celador.pipeline.operations.context import CLOSED_STATES, OPEN_STATES, State
from celador.pipeline.operations.currents import give_extremes
from celador.pipeline.operations.desk import Desk
from celador.pipeline.operations.witnesses import CYCLES, MANY, Counts, Difference, difference

_SHORTEST_CYCLE = 1_000_000
"""µs; the rated duty of reclosers has a second between closings (IEC 62271-111)."""


def weigh(desk: Desk, counts: Counts) -> None:
    """Take a reading of the counters.

    What it shows and the rules have seen is accounted for at once. What nobody has seen waits for
    the next read of the status (`consider`): the recloser may have moved between the two reads. A
    fall or a great leap is believed only when a second reading says the same.
    """
    context = desk.context
    if context.baseline is None:
        context.baseline = counts
        return
    first = context.unjudged
    agreed = first is not None and first.counted == counts.counted
    moved = difference(context.baseline, counts)
    if moved is not None and not any(_unseen_part(desk, moved)):
        context.unjudged = None
        _account(desk, counts, moved)
    elif not agreed or first is None:
        context.unjudged, context.agreed = counts, False
    elif moved is None or _impossible(context.baseline, first, moved):
        _restart_count(desk, first)
    else:
        context.agreed = True


def _impossible(old: Counts, new: Counts, moved: Difference) -> bool:
    """More cycles than any recloser makes in that time: not the same counter any more."""
    return moved.cycles > MANY and moved.cycles > (new.at - old.at) / _SHORTEST_CYCLE


def consider(desk: Desk, now: int) -> None:
    """After a read of the status: judge the reading that waited for it, and let debts lapse."""
    context = desk.context
    counts, baseline = context.unjudged, context.baseline
    moved = None if counts is None or baseline is None else difference(baseline, counts)
    if counts is None or baseline is None or moved is None:
        _lapse(desk, now)
        return
    missed, trips = _unseen_part(desk, moved)
    if not missed and not trips:
        context.unjudged = None
        _account(desk, counts, moved)
        return
    if _wait(desk, counts, moved, now, whole=missed == trips):
        return
    window = Span(baseline.at - desk.settings.counter_lag, counts.at)
    context.unjudged = None
    if missed:
        _miss(desk, missed, trips, moved, window)
    elif trips:
        _lone_trip(desk, moved, window)
    _account(desk, counts, moved)


def _unseen_part(desk: Desk, moved: Difference) -> tuple[int, int]:
    """Cycles and trips that the counters show and nobody saw."""
    context = desk.context
    return (
        max(0, moved.cycles - context.owed_cycles),
        max(0, moved.fewest_trips - context.owed_trips),
    )


def _wait(desk: Desk, counts: Counts, moved: Difference, now: int, *, whole: bool) -> bool:
    if moved.cycles > MANY and not desk.context.agreed:
        return True
    # A trip and its cycle are counted one after the other; the second may be on its way.
    return not whole and now - counts.at < desk.settings.settle


def _account(desk: Desk, counts: Counts, moved: Difference) -> None:
    """Everything up to this reading is explained; the operation gets what is its own."""
    context = desk.context
    before = context.baseline or counts
    context.counted += moved.cycles
    context.owed_cycles = max(0, context.owed_cycles - moved.cycles)
    context.owed_trips = max(0, context.owed_trips - moved.fewest_trips)
    give_extremes(desk, before, counts, moved)
    context.baseline = counts
    if context.slip is not None and context.slip.hi + desk.settings.settle < counts.at:
        context.slip = None


def _restart_count(desk: Desk, counts: Counts) -> None:
    context = desk.context
    old = context.baseline.counted[CYCLES] if context.baseline else 0
    desk.say(
        "contadores",
        f"Contadores reiniciados o controlador reemplazado: de {old} a {counts.counted[CYCLES]}",
        f"Counters erased or controller replaced: from {old} to {counts.counted[CYCLES]}",
        at=Span(context.baseline.at if context.baseline else None, counts.at),
        new=str(counts.counted[CYCLES]),
    )
    context.baseline, context.slip, context.unjudged = counts, None, None
    context.owed_cycles = context.owed_trips = 0
    context.counted = context.recorded = 0


def _lapse(desk: Desk, now: int) -> None:
    """The counters have had their time: what they have not shown, they will not."""
    context = desk.context
    settled = now - desk.settings.settle
    if context.doubt is not None and context.doubt.hi <= settled:
        machine.settle_doubt(desk)
    pickup = context.pickup
    if pickup is not None and pickup.end is not None and pickup.end.hi <= settled:
        pickups.release(desk)
    owing = context.owed_cycles or context.owed_trips
    due = context.owed_at + desk.settings.settle
    if not owing or context.baseline is None or context.baseline.at < due:
        return
    desk.say(
        "diferencia",
        f"Los contadores no muestran lo visto: {context.owed_cycles} maniobras y "
        f"{context.owed_trips} disparos",
        f"The counters do not show what was seen: {context.owed_cycles} cycles and "
        f"{context.owed_trips} trips",
        at=Span(context.owed_at, now),
        origin=Origin.ESTIMATED,
    )
    context.owed_cycles = context.owed_trips = 0


def _lone_trip(desk: Desk, moved: Difference, window: Span) -> None:
    families = ", ".join(family.value.upper() for family in moved.families)
    desk.say(
        "disparo_no_observado",
        f"Un contador de disparos ({families}) avanzó sin que se viera una apertura",
        f"A trip counter ({families}) moved and no opening was seen",
        at=window,
        new=families,
        origin=Origin.ESTIMATED,
    )


def _miss(desk: Desk, missed: int, trips: int, moved: Difference, window: Span) -> None:
    """Cycles that nobody saw: of the sequence under way, or operations of their own."""
    context = desk.context
    evidence = context.slip or context.doubt
    if missed == 1 and evidence is not None:
        window = _overlap(window, evidence)
    context.slip = None
    one = missed == 1
    desk.say(
        "operacion_no_observada",
        f"Operación no observada: {missed} {'ciclo' if one else 'ciclos'} según los contadores",
        f"Operation not seen: {missed} {'cycle' if one else 'cycles'} by the counters",
        at=window,
        new=str(missed),
        origin=Origin.ESTIMATED,
    )
    short = window.lo is not None and window.hi - window.lo < desk.settings.reclaim
    if trips and _under_way(desk, window) and (short or _runs(desk)):
        most = max(trips, min(missed, moved.most_trips - context.owed_trips))
        _join(desk, missed, most, window)
    elif trips and short and context.state in CLOSED_STATES and _reclosed(desk):
        _whole_sequence(desk, missed, moved, window)
    elif missed > MANY:
        _all_in_one(desk, missed, trips, moved, window)
    else:
        _one_each(desk, missed, trips, moved, window)
    if trips:
        context.pickup = None  # it was no mere pickup


def _overlap(window: Span, slip: Span) -> Span:
    lows = [at for at in (window.lo, slip.lo) if at is not None]
    hi = min(window.hi, slip.hi)
    lo = max(lows, default=hi)
    return Span(lo, hi) if lo < hi else window


def _under_way(desk: Desk, window: Span) -> bool:
    operation = desk.context.operation
    if operation is None or operation.kind is not OperationKind.SEQUENCE:
        return False
    return operation.end is None or window.lo is None or operation.end.hi > window.lo


def _runs(desk: Desk) -> bool:
    """Whether an operation goes on now: then no other one can have come in between."""
    operation = desk.context.operation
    return operation is not None and operation.end is None


def _reclosed(desk: Desk) -> bool:
    facts = desk.context.facts
    return facts is not None and Family.RECLOSE in desk.families(facts.closed_by)


def _join(desk: Desk, missed: int, trips: int, window: Span) -> None:
    """The sequence reclosed and tripped more often than was seen: by these cycles and trips."""
    context = desk.context
    operation = context.operation
    if operation is None:
        return
    is_open = context.state in OPEN_STATES
    if is_open and context.facts is not None:
        operation = desk.also(operation, machine.tripping(desk, context.facts))
    context.n += trips
    operation = desk.count_cycle(operation, missed)
    desk.put(
        replace(
            operation,
            start=_earlier(operation.start, window),
            trips=operation.trips + trips,
            recloses=operation.recloses + trips,
            dead_times=(*operation.dead_times, *(None,) * trips),
            quality=RecordQuality.RECONSTRUCTED,
        )
    )
    inner = missed
    if is_open and not _opened_within(desk, window):
        outages.split(desk, window, OutageOrigin.OWN_FAULT, operation)
        context.last_open, inner = window, missed - 1
        if context.doubt is not None or operation.result is Result.INTERRUPTED:
            context.doubt, context.n = None, 0
            _lock_out(desk, window)
    elif context.state in CLOSED_STATES:
        context.last_close = window
    for _ in range(inner):
        outages.within(desk, window, OutageOrigin.OWN_FAULT, operation.key)


def _earlier(start: Span, window: Span) -> Span:
    """The beginning of a sequence whose first trip may have been one that nobody saw."""
    if window.lo is not None and start.hi <= window.lo:
        return start
    lows = [at for at in (start.lo, window.lo) if at is not None]
    return Span(min(lows, default=None), min(start.hi, window.hi))


def _opened_within(desk: Desk, window: Span) -> bool:
    """Whether the opening that was seen lies in the window too: then the rest came before it."""
    last = desk.context.last_open
    return last is not None and (window.lo is None or last.hi > window.lo)


def _lock_out(desk: Desk, window: Span) -> None:
    """What looked like a dead time cut short was a last trip."""
    operation, facts = desk.context.operation, desk.context.facts
    if operation is not None and facts is not None and facts.tripped:
        result = Result.LOCKOUT if facts.lockout else Result.NO_RECLOSE
        desk.put(replace(operation, result=result, end=window))


def _whole_sequence(desk: Desk, missed: int, moved: Difference, window: Span) -> None:
    """Tripped and reclosed between two reads; the reclaim time runs from here."""
    context = desk.context
    operation = _unseen(desk, moved, window, trips=missed, recloses=missed, cycles=missed)
    desk.put(replace(operation, dead_times=(None,) * missed))
    for _ in range(missed):
        outages.within(desk, window, OutageOrigin.OWN_FAULT, operation.key)
    context.n, context.last_close = missed, window
    if context.state is State.PICKUP:
        context.reclaiming = True
    else:
        context.state = State.CLOSED_RECLAIM


def _one_each(desk: Desk, missed: int, trips: int, moved: Difference, window: Span) -> None:
    """Too long a time to tell which belong together: an operation for each cycle."""
    context = desk.context
    reopened = context.state in OPEN_STATES and not _opened_within(desk, window)
    later = (context.operation, context.load) if _began_after(desk, window) else None
    if context.state is State.CLOSED_RECLAIM and _runs(desk) and later is None:
        machine.finish(desk, Result.RECLOSED, window)  # as T5 does: the reclosing had held
        context.state, context.n = State.CLOSED, 0
    elif reopened and _runs(desk):
        # It closed and something else than protection opened it: the sequence did not go on.
        machine.finish(desk, Result.INTERRUPTED, window)
        context.doubt, context.n = None, 0
    # What protection did last is what the bits still tell of.
    latest = context.facts is not None and context.facts.tripped if reopened else _reclosed(desk)
    first = missed - trips if latest else 0
    for number in range(missed):
        tripped = first <= number < first + trips
        operation = _unseen(desk, moved, window, trips=int(tripped), recloses=0, cycles=1)
        last, result = number == missed - 1, None
        if last and reopened:
            _left_open(desk, operation, window)
            continue
        if last and tripped and _reclosed(desk):
            operation, result = replace(operation, recloses=1), Result.RECLOSED
        desk.put(replace(operation, end=window, result=result))
        origin = OutageOrigin.OWN_FAULT if tripped else OutageOrigin.UNKNOWN
        outages.within(desk, window, origin, operation.key)
    if later is not None:
        context.operation, context.load = later  # it goes on


def _began_after(desk: Desk, window: Span) -> bool:
    """Whether the operation under way began when the window was over."""
    operation = desk.context.operation
    if operation is None or operation.end is not None or operation.start.lo is None:
        return False
    return operation.start.lo >= window.hi


def _left_open(desk: Desk, operation: Operation, window: Span) -> None:
    """It was open before, closed, and is open again: the bits tell how that ended."""
    context, facts = desk.context, desk.context.facts
    result: Result | None = None
    end: Span | None = window
    origin = OutageOrigin.UNKNOWN
    if facts is not None and facts.tripped:
        origin = OutageOrigin.OWN_FAULT
        if operation.trips and facts.dead_time:
            context.n, result, end = 1, Result.RUNNING, None  # it has yet to reclose
        elif operation.trips:
            result = Result.LOCKOUT if facts.lockout else Result.NO_RECLOSE
        if operation.trips:
            # The element itself, in the place of the family that the counters tell.
            operation = desk.also(replace(operation, elements=()), machine.tripping(desk, facts))
    elif facts is not None and not operation.trips:
        kind = machine.kind_of(desk.families(facts.opened_by))
        if kind is not OperationKind.UNKNOWN:
            origin, result = OutageOrigin.OWN_ORDER, Result.OPENED
            operation = desk.also(replace(operation, kind=kind), facts.opened_by)
    desk.put(replace(operation, end=end, result=result))
    outages.split(desk, window, origin, operation)
    context.last_open = window
    if facts is not None:
        context.state = machine.open_state(facts)


def _all_in_one(desk: Desk, missed: int, trips: int, moved: Difference, window: Span) -> None:
    """So many in a long silence that single records would tell no more than their number."""
    operation = _unseen(desk, moved, window, trips=trips, recloses=0, cycles=missed)
    desk.put(replace(operation, end=window, result=None))


def _unseen(
    desk: Desk, moved: Difference, window: Span, *, trips: int, recloses: int, cycles: int
) -> Operation:
    kind = OperationKind.SEQUENCE if trips else OperationKind.UNKNOWN
    pickup = desk.context.pickup
    causes: tuple[str, ...] = ()
    if trips:
        causes = tuple(family.value.upper() for family in moved.families)
    if trips and pickup is not None and pickup.end is not None:
        seen = [n for n in pickup.elements if desk.reader.family(n) in moved.families]
        causes = tuple(seen) or causes
    operation = desk.begin(window, kind, causes, desk.context.facts if trips else None)
    operation = replace(
        operation, trips=trips, recloses=recloses, quality=RecordQuality.RECONSTRUCTED
    )
    return desk.count_cycle(operation, cycles)
