"""The lists of the API: read in a thread, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from celador.domain.alarm import Alarm
from celador.ports import SampleRow
from celador.surfaces.record_rows import alarm_row, event_row, operation_row, outage_row
from celador.surfaces.web.api.asking import Asked, NamesIn
from celador.surfaces.web.api.cursors import Cursor, Dated, records_after, samples_after
from celador.surfaces.web.services import WebReader

Answer = Mapping[str, Any]
R = TypeVar("R", bound=Dated)


def devices(reader: WebReader) -> Answer:
    """Every recloser ever seen."""
    return {
        "devices": [
            {
                "id": device.id,
                "nombre": device.name,
                "lugar": device.place,
                "perfil": device.profile,
                "tension_nominal": device.nominal_voltage,
                "clientes": device.customers,
                "kva": device.kva,
            }
            for device in reader.devices()
        ]
    }


def samples(reader: WebReader, asked: Asked) -> Answer:
    """Rows of `mediciones`, or windows of them."""
    query, names = asked.chosen(reader)
    rows, after = samples_after(reader, query, asked.cursor, asked.limit)
    counted = query.every is not None

    def row(each: SampleRow) -> Answer:
        values = dict(zip(query.columns, each.values, strict=True))
        more = {"muestras": each.count} if counted else {}
        return {**_of(each.device_id, names), "fecha_hora": names.when(each.at), **values, **more}

    return _page("samples", [row(each) for each in rows], after)


def events(reader: WebReader, asked: Asked) -> Answer:
    """Rows of `eventos`."""
    return _records("events", reader, asked, reader.events, event_row)


def operations(reader: WebReader, asked: Asked) -> Answer:
    """Rows of `operaciones`."""
    return _records("operations", reader, asked, reader.operations, operation_row)


def outages(reader: WebReader, asked: Asked) -> Answer:
    """Rows of `interrupciones`, with what people said of them."""
    marks = reader.outage_marks()
    return _records(
        "outages",
        reader,
        asked,
        reader.outages,
        lambda each, names: outage_row(each, marks.get((each.device_id, each.key)), names),
    )


def alarms(reader: WebReader, asked: Asked) -> Answer:
    """Rows of `alarmas`."""
    return _records("alarms", reader, asked, reader.alarms, alarm_row)


def open_alarms(reader: WebReader, asked: Asked) -> Answer:
    """Alarms whose life is not over, the most urgent first; all of them, there is no next page."""
    query, names = asked.chosen(reader)
    found: list[Alarm] = [
        alarm
        for alarm in reader.open_alarms()
        if not query.device_ids or alarm.device_id in query.device_ids
    ]
    rows = [{**_of(alarm.device_id, names), **alarm_row(alarm, names)} for alarm in found]
    return _page("alarms", rows, None)


def _records(
    what: str,
    reader: WebReader,
    asked: Asked,
    read: Callable[[int, int, Sequence[int]], Iterator[R]],
    row: Callable[[R, NamesIn], Answer],
) -> Answer:
    query, names = asked.chosen(reader)
    found, after = records_after(
        lambda start: read(start, query.end, query.device_ids),
        query.start,
        asked.cursor,
        asked.limit,
    )
    rows = [{**_of(getattr(each, "device_id", None), names), **row(each, names)} for each in found]
    return _page(what, rows, after)


def _of(device_id: int | None, names: NamesIn) -> Answer:
    return {"equipo_id": device_id, "equipo": names.name(device_id)}


def _page(what: str, rows: Sequence[Answer], after: Cursor | None) -> Answer:
    return {what: rows, "next": None if after is None else str(after)}
