"""`celador operations`: what the reclosers did."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from celador.cli.records import (
    AsCsv,
    AsJson,
    Cell,
    Choice,
    ConfigFile,
    Devices,
    English,
    From,
    StoreFile,
    To,
    Zone,
    form_of,
    reading,
    show,
    within,
)

if TYPE_CHECKING:
    from celador.domain.operation import Operation

OPERATION_TITLES = ("began", "± s", "recloser", "operation", "quality")


def operations(
    start: From = "-7d",
    end: To = "now",
    device: Devices = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    english: English = False,
    timezone: Zone = None,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """List operations of protection and of people: element, phases, current, trips, how it ended.

    An operation began at the time shown or up to ± earlier. Quality: observada, every move was
    seen; reconstruida, counters tell of moves that nobody saw; estimada, something is assumed.

    celador operations --from -30d --device norte

    celador operations --from 2026-09-01 --to 2027-03-01 --csv > operaciones.csv
    """
    form = form_of(as_json=as_json, as_csv=as_csv)
    with reading(start, end, device, timezone, config, store) as (reader, choice):
        show(
            "operations",
            reader.operations(choice.start, choice.end, choice.device_ids),
            lambda operation: operation_row(operation, choice),
            lambda operation: operation_line(operation, choice, english=english),
            OPERATION_TITLES,
            form=form,
        )


def operation_line(operation: Operation, choice: Choice, *, english: bool) -> Sequence[str]:
    """For people, one cell per title."""
    from celador.domain.operation_text import told

    return (
        choice.when(operation.start.hi, seconds=True),
        within(operation.start),
        choice.name(operation.device_id),
        told(operation, "en" if english else "es"),
        operation.quality.value,
    )


def operation_row(operation: Operation, choice: Choice) -> Mapping[str, Cell]:
    """By the names of the columns of `operaciones` (docs/esquema.md), times as text."""
    extremes, end, direction = operation.extremes, operation.end, operation.direction
    return {
        "equipo": choice.name(operation.device_id),
        "inicio_desde": choice.when(operation.start.lo),
        "inicio_hasta": choice.when(operation.start.hi),
        "fin_desde": choice.when(None if end is None else end.lo),
        "fin_hasta": choice.when(None if end is None else end.hi),
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
