"""Trends: any quantities of any reclosers over any range, with what happened meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from nicegui import ui
from nicegui.events import GenericEventArguments

from celador.domain.device import Device
from celador.domain.envelope import Envelope, seen_share
from celador.domain.event import EventKind
from celador.domain.operation_text import told
from celador.domain.quantities import BY_NAME, MEASUREMENTS
from celador.ports import EventSearch
from celador.surfaces.supply import period_of
from celador.surfaces.web.format import duration
from celador.surfaces.web.page import Page, PageContext
from celador.surfaces.web.pages.asked import asked, chosen_devices, dress
from celador.surfaces.web.parts.controls import address, chips, folded, form, group, submit
from celador.surfaces.web.parts.figures import share_text
from celador.surfaces.web.parts.picker import device_picker
from celador.surfaces.web.parts.ranges import (
    PRESETS,
    Range,
    asked_range,
    range_controls,
)
from celador.surfaces.web.parts.trend import (
    Curve,
    Happening,
    csv_fields,
    part,
    points_of,
    quantity_label,
    quantity_name,
    trend_chart,
)
from celador.surfaces.web.services import WebReader
from celador.surfaces.web.viewer import View

PATH = "/tendencias"
_POINTS = 700
_MOST_CURVES = 12
_USUAL = ("ia", "ib", "ic")
_MARKS = 300
_SECOND = 1_000_000
_RENEWED_S = {"15min": 5.0, "1h": 10.0, "6h": 10.0, "24h": 60.0}  # shortest first
_FILLED = 0.8  # of what is there, which a range shows to be the usual one
_WHOLE = 99.5  # %; what is seen of the range where nobody has zoomed

_GROUPS: Sequence[tuple[str, Sequence[str]]] = (
    ("Currents", ("ia", "ib", "ic", "in_res")),
    ("Voltages, ABC side", ("va", "vb", "vc", "vab", "vbc", "vca")),
    ("Voltages, RST side", ("vr", "vs", "vt", "vrs", "vst", "vtr")),
    ("Power", ("p_act", "p_react", "s_apar", "fp")),
    ("Frequency", ("frec", "frec_rst")),
)
_OTHERS = tuple(
    q.name
    for q in MEASUREMENTS
    if not q.integer and q.name not in {name for _, names in _GROUPS for name in names}
)


_Read = tuple[list[Envelope], list[Happening]]


@dataclass
class Trend:
    """What one browser looks at."""

    context: PageContext
    devices: Sequence[Device]
    columns: Sequence[str]
    shown: Range
    envelopes: Sequence[Envelope] = ()
    happenings: Sequence[Happening] = ()
    zoom_percent: tuple[float, float] = (0.0, 100.0)
    chart: ui.echart | None = None
    note: ui.html | None = None
    tools: ui.html | None = None

    @property
    def zoomed(self) -> bool:
        """Whether less than the whole range is seen."""
        return self.zoom_percent[1] - self.zoom_percent[0] < _WHOLE

    @property
    def seen(self) -> tuple[int, int]:
        """What is seen of the range, µs."""
        if not self.zoomed:
            return self.shown.start, self.shown.end
        return part(self.shown, self.zoom_percent)

    async def load(self) -> None:
        """Read the whole range."""
        read = self._reading(self.shown.start, self.shown.end)
        self.envelopes, self.happenings = await self.context.services.history(read)

    def _reading(self, start: int, end: int) -> Callable[[WebReader], _Read]:
        view, devices, columns = self.context.viewer, self.devices, self.columns
        names = {each.id: each.name for each in devices} if len(devices) > 1 else {}

        def read(reader: WebReader) -> tuple[list[Envelope], list[Happening]]:
            ids = [each.id for each in devices]
            envelopes = [reader.envelope(each, columns, start, end, _POINTS) for each in ids]
            language = view.language
            found = [
                _mark(view, each.start.hi, names, each.device_id, told(each, language), done=True)
                for each in reader.operations(start, end, ids)
            ][-_MARKS:]
            kinds = (EventKind.GAP, EventKind.LINK)
            search = EventSearch(start, end, tuple(ids), kinds)
            found += [
                _mark(
                    view,
                    each.event.at,
                    names,
                    each.event.device_id,
                    view.pick(each.event.text_es, each.event.text_en),
                )
                for each in reader.find_events(search, _MARKS)
            ]
            return envelopes, found

        return read

    def curves(self, envelopes: Sequence[Envelope]) -> list[Curve]:
        """One for each quantity of each recloser."""
        config = self.context.services.config
        many = len(self.devices) > 1
        return [
            Curve(
                device.name if many else "",
                column,
                number,
                points_of(
                    envelope,
                    place,
                    3 * period_of(config, device) + 1,
                ),
            )
            for number, (device, envelope) in enumerate(zip(self.devices, envelopes, strict=True))
            for place, column in enumerate(self.columns)
        ]

    async def zoom(self, event: GenericEventArguments) -> None:
        """The reader has zoomed or moved: get what is seen as finely as the screen can show it."""
        moved = (event.args.get("batch") or [event.args])[0]
        low, high = moved.get("start"), moved.get("end")
        if low is None or high is None or self.chart is None:
            return
        self.zoom_percent = float(low), float(high)
        ends = self.seen
        margin = (ends[1] - ends[0]) // 4
        start = max(self.shown.start, ends[0] - margin)
        end = min(self.shown.end, ends[1] + margin)
        fine, _ = await self.context.services.history(self._reading(start, end))
        if self.seen != ends:
            return  # moved on meanwhile: what that asked for is shown
        if not self.zoomed:
            fine = list(self.envelopes)
        self._show(within(self.curves(self.envelopes), self.curves(fine), start, end), fine)

    async def renew(self) -> None:
        """The present has moved on; who looks closely is not disturbed."""
        if self.zoomed:
            return
        now = self.context.services.clock.now()
        self.shown = replace(self.shown, start=now - (self.shown.end - self.shown.start), end=now)
        await self.load()
        self._show(self.curves(self.envelopes), self.envelopes)

    def _show(self, curves: Sequence[Curve], envelopes: Sequence[Envelope]) -> None:
        if self.chart is None or self.note is None or self.tools is None:
            return
        options, _ = trend_chart(
            self.context.viewer, curves, self.shown, self.happenings, self.zoom_percent
        )
        options.pop("dataZoom")  # where the reader has moved meanwhile stays
        self.chart.options.clear()
        self.chart.options.update(options)
        self.chart.update()
        self.note.set_content(_note(self, envelopes))
        self.tools.set_content(_tools(self, envelopes))


def _mark(
    view: View,
    at: int,
    names: Mapping[int, str],
    device_id: int | None,
    what: str,
    *,
    done: bool = False,
) -> Happening:
    """Something that happened, with its time and, where there are many, whose it is."""
    name = "" if device_id is None else names.get(device_id, "")
    words = (view.when(at), name, what)
    return Happening(at // 1000, " ".join(word for word in words if word), operation=done)


def within(coarse: Sequence[Curve], fine: Sequence[Curve], start: int, end: int) -> list[Curve]:
    """The fine curves where they are known, the coarse ones around them.

    No line joins the two: where there are no fine points it would cross a gap.
    """
    low, high = start // 1000, end // 1000
    joined = []
    for wide, near in zip(coarse, fine, strict=True):
        before = [point for point in wide.points if point[0] is not None and point[0] < low]
        after = [point for point in wide.points if point[0] is not None and point[0] > high]
        if before:
            before.append([low, None, None, None])
        if after:
            after.insert(0, [high, None, None, None])
        joined.append(replace(near, points=[*before, *near.points, *after]))
    return joined


def _note(trend: Trend, envelopes: Sequence[Envelope]) -> str:
    """How fine the picture is, and how much of the data is there."""
    view, config = trend.context.viewer, trend.context.services.config
    width = max((each.width for each in envelopes), default=0)
    if width:
        fineness = view.t(
            "Each point: {width}; the band goes from the least to the most.",
            width=duration(view, width / _SECOND),
        )
    else:
        fineness = view.t("Every sample, as it was stored.")
    parts = [fineness]
    for device, envelope in zip(trend.devices, trend.envelopes, strict=True):
        period = period_of(config, device)
        share = seen_share(envelope, trend.shown.start, trend.shown.end, round(period * _SECOND))
        name = f"{device.name}: " if len(trend.devices) > 1 else ""
        parts.append(name + view.t("data available {share} %", share=share_text(view, share)))
    return f'<p class="note">{escape(" · ".join(parts))}</p>'


def _said(trend: Trend) -> str:
    return ", ".join(quantity_name(trend.context.viewer, each) for each in trend.columns)


def _boxes(view: View, names: Sequence[str], chosen: Sequence[str]) -> str:
    options = {name: quantity_label(view, name) for name in names}
    return chips("m", options, chosen, hinted=True)


def _controls(trend: Trend, devices: Sequence[Device]) -> str:
    view = trend.context.viewer
    groups = "".join(
        group(view.t(title), _boxes(view, names_, trend.columns)) for title, names_ in _GROUPS
    )
    more = _boxes(view, _OTHERS, trend.columns)
    others = set(trend.columns) & set(_OTHERS)
    quantities = folded(
        f"{view.t('Quantities')}: {len(trend.columns)}",
        groups
        + folded(
            view.t("More quantities"), f'<div class="picks">{more}</div>', opened=bool(others)
        ),
    )
    return form(
        device_picker(view, devices, {each.id for each in trend.devices}),
        range_controls(view, trend.shown),
        quantities,
        submit(view.t("Show")),
        action=PATH,
        label=view.t("What to show"),
    )


def _tools(trend: Trend, envelopes: Sequence[Envelope]) -> str:
    """What is seen as a picture and as a file: of the range, or of the part that is zoomed to."""
    view, (start, end) = trend.context.viewer, trend.seen
    width = max((each.width for each in envelopes), default=0)
    names = [each.name for each in trend.devices]
    csv = address(
        "/exportar/archivo.csv", csv_fields(view, trend.seen, names, trend.columns, width)
    )
    title = view.t(
        "{name} from {start} to {end}",
        name=f"{', '.join(names)}: {_said(trend)}",
        start=f"{view.date(start)} {view.time(start)}",
        end=f"{view.date(end)} {view.time(end)} {view.offset(end)}",
    )
    return (
        f'<span class="spread"></span><button type="button" class="plain" data-picture="tendencia"'
        f' data-title="{escape(title)}">{escape(view.t("Picture"))}</button>'
        f'<a class="plain" href="{escape(csv)}">{escape(view.t("These data as CSV"))}</a>'
    )


def _happened(trend: Trend) -> str:
    """The operations of the range as sentences, since a line in a chart says nothing by itself."""
    view = trend.context.viewer
    found = [each for each in trend.happenings if each.operation][-12:]
    if not found:
        return ""
    items = "".join(f"<li>{escape(each.text)}</li>" for each in reversed(found))
    return (
        f"<h2>{escape(view.t('Operations in this range'))}</h2><ul class='plainlist'>{items}</ul>"
    )


def usual_range(reader: WebReader, ids: Sequence[int], now: int) -> str:
    """A day; less where there is not so much yet, so that the chart is not an empty one."""
    span = reader.span(ids)
    there = 0 if span is None else now - span[0]
    return next((word for word in _RENEWED_S if PRESETS[word][0] >= _FILLED * there), "24h")


async def build(context: PageContext) -> None:
    """The form, the chart, and what is known of it."""
    dress()
    query, view = asked(), context.viewer
    devices = await context.services.history(lambda reader: list(reader.devices()))
    wanted = chosen_devices(query.getlist("equipo"), devices) or list(devices[:1])
    known = {q.name for q in MEASUREMENTS if not q.integer}
    columns = [name for name in dict.fromkeys(query.getlist("m")) if name in known] or list(_USUAL)
    asked_for = len(wanted) * len(columns)
    columns = columns[: max(1, _MOST_CURVES // max(1, len(wanted)))]
    wanted = wanted[:_MOST_CURVES]
    now = context.services.clock.now()
    usual = await context.services.history(
        lambda reader: usual_range(reader, [each.id for each in wanted], now)
    )
    shown = asked_range(context.parameters, view, now, usual)
    trend = Trend(context, wanted, columns, shown)
    ui.html(_controls(trend, devices), sanitize=False).classes("card controls")
    too_many = asked_for > len(wanted) * len(columns)
    most = view.t("A chart has room for {count} curves: the rest is left out.", count=_MOST_CURVES)
    for trouble in (shown.trouble, most if too_many else ""):
        if trouble:
            ui.html(f'<p class="trouble" role="alert">{escape(trouble)}</p>', sanitize=False)
    if not devices:
        ui.html(
            f'<p class="empty">{escape(view.t("No recloser has been read yet."))}</p>',
            sanitize=False,
        )
        return
    await trend.load()
    with ui.element("section").classes("card chartcard"):
        trend.tools = ui.html(_tools(trend, trend.envelopes), sanitize=False).classes("tools")
        options, height = trend_chart(view, trend.curves(trend.envelopes), shown, trend.happenings)
        trend.chart = ui.echart(options, renderer="svg").style(f"height: {height}px")
        names = ", ".join(view.pick(BY_NAME[each].es, BY_NAME[each].en) for each in columns)
        trend.chart.props(f'id=tendencia role="img" aria-label="{escape(names)}"')
        trend.note = ui.html(_note(trend, trend.envelopes), sanitize=False)
        ui.html(_happened(trend), sanitize=False)
    trend.chart.on("chart:datazoom", trend.zoom, throttle=0.4, leading_events=False)
    if shown.live and shown.word in _RENEWED_S:
        ui.timer(_RENEWED_S[shown.word], trend.renew)


PAGE = Page(
    PATH,
    "Trends",
    '<path d="M3 20h18M4 16l5-6 4 3 7-9"/>',
    build,
)
