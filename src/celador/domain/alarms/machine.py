"""The states of one life of an alarm (ANSI/ISA-18.2-2016, clause 5.2), pure.

The state is never stored apart from its reasons: it follows from whether the condition lasts, who
has acknowledged, and whether the alarm is shelved, suppressed or out of service. The last word has
out of service, then the shelf, then the suppression.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from celador.domain.alarm import Alarm, AlarmState, Priority, Signature
from celador.domain.alarms.catalogue import Latch

LONGEST_SHELF = 12 * 3_600_000_000
"""µs; what must be put away longer is out of service."""

FORGOTTEN = 24 * 3_600_000_000
"""µs after which an alarm that returned, without a latch, is over though nobody acknowledged it."""


class Input(Enum):
    """What can happen to a life."""

    RETURN = "the condition is there again"
    CLEAR = "the condition has gone"
    ACKNOWLEDGE = "a person has seen it"
    SHELVE = "a person puts it away for a time"
    UNSHELVE = "a person takes it back, or the time is over"
    OUT = "a person takes it out of service"
    IN = "a person puts it back in service"
    SUPPRESS = "another trouble speaks for it"
    RELEASE = "nothing speaks for it any more"
    RESET = "a person resets the latch"
    FORGET = "it returned long ago"


@dataclass(frozen=True, slots=True)
class Life:
    """One alarm, with what its row does not hold.

    Attributes:
        alarm: the row.
        latch: how long it stays when its condition has gone.
        suppressed: another trouble speaks for it.
    """

    alarm: Alarm
    latch: Latch
    suppressed: bool = False


class NotPossibleError(Exception):
    """A person asks for what the state does not allow; two sentences, Spanish and English."""

    def __init__(self, es: str, en: str) -> None:
        super().__init__(en)
        self.es, self.en = es, en


def settle(life: Life, at: int) -> Life:
    """The life with the state that follows from its reasons; over where nothing keeps it.

    Args:
        life: one that is not over.
        at: now, UTC in microseconds since 1970.
    """
    state = _state(life)
    closed = at if state is AlarmState.NORMAL else None
    return replace(life, alarm=replace(life.alarm, state=state, closed=closed))


def _state(life: Life) -> AlarmState:
    alarm = life.alarm
    if alarm.out_of_service is not None:
        return AlarmState.OUT_OF_SERVICE
    if alarm.shelved is not None:
        return AlarmState.SHELVED
    if alarm.ended is not None:
        return _gone(life)
    if life.suppressed:
        return AlarmState.SUPPRESSED
    return AlarmState.UNACK if alarm.acknowledged is None else AlarmState.ACK


def _gone(life: Life) -> AlarmState:
    # What was suppressed, or is only kept in the list, asks nobody for anything.
    if life.suppressed or life.alarm.priority is Priority.LOG:
        return AlarmState.NORMAL
    if life.alarm.acknowledged is None:
        latched = life.latch is not Latch.NO
        return AlarmState.LATCHED_UNACK if latched else AlarmState.RETURNED_UNACK
    return AlarmState.LATCHED_ACK if life.latch is Latch.RESET else AlarmState.NORMAL


def step(
    life: Life,
    what: Input,
    at: int,
    *,
    by: str = "",
    reason: str | None = None,
    until: int | None = None,
) -> Life:
    """The life after something happened; the same where that changes nothing.

    Args:
        life: one that is not over.
        what: happened.
        at: when, UTC in microseconds since 1970.
        by: the person, for what people do.
        reason: in that person's words; needed to shelve and to take out of service.
        until: end of the shelving, at most 12 h after `at`.

    Raises:
        NotPossibleError: a person asks for what cannot be now.
    """
    if what is Input.RESET:
        return _reset(life, at)
    if what in _PERSON:
        alarm = _PERSON[what](life, Signature(at, by), (reason or "").strip() or None, until)
        return settle(replace(life, alarm=alarm), at)
    return _condition(life, what, at)


def _condition(life: Life, what: Input, at: int) -> Life:
    alarm = life.alarm
    if what is Input.RETURN and alarm.ended is not None:
        alarm = replace(
            alarm, ended=None, acknowledged=None, repeats=alarm.repeats + 1, came_back=at
        )
    elif what is Input.CLEAR and alarm.ended is None:
        alarm = replace(alarm, ended=at)
    elif what is Input.SUPPRESS and not life.suppressed:
        life = replace(life, suppressed=True)
    elif what is Input.RELEASE and life.suppressed:
        life = replace(life, suppressed=False)
    elif what is Input.FORGET and alarm.state is AlarmState.RETURNED_UNACK:
        return _over(life, at)
    else:
        return life
    return settle(replace(life, alarm=alarm), at)


def _acknowledge(
    life: Life, signature: Signature, _reason: str | None, _until: int | None
) -> Alarm:
    known = life.alarm.acknowledged
    if known is not None:
        raise NotPossibleError(
            f"ya la reconoció {known.by}", f"it was acknowledged already, by {known.by}"
        )
    return replace(life.alarm, acknowledged=signature)


def _shelve(life: Life, signature: Signature, reason: str | None, until: int | None) -> Alarm:
    if life.alarm.out_of_service is not None:
        raise NotPossibleError(
            "está fuera de servicio: póngala antes en servicio",
            "it is out of service: put it in service first",
        )
    _need(reason)
    if until is None or until <= signature.at:
        raise NotPossibleError(
            "el plazo para apartarla ya pasó: dé uno nuevo",
            "the time to shelve it for is over already: give a new one",
        )
    if until - signature.at > LONGEST_SHELF:
        raise NotPossibleError(
            "una alarma se aparta a lo sumo 12 h: dé un plazo menor, o sáquela de servicio",
            "an alarm is shelved for 12 h at most: give less, or take it out of service",
        )
    return replace(life.alarm, shelved=signature, shelved_until=until, reason=reason)


def _unshelve(life: Life, _signature: Signature, _reason: str | None, _until: int | None) -> Alarm:
    if life.alarm.shelved is None:
        raise NotPossibleError("no está apartada", "it is not shelved")
    return replace(life.alarm, shelved=None, shelved_until=None, reason=None)


def _out(life: Life, signature: Signature, reason: str | None, _until: int | None) -> Alarm:
    if life.alarm.out_of_service is not None:
        raise NotPossibleError("ya está fuera de servicio", "it is out of service already")
    _need(reason)
    return replace(
        life.alarm, shelved=None, shelved_until=None, out_of_service=signature, reason=reason
    )


def _in(life: Life, _signature: Signature, _reason: str | None, _until: int | None) -> Alarm:
    if life.alarm.out_of_service is None:
        raise NotPossibleError("no está fuera de servicio", "it is not out of service")
    return replace(life.alarm, out_of_service=None, reason=None)


def _reset(life: Life, at: int) -> Life:
    if life.alarm.state is not AlarmState.LATCHED_ACK:
        raise NotPossibleError(
            "sólo se restablece una alarma retenida, reconocida y cuya condición cesó",
            "only a latched alarm can be reset, acknowledged and with its condition gone",
        )
    return _over(life, at)


def _over(life: Life, at: int) -> Life:
    return replace(life, alarm=replace(life.alarm, state=AlarmState.NORMAL, closed=at))


def _need(reason: str | None) -> None:
    if reason is None:
        raise NotPossibleError("hace falta el motivo", "the reason is needed")


_PERSON = {
    Input.ACKNOWLEDGE: _acknowledge,
    Input.SHELVE: _shelve,
    Input.UNSHELVE: _unshelve,
    Input.OUT: _out,
    Input.IN: _in,
}
