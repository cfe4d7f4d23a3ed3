"""Records turned into rows, and rows into records."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from celador.domain.alarm import Alarm
from celador.domain.event import Event, EventKind, Origin
from celador.domain.memory import Memory
from celador.domain.operation import Operation
from celador.domain.outage import Outage
from celador.domain.quantities import COUNTER_NAMES, MEASUREMENT_NAMES
from celador.domain.reliability.marks import Marking
from celador.domain.sample import CounterReading, Sample
from celador.ports import Record
from celador.stores.sqlite.alarms import ALARM_TABLE, alarm_row
from celador.stores.sqlite.operations import (
    MEMORY_TABLE,
    OPERATION_TABLE,
    OUTAGE_TABLE,
    marking_row,
    memory_row,
    operation_row,
    outage_row,
)
from celador.stores.sqlite.queries import QUERIES

Row = tuple[Any, ...]

SAMPLE_TABLE = "mediciones"
COUNTER_TABLE = "contadores"
EVENT_TABLE = "eventos"

_MEASUREMENT_SET = frozenset(MEASUREMENT_NAMES)
_COUNTER_SET = frozenset(COUNTER_NAMES)


def _insert(table: str, columns: Sequence[str]) -> str:
    marks = ", ".join("?" * len(columns))
    return QUERIES["insert_reading"].format(table=table, columns=", ".join(columns), marks=marks)


_HEAD = ("equipo_id", "fecha_hora", "colector_id", "calidad")

INSERTS = {
    Sample: _insert(SAMPLE_TABLE, (*_HEAD, "estado", *MEASUREMENT_NAMES)),
    CounterReading: _insert(COUNTER_TABLE, (*_HEAD, *COUNTER_NAMES)),
    Event: QUERIES["insert_event"],
    # Operations before the interruptions that refer to them, memories after what they rest on.
    Operation: QUERIES["upsert_operation"],
    Outage: QUERIES["upsert_outage"],
    Marking: QUERIES["mark_outage"],
    Alarm: QUERIES["upsert_alarm"],
    Memory: QUERIES["upsert_memory"],
}

TABLES = {
    Sample: SAMPLE_TABLE,
    CounterReading: COUNTER_TABLE,
    Event: EVENT_TABLE,
    Operation: OPERATION_TABLE,
    Outage: OUTAGE_TABLE,
    Marking: OUTAGE_TABLE,
    Alarm: ALARM_TABLE,
    Memory: MEMORY_TABLE,
}


def _check_names(given: AbstractSet[str], known: frozenset[str]) -> None:
    # A misspelt quantity would otherwise vanish without a trace.
    if not given <= known:
        message = f"unknown quantities: {', '.join(sorted(given - known))}"
        raise ValueError(message)


def sample_row(sample: Sample, collector_id: int) -> Row:
    """The values of one row of `mediciones`, in the order of its INSERT.

    Raises:
        ValueError: a value has a name that is no quantity.
    """
    values = sample.values
    _check_names(values.keys(), _MEASUREMENT_SET)
    state = sample.state
    return (
        sample.device_id,
        sample.at,
        collector_id,
        int(sample.quality),
        None if state is None else int(state),
        *map(values.get, MEASUREMENT_NAMES),
    )


def counter_row(reading: CounterReading, collector_id: int) -> Row:
    """The values of one row of `contadores`, in the order of its INSERT.

    Raises:
        ValueError: a value has a name that is no quantity.
    """
    values = reading.values
    _check_names(values.keys(), _COUNTER_SET)
    return (
        reading.device_id,
        reading.at,
        collector_id,
        int(reading.quality),
        *map(values.get, COUNTER_NAMES),
    )


def event_row(event: Event, collector_id: int) -> Row:
    """The values of one row of `eventos`, in the order of its INSERT."""
    return (
        event.at,
        event.device_id,
        collector_id,
        event.kind.value,
        event.point,
        event.old,
        event.new,
        event.since,
        event.text_es,
        event.text_en,
        event.origin.value,
        event.quality.value,
    )


def record_row(record: Record, collector_id: int) -> Row:
    """The values of any record's row.

    Raises:
        ValueError: a value has a name that is no quantity.
        TypeError: it is no record.
    """
    if isinstance(record, Sample):
        return sample_row(record, collector_id)
    if isinstance(record, CounterReading):
        return counter_row(record, collector_id)
    if isinstance(record, Event):
        return event_row(record, collector_id)
    return _rule_row(record, collector_id)


def _rule_row(record: Operation | Outage | Marking | Alarm | Memory, collector_id: int) -> Row:
    if isinstance(record, Operation):
        return operation_row(record, collector_id)
    if isinstance(record, Outage):
        return outage_row(record, collector_id)
    if isinstance(record, Marking):
        return marking_row(record)
    if isinstance(record, Alarm):
        return alarm_row(record, collector_id)
    return memory_row(record)


def event_of(row: Row) -> Event:
    """The event of a row of the query `events`."""
    _id, device_id, at, since, kind, point, old, new, text_es, text_en, origin = row
    return Event(
        device_id=device_id,
        at=at,
        since=since,
        kind=EventKind(kind),
        point=point,
        old=old,
        new=new,
        text_es=text_es,
        text_en=text_en,
        origin=Origin(origin),
    )
