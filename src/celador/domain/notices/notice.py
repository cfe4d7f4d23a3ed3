"""What there is to tell: one change in the life of an alarm, or the end of an operation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from celador.domain.alarm import Alarm, AlarmState, Priority
from celador.domain.operation import Operation, OperationKind, Result

QUIET = frozenset((AlarmState.SHELVED, AlarmState.SUPPRESSED, AlarmState.OUT_OF_SERVICE))
"""States in which people have said, or the design says, that nobody shall be called."""

_OPEN_BY_PROTECTION = frozenset((Result.LOCKOUT, Result.NO_RECLOSE, Result.INTERRUPTED))


class NoticeKind(Enum):
    """What sort of change; the column `clase` of `avisos`."""

    RAISED = "activa"
    RETURNED = "normal"
    OPERATION = "operación"
    TEST = "prueba"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell.

    Attributes:
        key: tells it apart from every other; the same for every channel and after a restart.
        kind: what sort of change.
        device_id: `equipos.id`; None for an alarm of a feeder or of the whole collector.
        code: of the alarm; "" for an operation.
        priority: how urgent.
        at: when it happened, UTC in microseconds since 1970.
        operation: key of the operation that it is or belongs to; None for none.
        lockout: the operation left the recloser open by protection.
        after: key of the notice without which this one says nothing; None for none.
        late: it came back, at `at` or before; its row, of an older version, does not say when.
    """

    key: str
    kind: NoticeKind
    device_id: int | None
    code: str
    priority: Priority
    at: int
    operation: int | None = None
    lockout: bool = False
    after: str | None = None
    late: bool = False


def life_of(alarm: Alarm) -> str:
    """What the keys of all notices of one life of an alarm begin with."""
    return f"alarma/{alarm.device_id or 0}/{alarm.key}"


def over(alarm: Alarm) -> int | None:
    """When an alarm had gone, UTC in microseconds since 1970; None while it lasts."""
    return alarm.closed if alarm.ended is None else alarm.ended


def notices_of_alarm(alarm: Alarm, now: int, *, moment: bool = False) -> tuple[Notice, ...]:
    """What an alarm, as it stands now, gives to tell; what was told before is in it again.

    A later row of the same life gives the same keys, so that whoever keeps them tells each once. An
    alarm that comes back within its life is news again: somebody was told that it had gone.

    Args:
        alarm: one row.
        now: UTC in microseconds since 1970; an alarm came back no later, where its row, of an older
            version, does not say when.
        moment: it only notes that something happened: there is no end to tell.
    """
    if alarm.state in QUIET:
        return ()
    life = life_of(alarm)
    raised = Notice(
        f"{life}/activa/{alarm.repeats}",
        NoticeKind.RAISED,
        alarm.device_id,
        alarm.code,
        alarm.priority,
        _seen(alarm, now, moment=moment),
        alarm.operation,
        late=alarm.repeats > 0 and alarm.came_back is None and not moment,
    )
    gone = over(alarm)
    if gone is None or moment:
        return (raised,)
    returned = Notice(
        f"{life}/normal/{alarm.repeats}",
        NoticeKind.RETURNED,
        alarm.device_id,
        alarm.code,
        alarm.priority,
        gone,
        alarm.operation,
        after=raised.key,
        late=raised.late,
    )
    return (raised, returned)


def _seen(alarm: Alarm, now: int, *, moment: bool) -> int:
    if alarm.came_back is not None:
        return alarm.came_back
    if not alarm.repeats:
        return alarm.began
    # A moment begins and ends at once; of all others the end is the latest that it can have been.
    gone = alarm.ended if moment else over(alarm)
    return now if gone is None else gone


def notice_of_operation(operation: Operation) -> Notice | None:
    """What an operation gives to tell: nothing until it has ended."""
    if operation.end is None or operation.result in (None, Result.RUNNING):
        return None
    sequence = operation.kind is OperationKind.SEQUENCE
    lockout = sequence and operation.result in _OPEN_BY_PROTECTION
    return Notice(
        f"operación/{operation.device_id}/{operation.key}",
        NoticeKind.OPERATION,
        operation.device_id,
        "",
        Priority.HIGH if lockout else Priority.MEDIUM,
        operation.end.hi,
        operation.key,
        lockout=lockout,
    )
