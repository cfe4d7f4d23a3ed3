"""Records by the names of their columns (docs/esquema.md), for programs: commands and API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Protocol

from celador.domain.alarm import Alarm, Signature
from celador.domain.event import Event
from celador.domain.operation import Operation, least, most
from celador.domain.outage import FIVE_MINUTES, THREE_MINUTES, Outage
from celador.domain.reliability.marks import OutageMarks

Cell = str | int | float | bool | None

# The names in the rows below, for the head of a list that has none.
EVENT_COLUMNS = (
    "fecha_hora", "desde", "incertidumbre", "equipo", "clase", "punto", "anterior", "nuevo",
    "texto", "texto_en", "origen", "calidad",
)  # fmt: skip
OPERATION_COLUMNS = (
    "equipo", "clave", "inicio_desde", "inicio_hasta", "fin_desde", "fin_hasta", "duracion_min_s",
    "duracion_max_s", "tipo", "causa", "elementos", "fases", "sentido", "disparos", "recierres",
    "tiempos_muertos", "resultado", "ia_max", "ib_max", "ic_max", "in_max", "uv_min", "uf_min",
    "maximos_propios", "grupo", "contadores_antes", "contadores_despues", "carga_previa_kw",
    "carga_previa_a", "ciclos", "calidad",
)  # fmt: skip
OUTAGE_COLUMNS = (
    "equipo", "clave", "inicio_desde", "inicio_hasta", "fin_desde", "fin_hasta", "duracion_min_s",
    "duracion_max_s", "origen", "clase_3min", "clase_5min", "operacion", "clientes", "kva",
    "programada", "fuerza_mayor", "calidad",
)  # fmt: skip
ALARM_COLUMNS = (
    "equipo", "clave", "codigo", "objeto", "prioridad", "estado", "inicio", "activa_al_arrancar",
    "fin", "cierre", "reconocida", "reconocida_por", "apartada", "apartada_por", "apartada_hasta",
    "fuera_de_servicio", "fuera_de_servicio_por", "motivo", "madre_clave", "operacion_clave",
    "valor", "limite", "repeticiones", "reaparecida", "texto", "texto_en",
)  # fmt: skip


class Names(Protocol):
    """How instants and reclosers are written."""

    def when(self, at: int | None) -> str | None:
        """An instant, UTC in microseconds since 1970, as text."""

    def name(self, device_id: int | None) -> str | None:
        """A recloser's name."""


def event_row(event: Event, names: Names) -> Mapping[str, Cell]:
    """By the names of the columns of `eventos` (docs/esquema.md), times as text."""
    return {
        "fecha_hora": names.when(event.at),
        "desde": names.when(event.since),
        "incertidumbre": event.uncertainty,
        "equipo": names.name(event.device_id),
        "clase": event.kind.value,
        "punto": event.point,
        "anterior": event.old,
        "nuevo": event.new,
        "texto": event.text_es,
        "texto_en": event.text_en,
        "origen": event.origin.value,
        "calidad": event.quality.value,
    }


def operation_row(operation: Operation, names: Names) -> Mapping[str, Cell]:
    """By the names of the columns of `operaciones` (docs/esquema.md), times as text."""
    extremes, end, direction = operation.extremes, operation.end, operation.direction
    return {
        "equipo": names.name(operation.device_id),
        "clave": operation.key,
        "inicio_desde": names.when(operation.start.lo),
        "inicio_hasta": names.when(operation.start.hi),
        "fin_desde": names.when(None if end is None else end.lo),
        "fin_hasta": names.when(None if end is None else end.hi),
        "duracion_min_s": None if end is None else least(operation.start, end),
        "duracion_max_s": None if end is None else most(operation.start, end),
        "tipo": operation.kind.value,
        "causa": operation.cause,
        "elementos": " ".join(operation.elements),
        "fases": operation.phases,
        "sentido": None if direction is None else direction.word,
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
        "contadores_antes": _counters(operation.counters_before),
        "contadores_despues": _counters(operation.counters_after),
        "carga_previa_kw": operation.load_kw,
        "carga_previa_a": operation.load_a,
        "ciclos": operation.cycles,
        "calidad": operation.quality.value,
    }


def _counters(counters: Mapping[str, int] | None) -> str | None:
    return None if counters is None else json.dumps(dict(counters))


def outage_row(outage: Outage, marks: OutageMarks | None, names: Names) -> Mapping[str, Cell]:
    """By the names of the columns of `interrupciones` (docs/esquema.md), times as text."""
    end = outage.end
    classes = [outage.duration(limit) for limit in (THREE_MINUTES, FIVE_MINUTES)]
    three, five = (None if each is None else each.value for each in classes)
    return {
        "equipo": names.name(outage.device_id),
        "clave": outage.key,
        "inicio_desde": names.when(outage.start.lo),
        "inicio_hasta": names.when(outage.start.hi),
        "fin_desde": names.when(None if end is None else end.lo),
        "fin_hasta": names.when(None if end is None else end.hi),
        "duracion_min_s": None if end is None else least(outage.start, end),
        "duracion_max_s": None if end is None else most(outage.start, end),
        "origen": outage.origin.value,
        "clase_3min": three,
        "clase_5min": five,
        "operacion": outage.operation,
        "clientes": outage.customers,
        "kva": outage.kva,
        "programada": None if marks is None else marks.planned,
        "fuerza_mayor": "no" if marks is None else marks.force_majeure.value,
        "calidad": outage.quality.value,
    }


def alarm_row(alarm: Alarm, names: Names) -> Mapping[str, Cell]:
    """By the names of the columns of `alarmas`, times as text."""
    return {
        "equipo": names.name(alarm.device_id),
        "clave": alarm.key,
        "codigo": alarm.code,
        "objeto": alarm.subject,
        "prioridad": int(alarm.priority),
        "estado": alarm.state.value,
        "inicio": names.when(alarm.began),
        "activa_al_arrancar": alarm.at_start,
        "fin": names.when(alarm.ended),
        "cierre": names.when(alarm.closed),
        **_signed("reconocida", alarm.acknowledged, names),
        **_signed("apartada", alarm.shelved, names),
        "apartada_hasta": names.when(alarm.shelved_until),
        **_signed("fuera_de_servicio", alarm.out_of_service, names),
        "motivo": alarm.reason,
        "madre_clave": alarm.parent,
        "operacion_clave": alarm.operation,
        "valor": alarm.value,
        "limite": alarm.limit,
        "repeticiones": alarm.repeats,
        "reaparecida": names.when(alarm.came_back),
        "texto": alarm.text_es,
        "texto_en": alarm.text_en,
    }


def _signed(column: str, signature: Signature | None, names: Names) -> Mapping[str, Cell]:
    return {
        column: names.when(signature.at if signature else None),
        f"{column}_por": signature.by if signature else None,
    }
