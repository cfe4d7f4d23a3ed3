"""Events: everything that was seen or concluded, searched in the database, newest first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from nicegui import ui
from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from celador.domain.device import Device
from celador.domain.event import EventKind
from celador.domain.operation import Operation
from celador.ports import EventSearch, FoundEvent
from celador.surfaces.record_rows import EVENT_COLUMNS, event_row
from celador.surfaces.web.page import Page, PageContext, whole_number
from celador.surfaces.web.pages.asked import RowNames, asked, chosen_devices, dress
from celador.surfaces.web.parts.controls import (
    address,
    chips,
    entry,
    field,
    form,
    group,
    link,
    submit,
)
from celador.surfaces.web.parts.picker import device_picker
from celador.surfaces.web.parts.ranges import Range, asked_range, range_controls
from celador.surfaces.web.parts.soe import KINDS, soe_table
from celador.surfaces.web.services import WebReader
from celador.surfaces.web.viewer import View

PATH = "/eventos"
_PAGE = 150
_CHUNK = 2000
_LOOK_EVERY = 2.0  # s
_AROUND = 600_000_000  # µs before the oldest event in which its operation may have begun


@dataclass(frozen=True, slots=True)
class _Asked:
    search: EventSearch
    shown: Range
    before: tuple[int, int] | None
    fields: Sequence[tuple[str, str]]


def _understand(parameters: Mapping[str, str], lists: Mapping[str, Sequence[str]], view: View,
                devices: Sequence[Device], now: int) -> _Asked:  # fmt: skip
    shown = asked_range(parameters, view, now, "24h")
    chosen = chosen_devices(lists["equipo"], devices)
    kinds = tuple(kind for kind in EventKind if kind.value in lists["clase"])
    text = parameters.get("texto", "").strip()
    search = EventSearch(
        shown.start, shown.end + 1, tuple(each.id for each in chosen), kinds, tuple(text.split())
    )
    fields = [
        *shown.fields(view),
        *(("equipo", str(each.id)) for each in chosen),
        *(("clase", kind.value) for kind in kinds),
        ("texto", text),
    ]
    at, _, number = parameters.get("antes", "").partition(".")
    place = whole_number(at), whole_number(number)
    before = None if place[0] is None or place[1] is None else (place[0], place[1])
    return _Asked(search, shown, before, fields)


def _find(
    reader: WebReader, search: EventSearch, before: tuple[int, int] | None
) -> tuple[list[FoundEvent], list[Operation]]:
    found = list(reader.find_events(search, _PAGE, before))
    if not found:
        return [], []
    oldest, newest = found[-1].event.at, found[0].event.at
    return found, list(reader.operations(oldest - _AROUND, newest + 1, search.device_ids))


def _controls(view: View, asked_for: _Asked, devices: Sequence[Device]) -> str:
    kinds = {kind.value: view.t(name) for kind, name in KINDS.items()}
    search = asked_for.search
    words = entry("texto", " ".join(search.words), kind="search", hint=view.t("lockout, pickup…"))
    return form(
        device_picker(view, devices, search.device_ids, all_if_none=True),
        group(view.t("Kind (none: all)"), chips("clase", kinds, {k.value for k in search.kinds})),
        range_controls(view, asked_for.shown),
        field(view.t("Text"), words),
        submit(view.t("Search")),
        action=PATH,
        label=view.t("Which events"),
    )


@dataclass
class _Journal:
    """The list in one browser; grows at its head while its range ends at the present."""

    context: PageContext
    asked_for: _Asked
    names: Mapping[int, str]
    found: list[FoundEvent]
    operations: list[Operation]
    table: ui.html
    count: ui.html

    def show(self, fresh: Sequence[int] = ()) -> None:
        """Write what is known."""
        view = self.context.viewer
        if self.found:
            html = soe_table(view, self.found, self.names, self.operations, fresh)
        else:
            html = f'<p class="empty">{escape(view.t("No events match."))}</p>'
        self.table.set_content(html)
        more = "+" if len(self.found) >= _PAGE else ""
        text = view.t("{count} events", count=f"{view.number(len(self.found))}{more}")
        if len(self.found) == 1:
            text = view.t("1 event")
        self.count.set_content(f"<span>{escape(text)}</span>")

    async def look(self) -> None:
        """Put what has come since at the head."""
        now = self.context.services.clock.now()
        start = self.found[0].event.at if self.found else self.asked_for.search.start
        search = replace(self.asked_for.search, start=start, end=now + 1)
        newer, operations = await self.context.services.history(
            lambda reader: _find(reader, search, None)
        )
        known = {each.id for each in self.found}
        fresh = [each for each in newer if each.id not in known]
        if fresh:
            self.found = [*fresh, *self.found][: 4 * _PAGE]
            self.operations += operations
            self.show([each.id for each in fresh])


async def build(context: PageContext) -> None:
    """The form, and the list."""
    dress()
    query, view, services = asked(), context.viewer, context.services
    devices = await services.history(lambda reader: list(reader.devices()))
    lists = {name: query.getlist(name) for name in ("equipo", "clase")}
    asked_for = _understand(query, lists, view, devices, services.clock.now())
    ui.html(_controls(view, asked_for, devices), sanitize=False).classes("card controls")
    if asked_for.shown.trouble:
        ui.html(
            f'<p class="trouble" role="alert">{escape(asked_for.shown.trouble)}</p>', sanitize=False
        )
    found, operations = await services.history(
        lambda reader: _find(reader, asked_for.search, asked_for.before)
    )
    names = {each.id: each.name for each in devices}
    with ui.element("section").classes("card journal"):
        with ui.element("div").classes("tools"):
            count = ui.html("", sanitize=False).classes("note")
            ui.html('<span class="spread"></span>', sanitize=False).classes("spread")
            ui.html(link(f"{PATH}/archivo.csv", asked_for.fields, "CSV"), sanitize=False)
        table = ui.html("", sanitize=False).props('aria-live="off"')
        journal = _Journal(context, asked_for, names, found, operations, table, count)
        journal.show()
        ui.html(_older(view, asked_for, found), sanitize=False).classes("more")
    if asked_for.shown.live and asked_for.before is None:
        ui.timer(_LOOK_EVERY, journal.look)


def _older(view: View, asked_for: _Asked, found: Sequence[FoundEvent]) -> str:
    if len(found) < _PAGE:
        return ""
    last = found[-1]
    fields = [*asked_for.fields, ("antes", f"{last.event.at}.{last.id}")]
    return f'<a class="plain" href="{escape(address(PATH, fields))}">{escape(view.t("Older"))}</a>'


async def file(context: PageContext, request: Request) -> Response:
    """All that the search finds, as CSV."""
    view, services = context.viewer, context.services
    devices = await services.history(lambda reader: list(reader.devices()))
    lists = {name: request.query_params.getlist(name) for name in ("equipo", "clase")}
    asked_for = _understand(request.query_params, lists, view, devices, services.clock.now())
    names = {each.id: each.name for each in devices}
    lines = _lines(services.history.open(), asked_for.search, view, names)
    return StreamingResponse(
        iterate_in_threadpool(lines),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="eventos.csv"'},
    )


def _lines(
    reader: WebReader, search: EventSearch, view: View, names: Mapping[int, str]
) -> Iterator[bytes]:
    """CSV in blocks; times to the millisecond, as programs want them, with their uncertainty."""
    written = RowNames(view, names)
    before = None
    try:
        yield f"{','.join(EVENT_COLUMNS)}\n".encode()
        while found := reader.find_events(search, _CHUNK, before):
            block = io.StringIO()
            writer = csv.DictWriter(block, EVENT_COLUMNS, lineterminator="\n")
            writer.writerows(event_row(each.event, written) for each in found)
            yield block.getvalue().encode()
            before = (found[-1].event.at, found[-1].id)
    finally:
        reader.close()


PAGE = Page(
    PATH,
    "Events",
    '<path d="M8 6h13M8 12h13M8 18h13M3.5 6h.01M3.5 12h.01M3.5 18h.01"/>',
    build,
    files={f"{PATH}/archivo.csv": file},
)
