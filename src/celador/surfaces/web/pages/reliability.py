"""Reliability: indices, own and total, with what nobody knows as such, and the interruptions.

The indices are those of `celador reliability`; operators mark interruptions as planned or as force
majeure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from html import escape

from nicegui import ui
from starlette.requests import Request as WebRequest
from starlette.responses import Response

from celador.config import Config
from celador.domain.device import Device
from celador.domain.errors import CeladorError
from celador.domain.outage import Outage
from celador.domain.periods import Period
from celador.domain.reliability.bounds import Bounds
from celador.domain.reliability.indices import Indices
from celador.domain.reliability.marks import ForceMajeure, OutageMarks
from celador.domain.request import Request, RequestKind
from celador.pipeline.reliability import ReliabilityReport
from celador.surfaces.supply import (
    Asked,
    Figure,
    fleet_figures,
    recloser_figures,
    reliability_report,
)
from celador.surfaces.supply.making import Progress
from celador.surfaces.web.access.roles import Role
from celador.surfaces.web.page import Page, PageContext
from celador.surfaces.web.pages.alarm_actions import ask, failure, outcome
from celador.surfaces.web.pages.asked import asked, dress
from celador.surfaces.web.pages.reports import Job, Reports, figures_file, plot_card, show
from celador.surfaces.web.parts.controls import chips, form, group, link, submit
from celador.surfaces.web.parts.figures import (
    coverage_html,
    figures_table,
    in_part,
    subscripted,
    tile,
    value_html,
)
from celador.surfaces.web.parts.operation_view import instant, outage_sentence
from celador.surfaces.web.parts.periods import asked_period, period_controls
from celador.surfaces.web.parts.plots import FOCUS, Options, columns
from celador.surfaces.web.services import WebReader
from celador.surfaces.web.viewer import View

PATH = "/confiabilidad"
_SHOWN = 200
_INDICES = ("saifi", "saidi", "caidi", "asai", "maifi", "maifi_e", "fmik", "ttik")
_UNITS = {"saidi": "min", "caidi": "min", "ttik": "h"}
_FORCES = {
    ForceMajeure.NO: "no force majeure",
    ForceMajeure.CLAIMED: "force majeure claimed",
    ForceMajeure.ACCEPTED: "force majeure accepted",
}
_PLANNED = {None: "not stated", True: "planned", False: "not planned"}


@dataclass(frozen=True, slots=True)
class _Report:
    indices: ReliabilityReport
    outages: Sequence[Outage]
    marks: Mapping[tuple[int, int], OutageMarks]


_reports: Reports[_Report] = Reports()


def _maker(
    config: Config, period: Period, zone: tzinfo, now: int, *, planned: bool
) -> Callable[[WebReader, Progress], _Report]:
    def make(reader: WebReader, progress: Progress) -> _Report:
        devices = list(reader.devices())
        made = reliability_report(
            Asked(reader, config, period, zone, now), devices, without_planned=not planned
        )
        progress(1.0)
        outages = list(reader.outages(period.start, period.end))[-_SHOWN:][::-1]
        return _Report(made, outages, reader.outage_marks())

    return make


def _job(context: PageContext, period: Period, *, planned: bool) -> Job[_Report]:
    view, services = context.viewer, context.services
    make = _maker(services.config, period, view.zone, services.clock.now(), planned=planned)
    key = (period.start, period.end, view.zone_name, planned)
    return _reports.get(context, key, period.end, make)


async def build(context: PageContext) -> None:
    """The picker, and the report below it."""
    dress()
    query, view, services = asked(), context.viewer, context.services
    now, semester = services.clock.now(), services.config.reliability.semester_month
    parameters = {"periodo": "semester", **query}
    period, word, trouble = asked_period(parameters, view, semester, now)
    planned = query.get("programadas", "si") != "no"
    words = {"si": view.t("with planned ones"), "no": view.t("without planned ones")}
    controls = form(
        period_controls(view, period, word, semester, now),
        group(
            view.t("Interruptions"),
            chips("programadas", words, {"si" if planned else "no"}, kind="radio"),
        ),
        submit(view.t("Show")),
        action=PATH,
        label=view.t("Which report"),
    )
    ui.html(controls, sanitize=False).classes("card controls")
    if trouble:
        ui.html(f'<p class="trouble" role="alert">{escape(trouble)}</p>', sanitize=False)
    devices = await services.history(lambda reader: list(reader.devices()))

    async def draw(report: _Report) -> None:
        _draw(context, devices, report, list(query.multi_items()))

    await show(context, _job(context, period, planned=planned), draw)


def _draw(
    context: PageContext,
    devices: Sequence[Device],
    report: _Report,
    fields: Sequence[tuple[str, str]],
) -> None:
    view, made = context.viewer, report.indices
    names = {each.id: each.name for each in devices}
    with ui.element("section").classes("card"):
        ui.html(_head(view, made, fields) + _tiles(view, made), sanitize=False)
    ui.html(_table(view, made, names), sanitize=False).classes("card")
    words = view.t("minutes, at least and at most")
    plot_card(view, view.t("SAIDI of each recloser"), words, _saidi(view, made, names))
    _outages(context, report, names)
    for found in made.devices:
        name = names.get(found.node.device_id, str(found.node.device_id))
        table = figures_table(view, recloser_figures(found))
        ui.html(
            f'<details class="fold"><summary>{escape(view.t("All figures of {name}", name=name))}'
            f"</summary>{table}</details>",
            sanitize=False,
        ).classes("card")


def _head(view: View, made: ReliabilityReport, fields: Sequence[tuple[str, str]]) -> str:
    last = max(made.period.start, made.period.end - 1)
    return (
        f'<div class="tools"><b>{escape(view.t("Fleet"))}</b>'
        f' <span class="muted">{view.date(made.period.start)} … {view.date(last)}</span>'
        f'<span class="label">{escape(view.t("indicative"))}</span>'
        f"{coverage_html(view, made.coverage)}"
        f'<span class="spread"></span>{link(f"{PATH}/archivo.csv", fields, "CSV")}'
        f'<button type="button" class="plain" data-print>{escape(view.t("Print"))}</button></div>'
    )


def _tiles(view: View, made: ReliabilityReport) -> str:
    tiles = "".join(
        tile(
            key.upper().replace("_", " "),
            value_html(view, getattr(made.fleet_total, key), _UNITS.get(key, "")),
            view.t("undetermined") if _open(getattr(made.fleet_total, key)) else "",
        )
        for key in _INDICES
    )
    missing = ""
    if made.left_out:
        text = view.t(
            "Customers or kVA of {count} reclosers are not configured: some indices are unknown.",
            count=len(made.left_out),
        )
        missing = f'<p class="note">{escape(text)}</p>'
    part = "" if made.coverage.conclusive else " partial"
    return f'{in_part(view, made.coverage)}<div class="figures{part}">{tiles}</div>{missing}'


def _open(value: Bounds | None) -> bool:
    return value is not None and not value.exact


def _table(view: View, made: ReliabilityReport, names: Mapping[int, str]) -> str:
    head = "".join(
        f'<th scope="col" class="r">{subscripted(key.upper())}'
        f"{f' <small>{_UNITS[key]}</small>' if key in _UNITS else ''}</th>"
        for key in _INDICES
    )
    rows = []
    for found in made.devices:
        name = names.get(found.node.device_id, str(found.node.device_id))
        cover = coverage_html(view, found.coverage)
        part = not found.coverage.conclusive
        rows.append(_row(view, name, "total", found.total, cover, part=part))
        rows.append(_row(view, "", view.t("own"), found.own, "", part=part))
    cover = coverage_html(view, made.coverage)
    part = not made.coverage.conclusive
    rows.append(_row(view, view.t("Fleet"), "total", made.fleet_total, cover, part=part))
    rows.append(_row(view, "", view.t("own"), made.fleet_own, "", part=part))
    title = escape(view.t("Indices"))
    note = view.t("[least; most] where it is not known which side of a limit a duration lies.")
    return (
        f"<h2>{title}<span>{escape(note)}</span></h2>"
        f'<div class="scroll" tabindex="0"><table class="list figs"><thead><tr>'
        f'<th scope="col">{escape(view.t("Recloser"))}</th><th></th>{head}'
        f'<th scope="col">{escape(view.t("Data"))}</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(view: View, name: str, which: str, found: Indices, cover: str, *, part: bool) -> str:
    """A line of the table; what rests on too little of the period stands in grey and italics."""
    css = ' class="partial"' if part else ""
    cells = "".join(
        f'<td class="v r">{value_html(view, getattr(found, key))}</td>' for key in _INDICES
    )
    return (
        f'<tr{css}><th scope="row">{escape(name)}</th><td class="muted">{escape(which)}</td>'
        f"{cells}<td>{cover}</td></tr>"
    )


def _saidi(view: View, made: ReliabilityReport, names: Mapping[int, str]) -> Options | None:
    found = [(names.get(each.node.device_id, "?"), each.total.saidi) for each in made.devices]
    known = [(name, value) for name, value in found if value is not None]
    series: dict[str, list[float | None]] = {
        view.t("least"): [round(value.low, 3) for _, value in known],
        view.t("most"): [
            None if value.high == float("inf") else round(value.high, 3) for _, value in known
        ],
    }
    return columns(view, [name for name, _ in known], series, "min", tones=(FOCUS, "var(--ink-3)"))


def _outages(context: PageContext, report: _Report, names: Mapping[int, str]) -> None:
    view = context.viewer
    editable = view.may(Role.OPERATOR)
    with ui.element("section").classes("card"):
        ui.html(f"<h2>{escape(view.t('Interruptions'))}</h2>", sanitize=False)
        if not report.outages:
            ui.html(f'<p class="note">{escape(view.t("None in this period."))}</p>', sanitize=False)
            return
        with ui.element("div").classes("scroll").props('tabindex="0"'):  # noqa: SIM117
            with ui.element("table").classes("list outages"), ui.element("tbody"):
                for outage in report.outages:
                    marks = report.marks.get((outage.device_id, outage.key), OutageMarks())
                    _outage(context, outage, names, marks, editable=editable)


def _outage(
    context: PageContext,
    outage: Outage,
    names: Mapping[int, str],
    marks: OutageMarks,
    *,
    editable: bool,
) -> None:
    view = context.viewer
    words = [view.t(_PLANNED[marks.planned])] if marks.planned is not None else []
    if marks.force_majeure is not ForceMajeure.NO:
        words.append(view.t(_FORCES[marks.force_majeure]))
    with ui.element("tr"):
        for inside in (
            instant(view, outage.start),
            escape(names.get(outage.device_id, str(outage.device_id))),
            escape(outage_sentence(view, outage)),
            "".join(f'<span class="label">{escape(word)}</span> ' for word in words),
        ):
            ui.html(inside, sanitize=False, tag="td")
        with ui.element("td"):
            if editable:
                mark = ui.element("button").classes("plain").props('type="button"')
                with mark:
                    ui.html(escape(view.t("Mark")), sanitize=False, tag="span")
                mark.on("click", partial(_ask, context, outage, marks))


def _ask(context: PageContext, outage: Outage, marks: OutageMarks) -> None:
    """A dialog that asks what an interruption was."""
    view = context.viewer
    with ui.dialog() as dialog, ui.card().classes("card"):
        ui.html(f"<h2>{escape(outage_sentence(view, outage))}</h2>", sanitize=False)
        planned = ui.radio(
            {"si": view.t("planned"), "no": view.t("not planned")},
            value=None if marks.planned is None else "si" if marks.planned else "no",
        ).props("inline")
        force = ui.radio(
            {each.value: view.t(word) for each, word in _FORCES.items()},
            value=marks.force_majeure.value,
        ).props("inline")

        async def save() -> None:
            dialog.close()
            chosen = None if planned.value is None else planned.value == "si"
            await _mark(context, outage, chosen, ForceMajeure(force.value))

        with ui.row():
            ui.button(view.t("Save"), on_click=save).props("no-caps unelevated")
            ui.button(view.t("Cancel"), on_click=dialog.close).props("no-caps flat")
    dialog.open()


async def _mark(
    context: PageContext, outage: Outage, planned: bool | None, force: ForceMajeure
) -> None:
    """Ask the monitor for the marks; the box refuses who may not, and writes down who asked."""
    view, services = context.viewer, context.services
    request = Request(
        services.clock.now(),
        view.name,
        RequestKind.MARK_OUTAGE,
        outage.device_id,
        outage.key,
        planned=planned,
        force_majeure=force,
    )
    try:
        said, well = outcome(await ask(services.requests, [request]), view)
    except CeladorError as error:
        said, well = failure(error, view), False
    if not well:
        ui.notify(said, type="warning")
        return
    _reports.forget()
    ui.navigate.reload()


async def file(context: PageContext, request: WebRequest) -> Response:
    """The figures as CSV, as `celador reliability --csv` writes them."""
    query, view, services = request.query_params, context.viewer, context.services
    now, semester = services.clock.now(), services.config.reliability.semester_month
    period, _, _ = asked_period({"periodo": "semester", **query}, view, semester, now)
    job = _job(context, period, planned=query.get("programadas", "si") != "no")
    if job.task is not None:
        await job.task
    devices = await services.history(lambda reader: list(reader.devices()))
    names = {each.id: each.name for each in devices}
    sections: list[tuple[str, list[Figure]]] = []
    if job.result is not None:
        made = job.result.indices
        sections = [
            (names[each.node.device_id], list(recloser_figures(each))) for each in made.devices
        ]
        sections.append(("flota", list(fleet_figures(made))))
    return figures_file("confiabilidad.csv", period, sections)


PAGE = Page(
    PATH,
    "Reliability",
    '<path d="M12 3 4 6v6c0 5 3.5 8 8 9 4.5-1 8-4 8-9V6zM9 12l2.2 2.2L15.5 10"/>',
    build,
    files={f"{PATH}/archivo.csv": file},
)
