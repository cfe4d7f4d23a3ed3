"""Operations: what the reclosers did, as sentences; and one of them as a picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from nicegui import ui
from starlette.requests import Request
from starlette.responses import Response

from celador.domain.alarm import Alarm
from celador.domain.device import Device
from celador.domain.errors import ProfileError
from celador.domain.event import Event
from celador.domain.operation import Operation
from celador.domain.operation_text import told
from celador.domain.outage import Outage
from celador.domain.writing import Text
from celador.ports import SampleQuery, SampleRow
from celador.profiles.schema import load_profile
from celador.surfaces.record_rows import OPERATION_COLUMNS, operation_row
from celador.surfaces.supply import period_of
from celador.surfaces.web.format import uncertainty
from celador.surfaces.web.page import Page, PageContext, whole_number
from celador.surfaces.web.pages.asked import RowNames, asked, chosen_devices, dress
from celador.surfaces.web.parts.controls import form, link, submit
from celador.surfaces.web.parts.operation_view import (
    COLUMNS,
    QUALITIES,
    Named,
    alarm_list,
    around,
    facts,
    instant,
    model_of,
    outage_sentence,
)
from celador.surfaces.web.parts.picker import device_picker
from celador.surfaces.web.parts.ranges import asked_range, between, range_controls
from celador.surfaces.web.parts.timeline import timeline
from celador.surfaces.web.services import WebReader
from celador.surfaces.web.viewer import View

PATH = "/operaciones"
_MOST = 500
_HOUR = 3_600_000_000


def _table(view: View, found: Sequence[Operation], names: Mapping[int, str]) -> str:
    heads = ("Time", "Recloser", "Operation", "Quality")
    head = "".join(f'<th scope="col">{escape(view.t(each))}</th>' for each in heads)
    rows, day = [], ""
    for each in found:
        at, within = each.start.hi, None
        if each.start.lo is not None:
            within = (at - each.start.lo) / 1_000_000
        today = f"{view.date(at)} {view.offset(at)}"
        if today != day:
            day = today
            rows.append(f'<tr class="day"><th colspan="4" scope="rowgroup">{escape(day)}</th></tr>')
        rows.append(
            f'<tr><td class="time">{view.time(at)}'
            f"<small>{view.short_offset(at)} {escape(uncertainty(view, within))}</small>"
            f"</td><td>{escape(names.get(each.device_id, ''))}</td>"
            f'<td class="wide"><a href="{PATH}/{each.device_id}/{each.key}">'
            f"{escape(told(each, view.language))}</a></td>"
            f'<td class="muted">{escape(view.t(QUALITIES[each.quality]))}</td></tr>'
        )
    if not rows:
        return f'<p class="empty">{escape(view.t("No operations in this range."))}</p>'
    return (
        f'<table class="list soe"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


async def build(context: PageContext) -> None:
    """The form, and the list, newest first."""
    dress()
    query, view, services = asked(), context.viewer, context.services
    devices = await services.history(lambda reader: list(reader.devices()))
    shown = asked_range(query, view, services.clock.now(), "30d")
    chosen = chosen_devices(query.getlist("equipo"), devices)
    controls = form(
        device_picker(view, devices, {each.id for each in chosen}, all_if_none=True),
        range_controls(view, shown),
        submit(view.t("Show")),
        action=PATH,
        label=view.t("Which operations"),
    )
    ui.html(controls, sanitize=False).classes("card controls")
    if shown.trouble:
        ui.html(f'<p class="trouble" role="alert">{escape(shown.trouble)}</p>', sanitize=False)
    ids = [each.id for each in chosen]
    found = await services.history(
        lambda reader: list(reader.operations(shown.start, shown.end + 1, ids))[-_MOST:][::-1]
    )
    fields = [*shown.fields(view), *(("equipo", str(each)) for each in ids)]
    with ui.element("section").classes("card journal"):
        count = view.t("{count} operations", count=view.number(len(found)))
        if len(found) == 1:
            count = view.t("1 operation")
        tools = f'<span class="note">{escape(count)}</span><span class="spread"></span>'
        ui.html(tools + link(f"{PATH}/archivo.csv", fields, "CSV"), sanitize=False).classes("tools")
        ui.html(_table(view, found, {each.id: each.name for each in devices}), sanitize=False)


async def file(context: PageContext, request: Request) -> Response:
    """The operations of a range, as CSV."""
    query, view, services = request.query_params, context.viewer, context.services
    devices = await services.history(lambda reader: list(reader.devices()))
    shown = asked_range(query, view, services.clock.now(), "30d")
    ids = [each.id for each in chosen_devices(query.getlist("equipo"), devices)]
    names = {each.id: each.name for each in devices}

    found = await services.history(
        lambda reader: list(reader.operations(shown.start, shown.end + 1, ids))
    )
    rows = [operation_row(each, RowNames(view, names)) for each in found]
    text = io.StringIO()
    writer = csv.DictWriter(text, OPERATION_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return Response(
        text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="operaciones.csv"'},
    )


@dataclass(frozen=True, slots=True)
class _Found:
    device: Device
    operation: Operation
    outages: Sequence[Outage]
    alarms: Sequence[Alarm]
    events: Sequence[Event]
    rows: Sequence[SampleRow]
    ends: tuple[int, int]


def _find(reader: WebReader, device_id: int, key: int, now: int) -> _Found | None:
    device = next((each for each in reader.devices() if each.id == device_id), None)
    found = [each for each in reader.operations(0, now + 1, [device_id]) if each.key == key]
    if device is None or not found:
        return None
    operation = found[0]
    start, end = around(operation, now)
    outages = reader.outages(start - _HOUR, end + _HOUR, [device_id])
    alarms = reader.alarms(start, end + _HOUR, [device_id])
    events = reader.events(start, end + 1, [device_id])
    query = SampleQuery(start, end + 1, COLUMNS, (device_id,))
    return _Found(
        device,
        operation,
        [each for each in outages if each.operation == key],
        [each for each in alarms if each.operation == key],
        [each for each in events if each.device_id == device_id],
        list(reader.samples(query)),
        (start, end),
    )


def _points(device: Device) -> Mapping[str, Named]:
    try:
        profile = load_profile(device.profile)
    except ProfileError:  # of a device that has left the configuration, perhaps
        return {}
    return {
        point.key: Named(Text(point.description_es, point.description_en), point.role)
        for point in profile.points
    }


async def build_one(context: PageContext) -> None:
    """One operation."""
    dress()
    view, services, now = context.viewer, context.services, context.services.clock.now()
    device_id, key = (whole_number(context.parameters[name]) for name in ("equipo", "clave"))
    found = None
    if device_id is not None and key is not None:
        found = await services.history(lambda reader: _find(reader, device_id, key, now))
    if found is None:
        text = escape(view.t("There is no such operation."))
        ui.html(f'<p class="card empty">{text}</p>', sanitize=False)
        return
    operation = found.operation
    words = f"{view.when(operation.start.hi)} {told(operation, view.language)}"
    period = period_of(services.config, found.device)
    model = model_of(
        view,
        operation,
        found.ends,
        found.rows,
        found.events,
        _points(found.device),
        found.outages,
        period,
    )
    start, end = found.ends
    events = [*between(view, start, end), ("equipo", str(found.device.id))]
    links = link("/eventos", events, view.t("Its events")) + link(
        "/tendencias", events, view.t("Trends")
    )
    with ui.element("section").classes("card"):
        ui.html(
            f'<p class="sentence"><b>{escape(found.device.name)}</b> {escape(words)}</p>'
            f'<div class="tools">{link(PATH, [], view.t("All operations"))}'
            f'<span class="spread"></span>{links}</div>'
            f'<div class="scroll" tabindex="0">{timeline(view, model, words)}</div>'
            f'<p class="note">{escape(view.t(_LEGEND))}</p>',
            sanitize=False,
        )
    with ui.element("div").classes("duo"):
        ui.html(
            f"<h2>{escape(view.t('What is known'))}</h2>{facts(view, operation)}", sanitize=False
        ).classes("card")
        ui.html(_consequences(view, found), sanitize=False).classes("card")


_LEGEND = (
    "Hatched: between two polls, so that nobody knows when exactly it changed. "
    "A hole in a curve: no sample."
)


def _consequences(view: View, found: _Found) -> str:
    none = f'<p class="note">{escape(view.t("None."))}</p>'
    told_ones = "".join(
        f"<li>{instant(view, each.start)} {escape(outage_sentence(view, each))}</li>"
        for each in found.outages
    )
    outages = f'<ul class="plainlist">{told_ones}</ul>' if told_ones else none
    alarms = alarm_list(view, found.alarms) if found.alarms else none
    return (
        f"<h2>{escape(view.t('Interruptions'))}</h2>{outages}"
        f"<h2>{escape(view.t('Alarms that it raised'))}</h2>{alarms}"
    )


PAGE = Page(
    PATH,
    "Operations",
    '<path d="M13 2 4 14h6l-1 8 9-12h-6z"/>',
    build,
    files={f"{PATH}/archivo.csv": file},
)

DETAIL = Page(
    f"{PATH}/{{equipo}}/{{clave}}",
    "Operation",
    PAGE.icon,
    build_one,
    in_menu=False,
)
