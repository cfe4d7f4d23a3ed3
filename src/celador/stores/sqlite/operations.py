"""Operations, interruptions and memories as rows, and rows as them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from celador.domain.causes import Direction
from celador.domain.memory import Memory
from celador.domain.operation import (
    Extremes,
    Operation,
    OperationKind,
    RecordQuality,
    Result,
    Span,
)
from celador.domain.outage import FIVE_MINUTES, THREE_MINUTES, Outage, OutageOrigin
from celador.domain.reliability.marks import ForceMajeure, Marking, OutageMarks

Row = tuple[Any, ...]

OPERATION_TABLE = "operaciones"
OUTAGE_TABLE = "interrupciones"
MEMORY_TABLE = "memorias"

_DIRECTIONS = {direction.word: direction for direction in Direction}


def operation_row(operation: Operation, collector_id: int) -> Row:
    """The values of one row of `operaciones`, in the order of its upsert."""
    extremes, direction = operation.extremes, operation.direction
    return (
        operation.device_id,
        operation.key,
        collector_id,
        *_ends(operation.start),
        *_ends(operation.end),
        operation.kind.value,
        operation.cause,
        _json(operation.elements),
        operation.phases,
        None if direction is None else direction.word,
        operation.trips,
        operation.recloses,
        _json(operation.dead_times),
        None if operation.result is None else operation.result.value,
        extremes.ia,
        extremes.ib,
        extremes.ic,
        extremes.residual,
        extremes.uv,
        extremes.uf,
        operation.own_extremes,
        operation.group,
        _json(operation.counters_before),
        _json(operation.counters_after),
        operation.load_kw,
        operation.load_a,
        operation.cycles,
        operation.quality.value,
    )


def outage_row(outage: Outage, collector_id: int) -> Row:
    """The values of one row of `interrupciones`, in the order of its upsert."""
    classes = (outage.duration(THREE_MINUTES), outage.duration(FIVE_MINUTES))
    return (
        outage.device_id,
        outage.key,
        collector_id,
        outage.operation,
        *_ends(outage.start),
        *_ends(outage.end),
        outage.origin.value,
        *(None if each is None else each.value for each in classes),
        outage.customers,
        outage.kva,
        outage.quality.value,
    )


def marking_row(marking: Marking) -> Row:
    """The arguments of `mark_outage`."""
    planned, major = marking.planned, marking.force_majeure
    return (
        marking.device_id,
        marking.key,
        None if planned is None else int(planned),
        None if major is None else major.value,
        marking.note,
    )


def memory_row(memory: Memory) -> Row:
    """The values of one row of `memorias`, in the order of its upsert."""
    return (memory.device_id, memory.subject, memory.at, memory.document)


def operation_of(row: Row) -> Operation:
    """The operation of a row of the query `operations`."""
    (
        _id, device_id, key, start_lo, start_hi, end_lo, end_hi, kind, cause, elements, phases,
        direction, trips, recloses, dead_times, result, ia, ib, ic, residual, uv, uf, own, group,
        before, after, load_kw, load_a, cycles, quality,
    ) = row  # fmt: skip
    return Operation(
        device_id=device_id,
        key=key,
        start=Span(start_lo, start_hi),
        end=None if end_hi is None else Span(end_lo, end_hi),
        kind=OperationKind(kind),
        cause=cause,
        elements=tuple(json.loads(elements or "[]")),
        phases=phases,
        direction=None if direction is None else _DIRECTIONS[direction],
        trips=trips,
        recloses=recloses,
        dead_times=tuple(each and (each[0], each[1]) for each in json.loads(dead_times or "[]")),
        result=None if result is None else Result(result),
        extremes=Extremes(ia, ib, ic, residual, uv, uf),
        own_extremes=None if own is None else bool(own),
        group=group,
        counters_before=_mapping(before),
        counters_after=_mapping(after),
        load_kw=load_kw,
        load_a=load_a,
        cycles=cycles,
        quality=RecordQuality(quality),
    )


def outage_of(row: Row) -> Outage:
    """The interruption of a row of the query `outages`."""
    _id, device_id, key, operation, start_lo, start_hi, end_lo, end_hi, *rest = row
    origin, customers, kva, quality = rest
    return Outage(
        device_id=device_id,
        key=key,
        operation=operation,
        start=Span(start_lo, start_hi),
        end=None if end_hi is None else Span(end_lo, end_hi),
        origin=OutageOrigin(origin),
        customers=customers,
        kva=kva,
        quality=RecordQuality(quality),
    )


def outage_marks_of(rows: Iterable[Row]) -> dict[tuple[int, int], OutageMarks]:
    """What people said of interruptions, of rows of the query `outage_marks`."""
    return {
        (device, key): OutageMarks(
            None if planned is None else bool(planned), ForceMajeure(force_majeure)
        )
        for device, key, planned, force_majeure in rows
    }


def _ends(span: Span | None) -> tuple[int | None, int | None]:
    return (None, None) if span is None else (span.lo, span.hi)


def _json(value: object) -> str | None:
    if value is None:
        return None
    return json.dumps(value if not isinstance(value, Mapping) else dict(value))


def _mapping(text: str | None) -> dict[str, int] | None:
    return None if text is None else {str(k): int(v) for k, v in json.loads(text).items()}
