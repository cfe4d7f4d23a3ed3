"""Alarms as rows, and rows as alarms."""

from __future__ import annotations

from typing import Any

from celador.domain.alarm import Alarm, AlarmState, Priority, Signature

Row = tuple[Any, ...]

ALARM_TABLE = "alarmas"


def alarm_row(alarm: Alarm, collector_id: int) -> Row:
    """The values of one row of `alarmas`, in the order of its upsert."""
    return (
        alarm.device_id,
        alarm.key,
        collector_id,
        alarm.code,
        alarm.subject,
        int(alarm.priority),
        alarm.state.value,
        alarm.began,
        alarm.at_start,
        alarm.ended,
        alarm.closed,
        *_signed(alarm.acknowledged),
        *_signed(alarm.shelved),
        alarm.shelved_until,
        *_signed(alarm.out_of_service),
        alarm.reason,
        alarm.parent,
        alarm.operation,
        alarm.value,
        alarm.limit,
        alarm.repeats,
        alarm.text_es,
        alarm.text_en,
        alarm.came_back,
    )


def alarm_of(row: Row) -> Alarm:
    """The alarm of a row of the query `alarms`."""
    (
        _id, device_id, key, code, subject, priority, state, began, at_start, ended, closed,
        seen_at, seen_by, shelved_at, shelved_by, until, out_at, out_by, reason,
        parent, operation, value, limit, repeats, text_es, text_en, came_back,
    ) = row  # fmt: skip
    return Alarm(
        device_id=device_id,
        key=key,
        code=code,
        subject=subject,
        priority=Priority(priority),
        state=AlarmState(state),
        began=began,
        at_start=bool(at_start),
        ended=ended,
        closed=closed,
        acknowledged=_signature(seen_at, seen_by),
        shelved=_signature(shelved_at, shelved_by),
        shelved_until=until,
        out_of_service=_signature(out_at, out_by),
        reason=reason,
        parent=parent,
        operation=operation,
        value=value,
        limit=limit,
        repeats=repeats,
        text_es=text_es,
        text_en=text_en,
        came_back=came_back,
    )


def _signed(signature: Signature | None) -> tuple[int | None, str | None]:
    return (None, None) if signature is None else (signature.at, signature.by)


def _signature(at: int | None, by: str | None) -> Signature | None:
    return None if at is None or by is None else Signature(at, by)
