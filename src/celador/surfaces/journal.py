"""Events and operations as rows for programs, by the names of the database's columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from celador.domain.event import Event, Origin
from celador.domain.operation import Operation

Cell = str | int | float | bool | None
When = Callable[[int | None], str]
"""Writes an instant (UTC, µs since 1970); of none it writes nothing."""


def event_cells(event: Event, when: When, name: str) -> Mapping[str, Cell]:
    """By the names of the columns of `eventos` (docs/esquema.md), times as text.

    Args:
        event: what was seen.
        when: how instants are written.
        name: of the recloser.
    """
    return {
        "fecha_hora": when(event.at),
        "desde": when(event.since),
        "incertidumbre": event.uncertainty,
        "equipo": name,
        "clase": event.kind.value,
        "punto": event.point,
        "anterior": event.old,
        "nuevo": event.new,
        "texto": event.text_es,
        "texto_en": event.text_en,
        "origen": event.origin.value,
    }


def event_quality(event: Event) -> str:
    """The column `calidad` of `eventos`: whether it was seen or concluded."""
    return "estimada" if event.origin is Origin.ESTIMATED else "observada"


def operation_cells(operation: Operation, when: When, name: str) -> Mapping[str, Cell]:
    """By the names of the columns of `operaciones` (docs/esquema.md), times as text.

    Args:
        operation: what the recloser did.
        when: how instants are written.
        name: of the recloser.
    """
    extremes, end, direction = operation.extremes, operation.end, operation.direction
    return {
        "equipo": name,
        "inicio_desde": when(operation.start.lo),
        "inicio_hasta": when(operation.start.hi),
        "fin_desde": when(None if end is None else end.lo),
        "fin_hasta": when(None if end is None else end.hi),
        "tipo": operation.kind.value,
        "causa": operation.cause,
        "elementos": " ".join(operation.elements),
        "fases": operation.phases,
        "sentido": None if direction is None else direction.value,
        "disparos": operation.trips,
        "recierres": operation.recloses,
        "tiempos_muertos": json.dumps(operation.dead_times),
        "resultado": None if operation.result is None else operation.result.value,
        "ia_max": extremes.ia,
        "ib_max": extremes.ib,
        "ic_max": extremes.ic,
        "in_max": extremes.residual,
        "uv_min": extremes.uv,
        "uf_min": extremes.uf,
        "maximos_propios": operation.own_extremes,
        "grupo": operation.group,
        "carga_previa_kw": operation.load_kw,
        "carga_previa_a": operation.load_a,
        "ciclos": operation.cycles,
        "calidad": operation.quality.value,
    }
