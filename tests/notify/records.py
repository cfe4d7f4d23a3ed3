"""Records written by hand, and the rules of channels with what a test does not care about."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from celador.domain.alarm import Alarm, AlarmState, Priority
from celador.domain.notices.hours import DigestTimes, Hours
from celador.domain.notices.notice import Notice, NoticeKind
from celador.domain.notices.routing import Channel
from celador.domain.operation import (
    Extremes,
    Operation,
    OperationKind,
    RecordQuality,
    Result,
    Span,
)

CORDOBA = ZoneInfo("America/Argentina/Cordoba")


def at(text: str, zone: ZoneInfo = CORDOBA) -> int:
    """An instant written as a wall clock in Córdoba shows it."""
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1_000_000)


TRIP = at("2026-07-18 13:13:38.120")


def alarm(**given: object) -> Alarm:
    fields: dict[str, Any] = {
        "device_id": 1,
        "key": 17,
        "code": "LOCKOUT_FALLA",
        "priority": Priority.CRITICAL,
        "state": AlarmState.UNACK,
        "began": TRIP,
        "text_es": "BLOQUEO por falla",
        "text_en": "LOCKOUT after a fault",
    }
    fields.update(given)
    # At most one life of a code may be open at a time, unless they speak of different things.
    return Alarm(**{"subject": str(fields["key"]), **fields})


def lockout(**given: object) -> Operation:
    fields: dict[str, Any] = {
        "device_id": 1,
        "key": 9,
        "start": Span(TRIP - 16_000_000, TRIP - 15_000_000),
        "end": Span(TRIP - 1_000_000, TRIP),
        "kind": OperationKind.SEQUENCE,
        "result": Result.LOCKOUT,
        "quality": RecordQuality.OBSERVED,
        "cause": "OC3+",
        "elements": ("OC3+",),
        "phases": "CA",
        "trips": 2,
        "recloses": 1,
        "extremes": Extremes(ia=1840.0, ib=210.0, ic=1790.0),
        "own_extremes": True,
        "group": 1,
        "load_a": 132.0,
    }
    return Operation(**{**fields, **given})


def notice(**given: object) -> Notice:
    fields: dict[str, Any] = {
        "key": "alarma/1/17/activa/0",
        "kind": NoticeKind.RAISED,
        "device_id": 1,
        "code": "LOCKOUT_FALLA",
        "priority": Priority.CRITICAL,
        "at": TRIP,
    }
    return Notice(**{**fields, **given})


def channel(name: str = "guardia", **given: object) -> Channel:
    fields: dict[str, Any] = {"hours": Hours(CORDOBA), "digests": DigestTimes(CORDOBA, 480)}
    return Channel(name, **{**fields, **given})
