"""Export: choose, look at the first rows, watch the download; files as those of the command."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import islice
from weakref import WeakKeyDictionary

from nicegui import ui
from starlette.requests import Request
from starlette.responses import Response

from celador.domain.device import Device
from celador.domain.errors import ProfileError, UsageError
from celador.domain.quantities import MEASUREMENT_NAMES
from celador.ports import HistoryReader, SampleQuery
from celador.profiles.schema import load_profile
from celador.surfaces.export import (
    DEFAULT_COLUMNS,
    FileKind,
    parse_every,
    rows_in,
    start_of_day,
)
from celador.surfaces.export_http.accepts import takes_gzip
from celador.surfaces.export_http.demand import understand
from celador.surfaces.export_http.desk import ExportDesk
from celador.surfaces.export_http.refusals import Refusal
from celador.surfaces.export_http.running import Outcome
from celador.surfaces.export_server.answers import refusal_response
from celador.surfaces.web.format import UNKNOWN
from celador.surfaces.web.page import Page, PageContext
from celador.surfaces.web.pages.asked import asked, chosen_devices, dress
from celador.surfaces.web.parts.controls import (
    address,
    chips,
    field,
    folded,
    form,
    select,
    submit,
)
from celador.surfaces.web.parts.picker import device_picker
from celador.surfaces.web.parts.ranges import Range, asked_range, range_controls
from celador.surfaces.web.services import History
from celador.surfaces.web.viewer import View

PATH = "/exportar"
_PREVIEW = 12
_TICKETS = 200  # downloads remembered
_TICKET = "boleto"
_EVERY = ("", "1min", "5min", "15min", "1h", "1d")
_KINDS = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet"}
_COLUMNS = (*MEASUREMENT_NAMES, "estado", "calidad")

_desks: WeakKeyDictionary[History, ExportDesk] = WeakKeyDictionary()
_under_way: OrderedDict[str, Outcome] = OrderedDict()


@dataclass(frozen=True, slots=True)
class _Choice:
    """What the form says.

    Attributes:
        devices: reclosers; all of them where none is chosen.
        columns: of `mediciones`.
        shown: the range.
        every: length of the windows as people write it; "" for the samples as stored.
        comma: decimal comma and semicolons.
        kind: of the file.
    """

    devices: Sequence[Device]
    columns: tuple[str, ...]
    shown: Range
    every: str
    comma: bool
    kind: FileKind

    def query(self, view: View) -> SampleQuery:
        """The same for a store."""
        return SampleQuery(
            self.shown.start,
            self.shown.end,
            self.columns,
            tuple(each.id for each in self.devices),
            parse_every(self.every) if self.every else None,
            start_of_day(self.shown.start, view.zone),
        )

    def address(self, view: View, ticket: str) -> str:
        """Where the file is."""
        fields = [
            ("from", view.local(self.shown.start).isoformat()),
            ("to", view.local(self.shown.end).isoformat()),
            *(("device", str(each.name)) for each in self.devices),
            ("columns", ",".join(self.columns)),
            ("every", self.every),
            ("timezone", view.zone_name),
            *(
                [("decimal", "comma" if self.comma else "point")]
                if self.kind is FileKind.CSV
                else []
            ),
            (_TICKET, ticket),
        ]
        return address(f"{PATH}/archivo.{self.kind.value}", fields)


@dataclass(frozen=True, slots=True)
class _Preview:
    rows: Sequence[Sequence[str]]
    count: int


def _desk(context: PageContext) -> ExportDesk:
    history = context.services.history
    if history not in _desks:
        _desks[history] = ExportDesk(history.open, context.services.config.exporter)
    return _desks[history]


async def file(context: PageContext, request: Request) -> Response:
    """The file itself, streamed; a browser that goes away ends the query."""
    kinds = {each.value: each for each in (FileKind.CSV, FileKind.XLSX, FileKind.PARQUET)}
    kind = kinds.get(request.path_params["kind"])
    if kind is None:
        return Response(status_code=404)
    given = [each for each in request.query_params.multi_items() if each[0] != _TICKET]
    ticket = request.query_params.get(_TICKET, "")

    def begun(outcome: Outcome) -> None:
        if ticket:
            _under_way[ticket] = outcome
            while len(_under_way) > _TICKETS:
                _under_way.popitem(last=False)

    def refused(refusal: Refusal) -> Response:
        return refusal_response(refusal, person=True)

    desk = _desk(context)
    try:
        demand = understand(
            kind, given, desk.limits, zone=context.viewer.zone, now=time.time_ns() // 1000
        )
        packed = kind is FileKind.CSV and takes_gzip(request.headers)
        who = context.viewer.name
        return desk.export(demand, who, packed=packed, refused=refused, begun=begun)
    except Refusal as refusal:
        return refused(refusal)


def _choice(context: PageContext, devices: Sequence[Device]) -> _Choice:
    query, view = asked(), context.viewer
    columns = tuple(name for name in dict.fromkeys(query.getlist("c")) if name in _COLUMNS)
    every = query.get("cada", "15min")
    comma = query.get("decimal", "coma" if view.language == "es" else "punto") == "coma"
    kinds = [each for each in FileKind if each.value == query.get("formato", "csv")]
    return _Choice(
        chosen_devices(query.getlist("equipo"), devices),
        columns or DEFAULT_COLUMNS,
        asked_range(query, view, context.services.clock.now(), "24h"),
        every if every in _EVERY else "15min",
        comma,
        kinds[0] if kinds else FileKind.CSV,
    )


def _preview(reader: HistoryReader, view: View, choice: _Choice, now: int) -> _Preview:
    query = choice.query(view)
    names = {each.id: each.name for each in reader.devices()}
    decimals = _decimals(choice.devices or list(reader.devices()), query.columns)
    rows = []
    for row in islice(reader.samples(query), _PREVIEW):
        moment = view.local(row.at).isoformat(
            " ", "milliseconds" if query.every is None else "seconds"
        )
        cells = [
            escape(moment),
            escape(names[row.device_id]),
            *(
                _cell(view, value, digits)
                for value, digits in zip(row.values, decimals, strict=True)
            ),
        ]
        rows.append(cells if query.every is None else [*cells, str(row.count)])
    return _Preview(rows, rows_in(reader, query, now))


def _cell(view: View, value: float | None, decimals: int) -> str:
    return UNKNOWN if value is None else view.number(value, decimals)


def _decimals(devices: Sequence[Device], names: Sequence[str]) -> list[int]:
    """How many decimals the registers of these columns have: a mean has no more to say."""
    steps: dict[str, int] = {}
    for profile in {each.profile for each in devices}:
        try:
            points = load_profile(profile).points
        except ProfileError:  # of a device that has left the configuration, perhaps
            continue
        for point in points:
            if point.quantity is not None:
                scales = [choice.scale for choice in point.choices] or [point.scale]
                most = max(len(f"{scale:.15g}".partition(".")[2]) for scale in scales)
                steps[point.quantity] = max(most, steps.get(point.quantity, 0))
    return [steps.get(name, 0) for name in names]


def _controls(context: PageContext, choice: _Choice, devices: Sequence[Device]) -> str:
    view = context.viewer
    everys = {"": view.t("every stored sample"), "1min": "1 min", "5min": "5 min",
              "15min": "15 min", "1h": "1 h", "1d": view.t("1 day")}  # fmt: skip
    columns = chips("c", {name: name for name in _COLUMNS}, choice.columns)
    decimals = {"coma": view.t("13,2 ; (comma)"), "punto": view.t("13.2 , (point)")}
    return form(
        device_picker(view, devices, {each.id for each in choice.devices}, all_if_none=True),
        range_controls(view, choice.shown),
        folded(
            f"{view.t('Columns')}: {', '.join(choice.columns[:9])}"
            f"{'…' if len(choice.columns) > 9 else ''}",
            f'<div class="picks">{columns}</div>',
        ),
        field(view.t("One row for"), select("cada", everys, choice.every)),
        field(view.t("Format"), select("formato", _KINDS, choice.kind.value)),
        field(
            view.t("Decimals and separator"),
            select("decimal", decimals, "coma" if choice.comma else "punto"),
        ),
        submit(view.t("Preview")),
        action=PATH,
        label=view.t("What to export"),
    )


def _table(view: View, choice: _Choice, preview: _Preview) -> str:
    heads = ["fecha_hora", "equipo", *choice.columns, *(["muestras"] if choice.every else [])]
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    rows = "".join(
        "<tr>" + "".join(f'<td class="num">{cell}</td>' for cell in row) + "</tr>"
        for row in preview.rows
    )
    if not rows:
        return f'<p class="empty">{escape(view.t("There are no samples in this range."))}</p>'
    return (
        '<div class="scroll" tabindex="0"><table class="list preview">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


class _Download:
    """The button and what becomes of the download."""

    def __init__(self, context: PageContext, choice: _Choice, expected: int) -> None:
        self._view, self._choice, self._expected = context.viewer, choice, expected
        self._ticket = ""
        with ui.element("div").classes("tools"):
            self._button = ui.html("", sanitize=False)
            self._told = ui.html("", sanitize=False).props('aria-live="polite"')
        self._offer()
        ui.timer(0.5, self._look)

    def _offer(self) -> None:
        self._ticket = secrets.token_urlsafe(12)
        target = escape(self._choice.address(self._view, self._ticket))
        kind = _KINDS[self._choice.kind.value]
        self._button.set_content(
            f'<a class="plain strong" href="{target}">{escape(self._view.t("Download"))} {kind}</a>'
        )

    def _look(self) -> None:
        outcome = _under_way.get(self._ticket)
        if outcome is None:
            return
        done = outcome.seconds > 0
        rows = outcome.rows or outcome.read
        text = self._view.t(
            "{rows} rows, {size} kB",
            rows=self._view.number(rows),
            size=self._view.number(outcome.sent / 1000),
        )
        if done:
            ending = _endings(self._view).get(outcome.ending, outcome.ending)
            self._told.set_content(f'<span class="note">{escape(ending)}: {escape(text)}</span>')
            del _under_way[self._ticket]
            self._offer()
            return
        share = min(100.0, 100 * outcome.read / self._expected) if self._expected else 0.0
        bar = f'<div class="progress" role="progressbar" aria-valuenow="{share:.0f}">'
        self._told.set_content(
            f'<span class="note">{escape(text)}</span>{bar}'
            f'<div style="width:{share:.1f}%"></div></div>'
        )


def _endings(view: View) -> Mapping[str, str]:
    return {
        "complete": view.t("Downloaded"),
        "client gone": view.t("Cancelled"),
        "client stalled": view.t("The browser stopped receiving"),
        "refused": view.t("Refused"),
        "failed": view.t("Broken off"),
    }


async def build(context: PageContext) -> None:
    """The form, the first rows, the button."""
    dress()
    view, now = context.viewer, context.services.clock.now()
    devices = await context.services.history(lambda reader: list(reader.devices()))
    choice = _choice(context, devices)
    ui.html(_controls(context, choice, devices), sanitize=False).classes("card controls")
    if choice.shown.trouble:
        ui.html(
            f'<p class="trouble" role="alert">{escape(choice.shown.trouble)}</p>', sanitize=False
        )
    try:
        preview = await context.services.history(lambda reader: _preview(reader, view, choice, now))
        stored = await context.services.history(
            lambda reader: reader.count(replace(choice.query(view), every=None))
        )
    except UsageError as error:
        ui.html(f'<p class="trouble" role="alert">{escape(str(error))}</p>', sanitize=False)
        return
    with ui.element("section").classes("card"):
        count = view.t("{rows} rows", rows=view.number(preview.count))
        if preview.count == 1:
            count = view.t("1 row")
        ui.html(
            f"<h2>{escape(view.t('The first rows'))}<span>{escape(count)}</span></h2>",
            sanitize=False,
        )
        _Download(context, choice, stored)
        ui.html(_table(view, choice, preview), sanitize=False)


PAGE = Page(
    PATH,
    "Export",
    '<path d="M12 3v12M7 10l5 5 5-5M4 20h16"/>',
    build,
    files={f"{PATH}/archivo.{{kind}}": file},
)
