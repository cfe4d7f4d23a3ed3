"""Quality of supply of one recloser in a period: the figures of `celador quality`, with plots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from html import escape

from nicegui import ui
from starlette.requests import Request
from starlette.responses import Response

from celador.config import Config
from celador.domain.device import Device
from celador.domain.periods import Period
from celador.domain.quality.dips import Disturbance, VoltageEvent
from celador.pipeline.quality.report import QualityReport
from celador.surfaces.supply import (
    Asked,
    Figure,
    quality_figures,
    quality_report,
)
from celador.surfaces.supply.making import Progress
from celador.surfaces.web.format import duration, uncertainty
from celador.surfaces.web.page import Page, PageContext
from celador.surfaces.web.pages.asked import asked, chosen_devices, dress
from celador.surfaces.web.pages.reports import Job, Reports, figures_file, plot_card, show
from celador.surfaces.web.parts.controls import form, link, submit
from celador.surfaces.web.parts.figures import (
    coverage_html,
    figures_table,
    in_part,
    tile,
    value_html,
)
from celador.surfaces.web.parts.periods import asked_period, period_controls
from celador.surfaces.web.parts.picker import device_picker
from celador.surfaces.web.parts.plots import FOCUS, WARN, Options, columns, duration_curve
from celador.surfaces.web.services import WebReader
from celador.surfaces.web.viewer import View

PATH = "/calidad"
_EVENTS_SHOWN = 100
_KINDS = {
    Disturbance.DIP: "dip",
    Disturbance.SWELL: "swell",
    Disturbance.INTERRUPTION: "interruption",
}
_UNBALANCES = (("negative", "u2"), ("line", "LVUR"), ("phase", "PVUR"), ("current", "I"))

_reports: Reports[QualityReport] = Reports()


def _maker(
    config: Config, device: Device, period: Period, zone: tzinfo, now: int
) -> Callable[[WebReader, Progress], QualityReport]:
    def make(reader: WebReader, progress: Progress) -> QualityReport:
        return quality_report(Asked(reader, config, period, zone, now), device, progress=progress)

    return make


def _job(context: PageContext, device: Device, period: Period) -> Job[QualityReport]:
    view, services = context.viewer, context.services
    key = (device.id, period.start, period.end, view.zone_name)
    make = _maker(services.config, device, period, view.zone, services.clock.now())
    return _reports.get(context, key, period.end, make)


async def build(context: PageContext) -> None:
    """The picker, and the report below it."""
    dress()
    query, view, services = asked(), context.viewer, context.services
    now, semester = services.clock.now(), services.config.reliability.semester_month
    devices = await services.history(lambda reader: list(reader.devices()))
    if not devices:
        text = escape(view.t("No recloser has been read yet."))
        ui.html(f'<p class="card empty">{text}</p>', sanitize=False)
        return
    device = (chosen_devices(query.getlist("equipo"), devices) or list(devices))[0]
    period, word, trouble = asked_period(query, view, semester, now)
    controls = form(
        device_picker(view, devices, {device.id}, single=True),
        period_controls(view, period, word, semester, now),
        submit(view.t("Show")),
        action=PATH,
        label=view.t("Which report"),
    )
    ui.html(controls, sanitize=False).classes("card controls")
    if trouble:
        ui.html(f'<p class="trouble" role="alert">{escape(trouble)}</p>', sanitize=False)
    fields = [
        ("equipo", str(device.id)),
        *((k, query[k]) for k in ("periodo", "desde", "hasta") if k in query),
    ]

    async def draw(report: QualityReport) -> None:
        _draw(view, device, report, fields)

    await show(context, _job(context, device, period), draw)


def _draw(
    view: View, device: Device, report: QualityReport, fields: Sequence[tuple[str, str]]
) -> None:
    figures = list(quality_figures(report, view.zone))
    with ui.element("section").classes("card"):
        ui.html(_head(view, device, report, fields) + _tiles(view, report), sanitize=False)
    with ui.element("div").classes("duo"):
        for title, options, words in plots(view, report):
            plot_card(view, title, words, options)
    ui.html(_events(view, report), sanitize=False).classes("card journal")
    title = escape(view.t("All figures"))
    ui.html(f"<h2>{title}</h2>{figures_table(view, figures)}", sanitize=False).classes("card")


def _head(
    view: View, device: Device, report: QualityReport, fields: Sequence[tuple[str, str]]
) -> str:
    last = max(report.period.start, report.period.end - 1)
    ends = f"{view.date(report.period.start)} … {view.date(last)}"
    label = view.t("indicative, not class A/S")
    return (
        f'<div class="tools"><b>{escape(device.name)}</b> <span class="muted">{ends}</span>'
        f'<span class="label">{escape(label)}</span>{coverage_html(view, report.samples)}'
        f'<span class="spread"></span>{link(f"{PATH}/archivo.csv", fields, "CSV")}'
        f'<button type="button" class="plain" data-print>{escape(view.t("Print"))}</button></div>'
    )


def _tiles(view: View, report: QualityReport) -> str:
    profile = report.settings.profile
    verdicts = [week.every.conforms for week in report.voltage]
    word = "no cumple" if False in verdicts else "no concluyente" if None in verdicts else "cumple"
    band = view.t("band ±{band} %", band=view.number(profile.band_percent, 1))
    if profile.assumed:
        band += ", " + view.t("ASSUMED")
    frequency = {True: "cumple", False: "no cumple", None: "no concluyente"}[
        report.frequency.conforms
    ]
    peak, energy = report.demand.peak, [m for m in report.months if m.covered.share > 0]
    kwh = sum(month.energy.total for month in energy) if energy else None
    seen = report.events.seen
    tans = [month.tan for month in report.months if month.tan is not None]
    tiles = (
        tile(view.t("Voltage"), value_html(view, word if verdicts else None), band),
        tile(view.t("Unbalance u2, 95 %"),
            value_html(view, report.unbalance["negative"].p95, "%"),
            view.t("below 1 % it may be the sensors"),
        ),
        tile(view.t("Frequency"), value_html(view, frequency), "EN 50160"),
        tile(view.t("Voltage events"),
            value_html(view, float(seen) if report.samples.valid else None),
            view.t("at least: what lasts less than {span} can slip by",
                   span=duration(view, report.events.guaranteed_s)),
        ),
        tile(view.t("Largest demand"),
            value_html(view, None if peak is None else peak.kw, "kW"),
            "" if peak is None else _minute(view, peak.at),
        ),
        tile(view.t("Load factor"), value_html(view, report.demand.load_factor)),
        tile(view.t("Active energy"), value_html(view, kwh, "kWh")),
        tile("tan φ", value_html(view, tans[-1] if tans else None), view.t("of the energies")),
    )  # fmt: skip
    part = "" if report.samples.conclusive else " partial"
    return f'{in_part(view, report.samples)}<div class="figures{part}">{"".join(tiles)}</div>'


def plots(view: View, report: QualityReport) -> list[tuple[str, Options | None, str]]:
    """Title, chart and remark of each plot; no chart where nothing was measured."""
    demand = view.t("blocks of 15 min")
    weeks = [week for week in report.voltage if week.every.low is not None]
    names = [f"{view.local(week.period.start):%d/%m}" for week in weeks]
    unbalance = {
        view.t("95 %"): [report.unbalance[key].p95 for key, _ in _UNBALANCES],
        view.t("largest"): [report.unbalance[key].high for key, _ in _UNBALANCES],
    }
    months = [month.period.name for month in report.months]
    energies = [m.energy.total if m.covered.share > 0 else None for m in report.months]
    band = report.settings.profile.band_percent
    deviations = {
        view.t("lowest"): [week.every.low for week in weeks],
        view.t("highest"): [week.every.high for week in weeks],
    }
    limits = view.t("band ±{band} %", band=view.number(band, 1))
    return [
        (view.t("Voltage deviations"), _histogram(view, report), limits),
        (
            view.t("Deviations by week"),
            _limited(columns(view, names, deviations, "%", tones=(FOCUS, "var(--phase-c)")), band),
            limits,
        ),
        (
            view.t("Unbalance"),
            columns(
                view,
                [n for _, n in _UNBALANCES],
                _rounded(unbalance),
                "%",
                tones=(FOCUS, "var(--ink-3)"),
            ),
            view.t("windows of 10 min"),
        ),
        (view.t("Load duration"), duration_curve(view, report.loads, "kW"), demand),
        (
            view.t("Active energy by month"),
            columns(view, months, _rounded({"kWh": energies}), "kWh", tones=(FOCUS,)),
            "",
        ),
        (
            view.t("tan φ by month"),
            columns(
                view,
                months,
                _rounded({"tan φ": [m.tan for m in report.months]}),
                "",
                tones=(FOCUS,),
            ),
            view.t("of the energies"),
        ),
    ]


def _rounded(series: dict[str, list[float | None]]) -> dict[str, list[float | None]]:
    return {
        key: [None if value is None else float(f"{value:.5g}") for value in values]
        for key, values in series.items()
    }


def _histogram(view: View, report: QualityReport) -> Options | None:
    """Windows by deviation; those outside the band in the colour of a warning."""
    band = report.settings.profile.band_percent
    names = [view.number(edge, 1) for edge in report.deviations]
    windows = {view.t("windows"): list(report.deviations.values())}
    options = columns(view, names, windows, view.t("windows"), name=view.t("deviation, %"))
    if options is not None:
        options["series"][0]["data"] = [
            {
                "value": count,
                "itemStyle": {"color": WARN if edge < -band or edge + 0.5 > band else FOCUS},
            }
            for edge, count in report.deviations.items()
        ]
    return options


def _limited(options: Options | None, band: float) -> Options | None:
    if options is None:
        return None
    options["series"][0]["markLine"] = {
        "symbol": "none",
        "silent": True,
        "label": {"show": False},
        "lineStyle": {"color": WARN, "type": "dashed"},
        "data": [{"yAxis": band}, {"yAxis": -band}],
    }
    options["yAxis"] |= {"min": -1.25 * band, "max": 1.25 * band}
    return options


def _events(view: View, report: QualityReport) -> str:
    title = f"<h2>{escape(view.t('Voltage events'))}</h2>"
    listed = report.events.listed[-_EVENTS_SHOWN:][::-1]
    if not listed:
        return f'{title}<p class="note">{escape(view.t("None was seen."))}</p>'
    heads = ("Began", "Kind", "Duration", "Most extreme voltage")
    head = "".join(f'<th scope="col">{escape(view.t(each))}</th>' for each in heads)
    rows = "".join(_event(view, each) for each in listed)
    return (
        f'{title}<div class="scroll" tabindex="0"><table class="list soe"><thead><tr>{head}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def _event(view: View, event: VoltageEvent) -> str:
    within = None if event.start.lo is None else (event.start.hi - event.start.lo) / 1_000_000
    low, high = event.least(), event.most()
    if low is None:
        span = view.t("under way")
    elif high is None:
        span = f"≥ {duration(view, low)}"
    else:
        span = f"{duration(view, low)} … {duration(view, high)}"
    at = event.start.hi
    return (
        f'<tr><td class="time">{view.date(at)} {view.time(at)}'
        f"<small>{view.short_offset(at)} {escape(uncertainty(view, within))}</small></td>"
        f"<td>{escape(view.t(_KINDS[event.kind]))}</td><td>{escape(span)}</td>"
        f'<td class="num">{view.number(100 * event.magnitude, 1)} %</td></tr>'
    )


def _minute(view: View, at: int) -> str:
    return f"{view.date(at)} {view.time(at, seconds=False)} {view.short_offset(at)}"


async def file(context: PageContext, request: Request) -> Response:
    """The figures as CSV, as `celador quality --csv` writes them."""
    query, view, services = request.query_params, context.viewer, context.services
    now, semester = services.clock.now(), services.config.reliability.semester_month
    devices = await services.history(lambda reader: list(reader.devices()))
    chosen = chosen_devices(query.getlist("equipo"), devices) or list(devices[:1])
    period, _, _ = asked_period(query, view, semester, now)
    sections: list[tuple[str, list[Figure]]] = []
    for device in chosen:
        job = _job(context, device, period)
        if job.task is not None:
            await job.task
        if job.result is not None:
            sections.append((device.name, list(quality_figures(job.result, view.zone))))
    return figures_file("calidad.csv", period, sections)


PAGE = Page(
    PATH,
    "Quality",
    '<path d="M3 12c2-8 4-8 6 0s4 8 6 0 4-8 6 0"/>',
    build,
    files={f"{PATH}/archivo.csv": file},
)
