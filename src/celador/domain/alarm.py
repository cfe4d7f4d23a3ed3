"""Alarms: what asks for a person, from the moment it is raised until nothing is left to do.

The states are those of ANSI/ISA-18.2-2016, clause 5.2 (alarm state transition diagram), with the
optional latch: a latched alarm stays until somebody has acknowledged it, even if its condition has
gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class Priority(IntEnum):
    """The column `prioridad`."""

    CRITICAL = 1
    HIGH = 2
    MEDIUM = 3
    LOG = 4  # kept and shown, never announced by itself


class AlarmState(Enum):
    """The column `estado` of `alarmas`."""

    NORMAL = "NORM"  # this life is over
    UNACK = "UNACK"  # active, nobody has seen it
    ACK = "ACK"  # active, acknowledged
    RETURNED_UNACK = "RTNUN"  # the condition has gone, nobody has seen it
    LATCHED_UNACK = "LATCH_UNACK"  # gone, latched, not acknowledged
    LATCHED_ACK = "LATCH_ACK"  # gone, latched, acknowledged; waits for a reset
    SHELVED = "SHLVD"  # put away by a person for a limited time, with a reason
    SUPPRESSED = "DSUPR"  # suppressed by design: it follows from another trouble
    OUT_OF_SERVICE = "OOSRV"  # under maintenance, with person and reason


@dataclass(frozen=True, slots=True)
class Signature:
    """Who did something to an alarm, and when.

    Attributes:
        at: when, UTC in microseconds since 1970.
        by: the person's user name.
    """

    at: int
    by: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """One row of `alarmas`, one life of one alarm; a later one of the same key takes its place.

    Instants are UTC in microseconds since 1970.

    Attributes:
        device_id: `equipos.id`; None for an alarm of a feeder or of the whole collector.
        key: tells the alarms of one device apart, and rises from each to the next.
        code: from the catalogue, for example LOCKOUT_FALLA.
        subject: what it speaks of, where one device can have several lives of one code open at a
            time, or where it belongs to a feeder; "" otherwise.
        priority: how urgent.
        state: of ISA-18.2.
        began: when the condition was seen, after its delay.
        text_es: the sentence for people, in Spanish.
        text_en: the same in English.
        at_start: it was there already when watching began.
        ended: when the condition went; None while it lasts.
        closed: when this life was over; None before.
        acknowledged: by whom and when.
        shelved: by whom and when.
        shelved_until: when the shelf gives it back, at most 12 h later.
        out_of_service: by whom and when.
        reason: of the shelving or of the maintenance, in that person's words.
        parent: key of the alarm without device that stands for this one; None for none.
        operation: key of the operation it belongs to; None for none.
        value: what raised it, in the unit of the quantity; None for a bit.
        limit: what the value went beyond.
        repeats: how often it came back within this life.
        came_back: when it last did; None where it never did, or an older version did not write it.
    """

    device_id: int | None
    key: int
    code: str
    priority: Priority
    state: AlarmState
    began: int
    text_es: str
    text_en: str
    subject: str = ""
    at_start: bool = False
    ended: int | None = None
    closed: int | None = None
    acknowledged: Signature | None = None
    shelved: Signature | None = None
    shelved_until: int | None = None
    out_of_service: Signature | None = None
    reason: str | None = None
    parent: int | None = None
    operation: int | None = None
    value: float | None = None
    limit: float | None = None
    repeats: int = 0
    came_back: int | None = None

    @property
    def at(self) -> int:
        """When it was raised, UTC in microseconds since 1970."""
        return self.began
